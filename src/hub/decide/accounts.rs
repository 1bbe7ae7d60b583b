//! Accounts: how a guest's name becomes one, and a guest's again.

use std::sync::Arc;

use super::Requester;
use super::acquaintances::WithOneself;
use crate::hub::account::{Account, PasswordHash};
use crate::hub::change::{Change, Decision};
use crate::hub::record::Record;
use crate::hub::session::SessionId;
use crate::hub::verdict::{PasswordCheck, PasswordWork, Purpose, Verdict};
use crate::hub::{Hub, Now, Registration};
use crate::protocol::event::{AccountEvent, Event};
use crate::protocol::name::UserName;
use crate::protocol::operated::Operated;
use crate::protocol::password::Password;
use crate::protocol::presence::Doing;
use crate::protocol::refusal::{AccountRefusal, Refusal};

impl Hub {
    /// What comes of a password that was computed.
    pub(in crate::hub) fn decide_verdict(&self, session: SessionId, verdict: Verdict, now: Now) -> Decision {
        let (view, limits) = (&self.view, &self.limits);
        let mut decision = Decision::new(view, now.wall);
        let Some(purpose) = view.purposes.get(&session).cloned() else { return decision };
        decision.change(Change::Checked(session));
        if let Purpose::LogIn(user) = purpose {
            self.decide_login(&mut decision, session, user, &verdict);
        } else if let Purpose::Authenticate(user) = purpose {
            self.decide_authenticated(&mut decision, session, user, (&verdict, now));
        } else if let Some((id, user)) = view.user_of(session) {
            let requester = Requester { view, limits, session, id, user, now };
            if let Err(refusal) = requester.conclude(&mut decision, purpose, verdict) {
                decision.refuse(session, refusal);
            }
        }
        decision
    }
}

impl Requester<'_> {
    pub(super) fn register(self, password: Password) -> Result<Decision, Refusal> {
        if self.limits.registration == Registration::Closed {
            return Err(Refusal::Account(AccountRefusal::RegistrationClosed));
        }
        if self.user.account.is_some() {
            return Err(Refusal::Account(AccountRefusal::AlreadyRegistered(self.user.name.clone())));
        }
        self.check(PasswordWork::Hash(password), Purpose::Register)
    }

    pub(super) fn set_password(self, old: Password, new: Password) -> Result<Decision, Refusal> {
        let hash = self.account()?.hash.clone();
        self.check(PasswordWork::Replace { old, hash, new }, Purpose::SetPassword)
    }

    pub(super) fn unregister(self, password: Password) -> Result<Decision, Refusal> {
        let hash = self.account()?.hash.clone();
        self.check(PasswordWork::Verify(password, hash), Purpose::Unregister)
    }

    /// The caller's account.
    pub(super) fn account(&self) -> Result<&Arc<Account>, Refusal> {
        self.user
            .account
            .as_ref()
            .ok_or_else(|| Refusal::Account(AccountRefusal::NotRegistered(self.user.name.clone())))
    }

    /// Has something computed of a password, unless others may have heard it.
    fn check(self, work: PasswordWork, purpose: Purpose) -> Result<Decision, Refusal> {
        if !self.view.may_say_password(self.session, self.limits) {
            return Err(Refusal::Account(AccountRefusal::Insecure));
        }
        let mut decision = self.decision();
        decision.check(self.session, PasswordCheck { name: self.user.name.clone(), work }, purpose);
        Ok(decision)
    }

    fn conclude(self, decision: &mut Decision, purpose: Purpose, verdict: Verdict) -> Result<(), Refusal> {
        match (purpose, verdict) {
            (Purpose::LogIn(_) | Purpose::Authenticate(_), _) => Ok(()),
            (_, Verdict::Busy(waiting)) => Err(Refusal::Account(AccountRefusal::Busy(waiting))),
            (_, Verdict::TooMany(wait)) => Err(Refusal::Account(AccountRefusal::TooManyPasswords(wait))),
            (_, Verdict::Wrong) => Err(Refusal::Account(AccountRefusal::WrongPassword(self.user.name.clone()))),
            (Purpose::Register, Verdict::Hashed(hash)) => self.registered(decision, hash),
            (Purpose::SetPassword, Verdict::Hashed(hash)) => {
                let account = Account { hash, ..Account::clone(self.account()?) };
                decision.change(Change::Kept(Record::TokensGone(account.id)));
                decision.change(Change::Kept(Record::Account(Arc::new(account))));
                decision.tell(self.session, Event::Account(AccountEvent::PasswordChanged));
                Ok(())
            }
            (Purpose::Unregister, Verdict::Right) => {
                let account = self.account()?.id;
                self.give_up_pairs(decision, account, &self.user.name);
                decision.change(Change::Kept(Record::AccountGone(account)));
                decision.tell(self.session, Event::Account(AccountEvent::Unregistered(self.user.name.clone())));
                self.tell_account(decision, None);
                Ok(())
            }
            (Purpose::Give(wish, password), Verdict::Hashed(hash)) => {
                let name = self.as_operator()?.set_password(decision, &wish, hash)?;
                decision.tell(self.session, Event::Operated(Operated::Password { name, password }));
                Ok(())
            }
            (Purpose::Register | Purpose::SetPassword | Purpose::Give(..), Verdict::Right)
            | (Purpose::Unregister, Verdict::Hashed(_)) => Ok(()),
        }
    }

    /// From here on, the caller's memberships outlive the connection.
    fn registered(self, decision: &mut Decision, hash: PasswordHash) -> Result<(), Refusal> {
        if self.user.account.is_some() {
            return Err(Refusal::Account(AccountRefusal::AlreadyRegistered(self.user.name.clone())));
        }
        let id = self.view.people.next_account();
        let (name, is_asked) = (self.user.name.clone(), self.user.is_asked);
        let account = Account { id, name, hash, is_operator: false, is_asked, created: self.now.wall };
        decision.change(Change::Kept(Record::Account(Arc::new(account))));
        if let Some(token) = self.view.tokens.of(self.session) {
            decision.change(Change::Kept(Record::Token { hash: token.hash(), account: id, used: decision.at() }));
        }
        for (place, at) in self.rooms_by_name() {
            decision.change(Change::Kept(Record::Member { place, account: id, read: at.number }));
        }
        for (place, by) in self.user.invitations.iter().filter(|(place, _)| self.view.places.get(**place).is_some()) {
            let (by, at) = (by.clone(), decision.at());
            decision.change(Change::Kept(Record::Invited { place: *place, account: id, by, at }));
        }
        decision.tell(self.session, Event::Account(AccountEvent::Registered(self.user.name.clone())));
        self.tell_account(decision, Some(&self.user.name));
        Ok(())
    }

    /// Tells others that the caller has an account now, or none any more.
    pub(super) fn tell_account(self, decision: &mut Decision, account: Option<&UserName>) {
        self.tell_acquaintances(decision, WithOneself::No, || Doing::Account(account.cloned()));
        self.tell_watchers(decision, Doing::Account(account.cloned()));
    }
}
