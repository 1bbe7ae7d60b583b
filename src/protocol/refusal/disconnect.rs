//! Why the server closes a connection.

use std::fmt;
use std::time::Duration;

use super::Refusal;
use crate::protocol::other_protocol::OtherProtocol;

/// Names that are refused before the connection ends, at a door that does not say otherwise.
pub const NAMES_REFUSED_AT_MOST: u8 = 3;

/// Why the server closes a connection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DisconnectReason {
    /// An operator has closed the connection of the client.
    Removed,
    /// Another connection has taken the session over; this one closes.
    Replaced,
    /// The client speaks this protocol.
    WrongDoor(OtherProtocol),
    /// So many names were refused.
    NamesRefused(u8),
    /// The third name or password was refused, and it was a password.
    ThreePasswordsRefused,
    /// No name came in time.
    NoNameWithin(Duration),
    /// The server has as many connections as it takes.
    ServerFull(usize),
    /// The client's address has as many connections as one address may have.
    TooManyFromAddress(usize),
    /// Connections from the client's address come faster than this many a second.
    TooFastFromAddress(usize),
    /// Connections come faster than this many a second.
    TooFast(usize),
    /// The client has sent nothing for this long.
    Idle(Duration),
    /// The client left more bytes unread than this.
    SlowConsumer(usize),
    /// The client had more bytes unread than this for too long.
    SlowFor {
        /// Bytes that may wait.
        limit: usize,
        /// How long more than these did.
        time: Duration,
    },
    /// All clients together left more bytes unread than the server keeps, and this one the most.
    Overloaded {
        /// Bytes that this client left unread.
        unread: usize,
        /// What the server keeps for all.
        ceiling: usize,
    },
    /// The other servers of the chat have lost this one, with this many lines of the client.
    ServerLost(usize),
    /// The servers of the chat have lost what was said last.
    HistoryLost,
}

impl DisconnectReason {
    pub(super) fn code(&self) -> &'static str {
        match self {
            Self::Removed => "removed",
            Self::Replaced => "replaced",
            Self::WrongDoor(_) => "wrong-door",
            Self::NamesRefused(_) | Self::ThreePasswordsRefused | Self::NoNameWithin(_) => "login-failed",
            Self::ServerFull(_) | Self::TooManyFromAddress(_) | Self::TooFastFromAddress(_) | Self::TooFast(_) => {
                "server-full"
            }
            Self::Idle(_) => "idle",
            Self::SlowConsumer(_) | Self::SlowFor { .. } | Self::Overloaded { .. } => "slow-consumer",
            Self::ServerLost(_) => "server-lost",
            Self::HistoryLost => "history-lost",
        }
    }
}

impl fmt::Display for DisconnectReason {
    /// The detail, without the code.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Removed => f.write_str("an operator of the server has closed your connection"),
            Self::Replaced => f.write_str("logged in elsewhere"),
            Self::WrongDoor(protocol) => write!(f, "{protocol}"),
            Self::NamesRefused(3) => f.write_str("three names refused"),
            Self::NamesRefused(count) => write!(f, "{count} names refused"),
            Self::ThreePasswordsRefused => f.write_str("three names or passwords refused"),
            Self::NoNameWithin(limit) => write!(f, "no line with a name within {} s", limit.as_secs_f64()),
            Self::ServerFull(limit) => write!(f, "{limit} connections"),
            Self::TooManyFromAddress(limit) => write!(f, "{limit} connections from your address"),
            Self::TooFastFromAddress(limit) => write!(f, "more than {limit} connections a second from your address"),
            Self::TooFast(limit) => write!(f, "more than {limit} connections a second"),
            Self::Idle(time) => write!(f, "nothing came for {} s", time.as_secs_f64()),
            Self::SlowConsumer(limit) => write!(f, "more than {limit} bytes unread"),
            Self::SlowFor { limit, time } => write!(f, "more than {limit} bytes unread for {} s", time.as_secs_f64()),
            Self::Overloaded { unread, ceiling } => {
                write!(f, "{unread} bytes unread where all clients together left more than {ceiling}")
            }
            Self::ServerLost(0) => f.write_str("log in again, all your lines were carried out"),
            Self::ServerLost(lines) => write!(f, "log in again, your last lines were not carried out: {lines}"),
            Self::HistoryLost => f.write_str("what was said last is lost, log in again"),
        }
    }
}

impl From<DisconnectReason> for Refusal {
    fn from(why: DisconnectReason) -> Self {
        Self::Disconnected(why)
    }
}
