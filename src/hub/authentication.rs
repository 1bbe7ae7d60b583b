//! Clients that show whose account their user's is before they claim a name: the name is the account's then, whatever they
//! have asked for.

use super::Hub;
use super::change::{Change, Decision};
use super::decide::{tell_missed, tell_past_of_rooms};
use super::login::verification;
use super::people::UserEntry;
use super::session::SessionId;
use super::user_id::UserId;
use super::verdict::{Purpose, Verdict};
use crate::protocol::event::Event;
use crate::protocol::name::UserName;
use crate::protocol::password::Password;
use crate::protocol::presence::Note;
use crate::protocol::profile::Profile;
use crate::protocol::refusal::Refusal;

impl Hub {
    /// The name of an account and its password, of a session that has no name yet.
    pub(super) fn decide_authenticate(&self, session: SessionId, name: UserName, password: Password) -> Decision {
        let mut decision = Decision::new(&self.view, self.view.latest);
        if self.view.user_of(session).is_some_and(|(_, user)| user.account.is_some())
            || self.view.authenticated.contains_key(&session)
        {
            decision.tell(session, note(Note::IsAuthenticated));
        } else if !self.view.sessions.is_awaiting_name(session) {
            decision.tell(session, note(Note::NotAuthenticated(None)));
        } else if !self.view.may_say_password(session, &self.limits) {
            decision.tell(session, note(Note::NotAuthenticated(Some(Refusal::Insecure))));
        } else {
            let found = self.view.people.named(&name).and_then(|(id, user)| Some((id, user.account.as_ref()?)));
            match found {
                Some((user, account)) => {
                    decision.check(session, verification(account, password), Purpose::Authenticate(user));
                }
                None => decision.tell(session, note(Note::NotAuthenticated(Some(Refusal::WrongPassword(name))))),
            }
        }
        decision
    }

    /// What comes of the password that was said for this user's account.
    pub(super) fn decide_authenticated(
        &self,
        decision: &mut Decision,
        session: SessionId,
        user: UserId,
        verdict: &Verdict,
    ) {
        let Some(entry) = self.view.people.get(user).filter(|_| self.view.sessions.is_awaiting_name(session)) else {
            return;
        };
        let refusal = match *verdict {
            Verdict::Right if self.view.check_not_banned(session, &entry.name).is_err() => {
                Refusal::BannedFromServer(entry.name.clone())
            }
            Verdict::Right if entry.account.is_some() => {
                decision.change(Change::Authenticated { session, user });
                return decision.tell(session, note(Note::Authenticated(entry.name.clone())));
            }
            Verdict::Busy(waiting) => Refusal::Busy(waiting),
            Verdict::TooMany(wait) => Refusal::TooManyPasswords(wait),
            Verdict::Right | Verdict::Wrong | Verdict::Hashed(_) => Refusal::WrongPassword(entry.name.clone()),
        };
        decision.tell(session, note(Note::NotAuthenticated(Some(refusal))));
    }

    /// The user whose account a session without a name has shown to be its own, if it still is one.
    pub(super) fn authenticated(&self, session: SessionId) -> Option<(UserId, &UserEntry)> {
        let user = *self.view.authenticated.get(&session)?;
        let is_let_in =
            |user: &&UserEntry| user.account.is_some() && self.view.check_not_banned(session, &user.name).is_ok();
        Some((user, self.view.people.get(user).filter(is_let_in)?))
    }

    /// A session that has shown which user it is has said all that it takes to be greeted.
    pub(super) fn come_back(
        &self,
        decision: &mut Decision,
        session: SessionId,
        (user, entry): (UserId, &UserEntry),
        mut profile: Box<Profile>,
    ) {
        // Others know the user by what was said first.
        if entry.profile.is_none() {
            profile.host = format!("{}.account", entry.name).into();
            decision.change(Change::Described { user, profile });
        }
        decision.change(Change::LoggedIn { session, user });
        decision.change(Change::Attentive(session));
        decision.tell(session, Event::Welcome);
        let mut rooms: Vec<_> = entry.places.keys().filter_map(|id| self.view.places.get(*id)).collect();
        rooms.sort_by(|a, b| a.name.cmp(&b.name));
        rooms.into_iter().for_each(|room| decision.tell(session, note(Note::WasIn(room.name.clone()))));
        tell_past_of_rooms(&self.view, decision, session, (entry, &self.limits));
        tell_missed(&self.view, decision, session, entry);
    }
}

fn note(note: Note) -> Event {
    Event::Note(Box::new(note))
}
