//! Who hears what a user does, once and not once a room: attentive sessions of those who share a room with him.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::Requester;
use crate::hub::audience::Audience;
use crate::hub::change::Decision;
use crate::hub::outputs::Output;
use crate::hub::people::UserEntry;
use crate::hub::place::Place;
use crate::hub::session::SessionId;
use crate::protocol::event::Event;
use crate::protocol::name::RoomName;
use crate::protocol::presence::{Deed, Doing, Note};

/// Whether a user hears what he does himself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum WithOneself {
    Yes,
    No,
}

impl Requester<'_> {
    /// Tells everybody once who shares a room with the caller.
    pub(super) fn tell_acquaintances(
        self,
        decision: &mut Decision,
        oneself: WithOneself,
        what: impl FnOnce() -> Doing,
    ) {
        if self.view.attentive.is_empty() {
            return;
        }
        let own = &self.user.sessions;
        let places = self.user.places.keys().filter_map(|id| self.view.places.get(*id));
        let mut sessions: Vec<SessionId> = places.flat_map(|place| self.attentive_of(&place.audience)).collect();
        match oneself {
            WithOneself::Yes => sessions.extend(self.attentive_of(own)),
            WithOneself::No => sessions.retain(|session| !own.contains(session)),
        }
        // A crowd that goes at once costs a set for each of it otherwise.
        sessions.sort_unstable();
        sessions.dedup();
        self.tell_sessions(decision, sessions, what);
    }

    /// Tells those in a room who hear such.
    pub(super) fn tell_attentive(self, decision: &mut Decision, place: &Place, what: impl FnOnce() -> Doing) {
        self.tell_sessions(decision, self.attentive_of(&place.audience).collect(), what);
    }

    /// Tells those who watch the caller and do not hear of him otherwise.
    pub(super) fn tell_watchers(self, decision: &mut Decision, what: Doing) {
        let mut watchers = self.view.watches.watchers(&self.user.name);
        if !watchers.is_empty() {
            let places = self.user.places.keys().filter_map(|id| self.view.places.get(*id));
            let hearing: BTreeSet<SessionId> = places.flat_map(|place| self.attentive_of(&place.audience)).collect();
            watchers.retain(|session| !hearing.contains(session) && *session != self.session);
            let deed = Deed { who: self.user.source(), what, at: self.now.wall, is_watched: true };
            decision.say(Output::Tell(Audience::Many(Arc::new(watchers)), Event::Deed(Box::new(deed))));
        }
    }

    /// Tells those in a room who hear such, but for the caller, who has an answer of his own.
    pub(super) fn tell_others(self, decision: &mut Decision, place: &Place, what: impl FnOnce() -> Doing) {
        let others = self.attentive_of(&place.audience).filter(|session| *session != self.session);
        self.tell_sessions(decision, others.collect(), what);
    }

    /// Tells a user what he needs to know of a room that he is in now.
    pub(super) fn tell_entered(self, decision: &mut Decision, user: &UserEntry, room: &RoomName) {
        for session in self.attentive_of(&user.sessions) {
            decision.tell(session, Event::Note(Box::new(Note::Entered(room.clone()))));
        }
    }

    /// Whether a client of the user hears what programs say to each other.
    pub(super) fn has_programs(self, user: &UserEntry) -> bool {
        self.attentive_of(&user.sessions).next().is_some()
    }

    fn tell_sessions(self, decision: &mut Decision, sessions: Vec<SessionId>, what: impl FnOnce() -> Doing) {
        if !sessions.is_empty() {
            let deed = Deed { who: self.user.source(), what: what(), at: self.now.wall, is_watched: false };
            decision.say(Output::Tell(Audience::Many(Arc::new(sessions)), Event::Deed(Box::new(deed))));
        }
    }

    pub(super) fn attentive_of(self, sessions: &[SessionId]) -> impl Iterator<Item = SessionId> {
        let attentive = &self.view.attentive;
        let all = if attentive.is_empty() { &[][..] } else { sessions };
        all.iter().copied().filter(move |session| attentive.contains(*session))
    }
}
