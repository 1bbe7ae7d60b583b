//! A user of the IRC door: a raw socket, its registration, and lines without what differs from run to run.

use std::net::SocketAddr;

use crate::support::Client;

/// Characters of what stands for an address, before `.guest`.
const HASH: usize = 8;

/// One connection.
pub(crate) struct IrcUser {
    client: Client,
}

impl IrcUser {
    /// Connects, and says nothing yet.
    pub(crate) fn connect(addr: SocketAddr) -> Self {
        Self { client: Client::connect(addr) }
    }

    /// Registers under this name, and takes the greeting.
    pub(crate) fn log_in(addr: SocketAddr, nick: &str) -> Self {
        Self::with_caps(addr, nick, "")
    }

    /// The same, with these capabilities.
    pub(crate) fn with_caps(addr: SocketAddr, nick: &str, caps: &str) -> Self {
        let mut user = Self::connect(addr);
        if !caps.is_empty() {
            user.say(&format!("CAP REQ :{caps}"));
            let answer = user.line();
            assert!(answer.starts_with(":chatctl.local CAP * ACK "), "{answer}");
        }
        user.say(&format!("NICK {nick}"));
        user.say(&format!("USER {nick} 0 * :Real {nick}"));
        if !caps.is_empty() {
            user.say("CAP END");
        }
        let last = format!(":chatctl.local 422 {nick} :No message of the day");
        while user.line() != last {}
        user
    }

    #[track_caller]
    pub(crate) fn send(&mut self, bytes: &[u8]) {
        self.client.send(bytes);
    }

    #[track_caller]
    pub(crate) fn say(&mut self, line: &str) {
        self.send(format!("{line}\r\n").as_bytes());
    }

    /// The next line without its end; `HOST` stands for what stands for an address, and `TIME` for a time.
    #[track_caller]
    pub(crate) fn line(&mut self) -> String {
        let line = self.raw_line();
        without_time(&without_host(&line))
    }

    /// The next line without its end, as it came.
    #[track_caller]
    pub(crate) fn raw_line(&mut self) -> String {
        let line = self.client.line();
        let untagged = line.strip_prefix('@').and_then(|line| line.split_once(' ')).map_or(&*line, |(_, rest)| rest);
        assert!(untagged.len() < 512, "{} bytes and a line feed: {line}", untagged.len());
        line.strip_suffix('\r').unwrap_or_else(|| panic!("{line:?} has no CR LF")).to_owned()
    }

    /// The next lines are exactly these.
    #[track_caller]
    pub(crate) fn expect(&mut self, lines: &[&str]) {
        for line in lines {
            assert_eq!(self.line(), *line);
        }
    }

    /// Sends a line and expects these.
    #[track_caller]
    pub(crate) fn ask(&mut self, line: &str, answers: &[&str]) {
        self.say(line);
        self.expect(answers);
    }

    /// Everything that comes for this line: up to the answer to a PING behind it.
    #[track_caller]
    pub(crate) fn answers(&mut self, line: &str) -> Vec<String> {
        self.say(line);
        self.pending()
    }

    /// Everything that has come.
    #[track_caller]
    pub(crate) fn pending(&mut self) -> Vec<String> {
        self.say("PING settled");
        let mut lines = Vec::new();
        loop {
            let line = self.line();
            if line.ends_with(" PONG chatctl.local settled") {
                return lines;
            }
            lines.push(line);
        }
    }

    /// Nothing has come that was not expected.
    #[track_caller]
    pub(crate) fn expect_nothing(&mut self) {
        assert_eq!(self.pending(), Vec::<String>::new());
    }

    /// Enters a room, and takes what is told of it.
    #[track_caller]
    pub(crate) fn join(&mut self, room: &str) {
        let last = format!(" {room} :End of /NAMES list");
        self.say(&format!("JOIN {room}"));
        while !self.line().ends_with(&last) {}
    }

    #[track_caller]
    pub(crate) fn expect_end(&mut self) {
        self.client.expect_end();
    }
}

fn without_host(line: &str) -> String {
    let mut out = String::new();
    let mut rest = line;
    while let Some(place) = rest.find(".guest") {
        let start = rest[..place].len().saturating_sub(HASH);
        let is_hash = rest.is_char_boundary(start) && rest[start..place].bytes().all(|byte| byte.is_ascii_hexdigit());
        out.push_str(if is_hash { &rest[..start] } else { &rest[..place] });
        out.push_str(if is_hash { "HOST" } else { ".guest" });
        rest = &rest[place + ".guest".len()..];
    }
    out + rest
}

/// Without a stamp like `2026-11-25T22:31:46.455Z`.
fn without_time(line: &str) -> String {
    const LENGTH: usize = "2026-11-25T22:31:46.455Z".len();
    let stamp = (0..line.len()).filter_map(|start| line.get(start..start + LENGTH)).find(|text| {
        let signs = [(4, b'-'), (7, b'-'), (10, b'T'), (13, b':'), (16, b':'), (19, b'.'), (23, b'Z')];
        text.starts_with("20") && signs.iter().all(|(place, sign)| text.as_bytes()[*place] == *sign)
    });
    stamp.map_or_else(|| line.to_owned(), |stamp| line.replace(stamp, "TIME"))
}
