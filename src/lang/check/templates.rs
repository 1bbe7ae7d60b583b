//! The holes of a text: whether they may stand there, and what the names in them mean.

use super::context::BlockContext;
use super::demand::Demand;
use super::findings::{Basis, Findings};
use super::people;
use super::scope::Scope;
use crate::diagnostic::Diagnostic;
use crate::diagnostic::source::{Span, Spanned};
use crate::lang::ast::{Generator, Insert, Name, Part, PartKind, Pattern, Template};
use crate::text::nearest::nearest;

/// What a text is for.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum TextRole {
    Send,
    /// An expectation that must be met.
    Expect,
    /// One that need not, with its operator or word.
    Unsure(&'static str),
    Regex,
    Constant,
    Assert,
    WireName,
    /// The name, path or id of a file, or the room that it is for.
    File,
}

impl TextRole {
    fn describe(self) -> &'static str {
        match self {
            Self::Send => "a text to send",
            Self::Expect | Self::Unsure(_) => "an expectation",
            Self::Regex => "a regular expression",
            Self::Constant => "a constant",
            Self::Assert => "an assertion",
            Self::WireName | Self::File => "a name",
        }
    }

    fn is_about_a_user(self) -> bool {
        matches!(self, Self::Send | Self::Expect | Self::Unsure(_) | Self::Regex | Self::File)
    }

    fn matches(self) -> bool {
        matches!(self, Self::Expect | Self::Unsure(_))
    }
}

/// Settles the names in a text.
pub(super) fn settle(template: &mut Template, role: TextRole, scope: &Scope, findings: &mut Findings<'_>) {
    let mut holes = Holes { scope, findings, role };
    template.parts.iter_mut().for_each(|part| holes.part(part));
}

/// Settles the names in a pattern, and returns what it captures.
pub(super) fn settle_pattern(
    pattern: &mut Pattern,
    role: TextRole,
    scope: &Scope,
    findings: &mut Findings<'_>,
) -> Vec<Spanned<Name>> {
    match pattern {
        Pattern::Text(template) => settle(template, role, scope, findings),
        Pattern::Regex(regex) => settle(&mut regex.template, TextRole::Regex, scope, findings),
    }
    let captures = pattern.captures();
    if let TextRole::Unsure(operator) = role {
        if matches!(pattern, Pattern::Regex(_)) {
            captures.iter().for_each(|capture| refuse_capture(findings, capture.span, operator));
        }
        return Vec::new();
    }
    captures
}

fn refuse_capture(findings: &mut Findings<'_>, span: Span, operator: &str) {
    let message = format!("`{operator}` captures nothing");
    let help = "the line may never come, and the name would have no value; `{{_}}` matches without keeping";
    findings.add(Basis::Itself, Diagnostic::error(findings.source, span, message, "not here").help(help));
}

/// The holes of a text at one place of the file.
struct Holes<'s, 'f, 'a> {
    scope: &'s Scope,
    findings: &'f mut Findings<'a>,
    role: TextRole,
}

impl Holes<'_, '_, '_> {
    fn part(&mut self, part: &mut Part) {
        let role = self.role;
        let span = part.span;
        match &mut part.kind {
            PartKind::Literal(_) | PartKind::Quoted(_) => {}
            PartKind::Insert(insert) => self.insert(insert, span),
            PartKind::Capture { .. } => match role {
                TextRole::Expect => {}
                TextRole::Unsure(operator) => refuse_capture(self.findings, span, operator),
                TextRole::Send
                | TextRole::Regex
                | TextRole::Constant
                | TextRole::Assert
                | TextRole::WireName
                | TextRole::File => {
                    let help = "without a colon, a placeholder inserts a value";
                    self.refuse_hole(span, "a capture", help);
                }
            },
            PartKind::Anything(_) => {
                if !role.matches() {
                    let help =
                        if role == TextRole::Regex { "write `.*`" } else { "it matches, and here nothing is matched" };
                    self.refuse_hole(span, "`{{_}}`", help);
                }
            }
            PartKind::Generate(generator) => self.generated(*generator, span),
            PartKind::Stamp(targets) => {
                if role == TextRole::Send {
                    if let Some(targets) = targets {
                        people::settle(targets, Demand::BeKnown, self.scope, self.findings);
                    }
                } else {
                    let help = "a line with a stamp is counted where it arrives and is never in an inbox; to wait for \
                                it, send `ping x` and expect `server: pong x`";
                    self.refuse_hole(span, "a stamp", help);
                }
            }
        }
    }

    fn generated(&mut self, generator: Generator, span: Span) {
        let role = self.role;
        if matches!(role, TextRole::Send | TextRole::Constant | TextRole::WireName | TextRole::File) {
            return;
        }
        let help = match generator {
            Generator::Word if role.matches() => "to match a word, name it: `{{who:word}}`",
            Generator::Word | Generator::Text { .. } | Generator::Int { .. } => {
                "what is made up is new each time: keep it with `let x = ...`, and insert `{{x}}`"
            }
        };
        self.refuse_hole(span, "a made-up value", help);
    }

    fn refuse_hole(&mut self, span: Span, what: &str, help: &str) {
        let message = format!("{what} in {}", self.role.describe());
        self.findings.add(Basis::Itself, Diagnostic::error(self.findings.source, span, message, "not here").help(help));
    }

    fn insert(&mut self, insert: &mut Insert, span: Span) {
        let role = self.role;
        match insert {
            Insert::Me if role.is_about_a_user() || (role == TextRole::Assert && self.scope.me.is_some()) => {}
            Insert::Me => {
                self.findings.error(Basis::Blocks, span, "nobody is `me` here", "no user carries this out");
            }
            Insert::Iteration
                if [BlockContext::Repeat, BlockContext::Every].into_iter().any(|turns| self.scope.is_in(turns)) => {}
            Insert::Iteration => {
                let message = "`i` is used outside of `repeat` and `every`";
                self.findings.error(Basis::Blocks, span, message, "nothing is counted here");
            }
            Insert::Cast | Insert::User(_) | Insert::Group(_) => {}
            Insert::Value(name) => {
                let name = name.clone();
                match self.scope.state.names.find(&name) {
                    None => self.unknown_value(&name, span),
                    Some(entry) => {
                        *insert = entry.insert(&name);
                        let lanes = entry.lane.clone().zip(self.scope.lane.clone());
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
        let error = if let Some(captured) = self.scope.pending(name) {
            Diagnostic::error(self.findings.source, span, format!("`{name}` has no value yet"), "inserted here")
                .mark(captured, "captured by the same statement or block")
                .help("to require the same text twice, capture it twice under the same name")
        } else if let Some(captured) = self.scope.state.names.forgotten(name) {
            Diagnostic::error(self.findings.source, span, format!("`{name}` has no value here"), "inserted here")
                .mark(captured, "captured here, inside of `each`: each turn has its own value")
        } else {
            let meant = nearest(name.as_str(), self.scope.state.names.all()).map(str::to_owned);
            let mark =
                meant.map_or("nothing above gives it one".to_owned(), |meant| format!("did you mean `{meant}`?"));
            let help = format!("`{{{{{name}:any}}}}` in an expectation captures, `let {name} = ...` names a constant");
            Diagnostic::error(self.findings.source, span, format!("`{name}` has no value"), mark).help(help)
        };
        self.findings.add(Basis::Name(name), error);
    }

    fn refuse_race(&mut self, name: &Name, span: Span, captured: Span) {
        let message = format!("`{name}` may have no value yet");
        let error = Diagnostic::error(self.findings.source, span, message, "inserted here")
            .mark(captured, "captured here, in another lane of the same `together`")
            .help("lanes run side by side: insert it after the `end`");
        self.findings.add(Basis::Blocks, error);
    }
}
