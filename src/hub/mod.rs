//! Floor 3: the chat itself: who is here, which rooms there are, who hears what.
//!
//! Pure state. A call first *decides*, which changes nothing, and then *applies* what was decided, which refuses nothing.
//! What is to be said comes back from each call as [`Outputs`], in order. Time is an argument, ids are counted, and
//! whatever is gone through has an order: two hubs that are asked the same are equal. The hub knows no sockets, tasks,
//! bytes or dialects, and it never waits.

mod account;
mod apply;
mod attentive;
mod audience;
mod authentication;
mod change;
mod decide;
mod digest;
mod file;
mod input;
mod login;
mod look;
mod name_claims;
mod outputs;
mod pair;
mod pair_ends;
mod people;
mod place;
mod question;
mod ranks;
mod record;
pub mod replica;
mod room_settings;
mod session;
mod settlement;
mod sight;
mod state;
mod take_over;
mod tokens;
mod unrest;
mod user_id;
mod verdict;
mod view;
mod watches;

use std::time::{Duration, SystemTime};

pub use account::{Account, AccountId, PasswordHash};
pub use audience::Audience;
pub use change::{Change, Decision};
pub use file::{FileSender, FileWish};
pub use input::{Greeting, Input, LoginLine};
pub use look::Room;
pub use outputs::{Output, Outputs};
pub use pair_ends::{PairEnd, PairEnds};
pub use question::{
    Extent, Found, Hits, MissedPages, MissedQuestion, Page, PageName, PageQuestion, PageRange, Question,
    SearchQuestion, SearchedPlace,
};
pub use ranks::Ranks;
pub use record::{KeptFile, Line, LinesEffect, Past, PlaceId, Record, SaidOnce};
pub use room_settings::{Ban, RoomSetting, Topic};
pub use session::{SessionId, SessionOrigin};
pub use tokens::TOKEN_LIFETIME;
pub use user_id::UserId;
pub use verdict::{AccountWish, HostWish, PasswordCheck, PasswordWork, Purpose, Verdict};

use crate::protocol::act::Act;
use crate::protocol::command::Command;
use crate::protocol::event::Departure;
use crate::protocol::name::{RoomName, UserName};
use crate::protocol::password::Password;
use crate::protocol::profile::Profile;
use crate::protocol::refusal::Refusal;
use crate::protocol::token::{Epoch, SessionToken};
use login::AwaitingName;
use session::Session;
use view::View;

/// The moment of a call.
#[derive(Debug, Clone, Copy)]
pub struct Now {
    /// Since the server started; never goes back.
    pub monotonic: Duration,
    /// The time of day, for the marks that people see.
    pub wall: SystemTime,
}

/// What users may do at most.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    /// Users that one message may be addressed to.
    pub max_recipients: usize,
    /// Rooms that one user may be in by an own `join` or `create`.
    pub max_rooms: usize,
    /// Rooms that others may have put one user into.
    pub max_rooms_by_others: usize,
    /// Rooms that one user may have put another into.
    pub max_rooms_by_one: usize,
    /// Rooms with members, of all users together.
    pub max_rooms_total: usize,
    /// Rooms without members that are remembered. Past it, the one that was left first is forgotten, with its history.
    pub max_asleep: usize,
    /// Messages of a room that somebody is told who enters it by a client that knows no better.
    pub replay: usize,
    /// How long a connection may be without a name.
    pub login_timeout: Duration,
    /// Who may make accounts.
    pub registration: Registration,
    /// Whether users may log in with a name that has no account.
    pub guests: bool,
    /// Whether passwords may be said where others on the way can read along.
    pub plain_passwords: bool,
}

/// Who may make accounts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Registration {
    /// Each guest, of the own name.
    Open,
    /// Operators of the server alone.
    Closed,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            max_recipients: 64,
            max_rooms: 100,
            max_rooms_by_others: 20,
            max_rooms_by_one: 5,
            max_rooms_total: 10_000,
            max_asleep: 10_000,
            replay: 30,
            login_timeout: Duration::from_secs(30),
            registration: Registration::Open,
            guests: true,
            plain_passwords: false,
        }
    }
}

/// The chat.
#[derive(Debug, PartialEq, Eq)]
pub struct Hub {
    limits: Limits,
    view: View,
    awaiting_name: AwaitingName,
    /// Set while a change is made: if it still is when somebody looks, making it has panicked.
    changing: bool,
}

impl Hub {
    /// An empty chat, whose numbers are of this epoch.
    #[must_use]
    pub fn new(limits: Limits, epoch: Epoch) -> Self {
        Self { limits, view: View::new(epoch), awaiting_name: AwaitingName::default(), changing: false }
    }

    /// Has these limits hold from now on. What is beyond them already stays.
    pub fn set_limits(&mut self, limits: Limits) {
        self.limits = limits;
    }

    /// Whether every change that was begun was made to its end. A hub that a panic has left half-changed is not, and
    /// must not be asked any more.
    #[must_use]
    pub fn is_whole(&self) -> bool {
        !self.changing
    }

    /// Somebody has connected and is asked for a name. `door` says in a word what the client speaks.
    pub fn connect(&mut self, origin: SessionOrigin, door: &'static str, now: Now) -> (SessionId, Outputs) {
        let session = self.view.sessions.next_id();
        (session, self.apply(self.decide_connect(session, (origin, door), now)))
    }

    /// Who the session belongs to, if it has a name.
    #[must_use]
    pub fn name_of(&self, id: SessionId) -> Option<&UserName> {
        self.view.user_of(id).map(|(_, user)| &user.name)
    }

    /// Whether the session has not ended.
    #[must_use]
    pub fn is_open(&self, id: SessionId) -> bool {
        self.view.sessions.get(id).is_some()
    }

    /// Whether the session has a name, so that its next line is a command.
    #[must_use]
    pub fn is_logged_in(&self, id: SessionId) -> bool {
        self.view.sessions.user(id).is_some()
    }

    /// The sessions of the members of a room; none if there is no such room.
    #[must_use]
    pub fn hearers_in(&self, room: &RoomName) -> &[SessionId] {
        self.view.places.awake(room).map_or(&[], |(_, place)| &place.audience)
    }

    /// The first line of a session: a name, or why it was none.
    pub fn log_in(&mut self, id: SessionId, name: Result<UserName, Refusal>) -> Outputs {
        self.apply(self.decide_name(id, name))
    }

    /// A name and its password, in one.
    pub fn log_in_to(&mut self, id: SessionId, name: UserName, password: Password) -> Outputs {
        self.apply(self.decide_account(id, name, password))
    }

    /// The password of the account whose name the session gave, or why it was none.
    pub fn say_password(&mut self, id: SessionId, password: Result<Password, Refusal>) -> Outputs {
        self.apply(self.decide_password(id, password))
    }

    /// What came of a password that a session has said.
    pub fn conclude(&mut self, id: SessionId, verdict: Verdict, now: Now) -> Outputs {
        self.apply(self.decide_verdict(id, verdict, now))
    }

    /// The account whose name the session has given, so that its next line is a password.
    #[must_use]
    pub fn awaited_account(&self, id: SessionId) -> Option<&UserName> {
        match self.view.sessions.get(id)? {
            Session::AwaitingPassword { refused: _, user } => Some(&self.view.people.get(*user)?.name),
            Session::AwaitingName { .. } | Session::Chatting { .. } => None,
        }
    }

    /// The login of a session that hears what people do: a name, and what its client says of the user. As many names may
    /// be refused as `tries` says.
    pub fn log_in_described(&mut self, id: SessionId, name: UserName, profile: Box<Profile>, tries: u8) -> Outputs {
        self.apply(self.decide_described(id, name, profile, tries))
    }

    /// The password of an account that a session says it is of, before it claims a name.
    pub fn authenticate(&mut self, id: SessionId, name: UserName, password: Password) -> Outputs {
        self.apply(self.decide_authenticate(id, name, password))
    }

    /// Something that somebody wants who is logged in, of what no line of the text dialect says.
    pub fn act(&mut self, id: SessionId, act: Act, now: Now) -> Outputs {
        self.apply(self.decide_act(id, act, now))
    }

    /// The first line of a session: the token of the session that it takes over, or of an account.
    pub fn take_over(&mut self, id: SessionId, token: SessionToken, now: Now) -> Outputs {
        self.apply(self.decide_take_over(id, token, now))
    }

    /// A token was made for a session. That of an account outlives the session and the server if it `can_keep` it now.
    pub fn give_token(&mut self, id: SessionId, token: SessionToken, can_keep: bool, now: Now) -> Outputs {
        self.apply(self.decide_token(id, token, can_keep, now))
    }

    /// A password was made for an account that an operator wants to have one.
    pub fn give_password(&mut self, id: SessionId, wish: AccountWish, password: Password) -> Outputs {
        self.apply(self.decide_password_given(id, wish, password))
    }

    /// A command of somebody who is logged in. Nobody else's commands do anything.
    pub fn carry_out(&mut self, id: SessionId, command: Command, now: Now) -> Outputs {
        self.apply(self.decide(id, command, now))
    }

    /// A line of somebody who is logged in that is no command.
    pub fn refuse(&mut self, id: SessionId, refusal: Refusal) -> Outputs {
        self.apply(self.decide_refusal(id, refusal))
    }

    /// The session ends. If it was the user's last, he leaves every room, in sorted order, and his name is free. Does
    /// nothing for one that is gone.
    pub fn depart(&mut self, id: SessionId, departure: Departure, now: Now) -> Outputs {
        self.apply(self.decide_departure(id, departure, now))
    }

    /// A session that left too much unread is told so and closed, and departs.
    pub fn depart_as_slow(&mut self, id: SessionId, now: Now) -> Outputs {
        let mut decision = self.decide_departure(id, Departure::SlowConsumer, now);
        decision.say(Output::Close(id));
        self.apply(decision)
    }

    /// The account of a session has read so far: the numbers of lines that were in [`Self::unread_of`] it. Told to nobody.
    pub fn note_read(&mut self, id: SessionId, read: &[(PlaceId, u64)], now: Now) -> Outputs {
        self.apply(self.decide_read(id, read, now))
    }

    /// Ends the sessions that have been asked for a name for too long, and tells which accounts have come and gone
    /// since the last call. Call it every second.
    pub fn expire(&mut self, now: Now) -> Outputs {
        let decision = self.decide_expire(now);
        self.awaiting_name.drop_overdue(now.monotonic);
        self.apply(decision)
    }

    /// The server stops: everyone is told and closed. There are no room notices.
    pub fn shut_down(&mut self) -> Outputs {
        self.apply(self.decide_stop())
    }
}

#[cfg(test)]
mod determinism_tests;
#[cfg(test)]
mod tests;
