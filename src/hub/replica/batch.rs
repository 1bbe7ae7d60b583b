//! What one append adds to the log: what a node says of itself, or the inputs that have come to it, as text.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::line::LoggedInput;

/// Names one node from its start to its end; random.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct NodeId(u64);

/// What is appended at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Batch<'a> {
    /// The node begins, and goes by these rules.
    Begin(&'a str),
    /// The node lives and hears the log; the digest of its hub after its last beat, if that was not the first.
    Beat(Option<u64>),
    /// The node stops.
    Stop,
    /// Inputs, a line each.
    Inputs(&'a str),
}

impl NodeId {
    /// The node of these bits, which are to be random.
    #[must_use]
    pub const fn new(bits: u64) -> Self {
        Self(bits)
    }

    /// The node that is written so.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        u64::from_str_radix(text, 16).ok().map(Self)
    }
}

impl fmt::Display for NodeId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}", self.0)
    }
}

impl<'a> Batch<'a> {
    /// The batch of a text; `None` if it is none. Lines of inputs are read later.
    #[must_use]
    pub fn read(text: &'a str) -> Option<Self> {
        match text.split_once(' ').unwrap_or((text, "")) {
            ("H", rules) => Some(Self::Begin(rules)),
            ("B", "") => Some(Self::Beat(None)),
            ("B", digest) => u64::from_str_radix(digest, 16).ok().map(|digest| Self::Beat(Some(digest))),
            ("Q", "") => Some(Self::Stop),
            ("C" | "J" | "L", _) => Some(Self::Inputs(text)),
            _ => None,
        }
    }

    /// The inputs of the batch; `None` in the place of a line that is none.
    pub fn inputs(self) -> impl Iterator<Item = Option<LoggedInput>> + 'a {
        let lines = match self {
            Self::Inputs(lines) => lines,
            Self::Begin(_) | Self::Beat(_) | Self::Stop => "",
        };
        lines.lines().map(LoggedInput::read)
    }
}

impl fmt::Display for Batch<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Begin(rules) => write!(f, "H {rules}"),
            Self::Beat(None) => f.write_str("B"),
            Self::Beat(Some(digest)) => write!(f, "B {digest:016x}"),
            Self::Stop => f.write_str("Q"),
            Self::Inputs(lines) => f.write_str(lines),
        }
    }
}
