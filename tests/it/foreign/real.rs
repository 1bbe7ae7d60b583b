//! The scripts of `scripts/foreign` against the real servers, each started on a free port. Where a server is not
//! installed, the test says so by name and counts as skipped; with `CHATCTL_TESTS=all`, as in `.ci/run`, it fails.

use std::io::Write;
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use predicates::prelude::PredicateBooleanExt;
use predicates::str::contains;

use chatctl::server::Config;

use crate::support::{Server, skipped};

/// A server of another project, ended when dropped.
struct ForeignServer {
    child: Child,
    address: SocketAddr,
    _folder: tempfile::TempDir,
}

impl ForeignServer {
    /// Starts the program, with `{port}` and `{folder}` of its arguments filled; `None` if it is not installed.
    fn start(program: &str, arguments: &[&str], config: &str) -> Option<Self> {
        let address = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        let folder = tempfile::tempdir().unwrap();
        let port = address.port().to_string();
        let filled = |text: &str| text.replace("{port}", &port).replace("{folder}", folder.path().to_str().unwrap());
        let mut file = std::fs::File::create(folder.path().join("config")).unwrap();
        file.write_all(filled(config).as_bytes()).unwrap();
        let mut command = Command::new(program);
        command.args(arguments.iter().map(|argument| filled(argument))).current_dir(folder.path());
        let Ok(child) = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn() else {
            skipped(program);
            return None;
        };
        let mut server = Self { child, address, _folder: folder };
        server.wait();
        Some(server)
    }

    /// Until it accepts connections.
    fn wait(&mut self) {
        let deadline = Instant::now() + Duration::from_secs(30);
        while TcpStream::connect(self.address).is_err() {
            let ended = self.child.try_wait().unwrap();
            assert!(ended.is_none(), "the server ended: {ended:?}");
            assert!(Instant::now() < deadline, "the server does not accept connections");
            std::thread::yield_now();
        }
    }

    fn run(&self, arguments: &[&str]) -> assert_cmd::assert::Assert {
        let mut command = assert_cmd::Command::cargo_bin("chatctl").unwrap();
        command.args(arguments).args(["--server", &self.address.to_string()]).assert()
    }
}

impl Drop for ForeignServer {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

const NGIRCD: &str = "[Global]\nName = irc.example\nInfo = test\nListen = 127.0.0.1\nPorts = {port}\n\
                      [Limits]\nMaxConnections = 0\nMaxConnectionsIP = 0\nMaxJoins = 0\n[Options]\nDNS = no\nIdent = no\nPAM = no\n";

fn redis() -> Option<ForeignServer> {
    let arguments = ["--port", "{port}", "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"];
    ForeignServer::start("redis-server", &arguments, "")
}

fn ngircd() -> Option<ForeignServer> {
    ForeignServer::start("ngircd", &["-n", "-f", "{folder}/config"], NGIRCD)
}

#[test]
fn redis_publishes_to_its_subscribers() {
    let Some(server) = redis() else { return };
    server.run(&["run", "scripts/foreign/redis.chat"]).code(0);
}

#[test]
fn nats_delivers_by_subject() {
    let Some(server) = ForeignServer::start("nats-server", &["-a", "127.0.0.1", "-p", "{port}"], "") else { return };
    server.run(&["run", "scripts/foreign/nats.chat"]).code(0);
}

#[test]
fn an_irc_channel_delivers_to_its_members() {
    let Some(server) = ngircd() else { return };
    server.run(&["run", "scripts/foreign/irc.chat"]).code(0);
}

#[test]
fn our_irc_door_delivers_like_any_irc_server() {
    let server = Server::with_irc(Config::embedded());
    let mut command = assert_cmd::Command::cargo_bin("chatctl").unwrap();
    command.args(["run", "scripts/foreign/irc.chat", "--server", &server.irc().to_string()]).assert().code(0);
}

#[test]
fn an_smtp_server_takes_a_mail() {
    let Some(server) = ForeignServer::start("aiosmtpd", &["-n", "-l", "127.0.0.1:{port}"], "") else { return };
    server.run(&["run", "scripts/foreign/smtp.chat"]).code(0);
}

/// Two seconds of load.
const LOAD: [&str; 4] = ["--warmup", "1s", "--duration", "2s"];

#[test]
fn a_load_of_irc_channels_loses_nothing() {
    let Some(server) = ngircd() else { return };
    let pid = server.child.id().to_string();
    let arguments =
        [&["load", "scripts/foreign/irc_load.chat", "--users", "20", "--server-pid", &pid], &LOAD[..]].concat();
    let load = server.run(&arguments).code(0).stdout(contains("connected  20 logins in 2 plays"));
    load.stdout(contains("lost 0, duplicated 0, reordered 0, misdelivered 0").and(contains(" us per delivery")));
}

#[test]
fn a_load_of_redis_counts_its_rounds() {
    let Some(server) = redis() else { return };
    let load = server.run(&[&["load", "scripts/foreign/redis_load.chat", "--users", "10"], &LOAD[..]].concat());
    load.code(0).stdout(contains("rounds  ").and(contains("as \"incr\"")).and(contains("as \"get\"")));
}

#[test]
fn the_dialect_can_be_said_on_the_command_line() {
    let Some(server) = redis() else { return };
    let script = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(script.path(), "connect ann\nann> SET tea lemon\nann< +OK\nann> GET tea\nann< $5\nann< lemon\n")
        .unwrap();
    server.run(&["run", "--dialect", "redis", script.path().to_str().unwrap()]).code(0);
}
