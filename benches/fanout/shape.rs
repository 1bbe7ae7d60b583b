//! What is measured: how many rooms of how many members, and how the messages are paced.

use std::time::Duration;

/// Bytes of a text, whatever the server.
pub(crate) const TEXT_LEN: usize = 64;

/// Every room has as many members, and every member speaks in turn.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Shape {
    pub(crate) name: &'static str,
    pub(crate) rooms: usize,
    pub(crate) members: usize,
    pub(crate) pace: Pace,
}

/// When the next message of a room is written.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Pace {
    /// A closed loop: when one of so many messages in flight has reached every member.
    InFlight(usize),
    /// An open loop: so many messages a second over all rooms, whether or not the earlier ones have arrived.
    PerSecond(f64),
}

/// The shapes that `docs/performance.md` shows.
pub(crate) const SHAPES: &[Shape] = &[
    Shape { name: "room-w1", rooms: 1, members: 200, pace: Pace::InFlight(1) },
    Shape { name: "room-w8", rooms: 1, members: 200, pace: Pace::InFlight(8) },
    Shape { name: "room-w64", rooms: 1, members: 200, pace: Pace::InFlight(64) },
    Shape { name: "rooms-w8", rooms: 20, members: 10, pace: Pace::InFlight(8) },
    Shape { name: "open-250", rooms: 1, members: 200, pace: Pace::PerSecond(250.0) },
    Shape { name: "open-1000", rooms: 1, members: 200, pace: Pace::PerSecond(1000.0) },
];

impl Shape {
    /// The members of each room.
    pub(crate) fn sizes(&self) -> Vec<usize> {
        vec![self.members; self.rooms]
    }
}

impl Pace {
    /// How long after the one before a room's next message is meant to be written, if time decides it.
    pub(crate) fn interval(self) -> Option<Duration> {
        match self {
            Self::InFlight(_) => None,
            Self::PerSecond(rate) => Some(Duration::from_secs_f64(1.0 / rate)),
        }
    }
}
