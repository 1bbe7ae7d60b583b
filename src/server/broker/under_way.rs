//! What a server of a cluster knows of a line that it has handed to the log, and does when that comes back.

use std::sync::Arc;

use futures::channel::oneshot;

use super::caller::{Caller, LoginLine};
use super::waiting::Waiting;
use crate::hub::replica::LoggedInput;
use crate::hub::{Greeting, HostWish, Input, SessionId, Verdict};
use crate::protocol::act::Act;
use crate::protocol::command::Command;
use crate::protocol::dialect::irc::{Instruction, NAMES_REFUSED_AT_MOST, Step};
use crate::protocol::name::UserName;
use crate::protocol::operated::Operated;
use crate::protocol::profile::Profile;
use crate::protocol::read_mark::ReadMark;
use crate::protocol::refusal::Refusal;
use crate::protocol::token::SessionToken;
use crate::server::connection::Connection;

/// One line under way.
#[derive(Debug)]
pub(in crate::server) struct UnderWay {
    /// Whose connection counts it, if anybody's does.
    pub(super) connection: Option<Arc<Connection>>,
    pub(super) what: Submission,
}

/// What is done when the line comes back.
#[derive(Debug)]
pub(super) enum Submission {
    /// A connection is a session.
    Open(Arc<Connection>, oneshot::Sender<SessionId>),
    /// Somebody logs in.
    LogIn(Caller, LoginLine, Greeting),
    /// A command is carried out, or refused. `once` says whether it has one answer.
    Take { caller: Caller, command: Result<Command, Refusal>, token: Option<SessionToken>, once: bool },
    /// The steps of a line are taken.
    Follow(Caller, Instruction, Greeting),
    /// Somebody has read.
    MarkRead(Caller, ReadMark),
    /// A password was computed.
    Conclude(Box<Waiting>, Verdict, Greeting),
    /// Those who run the server want something.
    Operate(HostWish, oneshot::Sender<Result<Operated, Refusal>>),
    /// Nobody waits for it.
    Happen(Input),
}

impl Submission {
    /// The lines for the others, each with its newline.
    pub(super) fn lines(&self) -> String {
        let mut lines = String::new();
        let mut add = |input: Input, nonce: Option<Box<str>>| {
            LoggedInput { input, nonce }.write(&mut lines);
            lines.push('\n');
        };
        match self {
            Self::Open(connection, _) => add(Input::Connect(connection.origin(), connection.dialect.door()), None),
            Self::LogIn(caller, said, greeting) => {
                add(Input::LogIn(caller.session, said.clone(), greeting.clone()), None);
            }
            Self::Take { caller, command: Ok(command), token, once: _ } => {
                add(Input::Command(caller.session, command.clone(), *token), caller.nonce.clone());
            }
            Self::Take { caller, command: Err(_), .. } => add(Input::Nothing(caller.session), None),
            Self::Follow(caller, instruction, greeting) => {
                let inputs = instruction.steps.iter().filter_map(|step| input_of(caller.session, step, greeting));
                inputs.chain([Input::Nothing(caller.session)]).for_each(|input| add(input, None));
            }
            Self::MarkRead(caller, mark) => add(Input::MarkRead(caller.session, mark.clone()), None),
            Self::Conclude(waiting, verdict, greeting) => {
                add(Input::Verdict(waiting.session(), verdict.clone(), greeting.clone()), None);
            }
            Self::Operate(wish, _) => add(Input::Host(wish.clone()), None),
            Self::Happen(input) => add(input.clone(), None),
        }
        lines
    }

    /// Whether nothing more is taken of the session before this is back: what comes after may be read otherwise, or has a
    /// long answer. What is said goes on.
    pub(super) fn bars(&self) -> bool {
        match self {
            Self::Take {
                command: Ok(Command::SendRoom { .. } | Command::SendMessage { .. } | Command::Ping(_)),
                ..
            }
            | Self::Take { command: Err(_), .. }
            | Self::Operate(..)
            | Self::Happen(_) => false,
            Self::Follow(_, instruction, _) => {
                let goes_on = |step: &Step| matches!(step, Step::Say(_) | Step::Do(Act::Say { .. }));
                instruction.label.is_some() || !instruction.steps.iter().all(goes_on)
            }
            Self::Open(..) | Self::LogIn(..) | Self::Take { .. } | Self::MarkRead(..) | Self::Conclude(..) => true,
        }
    }
}

/// What a step does to the hub, if it does something.
fn input_of(session: SessionId, step: &Step, greeting: &Greeting) -> Option<Input> {
    match step {
        Step::LogIn(name, profile) => Some(login(session, name, profile, greeting)),
        Step::Authenticate(name, password) => Some(Input::Authenticate(session, name.clone(), password.clone())),
        Step::Do(act) => Some(Input::Act(session, act.clone())),
        // It was settled before whether it is done.
        Step::DoInLine(..) | Step::Say(_) | Step::Speak(_) | Step::Close => None,
    }
}

/// What logs a client in that has described its user.
pub(super) fn login(session: SessionId, name: &UserName, profile: &Profile, greeting: &Greeting) -> Input {
    Input::LogInDescribed(session, name.clone(), Box::new(profile.clone()), NAMES_REFUSED_AT_MOST, greeting.clone())
}
