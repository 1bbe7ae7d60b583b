//! `--update`: the script with its failing exact expectations rewritten to what was received.
//!
//! Only what is written without holes is rewritten; patterns are kept, and so is an expectation that no single text can
//! satisfy: one that several users share who received different lines, or that was met by another user, in another turn or
//! in another test. A test ends at its first failure, so a script may need several rounds.

use std::collections::{BTreeMap, BTreeSet};

use similar::TextDiff;

use crate::diagnostic::source::{Source, Span};
use crate::lang::ast::Script;
use crate::lang::quote::literal;
use crate::lang::{parse_as, rewritten};
use crate::run::outcome::{FileOutcome, Problem};

/// Each round rewrites at least one expectation; a server that answers differently each time must not go on for ever.
const MOST_ROUNDS: usize = 1_000;

/// What updating has led to.
#[derive(Debug)]
pub struct Settled {
    /// The scripts, rewritten where something differed.
    pub scripts: Vec<Script>,
    /// The outcome of each in its last round.
    pub outcomes: Vec<FileOutcome>,
}

/// Plays `scripts` by `play`, and rewrites their failing expectations, until there is nothing to rewrite or
/// `is_stopped`. Writes no file.
pub fn until_settled(
    scripts: &[Script],
    is_stopped: impl Fn() -> bool,
    mut play: impl FnMut(&[Script]) -> Vec<FileOutcome>,
) -> Settled {
    let mut scripts = scripts.to_vec();
    let mut outcomes = play(&scripts);
    for _ in 1..MOST_ROUNDS {
        if is_stopped() || !rewrite(&mut scripts, &outcomes) {
            break;
        }
        outcomes = play(&scripts);
    }
    Settled { scripts, outcomes }
}

/// True if something was rewritten.
fn rewrite(scripts: &mut [Script], outcomes: &[FileOutcome]) -> bool {
    let mut any = false;
    for (script, outcome) in scripts.iter_mut().zip(outcomes) {
        let rewritten = updated(outcome).and_then(|text| {
            let source = rewritten(script.source.name(), &text, &script.source.included());
            parse_as(&source, &script.reading).ok()
        });
        if let Some(rewritten) = rewritten {
            *script = rewritten;
            any = true;
        }
    }
    any
}

/// The new text of a source, or `None` if there is nothing to rewrite.
#[must_use]
pub fn updated(file: &FileOutcome) -> Option<String> {
    let mut text = file.source.text().to_owned();
    let edits = edits(file);
    let mut any = false;
    for (span, edit) in edits.iter().rev() {
        if let PatternEdit::Write(line) = edit {
            text.replace_range(span.range(), line);
            any = true;
        }
    }
    any.then_some(text)
}

/// The failing expectations that were left as they are although they are exact, each with its place and the reason.
#[must_use]
pub fn left_alone(file: &FileOutcome) -> Vec<String> {
    let reasons = edits(file).into_iter().filter_map(|(span, edit)| {
        let (name, line) = file.source.place(file.source.line_of(span.start));
        let reason = match edit {
            PatternEdit::Write(_) => return None,
            PatternEdit::Different => "its users received different lines",
            PatternEdit::Shared => "it stands in a file that other scripts may include",
            PatternEdit::Met => "it was met by another user, in another turn or in another test",
        };
        Some(format!("{name}:{line}: not updated: {reason}"))
    });
    reasons.collect()
}

/// What has changed between two states of a script, as a unified diff.
#[must_use]
pub fn difference(before: &Source, after: &str) -> String {
    TextDiff::from_lines(before.text(), after).unified_diff().header(before.name(), before.name()).to_string()
}

/// What to do with a failing exact expectation.
#[derive(Clone, PartialEq)]
enum PatternEdit {
    /// Write this.
    Write(String),
    /// Nothing: two users received different lines.
    Different,
    /// Nothing: it stands in an included file.
    Shared,
    /// Nothing: as it is, it was right at least once.
    Met,
}

/// What to write where, by the place.
fn edits(file: &FileOutcome) -> BTreeMap<Span, PatternEdit> {
    let met: BTreeSet<usize> = file.tests.iter().flat_map(|test| &test.timings).map(|timing| timing.line).collect();
    let mut edits: BTreeMap<Span, PatternEdit> = BTreeMap::new();
    for failure in file.failures() {
        let Problem::Different { expected, received } = &failure.problem else { continue };
        let is_plain = expected.pattern.exact().is_some() && !file.source.slice(failure.span).contains("{{");
        if !is_plain || received.defect.is_some() {
            continue;
        }
        let edit = if file.source.is_included(failure.span.start) {
            PatternEdit::Shared
        } else if met.contains(&failure.line) {
            PatternEdit::Met
        } else {
            PatternEdit::Write(literal(&received.text))
        };
        let known = edits.entry(failure.span).or_insert_with(|| edit.clone());
        if *known != edit {
            *known = PatternEdit::Different;
        }
    }
    edits
}
