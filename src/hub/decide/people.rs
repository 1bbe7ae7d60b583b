//! Users: what they are called, and that they go.

use std::sync::Arc;

use super::Requester;
use super::acquaintances::WithOneself;
use crate::hub::account::Account;
use crate::hub::change::{Change, Decision};
use crate::hub::outputs::Output;
use crate::hub::place::Place;
use crate::hub::record::{PlaceId, Record};
use crate::hub::session::SessionId;
use crate::hub::{Hub, Now};
use crate::protocol::event::{Departure, Event, RoomEvent};
use crate::protocol::name::UserName;
use crate::protocol::presence::Doing;
use crate::protocol::refusal::Refusal;

impl Hub {
    pub(in crate::hub) fn decide_departure(&self, session: SessionId, departure: Departure, now: Now) -> Decision {
        let (view, limits) = (&self.view, &self.limits);
        let mut decision = Decision::new(view, now.wall);
        if let Some((id, user)) = view.user_of(session) {
            Requester { view, limits, session, id, user, now }.depart(&mut decision, departure, None);
        } else if view.sessions.get(session).is_some() {
            decision.change(Change::Ended(session));
        }
        decision
    }

    pub(in crate::hub) fn decide_read(&self, session: SessionId, read: &[(PlaceId, u64)], now: Now) -> Decision {
        let (view, limits) = (&self.view, &self.limits);
        let mut decision = Decision::new(view, now.wall);
        if let Some((id, user)) = view.user_of(session)
            && let Some(account) = &user.account
        {
            Requester { view, limits, session, id, user, now }.read_until(&mut decision, account.id, read);
        }
        decision
    }
}

impl<'a> Requester<'a> {
    /// A name may be taken again by who has it, in another spelling.
    pub(super) fn rename(self, to: &UserName) -> Result<Decision, Refusal> {
        self.view.check_not_banned(self.session, to)?;
        self.view.check_free(to, Some(self.id))?;
        let mut decision = self.decision();
        decision.change(Change::Renamed { user: self.id, to: to.clone() });
        if let Some(account) = &self.user.account {
            let account = Account { name: to.clone(), ..Account::clone(account) };
            decision.change(Change::Kept(Record::Account(Arc::new(account))));
        }
        for (id, place) in self.rooms_by_name() {
            decision.line(id, place.number + 1, RoomEvent::Renamed { from: self.user.name.clone(), to: to.clone() });
        }
        self.tell_acquaintances(&mut decision, WithOneself::Yes, || Doing::Renamed(to.clone()));
        Ok(decision)
    }

    pub(super) fn quit(self) -> Decision {
        let mut decision = self.answer(Event::Bye);
        self.depart(&mut decision, Departure::Quit, None);
        decision.say(Output::Close(self.session));
        decision
    }

    /// Ends the session. A guest goes with the last of his sessions, with these last words; an account stays.
    pub(super) fn depart(self, decision: &mut Decision, departure: Departure, said: Option<&str>) {
        decision.change(Change::Ended(self.session));
        if let Some(account) = &self.user.account {
            // It stays a member while it is away. What was heard before a broken link need not have been read.
            if departure == Departure::Quit {
                self.read_all(decision, account.id);
                // Who says that he goes does not come back with it.
                if let Some(token) = self.view.tokens.of(self.session) {
                    decision.change(Change::Kept(Record::TokenGone(token.hash())));
                }
            }
            return;
        }
        if self.user.sessions == [self.session] {
            self.be_gone(decision, departure, said);
        }
    }

    /// A guest leaves for good.
    pub(super) fn be_gone(self, decision: &mut Decision, departure: Departure, said: Option<&str>) {
        let mut emptied = 0;
        // That he is gone comes before whom his rooms have passed to.
        self.tell_acquaintances(decision, WithOneself::No, || Doing::Gone(departure, said.map(Box::from)));
        for (id, place) in self.rooms_by_name() {
            decision.change(Change::Exited { place: id, user: self.id });
            let left = RoomEvent::Left { user: self.user.name.clone(), why: departure, said: said.map(Box::from) };
            decision.line(id, place.number + 1, left);
            emptied += self.pass_on(decision, (id, place), self.id);
        }
        decision.change(Change::Gone(self.id));
        self.forget_oldest(decision, emptied);
    }

    /// The caller's rooms, sorted by name: what happens in several of them happens in this order.
    pub(super) fn rooms_by_name(self) -> Vec<(PlaceId, &'a Place)> {
        let places = self.user.places.iter();
        let mut places: Vec<_> = places.filter_map(|(id, _)| Some((*id, self.view.places.get(*id)?))).collect();
        places.sort_by(|(_, a), (_, b)| a.name.cmp(&b.name));
        places
    }
}
