//! Patterns and lines: what was captured, put back into the pattern, is the line again.
//!
//! Input: a pattern as a script has it behind `u<`, a newline, and the line that was received.

use chatctl::diagnostic::source::Source;
use chatctl::lang::ast::{Act, Expectation, Name, PartKind, Pattern, StatementKind, Template};
use chatctl::lang::parse;
use chatctl::run::matching::{Match, Matcher, Piece};

use super::tape::Tape;

/// Panics if a pattern that was understood cannot be compared, or captured what is not there.
pub fn check(data: &[u8]) {
    let mut tape = Tape::new(data);
    let (Ok(pattern), Ok(line)) = (str::from_utf8(tape.line()), str::from_utf8(tape.rest())) else { return };
    let Ok(script) = parse(&Source::new("fuzz.chat", format!("connect u\nu<{pattern}\n"))) else { return };
    let found = script.statements().find_map(|statement| match &statement.kind {
        StatementKind::By { act: Act::Expect(Expectation { pattern, .. }), .. } => Some(pattern),
        _ => None,
    });
    match found {
        Some(Pattern::Text(template)) => text(template, line),
        Some(Pattern::Regex(regex)) => {
            let names: Vec<Name> = regex.captures.iter().map(|capture| capture.value.clone()).collect();
            if let Some(source) = regex.template.literal()
                && let Ok(matcher) = Matcher::regex(&source, &names)
            {
                let _ = matcher.compare(line);
            }
        }
        None => {}
    }
}

fn text(template: &Template, line: &str) {
    let pieces: Vec<Piece> = template.parts.iter().filter_map(|part| piece(&part.kind)).collect();
    let Ok(matcher) = Matcher::text(&pieces) else { return };
    assert_eq!(matcher.exact().is_some(), pieces.iter().all(|piece| matches!(piece, Piece::Text(_))));
    let Match::Yes(found) = matcher.compare(line) else { return };
    let value = |name: &Name| found.iter().find(|(other, _)| other == name).map(|(_, value)| value.clone());
    let again: Vec<Piece> = pieces
        .into_iter()
        .map(|piece| match piece {
            Piece::Capture(name, _) => Piece::Text(value(&name).expect("every capture has a value")),
            Piece::Text(_) | Piece::Anything(_) => piece,
        })
        .collect();
    assert!(Matcher::text(&again).is_ok_and(|again| again.accepts(line)), "the values give the line again");
}

fn piece(kind: &PartKind) -> Option<Piece> {
    match kind {
        PartKind::Literal(text) | PartKind::Quoted(text) => Some(Piece::Text(text.clone())),
        PartKind::Capture { name, kind } => Some(Piece::Capture(name.clone(), *kind)),
        PartKind::Anything(kind) => Some(Piece::Anything(*kind)),
        PartKind::Insert(_) | PartKind::Generate(_) | PartKind::Stamp(_) => None,
    }
}
