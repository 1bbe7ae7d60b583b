//! What was typed and, while recording, waits for its turn.

use super::exchange::Effect;
use super::now::TerminalTime;
use super::pings::PingPurpose;
use super::user::LocalUserId;
use super::users::LocalUsers;

/// Something that a user wants of the server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Queued {
    /// To say this line.
    Line(String),
    /// To send a file that is open.
    Upload {
        /// The line that announces it.
        announcement: String,
        /// Where its bytes are: an absolute path.
        path: String,
    },
    /// To fetch a file and save it.
    Download {
        /// The id of the file.
        id: String,
        /// Where to save it, if not under its own name.
        path: Option<String>,
    },
}

impl Queued {
    /// Whether a file is on its way from here on.
    pub(super) fn is_file(&self) -> bool {
        match self {
            Self::Line(_) => false,
            Self::Upload { .. } | Self::Download { .. } => true,
        }
    }

    /// Its turn has come.
    pub(super) fn begin(self, user: LocalUserId, users: &mut LocalUsers, now: TerminalTime) -> Vec<Effect> {
        match self {
            Self::Line(line) => users.send(user, line, now),
            Self::Upload { announcement, path: _ } => {
                // Whatever the answer is, it comes before the pong.
                let ping = users[user].pings.ping(PingPurpose::File);
                [announcement, ping].into_iter().map(|line| Effect::Send { user, line }).collect()
            }
            Self::Download { id, path } => vec![Effect::FetchFile { id, path }],
        }
    }
}
