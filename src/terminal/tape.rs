//! The script in the making: the lines of everybody, and the reasons for which it could not be replayed.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use super::queued::Queued;
use super::text::key;
use super::user::LocalUserId;
use super::users::LocalUsers;
use crate::lang::recording::{FileRecipient, RecordedTransfer, Recording};
use crate::protocol::command::{Command, FileTarget, secret};
use crate::protocol::dialect::{Dialect, RoomLine, ServerLine};
use crate::protocol::name::UserName;

/// The charset in which a script is played, unless its `connect` says otherwise.
const REPLAYED_IN: &str = "utf-8";

/// How the way of a file ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum FileEnd {
    /// All of it is where it should be.
    Whole,
    /// The server does not want it.
    Refused,
    /// It was stopped, here or by a mishap, and nobody has heard of it.
    Stopped,
}

/// A script in the making.
#[derive(Debug)]
pub(super) struct Tape {
    script: Recording,
    /// The keys of our own users' names.
    ours: BTreeSet<String>,
    /// Everybody that was heard of, by key.
    people: BTreeMap<String, String>,
    /// The keys of the rooms that our users are or were in.
    our_rooms: BTreeSet<String>,
    /// Where the script is saved.
    folder: PathBuf,
    changed: bool,
}

impl Tape {
    /// A script at this path that begins with these users, in the rooms in which they are.
    pub(super) fn new(users: &LocalUsers, path: &str) -> Self {
        let mut script = Recording::new(users.iter().map(|(_, user)| user.name.as_str()));
        let ours = users.iter().map(|(_, user)| key(&user.name)).collect();
        let mut people = BTreeMap::new();
        let mut rooms: BTreeMap<String, (String, Vec<_>)> = BTreeMap::new();
        for (id, user) in users.iter() {
            for (room, window) in user.rooms() {
                people.extend(window.members.iter().map(|name| (key(name), name.to_owned())));
                rooms.entry(key(room)).or_insert((room.to_owned(), Vec::new())).1.push((id.0, user.name.as_str()));
            }
        }
        for (room, members) in rooms.values() {
            script.room_exists(room, members);
        }
        if let Some((_, user)) = users.iter().find(|(_, user)| user.encoding != REPLAYED_IN) {
            script.flaw(format!("{} speaks {} from the beginning", user.name, user.encoding));
        }
        let path = std::path::absolute(path).unwrap_or_else(|_| path.into());
        let folder = path.parent().unwrap_or(&path).to_owned();
        Self { script, ours, people, our_rooms: rooms.into_keys().collect(), folder, changed: false }
    }

    pub(super) fn note_sent(&mut self, id: LocalUserId, line: &str) {
        if let Ok(Some(Command::RemoveFile(file))) = Command::parse(line)
            && !self.script.knows_file(&file.to_string())
        {
            self.script.flaw("a file was taken back that was sent before");
        }
        match secret::replaced(line, "{{password}}") {
            Some(hidden) => {
                self.script.sent_template(id.0, &hidden);
                self.script.flaw("a password was typed, which is not recorded: let `param password = ...` say it");
            }
            None => self.script.sent(id.0, line),
        }
        self.changed = true;
    }

    /// A file of somebody begins its way.
    pub(super) fn begin_file(&mut self) {
        self.script.begin_transfer();
    }

    /// What became of the file of this user.
    pub(super) fn end_file(&mut self, id: LocalUserId, file: &Queued, end: FileEnd, users: &LocalUsers) {
        self.changed = true;
        let what = match (file, end) {
            (Queued::Upload { announcement, path }, FileEnd::Whole) => match recipient(announcement, users) {
                Some(to) => RecordedTransfer::Sent { path: self.as_in_script(path), to },
                None => {
                    self.script.flaw("a file was sent to somebody who is not of this recording");
                    RecordedTransfer::Refused { line: announcement }
                }
            },
            (Queued::Upload { announcement, .. }, FileEnd::Refused) => RecordedTransfer::Refused { line: announcement },
            (Queued::Download { id, .. }, FileEnd::Whole) if self.script.knows_file(id) => {
                RecordedTransfer::Fetched { id }
            }
            (Queued::Download { .. }, FileEnd::Whole) => {
                self.script.flaw("a file was fetched that was sent before");
                RecordedTransfer::Stopped
            }
            (Queued::Upload { .. } | Queued::Download { .. } | Queued::Line(_), _) => RecordedTransfer::Stopped,
        };
        self.script.end_transfer(id.0, &what);
    }

    pub(super) fn note_received(&mut self, id: LocalUserId, line: &str) {
        self.script.received(id.0, line);
        self.changed = true;
        let heard = Dialect::default().read(line);
        self.people.extend(heard.people().into_iter().map(|name| (key(name), name.to_owned())));
        match heard {
            ServerLine::Renamed(name) => {
                self.ours.insert(key(name));
            }
            ServerLine::InRoom { what: RoomLine::Said { .. }, .. } => {}
            ServerLine::InRoom { room, .. } => {
                self.our_rooms.insert(key(room));
            }
            ServerLine::Rooms(rooms) if rooms.names.iter().any(|room| !self.our_rooms.contains(&key(room))) => {
                self.script.flaw("there are rooms that were opened by others");
            }
            _ => {}
        }
    }

    /// A user's connection has ended, as it should or not.
    pub(super) fn note_closed(&mut self, id: LocalUserId, name: &str, on_purpose: bool) {
        if on_purpose {
            self.script.closed(id.0);
        } else {
            self.flaw(format!("the connection of {name} was lost"));
        }
        self.changed = true;
    }

    /// Adds a reason for which the script cannot be replayed.
    pub(super) fn flaw(&mut self, why: String) {
        self.script.flaw(why);
    }

    pub(super) fn can_be_replayed(&self) -> bool {
        self.script.can_be_replayed()
    }

    /// Whether the script has changed since this was last asked.
    pub(super) fn take_changed(&mut self) -> bool {
        std::mem::take(&mut self.changed)
    }

    /// How the script calls a file at this absolute path: below its own folder, it may move with it.
    fn as_in_script(&self, path: &str) -> String {
        let below = Path::new(path).strip_prefix(&self.folder);
        below.map_or(path.to_owned(), |below| below.to_string_lossy().into_owned())
    }

    /// The whole script.
    pub(super) fn text(&mut self) -> String {
        let strangers = self.people.iter().filter(|(key, _)| !self.ours.contains(*key));
        self.script.set_strangers(strangers.map(|(_, name)| name.clone()));
        self.script.text()
    }
}

/// Whom a file is for that is announced with this line; nothing if somebody else gets it, who is none of our users.
fn recipient(announcement: &str, users: &LocalUsers) -> Option<FileRecipient> {
    let Ok(Some(Command::SendFile(request))) = Command::parse(announcement) else { return None };
    match request.to {
        FileTarget::Room(room) => Some(FileRecipient::Room(room.to_string())),
        FileTarget::Users(names) => {
            let ours = |name: &UserName| users.iter().find(|(_, user)| key(&user.name) == key(name.as_str()));
            let ids: Option<Vec<usize>> = names.as_slice().iter().map(|name| Some(ours(name)?.0.0)).collect();
            ids.map(FileRecipient::Users)
        }
    }
}
