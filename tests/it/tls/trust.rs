//! Whom a client trusts: a key that it is given, authorities, or servers that it has met before.

use std::fs;
use std::path::Path;

use assert_cmd::cargo::cargo_bin_cmd;
use chatctl::server::Config;
use tempfile::TempDir;

use crate::support::Server;
use crate::support::secure::Certificate;
use crate::support::terminal::TerminalScreen;

/// What a program without a terminal shows: its exit code and all that it writes. The address and the keys vary.
fn shown(server: &Server, state: &Path, arguments: &[&str], input: &str) -> String {
    let mut command = cargo_bin_cmd!("chatctl");
    command.args(arguments).env("XDG_STATE_HOME", state).write_stdin(input.to_owned());
    let output = command.output().unwrap();
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
    let shown = format!("exit {}\n{}{}", output.status.code().unwrap(), text(&output.stdout), text(&output.stderr));
    let key = regex::Regex::new("SHA256:[A-Za-z0-9+/]{43}").unwrap();
    key.replace_all(&shown.replace(&server.secure().to_string(), "ADDR"), "KEY").into_owned()
}

const TALK: &str = "alice\nping\nquit\n";

struct Scene {
    certificate: Certificate,
    server: Server,
    state: TempDir,
    address: String,
    key: String,
}

impl Scene {
    fn new() -> Self {
        let certificate = Certificate::new();
        let server = Server::with_tls(&certificate, Config::embedded());
        let address = format!("tls://{}", server.secure());
        let key = certificate.credentials().current().fingerprint().to_string();
        Self { certificate, server, state: TempDir::new().unwrap(), address, key }
    }

    /// A conversation as a pipe.
    fn talk(&self, flags: &[&str]) -> String {
        let arguments = [&["interactive", &self.address], flags].concat();
        shown(&self.server, self.state.path(), &arguments, TALK)
    }
}

const TALKED: &str =
    "exit 0\nserver: set your name please:\nserver: let's start chatting!\nserver: pong\nserver: bye\n";

/// A key that no server has.
const OTHER_KEY: &str = "SHA256:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

#[test]
fn without_a_terminal_an_unknown_server_is_refused() {
    insta::assert_snapshot!(Scene::new().talk(&[]), @r"
    exit 4
    chatctl: the key of ADDR is not known: KEY; to trust it, pass --fingerprint KEY, or connect once on a terminal
    ");
}

#[test]
fn the_key_that_was_given_is_trusted_and_no_other() {
    let scene = Scene::new();
    assert_eq!(scene.talk(&["--fingerprint", &scene.key]), TALKED);
    insta::assert_snapshot!(scene.talk(&["--fingerprint", OTHER_KEY]), @r"
    exit 4
    chatctl: cannot trust ADDR: it has another key: expected KEY, found KEY
    ");
    insta::assert_snapshot!(scene.talk(&["--fingerprint", "SHA256:short"]), @r"
    exit 2
    error: invalid value 'SHA256:short' for '--fingerprint <KEY>': expected SHA256: and 43 characters, as `chatctl serve` prints it

    For more information, try '--help'.
    ");
}

#[test]
fn what_an_authority_has_signed_is_trusted() {
    let scene = Scene::new();
    assert_eq!(scene.talk(&["--tls-ca", &scene.certificate.argument("cert.pem")]), TALKED);
    scene.certificate.renew();
    let refused = scene.talk(&["--tls-ca", &scene.certificate.argument("cert.pem")]);
    insta::assert_snapshot!(refused, @r"
    exit 4
    chatctl: cannot connect to ADDR: invalid peer certificate: BadSignature
    ");
}

#[test]
fn on_a_terminal_an_unknown_server_is_asked_about_once() {
    let scene = Scene::new();
    let arguments = [scene.address.as_str(), "--name", "alice", "--plain"];
    let mut terminal = TerminalScreen::start(&arguments, 100, 12, scene.state.path());
    terminal.shows("[y/N]");
    terminal.types("y\r");
    terminal.shows("let's start chatting!");
    drop(terminal);
    let known = fs::read_to_string(scene.state.path().join("chatctl/known_hosts")).unwrap();
    assert_eq!(known, format!("{} {}\n", scene.server.secure(), scene.key));
    // From now on also without a terminal, where nobody can be asked.
    assert!(scene.talk(&["--name", "bob"]).contains("let's start chatting!"));
    fs::write(scene.state.path().join("chatctl/known_hosts"), known.replace(&scene.key, OTHER_KEY)).unwrap();
    insta::assert_snapshot!(scene.talk(&[]), @r"
    exit 4
    chatctl: cannot trust ADDR: it has another key: expected KEY, found KEY
    ");
}

#[test]
fn who_is_asked_and_says_no_does_not_connect() {
    let scene = Scene::new();
    let mut terminal = TerminalScreen::start(&[&scene.address, "--plain"], 100, 12, scene.state.path());
    terminal.shows("[y/N]");
    terminal.types("\r");
    terminal.shows("is not trusted");
    assert!(!scene.state.path().join("chatctl/known_hosts").exists());
}

#[test]
fn scripts_and_loads_run_over_tls() {
    let scene = Scene::new();
    let script = "connect alice, bob\nalice> send message bob hi\nbob< alice: hi\n";
    let web = format!("wss://{}/ws", scene.server.web());
    let over_web = ["run", "--server", &web, "--fingerprint", &scene.key, "-"];
    let ran = shown(&scene.server, scene.state.path(), &over_web, script);
    assert!(ran.starts_with("exit 0\n"), "{ran}");
    let target = ["--server", &scene.address, "--fingerprint", &scene.key, "-"];
    let ran = shown(&scene.server, scene.state.path(), &[&["run"], &target[..]].concat(), script);
    assert!(ran.starts_with("exit 0\n"), "{ran}");
    let load = shown(
        &scene.server,
        scene.state.path(),
        &[&["load", "--users", "2", "--duration", "1s"], &target[..]].concat(),
        script,
    );
    assert!(load.starts_with("exit 0\n"), "{load}");
}

#[test]
fn an_address_in_a_script_is_trusted_as_one_of_the_command_line() {
    let scene = Scene::new();
    let script =
        format!("connect alice\nconnect bob at {}\nalice, bob> ping\nalice, bob< server: pong\n", scene.address);
    let run = |flags: &[&str]| shown(&scene.server, scene.state.path(), &[&["run", "-"], flags].concat(), &script);
    assert!(run(&["--fingerprint", &scene.key]).starts_with("exit 0\n"), "{}", run(&["--fingerprint", &scene.key]));
    let other = run(&["--fingerprint", OTHER_KEY]);
    assert!(other.starts_with("exit 4\n") && other.contains("it has another key"), "{other}");
    let unknown = run(&[]);
    assert!(unknown.starts_with("exit 4\n") && unknown.contains("to trust it, pass --fingerprint KEY"), "{unknown}");
    let known = scene.state.path().join("chatctl");
    fs::create_dir_all(&known).unwrap();
    fs::write(known.join("known_hosts"), format!("{} {}\n", scene.server.secure(), scene.key)).unwrap();
    assert!(run(&[]).starts_with("exit 0\n"), "{}", run(&[]));
    let load = ["load", "-", "--users", "2", "--duration", "500ms", "--fingerprint", &scene.key];
    let load = shown(&scene.server, scene.state.path(), &load, &script);
    assert!(load.starts_with("exit 0\n"), "{load}");
    let wrong = "connect alice at tls://host:port\nalice is silent\n";
    let told = shown(&scene.server, scene.state.path(), &["run", "-"], wrong);
    assert!(told.contains("- has users at tls://host:port: expected an address"), "{told}");
}

#[test]
fn users_with_tls_need_an_address_with_tls() {
    let scene = Scene::new();
    let plain = scene.server.addr.to_string();
    let ran = shown(&scene.server, scene.state.path(), &["run", "--server", &plain, "-"], "connect alice with tls\n");
    insta::assert_snapshot!(ran.replace(&plain, "ADDRESS"), @r"
    exit 2
    chatctl: - has users with tls, but the address ADDRESS of --server does not begin with tls:// or wss://
    ");
}
