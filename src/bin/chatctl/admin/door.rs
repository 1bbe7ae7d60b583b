//! The way to a server that takes requests of those who run it: a line through its control socket, or HTTP.

use std::fmt;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, RecvTimeoutError, sync_channel};
use std::thread;
use std::time::Duration;

use anyhow::{Context, anyhow};
use chatctl::server::admin::{ADMIN_PATH, AdminAnswer, AdminRequest, FIRST_LINE};
use humantime::format_duration;

use crate::admin_address::AdminAddress;
use crate::exit::{Because, Exit};
use crate::serve::CONTROL_SOCKET;

/// Bytes of the longest answer that is read.
const LONGEST_ANSWER: u64 = 256 << 20;

/// Where to ask.
#[derive(Debug, Clone)]
pub(super) enum Door {
    /// The control socket of a server.
    Control(PathBuf),
    /// HTTP over a Unix socket.
    Local(PathBuf),
    /// HTTP at an address.
    Tcp(String),
}

impl Door {
    /// That of the server whose data is in this folder.
    pub(super) fn control(folder: &Path) -> Self {
        Self::Control(folder.join(CONTROL_SOCKET))
    }

    /// That at an admin address.
    pub(super) fn admin(address: &AdminAddress) -> Self {
        match address {
            AdminAddress::Local(path) => Self::Local(path.clone()),
            AdminAddress::Tcp(address) => Self::Tcp(address.clone()),
        }
    }

    /// Sends a request and waits for its answer, which has to come within this time. What takes long by nature has all the
    /// time that it needs, as long as the server answers something else within it: before it is asked for, so that a server
    /// that stands still does not do it later on, and each time that so long has passed.
    pub(super) fn ask(&self, request: &AdminRequest, within: Duration) -> anyhow::Result<AdminAnswer> {
        let is_long = matches!(request, AdminRequest::Backup { .. } | AdminRequest::Drain { .. });
        if is_long {
            self.ask(&AdminRequest::Stats, within)?;
        }
        let exchange = self.begin(request)?;
        let answer = loop {
            match exchange.recv_timeout(within) {
                Ok(answer) => break answer.map_err(|error| self.cannot_ask(error))?,
                Err(RecvTimeoutError::Timeout) if is_long => drop(self.ask(&AdminRequest::Stats, within)?),
                Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => {
                    let why = format!("the server at {self} has not answered within {}", format_duration(within));
                    return Err(Because::new(Exit::NoConnection, why).into());
                }
            }
        };
        let no_answer = || Because::new(Exit::NoConnection, format!("{self} does not answer like a chatctl server"));
        serde_json::from_slice(&answer).with_context(no_answer)
    }

    /// Sends a request by a thread of its own, as connecting knows no time limit if the queue of a socket is full. The thread
    /// ends with the program, if not before.
    fn begin(&self, request: &AdminRequest) -> anyhow::Result<Receiver<io::Result<Vec<u8>>>> {
        let body = serde_json::to_string(request).context("the request cannot be spelled")?;
        let (told, answer) = sync_channel(1);
        let door = self.clone();
        let exchange = thread::Builder::new().name("exchange".to_owned());
        // Whoever asked may have given up.
        exchange.spawn(move || drop(told.send(door.exchange(&body)))).context("cannot start a thread")?;
        Ok(answer)
    }

    fn exchange(&self, body: &str) -> io::Result<Vec<u8>> {
        match self {
            Self::Control(path) => by_line(UnixStream::connect(path)?, body),
            Self::Local(path) => by_http(UnixStream::connect(path)?, body),
            Self::Tcp(address) => by_http(TcpStream::connect(address)?, body),
        }
    }

    fn cannot_ask(&self, error: io::Error) -> anyhow::Error {
        let why = match error.kind() {
            io::ErrorKind::NotFound => anyhow!("there is no such socket; is the server running, and with --data?"),
            io::ErrorKind::ConnectionRefused => anyhow!("no server listens there"),
            io::ErrorKind::PermissionDenied => anyhow!("only the user of the server may do this"),
            _ => error.into(),
        };
        why.context(Because::new(Exit::NoConnection, format!("cannot ask the server at {self}")))
    }
}

impl fmt::Display for Door {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Control(path) | Self::Local(path) => path.display().fmt(f),
            Self::Tcp(address) => f.write_str(address),
        }
    }
}

/// The last line that the server says is the answer; before it, it asks for a name.
fn by_line(stream: UnixStream, body: &str) -> io::Result<Vec<u8>> {
    (&stream).write_all(format!("{FIRST_LINE}\n{body}\n").as_bytes())?;
    let lines = BufReader::new(stream.take(LONGEST_ANSWER)).split(b'\n');
    lines.last().unwrap_or_else(|| Err(io::ErrorKind::UnexpectedEof.into()))
}

fn by_http(mut stream: impl Read + Write, body: &str) -> io::Result<Vec<u8>> {
    let head = format!(
        "POST {ADMIN_PATH} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\
         Connection: close\r\n\r\n",
        body.len()
    );
    stream.write_all((head + body).as_bytes())?;
    let mut answer = Vec::new();
    stream.take(LONGEST_ANSWER).read_to_end(&mut answer)?;
    let text = String::from_utf8(answer).map_err(|_| io::Error::other("the answer is no text"))?;
    let (head, body) = text.split_once("\r\n\r\n").ok_or(io::ErrorKind::UnexpectedEof)?;
    if head.starts_with("HTTP/1.1 200 ") {
        return Ok(body.as_bytes().to_vec());
    }
    let status = head.lines().next().unwrap_or_default().trim_start_matches("HTTP/1.1 ");
    Err(io::Error::other(format!("{status}: {}", body.trim_end())))
}
