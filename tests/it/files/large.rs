//! A large file goes through in pieces: the memory of the server does not grow with it.

use std::io::{Read, Write};

use super::announce;
use crate::support::{Client, PROMPT, Process};

/// 64 MiB.
const SIZE: usize = 64 << 20;

/// KiB that a transfer may take.
const ROOM: usize = 16 * 1024;

#[test]
fn sixty_four_mebibytes_go_through_with_memory_flat() {
    let server = Process::serve(&["--message-rate", "0"]);
    let mut alice = server.user("alice");
    alice.ask("create room lobby", &["lobby/server: alice created the room"]);
    let token = announce(&mut alice, &format!("send file room lobby {SIZE} x.bin"));
    let before = server.memory_kib();
    let mut bringing = Client::connect(server.addr);
    bringing.say(&format!("put {token}"));
    bringing.expect(&[PROMPT]);
    let piece = vec![b'x'; 1 << 20];
    for _ in 0..SIZE / piece.len() {
        bringing.stream().write_all(&piece).unwrap();
    }
    let stored = bringing.line();
    let id = stored.split(' ').nth(2).unwrap();
    let mut fetching = Client::connect(server.addr);
    fetching.say(&format!("get {id}"));
    fetching.expect(&[PROMPT]);
    fetching.line();
    let (mut piece, mut length) = (vec![0; 1 << 20], 0);
    loop {
        match fetching.rest_of_stream().read(&mut piece).unwrap() {
            0 => break,
            read => length += read,
        }
    }
    assert_eq!(length, SIZE);
    let peak = server.peak_memory_kib();
    assert!(peak < before + ROOM, "{before} KiB before and {peak} KiB at most");
}
