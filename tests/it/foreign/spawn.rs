//! `--spawn`: the server under test is started for each file, and ended after it.

use std::net::TcpStream;

use assert_cmd::assert::Assert;
use predicates::prelude::PredicateBooleanExt;
use predicates::str::contains;

use crate::support::Server;

/// A chat server at a free port, as a program of its own.
fn serve() -> String {
    format!("'{}' serve --listen 127.0.0.1:{{{{port}}}} --web none", assert_cmd::cargo::cargo_bin!("chatctl").display())
}

fn chatctl(arguments: &[&str], text: &str) -> Assert {
    let mut command = assert_cmd::Command::cargo_bin("chatctl").unwrap();
    command.args(arguments).write_stdin(text).assert()
}

#[test]
fn each_file_has_a_server_of_its_own_which_is_gone_afterwards() {
    let folder = tempfile::tempdir().unwrap();
    let said = folder.path().join("said");
    for name in ["a.chat", "b.chat"] {
        let text = "connect ann\nann> list users\nann< server: users (1): ann\n";
        std::fs::write(folder.path().join(name), text).unwrap();
    }
    // What it prints tells where it was.
    let command = format!("{} | tee -a '{}'", serve(), said.display());
    chatctl(&["run", folder.path().to_str().unwrap(), "--jobs", "2", "--spawn", &command], "").code(0);
    let said = std::fs::read_to_string(&said).unwrap();
    let ports = said.lines().filter_map(|line| line.strip_prefix("chatctl: listening on 127.0.0.1:"));
    let ports: Vec<u16> = ports.map(|port| port.parse().unwrap()).collect();
    assert_eq!(ports.len(), 2, "{said}");
    for port in ports {
        assert!(TcpStream::connect(("127.0.0.1", port)).is_err(), "the server at {port} has ended");
    }
}

#[test]
fn what_the_server_said_is_shown_with_a_failure() {
    let command = format!("echo to-be-read >&2; exec {}", serve());
    let run = |text: &str| chatctl(&["run", "-", "--spawn", &command], text);
    run("connect ann\nann is silent\n").code(0).stderr(contains("to-be-read").not());
    let failed = run("connect ann\nann> ping\nann< x\n").code(1);
    failed.stderr(contains("the server said at last:\n").and(contains("  to-be-read\n")));
}

#[test]
fn a_load_starts_its_server_too() {
    let plan = ["--users", "20", "--warmup", "100ms", "--duration", "300ms"];
    chatctl(&[&["load", "--spawn", &serve()], &plan[..]].concat(), "").code(0).stdout(contains("lost 0"));
}

#[test]
fn a_server_that_never_accepts_is_told_with_what_it_said() {
    let dies =
        chatctl(&["run", "-", "--spawn", "echo no such file; exit 3; # {{port}}"], "connect ann\nann is silent\n");
    dies.code(4)
        .stderr(contains("ended (exit status: 3) before it accepted at 127.0.0.1:").and(contains("no such file")));
    let other = Server::embedded();
    let here = other.addr.to_string();
    let run = chatctl(&["run", "-", "--server", &here, "--spawn", "cat"], "connect ann\nann is silent\n");
    run.code(4).stderr(contains(format!("another program listens at {here} already")));
}

#[test]
fn a_free_port_is_known_to_both_sides_or_to_none() {
    let refused = |arguments: &[&str], said: &str| {
        chatctl(&[&["run", "-"], arguments].concat(), "connect ann\n").code(2).stderr(contains(said));
    };
    refused(&["--server", "127.0.0.1:{{port}}"], "--server contains {{port}}, which needs --spawn");
    refused(&["--spawn", "cat"], "--server contains {{port}}, but --spawn does not");
    refused(
        &["--spawn", "cat {{port}}", "--server", "127.0.0.1:1"],
        "--spawn contains {{port}}, but --server does not",
    );
}
