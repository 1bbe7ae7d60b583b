//! Who is there, as far as the text says: connected, stalled, or gone since some line.

use std::collections::HashMap;

use crate::diagnostic::source::Span;
use crate::lang::ast::Name;

/// The users of a test that have been connected so far, in that order.
#[derive(Clone, Default)]
pub(super) struct Presence {
    users: Vec<(Name, Status)>,
    places: HashMap<Name, usize>,
    /// How many statements so far could make the server say something.
    activity: usize,
}

/// Whether a user is connected and reads.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Status {
    /// Connected, and reading.
    Present,
    /// Connected, but not reading.
    Stalled(Since),
    /// Not connected any more.
    Gone(Since, Disconnection),
}

/// The statement since which something holds.
#[derive(Clone, Copy, PartialEq)]
pub(super) struct Since {
    /// The statement that says so.
    pub(super) span: Span,
    /// What had happened by then.
    activity: usize,
}

/// How a user went.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Disconnection {
    Disconnected,
    Reset,
    ClosedByServer,
}

impl Disconnection {
    /// As a verb, for messages.
    pub(super) fn describe(self) -> &'static str {
        match self {
            Self::Disconnected => "disconnects",
            Self::Reset => "resets",
            Self::ClosedByServer => "is closed",
        }
    }
}

impl Presence {
    /// A new user connects.
    pub(super) fn arrive(&mut self, user: &Name) {
        self.places.insert(user.clone(), self.users.len());
        self.users.push((user.clone(), Status::Present));
    }

    /// The status of a user that has connected before.
    pub(super) fn status(&self, user: &Name) -> Option<Status> {
        self.places.get(user).map(|&place| self.users[place].1)
    }

    /// Changes the status of a user.
    pub(super) fn change(&mut self, user: &Name, status: Status) {
        if let Some(&place) = self.places.get(user) {
            self.users[place].1 = status;
        }
    }

    /// The users leave, all at once, with the statement at `span`.
    pub(super) fn depart(&mut self, users: &[Name], span: Span, how: Disconnection) {
        self.act();
        let since = self.since(span);
        for user in users {
            self.change(user, Status::Gone(since, how));
        }
    }

    /// From the statement at `span` on.
    pub(super) fn since(&self, span: Span) -> Since {
        Since { span, activity: self.activity }
    }

    /// Something happened that could make the server say something.
    pub(super) fn act(&mut self) {
        self.activity += 1;
    }

    /// Whether something happened after that.
    pub(super) fn has_acted_since(&self, since: Since) -> bool {
        self.activity > since.activity
    }

    /// All who are connected, in the order in which they came.
    pub(super) fn all(&self) -> impl Iterator<Item = &Name> {
        self.users.iter().filter(|(_, status)| !matches!(status, Status::Gone(..))).map(|(name, _)| name)
    }

    /// The users with whom it stood otherwise in `before`, and how it stands now.
    pub(super) fn changed_since<'a>(&'a self, before: &'a Self) -> impl Iterator<Item = (&'a Name, Status)> {
        let differs = |&(now, then): &(&'a (Name, Status), &'a (Name, Status))| {
            std::mem::discriminant(&now.1) != std::mem::discriminant(&then.1)
        };
        self.users.iter().zip(&before.users).filter(differs).map(|(now, _)| (&now.0, now.1))
    }
}
