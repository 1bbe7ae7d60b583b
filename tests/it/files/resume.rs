//! `chatctl send` after an interruption: with the token that was printed, it goes on where the server has no bytes.

use std::path::Path;
use std::process::{Command, Stdio};

use assert_cmd::cargo::cargo_bin;

use super::breaking::{Break, BreakingWay};
use super::{get, noise};
use crate::support::terminal::TerminalScreen;
use crate::support::{Client, Server};

fn owner(server: &Server) -> Client {
    let mut alice = server.user("alice");
    alice.say("create room lobby");
    alice.expect(&["lobby/server: alice created the room"]);
    alice
}

fn sending(folder: &Path, addr: &str, more: &[&str]) -> Command {
    let mut command = Command::new(cargo_bin!("chatctl"));
    let arguments = ["send", "x.bin", "--to", "lobby", "--name", "ci", "--server", addr];
    command.current_dir(folder).args(arguments).args(more).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

/// The token behind `--resume`.
#[track_caller]
fn token(told: &str) -> String {
    let (_, rest) = told.split_once("--resume ").unwrap_or_else(|| panic!("a token in {told:?}"));
    rest.split_whitespace().next().unwrap().to_owned()
}

#[test]
fn ctrl_c_prints_a_token_with_which_the_upload_goes_on() {
    let (server, folder) = (Server::embedded(), tempfile::tempdir().unwrap());
    let mut alice = owner(&server);
    let bytes = noise(3 << 20);
    std::fs::write(folder.path().join("x.bin"), &bytes).unwrap();
    let way = BreakingWay::to(server.addr, "put ", 1_000_000, Break::Silence);
    let mut child = sending(folder.path(), &way.addr.to_string(), &[]).spawn().unwrap();
    while !way.is_broken() {
        assert!(child.try_wait().unwrap().is_none(), "it has ended before its bytes");
        std::thread::yield_now();
    }
    assert!(Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap().success());
    let ended = child.wait_with_output().unwrap();
    let told = String::from_utf8(ended.stderr).unwrap();
    assert_eq!((ended.status.code(), ended.stdout.len()), (Some(130), 0), "{told}");
    let token = token(&told);
    alice.expect(&["lobby/server: ci joined"]);
    assert!(alice.line().starts_with("lobby/server: ci left"));

    std::fs::write(folder.path().join("other"), &bytes[1..]).unwrap();
    let again = BreakingWay::to(server.addr, "never", 0, Break::Cut);
    let addr = again.addr.to_string();
    let other = ["send", "other", "--to", "lobby", "--name", "ci", "--server", &addr, "--resume", &token];
    let other = Command::new(cargo_bin!("chatctl")).current_dir(folder.path()).args(other).output().unwrap();
    let told = String::from_utf8(other.stderr).unwrap();
    assert_eq!(other.status.code(), Some(2), "{told}");
    assert!(told.contains("expected the 3145728 bytes that were announced, found 3145727"), "{told}");

    let ended = sending(folder.path(), &addr, &["--resume", &token]).output().unwrap();
    assert!(ended.status.success(), "{}", String::from_utf8_lossy(&ended.stderr));
    let id = String::from_utf8(ended.stdout).unwrap().trim().to_owned();
    assert_eq!(get(server.addr, &id).1, bytes);
    let last = again.firsts("put ").pop().unwrap();
    let from: u64 = last.rsplit(' ').next().unwrap().parse().unwrap();
    assert!(from > 0 && from < 3 << 20, "{last}");
}

#[test]
fn a_token_that_is_none_or_is_forgotten_is_told() {
    let (server, folder) = (Server::embedded(), tempfile::tempdir().unwrap());
    let _alice = owner(&server);
    std::fs::write(folder.path().join("x.bin"), "hello").unwrap();
    let addr = server.addr.to_string();
    let wrong = sending(folder.path(), &addr, &["--resume", "x"]).output().unwrap();
    assert_eq!(wrong.status.code(), Some(2));
    let gone = sending(folder.path(), &addr, &["--resume", &"a".repeat(26)]).output().unwrap();
    let told = String::from_utf8(gone.stderr).unwrap();
    assert_eq!(gone.status.code(), Some(1), "{told}");
    assert!(told.contains("no-such-token"), "{told}");
}

#[test]
fn a_bar_on_a_terminal_shows_how_far_it_has_come() {
    let (server, folder) = (Server::embedded(), tempfile::tempdir().unwrap());
    let _alice = owner(&server);
    let path = folder.path().join("x.bin");
    std::fs::write(&path, noise(16 << 20)).unwrap();
    let way = BreakingWay::to(server.addr, "put ", 1_000_000, Break::Silence);
    let (program, addr) = (cargo_bin!("chatctl"), way.addr.to_string());
    let arguments = ["send", path.to_str().unwrap(), "--to", "lobby", "--name", "ci", "--server", &addr];
    let mut terminal = TerminalScreen::of_program(program.to_str().unwrap(), &arguments, 100, 10).unwrap();
    terminal.waits_for("a bar", |screen| screen.contains("x.bin █") && screen.contains("MiB of 16.00 MiB"));
    terminal.types("\x03");
    terminal.shows("--resume ");
    assert_eq!(terminal.ends().1.exit_code(), 130);
}
