//! `chatctl admin`: each of its commands, over the control socket and over the admin address.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};
use std::thread;

use assert_cmd::Command;
use assert_cmd::cargo::cargo_bin_cmd;

use super::control::{Keeper, serve};
use crate::support::{Client, PATIENCE, PROMPT, Process, WELCOME};

/// `chatctl admin` for the server in this folder.
fn admin(dir: &Path, arguments: &[&str]) -> Command {
    asked(&["--data", dir.to_str().unwrap()], arguments)
}

fn asked(server: &[&str], arguments: &[&str]) -> Command {
    let mut command = cargo_bin_cmd!("chatctl");
    command.arg("admin").args(server).args(arguments);
    command
}

/// What is printed by a command that is carried out.
#[track_caller]
fn done(dir: &Path, arguments: &[&str]) -> String {
    let output = admin(dir, arguments).assert().code(0).get_output().clone();
    String::from_utf8(output.stdout).unwrap()
}

/// What is said of a command that is refused.
#[track_caller]
fn refused(dir: &Path, arguments: &[&str]) -> String {
    let output = admin(dir, arguments).assert().code(1).get_output().clone();
    String::from_utf8(output.stderr).unwrap()
}

fn folder() -> (tempfile::TempDir, PathBuf) {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().to_path_buf();
    (dir, path)
}

#[test]
fn who_is_there_and_what_is_counted() {
    let (_dir, dir) = folder();
    let server = serve(&dir);
    let mut alice = server.user("alice");
    alice.ask("create room lobby", &["lobby/server: alice created the room"]);
    let _keeper = Keeper::log_in(&dir, "keeper");
    let who = done(&dir, &["who"]);
    let alice_port = alice.stream().local_addr().unwrap().port();
    let lines: Vec<&str> = who.lines().collect();
    assert!(lines.contains(&format!("alice 127.0.0.1:{alice_port} text queued 0").as_str()), "{who}");
    assert!(lines.contains(&"keeper control text operator queued 0"), "{who}");
    assert_eq!(done(&dir, &["rooms"]), "lobby open members 1 owner alice last #1\n");
    assert!(done(&dir, &["stats"]).lines().any(|line| line == "logins_total 2"));
    let json: serde_json::Value = serde_json::from_str(&done(&dir, &["stats", "--json"])).unwrap();
    assert_eq!((&json["type"], &json["stats"]["logins_total"]), (&"stats".into(), &2.0.into()));
    let rooms: serde_json::Value = serde_json::from_str(&done(&dir, &["rooms", "--json"])).unwrap();
    assert_eq!(rooms["rooms"][0]["owner"], "alice");
}

#[test]
fn users_are_removed_and_banned_and_a_room_is_ended() {
    let (_dir, dir) = folder();
    let server = serve(&dir);
    let (mut alice, mut bob) = (server.user("alice"), server.user("bob"));
    alice.ask("create room den bob", &["den/server: alice created the room with bob"]);
    bob.expect(&["den/server: alice created the room with bob"]);
    assert_eq!(done(&dir, &["kick", "bob"]), "removed bob from this server\n");
    bob.expect(&["error: removed: an operator of the server has closed your connection"]);
    bob.expect_end();
    alice.expect(&["den/server: bob left (removed)"]);
    assert_eq!(refused(&dir, &["kick", "bob"]), "chatctl: no-such-user: bob\n");
    assert_eq!(done(&dir, &["ban", "Bob"]), "banned Bob from this server\n");
    let mut bob = Client::connect(server.addr);
    bob.ask("bob", &[PROMPT, "error: banned: Bob is banned from this server", PROMPT]);
    assert_eq!(refused(&dir, &["ban", "bob"]), "chatctl: banned: Bob is banned from this server\n");
    assert_eq!(done(&dir, &["unban", "bob"]), "lifted the ban of Bob from this server\n");
    bob.ask("bob", &[WELCOME]);
    assert_eq!(done(&dir, &["close-room", "DEN"]), "closed den\n");
    alice.expect(&["den/server: operator closed the room"]);
    alice.ask("send den hi", &["error: no-such-room: den"]);
    assert_eq!(refused(&dir, &["close-room", "den"]), "chatctl: no-such-room: den\n");
    let json = admin(&dir, &["kick", "eve", "--json"]).assert().code(1).get_output().clone();
    let told = "{\"type\":\"refused\",\"code\":\"no-such-user\",\"detail\":\"eve\"}\n";
    assert_eq!(String::from_utf8(json.stdout).unwrap(), told);
    assert!(refused(&dir, &["kick", "a/b"]).starts_with("chatctl: bad-name: "));
}

/// The answer to a command as one line of JSON, with its exit code.
#[track_caller]
fn answered(dir: &Path, arguments: &[&str]) -> (i32, serde_json::Value) {
    let output = admin(dir, &[arguments, &["--json"]].concat()).write_stdin("fresh-horse-9\n").output().unwrap();
    let text = String::from_utf8(output.stdout.clone()).unwrap();
    assert_eq!(text.matches('\n').count(), 1, "{arguments:?}: {text}");
    assert!(output.stderr.is_empty(), "{arguments:?}: {output:?}");
    (output.status.code().unwrap(), serde_json::from_str(&text).unwrap())
}

#[test]
fn every_command_answers_in_json_too() {
    let (_dir, dir) = folder();
    let server = serve(&dir);
    let mut keeper = Keeper::log_in(&dir, "keeper");
    keeper.say("create account carol");
    keeper.line();
    let mut alice = server.user("alice");
    alice.ask("create room den", &["den/server: alice created the room"]);
    let _bob = server.user("bob");
    let copy = dir.join("copy.db").display().to_string();
    let (_, who) = answered(&dir, &["who"]);
    let entry = who["connections"].as_array().unwrap().iter().find(|entry| entry["user"] == "alice").unwrap();
    assert_eq!(
        (&entry["dialect"], &entry["secure"], &entry["operator"]),
        (&"text".into(), &false.into(), &false.into())
    );
    for (arguments, code, kind, detail) in [
        (&["stats"][..], 0, "stats", None),
        (&["who"], 0, "who", None),
        (&["rooms"], 0, "rooms", None),
        (&["kick", "bob"], 0, "done", Some("removed bob from this server")),
        (&["kick", "bob"], 1, "refused", Some("bob")),
        (&["ban", "bob"], 0, "done", Some("banned bob from this server")),
        (&["unban", "bob"], 0, "done", Some("lifted the ban of bob from this server")),
        (&["close-room", "den"], 0, "done", Some("closed den")),
        (&["set-password", "carol"], 0, "done", Some("the password of carol is changed")),
        (&["backup", &copy], 0, "done", None),
        (&["log-level"], 0, "done", Some("the log level is info")),
        (&["log-level", "warn"], 0, "done", Some("the log level is warn")),
        (&["log-level", "loud"], 1, "refused", None),
        (&["reload"], 1, "refused", None),
        (&["drain", "0s"], 0, "done", None),
    ] {
        let (exit, answer) = answered(&dir, arguments);
        assert_eq!((exit, &answer["type"]), (code, &kind.into()), "{arguments:?}: {answer}");
        if let Some(detail) = detail {
            assert_eq!(answer["detail"], detail, "{arguments:?}: {answer}");
        }
    }
    assert!(server.wait().0.success());
}

#[test]
fn a_password_is_read_from_standard_input() {
    let (_dir, dir) = folder();
    let server = serve(&dir);
    let mut keeper = Keeper::log_in(&dir, "keeper");
    keeper.say("create account alice");
    keeper.line();
    let set = |name: &str, typed: &str| admin(&dir, &["set-password", name]).write_stdin(typed).assert();
    set("alice", "fresh-horse-9\n").code(0).stdout("the password of alice is changed\n");
    set("bob", "fresh-horse-9").code(1).stderr("chatctl: not-registered: bob\n");
    set("alice", "short").code(2).stderr("chatctl: the password is invalid: 8 to 128 characters without blanks\n");
    let mut alice = Client::connect(server.addr);
    alice.say("alice");
    alice.say("fresh-horse-9");
    alice.expect(&[PROMPT, "server: password please:", WELCOME]);
}

#[test]
fn the_store_is_copied_while_the_server_runs() {
    let (_dir, dir) = folder();
    let server = serve(&dir);
    server.user("alice").ask("create room den", &["den/server: alice created the room"]);
    let copy = dir.join("copy.db");
    let shown = copy.display().to_string();
    assert_eq!(done(&dir, &["backup", &shown]), format!("the store is copied to {shown}\n"));
    assert!(copy.metadata().unwrap().len() > 0);
    assert!(refused(&dir, &["backup", "/nowhere/copy.db"]).starts_with("chatctl: failed: "));
}

#[test]
fn the_log_level_changes_at_once_and_a_server_without_files_reads_none_again() {
    let (_dir, dir) = folder();
    let server = serve(&dir);
    assert_eq!(done(&dir, &["log-level"]), "the log level is info\n");
    assert_eq!(done(&dir, &["log-level", "error"]), "the log level is error\n");
    drop(server.user("quiet"));
    assert_eq!(done(&dir, &["log-level", "debug"]), "the log level is debug\n");
    let _loud = server.user("loud");
    server.wait_for_log("loud");
    assert!(!server.log().contains("quiet"), "{}", server.log());
    let wrong = refused(&dir, &["log-level", "verbose"]);
    assert!(wrong.contains("expected off, error, warn, info, debug or trace"), "{wrong}");
    let nothing = "chatctl: failed: there is nothing to read again: the server has no --config, no certificate and no --log-file\n";
    assert_eq!(refused(&dir, &["reload"]), nothing);
}

#[test]
fn a_configuration_that_is_read_again_says_what_has_changed() {
    let (_dir, dir) = folder();
    let (file, motd) = (dir.join("chat.toml"), dir.join("motd"));
    let write = |text: &str| std::fs::write(&file, text).unwrap();
    std::fs::write(&motd, "hello\n").unwrap();
    write(&format!("max-rooms = 5\nirc-motd = \"{}\"\n", motd.display()));
    let data = dir.join("data");
    let flags = ["--web", "none", "--config", file.to_str().unwrap(), "--data", data.to_str().unwrap()];
    let _server = Process::serve(&flags);
    std::fs::write(&motd, "welcome\n").unwrap();
    write(&format!(
        "max-rooms = 6\nlog-level = \"debug\"\ntrusted = [\"10.0.0.0/8\"]\nworkers = 2\nirc-motd = \"{}\"\n",
        motd.display()
    ));
    let told = "the configuration is read again; changed: max-rooms, trusted, log-level, irc-motd; \
        these flags need a restart: workers\n";
    assert_eq!(done(&data, &["reload"]), told);
    assert_eq!(done(&data, &["log-level"]), "the log level is debug\n");
    write("max-rooms = \"many\"\n");
    let wrong = refused(&data, &["reload"]);
    assert!(wrong.starts_with("chatctl: failed: keeping the old configuration: "), "{wrong}");
    assert_eq!(done(&data, &["log-level"]), "the log level is debug\n");
}

#[test]
fn a_server_that_is_drained_stops_when_all_have_left() {
    let (_dir, dir) = folder();
    let server = serve(&dir);
    let mut alice = server.user("alice");
    let told = "nobody else is let in; the server stops in 10m, or when everybody has left\n";
    assert_eq!(done(&dir, &["drain", "10m"]), told);
    alice.expect(&["server: server stops in 600 seconds"]);
    alice.ask("quit", &["server: bye"]);
    let (status, log) = server.wait();
    assert!(status.success(), "{log}");
}

#[test]
fn a_signal_ends_the_wait_of_a_drain() {
    let (_dir, dir) = folder();
    let server = serve(&dir);
    let mut alice = server.user("alice");
    done(&dir, &["drain", "10m"]);
    alice.expect(&["server: server stops in 600 seconds"]);
    let (status, log) = server.stop();
    alice.expect(&["server: server is shutting down"]);
    assert!(status.success(), "{log}");
}

#[test]
fn the_admin_address_takes_requests_of_this_machine_and_of_no_page() {
    let (_dir, dir) = folder();
    let path = dir.join("admin");
    let flag = format!("unix:{}", path.display());
    let server = Process::serve(&["--web", "none", "--admin", &flag]);
    assert_eq!(path.metadata().unwrap().permissions().mode() & 0o777, 0o600);
    asked(&["--admin", &flag], &["who"]).assert().code(0).stdout("");
    asked(&["--admin", &flag], &["backup", "x.db"])
        .assert()
        .code(1)
        .stderr("chatctl: failed: the server keeps nothing: it runs without --data\n");
    server.stop();
    assert!(!path.exists());

    let server = Process::serve(&["--web", "none", "--admin", "127.0.0.1:0"]);
    let said = server.lines(1).remove(0);
    let address = said.split(' ').nth(3).unwrap().to_owned();
    let mut bob = server.user("bob");
    asked(&["--admin", &address], &["kick", "bob"]).assert().code(0).stdout("removed bob from this server\n");
    bob.expect(&["error: removed: an operator of the server has closed your connection"]);
    let json = "Content-Type: application/json\r\n";
    for (head, status) in [
        (format!("Host: localhost\r\n{json}"), "HTTP/1.1 200 "),
        ("Host: localhost\r\nContent-Type: text/plain\r\n".to_owned(), "HTTP/1.1 403 "),
        (format!("Host: evil.example\r\n{json}"), "HTTP/1.1 403 "),
        (format!("Host: localhost\r\nOrigin: http://evil.example\r\n{json}"), "HTTP/1.1 403 "),
    ] {
        let mut stream = TcpStream::connect(&address).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        let body = r#"{"do":"stats"}"#;
        let head = format!("POST /admin HTTP/1.1\r\n{head}Content-Length: {}\r\nConnection: close\r\n\r\n", body.len());
        stream.write_all((head + body).as_bytes()).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        assert!(answer.starts_with(status), "{answer}");
    }
    // The doors of the chat know nothing of it.
    let mut stranger = Client::connect(server.addr);
    stranger.ask("admin 1", &[PROMPT]);
    assert!(stranger.line().starts_with("error: bad-name: "));
}

#[test]
fn a_server_that_is_not_there_or_not_named_is_said_to_be_so() {
    let (_dir, dir) = folder();
    let at = dir.join("control");
    let missing = format!(
        "chatctl: cannot ask the server at {}: there is no such socket; is the server running, and with --data?\n",
        at.display()
    );
    admin(&dir, &["who"]).assert().code(4).stderr(missing);
    asked(&[], &["who"]).assert().code(2).stderr("chatctl: say which server: --data DIR, or --admin ADDR\n");
    asked(&[], &["dance"]).assert().code(2);
    let file = dir.join("file");
    std::fs::write(&file, "").unwrap();
    let flag = format!("unix:{}", file.display());
    let mut serve = cargo_bin_cmd!("chatctl");
    serve.args(["serve", "--listen", "127.0.0.1:0", "--web", "none", "--admin", &flag]);
    let wrong =
        format!("chatctl: cannot listen on {}: there is a file of this name that is no socket\n", file.display());
    serve.assert().code(4).stderr(wrong);
}

const STATS: &str = "{\"do\":\"stats\"}";

#[test]
fn a_server_that_says_nothing_is_given_up() {
    let (_dir, dir) = folder();
    let control = UnixListener::bind(dir.join("control")).unwrap();
    let copy = dir.join("copy.db").display().to_string();
    let told = format!("chatctl: the server at {} has not answered within 300ms\n", dir.join("control").display());
    for (arguments, request) in [
        (&["who"][..], "{\"do\":\"who\"}"),
        (&["kick", "bob"], "{\"do\":\"kick\",\"user\":\"bob\"}"),
        // What takes long is not asked for, so that it is not done later on.
        (&["backup", &copy], STATS),
        (&["drain"], STATS),
    ] {
        let arguments = [arguments, &["--timeout", "300ms"]].concat();
        admin(&dir, &arguments).timeout(PATIENCE).assert().code(4).stdout("").stderr(told.clone());
        let mut asked = String::new();
        control.accept().unwrap().0.read_to_string(&mut asked).unwrap();
        assert_eq!(asked.lines().last(), Some(request), "{arguments:?}");
    }

    let tcp = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = tcp.local_addr().unwrap().to_string();
    let path = dir.join("admin");
    let _local = UnixListener::bind(&path).unwrap();
    for (flag, shown) in [(address.clone(), address), (format!("unix:{}", path.display()), path.display().to_string())]
    {
        let mut stats = asked(&["--admin", &flag], &["stats", "--timeout", "300ms"]);
        let told = format!("chatctl: the server at {shown} has not answered within 300ms\n");
        stats.timeout(PATIENCE).assert().code(4).stdout("").stderr(told);
    }
    asked(&["--data", "."], &["stats", "--timeout", "0s"]).assert().code(2);
}

/// The next request at a control socket, and where its answer is expected.
fn request(control: &UnixListener) -> (String, UnixStream) {
    let stream = control.accept().unwrap().0;
    let line = BufReader::new(&stream).lines().nth(1).unwrap().unwrap();
    (line, stream)
}

#[test]
fn a_backup_may_take_longer_as_long_as_the_server_answers() {
    let (_dir, dir) = folder();
    let control = UnixListener::bind(dir.join("control")).unwrap();
    let slow = thread::spawn(move || {
        let answer = |text: &str| {
            let (line, mut stream) = request(&control);
            assert_eq!(line, STATS);
            stream.write_all(text.as_bytes()).unwrap();
        };
        let stats = "{\"type\":\"stats\",\"stats\":{}}\n";
        for lives_on in [true, false] {
            answer(stats);
            let (line, mut backup) = request(&control);
            assert_eq!(line, "{\"do\":\"backup\",\"file\":\"/copy.db\"}");
            // So long has passed that the client asks again whether the server lives.
            if lives_on {
                answer(stats);
                backup.write_all(b"{\"type\":\"done\",\"detail\":\"copied\"}\n").unwrap();
            } else {
                let (line, mut silent) = request(&control);
                assert_eq!(line, STATS);
                // The client ends.
                silent.read_to_string(&mut String::new()).unwrap();
            }
        }
    });
    let backup = ["backup", "/copy.db", "--timeout", "2s"];
    admin(&dir, &backup).timeout(PATIENCE).assert().code(0).stdout("copied\n").stderr("");
    let told = format!("chatctl: the server at {} has not answered within 2s\n", dir.join("control").display());
    admin(&dir, &backup).timeout(PATIENCE).assert().code(4).stdout("").stderr(told);
    slow.join().unwrap();
}
