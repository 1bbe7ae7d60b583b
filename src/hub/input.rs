//! What happens to a hub from outside, as values: whoever keeps them in their order, with their times, can do all of it
//! again, to another hub.

use serde::{Deserialize, Serialize};

use super::outputs::{Output, Outputs};
use super::record::PlaceId;
use super::session::{SessionId, SessionOrigin};
use super::verdict::{HostWish, Verdict};
use super::{Hub, Now};
use crate::protocol::act::Act;
use crate::protocol::command::Command;
use crate::protocol::event::Departure;
use crate::protocol::name::{RoomName, UserName};
use crate::protocol::password::Password;
use crate::protocol::profile::Profile;
use crate::protocol::read_mark::ReadMark;
use crate::protocol::refusal::Refusal;
use crate::protocol::token::SessionToken;

/// What somebody without a name has said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LoginLine {
    /// A name.
    Name(UserName),
    /// The password of the account whose name was given.
    Password(Password),
    /// The name of an account, and its password.
    Account(UserName, Password),
    /// The token of a session, or of an account.
    Token(SessionToken),
    /// None of these.
    Refused(Refusal),
}

/// What is done about whoever has just logged in.
#[derive(Debug, Default, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Greeting {
    /// The room that everybody is taken into.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lobby: Option<RoomName>,
    /// What the session can be taken over with, where a login is answered with such.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub token: Option<SessionToken>,
}

/// Something that happens to a hub.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Input {
    /// Somebody connects, at a door: [`Hub::connect`].
    Connect(SessionOrigin, &'static str),
    /// A line of a session without a name.
    LogIn(SessionId, LoginLine, Greeting),
    /// [`Hub::log_in_described`], of a session whose names may be refused so many times.
    LogInDescribed(SessionId, UserName, Box<Profile>, u8, Greeting),
    /// [`Hub::authenticate`].
    Authenticate(SessionId, UserName, Password),
    /// [`Hub::carry_out`], with the token that the session gets if it asks for one.
    Command(SessionId, Command, Option<SessionToken>),
    /// [`Hub::act`].
    Act(SessionId, Act),
    /// What a client says of how far its user has read.
    MarkRead(SessionId, ReadMark),
    /// [`Hub::note_read`].
    NoteRead(SessionId, Vec<(PlaceId, u64)>),
    /// [`Hub::conclude`].
    Verdict(SessionId, Verdict, Greeting),
    /// [`Hub::decide_host`], of those who run the server.
    Host(HostWish),
    /// [`Hub::depart`].
    Depart(SessionId, Departure),
    /// [`Hub::depart_as_slow`].
    DepartAsSlow(SessionId),
    /// The session is answered, which changes nothing.
    Nothing(SessionId),
}

impl Input {
    /// Whom it is about, if that is somebody who is connected already.
    #[must_use]
    pub fn session(&self) -> Option<SessionId> {
        match self {
            Self::Connect(..) | Self::Host(_) => None,
            Self::LogIn(id, ..)
            | Self::LogInDescribed(id, ..)
            | Self::Authenticate(id, ..)
            | Self::Command(id, ..)
            | Self::Act(id, _)
            | Self::MarkRead(id, _)
            | Self::NoteRead(id, _)
            | Self::Verdict(id, ..)
            | Self::Depart(id, _)
            | Self::DepartAsSlow(id)
            | Self::Nothing(id) => Some(*id),
        }
    }
}

impl Hub {
    /// The session that the next connection is.
    #[must_use]
    pub fn next_session(&self) -> SessionId {
        self.view.sessions.next_id()
    }

    /// Has it happen.
    pub fn carry(&mut self, input: Input, now: Now) -> Outputs {
        match input {
            Input::Connect(origin, door) => self.connect(origin, door, now).1,
            Input::LogIn(id, said, greeting) => {
                let is_greeted = !matches!(said, LoginLine::Token(_));
                let outputs = self.take_login_line(id, said, now);
                if is_greeted { self.greeted(id, outputs, &greeting, now) } else { outputs }
            }
            Input::LogInDescribed(id, name, mut profile, tries, greeting) => {
                // Whatever the clock of the machine says that the client is connected to.
                (profile.since, profile.spoke) = (now.wall, now.wall);
                let outputs = self.log_in_described(id, name, profile, tries);
                self.greeted(id, outputs, &greeting, now)
            }
            Input::Authenticate(id, name, password) => self.authenticate(id, name, password),
            Input::Command(id, command, token) => {
                let outputs = self.carry_out(id, command, now);
                self.with_token(outputs, token, now)
            }
            Input::Act(id, act) => self.act(id, act, now),
            Input::MarkRead(id, mark) => {
                let decision = self.decide_read_mark(id, &mark, now);
                self.apply(decision)
            }
            Input::NoteRead(id, read) => self.note_read(id, &read, now),
            Input::Verdict(id, verdict, greeting) => {
                let had_name = self.is_logged_in(id);
                let outputs = self.conclude(id, verdict, now);
                if had_name { outputs } else { self.greeted(id, outputs, &greeting, now) }
            }
            Input::Host(wish) => match self.decide_host(wish, now) {
                Ok((decision, _)) => self.apply(decision),
                // Whoever wants it is told by the own server.
                Err(_) => Outputs::default(),
            },
            Input::Depart(id, departure) => self.depart(id, departure, now),
            Input::DepartAsSlow(id) => self.depart_as_slow(id, now),
            Input::Nothing(_) => Outputs::default(),
        }
    }

    /// Takes what a session without a name has said.
    pub fn take_login_line(&mut self, id: SessionId, said: LoginLine, now: Now) -> Outputs {
        match said {
            LoginLine::Name(name) => self.log_in(id, Ok(name)),
            LoginLine::Password(password) => self.say_password(id, Ok(password)),
            LoginLine::Account(name, password) => self.log_in_to(id, name, password),
            LoginLine::Token(token) => self.take_over(id, token, now),
            LoginLine::Refused(refusal) if self.awaited_account(id).is_some() => self.say_password(id, Err(refusal)),
            LoginLine::Refused(refusal) => self.log_in(id, Err(refusal)),
        }
    }

    /// What is done about a session that has just logged in, if it has, behind what that wants done.
    fn greeted(&mut self, id: SessionId, mut outputs: Outputs, greeting: &Greeting, now: Now) -> Outputs {
        if !self.is_logged_in(id) {
            return outputs;
        }
        if let Some(lobby) = &greeting.lobby {
            outputs.append(self.apply(self.decide_lobby(id, lobby, now)));
        }
        if let Some(token) = greeting.token {
            outputs.append(self.give_token(id, token, true, now));
        }
        outputs
    }

    /// The token is given where one is wanted.
    fn with_token(&mut self, outputs: Outputs, token: Option<SessionToken>, now: Now) -> Outputs {
        let Some(token) = token else { return outputs };
        let mut given = Outputs::default();
        for output in outputs {
            match output {
                Output::MakeToken(id) => given.append(self.give_token(id, token, true, now)),
                other => given.push(other),
            }
        }
        given
    }
}
