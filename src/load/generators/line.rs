//! Messages as lines of JSON over TCP, written and read by threads that may wait. Knows nothing of what they say.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::run::Stop;

/// How often who waits for a message looks whether to go on.
const LOOK: Duration = Duration::from_millis(200);
/// How long a message may take to be written.
const WRITE: Duration = Duration::from_secs(10);
/// The longest message: the distributions of a load with many labels are some hundred kilobytes.
const MOST_BYTES: u64 = 64 << 20;

/// Writes a message.
pub(super) fn send(mut stream: &TcpStream, message: &impl Serialize) -> io::Result<()> {
    let mut line = serde_json::to_vec(message)?;
    line.push(b'\n');
    stream.set_write_timeout(Some(WRITE))?;
    stream.write_all(&line)
}

/// Reads messages.
#[derive(Debug)]
pub(super) struct Incoming {
    reader: BufReader<TcpStream>,
    line: Vec<u8>,
}

impl Incoming {
    pub(super) fn new(stream: &TcpStream) -> io::Result<Self> {
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(LOOK))?;
        Ok(Self { reader: BufReader::new(stream.try_clone()?), line: Vec::new() })
    }

    /// Waits for the next message, at most this long if there is a limit, and until `stop`.
    ///
    /// # Errors
    /// If the connection ended, the time is over, it was stopped, or the message is none.
    pub(super) fn next<T: DeserializeOwned>(&mut self, patience: Option<Duration>, stop: &Stop) -> io::Result<T> {
        let begun = Instant::now();
        self.line.clear();
        loop {
            let room = MOST_BYTES.saturating_sub(self.line.len() as u64);
            match (&mut self.reader).take(room).read_until(b'\n', &mut self.line) {
                Ok(_) if self.line.ends_with(b"\n") => break,
                Ok(_) if self.line.len() as u64 >= MOST_BYTES => {
                    return Err(io::Error::other("a message was too long"));
                }
                Ok(_) => return Err(io::ErrorKind::UnexpectedEof.into()),
                Err(error) if is_time_out(&error) => {}
                Err(error) => return Err(error),
            }
            if stop.is_stopped() {
                return Err(io::ErrorKind::Interrupted.into());
            }
            if patience.is_some_and(|patience| begun.elapsed() > patience) {
                return Err(io::ErrorKind::TimedOut.into());
            }
        }
        Ok(serde_json::from_slice(&self.line)?)
    }
}

fn is_time_out(error: &io::Error) -> bool {
    [io::ErrorKind::WouldBlock, io::ErrorKind::TimedOut, io::ErrorKind::Interrupted].contains(&error.kind())
}
