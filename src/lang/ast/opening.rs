//! `connect` and `open`: the users that they declare.

use std::num::NonZeroUsize;
use std::sync::Arc;

use super::dialect::ForeignDialect;
use super::template::Template;
use super::users::Name;
use crate::diagnostic::source::{Span, Spanned};
use crate::protocol::charset::Charset;
use crate::protocol::dialect::Dialect;

/// The users that a `connect` or `open` declares, and how they connect.
#[derive(Clone, Debug, PartialEq)]
pub struct Opening {
    /// Whether they also log in.
    pub kind: OpeningKind,
    /// The users, in order. Inside a lane only the lane's own.
    pub users: Vec<Declaration>,
    /// `at NAME`: the server, by name or address; that of everybody if absent.
    pub at: Option<Spanned<String>>,
    /// `with encoding NAME`; the dialect's own when absent.
    pub encoding: Option<Spanned<Charset>>,
    /// `with dialect NAME`, as it is written.
    pub dialect: Option<Spanned<Name>>,
    /// `with password "..."`: what the users say if they are asked for a password.
    pub password: Option<Template>,
    /// `with tls`: over TLS, whatever the others have.
    pub tls: Option<Span>,
    /// What they speak, by this statement or by `set dialect`; settled by the checks.
    pub speech: Option<Speech>,
}

/// What users speak.
#[derive(Clone, Debug, PartialEq)]
pub enum Speech {
    /// A dialect of our own servers.
    Own(Dialect),
    /// That of another server.
    Foreign(Arc<ForeignDialect>),
}

impl Speech {
    /// The charset in which a connection begins.
    pub fn charset(&self) -> Charset {
        match self {
            Self::Own(dialect) => dialect.charset(),
            Self::Foreign(_) => Dialect::OF_OTHERS.charset(),
        }
    }

    /// The dialect of another server, if it is one.
    pub fn foreign(&self) -> Option<&Arc<ForeignDialect>> {
        match self {
            Self::Own(_) => None,
            Self::Foreign(dialect) => Some(dialect),
        }
    }
}

impl Opening {
    /// The dialect of another server, if its users speak one.
    pub fn foreign(&self) -> Option<&Arc<ForeignDialect>> {
        self.speech.as_ref().and_then(Speech::foreign)
    }

    /// The labels to connect, in order, each with the declaration that it belongs to.
    pub fn members(&self) -> impl Iterator<Item = (&Declaration, &Name)> {
        self.users.iter().flat_map(|declaration| declaration.members.iter().map(move |label| (declaration, label)))
    }
}

/// The two ways to open a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum OpeningKind {
    /// `connect`: open a connection for each user and log in, one after another.
    Connect,
    /// `open`: only the connection.
    Open,
}

/// `alice`, `bob as "渊渊"` or `talker[5]`.
#[derive(Clone, Debug, PartialEq)]
pub struct Declaration {
    /// The whole statement.
    pub span: Span,
    /// The label, or the group's name.
    pub label: Spanned<Name>,
    /// How many a group has, `None` for a single user.
    pub size: Option<Spanned<NonZeroUsize>>,
    /// The labels to connect, in order: the label itself, or `talker1`, `talker2`, ... of a group.
    pub members: Vec<Name>,
    /// `as "..."`: the name on the wire, where it is not the label. Never with a group.
    pub wire_name: Option<Template>,
}
