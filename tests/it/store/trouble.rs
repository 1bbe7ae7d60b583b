//! A disk that does not play along: nobody is told what is not kept, everybody is told why, and it ends by itself.

use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;

use rusqlite::Connection;

use super::{history, serve};
use crate::support::{Client, Process, skipped};

/// Two members of a room, of a server that keeps what they say here.
pub(super) fn two_members(dir: &Path) -> (Process, Client, Client) {
    let server = serve(dir);
    let (mut alice, mut bob) = (server.user("alice"), server.user("bob"));
    alice.ask("create room lobby", &["lobby/server: alice created the room"]);
    bob.ask("join room lobby", &["lobby/server: bob joined"]);
    alice.expect(&["lobby/server: bob joined"]);
    (server, alice, bob)
}

/// What a sender hears whose line cannot be kept.
pub(crate) fn what_cannot_be_kept_is_told() -> String {
    let dir = tempfile::tempdir().unwrap();
    let (server, mut alice, mut bob) = two_members(dir.path());
    let other = Connection::open(dir.path().join("chat.db")).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    alice.say("send lobby one");
    bob.lines_until("server: another program has locked the store; what is said now is not taken");
    bob.say("send lobby two");
    bob.say("ping");
    other.execute_batch("COMMIT").unwrap();
    let told = bob.lines_until("server: pong").into_iter().find(|line| line.starts_with("error: ")).unwrap();
    server.stop();
    told
}

#[test]
fn a_store_that_another_program_has_locked_keeps_everybody_waiting_and_then_goes_on() {
    let dir = tempfile::tempdir().unwrap();
    let (server, mut alice, mut bob) = two_members(dir.path());
    let other = Connection::open(dir.path().join("chat.db")).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    alice.say("send lobby one");
    let trouble = "server: another program has locked the store; what is said now is not taken";
    alice.expect(&[trouble]);
    bob.expect(&[trouble]);
    bob.say("send lobby two");
    bob.say("ping bob");
    alice.say("list rooms");
    other.execute_batch("COMMIT").unwrap();
    let over = "server: the store is unlocked again";
    alice.expect(&[over, "lobby/alice: one", "server: rooms (1): lobby"]);
    bob.expect(&[
        over,
        "lobby/alice: one",
        "error: not-kept: another program has locked the store",
        "server: pong bob",
    ]);
    bob.ask("send lobby three", &["lobby/bob: three"]);
    alice.expect(&["lobby/bob: three"]);
    assert_eq!(history(&mut bob, "lobby")[2..4], ["#3 lobby/alice: one", "#4 lobby/bob: three"]);
    let (status, log) = server.stop();
    assert!(status.success(), "{log}");
    assert!(log.contains("another program has locked the store; what is said now is not taken"), "{log}");
}

#[test]
fn a_program_that_has_looked_into_the_store_leaves_it_as_it_was() {
    let dir = tempfile::tempdir().unwrap();
    let (_server, mut alice, mut bob) = two_members(dir.path());
    let other = Connection::open(dir.path().join("chat.db")).unwrap();
    other.execute_batch("BEGIN IMMEDIATE; COMMIT").unwrap();
    // The last program that closes the tables removes their log: this one is not the last.
    other.close().unwrap();
    alice.ask("send lobby one", &["lobby/alice: one"]);
    bob.expect(&["lobby/alice: one"]);
}

#[test]
fn a_server_that_stops_while_nothing_can_be_kept_says_how_much_was_not() {
    let dir = tempfile::tempdir().unwrap();
    let (server, mut alice, mut bob) = two_members(dir.path());
    let other = Connection::open(dir.path().join("chat.db")).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    alice.say("send lobby one\nsend lobby two");
    bob.expect(&["server: another program has locked the store; what is said now is not taken"]);
    let (status, log) = server.stop();
    assert_eq!(status.code(), Some(1), "{log}");
    let last = log.lines().last().unwrap();
    assert_eq!(last, "chatctl: 2 lines were not kept, and nobody saw them: another program has locked the store");
    assert_eq!(bob.rest(), [""; 0], "nobody was told what was not kept");
}

#[test]
fn a_folder_that_vanishes_and_comes_back_is_noticed() {
    let dir = tempfile::tempdir().unwrap();
    let (here, there) = (dir.path().join("here"), dir.path().join("there"));
    let (_server, mut alice, mut bob) = two_members(&here);
    fs::rename(&here, &there).unwrap();
    alice.say("send lobby one");
    alice.expect(&["server: the store is gone from the disk; what is said now is not taken"]);
    bob.expect(&["server: the store is gone from the disk; what is said now is not taken"]);
    fs::rename(&there, &here).unwrap();
    bob.expect(&["server: the store is back on the disk", "lobby/alice: one"]);
}

/// A file that nobody can change until this is dropped, if this user may have that.
struct Unchangeable(PathBuf);

impl Unchangeable {
    fn make(file: PathBuf) -> Option<Self> {
        Self::set(&file, "+i").then_some(Self(file))
    }

    fn set(file: &Path, how: &str) -> bool {
        Command::new("chattr").arg(how).arg(file).output().is_ok_and(|set| set.status.success())
    }
}

impl Drop for Unchangeable {
    fn drop(&mut self) {
        Self::set(&self.0, "-i");
    }
}

#[test]
fn a_store_that_becomes_read_only_loses_nothing_and_everybody_is_told_needs_root() {
    let dir = tempfile::tempdir().unwrap();
    let (server, mut alice, mut bob) = two_members(dir.path());
    let Some(read_only) = Unchangeable::make(dir.path().join("chat.db-wal")) else {
        return skipped("chattr(1) for root, on a file system that has it");
    };
    alice.say("send lobby one");
    let trouble = alice.line();
    assert!(trouble.starts_with("server: ") && trouble.ends_with("; what is said now is not taken"), "{trouble}");
    bob.expect(&[&trouble]);
    let why = trouble.trim_start_matches("server: ").trim_end_matches("; what is said now is not taken");
    bob.say("send lobby two");
    bob.say("list rooms");
    drop(read_only);
    let over = alice.line();
    alice.expect(&["lobby/alice: one"]);
    bob.expect(&[&over, "lobby/alice: one", &format!("error: not-kept: {why}"), "server: rooms (1): lobby"]);
    bob.ask("send lobby three", &["lobby/bob: three"]);
    assert_eq!(history(&mut bob, "lobby")[2..4], ["#3 lobby/alice: one", "#4 lobby/bob: three"]);
    let (status, log) = server.stop();
    assert!(status.success(), "{log}");
}

/// A small disk of its own, if this user may mount one.
pub(crate) struct SmallDisk(
    pub(crate) PathBuf,
    #[expect(dead_code, reason = "removed when dropped")] tempfile::TempDir,
);

impl SmallDisk {
    pub(crate) fn mount() -> Option<Self> {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("disk");
        fs::create_dir(&path).unwrap();
        let mount = Command::new("mount").args(["-t", "tmpfs", "-o", "size=4m", "tmpfs"]).arg(&path).output();
        mount.is_ok_and(|mount| mount.status.success()).then_some(Self(path, dir))
    }

    /// Takes all the room that is left.
    pub(crate) fn fill(&self) -> PathBuf {
        let name = self.0.join("filler");
        let mut filler = File::create(&name).unwrap();
        for size in [65_536, 4096] {
            while filler.write_all(&vec![0; size]).is_ok() {}
        }
        name
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("-l").arg(&self.0).output();
    }
}

#[test]
fn a_full_disk_loses_nothing_and_everybody_is_told_needs_root() {
    let Some(disk) = SmallDisk::mount() else { return skipped("mount(8) for root") };
    let (server, mut alice, mut bob) = two_members(&disk.0.join("store"));
    let filler = disk.fill();
    // What the log has room for is kept and told; then it is full.
    let mut said = 0;
    let full = "server: the disk is full; what is said now is not taken";
    let text = "x".repeat(4000);
    let last = loop {
        said += 1;
        alice.say(&format!("send lobby {said} {text}"));
        let line = alice.line();
        if line == full {
            break said;
        }
        assert_eq!(line, format!("lobby/alice: {said} {text}"));
    };
    bob.lines_until(full);
    bob.say("send lobby no");
    bob.say("list rooms");
    fs::remove_file(filler).unwrap();
    let told = format!("lobby/alice: {last} {text}");
    let over = "server: the disk has room again";
    alice.expect(&[over, &told]);
    bob.expect(&[over, &told, "error: not-kept: the disk is full", "server: rooms (1): lobby"]);
    bob.ask("send lobby done", &["lobby/bob: done"]);
    let (status, log) = server.stop();
    assert!(status.success(), "{log}");
    let server = serve(&disk.0.join("store"));
    let mut carol = server.user("carol");
    carol.ask("join room lobby", &["lobby/server: carol joined"]);
    carol.say(&format!("history lobby after #{} 3", last + 1));
    let lines: Vec<String> = (0..3).map(|_| super::without_time(&carol.line())).collect();
    let number = last + 2;
    assert_eq!(lines[0], format!("#{number} {told}"));
    assert_eq!(lines[1], format!("#{} lobby/bob: done", number + 1));
}
