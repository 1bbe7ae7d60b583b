//! A raw socket that sends bytes and expects lines.

use std::io::{self, BufRead, BufReader, ErrorKind, Write};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::time::Duration;

use socket2::SockRef;

use super::PATIENCE;

pub(crate) const PROMPT: &str = "server: set your name please:";
pub(crate) const WELCOME: &str = "server: let's start chatting!";

/// One connection.
pub(crate) struct Client {
    reader: BufReader<TcpStream>,
}

impl Client {
    /// Connects, and takes nothing of what comes.
    pub(crate) fn connect(addr: SocketAddr) -> Self {
        Self::of(TcpStream::connect(addr).expect("the server listens"))
    }

    /// Talks on a connection that exists.
    pub(crate) fn of(stream: TcpStream) -> Self {
        stream.set_nodelay(true).expect("a TCP socket");
        stream.set_read_timeout(Some(PATIENCE)).expect("a TCP socket");
        stream.set_write_timeout(Some(PATIENCE)).expect("a TCP socket");
        Self { reader: BufReader::new(stream) }
    }

    pub(crate) fn log_in(addr: SocketAddr, name: &str) -> Self {
        let mut client = Self::connect(addr);
        client.say(name);
        client.expect(&[PROMPT, WELCOME]);
        client
    }

    pub(crate) fn stream(&self) -> &TcpStream {
        self.reader.get_ref()
    }

    /// What comes from here on, as bytes.
    pub(crate) fn rest_of_stream(&mut self) -> &mut impl io::Read {
        &mut self.reader
    }

    /// Sends exactly these bytes.
    #[track_caller]
    pub(crate) fn send(&mut self, bytes: &[u8]) {
        self.try_send(bytes).expect("the server takes bytes");
    }

    pub(crate) fn try_send(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.reader.get_mut().write_all(bytes)
    }

    /// Sends a line.
    #[track_caller]
    pub(crate) fn say(&mut self, line: &str) {
        self.send(format!("{line}\n").as_bytes());
    }

    /// Sends a line and expects these.
    #[track_caller]
    pub(crate) fn ask(&mut self, line: &str, answers: &[&str]) {
        self.say(line);
        self.expect(answers);
    }

    /// The next bytes up to a newline, or up to the end of the stream.
    pub(crate) fn next_bytes(&mut self) -> io::Result<Vec<u8>> {
        let mut line = Vec::new();
        self.reader.read_until(b'\n', &mut line)?;
        Ok(line)
    }

    /// The next line without its newline; `None` at the end of the stream.
    #[track_caller]
    pub(crate) fn next_line(&mut self) -> Option<String> {
        let bytes = self.next_bytes().expect("a line or the end of the stream in time");
        let text = String::from_utf8(bytes).expect("the server speaks UTF-8");
        if text.is_empty() {
            return None;
        }
        Some(text.strip_suffix('\n').expect("the server sends whole lines").to_owned())
    }

    #[track_caller]
    pub(crate) fn line(&mut self) -> String {
        self.next_line().expect("a line before the end of the stream")
    }

    /// The next lines are exactly these.
    #[track_caller]
    pub(crate) fn expect(&mut self, lines: &[&str]) {
        lines.iter().for_each(|line| self.expect_line(line));
    }

    /// The next line is this.
    #[track_caller]
    pub(crate) fn expect_line(&mut self, line: &str) {
        assert_eq!(self.next_line().as_deref(), Some(line));
    }

    /// Every line up to the end of the stream.
    #[track_caller]
    pub(crate) fn rest(&mut self) -> Vec<String> {
        std::iter::from_fn(|| self.next_line()).collect()
    }

    /// Lines up to and with this one.
    #[track_caller]
    pub(crate) fn lines_until(&mut self, last: &str) -> Vec<String> {
        self.lines_until_one_of(&[last])
    }

    #[track_caller]
    pub(crate) fn lines_until_one_of(&mut self, last: &[&str]) -> Vec<String> {
        let mut lines = vec![self.line()];
        while lines.last().is_none_or(|line| !last.contains(&line.as_str())) {
            lines.push(self.line());
        }
        lines
    }

    /// The server has closed the connection in an orderly way, and nothing came before that.
    #[track_caller]
    pub(crate) fn expect_end(&mut self) {
        assert_eq!(self.next_line(), None);
    }

    /// Nothing has come that was not expected: the answer to a `ping` is the next line.
    #[track_caller]
    pub(crate) fn expect_nothing(&mut self) {
        self.ask("ping nothing", &["server: pong nothing"]);
    }

    /// Says that nothing more comes.
    pub(crate) fn finish(&self) {
        self.stream().shutdown(Shutdown::Write).expect("the connection is open");
    }

    /// Ends the connection with a reset.
    pub(crate) fn reset(self) {
        SockRef::from(self.stream()).set_linger(Some(Duration::ZERO)).expect("a TCP socket");
    }

    /// Reads to the end of whatever kind, and says whether it was a reset.
    pub(crate) fn ends_by_reset(&mut self) -> bool {
        loop {
            match self.reader.fill_buf() {
                Ok([]) => return false,
                Ok(bytes) => {
                    let read = bytes.len();
                    self.reader.consume(read);
                }
                Err(error) if error.kind() == ErrorKind::ConnectionReset => return true,
                Err(error) => panic!("neither the end nor a reset: {error}"),
            }
        }
    }
}
