//! The users of this terminal, and the one whose windows are on the screen.

use crate::protocol::password::Password;
use std::collections::BTreeSet;
use std::ops::{Index, IndexMut};

use super::exchange::Effect;
use super::now::TerminalTime;
use super::pings::PingPurpose;
use super::user::{LinkState, LocalUser, LocalUserId};
use super::window::LineKind;

/// At least one user, one of which is active.
#[derive(Debug)]
pub(super) struct LocalUsers {
    users: Vec<LocalUser>,
    active: LocalUserId,
}

impl LocalUsers {
    /// One user for each name. Without names, one user that has no name yet.
    pub(super) fn new(names: Vec<String>, encoding: &str, password: Option<&Password>) -> Self {
        let mut users: Vec<LocalUser> = names.into_iter().map(|name| LocalUser::new(Some(name), encoding)).collect();
        if users.is_empty() {
            users.push(LocalUser::new(None, encoding));
        }
        if let Some(password) = password {
            users.iter_mut().for_each(|user| user.give_password(password.reveal()));
        }
        Self { users, active: LocalUserId(0) }
    }

    /// The user whose windows are on the screen.
    pub(super) fn active(&self) -> &LocalUser {
        &self[self.active]
    }

    pub(super) fn active_mut(&mut self) -> &mut LocalUser {
        let active = self.active;
        &mut self[active]
    }

    pub(super) fn active_id(&self) -> LocalUserId {
        self.active
    }

    pub(super) fn len(&self) -> usize {
        self.users.len()
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (LocalUserId, &LocalUser)> {
        self.users.iter().enumerate().map(|(i, user)| (LocalUserId(i), user))
    }

    pub(super) fn iter_mut(&mut self) -> impl Iterator<Item = (LocalUserId, &mut LocalUser)> {
        self.users.iter_mut().enumerate().map(|(i, user)| (LocalUserId(i), user))
    }

    /// Puts another user's windows on the screen.
    pub(super) fn activate(&mut self, id: LocalUserId) {
        if id != self.active {
            self.active_mut().window_mut().leave();
            self.active = id;
            self.active_mut().window_mut().enter();
        }
    }

    /// The user that is `steps` after the active one, going round.
    pub(super) fn after_active(&self, steps: usize) -> LocalUserId {
        LocalUserId((self.active.0 + steps) % self.users.len())
    }

    pub(super) fn all_are(&self, connection: &LinkState) -> bool {
        self.users.iter().all(|user| user.connection == *connection)
    }

    /// Shows a message of this program in the window that the user looks at.
    pub(super) fn tell(&mut self, id: LocalUserId, text: &str, now: TerminalTime) {
        self[id].show(LineKind::Local, text, now);
    }

    /// Shows a message of this program on the screen.
    pub(super) fn tell_active(&mut self, text: &str, now: TerminalTime) {
        self.tell(self.active, text, now);
    }

    /// Sends a typed line, and with it a ping that tells when it has arrived.
    pub(super) fn send(&mut self, id: LocalUserId, line: String, now: TerminalTime) -> Vec<Effect> {
        let ping = self[id].note_typed(&line, now);
        [line].into_iter().chain(ping).map(|line| Effect::Send { user: id, line }).collect()
    }

    /// Pings every user that is online, except `sender`: the users that were asked, and the pings.
    pub(super) fn ping_all_but(&mut self, sender: Option<LocalUserId>) -> (BTreeSet<LocalUserId>, Vec<Effect>) {
        let mut asked = BTreeSet::new();
        let mut effects = Vec::new();
        for (id, user) in self.iter_mut() {
            if sender != Some(id) && user.connection == LinkState::Online {
                asked.insert(id);
                effects.push(Effect::Send { user: id, line: user.pings.ping(PingPurpose::Fence) });
            }
        }
        (asked, effects)
    }
}

impl Index<LocalUserId> for LocalUsers {
    type Output = LocalUser;

    fn index(&self, id: LocalUserId) -> &LocalUser {
        &self.users[id.0]
    }
}

impl IndexMut<LocalUserId> for LocalUsers {
    fn index_mut(&mut self, id: LocalUserId) -> &mut LocalUser {
        &mut self.users[id.0]
    }
}
