//! The script in the making: the lines of everybody, and the reasons for which it could not be replayed.

use std::collections::{BTreeMap, BTreeSet};

use super::text::key;
use super::user::UserId;
use super::users::Users;
use crate::lang::recording::Recording;
use crate::protocol::command::secret;
use crate::protocol::dialect::{Dialect, RoomLine, ServerLine};

/// The charset in which a script is played, unless its `connect` says otherwise.
const REPLAYED_IN: &str = "utf-8";

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
    changed: bool,
}

impl Tape {
    /// A script that begins with these users, in the rooms in which they are.
    pub(super) fn new(users: &Users) -> Self {
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
        Self { script, ours, people, our_rooms: rooms.into_keys().collect(), changed: false }
    }

    pub(super) fn note_sent(&mut self, id: UserId, line: &str) {
        match secret::replaced(line, "{{password}}") {
            Some(hidden) => {
                self.script.sent_template(id.0, &hidden);
                self.script.flaw("a password was typed, which is not recorded: let `param password = ...` say it");
            }
            None => self.script.sent(id.0, line),
        }
        self.changed = true;
    }

    pub(super) fn note_received(&mut self, id: UserId, line: &str) {
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
    pub(super) fn note_closed(&mut self, id: UserId, name: &str, on_purpose: bool) {
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

    /// The whole script.
    pub(super) fn text(&mut self) -> String {
        let strangers = self.people.iter().filter(|(key, _)| !self.ours.contains(*key));
        self.script.set_strangers(strangers.map(|(_, name)| name.clone()));
        self.script.text()
    }
}
