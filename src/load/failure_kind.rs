//! The kinds of failures inside casts, by the names that reports use.

use serde::{Deserialize, Serialize};

/// What kind of failure it was.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum FailureKind {
    /// The connection could not be made.
    #[serde(rename = "no connection")]
    NoConnection,
    /// The server refused the login.
    #[serde(rename = "refused")]
    Refused,
    /// The connection was reset, or broke.
    #[serde(rename = "reset")]
    Reset,
    /// The server closed the connection.
    #[serde(rename = "closed by the server")]
    Closed,
    /// An expected line did not come in time.
    #[serde(rename = "time-out")]
    TimeOut,
    /// Another line came than was expected.
    #[serde(rename = "mismatch")]
    Mismatch,
    /// More lines came than an inbox holds.
    #[serde(rename = "inbox full")]
    InboxFull,
    /// The server did not take a file, or does not have it.
    #[serde(rename = "file refused")]
    FileRefused,
}

impl FailureKind {
    /// Its name in reports.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::NoConnection => "no connection",
            Self::Refused => "refused",
            Self::Reset => "reset",
            Self::Closed => "closed by the server",
            Self::TimeOut => "time-out",
            Self::Mismatch => "mismatch",
            Self::InboxFull => "inbox full",
            Self::FileRefused => "file refused",
        }
    }

    /// Whether it means that there never was a connection, or that it broke.
    #[must_use]
    pub fn is_of_connection(self) -> bool {
        match self {
            Self::NoConnection | Self::Refused | Self::Reset | Self::Closed => true,
            Self::TimeOut | Self::Mismatch | Self::InboxFull | Self::FileRefused => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_screen_and_the_json_report_use_the_same_names() {
        use FailureKind::{Closed, FileRefused, InboxFull, Mismatch, NoConnection, Refused, Reset, TimeOut};
        for kind in [NoConnection, Refused, Reset, Closed, TimeOut, Mismatch, InboxFull, FileRefused] {
            assert_eq!(serde_json::to_value(kind).unwrap(), kind.as_str());
        }
    }
}
