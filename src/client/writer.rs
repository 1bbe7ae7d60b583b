//! The sending half: lines in the connection's dialect and charset, or bytes as they are.

use std::io;
use std::num::NonZeroUsize;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use smol::Timer;

use super::charsets::Charsets;
use super::wire::write_all;
use crate::lock::Locked;
use crate::net::Stream;
use crate::protocol::charset::Charset;
use crate::protocol::dialect::{Dialect, Sends};

/// Writes to a connection. Every write returns the time just before its first byte was handed to the system.
#[derive(Debug)]
pub struct Writer {
    stream: Arc<Stream>,
    charsets: Arc<Mutex<Charsets>>,
    sends: Sends,
    chunk: Option<NonZeroUsize>,
    /// Nothing is written before.
    not_before: Option<Instant>,
}

impl Writer {
    pub(super) fn new(stream: Arc<Stream>, charsets: Arc<Mutex<Charsets>>) -> Self {
        let sends = charsets.locked().dialect().sends();
        Self { stream, charsets, sends, chunk: None, not_before: None }
    }

    /// Sends a text of one or several lines, in the connection's charset and with a newline behind each: in one write,
    /// or, in a dialect without lines, each in one write of its own and without the newline. An empty line cannot be
    /// sent in such a dialect, and is left out.
    ///
    /// # Errors
    /// If the connection is broken. `InvalidInput`, and nothing was sent: the dialect does not have lines so long.
    pub async fn send(&mut self, text: &str) -> io::Result<Instant> {
        let mut bytes = Vec::with_capacity(text.len() + 1);
        text.split('\n').for_each(|line| self.encode(line.as_bytes(), &mut bytes));
        self.send_encoded(&bytes).await
    }

    /// The first character of the text that the charset in which it would be sent lacks, and that charset.
    #[must_use]
    pub fn lacks(&self, text: &str) -> Option<(char, Charset)> {
        let charset = self.charsets.locked().sending();
        charset.lacking(text).map(|character| (character, charset))
    }

    /// Appends the bytes of a line to `out`, with its newline, in the connection's charset. It counts as sent: the
    /// charset of the next line may be another. Bytes that are no UTF-8 stay as they are, since the server has an answer
    /// to them.
    pub(super) fn encode(&self, line: &[u8], out: &mut Vec<u8>) {
        let mut charsets = self.charsets.locked();
        if let Ok(text) = std::str::from_utf8(line) {
            charsets.encode(text, out);
        } else if let Some(request) = charsets.translate(&[line, b"\n"].concat()) {
            out.extend(request);
        } else {
            let start = out.len();
            out.extend(line.iter().chain(b"\n"));
            charsets.sent_raw(&out[start..]);
        }
    }

    /// Sends whole lines that [`encode`](Self::encode) made, as [`send`](Self::send) does.
    ///
    /// # Errors
    /// As [`send`](Self::send).
    pub(super) async fn send_encoded(&mut self, lines: &[u8]) -> io::Result<Instant> {
        match self.sends {
            Sends::Lines => self.write(lines).await,
            Sends::Messages { longest, apart } => self.write_messages(lines, longest, apart).await,
        }
    }

    async fn write_messages(&mut self, lines: &[u8], longest: usize, apart: Duration) -> io::Result<Instant> {
        let messages = || lines.split(|byte| *byte == b'\n').filter(|message| !message.is_empty());
        if messages().any(|message| message.len() > longest) {
            return Err(io::ErrorKind::InvalidInput.into());
        }
        let mut first = None;
        for message in messages() {
            let at = self.write_apart(message, apart).await?;
            first.get_or_insert(at);
        }
        Ok(first.unwrap_or_else(Instant::now))
    }

    /// Sends exactly these bytes, in a dialect without lines as one message, and in one whose requests are no lines the
    /// requests of the lines that end in them.
    ///
    /// # Errors
    /// If the connection is broken.
    pub async fn send_bytes(&mut self, bytes: &[u8]) -> io::Result<Instant> {
        let requests = self.charsets.locked().translate(bytes);
        if let Some(requests) = requests {
            return self.write(&requests).await;
        }
        self.charsets.locked().sent_raw(bytes);
        match self.sends {
            Sends::Lines => self.write(bytes).await,
            Sends::Messages { longest: _, apart } => self.write_apart(bytes, apart).await,
        }
    }

    /// Sends what [`LineReader::take_answers`](super::LineReader::take_answers) has.
    ///
    /// # Errors
    /// If the connection is broken.
    pub async fn send_answers(&mut self, answers: &[u8]) -> io::Result<Instant> {
        self.write(answers).await
    }

    async fn write_apart(&mut self, message: &[u8], apart: Duration) -> io::Result<Instant> {
        if let Some(time) = self.not_before {
            Timer::at(time).await;
        }
        let at = self.write(message).await?;
        self.not_before = Some(Instant::now() + apart);
        Ok(at)
    }

    async fn write(&self, bytes: &[u8]) -> io::Result<Instant> {
        let at = Instant::now();
        match self.chunk {
            None => write_all(&self.stream, bytes).await?,
            Some(size) => {
                for piece in bytes.chunks(size.get()) {
                    write_all(&self.stream, piece).await?;
                    smol::future::yield_now().await;
                }
            }
        }
        Ok(at)
    }

    /// From here on, bytes are written in pieces of `size`; `None` ends that.
    pub fn set_chunk(&mut self, size: Option<NonZeroUsize>) {
        self.chunk = size;
    }

    /// The dialect of the connection.
    #[must_use]
    pub fn dialect(&self) -> Dialect {
        self.charsets.locked().dialect()
    }

    /// Says that nothing more will be sent; what the other side still sends can be read.
    ///
    /// # Errors
    /// If the connection is no longer open.
    pub fn half_close(&self) -> io::Result<()> {
        self.stream.finish()
    }

    /// What it writes to.
    pub(super) fn into_stream(self) -> Arc<Stream> {
        self.stream
    }

    /// What can say so while this writer is at work.
    #[must_use]
    pub fn half_closer(&self) -> HalfCloser {
        HalfCloser { stream: Arc::clone(&self.stream) }
    }

    /// Makes the close a reset. It goes out when both halves have been dropped, so drop the reader first.
    ///
    /// # Errors
    /// If the system refuses the option.
    pub fn reset(self) -> io::Result<()> {
        self.stream.close_by_reset()
    }
}

/// Ends the sending direction of a connection from outside its writer.
#[derive(Debug)]
pub struct HalfCloser {
    stream: Arc<Stream>,
}

impl HalfCloser {
    /// Says that nothing more will be sent, as [`Writer::half_close`].
    ///
    /// # Errors
    /// If the connection is no longer open.
    pub fn half_close(&self) -> io::Result<()> {
        self.stream.finish()
    }
}
