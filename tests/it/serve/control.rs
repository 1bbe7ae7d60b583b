//! The socket in the folder of the data, and what those may do who open it, or whom they appoint.

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::UnixStream;
use std::path::Path;

use assert_cmd::cargo::cargo_bin_cmd;

use crate::support::{Client, PATIENCE, PROMPT, Process, WELCOME};

/// Somebody at the control socket.
pub(crate) struct Keeper {
    lines: BufReader<UnixStream>,
}

impl Keeper {
    pub(crate) fn connect(dir: &Path) -> Self {
        let stream = UnixStream::connect(dir.join("control")).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        Self { lines: BufReader::new(stream) }
    }

    pub(crate) fn log_in(dir: &Path, name: &str) -> Self {
        let mut keeper = Self::connect(dir);
        keeper.ask(name, &[PROMPT, WELCOME]);
        keeper
    }

    pub(crate) fn say(&mut self, line: &str) {
        writeln!(self.lines.get_mut(), "{line}").unwrap();
    }

    pub(crate) fn line(&mut self) -> String {
        let mut line = String::new();
        self.lines.read_line(&mut line).unwrap();
        line.trim_end().to_owned()
    }

    #[track_caller]
    pub(crate) fn expect(&mut self, lines: &[&str]) {
        lines.iter().for_each(|line| assert_eq!(self.line(), *line));
    }

    #[track_caller]
    pub(crate) fn ask(&mut self, line: &str, answers: &[&str]) {
        self.say(line);
        self.expect(answers);
    }

    /// The password that the answer to this command tells.
    #[track_caller]
    pub(crate) fn password(&mut self, command: &str, name: &str) -> String {
        self.say(command);
        let line = self.line();
        let password = line.strip_prefix(&format!("server: the password of {name} is "));
        password.unwrap_or_else(|| panic!("a password in {line:?}")).to_owned()
    }
}

pub(crate) fn serve(dir: &Path) -> Process {
    Process::serve(&["--web", "none", "--data", dir.to_str().unwrap()])
}

/// Somebody with a password.
fn log_in(server: &Process, name: &str, password: &str) -> Client {
    let mut client = Client::connect(server.addr);
    client.say(name);
    client.say(password);
    client.expect(&[PROMPT, "server: password please:", WELCOME]);
    client
}

/// What is heard of each command of operators, and of what goes wrong.
pub(crate) fn answers() -> Vec<String> {
    let dir = tempfile::tempdir().unwrap();
    let server = serve(dir.path());
    let mut keeper = Keeper::log_in(dir.path(), "keeper");
    let mut bob = server.user("bob");
    let mut heard = Vec::new();
    let mut ask = |line: &str, answers: usize| {
        keeper.say(line);
        heard.extend((0..answers).map(|_| keeper.line()));
    };
    ask("create account bob", 1);
    ask("kick server bob", 1);
    let mut told = bob.rest();
    ask("create account bob", 1);
    ask("create account carol", 1);
    ask("create account carol", 1);
    let password = heard[2].rsplit_once(' ').unwrap().1.to_owned();
    let mut ask = |line: &str, answers: usize| {
        keeper.say(line);
        heard.extend((0..answers).map(|_| keeper.line()));
    };
    let mut bob = log_in(&server, "bob", &password);
    ask("dismiss bob", 1);
    ask("appoint carol", 1);
    ask("appoint carol", 1);
    ask("list accounts", 2);
    ask("appoint bob", 1);
    ask("dismiss bob", 1);
    ask("create room lobby", 1);
    ask("list bans lobby", 1);
    ask("announce TEXT", 1);
    ask("unban server bob", 1);
    ask("ban server bob", 1);
    ask("list bans", 1);
    told.extend(bob.rest());
    ask("unban server bob", 1);
    ask("drop account bob", 1);
    ask("reset password bob", 1);
    heard.extend(told);
    server.stop();
    heard
}

#[test]
fn whoever_opens_the_control_socket_runs_the_server() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("control");
    let server = serve(dir.path());
    assert_eq!(path.metadata().unwrap().permissions().mode() & 0o777, 0o600);
    let mut bob = server.user("bob");
    bob.ask("create room den", &["den/server: bob created the room"]);
    let mut keeper = Keeper::log_in(dir.path(), "keeper");
    keeper.ask("kick den bob enough", &["den/server: keeper removed bob (enough)"]);
    bob.expect(&["den/server: keeper removed bob (enough)"]);
    let mut carol = server.user("carol");
    carol.ask("list accounts", &["error: unknown-command: 'list accounts'; try 'help'"]);
    // A socket that a killed server has left behind is in nobody's way.
    server.signal("KILL");
    server.wait();
    assert!(path.exists());
    let server = serve(dir.path());
    drop(Keeper::log_in(dir.path(), "keeper"));
    let (status, log) = server.stop();
    assert!(status.success() && !path.exists(), "{log}");
}

#[test]
fn appointments_bans_and_accounts_survive_a_restart() {
    let dir = tempfile::tempdir().unwrap();
    let server = serve(dir.path());
    let mut keeper = Keeper::log_in(dir.path(), "keeper");
    let password = keeper.password("create account alice", "alice");
    keeper.ask("appoint alice", &["server: alice is an operator of this server"]);
    keeper.ask("ban server Eve", &["server: banned Eve from this server"]);
    server.stop();

    let server = serve(dir.path());
    let mut alice = log_in(&server, "alice", &password);
    alice.ask("list bans", &["server: bans (1): Eve"]);
    alice.ask("list accounts", &["server: accounts (1): alice", "server: operators (1): alice"]);
    let mut eve = Client::connect(server.addr);
    eve.say("eve");
    eve.expect(&[PROMPT, "error: banned: Eve is banned from this server", PROMPT]);
    alice.ask("unban server eve", &["server: lifted the ban of Eve from this server"]);
    eve.ask("eve", &[WELCOME]);
    alice.ask("kick server eve", &["server: removed eve from this server"]);
    eve.expect(&["error: removed: an operator of the server has closed your connection"]);
    eve.expect_end();
    let mut keeper = Keeper::log_in(dir.path(), "keeper");
    let other = keeper.password("reset password alice", "alice");
    assert_ne!(other, password);
    keeper.ask("dismiss alice", &["server: alice is no operator of this server any more"]);
    alice.expect(&["server: you are no operator of this server any more"]);
    alice.ask("ban server bob", &["error: unknown-command: 'ban server'; try 'help'"]);
    server.stop();

    let server = serve(dir.path());
    let mut alice = log_in(&server, "alice", &other);
    alice.ask("list bans", &["error: unknown-command: 'list bans'; try 'help'"]);
    let mut keeper = Keeper::log_in(dir.path(), "keeper");
    keeper.ask("list bans", &["server: bans (0)"]);
    keeper.ask("drop account alice", &["server: alice is no longer registered"]);
    alice.expect(&["server: alice is no longer registered"]);
    server.stop();

    let server = serve(dir.path());
    drop(server.user("alice"));
}

#[test]
fn operators_are_operators_in_json_too() {
    let dir = tempfile::tempdir().unwrap();
    let server = Process::serve(&["--web", "127.0.0.1:0", "--data", dir.path().to_str().unwrap()]);
    let mut keeper = Keeper::log_in(dir.path(), "keeper");
    let password = keeper.password("create account alice", "alice");
    keeper.ask("appoint alice", &["server: alice is an operator of this server"]);
    let web = server.lines(1).remove(0);
    let web = web.split(' ').nth(3).unwrap().parse().unwrap();
    let mut alice = Client::connect(web);
    let mut ask = |request: &str, answer: &str| {
        alice.say(request);
        // What happened meanwhile is told as events.
        let answered = std::iter::from_fn(|| Some(alice.line())).find(|line| line.contains("\"id\":")).unwrap();
        assert_eq!(answered, answer);
    };
    let login = format!(r#"{{"type":"login","name":"alice","password":"{password}"}}"#);
    ask(&format!("{login}\n{{\"type\":\"ping\",\"id\":1}}"), r#"{"type":"ok","id":1}"#);
    let both = r#"{"type":"ok","id":2,"accounts":["alice"],"operators":["alice"]}"#;
    ask(r#"{"type":"list_accounts","id":2}"#, both);
    ask(r#"{"type":"ban_server","id":3,"user":"Eve"}"#, r#"{"type":"ok","id":3,"name":"Eve"}"#);
    ask(r#"{"type":"list_bans","id":4}"#, r#"{"type":"ok","id":4,"bans":["Eve"]}"#);
    let usage = r#"{"type":"error","id":5,"code":"bad-command","detail":"usage: kick server NAME"}"#;
    ask(r#"{"type":"kick_server","id":5}"#, usage);
    ask(r#"{"type":"announce","id":6,"text":"tea"}"#, r#"{"type":"ok","id":6}"#);
    keeper.expect(&["server: alice announces: tea"]);
    ask(r#"{"type":"dismiss","id":7,"user":"alice"}"#, r#"{"type":"ok","id":7,"name":"alice"}"#);
    let unknown = r#"{"type":"error","id":8,"code":"unknown-command","detail":"'list bans'; try 'help'"}"#;
    ask(r#"{"type":"list_bans","id":8}"#, unknown);
}

#[test]
fn a_path_that_is_too_long_for_a_socket_is_said_to_be_so() {
    let dir = tempfile::tempdir().unwrap();
    let deep = dir.path().join("x".repeat(120));
    fs::create_dir(&deep).unwrap();
    let mut serve = cargo_bin_cmd!("chatctl");
    serve.args(["serve", "--listen", "127.0.0.1:0", "--web", "none", "--data"]).arg(&deep);
    let output = serve.assert().code(4).get_output().clone();
    let said = String::from_utf8(output.stderr).unwrap();
    let path = deep.join("control");
    let bytes = path.as_os_str().len();
    let expected = format!(
        "chatctl: cannot listen on {}: a socket's path has at most 103 bytes, and this one has {bytes}",
        path.display()
    );
    assert!(said.lines().any(|line| line == expected), "{said}");
}

#[test]
fn the_log_says_who_of_those_who_run_the_server_did_what_to_whom() {
    let dir = tempfile::tempdir().unwrap();
    let server = Process::serve(&["--data", dir.path().to_str().unwrap()]);
    server.user("bob").ask("ban server alice", &["error: unknown-command: 'ban server'; try 'help'"]);
    let mut keeper = Keeper::log_in(dir.path(), "root");
    let password = keeper.password("create account alice", "alice");
    keeper.ask("drop account carol", &["error: not-registered: carol"]);
    keeper.ask("announce psst", &["server: root announces: psst"]);
    let mut admin = cargo_bin_cmd!("chatctl");
    admin.args(["admin", "--data", dir.path().to_str().unwrap(), "ban", "eve"]).assert().success();
    let (_, log) = server.stop();
    let deeds: Vec<&str> =
        log.lines().filter_map(|line| line.split_once("INFO operator command ").map(|(_, deed)| deed)).collect();
    assert_eq!(
        deeds,
        [
            r#"carried out operator="root" what="create account" whom="alice""#,
            r#"refused operator="root" what="drop account" whom="carol" code="not-registered""#,
            r#"carried out operator="root" what="announce" whom="everybody""#,
            r#"carried out operator="chatctl admin" what="ban server" whom="eve""#,
        ]
    );
    assert!(!log.contains(&password) && !log.contains("psst"), "{log}");
}
