//! Where passwords must not be found.

use std::fs;
use std::path::Path;

use super::log_in;
use crate::support::{Client, Process};

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
    again.ask(&format!("unregister {wrong}"), &["error: wrong-password: alice"]);
    let (status, log) = server.stop();
    assert!(status.success() && log.contains("TRACE"), "{log}");
    assert_secret(&log, "the log");
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
