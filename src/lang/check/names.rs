//! The one name space of a test: what each name means at the current statement.

use std::collections::{BTreeMap, HashMap};

use super::findings::{Basis, Findings};
use crate::diagnostic::Diagnostic;
use crate::diagnostic::source::{Span, Spanned};
use crate::lang::ast::{Insert, Name};

/// What is known by name.
#[derive(Clone, Default)]
pub(super) struct NameTable {
    /// In order, so that of two suggestions that are as near the same one is made each time.
    entries: BTreeMap<Name, NameEntry>,
    /// Captures that were local to an `each` which is closed.
    forgotten: HashMap<Name, Span>,
}

/// A name's meaning.
#[derive(Clone)]
pub(super) struct NameEntry {
    pub(super) kind: NameKind,
    /// Where it got it.
    pub(super) span: Span,
    /// In which lane a capture was made, as long as the other lanes run beside it.
    pub(super) lane: Option<LaneId>,
}

/// What a name can mean.
#[derive(Clone, PartialEq)]
pub(super) enum NameKind {
    User,
    Group(Vec<Name>),
    Constant,
    Parameter,
    Capture,
}

impl NameKind {
    /// With its article, for messages.
    pub(super) fn describe(&self) -> &'static str {
        match self {
            Self::User => "a user",
            Self::Group(_) => "a group of users",
            Self::Constant => "a constant",
            Self::Parameter => "a parameter",
            Self::Capture => "a capture",
        }
    }
}

/// A lane of a `together`.
#[derive(Clone, PartialEq)]
pub(super) struct LaneId {
    /// Which `together`: where it stands.
    pub(super) together: Span,
    /// The users whose lanes the statement is in, or the block that is the lane.
    pub(super) owner: LaneKey,
}

/// What makes a lane this one and no other.
#[derive(Clone, PartialEq)]
pub(super) enum LaneKey {
    Users(Vec<Name>),
    Block(Span),
}

impl LaneId {
    /// Whether what happens in `self` is sure to happen before what comes later in the text in `other`.
    pub(super) fn precedes(&self, other: &Self) -> bool {
        if self.together != other.together {
            return true;
        }
        match (&self.owner, &other.owner) {
            (LaneKey::Users(earlier), LaneKey::Users(later)) => later.iter().all(|user| earlier.contains(user)),
            (earlier, later) => earlier == later,
        }
    }
}

impl NameTable {
    /// What `name` means here.
    pub(super) fn find(&self, name: &Name) -> Option<&NameEntry> {
        self.entries.get(name)
    }

    /// Where `name` was captured, if that was inside of an `each` that is closed.
    pub(super) fn forgotten(&self, name: &Name) -> Option<Span> {
        self.forgotten.get(name).copied()
    }

    /// Gives `name` a meaning, and returns the other one that it has already.
    fn declare(&mut self, name: &Name, kind: NameKind, span: Span) -> Option<&NameEntry> {
        if self.entries.contains_key(name) {
            return self.entries.get(name);
        }
        self.entries.insert(name.clone(), NameEntry { kind, span, lane: None });
        None
    }

    /// Keeps a capture, and returns the other meaning that the name has already: a later capture replaces an earlier.
    fn capture(&mut self, name: &Name, span: Span, lane: Option<LaneId>) -> Option<&NameEntry> {
        let clashes = self.entries.get(name).is_some_and(|entry| entry.kind != NameKind::Capture);
        if clashes {
            return self.entries.get(name);
        }
        self.entries.insert(name.clone(), NameEntry { kind: NameKind::Capture, span, lane });
        None
    }

    /// Gives `name` a meaning, or reports that it has another one already.
    pub(super) fn give(&mut self, name: &Spanned<Name>, kind: NameKind, findings: &mut Findings<'_>) {
        if let Some(other) = self.declare(&name.value, kind, name.span) {
            report_clash(&name.value, name.span, other, findings);
        }
    }

    /// Keeps what a statement captured.
    pub(super) fn keep(&mut self, captures: Vec<Spanned<Name>>, lane: Option<&LaneId>, findings: &mut Findings<'_>) {
        for Spanned { value: name, span } in captures {
            let before = self.entries.get(&name).filter(|entry| {
                let lanes = entry.lane.as_ref().zip(lane);
                entry.kind == NameKind::Capture && lanes.is_some_and(|(theirs, ours)| !theirs.precedes(ours))
            });
            if let Some(entry) = before {
                let message = format!("`{name}` is captured in two lanes at once");
                let error = Diagnostic::error(findings.source, span, message, "captured here")
                    .mark(entry.span, "and here, in another lane of the same `together`")
                    .help("which comes last is open: give them two names");
                findings.add(Basis::Blocks, error);
            }
            if let Some(other) = self.capture(&name, span, lane.cloned()) {
                report_clash(&name, span, other, findings);
            }
        }
    }

    /// Forgets the captures that are not in `before`, as an `each` does at its end.
    pub(super) fn leave(&mut self, before: Self) {
        let local =
            std::mem::take(&mut self.entries).into_iter().filter(|(name, _)| !before.entries.contains_key(name));
        let local: Vec<(Name, Span)> = local.map(|(name, entry)| (name, entry.span)).collect();
        self.entries = before.entries;
        self.forgotten.extend(local);
    }

    /// The users and groups.
    pub(super) fn people(&self) -> impl Iterator<Item = &str> {
        let people = self.entries.iter().filter(|(_, entry)| matches!(entry.kind, NameKind::User | NameKind::Group(_)));
        people.map(|(name, _)| name.as_str())
    }

    /// Everything that can be inserted.
    pub(super) fn all(&self) -> impl Iterator<Item = &str> {
        self.entries.keys().map(Name::as_str)
    }
}

impl NameEntry {
    /// What inserting `name`, which means this, inserts.
    pub(super) fn insert(&self, name: &Name) -> Insert {
        match &self.kind {
            NameKind::User => Insert::User(name.clone()),
            NameKind::Group(members) => Insert::Group(members.clone()),
            NameKind::Constant | NameKind::Parameter | NameKind::Capture => Insert::Value(name.clone()),
        }
    }
}

fn report_clash(name: &Name, span: Span, other: &NameEntry, findings: &mut Findings<'_>) {
    let message = format!("the name `{name}` is taken");
    let error = Diagnostic::error(findings.source, span, message, "given here again")
        .mark(other.span, format!("it is {} since here", other.kind.describe()));
    // A test that was not understood would have begun anew.
    findings.add(Basis::Blocks, error);
}
