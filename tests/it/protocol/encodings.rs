//! Charsets at the text door: who speaks another one is understood by everybody.

use std::io::{BufRead, BufReader, Write};
use std::net::TcpStream;

use chatctl::protocol::charset::Charset;

use crate::support::{PATIENCE, Server};

/// A person whose terminal is in another charset.
struct Foreigner {
    charset: Charset,
    lines: BufReader<TcpStream>,
}

impl Foreigner {
    fn log_in(server: &Server, name: &str, charset: &str) -> Self {
        let socket = TcpStream::connect(server.addr).unwrap();
        socket.set_read_timeout(Some(PATIENCE)).unwrap();
        let mut person = Self { charset: Charset::UTF_8, lines: BufReader::new(socket) };
        person.hears("server: set your name please:");
        person.says(name);
        person.hears("server: let's start chatting!");
        person.says(&format!("set encoding {charset}"));
        person.hears(&format!("server: encoding is {charset}"));
        person.charset = Charset::for_label(charset).unwrap();
        person
    }

    fn says(&mut self, line: &str) {
        self.sends(&self.charset.encode(line));
    }

    fn sends(&mut self, line: &[u8]) {
        self.lines.get_mut().write_all(&[line, b"\n"].concat()).unwrap();
    }

    fn hears(&mut self, expected: &str) {
        let mut line = Vec::new();
        self.lines.read_until(b'\n', &mut line).unwrap();
        let line = line.strip_suffix(b"\n").unwrap();
        assert_eq!(self.charset.decode(line).unwrap(), expected);
    }
}

#[test]
fn users_of_four_charsets_share_a_room() {
    let server = Server::embedded();
    let mut users: Vec<_> = ["utf-8", "gbk", "shift_jis", "iso-2022-jp"]
        .iter()
        .zip(["alice", "bob", "carol", "dave"])
        .map(|(charset, name)| Foreigner::log_in(&server, name, charset))
        .collect();
    users[0].says("create room 大会 bob,carol,dave");
    for user in &mut users {
        user.hears("大会/server: alice created the room with bob, carol, dave");
    }
    for speaker in 0..users.len() {
        users[speaker].says("send 大会 世界平和 ¥ 世");
        let (name, heard) = match speaker {
            0 => ("alice", "世界平和 ¥ 世"),
            1 => ("bob", "世界平和 ? 世"),
            2 => ("carol", "世界平和 \\ 世"),
            _ => ("dave", "世界平和 ¥ 世"),
        };
        users[0].hears(&format!("大会/{name}: {heard}"));
        for user in &mut users[1..] {
            let understood = user.charset.decode(&user.charset.encode(heard)).unwrap().into_owned();
            user.hears(&format!("大会/{name}: {understood}"));
        }
    }
}

#[test]
fn a_gbk_byte_that_looks_like_a_brace_a_bar_or_a_backslash_is_text() {
    let server = Server::embedded();
    let mut alice = server.user("alice");
    let mut bob = Foreigner::log_in(&server, "bob", "gbk");
    for (second, c) in [(b'{', '妠'), (b'|', '妡'), (b'\\', '奬')] {
        bob.sends(&[b"send message alice ", &[0x8A, second][..], &[second]].concat());
        alice.expect_line(&format!("bob: {c}{}", char::from(second)));
    }
}

#[test]
fn a_name_is_taken_in_every_charset() {
    let server = Server::embedded();
    let mut alice = server.user("渊渊");
    let mut bob = Foreigner::log_in(&server, "bob", "gb18030");
    bob.says("rename 渊渊");
    bob.hears("error: name-taken: 渊渊");
    bob.says("send message 渊渊 你好");
    alice.expect_line("bob: 你好");
}

#[test]
fn bytes_of_another_charset_and_hidden_controls_are_refused() {
    let server = Server::embedded();
    let mut bob = Foreigner::log_in(&server, "bob", "gbk");
    bob.sends(b"send message bob \xd4");
    bob.hears("error: bad-encoding: the line is not valid gbk");
    let mut carol = Foreigner::log_in(&server, "carol", "windows-1252");
    carol.sends(b"send message bob \x85\x81");
    carol.hears("error: bad-text: control character U+0081");
    let mut dave = Foreigner::log_in(&server, "dave", "iso-2022-jp");
    dave.sends(b"send message bob \x1b$BF|\x0e\x1b(B");
    dave.hears("error: bad-encoding: the line is not valid iso-2022-jp");
    bob.says("ping");
    bob.hears("server: pong");
}
