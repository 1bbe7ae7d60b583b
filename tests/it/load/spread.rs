//! A load on several servers: users are counted through all casts, and deliveries across all servers.

use std::net::SocketAddr;

use assert_cmd::Command;
use assert_cmd::assert::Assert;
use chatctl::server::Config;
use predicates::str::contains;

use crate::support::fake::chat::{Bug, Chat, Strikes};
use crate::support::{Process, Server};

fn load(script: &str, arguments: &[&str]) -> Assert {
    let mut command = Command::cargo_bin("chatctl").unwrap();
    command.args(["load", "-"]).args(arguments).write_stdin(script).assert()
}

/// One server by two of its addresses.
fn both(address: SocketAddr) -> String {
    let port = address.port();
    format!("127.0.0.1:{port},127.0.0.2:{port}")
}

#[test]
fn users_are_counted_through_all_casts() {
    // Each takes two users and no more, so all four are in only if they were shared evenly.
    let small = || Server::start(Config { max_connections: Some(2), ..Config::embedded() });
    let (one, other) = (small(), small());
    let script = "connect u\nevery 100ms\n  u> ping\n  u< server: pong\nend\n";
    let several = format!("{},{}", one.addr, other.addr);
    let plan = ["--users", "4", "--warmup", "0s", "--duration", "500ms"];
    load(script, &[&plan[..], &["--server", &several]].concat()).code(0).stdout(contains("connected  4 logins"));
    let alone = one.addr.to_string();
    load(script, &[&plan[..], &["--server", &alone]].concat()).code(5);
}

#[test]
fn deliveries_are_counted_across_the_servers_and_reports_name_them() {
    let mut serve = std::process::Command::new(assert_cmd::cargo::cargo_bin!("chatctl"));
    serve.args(["serve", "--listen", "0.0.0.0:0", "--web", "none"]);
    let server = Process::listening(serve);
    let (several, folder) = (both(server.addr), tempfile::tempdir().unwrap());
    let path = folder.path().join("load.json");
    let mut command = Command::cargo_bin("chatctl").unwrap();
    command.args(["load", "--users", "20", "--warmup", "200ms", "--duration", "800ms", "--server", &several]);
    let load = command.arg("--out").arg(format!("json={}", path.display())).assert();
    let named = several.replace(',', ", ");
    load.code(0)
        .stdout(contains("lost 0, duplicated 0, reordered 0"))
        .stdout(contains(format!("server     {named}\n")));
    let report: serde_json::Value = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
    assert_eq!(report["provenance"]["server"], named);
    assert!(report["figures"]["delivered"].as_u64().unwrap() > 0);
}

#[test]
fn what_goes_wrong_between_two_servers_is_found() {
    let script = "connect talker[4], stranger
repeat 1490
  talker1> send lobby {{stamp talker}} {{text 20..60}}
end
talker1> ping done
talker1< server: pong done
";
    for (bug, figure) in [(Bug::Leak, "misdelivered"), (Bug::Lose, "lost"), (Bug::Swap, "reordered")] {
        let server = Chat::start(bug, Strikes::Rarely);
        let load = load(script, &["--users", "5", "--server", &both(server.addr)]);
        let struck = server.struck();
        assert!(struck >= 5, "{struck}");
        load.code(5).stdout(contains(format!("{figure} {struck}")));
    }
}
