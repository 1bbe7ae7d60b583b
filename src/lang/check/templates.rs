//! The holes of a text: whether they may stand there, and what the names in them mean.

use super::names::{Kind, LaneId};
use super::people::Demand;
use super::places::Place;
use super::walk::Walk;
use crate::diagnostic::Diagnostic;
use crate::diagnostic::source::{Span, Spanned};
use crate::lang::ast::{Generator, Insert, Name, Part, PartKind, Pattern, Template};
use crate::text::nearest::nearest;

/// What a text is for.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Role {
    Send,
    /// An expectation that must be met.
    Expect,
    /// One that need not, with its operator or word.
    Unsure(&'static str),
    Regex,
    Constant,
    Assert,
    WireName,
}

impl Role {
    fn describe(self) -> &'static str {
        match self {
            Self::Send => "a text to send",
            Self::Expect | Self::Unsure(_) => "an expectation",
            Self::Regex => "a regular expression",
            Self::Constant => "a constant",
            Self::Assert => "an assertion",
            Self::WireName => "a name",
        }
    }

    fn is_about_a_user(self) -> bool {
        matches!(self, Self::Send | Self::Expect | Self::Unsure(_) | Self::Regex)
    }

    fn matches(self) -> bool {
        matches!(self, Self::Expect | Self::Unsure(_))
    }
}

impl Walk<'_> {
    /// Settles the names in a text.
    pub(super) fn template(&mut self, template: &mut Template, role: Role) {
        for part in &mut template.parts {
            self.part(part, role);
        }
    }

    /// Settles the names in a pattern, and returns what it captures.
    pub(super) fn pattern(&mut self, pattern: &mut Pattern, role: Role) -> Vec<Spanned<Name>> {
        match pattern {
            Pattern::Text(template) => self.template(template, role),
            Pattern::Regex(regex) => self.template(&mut regex.template, Role::Regex),
        }
        let captures = pattern.captures();
        if let Role::Unsure(operator) = role {
            if matches!(pattern, Pattern::Regex(_)) {
                captures.iter().for_each(|capture| self.refuse_capture(capture.span, operator));
            }
            return Vec::new();
        }
        captures
    }

    fn part(&mut self, part: &mut Part, role: Role) {
        let span = part.span;
        match &mut part.kind {
            PartKind::Literal(_) | PartKind::Quoted(_) => {}
            PartKind::Insert(insert) => self.insert(insert, span, role),
            PartKind::Capture { .. } => match role {
                Role::Expect => {}
                Role::Unsure(operator) => self.refuse_capture(span, operator),
                Role::Send | Role::Regex | Role::Constant | Role::Assert | Role::WireName => {
                    let help = "without a colon a hole inserts a value";
                    self.refuse_hole(span, "a capture", role, help);
                }
            },
            PartKind::Anything => {
                if !role.matches() {
                    let help =
                        if role == Role::Regex { "write `.*`" } else { "it matches, and here nothing is matched" };
                    self.refuse_hole(span, "`{{_}}`", role, help);
                }
            }
            PartKind::Generate(generator) => self.generated(*generator, span, role),
            PartKind::Stamp(targets) => {
                if role == Role::Send {
                    if let Some(targets) = targets {
                        self.users(targets, Demand::BeKnown);
                    }
                } else {
                    let help = "a line with a stamp is counted where it arrives and is never in an inbox; to wait for \
                                it, send `ping x` and expect `server: pong x`";
                    self.refuse_hole(span, "a stamp", role, help);
                }
            }
        }
    }

    fn generated(&mut self, generator: Generator, span: Span, role: Role) {
        if matches!(role, Role::Send | Role::Constant | Role::WireName) {
            return;
        }
        let help = match generator {
            Generator::Word if role.matches() => "to match a word, name it: `{{who:word}}`",
            Generator::Word | Generator::Text { .. } | Generator::Int { .. } => {
                "what is made up is new each time: keep it with `let x = ...`, and insert `{{x}}`"
            }
        };
        self.refuse_hole(span, "a made-up value", role, help);
    }

    fn refuse_hole(&mut self, span: Span, what: &str, role: Role, help: &str) {
        let message = format!("{what} in {}", role.describe());
        self.errors.push(Diagnostic::error(self.source, span, message, "not here").help(help));
    }

    fn refuse_capture(&mut self, span: Span, operator: &str) {
        let message = format!("`{operator}` captures nothing");
        let help = "the line may never come, and the name would have no value; `{{_}}` matches without keeping";
        self.errors.push(Diagnostic::error(self.source, span, message, "not here").help(help));
    }

    fn insert(&mut self, insert: &mut Insert, span: Span, role: Role) {
        match insert {
            Insert::Me if role.is_about_a_user() || (role == Role::Assert && self.me.is_some()) => {}
            Insert::Me => self.error(span, "nobody is `me` here", "no user carries this out"),
            Insert::Iteration if self.places.iter().any(|(place, _)| *place == Place::Repeat) => {}
            Insert::Iteration => self.error(span, "`i` stands outside of `repeat`", "nothing is counted here"),
            Insert::Cast | Insert::User(_) | Insert::Group(_) => {}
            Insert::Value(name) => {
                let name = name.clone();
                match self.state.names.find(&name) {
                    None => self.unknown_value(&name, span),
                    Some(entry) => {
                        *insert = entry.insert(&name);
                        let lanes = entry.lane.clone().zip(self.lane.clone());
                        let captured = entry.span;
                        if lanes.is_some_and(|(theirs, ours)| !theirs.precedes(&ours)) {
                            self.refuse_race(&name, span, captured);
                        }
                    }
                }
            }
        }
    }

    fn unknown_value(&mut self, name: &Name, span: Span) {
        let error = if let Some(captured) = self.pending(name) {
            Diagnostic::error(self.source, span, format!("`{name}` has no value yet"), "inserted here")
                .mark(captured, "captured by the same statement or block")
                .help("to require the same text twice, capture it twice under the same name")
        } else if let Some(captured) = self.state.names.forgotten(name) {
            Diagnostic::error(self.source, span, format!("`{name}` has no value here"), "inserted here")
                .mark(captured, "captured here, inside of `each`: each turn has its own value")
        } else {
            let meant = nearest(name.as_str(), self.state.names.all()).map(str::to_owned);
            let mark =
                meant.map_or("nothing above gives it one".to_owned(), |meant| format!("did you mean `{meant}`?"));
            let help = format!("`{{{{{name}:any}}}}` in an expectation captures, `let {name} = ...` names a constant");
            Diagnostic::error(self.source, span, format!("`{name}` has no value"), mark).help(help)
        };
        self.errors.push(error);
    }

    fn refuse_race(&mut self, name: &Name, span: Span, captured: Span) {
        let message = format!("`{name}` may have no value yet");
        let error = Diagnostic::error(self.source, span, message, "inserted here")
            .mark(captured, "captured here, in another lane of the same `together`")
            .help("lanes run side by side: insert it after the `end`");
        self.errors.push(error);
    }

    /// Keeps what a statement captured.
    pub(super) fn keep(&mut self, captures: Vec<Spanned<Name>>, lane: Option<&LaneId>) {
        for Spanned { value: name, span } in captures {
            if let Some(entry) = self.state.names.find(&name) {
                let two_lanes = entry.kind == Kind::Capture
                    && entry.lane.as_ref().zip(lane).is_some_and(|(theirs, ours)| !theirs.precedes(ours));
                if two_lanes {
                    let message = format!("`{name}` is captured in two lanes at once");
                    let error = Diagnostic::error(self.source, span, message, "captured here")
                        .mark(entry.span, "and here, in another lane of the same `together`")
                        .help("which comes last is open: give them two names");
                    self.errors.push(error);
                }
            }
            if let Some(other) = self.state.names.capture(&name, span, lane.cloned()).cloned() {
                self.clash(&name, span, &other);
            }
        }
    }

    /// Notes that a name has two meanings.
    pub(super) fn clash(&mut self, name: &Name, span: Span, other: &super::names::Entry) {
        let message = format!("the name `{name}` is taken");
        let error = Diagnostic::error(self.source, span, message, "given here again")
            .mark(other.span, format!("it is {} since here", other.kind.describe()));
        self.errors.push(error);
    }

    /// Where the statement that is being checked captures `name`.
    fn pending(&self, name: &Name) -> Option<Span> {
        self.pending.iter().find(|capture| capture.value == *name).map(|capture| capture.span)
    }
}
