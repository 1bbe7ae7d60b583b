//! Foreign servers that misbehave are told as what they are.

use std::io::{BufRead, BufReader, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use predicates::str::contains;

/// Each line is answered by what `answer` says; every connection gets the lines of all others by `tell`.
pub(super) fn server(greeting: &'static [u8], answer: fn(&str, &TcpStream)) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            thread::spawn(move || {
                let _ = (&stream).write_all(greeting);
                for line in BufReader::new(&stream).lines().map_while(Result::ok) {
                    answer(line.trim_end_matches('\r'), &stream);
                }
            });
        }
    });
    address
}

pub(super) fn write(mut stream: &TcpStream, bytes: &[u8]) {
    let _ = stream.write_all(bytes);
}

/// What is said about a script whose dialect has this fence.
fn said(address: SocketAddr, script: &str, code: i32) -> String {
    let dialect = "dialect odd\n  line crlf\n  login\n    me> HELLO {{me}}\n    me< OK\n  end\n  fence\n    me> PING {{token}}\n    me< PONG {{token}}\n  end\n  answer ASK {{x:any}} with TELL {{x}}\n  ignore NOISE {{_}}\n  prompt \"login: \"\nend\nset dialect odd\nset timeout 1s\n";
    let mut command = assert_cmd::Command::cargo_bin("chatctl").unwrap();
    command.args(["run", "-", "--server", &address.to_string(), "--color", "never"]);
    let output = command.write_stdin(format!("{dialect}{script}")).output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(code), "{said}{}", String::from_utf8_lossy(&output.stdout));
    said + &String::from_utf8_lossy(&output.stdout)
}

pub(super) fn polite(line: &str, stream: &TcpStream) {
    match line.split_once(' ') {
        Some(("HELLO", _)) => write(stream, b"OK\r\n"),
        Some(("PING", token)) => write(stream, format!("PONG {token}\r\n").as_bytes()),
        Some(("TELL", what)) => write(stream, format!("TOLD {what}\r\n").as_bytes()),
        _ => write(stream, line.replace('|', "\r\n").as_bytes()),
    }
}

#[test]
fn lines_are_answered_ignored_and_taken_as_prompts_by_the_dialect() {
    let address = server(b"", polite);
    said(address, "connect ann\nann> NOISE 1|ASK seven|login: \nann< login: \nann< TOLD seven\nann is silent\n", 0);
    said(address, "connect ann\nann> name?|login: \nann< name?\nann< login: \n", 0);
}

#[test]
fn a_server_that_answers_a_fence_twice_is_told_so() {
    let address = server(b"", |line, stream| match line.split_once(' ') {
        Some(("PING", token)) => write(stream, format!("PONG {token}\r\nPONG {token}\r\n").as_bytes()),
        _ => polite(line, stream),
    });
    let text = said(address, "connect ann\nann is silent\n", 1);
    assert!(text.contains("the server has answered the fence of the dialect a second time"), "{text}");
}

#[test]
fn a_fence_that_is_not_answered_is_told_with_what_was_sent() {
    let address = server(b"", |line, stream| {
        if !line.starts_with("PING") {
            polite(line, stream);
        }
    });
    let text = said(address, "connect ann\nann is silent\n", 1);
    assert!(text.contains("ann got no answer to the fence of its dialect"), "{text}");
    assert!(text.contains("the runner proves silence with `PING fence-"), "{text}");
}

#[test]
fn a_login_that_fails_shows_the_line_of_the_dialect_and_the_connect() {
    let address = server(b"", |_, stream| write(stream, b"NO\r\n"));
    let text = said(address, "connect ann\n", 1);
    assert!(text.contains("error: the server refused the login of ann\n  --> -:17:1"), "{text}");
    assert!(text.contains("the dialect `odd` says so in -:5: `me< OK`"), "{text}");
}

#[test]
fn who_leaves_says_goodbye_also_if_something_is_unread() {
    static GOODBYES: AtomicUsize = AtomicUsize::new(0);
    let address = server(b"", |line, stream| {
        GOODBYES.fetch_add(usize::from(line == "QUIT"), Ordering::SeqCst);
        polite(line, stream);
    });
    let dialect = "dialect leaving\n  fence\n    me> PING {{token}}\n    me< PONG {{token}}\n  end\n  logout\n    me> QUIT\n    me<.. QUIT\n  end\nend\n";
    let text = said(address, &format!("{dialect}connect ann with dialect leaving\nann> hello|\nann disconnect\n"), 1);
    assert!(text.contains("1 line left unread by ann") && GOODBYES.load(Ordering::SeqCst) == 1, "{text}");
}

#[test]
fn the_answer_to_a_fence_is_in_the_transcript() {
    let address = server(b"", polite);
    let text = "dialect a\n  fence\n    me> PING {{token}}\n    me< PONG {{token}}\n  end\nend\nconnect ann with dialect a\nann is silent\n";
    let mut command = assert_cmd::Command::cargo_bin("chatctl").unwrap();
    command.args(["run", "-v", "-", "--server", &address.to_string()]).write_stdin(text);
    command.assert().code(0).stdout(contains("# ann> PING fence-")).stdout(contains("# ann< PONG fence-"));
}

#[test]
fn the_answer_to_a_fence_is_dimmed_in_the_inbox_of_a_failure() {
    let address = server(b"", polite);
    let text = "dialect a\n  fence\n    me> PING {{token}}\n    me< PONG {{token}}\n  end\nend\n\
        connect ann with dialect a\nann is silent\nann<@50ms never said\n";
    let mut command = assert_cmd::Command::cargo_bin("chatctl").unwrap();
    command.args(["run", "-", "--color", "always", "--server", &address.to_string()]).write_stdin(text);
    command.assert().code(1).stderr(contains("\u{1b}[2mPONG fence-")).stderr(contains("answers the fence"));
}

#[test]
fn a_server_that_closes_or_floods_or_ends_no_line_is_told_as_what_it_is() {
    let closing = server(b"", |_, stream| drop(stream.shutdown(std::net::Shutdown::Both)));
    let text = said(closing, "connect ann\n", 1);
    assert!(text.contains("no line came in time, or the connection was closed"), "{text}");
    let endless = server(
        b"",
        |line, stream| {
            if line == "more" { write(stream, &vec![b'x'; 70_000]) } else { polite(line, stream) }
        },
    );
    let text = said(endless, "connect ann\nann> more\nann< less\n", 1);
    assert!(text.contains("the line is longer than 65536 bytes"), "{text}");
    let flooding =
        server(
            b"",
            |line, stream| {
                if line == "more" { write(stream, &b"x\r\n".repeat(150_000)) } else { polite(line, stream) }
            },
        );
    let text = said(flooding, "connect ann\nann> more\nann is silent\n", 1);
    assert!(text.contains("ann's inbox is full"), "{text}");
}
