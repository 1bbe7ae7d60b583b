//! The way to a server that takes requests of those who run it: a line through its control socket, or HTTP.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};

use anyhow::{Context, anyhow};
use chatctl::server::admin::{ADMIN_PATH, AdminAnswer, AdminRequest, FIRST_LINE};

use crate::admin_address::AdminAddress;
use crate::exit::{Because, Exit};
use crate::serve::CONTROL_SOCKET;

/// Bytes of the longest answer that is read.
const LONGEST_ANSWER: u64 = 256 << 20;

/// Where to ask.
#[derive(Debug)]
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

    /// Sends a request and waits for its answer.
    pub(super) fn ask(&self, request: &AdminRequest) -> anyhow::Result<AdminAnswer> {
        let body = serde_json::to_string(request).context("the request cannot be spelled")?;
        let shown = match self {
            Self::Control(path) | Self::Local(path) => path.display().to_string(),
            Self::Tcp(address) => address.clone(),
        };
        let answer = match self {
            Self::Control(path) => UnixStream::connect(path).and_then(|stream| by_line(stream, &body)),
            Self::Local(path) => UnixStream::connect(path).and_then(|stream| by_http(stream, &body)),
            Self::Tcp(address) => TcpStream::connect(address).and_then(|stream| by_http(stream, &body)),
        };
        let answer = answer.map_err(|error| {
            let why = match error.kind() {
                io::ErrorKind::NotFound => anyhow!("there is no such socket; is the server running, and with --data?"),
                io::ErrorKind::ConnectionRefused => anyhow!("no server listens there"),
                io::ErrorKind::PermissionDenied => anyhow!("only the user of the server may do this"),
                _ => error.into(),
            };
            why.context(Because::new(Exit::NoConnection, format!("cannot ask the server at {shown}")))
        })?;
        let no_answer = || Because::new(Exit::NoConnection, format!("{shown} does not answer like a chatctl server"));
        serde_json::from_slice(&answer).with_context(no_answer)
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
