//! A file of the store that is damaged while the server runs: what was not kept is told to nobody, and when the file is whole
//! again all goes on.

use std::fs::{self, File};
use std::io::Write;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};

use rusqlite::Connection;

use super::history;
use super::trouble::two_members;

/// The first page holds what the file is, and stays.
const FIRST_PAGE: u64 = 4096;

/// The tables of a store, all pages of which but the first make no sense until they are mended.
struct Damage {
    file: PathBuf,
    whole: Vec<u8>,
}

impl Damage {
    fn make(dir: &Path) -> Self {
        let file = dir.join("chat.db");
        // Everything is in the tables then, and the server has to read them again.
        let other = Connection::open(&file).unwrap();
        other.query_row("PRAGMA wal_checkpoint(TRUNCATE)", (), |row| row.get::<_, i64>(0)).unwrap();
        let whole = fs::read(&file).unwrap();
        let damage = Self { file, whole };
        damage.write(&vec![0xAA; damage.whole.len()]);
        drop(other);
        damage
    }

    fn mend(&self) {
        self.write(&self.whole);
    }

    /// Writes over what is there: another file would be another trouble.
    fn write(&self, bytes: &[u8]) {
        let mut file = File::options().write(true).open(&self.file).unwrap();
        let first = usize::try_from(FIRST_PAGE).unwrap();
        file.write_all_at(&bytes[first..], FIRST_PAGE).unwrap();
        file.flush().unwrap();
    }
}

#[test]
fn a_store_that_is_damaged_while_the_server_runs_is_told_and_loses_nothing_once_it_is_whole() {
    let dir = tempfile::tempdir().unwrap();
    let (server, mut alice, mut bob) = two_members(dir.path());
    alice.ask("send lobby one", &["lobby/alice: one"]);
    bob.expect(&["lobby/alice: one"]);
    let damage = Damage::make(dir.path());
    alice.say("send lobby two");
    let trouble = "server: the store is damaged; what is said now is not taken";
    alice.expect(&[trouble]);
    bob.expect(&[trouble]);
    bob.say("send lobby three");
    bob.say("list rooms");
    damage.mend();
    let over = "server: the store is whole again";
    alice.expect(&[over, "lobby/alice: two"]);
    bob.expect(&[over, "lobby/alice: two", "error: not-kept: the store is damaged", "server: rooms (1): lobby"]);
    bob.ask("send lobby four", &["lobby/bob: four"]);
    alice.expect(&["lobby/bob: four"]);
    let kept = ["#3 lobby/alice: one", "#4 lobby/alice: two", "#5 lobby/bob: four"];
    assert_eq!(history(&mut bob, "lobby")[2..5], kept);
    let (status, log) = server.stop();
    assert!(status.success(), "{log}");
    assert!(log.contains("the store is damaged; what is said now is not taken"), "{log}");
}

#[test]
fn a_page_of_a_damaged_store_is_said_to_be_unavailable_until_the_store_is_whole() {
    let dir = tempfile::tempdir().unwrap();
    let (_server, mut alice, mut bob) = two_members(dir.path());
    alice.ask("send lobby one", &["lobby/alice: one"]);
    bob.expect(&["lobby/alice: one"]);
    let damage = Damage::make(dir.path());
    bob.ask("history lobby", &["error: unavailable: the store is damaged"]);
    damage.mend();
    assert_eq!(history(&mut bob, "lobby")[2], "#3 lobby/alice: one");
    alice.expect_nothing();
}

#[test]
fn what_could_not_be_kept_of_a_damaged_store_is_said_at_the_end_and_was_told_to_nobody() {
    let dir = tempfile::tempdir().unwrap();
    let (server, mut alice, mut bob) = two_members(dir.path());
    let _damage = Damage::make(dir.path());
    alice.say("send lobby one");
    bob.expect(&["server: the store is damaged; what is said now is not taken"]);
    let (status, log) = server.stop();
    assert_eq!(status.code(), Some(1), "{log}");
    let last = log.lines().last().unwrap();
    assert_eq!(last, "chatctl: 1 line was not kept, and nobody saw it: the store is damaged");
    assert_eq!(bob.rest(), [""; 0], "nobody was told what was not kept");
}
