//! What stands in the log: events with fields for programs, how urgent each line is, and never what people say.

use std::fs;
use std::net::{Shutdown, TcpStream};
use std::os::unix::fs::MetadataExt;
use std::process::Command;
use std::thread;
use std::time::Instant;

use assert_cmd::cargo::cargo_bin;
use serde_json::Value;
use socket2::{Domain, Socket, Type};

use crate::support::{Client, PATIENCE, PROMPT, Process, WELCOME};

fn events(log: &str) -> Vec<Value> {
    log.lines().map(|line| serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"))).collect()
}

#[test]
fn an_event_in_json_tells_its_connection_user_room_code_and_duration() {
    let server = Process::serve(&["--web", "none", "--log-format", "json", "--log-level", "chatctl=debug"]);
    let mut alice = server.user("alice");
    let _bob = server.user("bob");
    let peer = alice.stream().local_addr().unwrap().to_string();
    alice.ask("join room nowhere", &["error: no-such-room: nowhere"]);
    alice.ask("quit", &["server: bye"]);
    server.wait_for_log("disconnected");
    let (_, log) = server.stop();
    let events = events(&log);
    let found = |message: &str| {
        let is_it = |event: &&Value| event["message"].as_str().is_some_and(|told| told.starts_with(message));
        events.iter().find(is_it).unwrap_or_else(|| panic!("{message} in {log}"))
    };
    let connected = found("connected");
    assert_eq!((&connected["connection"], &connected["peer"]), (&1.into(), &peer.clone().into()));
    assert!(connected["timestamp"].is_string() && connected["level"] == "INFO", "{connected}");
    let login = found("logged in");
    assert_eq!((&login["connection"], &login["user"]), (&1.into(), &"alice".into()));
    let refused = found("a command was refused");
    let fields = ["connection", "user", "room", "code"].map(|field| refused[field].clone());
    assert_eq!(Value::from_iter(fields), serde_json::json!([1, "alice", "nowhere", "no-such-room"]));
    let gone = found("disconnected");
    assert_eq!((&gone["connection"], &gone["user"], &gone["peer"]), (&1.into(), &"alice".into(), &peer.into()));
    assert!(gone["duration"].as_f64().is_some_and(|seconds| (0.0..60.0).contains(&seconds)), "{gone}");
    assert!(events.iter().any(|event| event["connection"] == 2 && event["user"] == "bob"), "{log}");
}

/// Says all that is secret at this door, and waits until it is carried out.
fn confide(client: &mut Client, lines: &[&str], last: &str) {
    lines.iter().for_each(|line| client.say(line));
    client.say(last);
    while !client.line().contains("the-end") {}
}

#[test]
fn neither_what_people_say_nor_their_passwords_stand_in_a_log_of_any_level() {
    let folder = tempfile::tempdir().unwrap();
    let (data, log) = (folder.path().join("data"), folder.path().join("log"));
    let flags = ["--irc", "127.0.0.1:0", "--log-level", "trace", "--data", data.to_str().unwrap()];
    let server = Process::serve(&[&flags, &["--log-file", log.to_str().unwrap()][..]].concat());
    let doors = server.lines(2);
    let door = |what: &str| {
        let line = doors.iter().find(|line| line.contains(what)).unwrap_or_else(|| panic!("{what} in {doors:?}"));
        let addr = line.strip_prefix("chatctl: listening on ").unwrap().split(' ').next().unwrap();
        TcpStream::connect(addr).unwrap()
    };
    let mut alice = server.user("alice");
    let said = [
        "register secret-1-password",
        "set password secret-1-password secret-2-password",
        "set password secret-wrong secret-3-password",
        "create room lobby",
        "send lobby secret text",
        "send message alice secret text",
        "sned lobby secret text",
        "topic lobby secret topic",
        "search secret",
        "send file room lobby 5 secret name",
        "kick lobby nobody secret reason",
        "set encoding secret",
    ];
    confide(&mut alice, &said, "ping the-end");
    let mut again = Client::connect(server.addr);
    again.ask("alice", &[PROMPT, "server: password please:"]);
    again.say("secret-wrong-password");
    again.say("alice");
    again.say("secret-2-password");
    again.lines_until(WELCOME);
    let mut bot = Client::of(door(" for browsers and programs"));
    let said = [
        r#"{"type":"login","id":1,"name":"alice","password":"secret-2-password"}"#,
        r#"{"type":"send","id":2,"room":"lobby","text":"secret text"}"#,
        r#"{"type":"secret","id":3}"#,
        r#"{"type":"send","id":4,"secret":"#,
    ];
    confide(&mut bot, &said, r#"{"type":"the-end","id":5}"#);
    let mut irc = Client::of(door(" for IRC clients"));
    let said = [
        "CAP REQ :sasl",
        "PASS secret-password",
        "NICK carol",
        "USER carol 0 * :secret real name",
        "CAP END",
        "JOIN #lobby",
        "PRIVMSG #lobby :secret text",
        "AWAY :secret reason",
        "OPER carol secret-password",
        "SECRET text",
    ];
    confide(&mut irc, &said, "PING the-end");
    drop((alice, again, bot, irc));
    assert_eq!(server.stop().0.code(), Some(0));
    let log = fs::read_to_string(log).unwrap();
    assert!(log.contains("logged in") && log.contains("carol"), "the events are there");
    let told: Vec<&str> = log.lines().filter(|line| line.to_lowercase().contains("secret")).collect();
    assert!(told.is_empty(), "{told:#?}");
}

#[test]
fn who_hangs_up_before_all_lines_have_come_is_not_taken_for_slow() {
    let flags = ["--web", "none", "--message-rate", "0", "--queue-soft", "1048576", "--queue-hard", "4194304"];
    let server = Process::serve(&flags);
    let mut bob = server.user("bob");
    let socket = Socket::new(Domain::IPV4, Type::STREAM, None).unwrap();
    socket.set_recv_buffer_size(4096).unwrap();
    socket.connect(&server.addr.into()).unwrap();
    let mut alice = Client::of(socket.into());
    alice.say("alice");
    alice.expect(&[PROMPT, WELCOME]);
    alice.ask("create room den bob", &["den/server: alice created the room with bob"]);
    bob.expect(&["den/server: alice created the room with bob"]);
    // More than the system holds for her.
    bob.send(format!("send message alice {}\n", "x".repeat(8000)).repeat(80).as_bytes());
    bob.ask("ping", &["server: pong"]);
    alice.stream().shutdown(Shutdown::Write).unwrap();
    bob.expect(&["den/server: alice left (connection closed)", "den/server: bob has the room"]);
    drop(alice);
    server.wait_for_log("disconnected: end of input");
    let (_, log) = server.stop();
    assert!(!log.contains("slow-consumer"), "{log}");
}

#[test]
fn the_journal_of_systemd_is_told_how_urgent_each_line_is() {
    let folder = tempfile::tempdir().unwrap();
    let serve = |name: &str, stream: &str, flags: &[&str]| {
        let path = folder.path().join(name);
        let file = fs::File::create(&path).unwrap();
        // systemd names the stream that it has made standard error of.
        let about = file.metadata().unwrap();
        let stream = stream.replace("STREAM", &format!("{}:{}", about.dev(), about.ino()));
        let script = "exec 2>\"$LOG\" && exec \"$0\" serve --listen 127.0.0.1:0 --web none \"$@\"";
        let mut command = Command::new("bash");
        command.args(["-c", script]).arg(cargo_bin!("chatctl")).args(flags);
        command.env("LOG", &path).env("JOURNAL_STREAM", stream).env_remove("RUST_LOG");
        let server = Process::listening(command);
        drop(server.user("alice"));
        let begun = Instant::now();
        while !fs::read_to_string(&path).unwrap().contains("disconnected") {
            assert!(begun.elapsed() < PATIENCE, "it never logs");
            thread::yield_now();
        }
        server.signal("HUP");
        assert_eq!(server.wait().0.code(), Some(0));
        fs::read_to_string(&path).unwrap()
    };
    let text = serve("text", "STREAM", &[]);
    // The journal notes the time by itself.
    assert!(text.starts_with("<6> INFO connected connection=1 peer="), "{text}");
    assert!(text.lines().all(|line| line.starts_with("<6> INFO ")), "{text}");
    let json = serve("json", "STREAM", &["--log-format", "json"]);
    assert!(json.lines().all(|line| line.starts_with("<6>{\"timestamp\":")), "{json}");
    let redirected = serve("redirected", "1:1", &[]);
    assert!(!redirected.contains('<'), "somebody else reads it: {redirected}");
}
