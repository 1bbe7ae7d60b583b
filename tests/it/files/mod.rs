//! Files over every door: announced on one connection, brought and fetched on others.

pub(crate) mod breaking;
mod early;
mod large;
mod limits;
mod old_clients;
mod restart;
mod resume;
mod shell;
pub(crate) mod text;
mod web;

use std::io::Read;
use std::net::{Shutdown, SocketAddr};

use crate::support::{Client, PROMPT};

/// Announces a file and returns its token.
#[track_caller]
fn announce(client: &mut Client, line: &str) -> String {
    client.say(line);
    let line = client.line();
    let rest = line.strip_prefix("server: put ").unwrap_or_else(|| panic!("a token in {line:?}"));
    rest.split(' ').next().unwrap().to_owned()
}

/// Brings these bytes on a connection of their own and returns what came of it.
#[track_caller]
pub(crate) fn put(addr: SocketAddr, line: &str, bytes: &[u8]) -> String {
    let mut client = Client::connect(addr);
    client.say(&format!("put {line}"));
    // Whoever is refused may have closed already.
    let _ = client.try_send(bytes);
    let _ = client.stream().shutdown(Shutdown::Write);
    client.expect(&[PROMPT]);
    let told = client.line();
    client.expect_end();
    told
}

/// Fetches a file on a connection of its own: the line, and the bytes behind it.
#[track_caller]
pub(crate) fn get(addr: SocketAddr, line: &str) -> (String, Vec<u8>) {
    let mut client = Client::connect(addr);
    client.say(&format!("get {line}"));
    client.expect(&[PROMPT]);
    let head = client.line();
    let mut bytes = Vec::new();
    client.rest_of_stream().read_to_end(&mut bytes).unwrap();
    (head, bytes)
}

/// Sends a file to a room and returns its id; the sender alone hears of it.
#[track_caller]
pub(crate) fn send(addr: SocketAddr, client: &mut Client, name: &str, bytes: &[u8]) -> String {
    let token = announce(client, &format!("send file room lobby {} {name}", bytes.len()));
    let stored = put(addr, &token, bytes);
    let id = stored.strip_prefix("server: stored ").unwrap_or_else(|| panic!("an id in {stored:?}"));
    let id = id.split(' ').next().unwrap().to_owned();
    let told = client.line();
    assert!(told.contains(&format!(" sent the file {id} ({} bytes): ", bytes.len())), "{told}");
    id
}

/// Bytes that are not all the same.
pub(crate) fn noise(length: usize) -> Vec<u8> {
    let mut random = fastrand::Rng::with_seed(length as u64);
    std::iter::repeat_with(|| random.u8(..)).take(length).collect()
}
