//! `chatctl interactive` in the dialect of another server.

use std::net::TcpStream;

use assert_cmd::assert::Assert;
use predicates::boolean::PredicateBooleanExt;
use predicates::str::contains;

use super::strange::{polite, server, write};

/// A server that says what it was told, and greets as IRC servers do.
fn irc(line: &str, stream: &TcpStream) {
    match line.split_once(' ') {
        Some(("USER", _)) => write(stream, b":s NOTICE * :hello\r\n:s 001 ann :hi\r\n:s 422 ann :none\r\nPING :c1\r\n"),
        Some(("NICK", _)) => {}
        Some(("WHO", _)) => write(stream, b"ERROR unknown\r\n"),
        _ if line == "QUIT" => {
            write(stream, b"ERROR :bye\r\n");
            let _ = stream.shutdown(std::net::Shutdown::Both);
        }
        _ => write(stream, format!("heard {line}\r\n").as_bytes()),
    }
}

fn interactive(arguments: &[&str], input: &str) -> Assert {
    let mut command = assert_cmd::Command::cargo_bin("chatctl").unwrap();
    command.arg("interactive").args(arguments).write_stdin(input).assert()
}

#[test]
fn a_shipped_dialect_logs_in_answers_and_says_goodbye() {
    let address = server(b"", irc).to_string();
    let talk = interactive(&["--dialect", "irc", "--name", "ann", &address], "WHO me\nJOIN #tea\nlast");
    let shown = contains(":s 422 ann :none\nPING :c1\n").and(contains("ERROR unknown\nheard JOIN #tea\nheard last\n"));
    talk.code(0).stdout(shown.and(contains("heard PONG :c1\n")).and(contains("ERROR :bye\n"))).stderr("");
    let nameless = interactive(&["--dialect", "irc", &address], "");
    nameless.code(2).stderr(contains("the login of the dialect irc says a name: give one with --name"));
}

#[test]
fn a_dialect_of_a_file_is_spoken_and_a_login_that_fails_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("odd.chat");
    let dialect = "dialect odd\n  login\n    me> HELLO {{me}}\n    me< OK\n  end\nend\n";
    std::fs::write(&path, dialect).unwrap();
    let file = path.to_str().unwrap();
    let address = server(b"", polite).to_string();
    let talk = interactive(&["--dialect-file", file, &format!("ann@{address}")], "one|two\n");
    talk.code(0).stdout("OK\none\ntwo\n");
    let address = server(b"", |_, stream| write(stream, b"NO\n")).to_string();
    let refused = interactive(&["--dialect-file", file, "--name", "ann", &address], "one\n");
    refused.code(1).stderr("chatctl: the login of the dialect `odd` waits for `OK`, but received `NO`\n");
    std::fs::write(&path, "dialect odd\n  login\n  end\nend\n").unwrap();
    interactive(&["--dialect-file", file, &address], "").code(3).stderr(contains("a login does nothing"));
}
