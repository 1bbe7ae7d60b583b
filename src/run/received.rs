//! A line that came, what became of it, and how the lines ended.

use std::sync::Arc;
use std::time::Instant;

/// One received line.
#[derive(Clone, Debug)]
pub struct Received {
    /// Its text, or what can be shown of it.
    pub text: Arc<str>,
    /// Why it is no text, if so. It matches nothing then.
    pub defect: Option<Defect>,
    /// When it was read from the socket.
    pub at: Instant,
    /// What became of it.
    pub fate: Fate,
}

/// Why a received line is no text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Defect {
    /// Its bytes mean nothing in the connection's charset.
    Undecodable,
    /// It is longer than a client takes.
    TooLong,
}

/// What became of a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// Nothing yet.
    Unread,
    /// Taken by the login of `connect` or `reconnect`.
    Connect,
    /// Matched by the expectation in this line of the script.
    Matched(usize),
    /// Skipped by the `<..` in this line.
    Skipped(usize),
    /// Set aside by the `ignore` in this line.
    Ignored(usize),
    /// Thrown away by the `drain` in this line.
    Drained(usize),
    /// It came when the user was leaving, or was unread when the user reset its connection.
    Left,
}

/// How the stream of lines ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// The server closed the connection.
    Closed,
    /// The connection broke.
    Broken(std::io::ErrorKind),
    /// We closed it.
    Left,
}
