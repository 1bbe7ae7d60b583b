//! `--find-capacity` against servers with a limit.

use std::net::TcpListener;

use assert_cmd::Command;
use assert_cmd::assert::Assert;
use predicates::str::contains;
use serde_json::Value;
use tempfile::TempDir;

use crate::support::Process;

/// Each user waits for its answers.
const ASKING: &str = "connect a\nevery 50ms\na> ping\na< server: pong\nend\n";
/// Each user speaks to itself.
const SPEAKING: &str = "connect a\nevery 100ms\na> send message {{a}} {{stamp}}\nend\n";

fn find(text: &str, arguments: &[&str]) -> Assert {
    let mut command = Command::cargo_bin("chatctl").unwrap();
    command.args(["load", "--find-capacity", "--warmup", "100ms", "--duration", "1500ms"]).args(arguments);
    command.arg("-").write_stdin(text).assert()
}

/// The JSON report beside what the command came to.
fn reported(text: &str, arguments: &[&str], code: i32) -> (Value, Assert) {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("capacity.json");
    let out = format!("json={}", path.display());
    let found = find(text, &[arguments, &["--out", &out]].concat()).code(code);
    (serde_json::from_str(&std::fs::read_to_string(&path).unwrap()).unwrap(), found)
}

#[test]
fn the_most_users_that_a_server_takes_are_found() {
    let server = Process::serve(&["--max-connections", "3", "--message-rate", "0"]);
    let (report, found) = reported(ASKING, &["--users", "1", "--server", &server.addr.to_string()], 0);
    found.stdout(contains("capacity: 3 users; 4 users did not hold\n")).stderr(contains("4 users in 4 casts of 1\n"));
    let tried: Vec<u64> = report["steps"].as_array().unwrap().iter().map(|s| s["users"].as_u64().unwrap()).collect();
    assert_eq!(tried, [1, 2, 4, 3]);
    assert_eq!((&report["schema"], &report["raised"]), (&"chatctl-capacity-1".into(), &"users".into()));
    assert_eq!((&report["ended"], &report["held"]["plan"]["users"]), (&"narrowed".into(), &3.into()));
    assert_eq!((&report["missed"]["plan"]["users"], &report["held"]["figures"]["errors"]), (&4.into(), &0.into()));
    assert!(report["missed"]["figures"]["errors"].as_u64().unwrap() > 0, "{report}");
}

#[test]
fn a_rate_is_raised_if_there_is_one() {
    let arguments = ["--users", "1", "--rate", "10/s", "--fail-if", "sent > 25"];
    let (report, _) = reported(SPEAKING, &arguments, 0);
    let rate = |which: &str| report[which]["plan"]["rate"].as_f64().unwrap();
    assert_eq!(report["raised"], "rate");
    assert!(10.0 <= rate("held") && rate("held") < rate("missed"), "{report}");
}

#[test]
fn a_server_that_bears_nothing_is_5_and_one_that_is_not_there_is_4() {
    let (report, found) = reported(ASKING, &["--users", "2", "--fail-if", "connect.max > 0ms"], 5);
    found.stdout(contains("FAILED: not even 1 user held\n")).stdout(contains("connect.max > 0ms ("));
    assert_eq!((report["steps"].as_array().unwrap().len(), &report["held"]), (2, &Value::Null));
    let unused = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().to_string();
    let (report, found) = reported(ASKING, &["--users", "2", "--server", &unused], 4);
    found.stdout(contains("nobody could connect any more"));
    assert_eq!((report["steps"].as_array().unwrap().len(), &report["ended"]), (1, &"unreachable".into()));
}

#[test]
fn a_load_that_cannot_be_made_here_ends_the_search() {
    let mut shell = Command::new("sh");
    let chatctl = assert_cmd::cargo::cargo_bin!("chatctl");
    shell.args(["-c", "ulimit -n 70 && exec \"$@\"", "sh"]).arg(chatctl);
    shell.args(["load", "--find-capacity", "--users", "2", "--warmup", "100ms", "--duration", "1500ms", "-"]);
    let found = shell.write_stdin(ASKING).assert().code(0);
    found.stdout(contains("capacity: at least 2 users\nmore was not tried: 4 users need 72 file descriptors"));
}

#[test]
fn what_a_search_sets_itself_cannot_be_given_as_stages() {
    let refused = |text: &str, arguments: &[&str], sentence: &'static str| {
        let mut command = Command::cargo_bin("chatctl").unwrap();
        command.args(["load", "--find-capacity"]).args(arguments).arg("-").write_stdin(text);
        command.assert().code(2).stdout("").stderr(contains(sentence));
    };
    refused(ASKING, &["--stages", "0 -> 5 in 10s"], "it needs a number to begin with, not stages");
    refused(SPEAKING, &["--users", "1", "--rate", "0 -> 5/s in 10s"], "it needs a rate to begin with, not stages");
    refused(ASKING, &["--users", "1", "--out", "html=x"], "--find-capacity reports in JSON");
}
