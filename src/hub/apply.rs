//! The only code that changes what the hub knows. It refuses nothing and never panics: a change that names what is
//! not there changes nothing.

use super::audience::{hearers, hearers_of_all};
use super::change::{Change, Decision, Step};
use super::outputs::{Output, Outputs};
use super::record::{Line, Past, Record};
use super::session::{Session, SessionId};
use super::tokens::Tokens;
use super::user_id::UserId;
use super::view::View;
use super::{Hub, Limits};
use crate::protocol::event::{Event, Mark};
use crate::protocol::name::UserName;
use crate::protocol::token::Epoch;

impl Hub {
    /// Makes true what was decided, and returns what to do about it, in order.
    pub fn apply(&mut self, decision: Decision) -> Outputs {
        self.changing = true;
        let mut outputs = Outputs::with_room_for(decision.steps.len());
        for step in decision.steps {
            match step {
                Step::Say(output) => outputs.push(output),
                Step::Change(change) => self.make_true(change, &mut outputs),
            }
        }
        self.changing = false;
        outputs
    }

    /// A chat with the rooms, histories and numbers of an earlier one, which had this epoch. Nobody is there.
    #[must_use]
    pub fn restore(limits: Limits, epoch: Epoch, past: &Past) -> Self {
        let mut hub = Self::new(limits, epoch);
        past.records.iter().for_each(|record| hub.view.remember(record));
        hub.view.last_message = hub.view.last_message.max(past.last_message);
        hub.view.places.skip_to(past.last_place);
        hub
    }

    fn make_true(&mut self, change: Change, outputs: &mut Outputs) {
        let view = &mut self.view;
        match change {
            Change::Connected { session, origin, until } => {
                view.sessions.open_next(origin);
                self.awaiting_name.push(until, session, &view.sessions);
            }
            Change::NameRefused(session) => {
                if let Some(Session::AwaitingName { refused }) = view.sessions.get_mut(session) {
                    *refused += 1;
                }
            }
            Change::Arrived { user, name } => view.people.add(user, name),
            Change::LoggedIn { session, user } => view.log_in(session, user),
            Change::TokenGiven { session, token } => view.tokens.give(session, token),
            Change::NumbersSet { session, on } => {
                if let Some(Session::Chatting { numbered, .. }) = view.sessions.get_mut(session) {
                    *numbered = on;
                }
            }
            Change::Ended(session) => view.end(session),
            Change::Gone(user) => view.people.remove(user),
            Change::Renamed { user, to } => view.rename(user, to, outputs),
            Change::Entered { place, user, by } => {
                if let Some(entering) = view.people.get_mut(user) {
                    let number = view.places.get(place).map_or(0, |place| place.number);
                    entering.places.insert(place, number + 1);
                    if by != user {
                        entering.put_into.insert(place, by);
                    }
                    view.places.enter(place, user, &entering.sessions);
                }
            }
            Change::Exited { place, user } => {
                if let Some(leaving) = view.people.get_mut(user) {
                    leaving.places.remove(&place);
                    leaving.put_into.remove(&place);
                    view.places.exit(place, user, &leaving.sessions);
                }
            }
            Change::Messaged { to, from, text, mark } => {
                view.count(mark);
                let users = to.into_iter().filter_map(|user| view.people.get(user));
                if let Some(audience) = hearers_of_all(users) {
                    outputs.tell(audience, Event::Message { from, text, mark });
                }
            }
            Change::Kept(record) => view.keep(record, outputs),
            Change::Stopped => view.stop(),
        }
    }
}

impl View {
    fn log_in(&mut self, session: SessionId, user: UserId) {
        let (Some(state), Some(owner)) = (self.sessions.get_mut(session), self.people.get_mut(user)) else { return };
        owner.sessions.push(session);
        let heard_from = self.places.tune_in(session, &owner.places);
        *state = Session::Chatting { user, heard_from, numbered: false };
    }

    fn end(&mut self, session: SessionId) {
        self.tokens.take(session);
        if let Some(Session::Chatting { user, .. }) = self.sessions.remove(session)
            && let Some(owner) = self.people.get_mut(user)
        {
            owner.sessions.retain(|one| *one != session);
            self.places.hang_up(session, &owner.places);
        }
    }

    fn rename(&mut self, user: UserId, to: UserName, outputs: &mut Outputs) {
        self.people.rename(user, to.clone());
        if let Some(audience) = self.people.get(user).and_then(hearers) {
            outputs.tell(audience, Event::Renamed(to));
        }
    }

    /// What must survive is handed out before anybody is told of it.
    fn keep(&mut self, record: Record, outputs: &mut Outputs) {
        self.remember(&record);
        outputs.push(Output::Keep(record.clone()));
        if let Record::Line(line) = record {
            self.tell_place(&line, outputs);
        }
    }

    /// The same for what happens and for what happened before a restart.
    fn remember(&mut self, record: &Record) {
        match record {
            Record::Line(line) => {
                self.count(line.mark);
                self.places.count(line);
            }
            Record::Place { place, name, number } => self.places.open(*place, name, *number),
            Record::PlaceGone(place) => self.places.forget(*place),
        }
    }

    fn count(&mut self, mark: Mark) {
        self.last_message = self.last_message.max(mark.id);
        self.latest = self.latest.max(mark.at);
    }

    fn tell_place(&self, line: &Line, outputs: &mut Outputs) {
        let Some(place) = self.places.get(line.place).filter(|place| !place.audience.is_empty()) else { return };
        let event =
            Event::InRoom { room: place.name.clone(), sequence: line.number, what: line.what.clone(), mark: line.mark };
        outputs.tell(&place.audience, event);
    }

    fn stop(&mut self) {
        let sessions: Vec<SessionId> = self.sessions.ids().collect();
        for session in sessions {
            self.sessions.remove(session);
        }
        self.people.clear();
        self.tokens = Tokens::default();
        self.places.empty_all();
    }
}
