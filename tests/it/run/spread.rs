//! `--server A,B,C`: users take several servers in turn.

use std::net::SocketAddr;

use assert_cmd::Command;
use assert_cmd::assert::Assert;
use chatctl::server::Config;
use predicates::str::contains;

use crate::support::Server;
use crate::support::secure::Certificate;

fn run(text: &str, arguments: &[&str]) -> Assert {
    let mut command = Command::cargo_bin("chatctl").unwrap();
    command.args(["run", "-"]).args(arguments).write_stdin(text).assert()
}

fn list(addresses: [SocketAddr; 2], scheme: &str) -> String {
    addresses.map(|address| format!("{scheme}{address}")).join(",")
}

/// Five users, of whom the first, third and fifth are at one server, whatever statement connects them.
const IN_TURN: &str = "connect ann, ben
connect u[2]
test \"in turn\"
connect eve
ann, u1, eve> list users
ann, u1, eve< server: users (3): ann, eve, u1
ben, u2> list users
ben, u2< server: users (2): ben, u2
ann is silent
";

#[test]
fn users_take_several_servers_in_turn() {
    let servers = [Server::embedded(), Server::embedded()];
    let several = list([servers[0].addr, servers[1].addr], "");
    run(IN_TURN, &["--server", &several]).code(0);
    run(IN_TURN, &["--server", &servers[0].addr.to_string()]).code(1);
}

#[test]
fn servers_over_tls_and_of_the_web_are_taken_in_turn() {
    let certificate = Certificate::new();
    let servers = [(), ()].map(|()| Server::with_tls(&certificate, Config::embedded()));
    let authority = certificate.argument("cert.pem");
    let secure = list([servers[0].secure(), servers[1].secure()], "tls://");
    run(IN_TURN, &["--server", &secure, "--tls-ca", &authority]).code(0);
    let web = list([servers[0].web(), servers[1].web()], "ws://");
    run(IN_TURN, &["--server", &web]).code(0);
    let plain = format!("{},tls://{}", servers[0].addr, servers[1].secure());
    run(IN_TURN, &["--server", &plain, "--tls-ca", &authority]).code(0);
    let said =
        format!("- has users with tls, but the address {} of --server does not begin with tls://", servers[0].addr);
    run("connect ann with tls\n", &["--server", &plain, "--tls-ca", &authority]).code(2).stderr(contains(said));
}

#[test]
fn a_list_that_cannot_be_meant_is_refused() {
    let refused = |list: &str, said: &str| {
        run("connect ann\n", &["--server", list]).code(2).stderr(contains(said));
    };
    refused("127.0.0.1:1,,127.0.0.1:2", "a comma has no address on both sides");
    refused("127.0.0.1:1,", "a comma has no address on both sides");
    refused("127.0.0.1:1,there:x", "`there:x`: expected an address like 127.0.0.1:7667");
    refused(
        "127.0.0.1:1,ws://127.0.0.1:2/ws",
        "users would speak text at 127.0.0.1:1 and json at ws://127.0.0.1:2/ws; give --server addresses of one kind",
    );
}

#[test]
fn reports_name_all_servers() {
    let servers = [Server::embedded(), Server::embedded()];
    let several = list([servers[0].addr, servers[1].addr], "");
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("report.json");
    run(IN_TURN, &["--server", &several, "--report-json", path.to_str().unwrap()]).code(0);
    let report: serde_json::Value = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
    assert_eq!(report["server"], several.replace(',', ", "));
}
