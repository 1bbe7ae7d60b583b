//! Texts to send that end like a label for loads and are none, such as `alice> x as "two words"`.

use super::lines;
use crate::diagnostic::Diagnostic;
use crate::lang::ast::{Act, PartKind, Script, StatementKind};

/// What such a text may have its label in.
const QUOTES: [char; 5] = ['"', '\'', '`', '\u{201c}', '\u{201d}'];

/// The warnings about labels that are sent as text.
pub(super) fn find(script: &Script) -> Vec<Diagnostic> {
    let mut warnings = Vec::new();
    for statement in script.statements().filter(|statement| statement.label.is_none()) {
        let StatementKind::By { act: Act::Send(text), .. } = &statement.kind else { continue };
        let ends = lines(text).into_iter().filter_map(|line| line.parts.last());
        for part in ends.filter(|part| matches!(&part.kind, PartKind::Literal(text) if is_like_label(text))) {
            let message = "this ends like a label, but is sent as text";
            let help = "a label is ` as \"name\"`, of letters, digits, `_`, `-` and `.`; a text that only looks like one is \
                        written with `{{\" as\"}}`";
            warnings.push(Diagnostic::warning(&script.source, part.span, message, "no label").help(help));
        }
    }
    warnings
}

/// Whether a text ends in ` as "..."`, with any quotes.
fn is_like_label(text: &str) -> bool {
    let Some(inner) = text.trim_end().strip_suffix(QUOTES) else { return false };
    let quoted = inner.rfind(QUOTES).map(|at| &inner[..at]);
    quoted.is_some_and(|before| before.ends_with(" as "))
}
