//! Files that survive the server, and uploads that do.

use std::io::Write;
use std::path::{Path, PathBuf};

use super::{announce, get, noise, put, send};
use crate::store::trouble::SmallDisk;
use crate::support::{Client, PROMPT, Process, skipped};

fn serve(dir: &Path) -> Process {
    Process::serve(&["--data", dir.to_str().unwrap(), "--message-rate", "0"])
}

fn room_of(server: &Process) -> Client {
    let mut alice = server.user("alice");
    alice.say("create room lobby");
    alice.line();
    alice
}

/// Every file below a folder but those of the store itself.
/// All but the note of what was sent today.
fn files_in(dir: &Path) -> usize {
    let below = std::fs::read_dir(dir).into_iter().flatten().map(|entry| entry.unwrap().path());
    let count = |path: PathBuf| if path.is_dir() { files_in(&path) } else { usize::from(!path.ends_with("days.json")) };
    below.map(count).sum()
}

/// Alice has announced a file in the room; the connection has said its token and is about to bring the bytes.
fn begin_upload(server: &Process, size: usize) -> (Client, String, Client) {
    let mut alice = room_of(server);
    let token = announce(&mut alice, &format!("send file room lobby {size} x.bin"));
    let mut bringing = Client::connect(server.addr);
    bringing.say(&format!("put {token}"));
    bringing.expect(&[PROMPT]);
    (alice, token, bringing)
}

/// Alice comes back after a restart and finds no file in the history of the room.
fn come_back_to_no_file(server: &Process) -> Client {
    let mut alice = server.user("alice");
    alice.say("join room lobby");
    alice.line();
    alice.say("history lobby");
    alice.say("ping history");
    let history = alice.lines_until("server: pong history");
    assert!(!history.iter().any(|line| line.contains("file")), "{history:?}");
    alice
}

#[test]
fn an_upload_that_a_kill_cuts_off_is_seen_by_nobody_and_goes_on_after_the_restart() {
    let dir = tempfile::tempdir().unwrap();
    let server = serve(dir.path());
    let bytes = noise(1 << 20);
    let (mut alice, token, mut cut) = begin_upload(&server, bytes.len());
    cut.send(&bytes[..600_000]);
    cut.finish();
    // Until what came is on the disk, as far as it ever will be.
    assert_eq!(cut.line(), "error: incomplete: 600000 of 1048576 bytes");
    alice.expect_nothing();
    server.signal("KILL");
    server.wait();
    let server = serve(dir.path());
    let mut alice = come_back_to_no_file(&server);
    assert_eq!(put(server.addr, &format!("{token} 1048576"), b""), "error: incomplete: 600000 of 1048576 bytes");
    let stored = put(server.addr, &format!("{token} 600000"), &bytes[600_000..]);
    let id = stored.strip_prefix("server: stored ").unwrap_or_else(|| panic!("{stored}")).split(' ').next().unwrap();
    alice.expect(&[&format!("lobby/server: alice sent the file {id} (1048576 bytes): x.bin")]);
    assert_eq!(get(server.addr, id).1, bytes);
}

#[test]
fn a_file_and_the_line_that_tells_of_it_survive_and_the_same_content_is_stored_once() {
    let dir = tempfile::tempdir().unwrap();
    let server = serve(dir.path());
    let mut alice = room_of(&server);
    let one = send(server.addr, &mut alice, "渊 one.txt", b"hello");
    let two = send(server.addr, &mut alice, "two.txt", b"hello");
    assert_ne!(one, two);
    assert_eq!(files_in(&dir.path().join("files")), 1);
    server.signal("KILL");
    server.wait();
    let server = serve(dir.path());
    assert_eq!(get(server.addr, &one).1, b"hello");
    let mut bob = server.user("bob");
    bob.say("join room lobby");
    bob.line();
    bob.say("history lobby before #3 1");
    let told = bob.line();
    assert!(told.ends_with(&format!(" lobby/server: alice sent the file {one} (5 bytes): 渊 one.txt")), "{told}");
    bob.line();
    bob.ask(&format!("remove file {two}"), &[&format!("server: removed the file {two}")]);
    assert!(get(server.addr, &two).0.starts_with("error: no-such-file: "));
    assert_eq!(get(server.addr, &one).1, b"hello", "the other one still needs the content");
}

#[test]
fn a_full_disk_is_told_to_the_sender_and_the_chat_goes_on_needs_root() {
    let Some(disk) = SmallDisk::mount() else { return skipped("mount(8) for root") };
    let server = serve(&disk.0.join("store"));
    let mut alice = room_of(&server);
    let bytes = noise(8 << 20);
    let token = announce(&mut alice, &format!("send file room lobby {} x.bin", bytes.len()));
    assert_eq!(put(server.addr, &token, &bytes), "error: no-space: the disk has no room for the file");
    alice.ask("send lobby hi", &["lobby/alice: hi"]);
    assert_eq!(put(server.addr, &token, &bytes), "error: no-such-token: no upload has this token");
    assert_eq!(files_in(&disk.0.join("store/files")), 0, "what came is given back");
    send(server.addr, &mut alice, "small", b"hello");
}

#[test]
fn a_kill_while_bytes_flow_leaves_nothing_to_see_and_the_upload_goes_on() {
    let dir = tempfile::tempdir().unwrap();
    let server = serve(dir.path());
    let bytes = noise(8 << 20);
    let (_alice, token, cut) = begin_upload(&server, bytes.len());
    // The last part is held back: however late the kill comes, it comes before the end.
    let (stream, part) = (cut.stream().try_clone().unwrap(), bytes[..7 << 20].to_vec());
    let bringing = std::thread::spawn(move || {
        // It breaks in the middle.
        let _ = (&stream).write_all(&part);
    });
    while bytes_in(&dir.path().join("files")) < 1 << 20 {
        std::thread::yield_now();
    }
    server.signal("KILL");
    server.wait();
    bringing.join().unwrap();
    let server = serve(dir.path());
    let mut alice = come_back_to_no_file(&server);
    let told = put(server.addr, &format!("{token} 8388608"), b"");
    let have = told.strip_prefix("error: incomplete: ").and_then(|rest| rest.strip_suffix(" of 8388608 bytes"));
    let have: usize = have.unwrap_or_else(|| panic!("{told}")).parse().unwrap();
    assert!((1 << 20..8 << 20).contains(&have), "{told}");
    let stored = put(server.addr, &format!("{token} {have}"), &bytes[have..]);
    let id = stored.split(' ').nth(2).unwrap_or_else(|| panic!("{stored}"));
    alice.expect(&[&format!("lobby/server: alice sent the file {id} (8388608 bytes): x.bin")]);
    assert_eq!(get(server.addr, id).1, bytes);
}

/// The bytes of every file below a folder, some of which may go meanwhile.
fn bytes_in(dir: &Path) -> u64 {
    let below = std::fs::read_dir(dir).into_iter().flatten().filter_map(|entry| Some(entry.ok()?.path()));
    below.map(|path| if path.is_dir() { bytes_in(&path) } else { path.metadata().map_or(0, |file| file.len()) }).sum()
}
