//! Where passwords must not be found.

use std::fs;
use std::net::SocketAddr;
use std::path::Path;

use assert_cmd::cargo::cargo_bin_cmd;
use data_encoding::BASE64;

use super::log_in;
use crate::irc::user::IrcUser;
use crate::support::{Client, Process, Server};

/// Passwords that stand nowhere else.
const SECRETS: [&str; 3] = ["first-Secret-81", "second-Secret-82", "wrong-Secret-83"];

#[test]
fn no_log_and_no_file_holds_a_password() {
    let dir = tempfile::tempdir().unwrap();
    let server = Process::serve_with_env("RUST_LOG", "trace", &["--data", dir.path().to_str().unwrap()]);
    let mut alice = server.user("alice");
    let [first, second, wrong] = SECRETS;
    alice.ask(&format!("register {first}"), &["server: alice is registered"]);
    alice.ask(&format!("set password {wrong} {second}"), &["error: wrong-password: alice"]);
    alice.ask(&format!("set password {first} {second}"), &["server: the password is changed"]);
    alice.ask("create room lobby", &["lobby/server: alice created the room"]);
    alice.ask(&format!("set password {first}"), &["error: bad-command: usage: set password OLD NEW"]);
    alice.ask(&format!("regsiter {first}"), &["error: unknown-command: 'regsiter'; did you mean 'register'?"]);
    let mut again = log_in(Client::connect(server.addr), "alice", second);
    again.expect(&["server: new in lobby (1): #1 to #1"]);
    again.ask(&format!("unregister {wrong}"), &["error: wrong-password: alice"]);
    let (status, log) = server.stop();
    assert!(status.success() && log.contains("TRACE"), "{log}");
    assert_secret(&log, "the log");
    for file in files(dir.path()) {
        assert_secret(&String::from_utf8_lossy(&fs::read(&file).unwrap()), &file.display().to_string());
    }
}

/// The other doors take passwords too.
#[test]
fn no_log_holds_a_password_that_came_by_another_door() {
    let dir = tempfile::tempdir().unwrap();
    let flags = ["--data", dir.path().to_str().unwrap(), "--web", "127.0.0.1:0", "--irc", "127.0.0.1:0"];
    let server = Process::serve_with_env("RUST_LOG", "trace", &flags);
    let said = server.lines(2);
    let door = |words: &str| -> SocketAddr {
        let line = said.iter().find(|line| line.contains(words)).unwrap_or_else(|| panic!("{words} in {said:?}"));
        line.split(' ').find_map(|word| word.parse().ok()).unwrap_or_else(|| panic!("an address in {line:?}"))
    };
    let [first, second, wrong] = SECRETS;
    let mut alice = Client::connect(door("browsers"));
    for (line, answer) in [
        (r#"{"type":"login","id":1,"name":"alice"}"#.to_owned(), r#""id":1,"name":"alice""#),
        (format!(r#"{{"type":"register","id":2,"password":"{first}"}}"#), r#""id":2,"name":"alice""#),
        (format!(r#"{{"type":"set_password","id":3,"password":"{wrong}","new":"{second}"}}"#), "wrong-password"),
        (format!(r#"{{"type":"set_password","id":4,"password":"{first}","new":"{second}"}}"#), r#""id":4"#),
        (format!(r#"{{"type":"register","id":5,"password":["{first}"]}}"#), "bad-json"),
    ] {
        alice.say(&line);
        let mut told = alice.line();
        while told.contains(r#""type":"hello""#) {
            told = alice.line();
        }
        assert!(told.contains(answer), "{told}");
    }
    let mut bob = IrcUser::log_in(door("IRC"), "bob");
    bob.answers(&format!("REGISTER * * {first}"));
    bob.answers(&format!("PASS {second}"));
    for secret in [wrong, second] {
        bob.ask("AUTHENTICATE PLAIN", &["AUTHENTICATE +"]);
        bob.answers(&format!("AUTHENTICATE {}", BASE64.encode(format!("\0alice\0{secret}").as_bytes())));
    }
    let (status, log) = server.stop();
    assert!(status.success() && log.contains("TRACE"), "{log}");
    assert_secret(&log, "the log");
    for secret in SECRETS {
        let encoded = BASE64.encode(format!("\0alice\0{secret}").as_bytes());
        assert!(!log.contains(&encoded), "the log holds {secret} as it was sent");
    }
    for file in files(dir.path()) {
        assert_secret(&String::from_utf8_lossy(&fs::read(&file).unwrap()), &file.display().to_string());
    }
}

#[track_caller]
fn assert_secret(text: &str, what: &str) {
    SECRETS.iter().for_each(|secret| assert!(!text.contains(secret), "{what} holds {secret}"));
}

fn files(dir: &Path) -> Vec<std::path::PathBuf> {
    let entries = fs::read_dir(dir).unwrap().map(|entry| entry.unwrap().path());
    entries.flat_map(|path| if path.is_dir() { files(&path) } else { vec![path] }).collect()
}

#[test]
fn a_client_says_the_password_that_it_is_given_and_shows_it_nowhere() {
    let server = Server::embedded();
    server.user("alice").ask("register hunter22", &["server: alice is registered"]);
    let address = server.addr.to_string();
    let file = tempfile::NamedTempFile::new().unwrap();
    fs::write(file.path(), "hunter22\n").unwrap();
    let chat = |flags: &[&str], variable: Option<&str>| {
        let mut client = cargo_bin_cmd!("chatctl");
        client.env_remove("CHATCTL_PASSWORD").args(["interactive", "--plain", "--name", "alice", &address]).args(flags);
        client.envs(variable.map(|password| ("CHATCTL_PASSWORD", password)));
        let output = client.write_stdin("ping here\n").output().unwrap();
        String::from_utf8(output.stdout).unwrap() + &String::from_utf8(output.stderr).unwrap()
    };
    let path = file.path().to_str().unwrap();
    for said in [chat(&["--password-file", path], None), chat(&[], Some("hunter22"))] {
        assert!(said.contains("server: pong here") && !said.contains("hunter22"), "{said}");
    }
    let said = chat(&[], None);
    assert!(said.contains("server: password please:") && !said.contains("pong"), "{said}");
}

#[test]
fn a_script_logs_in_and_its_transcript_has_no_password() {
    let run = cargo_bin_cmd!("chatctl").args(["run", "-v", "scripts/accounts.chat"]).output().unwrap();
    let said = String::from_utf8(run.stdout).unwrap() + &String::from_utf8(run.stderr).unwrap();
    assert!(run.status.success(), "{said}");
    assert!(
        said.contains("register ***") && said.contains("with password \"***\"") && !said.contains("horse"),
        "{said}"
    );
}

#[test]
fn what_is_wrong_with_a_script_is_shown_without_the_password_in_it() {
    let dir = tempfile::tempdir().unwrap();
    let script = dir.path().join("a.chat");
    let lines = [
        "connect alice with password \"first-Secret-81\" and more",
        "connect alice\nalice> register first-Secret-81 second-Secret-82",
        "connect alice with password \"first-Secret-81\" as \"a b\"",
    ];
    for text in lines {
        fs::write(&script, text).unwrap();
        let check = cargo_bin_cmd!("chatctl").arg("check").arg(&script).output().unwrap();
        let said = String::from_utf8(check.stdout).unwrap() + &String::from_utf8(check.stderr).unwrap();
        assert_secret(&said, &said);
        assert!(said.contains("***"), "{text}: {said}");
    }
}
