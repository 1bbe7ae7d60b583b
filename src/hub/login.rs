//! The way in: a session is asked for a name, three times at most and for a while.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::account::Account;
use super::audience::Audience;
use super::change::{Change, Decision};
use super::decide::tell_missed;
use super::outputs::Output;
use super::session::{Session, SessionId, SessionOrigin, Sessions};
use super::user_id::UserId;
use super::verdict::{PasswordCheck, PasswordWork, Purpose, Verdict};
use super::{Hub, Now};
use crate::protocol::event::{Event, ServerNotice};
use crate::protocol::name::UserName;
use crate::protocol::password::Password;
use crate::protocol::profile::Profile;
use crate::protocol::refusal::{AccountRefusal, DisconnectReason, NAMES_REFUSED_AT_MOST, Refusal};

/// Who is asked for a name until when, oldest first. All have the same time, so the order is that of arrival; who has
/// logged in or gone is skipped when its turn comes, or swept out when most are such.
#[derive(Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct AwaitingName(VecDeque<(Duration, SessionId)>);

impl AwaitingName {
    pub(super) fn push(&mut self, until: Duration, session: SessionId, sessions: &Sessions) {
        // Connections that come and go in great numbers leave nothing behind until their time is up.
        if self.0.len() >= 2 * sessions.slots() {
            self.0.retain(|(_, session)| sessions.is_awaiting_name(*session));
        }
        self.0.push_back((until, session));
    }

    /// Those whose time is up.
    fn overdue(&self, now: Duration) -> impl Iterator<Item = SessionId> {
        self.0.iter().take_while(move |(until, _)| *until <= now).map(|(_, session)| *session)
    }

    /// Forgets those whose time is up.
    pub(super) fn drop_overdue(&mut self, now: Duration) {
        while self.0.front().is_some_and(|(until, _)| *until <= now) {
            self.0.pop_front();
        }
    }

    #[cfg(test)]
    pub(super) fn len(&self) -> usize {
        self.0.len()
    }
}

impl Hub {
    pub(super) fn decide_connect(
        &self,
        session: SessionId,
        (origin, door): (SessionOrigin, &'static str),
        now: Now,
    ) -> Decision {
        let mut decision = Decision::new(&self.view, now.wall);
        let until = now.monotonic.saturating_add(self.limits.login_timeout);
        decision.change(Change::Connected { session, origin, door, until });
        decision.tell(session, Event::NamePrompt);
        decision
    }

    /// The first line of a session: a name, or why it was none.
    pub(super) fn decide_name(&self, session: SessionId, name: Result<UserName, Refusal>) -> Decision {
        let mut decision = Decision::new(&self.view, self.view.latest);
        let Some(refused) = self.view.sessions.refused(session) else { return decision };
        match name.and_then(|name| Ok((self.account_named(session, &name)?, name))) {
            Ok((Some((user, _)), _)) => {
                decision.change(Change::PasswordAwaited { session, user });
                decision.tell(session, Event::PasswordPrompt);
            }
            Ok((None, name)) => {
                let user = self.view.people.next_id();
                decision.change(Change::Arrived { user, name });
                decision.change(Change::LoggedIn { session, user });
                decision.tell(session, Event::Welcome);
            }
            Err(stranger @ Refusal::Disconnected(DisconnectReason::WrongDoor(_))) => {
                end_login(&mut decision, session, [stranger]);
            }
            Err(refusal) => refuse_name(&mut decision, session, refused, refusal),
        }
        decision
    }

    /// A name and its password, in one.
    pub(super) fn decide_account(&self, session: SessionId, name: UserName, password: Password) -> Decision {
        let mut decision = Decision::new(&self.view, self.view.latest);
        let Some(refused) = self.view.sessions.refused(session) else { return decision };
        match self.account_named(session, &name) {
            Ok(Some((user, account))) => verify(&mut decision, session, (user, account), password),
            Ok(None) => {
                refuse_name(&mut decision, session, refused, Refusal::Account(AccountRefusal::NotRegistered(name)));
            }
            Err(refusal) => refuse_name(&mut decision, session, refused, refusal),
        }
        decision
    }

    /// The password of the account whose name the session gave, or why it was none.
    pub(super) fn decide_password(&self, session: SessionId, password: Result<Password, Refusal>) -> Decision {
        let mut decision = Decision::new(&self.view, self.view.latest);
        let Some(Session::AwaitingPassword { refused, user }) = self.view.sessions.get(session) else {
            return decision;
        };
        let account = self.view.people.get(*user).and_then(|user| user.account.as_ref());
        match (password, account) {
            (Ok(password), Some(account)) => verify(&mut decision, session, (*user, account), password),
            // It was given up meanwhile.
            (Ok(_), None) => decision.ask_name_again(session),
            (Err(refusal), _) => refuse_password(&mut decision, session, *refused, refusal),
        }
        decision
    }

    /// What comes of the password that was said for this user's account.
    pub(super) fn decide_login(&self, decision: &mut Decision, session: SessionId, user: UserId, verdict: &Verdict) {
        let Some(refused) = self.view.sessions.refused(session) else { return };
        let Some(entry) = self.view.people.get(user) else { return decision.ask_name_again(session) };
        let refusal = match *verdict {
            Verdict::Right if self.view.check_not_banned(session, &entry.name).is_err() => {
                Refusal::BannedFromServer(entry.name.clone())
            }
            Verdict::Right if entry.account.is_some() => {
                decision.change(Change::LoggedIn { session, user });
                decision.tell(session, Event::Welcome);
                return tell_missed(&self.view, decision, session, entry);
            }
            Verdict::Busy(waiting) => {
                // That is nobody's fault.
                decision.refuse(session, Refusal::Account(AccountRefusal::Busy(waiting)));
                return decision.ask_name_again(session);
            }
            Verdict::TooMany(wait) => Refusal::Account(AccountRefusal::TooManyPasswords(wait)),
            Verdict::Right | Verdict::Wrong | Verdict::Hashed(_) => {
                Refusal::Account(AccountRefusal::WrongPassword(entry.name.clone()))
            }
        };
        refuse_password(decision, session, refused, refusal);
    }

    /// The account that this name is of; `None` if a guest may have it.
    fn account_named(&self, session: SessionId, name: &UserName) -> Result<Option<(UserId, &Arc<Account>)>, Refusal> {
        self.view.check_not_banned(session, name)?;
        let found = self.view.people.named(name).and_then(|(id, user)| Some((id, user.account.as_ref()?)));
        match found {
            // A password would be said in clear: it is not even asked for.
            Some(_) if !self.view.may_say_password(session, &self.limits) => {
                Err(Refusal::Account(AccountRefusal::Insecure))
            }
            Some(account) => Ok(Some(account)),
            None if !self.limits.guests => Err(Refusal::Account(AccountRefusal::NotRegistered(name.clone()))),
            None => self.view.check_free(name, None).map(|()| None),
        }
    }

    /// The login of a session that hears what people do.
    pub(super) fn decide_described(
        &self,
        session: SessionId,
        name: UserName,
        profile: Box<Profile>,
        tries: u8,
    ) -> Decision {
        let mut decision = Decision::new(&self.view, profile.since);
        let Some(Session::AwaitingName { refused }) = self.view.sessions.get(session) else { return decision };
        if let Some((user, entry)) = self.authenticated(session) {
            self.come_back(&mut decision, session, (user, entry), profile);
            return decision;
        }
        let free = self.view.check_not_banned(session, &name).and_then(|()| self.view.check_free(&name, None));
        let free = match free {
            Ok(()) if !self.limits.guests => Err(Refusal::Account(AccountRefusal::NotRegistered(name.clone()))),
            free => free,
        };
        match free {
            Ok(()) => {
                let user = self.view.people.next_id();
                decision.change(Change::Arrived { user, name });
                decision.change(Change::Described { user, profile });
                decision.change(Change::LoggedIn { session, user });
                decision.change(Change::Attentive(session));
                decision.tell(session, Event::Welcome);
            }
            Err(refusal) if refused + 1 < tries => {
                decision.change(Change::NameRefused(session));
                decision.refuse(session, refusal);
            }
            Err(refusal) => {
                end_login(
                    &mut decision,
                    session,
                    [refusal, Refusal::Disconnected(DisconnectReason::NamesRefused(tries))],
                );
            }
        }
        decision
    }

    pub(super) fn decide_expire(&self, now: Now) -> Decision {
        let mut decision = Decision::new(&self.view, now.wall);
        let overdue = self.awaiting_name.overdue(now.monotonic);
        for session in overdue.filter(|session| self.view.sessions.is_awaiting_name(*session)) {
            end_login(
                &mut decision,
                session,
                [Refusal::Disconnected(DisconnectReason::NoNameWithin(self.limits.login_timeout))],
            );
        }
        self.tell_presence(&mut decision);
        decision
    }

    pub(super) fn decide_stop(&self) -> Decision {
        let mut decision = Decision::new(&self.view, self.view.latest);
        let everyone: Arc<Vec<SessionId>> = Arc::new(self.view.sessions.ids().collect());
        decision.say(Output::Tell(Audience::from(&everyone), Event::Server(ServerNotice::ShuttingDown)));
        decision.change(Change::Stopped);
        everyone.iter().for_each(|session| decision.say(Output::Close(*session)));
        decision
    }
}

/// Closes a connection that has no name, with these last words.
fn end_login(decision: &mut Decision, session: SessionId, last_words: impl IntoIterator<Item = Refusal>) {
    decision.change(Change::Ended(session));
    last_words.into_iter().for_each(|refusal| decision.refuse(session, refusal));
    decision.say(Output::Close(session));
}

/// Has the password looked at.
fn verify(decision: &mut Decision, session: SessionId, (user, account): (UserId, &Arc<Account>), password: Password) {
    decision.check(session, verification(account, password), Purpose::LogIn(user));
}

/// Whether it is the password of the account.
pub(super) fn verification(account: &Account, password: Password) -> PasswordCheck {
    PasswordCheck { name: account.name.clone(), work: PasswordWork::Verify(password, account.hash.clone()) }
}

pub(super) fn refuse_name(decision: &mut Decision, session: SessionId, refused: u8, refusal: Refusal) {
    refuse(
        decision,
        session,
        refused,
        [refusal, Refusal::Disconnected(DisconnectReason::NamesRefused(NAMES_REFUSED_AT_MOST))],
    );
}

fn refuse_password(decision: &mut Decision, session: SessionId, refused: u8, refusal: Refusal) {
    refuse(decision, session, refused, [refusal, Refusal::Disconnected(DisconnectReason::ThreePasswordsRefused)]);
}

/// Asks again, or ends the connection with both words.
fn refuse(decision: &mut Decision, session: SessionId, refused: u8, [refusal, last]: [Refusal; 2]) {
    decision.change(Change::NameRefused(session));
    if refused + 1 < NAMES_REFUSED_AT_MOST {
        decision.refuse(session, refusal);
        decision.tell(session, Event::NamePrompt);
    } else {
        end_login(decision, session, [refusal, last]);
    }
}
