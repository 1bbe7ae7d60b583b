//! `--update`: the script with its failing exact expectations rewritten to what was received.
//!
//! Only what is written without holes is rewritten; patterns are kept, and so is an expectation for which two users
//! received different lines. A test ends at its first failure, so a script may need several rounds.

use std::collections::BTreeMap;

use similar::TextDiff;

use crate::diagnostic::source::{Source, Span};
use crate::lang::quote::literal;
use crate::run::outcome::{FileOutcome, Problem};

/// The new text of a source, or `None` if there is nothing to rewrite.
#[must_use]
pub fn updated(file: &FileOutcome) -> Option<String> {
    let mut text = file.source.text().to_owned();
    let edits = edits(file);
    for (span, line) in edits.iter().rev() {
        text.replace_range(span.range(), line);
    }
    (!edits.is_empty()).then_some(text)
}

/// What has changed between two states of a script, as a unified diff.
#[must_use]
pub fn difference(before: &Source, after: &str) -> String {
    TextDiff::from_lines(before.text(), after).unified_diff().header(before.name(), before.name()).to_string()
}

/// What to write where, by the place.
fn edits(file: &FileOutcome) -> BTreeMap<Span, String> {
    let mut edits: BTreeMap<Span, Option<String>> = BTreeMap::new();
    for failure in file.failures() {
        let Problem::Different { expected, received } = &failure.problem else { continue };
        let is_plain = expected.pattern.exact().is_some() && !file.source.slice(failure.span).contains("{{");
        if !is_plain || received.defect.is_some() {
            continue;
        }
        let line = literal(&received.text);
        let edit = edits.entry(failure.span).or_insert_with(|| Some(line.clone()));
        if edit.as_ref() != Some(&line) {
            *edit = None;
        }
    }
    edits.into_iter().filter_map(|(span, line)| Some((span, line?))).collect()
}
