//! `chatctl dialects`, and dialects of our own making against our own server.

use assert_cmd::cargo::cargo_bin;
use predicates::str::contains;

fn chatctl(arguments: &[&str]) -> assert_cmd::assert::Assert {
    assert_cmd::Command::new(cargo_bin!("chatctl")).args(arguments).assert()
}

#[test]
fn the_shipped_dialects_are_listed_and_printed_as_script_text() {
    chatctl(&["dialects"]).code(0).stdout("irc\nlines\nnats\nredis\nsmtp\n");
    let irc = std::fs::read_to_string("dialects/irc.chat").unwrap();
    chatctl(&["dialects", "irc"]).code(0).stdout(irc);
    chatctl(&["dialects", "telex"]).code(2).stderr(contains("possible values: irc, lines, nats, redis, smtp"));
}
