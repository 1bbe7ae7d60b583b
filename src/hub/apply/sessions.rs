//! Sessions as they come, log in and end, and the users whom they belong to.

use std::sync::Arc;

use crate::hub::audience::{Audience, hearers};
use crate::hub::outputs::Outputs;
use crate::hub::session::{Session, SessionId};
use crate::hub::tokens::Tokens;
use crate::hub::user_id::UserId;
use crate::hub::view::View;
use crate::hub::watches::Watches;
use crate::protocol::event::Event;
use crate::protocol::name::UserName;
use crate::protocol::presence::Note;

impl View {
    /// The session has no name: it gives one from the beginning.
    pub(super) fn ask_again(&mut self, session: SessionId, more_refused: u8) {
        if let Some(refused) = self.sessions.refused(session)
            && let Some(state) = self.sessions.get_mut(session)
        {
            *state = Session::AwaitingName { refused: refused + more_refused };
        }
    }

    pub(super) fn await_password(&mut self, session: SessionId, user: UserId) {
        let refused = self.sessions.refused(session);
        if let (Some(refused), Some(state)) = (refused, self.sessions.get_mut(session)) {
            *state = Session::AwaitingPassword { refused, user };
        }
    }

    pub(super) fn log_in(&mut self, session: SessionId, user: UserId, outputs: &mut Outputs) {
        let door = self.sessions.door(session);
        let (Some(state), Some(owner)) = (self.sessions.get_mut(session), self.people.get_mut(user)) else { return };
        self.authenticated.remove(&session);
        if owner.sessions.is_empty() {
            owner.door = door;
        }
        owner.sessions.push(session);
        owner.waiting = 0;
        let mut heard_from = self.places.tune_in(session, &owner.places);
        if let Some(account) = &owner.account {
            heard_from.extend(self.pairs.of_account(account.id).map(|(place, pair)| (place, pair.number + 1)));
        }
        *state = Session::Chatting { user, heard_from, numbered: false };
        if owner.sessions.len() == 1 {
            if owner.account.is_some() {
                self.unrest.note(user, false);
            }
            self.tell_watchers(user, true, outputs);
        }
    }

    /// Tells those who watch a user that he is here, or that he is not any more.
    fn tell_watchers(&self, user: UserId, is_here: bool, outputs: &mut Outputs) {
        let Some(user) = self.people.get(user) else { return };
        let watchers = self.watches.watchers(&user.name);
        if !watchers.is_empty() {
            let note = Event::Note(Box::new(Note::Seen { who: user.source(), is_here }));
            outputs.tell(Audience::Many(Arc::new(watchers)), note);
        }
    }

    pub(super) fn end(&mut self, session: SessionId, outputs: &mut Outputs) {
        self.tokens.take(session);
        self.purposes.remove(&session);
        self.authenticated.remove(&session);
        self.attentive.remove(session);
        self.watches.clear(session);
        if let Some(Session::Chatting { user, .. }) = self.sessions.remove(session) {
            self.hang_up(session, user, outputs);
        }
    }

    pub(super) fn log_out(&mut self, session: SessionId, outputs: &mut Outputs) {
        if let Some(state @ Session::Chatting { .. }) = self.sessions.get_mut(session)
            && let Session::Chatting { user, .. } = std::mem::replace(state, Session::AwaitingName { refused: 0 })
        {
            self.hang_up(session, user, outputs);
        }
    }

    /// The session is not this user's any more.
    fn hang_up(&mut self, session: SessionId, user: UserId, outputs: &mut Outputs) {
        let Some(owner) = self.people.get_mut(user) else { return };
        owner.sessions.retain(|one| *one != session);
        self.places.hang_up(session, &owner.places);
        if owner.sessions.is_empty() {
            if owner.account.is_some() {
                self.unrest.note(user, true);
            }
            self.tell_watchers(user, false, outputs);
            self.forget_profile(user);
        }
    }

    /// What was known of an account's user by its last session is not true of the next one. A guest goes as a whole.
    fn forget_profile(&mut self, user: UserId) {
        if self.people.get(user).is_some_and(|user| user.account.is_some() && user.profile.is_some()) {
            self.people.remember(user, self.latest);
            if let Some(user) = self.people.get_mut(user) {
                user.profile = None;
            }
        }
    }

    pub(super) fn rename(&mut self, user: UserId, to: UserName, outputs: &mut Outputs) {
        let is_another = self.people.get(user).is_some_and(|user| user.name != to);
        if is_another {
            self.people.remember(user, self.latest);
            self.tell_watchers(user, false, outputs);
        }
        self.people.rename(user, to.clone());
        if is_another {
            self.tell_watchers(user, true, outputs);
        }
        if let Some(audience) = self.people.get(user).and_then(hearers) {
            outputs.tell(audience, Event::Renamed(to));
        }
    }

    pub(super) fn stop(&mut self) {
        let sessions: Vec<SessionId> = self.sessions.ids().collect();
        for session in sessions {
            self.sessions.remove(session);
        }
        self.people.clear();
        self.tokens = Tokens::default();
        self.purposes.clear();
        self.authenticated.clear();
        self.attentive.clear();
        self.watches = Watches::default();
        self.unrest.clear();
        self.places.empty_all();
    }

    /// The session hears the numbers of lines, or does not.
    pub(super) fn set_numbers(&mut self, session: SessionId, on: bool) {
        if let Some(Session::Chatting { numbered, .. }) = self.sessions.get_mut(session) {
            *numbered = on;
        }
    }
}
