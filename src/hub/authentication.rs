//! Clients that show whose account their user's is before they claim a name: the name is the account's then, whatever they
//! have asked for.

use super::change::{Change, Decision};
use super::decide::{tell_missed, tell_past_of_rooms};
use super::login::verification;
use super::people::UserEntry;
use super::session::SessionId;
use super::user_id::UserId;
use super::verdict::{Purpose, Verdict};
use super::{Hub, Now};
use crate::protocol::event::Event;
use crate::protocol::name::UserName;
use crate::protocol::password::Password;
use crate::protocol::presence::Note;
use crate::protocol::profile::Profile;
use crate::protocol::refusal::{AccountRefusal, Refusal};

impl Hub {
    /// The name of an account and its password, of a session that has no name yet.
    pub(super) fn decide_authenticate(&self, session: SessionId, name: UserName, password: Password) -> Decision {
        let mut decision = Decision::new(&self.view, self.view.latest);
        if self.view.user_of(session).is_some_and(|(_, user)| user.account.is_some())
            || self.view.authenticated.contains_key(&session)
        {
            decision.tell(session, note(Note::IsAuthenticated));
        } else if !self.view.may_say_password(session, &self.limits) {
            decision.tell(session, note(Note::NotAuthenticated(Refusal::Account(AccountRefusal::Insecure))));
        } else {
            let found = self.view.people.named(&name).and_then(|(id, user)| Some((id, user.account.as_ref()?)));
            match found {
                Some((user, account)) => {
                    decision.check(session, verification(account, password), Purpose::Authenticate(user));
                }
                None => decision
                    .tell(session, note(Note::NotAuthenticated(Refusal::Account(AccountRefusal::WrongPassword(name))))),
            }
        }
        decision
    }

    /// What comes of the password that was said for this user's account, by a session without a name or by a guest.
    pub(super) fn decide_authenticated(
        &self,
        decision: &mut Decision,
        session: SessionId,
        user: UserId,
        (verdict, now): (&Verdict, Now),
    ) {
        let is_guest = self.is_guest(session);
        let may_come = is_guest || self.view.sessions.is_awaiting_name(session);
        let Some(entry) = self.view.people.get(user).filter(|_| may_come) else { return };
        let refusal = match *verdict {
            Verdict::Right if self.view.check_not_banned(session, &entry.name).is_err() => {
                Refusal::BannedFromServer(entry.name.clone())
            }
            Verdict::Right if entry.account.is_some() && is_guest => {
                return self.become_account(decision, session, (user, entry), now);
            }
            Verdict::Right if entry.account.is_some() => {
                decision.change(Change::Authenticated { session, user });
                return decision.tell(session, note(Note::Authenticated(entry.name.clone())));
            }
            Verdict::Busy(waiting) => Refusal::Account(AccountRefusal::Busy(waiting)),
            Verdict::TooMany(wait) => Refusal::Account(AccountRefusal::TooManyPasswords(wait)),
            Verdict::Right | Verdict::Wrong | Verdict::Hashed(_) => {
                Refusal::Account(AccountRefusal::WrongPassword(entry.name.clone()))
            }
        };
        decision.tell(session, note(Note::NotAuthenticated(refusal)));
    }

    /// Makes the connection of a guest one of this account's user.
    fn become_account(
        &self,
        decision: &mut Decision,
        session: SessionId,
        (user, entry): (UserId, &UserEntry),
        now: Now,
    ) {
        let profile = self.view.user_of(session).and_then(|(_, guest)| guest.profile.clone());
        self.hand_over(decision, session, entry, now);
        if let Some(profile) = profile {
            describe(decision, (user, entry), profile);
        }
        decision.change(Change::LoggedIn { session, user });
        decision.tell(session, note(Note::Authenticated(entry.name.clone())));
        self.show_rooms(decision, session, entry);
    }

    /// Whether the session is a guest's.
    fn is_guest(&self, session: SessionId) -> bool {
        self.view.user_of(session).is_some_and(|(_, user)| user.account.is_none())
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
        profile: Box<Profile>,
    ) {
        describe(decision, (user, entry), profile);
        decision.change(Change::LoggedIn { session, user });
        decision.change(Change::Attentive(session));
        decision.tell(session, Event::Welcome);
        self.show_rooms(decision, session, entry);
    }

    /// Tells a session of an account's user what he is in, and what was said there.
    fn show_rooms(&self, decision: &mut Decision, session: SessionId, entry: &UserEntry) {
        let mut rooms: Vec<_> = entry.places.keys().filter_map(|id| self.view.places.get(*id)).collect();
        rooms.sort_by(|a, b| a.name.cmp(&b.name));
        rooms.into_iter().for_each(|room| decision.tell(session, note(Note::WasIn(room.name.clone()))));
        tell_past_of_rooms(&self.view, decision, session, (entry, &self.limits));
        tell_missed(&self.view, decision, session, entry);
    }
}

/// Others know an account's user by what was said first.
fn describe(decision: &mut Decision, (user, entry): (UserId, &UserEntry), mut profile: Box<Profile>) {
    if entry.profile.is_none() {
        profile.host = format!("{}.account", entry.name).into();
        decision.change(Change::Described { user, profile });
    }
}

fn note(note: Note) -> Event {
    Event::Note(Box::new(note))
}
