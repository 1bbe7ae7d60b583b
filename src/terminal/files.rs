//! A file on its way: one at a time, announced on the connection of its user, and how far it has come.

use super::exchange::Effect;
use super::queued::Queued;
use super::text::{key, shown};
use super::user::{LocalUser, LocalUserId};
use super::window::Place;
use super::wrap::shortened;
use crate::protocol::dialect::{Dialect, RoomLine, ServerLine};
use crate::protocol::file::FileToken;
use crate::text::numbers::bytes;

/// Columns of the bar.
const BAR: usize = 10;

/// Columns of the name of the file before the bar.
const NAME: usize = 24;

/// The file that is on its way, if one is.
#[derive(Debug, Default)]
pub(super) struct FileTransfers {
    under_way: Option<TransferUnderWay>,
    /// The id of the file that somebody sent last, by the number of the user who heard of it.
    last: Vec<(LocalUserId, String)>,
    /// Who has announced a file that was stopped before the server had answered.
    stopped: Vec<LocalUserId>,
}

/// A file on its way.
#[derive(Debug)]
struct TransferUnderWay {
    user: LocalUserId,
    stage: TransferStage,
    name: String,
    size: u64,
    at: u64,
}

#[derive(Debug, PartialEq, Eq)]
enum TransferStage {
    /// It is being opened here; this is whom it is for, as the protocol says it.
    Opening { to: String },
    /// The server has not said yet whether it wants it.
    Announced,
    /// Its bytes flow.
    Moving,
}

impl FileTransfers {
    /// Whether a file is on its way.
    pub(super) fn is_busy(&self) -> bool {
        self.under_way.is_some()
    }

    /// Begins to send a file to somebody, as the protocol says it: `room lobby`, `user bob,carol`.
    pub(super) fn send(&mut self, user: LocalUserId, path: String, to: String) -> Effect {
        let stage = TransferStage::Opening { to };
        self.under_way = Some(TransferUnderWay { user, stage, name: path.clone(), size: 0, at: 0 });
        Effect::OpenFile(path)
    }

    /// Begins to save a file: the one of this id, or the last that this user heard of. The error says why not.
    pub(super) fn save(&mut self, user: LocalUserId, id: &str, path: Option<String>) -> Result<Queued, String> {
        let last = self.last.iter().find(|(heard, _)| *heard == user).map(|(_, id)| id.clone());
        let id = match id {
            "last" => last.ok_or("nobody has sent a file yet")?,
            id => id.to_owned(),
        };
        self.under_way =
            Some(TransferUnderWay { user, stage: TransferStage::Moving, name: id.clone(), size: 0, at: 0 });
        Ok(Queued::Download { id, path })
    }

    /// The file is open, and this is what it is called. Returns the line that announces it, if it is to be sent.
    pub(super) fn opened(&mut self, name: String, size: u64) -> Option<(LocalUserId, String)> {
        let under_way = self.under_way.as_mut()?;
        (under_way.name, under_way.size) = (name, size);
        let TransferStage::Opening { to } = &under_way.stage else { return None };
        let line = format!("send file {to} {size} {}", under_way.name);
        under_way.stage = TransferStage::Announced;
        Some((under_way.user, line))
    }

    /// A user has received a line. If it is the server's wish for the file, returns what is to be done.
    pub(super) fn on_line(&mut self, id: LocalUserId, line: &str) -> Option<Effect> {
        match Dialect::default().read(line) {
            ServerLine::FileWanted { token, .. } if self.stopped.contains(&id) => {
                FileToken::parse(token).map(Effect::CancelFile)
            }
            ServerLine::FileWanted { token, .. } => {
                let under_way = self.under_way.as_mut()?;
                if under_way.user != id || under_way.stage != TransferStage::Announced {
                    return None;
                }
                under_way.stage = TransferStage::Moving;
                FileToken::parse(token).map(Effect::SendFile)
            }
            ServerLine::File { file, .. } | ServerLine::InRoom { what: RoomLine::File { file, .. }, .. } => {
                self.last.retain(|(user, _)| *user != id);
                self.last.push((id, file.id.to_owned()));
                None
            }
            _ => None,
        }
    }

    /// The server has answered an announcement of this user. Returns whether it does not want the file; it has said why.
    pub(super) fn on_answered(&mut self, id: LocalUserId) -> bool {
        if let Some(stopped) = self.stopped.iter().position(|user| *user == id) {
            self.stopped.remove(stopped);
            return false;
        }
        self.lose(id)
    }

    /// The file is stopped. Returns whose it was.
    pub(super) fn stop(&mut self, is_announced: bool) -> Option<LocalUserId> {
        let TransferUnderWay { user, stage, .. } = self.under_way.take()?;
        if is_announced && stage == TransferStage::Announced {
            self.stopped.push(user);
        }
        Some(user)
    }

    /// The connection of a user has ended. Returns whether a file was announced on it that can be brought no more.
    pub(super) fn on_closed(&mut self, id: LocalUserId) -> bool {
        self.stopped.retain(|user| *user != id);
        self.lose(id)
    }

    fn lose(&mut self, id: LocalUserId) -> bool {
        let lost =
            |under_way: &mut TransferUnderWay| under_way.user == id && under_way.stage == TransferStage::Announced;
        self.under_way.take_if(lost).is_some()
    }

    /// So many bytes have come through.
    pub(super) fn moved(&mut self, at: u64) {
        if let Some(under_way) = &mut self.under_way {
            under_way.at = at;
        }
    }

    /// The file has come through, or not.
    pub(super) fn ended(&mut self) -> Option<LocalUserId> {
        self.under_way.take().map(|under_way| under_way.user)
    }

    /// How far it has come, for the status line.
    pub(super) fn status(&self) -> Option<String> {
        let TransferUnderWay { name, size, at, .. } = self.under_way.as_ref()?;
        let name = shortened(&shown(name), NAME);
        if *size == 0 {
            return Some(name);
        }
        let part = (*at).min(*size) as f64 / *size as f64;
        let full = (part * BAR as f64).round() as usize;
        let bar: String = (0..BAR).map(|cell| if cell < full { '█' } else { '░' }).collect();
        Some(format!("{name} {bar} {:.0}% of {}", (part * 100.0).floor(), bytes(*size)))
    }
}

/// Whom a file is for, as the protocol says it: `to` as it was typed, or whoever is in the window.
pub(super) fn recipient(user: &LocalUser, to: Option<&str>) -> Option<String> {
    let Some(to) = to else {
        return match &user.window().place {
            Place::Room(room) => Some(format!("room {room}")),
            Place::Person(person) => Some(format!("user {person}")),
            Place::Server => None,
        };
    };
    if let Some(room) = to.strip_prefix('#') {
        return Some(format!("room {room}"));
    }
    let is_room = user.rooms().any(|(room, _)| key(room) == key(to)) || user.known_rooms().contains(to);
    Some(if is_room { format!("room {to}") } else { format!("user {to}") })
}
