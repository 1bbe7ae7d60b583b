//! Why somebody goes.

use serde::{Deserialize, Serialize};

/// Why somebody is no longer in a room.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Departure {
    /// The user sent `leave room`.
    LeftRoom,
    /// The user sent `quit`.
    Quit,
    /// The connection ended or was reset.
    ConnectionClosed,
    /// The connection was dead.
    TimedOut,
    /// The client left too much unread.
    SlowConsumer,
    /// An operator of the server has closed the connection.
    Removed,
    /// The server of the user's connection, one of several, was stopped.
    ServerStopped,
    /// The server of the user's connection, one of several, is out of reach.
    ServerLost,
}

impl Departure {
    /// Every reason.
    pub const ALL: [Self; 8] = [
        Self::LeftRoom,
        Self::Quit,
        Self::ConnectionClosed,
        Self::TimedOut,
        Self::SlowConsumer,
        Self::Removed,
        Self::ServerStopped,
        Self::ServerLost,
    ];

    /// The reason that the others are told, if the user did not just leave the room.
    #[must_use]
    pub fn reason(self) -> Option<&'static str> {
        match self {
            Self::LeftRoom => None,
            Self::Quit => Some("quit"),
            Self::ConnectionClosed => Some("connection closed"),
            Self::TimedOut => Some("timeout"),
            Self::SlowConsumer => Some("slow consumer"),
            Self::Removed => Some("removed"),
            Self::ServerStopped => Some("server stopped"),
            Self::ServerLost => Some("server lost"),
        }
    }
}
