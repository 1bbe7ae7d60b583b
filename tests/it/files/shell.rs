//! `chatctl send` and `chatctl save`, as a shell calls them.

use std::path::Path;
use std::process::{Command, Stdio};

use assert_cmd::cargo::cargo_bin;
use chatctl::server::Config;

use super::breaking::{Break, BreakingWay};
use super::{get, noise, send};
use crate::support::secure::Certificate;
use crate::support::{Client, Server};

fn chatctl(folder: &Path, arguments: &[&str]) -> assert_cmd::Command {
    let mut command = assert_cmd::Command::new(cargo_bin!("chatctl"));
    command.args(arguments).current_dir(folder).env_remove("CHATCTL_PASSWORD").env("XDG_STATE_HOME", folder);
    command
}

/// Alice in a room that is hers.
fn owner(server: &Server) -> Client {
    let mut alice = server.user("alice");
    alice.ask("create room lobby", &["lobby/server: alice created the room"]);
    alice
}

fn names(folder: &Path) -> Vec<String> {
    let mut names: Vec<String> =
        std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

/// What a command printed that went well and said nothing beside.
#[track_caller]
fn printed(mut command: assert_cmd::Command) -> String {
    let output = command.assert().code(0).stderr("").get_output().stdout.clone();
    String::from_utf8(output).unwrap().trim_end().to_owned()
}

#[test]
fn a_file_goes_to_a_room_and_comes_back_under_its_name() {
    let (server, folder, there) = (Server::embedded(), tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let mut alice = owner(&server);
    let (addr, bytes) = (server.addr.to_string(), noise(300_000));
    std::fs::write(folder.path().join("渊 report.pdf"), &bytes).unwrap();
    let sending = ["send", "渊 report.pdf", "--to", "lobby", "--name", "ci", "--server", &addr];
    let id = printed(chatctl(folder.path(), &sending));
    alice.expect(&[
        "lobby/server: ci joined",
        &format!("lobby/server: ci sent the file {id} (300000 bytes): 渊 report.pdf"),
        "lobby/server: ci left (quit)",
    ]);
    let saving = ["save", &id, "--server", &addr];
    assert_eq!(printed(chatctl(there.path(), &saving)), "渊 report.pdf");
    assert_eq!(std::fs::read(there.path().join("渊 report.pdf")).unwrap(), bytes);
    // What is there stays, whatever it is.
    std::fs::write(there.path().join("渊 report.pdf"), "mine").unwrap();
    let refused = "chatctl: cannot save into 渊 report.pdf: the file exists\n";
    chatctl(there.path(), &saving).assert().code(2).stdout("").stderr(refused);
    assert_eq!(std::fs::read(there.path().join("渊 report.pdf")).unwrap(), b"mine");
    assert_eq!(names(there.path()), ["渊 report.pdf"]);
}

#[test]
fn files_go_over_the_door_of_web_pages_too() {
    let (server, folder) = (Server::with_web(Config::embedded()), tempfile::tempdir().unwrap());
    let mut alice = owner(&server);
    let (door, bytes) = (format!("ws://{}", server.web()), noise(3 << 20));
    std::fs::write(folder.path().join("渊 x.bin"), &bytes).unwrap();
    let id = printed(chatctl(folder.path(), &["send", "渊 x.bin", "--to", "lobby", "--name", "ci", "--server", &door]));
    alice.expect(&[
        "lobby/server: ci joined",
        &format!("lobby/server: ci sent the file {id} (3145728 bytes): 渊 x.bin"),
    ]);
    let part = folder.path().join(format!("y.bin.{id}.part"));
    std::fs::write(&part, &bytes[..1_000_000]).unwrap();
    assert_eq!(printed(chatctl(folder.path(), &["save", &id, "y.bin", "--server", &door])), "y.bin");
    assert_eq!(std::fs::read(folder.path().join("y.bin")).unwrap(), bytes);
    let into = folder.path().join("into");
    std::fs::create_dir(&into).unwrap();
    assert_eq!(printed(chatctl(folder.path(), &["save", &id, "into", "--server", &door])), "into/渊 x.bin");
    let gone = "a".repeat(26);
    let told = format!("chatctl: the server says no-such-file: {gone}\n");
    chatctl(folder.path(), &["save", &gone, "--server", &door]).assert().code(1).stderr(told);
}

#[test]
fn pipes_are_read_and_written() {
    let (server, folder) = (Server::embedded(), tempfile::tempdir().unwrap());
    let mut bob = server.user("bob");
    let (addr, bytes) = (server.addr.to_string(), noise(200_000));
    let sending = ["send", "-", "--as", "x.tgz", "--to-user", "bob", "--name", "ci", "--server", &addr];
    let mut command = chatctl(folder.path(), &sending);
    command.write_stdin(bytes.clone());
    let id = printed(command);
    bob.expect(&[&format!("server: ci sent you the file {id} (200000 bytes): x.tgz")]);
    let saved = chatctl(folder.path(), &["save", &id, "-", "--server", &addr]).assert().code(0).stderr("");
    assert_eq!(saved.get_output().stdout, bytes);
    assert_eq!(names(folder.path()), [""; 0]);
}

#[test]
fn names_of_every_nasty_kind_are_safe_where_they_are_saved() {
    let (server, folder) = (Server::embedded(), tempfile::tempdir().unwrap());
    let mut alice = owner(&server);
    let addr = server.addr.to_string();
    let long = format!("{}.txt", "x".repeat(300));
    let short = format!("{}.txt", "x".repeat(196));
    let nasty = [
        ("../../x", "_.._x"),
        ("C:\\x", "C__x"),
        ("CON", "_CON"),
        ("a\u{202e}gpj.exe", "a_gpj.exe"),
        ("-rf", "_-rf"),
        (".bashrc", "bashrc"),
        (&long, &short),
    ];
    for (name, saved) in nasty {
        let id = send(server.addr, &mut alice, name, b"hello");
        assert_eq!(printed(chatctl(folder.path(), &["save", &id, "--server", &addr])), *saved);
        assert_eq!(std::fs::read(folder.path().join(saved)).unwrap(), b"hello");
    }
    assert_eq!(names(folder.path()).len(), nasty.len());
    let none =
        chatctl(folder.path(), &["send", "C__x", "--as", " . ", "--to", "lobby", "--name", "ci", "--server", &addr]);
    let mut none = none;
    none.assert().code(2).stderr("chatctl: --as gives it another name: ' . ' is no name of a file\n");
}

#[test]
fn an_upload_whose_connection_breaks_goes_on_where_the_server_has_no_bytes() {
    let (server, folder) = (Server::embedded(), tempfile::tempdir().unwrap());
    let mut alice = owner(&server);
    let way = BreakingWay::to(server.addr, "put ", 1_000_000, Break::Cut);
    let (addr, bytes) = (way.addr.to_string(), noise(3 << 20));
    std::fs::write(folder.path().join("x.bin"), &bytes).unwrap();
    let id = printed(chatctl(folder.path(), &["send", "x.bin", "--to", "lobby", "--name", "ci", "--server", &addr]));
    let told = format!("lobby/server: ci sent the file {id} (3145728 bytes): x.bin");
    alice.expect(&["lobby/server: ci joined", &told, "lobby/server: ci left (quit)"]);
    assert_eq!(get(server.addr, &id).1, bytes);
    let puts = way.firsts("put ");
    let from = |line: &String| line.rsplit(' ').next().unwrap().parse::<u64>().unwrap();
    let last = from(puts.last().unwrap());
    assert!(last > 0 && last < 3 << 20, "{puts:?}");
}

#[test]
fn a_download_whose_connection_breaks_goes_on_where_it_broke() {
    let (server, folder) = (Server::embedded(), tempfile::tempdir().unwrap());
    let mut alice = owner(&server);
    let bytes = noise(3 << 20);
    let id = send(server.addr, &mut alice, "x.bin", &bytes);
    for path in ["x.bin", "-"] {
        let way = BreakingWay::to(server.addr, "get ", 1_000_000, Break::Cut);
        let addr = way.addr.to_string();
        let saved = chatctl(folder.path(), &["save", &id, path, "--server", &addr]).assert().code(0).stderr("");
        let saved = if path == "-" {
            saved.get_output().stdout.clone()
        } else {
            std::fs::read(folder.path().join(path)).unwrap()
        };
        assert_eq!(saved, bytes);
        assert_eq!(way.firsts("get ").len(), 3, "one to look, one that broke, one that went on");
    }
    assert_eq!(names(folder.path()), ["x.bin"]);
}

#[test]
fn ctrl_c_leaves_a_part_with_which_the_same_command_goes_on() {
    let (server, folder) = (Server::embedded(), tempfile::tempdir().unwrap());
    let mut alice = owner(&server);
    let bytes = noise(3 << 20);
    let id = send(server.addr, &mut alice, "x.bin", &bytes);
    let way = BreakingWay::to(server.addr, "get ", 1_000_000, Break::Silence);
    let part = folder.path().join(format!("x.bin.{id}.part"));
    let mut command = Command::new(cargo_bin!("chatctl"));
    command.args(["save", &id, "--server", &way.addr.to_string()]).current_dir(folder.path());
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let length = || std::fs::metadata(&part).map_or(0, |part| part.len());
    while length() == 0 {
        assert!(child.try_wait().unwrap().is_none(), "it has ended before its part");
        std::thread::yield_now();
    }
    assert!(Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap().success());
    let ended = child.wait_with_output().unwrap();
    assert!(!ended.status.success() && ended.stdout.is_empty(), "{ended:?}");
    assert_eq!(names(folder.path()), [format!("x.bin.{id}.part")]);
    let have = length();
    let again = BreakingWay::to(server.addr, "never", 0, Break::Cut);
    assert_eq!(printed(chatctl(folder.path(), &["save", &id, "--server", &again.addr.to_string()])), "x.bin");
    assert_eq!(again.firsts("get ").last(), Some(&format!("get {id} {have}")));
    assert_eq!(std::fs::read(folder.path().join("x.bin")).unwrap(), bytes);
    assert_eq!(names(folder.path()), ["x.bin"]);
}

#[test]
fn a_part_with_wrong_bytes_is_taken_away_and_never_gets_the_name() {
    let (server, folder) = (Server::embedded(), tempfile::tempdir().unwrap());
    let mut alice = owner(&server);
    let id = send(server.addr, &mut alice, "x", b"hello");
    let addr = server.addr.to_string();
    std::fs::write(folder.path().join(format!("x.{id}.part")), "wrong").unwrap();
    let failed = chatctl(folder.path(), &["save", &id, "--server", &addr]).assert().code(1).stdout("");
    let told = String::from_utf8(failed.get_output().stderr.clone()).unwrap();
    assert!(told.starts_with("chatctl: the bytes are wrong: expected sha256:2cf24dba"), "{told}");
    assert_eq!(names(folder.path()), [""; 0]);
    assert_eq!(printed(chatctl(folder.path(), &["save", &id, "--server", &addr])), "x");
}

#[test]
fn a_room_that_nobody_is_in_now_takes_a_file() {
    let (server, folder) = (Server::embedded(), tempfile::tempdir().unwrap());
    let mut alice = owner(&server);
    alice.ask("quit", &["server: bye"]);
    alice.expect_end();
    std::fs::write(folder.path().join("x"), "hello").unwrap();
    let addr = server.addr.to_string();
    let id = printed(chatctl(folder.path(), &["send", "x", "--to", "lobby", "--name", "ci", "--server", &addr]));
    let mut bob = server.user("bob");
    bob.ask("join room lobby", &["lobby/server: bob joined"]);
    bob.say("history lobby");
    let past: Vec<_> = std::iter::from_fn(|| bob.next_line().filter(|line| line.starts_with("history: "))).collect();
    let told = format!("lobby/server: ci sent the file {id} (5 bytes): x");
    assert!(past.iter().any(|line| line.ends_with(&told)), "{told}: {past:?}");
    // A room that has never been is none.
    let missing = ["send", "x", "--to", "tea", "--name", "ci", "--server", &addr];
    chatctl(folder.path(), &missing).assert().code(1).stderr("chatctl: the server says no-such-room: tea\n");
}

#[test]
fn what_goes_wrong_is_told_with_its_exit_code() {
    let (server, folder) = (Server::embedded(), tempfile::tempdir().unwrap());
    let _alice = owner(&server);
    let addr = server.addr.to_string();
    std::fs::write(folder.path().join("x"), "hello").unwrap();
    let to = |room: &'static str, name: &'static str| ["send", "x", "--to", room, "--name", name, "--server"];
    let id = "aaaaaaaaaaaaaaaaaaaaaaaaaa";
    for (arguments, server, code, told) in [
        (&to("tea", "ci")[..], &*addr, 1, "the server says no-such-room: tea"),
        (&to("lobby", "alice"), &addr, 1, "the name was refused: error: name-taken: alice"),
        (&to("lobby", "ci"), "ws://127.0.0.1:1/ws", 4, "cannot connect to 127.0.0.1:1: Connection refused"),
        (
            &["send", "y", "--to", "lobby", "--name", "ci", "--server"],
            &addr,
            2,
            "cannot read y: No such file or directory",
        ),
        (&["save", id, "--server"], &addr, 1, "the server says no-such-file: aaaaaaaaaaaaaaaaaaaaaaaaaa"),
        (&["save", id, "x", "--server"], &addr, 2, "cannot save into x: the file exists"),
        (&["save", id, "--server"], "127.0.0.1:1", 4, "cannot connect to 127.0.0.1:1: Connection refused"),
    ] {
        let arguments: Vec<&str> = arguments.iter().copied().chain([server]).collect();
        let expected = format!("chatctl: {told}\n");
        chatctl(folder.path(), &arguments).assert().code(code).stdout("").stderr(expected);
    }
    assert_eq!(names(folder.path()), ["x"]);
}

#[test]
fn files_and_the_password_go_over_tls() {
    let (certificate, folder) = (Certificate::new(), tempfile::tempdir().unwrap());
    let server = Server::with_tls(&certificate, Config::embedded());
    let mut alice = owner(&server);
    alice.ask("register hunter2222", &["server: alice is registered"]);
    let addr = format!("tls://{}", server.secure());
    let key = certificate.credentials().current().fingerprint().to_string();
    let bytes = noise(1 << 20);
    std::fs::write(folder.path().join("x.bin"), &bytes).unwrap();
    std::fs::write(folder.path().join("password"), "hunter2222\n").unwrap();
    let trusting = ["--server", &*addr, "--fingerprint", &*key];
    let sending = ["send", "x.bin", "--to", "lobby", "--name", "alice", "--password-file", "password"];
    let sending: Vec<&str> = sending.into_iter().chain(trusting).collect();
    let id = printed(chatctl(folder.path(), &sending));
    let saving: Vec<&str> = ["save", &id, "y.bin"].into_iter().chain(trusting).collect();
    assert_eq!(printed(chatctl(folder.path(), &saving)), "y.bin");
    assert_eq!(std::fs::read(folder.path().join("y.bin")).unwrap(), bytes);
    let saving = ["save", &id, "z.bin", "--server", &addr];
    chatctl(folder.path(), &saving).assert().code(4);
}

#[test]
fn files_go_over_the_door_of_web_pages_with_tls_and_only_to_whom_one_trusts() {
    let (certificate, folder) = (Certificate::new(), tempfile::tempdir().unwrap());
    let server = Server::with_tls(&certificate, Config::embedded());
    let mut alice = owner(&server);
    let door = format!("wss://{}/ws", server.web());
    let bytes = noise(3 << 20);
    std::fs::write(folder.path().join("渊 x.bin"), &bytes).unwrap();
    let authority = certificate.argument("cert.pem");
    let trusting = ["--server", &*door, "--tls-ca", &*authority];
    let sending = ["send", "渊 x.bin", "--to", "lobby", "--name", "ci"].into_iter().chain(trusting);
    let id = printed(chatctl(folder.path(), &sending.collect::<Vec<&str>>()));
    let told = format!("lobby/server: ci sent the file {id} (3145728 bytes): 渊 x.bin");
    alice.expect(&["lobby/server: ci joined", &told, "lobby/server: ci left (quit)"]);
    let part = folder.path().join(format!("y.bin.{id}.part"));
    std::fs::write(&part, &bytes[..1_000_000]).unwrap();
    let saving = ["save", &id, "y.bin"].into_iter().chain(trusting);
    assert_eq!(printed(chatctl(folder.path(), &saving.collect::<Vec<&str>>())), "y.bin");
    assert_eq!(std::fs::read(folder.path().join("y.bin")).unwrap(), bytes);
    chatctl(folder.path(), &["save", &id, "z.bin", "--server", &door]).assert().code(4).stdout("");
    let gone = "a".repeat(26);
    let told = format!("chatctl: the server says no-such-file: {gone}\n");
    let saving: Vec<&str> = ["save", &*gone].into_iter().chain(trusting).collect();
    chatctl(folder.path(), &saving).assert().code(1).stderr(told);
}
