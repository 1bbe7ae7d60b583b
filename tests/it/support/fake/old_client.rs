//! The client of the Python chat room, byte for byte: it sends each line as it is, and shows what each `recv(1024)`
//! brings, decoded strictly with Python's own table. One character that is split or unknown ends it.

use std::collections::HashMap;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::LazyLock;
use std::thread;
use std::time::Duration;

use crate::support::PATIENCE;

/// What one read takes.
const READ_SIZE: usize = 1024;

/// What CPython's `gbk` codec knows besides ASCII.
struct Codec {
    characters: HashMap<[u8; 2], char>,
    bytes: HashMap<char, [u8; 2]>,
}

static PYTHON_GBK: LazyLock<Codec> = LazyLock::new(|| {
    let rows = include_str!("../../fixtures/python_gbk.txt").lines().filter(|row| !row.starts_with('#'));
    let pairs = rows.flat_map(|row| {
        let (first, characters) = row.split_once(' ').unwrap();
        let first = u8::from_str_radix(first, 16).unwrap();
        let seconds = (0x40..=0xFE).filter(|second| *second != 0x7F);
        characters.chars().zip(seconds).map(move |(c, second)| ([first, second], c))
    });
    let pairs: Vec<_> = pairs.filter(|(_, c)| *c != '-').collect();
    let bytes = pairs.iter().map(|(bytes, c)| (*c, *bytes)).collect();
    Codec { characters: pairs.into_iter().collect(), bytes }
});

/// `text.encode("gbk")`
pub(crate) fn encode(text: &str) -> Vec<u8> {
    let bytes = |c: char| if c.is_ascii() { vec![u8::try_from(c).unwrap()] } else { PYTHON_GBK.bytes[&c].to_vec() };
    text.chars().flat_map(bytes).collect()
}

/// `bytes.decode("gbk")`, with its exception as a panic.
pub(crate) fn decode(bytes: &[u8]) -> String {
    let (mut text, mut rest) = (String::new(), bytes);
    while let [first, tail @ ..] = rest {
        if first.is_ascii() {
            text.push(char::from(*first));
            rest = tail;
            continue;
        }
        let [second, tail @ ..] = tail else { panic!("the read ends inside a character, after {text:?}") };
        let known = PYTHON_GBK.characters.get(&[*first, *second]);
        text.push(*known.unwrap_or_else(|| panic!("Python does not know {first:x} {second:x}, after {text:?}")));
        rest = tail;
    }
    text
}

pub(crate) struct OldClient {
    socket: TcpStream,
    /// How long it takes to show a line.
    showing_a_line: Duration,
}

impl OldClient {
    /// Connects.
    pub(crate) fn dial(addr: SocketAddr) -> Self {
        let socket = TcpStream::connect(addr).unwrap();
        socket.set_read_timeout(Some(PATIENCE)).unwrap();
        Self { socket, showing_a_line: Duration::ZERO }
    }

    /// Connects, and has seen the prompt.
    pub(crate) fn connect(addr: SocketAddr) -> Self {
        let mut client = Self::dial(addr);
        client.shows("server: set your name please:");
        client
    }

    pub(crate) fn log_in(addr: SocketAddr, name: &str) -> Self {
        let mut client = Self::connect(addr);
        client.types(name);
        client.shows("server: let's start chatting!");
        client
    }

    /// From here on, each line takes so long to show.
    pub(crate) fn slow(mut self, showing_a_line: Duration) -> Self {
        self.showing_a_line = showing_a_line;
        self
    }

    /// One `send()`, without a newline.
    pub(crate) fn types(&mut self, line: &str) {
        self.sends(&encode(line));
    }

    pub(crate) fn sends(&mut self, bytes: &[u8]) {
        self.socket.write_all(bytes).unwrap();
    }

    /// What the next read shows; empty at the end.
    pub(crate) fn reads(&mut self) -> String {
        let mut buf = [0; READ_SIZE];
        let length = self.socket.read(&mut buf).unwrap();
        let text = decode(&buf[..length]);
        // The client that is emulated is as slow as its terminal.
        thread::sleep(self.showing_a_line * u32::try_from(text.lines().count()).unwrap());
        text
    }

    /// The next read shows exactly this.
    pub(crate) fn shows(&mut self, expected: &str) {
        assert_eq!(self.reads(), expected);
    }

    /// Killed by its user: what it has not read is answered by a reset.
    pub(crate) fn reset(self) {
        socket2::SockRef::from(&self.socket).set_linger(Some(Duration::ZERO)).unwrap();
    }
}
