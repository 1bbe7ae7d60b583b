//! Why somebody goes.

/// Why somebody is no longer in a room.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
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
}

impl Departure {
    /// Every reason.
    pub const ALL: [Self; 6] =
        [Self::LeftRoom, Self::Quit, Self::ConnectionClosed, Self::TimedOut, Self::SlowConsumer, Self::Removed];

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
        }
    }
}
