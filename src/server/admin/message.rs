//! The requests and answers of those who run the server, as JSON: one object each.

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use crate::protocol::dialect::ADMIN_LINE;

/// What a connection to the control socket says first whose second line is a request; its answer is the last line.
pub const FIRST_LINE: &str = ADMIN_LINE;

/// Where the admin address takes requests by POST, as `application/json`.
pub const ADMIN_PATH: &str = "/admin";

/// Bytes of the longest request.
pub const MAX_REQUEST: usize = 64 * 1024;

/// One thing that is asked of a server that runs. It may hold a password, so it is not shown.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "do", rename_all = "kebab-case", rename_all_fields = "kebab-case", deny_unknown_fields)]
pub enum AdminRequest {
    /// What has been counted.
    Stats,
    /// Who is connected.
    Who,
    /// Which rooms there are.
    Rooms,
    /// Close all connections of a user.
    Kick {
        /// The user.
        user: String,
    },
    /// The same, and let nobody in with this name.
    Ban {
        /// The name.
        user: String,
    },
    /// Lift the ban of a name.
    Unban {
        /// The name.
        user: String,
    },
    /// End a room.
    CloseRoom {
        /// The room.
        room: String,
    },
    /// Give an account a password.
    SetPassword {
        /// The account.
        user: String,
        /// The password.
        password: Zeroizing<String>,
    },
    /// Let nobody else in, and stop after this time, or when everybody has left.
    Drain {
        /// The time; what the server was started with if `None`.
        seconds: Option<u64>,
    },
    /// Copy the store.
    Backup {
        /// A file that is not there yet, on the machine of the server.
        file: PathBuf,
    },
    /// Log from this level on.
    LogLevel {
        /// The level, as `RUST_LOG` spells it; only tell it if `None`.
        level: Option<String>,
    },
    /// Read the files of the configuration again.
    Reload,
}

/// What came of a request.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum AdminAnswer {
    /// What has been counted.
    Stats {
        /// By the name of the metric, without `chatctl_`.
        stats: BTreeMap<String, f64>,
    },
    /// Who is connected, in the order in which slots were given.
    Who {
        /// Each connection.
        connections: Vec<ConnectionEntry>,
    },
    /// The rooms that have members, sorted.
    Rooms {
        /// Each of them.
        rooms: Vec<AdminRoom>,
    },
    /// It was done.
    Done {
        /// What, for people.
        detail: String,
        /// What has changed, of a configuration that was read again.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        changed: Vec<String>,
        /// What of it these flags need a restart.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        fixed: Vec<String>,
    },
    /// It was not done.
    Refused {
        /// The word for programs.
        code: String,
        /// Why, for people.
        detail: String,
    },
}

/// A connection.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConnectionEntry {
    /// Whose it is, if it has logged in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user: Option<String>,
    /// Whether the user runs the server.
    pub operator: bool,
    /// Where it comes from; `control` is the control socket.
    pub peer: String,
    /// What it speaks: `text`, `legacy`, `json` or `irc`.
    pub dialect: String,
    /// Whether nobody on the way can read along.
    pub secure: bool,
    /// Bytes that wait for it.
    pub queued_bytes: usize,
}

/// A room that has members.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AdminRoom {
    /// Its name.
    pub room: String,
    /// How many members it has.
    pub members: usize,
    /// Whether only those may enter who are invited.
    pub private: bool,
    /// Who decides about it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owner: Option<String>,
    /// The number of its last line.
    pub last: u64,
}

impl AdminAnswer {
    /// That it was done.
    #[must_use]
    pub fn done(detail: impl Into<String>) -> Self {
        Self::Done { detail: detail.into(), changed: Vec::new(), fixed: Vec::new() }
    }

    /// As a line of JSON, with its newline.
    #[must_use]
    pub fn spelled(&self) -> String {
        serde_json::to_string(self).expect("all keys are texts") + "\n"
    }

    /// That it was not done.
    #[must_use]
    pub fn refused(code: &str, detail: impl Into<String>) -> Self {
        Self::Refused { code: code.to_owned(), detail: detail.into() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_is_written_as_it_is_read() {
        for text in [
            r#"{"do":"stats"}"#,
            r#"{"do":"close-room","room":"den"}"#,
            r#"{"do":"drain","seconds":null}"#,
            r#"{"do":"log-level","level":"debug"}"#,
        ] {
            let request: AdminRequest = serde_json::from_str(text).unwrap();
            assert_eq!(serde_json::to_string(&request).unwrap(), text);
        }
        assert!(serde_json::from_str::<AdminRequest>(r#"{"do":"dance"}"#).is_err());
        assert!(serde_json::from_str::<AdminRequest>(r#"{"do":"kick","user":"bob","room":"den"}"#).is_err());
    }
}
