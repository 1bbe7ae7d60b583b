//! The files of `contrib/cluster` that operators begin with.

use std::fs;

use assert_cmd::Command;
use assert_cmd::cargo::cargo_bin;

use crate::support::skipped;

#[test]
fn the_commands_of_the_composed_cluster_are_right() {
    let file = fs::read_to_string("contrib/cluster/compose.yaml").unwrap();
    let commands = file.lines().filter_map(|line| line.trim().strip_prefix("command: "));
    let commands: Vec<Vec<String>> = commands.map(|command| serde_json::from_str(command).unwrap()).collect();
    assert_eq!(commands.len(), 4);
    for command in commands.iter().filter(|command| command[0] == "serve") {
        Command::cargo_bin("chatctl").unwrap().args(command).arg("--print-config").assert().success();
    }
}

/// The command of a unit, with the words that systemd puts in for the first instance.
fn command(unit: &str) -> Vec<String> {
    let unit = unit.replace("\\\n", " ");
    let command = unit.lines().find_map(|line| line.strip_prefix("ExecStart=")).unwrap();
    let cluster = unit.lines().find_map(|line| line.strip_prefix("Environment=CLUSTER=")).unwrap_or_default();
    let command = command.replace("%i", "1").replace("%H", "here").replace("${CLUSTER}", cluster).replace("$FLAGS", "");
    command.split_whitespace().skip(1).map(str::to_owned).collect()
}

#[test]
fn the_commands_of_the_units_are_right() {
    let server = fs::read_to_string("contrib/cluster/chatctl@.service").unwrap();
    Command::cargo_bin("chatctl").unwrap().args(command(&server)).arg("--print-config").assert().success();
    let engine = command(&fs::read_to_string("contrib/cluster/chatctl-redis.service").unwrap());
    let port = engine.iter().position(|word| word == "--port").map(|place| engine[place + 1].as_str()).unwrap();
    assert!(server.contains(&format!("Environment=CLUSTER=redis://127.0.0.1:{port}\n")), "{engine:?}");
    let policy = engine.windows(2).any(|words| words == ["--maxmemory-policy", "noeviction"]);
    let syncs = engine.windows(2).any(|words| words == ["--appendfsync", "always"]);
    assert!(policy && syncs, "{engine:?}");
}

#[test]
fn systemd_finds_nothing_wrong_with_the_units() {
    let folder = tempfile::tempdir().unwrap();
    let binary = cargo_bin("chatctl").display().to_string();
    for (name, place) in [("chatctl@.service", "chatctl@1.service"), ("chatctl-redis.service", "chatctl-redis.service")]
    {
        let unit = fs::read_to_string(format!("contrib/cluster/{name}")).unwrap();
        // It looks for the programs, which are where they are when nothing is installed.
        let unit = unit.replace("/usr/bin/chatctl", &binary).replace("/usr/bin/redis-server", &binary);
        fs::write(folder.path().join(place), unit).unwrap();
        let mut verify = std::process::Command::new("systemd-analyze");
        let Ok(found) = verify.arg("verify").arg(folder.path().join(place)).output() else {
            return skipped("systemd-analyze");
        };
        let complaint = String::from_utf8_lossy(&found.stderr);
        assert!(found.status.success() && complaint.is_empty(), "{name}: {complaint}");
    }
}
