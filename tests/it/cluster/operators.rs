//! What those who run the servers do at one of them, all servers do.

use assert_cmd::Command;
use predicates::str::contains;

use super::node;
use super::redis::Redis;
use crate::serve::control::Keeper;
use crate::support::{Client, PATIENCE, PROMPT, WELCOME};

/// Logs in with the name of an account and a password; what is said to that.
fn log_in(server: &crate::support::Process, name: &str, password: &str) -> (Client, String) {
    let mut user = Client::connect(server.addr);
    user.say(name);
    user.expect(&[PROMPT, "server: password please:"]);
    user.say(password);
    let answer = user.line();
    (user, answer)
}

#[test]
fn an_operator_at_one_server_is_one_for_all() {
    let Some(redis) = Redis::start() else { return };
    let folder = tempfile::tempdir().unwrap();
    let (one, other) = (node(&redis, &["--data", folder.path().to_str().unwrap()]), node(&redis, &[]));
    let mut keeper = Keeper::log_in(folder.path(), "keeper");
    let password = keeper.password("create account dave", "dave");
    let (mut dave, welcome) = log_in(&other, "dave", &password);
    assert_eq!(welcome, WELCOME);
    keeper.ask("appoint dave", &["server: dave is an operator of this server"]);
    dave.expect(&["server: you are an operator of this server"]);
    // An operator at the other server, from there on.
    let mut mallory = one.user("mallory");
    dave.ask("ban server mallory", &["server: banned mallory from this server"]);
    mallory.expect(&["error: banned: mallory is banned from this server"]);
    mallory.expect_end();
    for server in [&one, &other] {
        let mut again = Client::connect(server.addr);
        again.ask("Mallory", &[PROMPT, "error: banned: mallory is banned from this server", PROMPT]);
    }
    let renewed = keeper.password("reset password dave", "dave");
    let (_, answer) = log_in(&one, "dave", &password);
    assert_eq!(answer, "error: wrong-password: dave");
    assert_eq!(log_in(&one, "dave", &renewed).1, WELCOME);
    let log = redis.everything();
    assert!(!log.contains(&password) && !log.contains(&renewed), "{log}");
    assert!(log.contains("ban server mallory"));
}

#[test]
fn chatctl_admin_acts_on_all_servers() {
    let Some(redis) = Redis::start() else { return };
    let folder = tempfile::tempdir().unwrap();
    let (one, other) = (node(&redis, &["--data", folder.path().to_str().unwrap()]), node(&redis, &[]));
    let admin = |arguments: &[&str]| {
        let mut command = Command::cargo_bin("chatctl").unwrap();
        command.args(["admin", "--data"]).arg(folder.path()).args(arguments).timeout(PATIENCE);
        command
    };
    let mut alice = other.user("alice");
    alice.ask("register hunter22", &["server: alice is registered"]);
    let mut bob = other.user("bob");
    bob.ask("create room den", &["den/server: bob created the room"]);
    admin(&["set-password", "alice"])
        .write_stdin("fresh-horse-9\n")
        .assert()
        .success()
        .stdout("the password of alice is changed\n");
    assert_eq!(log_in(&one, "alice", "hunter22").1, "error: wrong-password: alice");
    assert_eq!(log_in(&one, "alice", "fresh-horse-9").1, WELCOME);
    admin(&["close-room", "den"]).assert().success();
    bob.lines_until("den/server: operator closed the room");
    bob.ask("list rooms", &["server: rooms (0)"]);
    admin(&["kick", "bob"]).assert().success();
    bob.lines_until("error: removed: an operator of the server has closed your connection");
    bob.expect_end();
    admin(&["kick", "bob"]).assert().code(1).stderr(contains("no-such-user: bob"));
    admin(&["ban", "eve"]).assert().success();
    let mut eve = Client::connect(other.addr);
    eve.ask("eve", &[PROMPT, "error: banned: eve is banned from this server", PROMPT]);
    let log = redis.everything();
    assert!(!log.contains("fresh-horse"), "{log}");
}
