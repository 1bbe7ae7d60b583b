//! What one line of a client comes to: steps that are taken under one lock, and said in their order.

use crate::protocol::act::Act;
use crate::protocol::name::{RoomName, UserName};
use crate::protocol::password::Password;
use crate::protocol::profile::Profile;
use crate::protocol::room_modes::MaskKind;

use super::features::Features;

/// What one line of a client comes to.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Instruction {
    /// What the client calls its line by, so that it finds the answer.
    pub label: Option<Box<str>>,
    /// What to do, in order.
    pub steps: Vec<Step>,
}

/// One thing to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// Say this to the client.
    Say(Saying),
    /// From here on, speak as this asks for.
    Speak(Features),
    /// Log in under this name. Of the profile, what the connection says is still missing.
    LogIn(UserName, Box<Profile>),
    /// Show that the user has the account of this name.
    Authenticate(UserName, Password),
    /// Do this for the user.
    Do(Act),
    /// Do this, which others are told in a line with so many bytes beside its source; if that is too long, nothing is done.
    /// Then the client is told so, if it is to be.
    DoInLine(Act, usize, WhenTooLong),
    /// Close the connection: nothing more is wanted of it.
    Close,
}

impl Step {
    /// What is to be done for the user, if it is that.
    pub fn act(&self) -> Option<&Act> {
        match self {
            Self::Do(act) | Self::DoInLine(act, ..) => Some(act),
            Self::Say(_) | Self::Speak(_) | Self::LogIn(..) | Self::Authenticate(..) | Self::Close => None,
        }
    }
}

/// What comes of a line that would be too long for others.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WhenTooLong {
    /// The client is told.
    Told,
    /// Nothing is ever answered to such a line.
    Silent,
}

/// What is said to a client that has asked for it; it is spelled when it is said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Saying(pub(super) Spoken);

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Spoken {
    /// A numbered reply, with its parameters behind the hearer's name.
    Numbered(u16, Vec<String>),
    /// A command of the server, with its parameters.
    Plain(&'static str, Vec<String>),
    /// A command with its parameters, of nobody.
    Bare(&'static str, Vec<String>),
    /// What capabilities come to: the hearer's name stands before the parameters.
    Cap(Vec<String>),
    /// The last line.
    Closing(String),
    /// What can be seen now.
    Seen(IrcQuery),
    /// The same, if the word is not the name of another server.
    OfHouse(String, Box<IrcQuery>),
    /// The same, if the hearer has this name.
    OfOneself(UserName, Box<IrcQuery>),
}

/// What a client wants to see.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum IrcQuery {
    Names(String),
    Topic(RoomName),
    Who(Who),
    Whois(String),
    Whowas(String, usize),
    List(ListFilter),
    Census,
    Motd,
    Version,
    Time,
    Info,
    Admin,
    Links,
    Help(String),
    UserHosts(Vec<String>),
    IsOn(Vec<String>),
    OwnModes,
    RoomModes(RoomName),
    Masks(RoomName, MaskKind),
}

/// `WHO`: of whom, and which fields.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Who {
    /// As it was sent.
    pub(super) mask: String,
    /// The letters of the fields and the word that answers begin with, if it is asked for such.
    pub(super) fields: Option<(String, String)>,
    /// Operators alone.
    pub(super) operators: bool,
}

/// Which rooms `LIST` is about: those that fit all of these.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(super) struct ListFilter {
    /// With one of these names, or fitting one of these masks; any if there are none.
    pub(super) masks: Vec<String>,
    /// Fitting none of these.
    pub(super) except: Vec<String>,
    /// With more members than this.
    pub(super) more_than: Option<usize>,
    /// With fewer members than this.
    pub(super) fewer_than: Option<usize>,
}

impl Saying {
    pub(super) fn numbered(number: u16, params: &[&str]) -> Step {
        Step::Say(Self(Spoken::Numbered(number, params.iter().map(|param| (*param).to_owned()).collect())))
    }

    /// What a client is told whose line is too long, or would be for others.
    #[must_use]
    pub fn too_long() -> Self {
        Self(Spoken::Numbered(417, vec!["Input line was too long".to_owned()]))
    }

    pub(super) fn plain(command: &'static str, params: &[&str]) -> Step {
        Step::Say(Self(Spoken::Plain(command, params.iter().map(|param| (*param).to_owned()).collect())))
    }

    pub(super) fn bare(command: &'static str, params: &[&str]) -> Step {
        Step::Say(Self(Spoken::Bare(command, params.iter().map(|param| (*param).to_owned()).collect())))
    }

    pub(super) fn cap(params: &[&str]) -> Step {
        Step::Say(Self(Spoken::Cap(params.iter().map(|param| (*param).to_owned()).collect())))
    }

    pub(super) fn of_oneself(name: UserName, question: IrcQuery) -> Step {
        Step::Say(Self(Spoken::OfOneself(name, Box::new(question))))
    }

    pub(super) fn seen(question: IrcQuery) -> Step {
        Step::Say(Self(Spoken::Seen(question)))
    }
}
