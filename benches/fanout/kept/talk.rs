//! One user who talks and waits for answers: how a store is filled with words, and asked for them.

use std::io::{self, BufRead, BufReader, Write};
use std::net::{SocketAddr, TcpStream};
use std::thread;

use crate::visitor::log_in;

/// Rooms over which what is said is spread.
pub(super) const ROOMS: usize = 100;

/// Different words, of which the n-th is said n times less often than the first.
const WORDS: u32 = 20_000;

/// Lines that are written between two looks at what has come.
const LINES_AT_ONCE: u64 = 1000;

pub(super) struct Talker {
    stream: TcpStream,
    reader: BufReader<TcpStream>,
}

impl Talker {
    pub(super) fn enter(addr: SocketAddr, name: &str) -> io::Result<Self> {
        let stream = log_in(addr, name)?;
        let reader = BufReader::with_capacity(256 * 1024, stream.try_clone()?);
        Ok(Self { stream, reader })
    }

    /// Says this, and gives the lines that come before the answer to a `ping` behind it.
    pub(super) fn ask(&mut self, command: &str) -> io::Result<Vec<String>> {
        self.stream.write_all(format!("{command}\nping asked\n").as_bytes())?;
        self.lines_until("server: pong asked")
    }

    pub(super) fn line(&mut self) -> io::Result<String> {
        let mut line = String::new();
        match self.reader.read_line(&mut line)? {
            0 => Err(io::ErrorKind::UnexpectedEof.into()),
            _ => Ok(line.trim_end().to_owned()),
        }
    }

    fn lines_until(&mut self, last: &str) -> io::Result<Vec<String>> {
        let mut lines = Vec::new();
        loop {
            match self.line()? {
                line if line == last => return Ok(lines),
                line => lines.push(line),
            }
        }
    }

    /// Makes the rooms, or joins them.
    pub(super) fn open_rooms(&mut self) -> io::Result<()> {
        (0..ROOMS).try_for_each(|room| self.ask(&format!("create room words{room:02}")).map(drop))
    }

    /// Says so many lines of words, all rooms in turn; returns when all were heard.
    pub(super) fn fill(&mut self, lines: u64) -> io::Result<()> {
        let mut writer = self.stream.try_clone()?;
        thread::scope(|scope| {
            scope.spawn(move || {
                let mut random = fastrand::Rng::with_seed(lines);
                for from in (0..lines).step_by(usize::try_from(LINES_AT_ONCE).expect("a small number")) {
                    let said = from..lines.min(from + LINES_AT_ONCE);
                    let text: String =
                        said.map(|line| format!("send room {} {}\n", room(line), text(&mut random))).collect();
                    writer.write_all(text.as_bytes())?;
                }
                writer.write_all(b"ping filled\n")
            });
            self.lines_until("server: pong filled").map(drop)
        })
    }
}

/// The room that is next.
fn room(line: u64) -> String {
    format!("words{:02}", line % ROOMS as u64)
}

/// The word of this rank: 1 is the most frequent.
pub(super) fn word(rank: u32) -> String {
    format!("w{}", to_letters(rank))
}

/// The character of this rank.
pub(super) fn character(rank: u32) -> char {
    char::from_u32(0x4E00 + rank % 3000).expect("a Han character")
}

/// Six words of about five letters; in one of five texts twelve Chinese characters.
fn text(random: &mut fastrand::Rng) -> String {
    let mut rank = |of: u32| f64::from(of).powf(random.f64()) as u32;
    if rank(5) == 4 {
        (0..12).map(|_| character(rank(3000))).collect()
    } else {
        (0..8).map(|_| word(rank(WORDS))).collect::<Vec<_>>().join(" ")
    }
}

/// A number in the letters a to t, which makes no word the beginning of another by chance alone.
fn to_letters(mut number: u32) -> String {
    let mut letters = String::new();
    loop {
        letters.push(char::from(b'a' + u8::try_from(number % 20).expect("less than 20")));
        number /= 20;
        if number == 0 {
            letters.push('z');
            return letters;
        }
    }
}
