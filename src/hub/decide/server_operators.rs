//! What those who run the server may do to it, in a session or from outside of the chat.

use std::sync::Arc;

use super::Requester;
use crate::hub::account::{Account, PasswordHash};
use crate::hub::audience::{Audience, hearers};
use crate::hub::change::{Change, Decision};
use crate::hub::outputs::Output;
use crate::hub::people::UserEntry;
use crate::hub::record::{PlaceId, Record};
use crate::hub::room_settings::{Ban, RoomSetting};
use crate::hub::session::SessionId;
use crate::hub::user_id::UserId;
use crate::hub::verdict::{AccountWish, HostWish, PasswordCheck, PasswordWork, Purpose};
use crate::hub::view::View;
use crate::hub::{Hub, Limits, Now};
use crate::protocol::command::{BadCommand, Operation, Phrase};
use crate::protocol::event::{AccountEvent, Departure, Event, ServerNotice};
use crate::protocol::name::{RoomName, UserName};
use crate::protocol::operated::Operated;
use crate::protocol::password::Password;
use crate::protocol::refusal::{AccountRefusal, DisconnectReason, Refusal, TooMany};

/// Who did what was wanted from outside of the chat.
const OUTSIDE: &str = "operator";

/// Names that may be banned from the server.
const MOST_SERVER_BANS: usize = 10_000;

/// Somebody who runs the server and wants something of it.
#[derive(Clone, Copy)]
pub(super) struct Operator<'a> {
    view: &'a View,
    limits: &'a Limits,
    /// What the others are told who it was.
    by: &'a UserName,
    /// The own session, if it is somebody who chats.
    session: Option<SessionId>,
    now: Now,
}

impl Hub {
    /// What comes of something that is wanted from outside of the chat, and what is then done.
    ///
    /// # Errors
    /// If it cannot be done.
    pub fn decide_host(&self, wish: HostWish, now: Now) -> Result<(Decision, Operated), Refusal> {
        let mut decision = Decision::new(&self.view, now.wall);
        let by = UserName::new(OUTSIDE).expect("it is a name");
        let operator = Operator { view: &self.view, limits: &self.limits, by: &by, session: None, now };
        let done = match wish {
            HostWish::Kick(name) => operator.kick(&mut decision, &name)?,
            HostWish::Ban(name) => operator.ban(&mut decision, name)?,
            HostWish::Unban(name) => operator.unban(&mut decision, &name)?,
            HostWish::CloseRoom(room) => operator.close_room(&mut decision, room)?,
            HostWish::SetPassword(name, hash) => {
                let wish = AccountWish { name, is_new: false };
                Operated::PasswordSet(operator.set_password(&mut decision, &wish, hash)?)
            }
        };
        Ok((decision, done))
    }

    /// A password was made for an account: it is to be hashed.
    pub(in crate::hub) fn decide_password_given(
        &self,
        session: SessionId,
        wish: AccountWish,
        password: Password,
    ) -> Decision {
        let mut decision = Decision::new(&self.view, self.view.latest);
        if self.is_logged_in(session) {
            let check = PasswordCheck { name: wish.name.clone(), work: PasswordWork::Hash(password.clone()) };
            decision.check(session, check, Purpose::Give(wish, password));
        }
        decision
    }
}

impl<'a> Requester<'a> {
    /// Does what only operators may want; to others there is no such command.
    pub(super) fn operate(self, operation: Operation) -> Result<Decision, Refusal> {
        if !self.is_operator() {
            return Err(unknown(operation.kind().keywords()));
        }
        let (operator, mut decision) = (self.as_operator()?, self.decision());
        let done = match operation {
            Operation::CreateAccount(name) => return self.make_password(AccountWish { name, is_new: true }),
            Operation::ResetPassword(name) => return self.make_password(AccountWish { name, is_new: false }),
            Operation::DropAccount(name) => operator.drop_account(&mut decision, &name)?,
            Operation::Appoint(name) => operator.appoint(&mut decision, &name)?,
            Operation::Dismiss(name) => operator.dismiss(&mut decision, &name)?,
            Operation::KickFromServer(name) => operator.kick(&mut decision, &name)?,
            Operation::BanFromServer(name) => operator.ban(&mut decision, name)?,
            Operation::UnbanFromServer(name) => operator.unban(&mut decision, &name)?,
            Operation::Announce(text) => operator.announce(&mut decision, text),
            Operation::ListAccounts => operator.accounts(),
            Operation::ListBans(None) => Operated::Bans { room: None, users: self.view.bans.keys().cloned().collect() },
            Operation::ListBans(Some(room)) => {
                let found = self.view.places.named(&room);
                let (_, place) = found.ok_or(Refusal::NoSuchRoom { room, suggestion: None })?;
                let users = place.settings.bans.keys().cloned().collect();
                Operated::Bans { room: Some(place.name.clone()), users }
            }
        };
        decision.tell_before_the_end(self.session, Event::Operated(done));
        Ok(decision)
    }

    /// The caller, as somebody who runs the server.
    pub(super) fn as_operator(self) -> Result<Operator<'a>, Refusal> {
        // It may have been taken from him since he asked.
        if !self.is_operator() {
            return Err(Refusal::Account(AccountRefusal::NotAnOperator(self.user.name.clone())));
        }
        let Self { view, limits, session, id: _, user, now } = self;
        Ok(Operator { view, limits, by: &user.name, session: Some(session), now })
    }

    fn make_password(self, wish: AccountWish) -> Result<Decision, Refusal> {
        if !self.view.may_say_password(self.session, self.limits) {
            return Err(Refusal::Account(AccountRefusal::Insecure));
        }
        self.as_operator()?.check_wish(&wish)?;
        let mut decision = self.decision();
        decision.say(Output::MakePassword(self.session, wish));
        Ok(decision)
    }
}

impl<'a> Operator<'a> {
    /// The account of this name, and whose it is.
    fn account(self, name: &UserName) -> Result<(UserId, &'a UserEntry, &'a Arc<Account>), Refusal> {
        let found = self.view.people.named(name);
        let found = found.and_then(|(id, user)| Some((id, user, user.account.as_ref()?)));
        found.ok_or_else(|| Refusal::Account(AccountRefusal::NotRegistered(name.clone())))
    }

    /// Whether the account can be made, or is there.
    fn check_wish(self, wish: &AccountWish) -> Result<(), Refusal> {
        match (self.account(&wish.name), wish.is_new) {
            (Ok((_, user, _)), true) => Err(Refusal::Account(AccountRefusal::AlreadyRegistered(user.name.clone()))),
            (Ok(_), false) => Ok(()),
            // A guest who has the name would have the account.
            (Err(_), true) => self.view.check_free(&wish.name, None),
            (Err(missing), false) => Err(missing),
        }
    }

    /// Gives an account the password with this hash; its name as it is spelled.
    pub(super) fn set_password(
        self,
        decision: &mut Decision,
        wish: &AccountWish,
        hash: PasswordHash,
    ) -> Result<UserName, Refusal> {
        self.check_wish(wish)?;
        let account = match self.account(&wish.name) {
            Ok((_, _, account)) => {
                decision.change(Change::Kept(Record::TokensGone(account.id)));
                Account { hash, ..Account::clone(account) }
            }
            Err(_) => {
                let (id, name) = (self.view.people.next_account(), wish.name.clone());
                Account { id, name, hash, is_operator: false, is_asked: false, created: decision.at() }
            }
        };
        let name = account.name.clone();
        decision.change(Change::Kept(Record::Account(Arc::new(account))));
        Ok(name)
    }

    /// The name is free again. Who is here goes on as a guest; who is away leaves the rooms.
    fn drop_account(self, decision: &mut Decision, name: &UserName) -> Result<Operated, Refusal> {
        let (id, user, account) = self.account(name)?;
        let owner = self.as_user(id, user);
        if !user.is_here() {
            owner.leave_every_room(decision);
        }
        owner.give_up_pairs(decision, account.id, &user.name);
        decision.change(Change::Kept(Record::AccountGone(account.id)));
        if user.is_here() {
            owner.tell_account(decision, None);
        }
        for session in user.sessions.iter().filter(|session| Some(**session) != self.session) {
            decision.tell(*session, Event::Account(AccountEvent::Unregistered(user.name.clone())));
        }
        Ok(Operated::Dropped(user.name.clone()))
    }

    fn appoint(self, decision: &mut Decision, name: &UserName) -> Result<Operated, Refusal> {
        let (_, user, account) = self.account(name)?;
        if account.is_operator {
            return Err(Refusal::Account(AccountRefusal::AlreadyOperator(user.name.clone())));
        }
        set_operator(decision, (user, account), true);
        Ok(Operated::Appointed(user.name.clone()))
    }

    fn dismiss(self, decision: &mut Decision, name: &UserName) -> Result<Operated, Refusal> {
        let (_, user, account) = self.account(name)?;
        if !account.is_operator {
            return Err(Refusal::Account(AccountRefusal::NotAnOperator(user.name.clone())));
        }
        set_operator(decision, (user, account), false);
        Ok(Operated::Dismissed(user.name.clone()))
    }

    fn kick(self, decision: &mut Decision, name: &UserName) -> Result<Operated, Refusal> {
        let found = self.view.people.named(name).filter(|(_, user)| user.is_here());
        let (id, user) = found.ok_or_else(|| Refusal::NoSuchUser(name.clone()))?;
        self.expel(decision, (id, user), &Refusal::Disconnected(DisconnectReason::Removed));
        Ok(Operated::Kicked(user.name.clone()))
    }

    /// Keeps a name out, whoever has it now.
    fn ban(self, decision: &mut Decision, name: UserName) -> Result<Operated, Refusal> {
        let found = self.view.people.named(&name);
        let name = found.map_or(name, |(_, user)| user.name.clone());
        if let Some((banned, _)) = self.view.bans.get_key_value(&name) {
            return Err(Refusal::BannedFromServer(banned.clone()));
        }
        if self.view.bans.len() >= MOST_SERVER_BANS {
            return Err(Refusal::TooMany(TooMany::ServerBans(MOST_SERVER_BANS)));
        }
        let ban = Ban { by: self.by.clone(), at: decision.at() };
        decision.set(PlaceId::SERVER, RoomSetting::Banned(name.clone(), ban));
        if let Some(user) = found {
            self.expel(decision, user, &Refusal::BannedFromServer(name.clone()));
        }
        Ok(Operated::Banned(name))
    }

    fn unban(self, decision: &mut Decision, name: &UserName) -> Result<Operated, Refusal> {
        let Some((name, _)) = self.view.bans.get_key_value(name) else {
            return Err(Refusal::NotBannedFromServer(name.clone()));
        };
        decision.set(PlaceId::SERVER, RoomSetting::Unbanned(name.clone()));
        Ok(Operated::Unbanned(name.clone()))
    }

    fn announce(self, decision: &mut Decision, text: Phrase) -> Operated {
        let sessions = self.view.sessions.ids().filter(|session| self.view.sessions.user(*session).is_some());
        let audience = Audience::Many(Arc::new(sessions.collect()));
        decision.say(Output::Tell(audience, Event::Server(ServerNotice::Announcement { by: self.by.clone(), text })));
        Operated::Announced
    }

    /// Everybody leaves a room, which is gone with its history. They are told once it is.
    fn close_room(self, decision: &mut Decision, room: RoomName) -> Result<Operated, Refusal> {
        let found = self.view.places.named(&room);
        let (id, place) = found.ok_or(Refusal::NoSuchRoom { room, suggestion: None })?;
        for member in &place.members {
            decision.change(Change::Exited { place: id, user: *member });
        }
        decision.change(Change::Kept(Record::PlaceGone(id)));
        if !place.audience.is_empty() {
            let told = Event::RoomClosed { room: place.name.clone(), by: self.by.clone() };
            decision.say(Output::Tell(Audience::from(&place.audience), told));
        }
        Ok(Operated::Closed(place.name.clone()))
    }

    fn accounts(self) -> Operated {
        let of = |wanted: fn(&Account) -> bool| {
            let users = self.view.people.all();
            let users = users.filter(|(_, user)| user.account.as_ref().is_some_and(|account| wanted(account)));
            users.map(|(_, user)| user.name.clone()).collect()
        };
        Operated::Accounts { accounts: of(|_| true), operators: of(|account| account.is_operator) }
    }

    /// Ends all sessions of a user with these last words. A guest is gone then, an account is away.
    fn expel(self, decision: &mut Decision, (id, user): (UserId, &UserEntry), last_words: &Refusal) {
        user.sessions.iter().for_each(|session| decision.change(Change::Ended(*session)));
        if user.account.is_none() {
            self.as_user(id, user).be_gone(decision, Departure::Removed, None);
        }
        for session in &user.sessions {
            decision.refuse(*session, last_words.clone());
            decision.say(Output::Close(*session));
        }
    }

    /// The user, as if he wanted something himself. Of one who is away no session is told anything.
    fn as_user<'u>(self, id: UserId, user: &'u UserEntry) -> Requester<'u>
    where
        'a: 'u,
    {
        let session = user.sessions.first().copied().unwrap_or_else(|| self.view.sessions.next_id());
        Requester { view: self.view, limits: self.limits, session, id, user, now: self.now }
    }
}

fn set_operator(decision: &mut Decision, (user, account): (&UserEntry, &Arc<Account>), is_operator: bool) {
    let account = Account { is_operator, ..Account::clone(account) };
    decision.change(Change::Kept(Record::Account(Arc::new(account))));
    if let Some(audience) = hearers(user) {
        decision.say(Output::Tell(audience, Event::Server(ServerNotice::OperatorSet(is_operator))));
    }
}

/// That there is no such command.
pub(super) fn unknown(line: &str) -> Refusal {
    BadCommand::Unknown { line: line.to_owned(), suggestion: None }.into()
}

/// What somebody is told who is no operator: commands of theirs are unknown to him in the wrong shape too.
pub(super) fn as_others_hear(refusal: Refusal) -> Refusal {
    match refusal {
        Refusal::BadCommand(BadCommand::OperationShape(kind)) => unknown(kind.keywords()),
        other => other,
    }
}
