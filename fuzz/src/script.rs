//! Scripts: any text is understood or explained, and `fmt` changes neither the verdict nor what a script does.
//!
//! Input: the text.

use chatctl::diagnostic::source::Source;
use chatctl::diagnostic::{Color, Diagnostic, Renderer};
use chatctl::lang::{format, load_errors, load_fixes, parse, warnings};

/// Panics if the text is neither understood nor explained, or if its layout means something else.
pub fn check(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let source = Source::new("fuzz.chat", text);
    let verdict = verdict(&source);
    match format(&source) {
        Err(errors) => show(&errors),
        Ok(laid_out) => {
            let again = Source::new("fuzz.chat", laid_out.as_str());
            assert_eq!(format(&again).as_ref(), Ok(&laid_out), "the one layout is its own");
            assert_eq!(self::verdict(&again), verdict, "{text}\nis laid out as\n{laid_out}");
        }
    }
}

/// How many tests and statements the script has; the messages of its errors if it has any.
fn verdict(source: &Source) -> Result<(usize, usize), Vec<String>> {
    match parse(source) {
        Ok(script) => {
            show(&warnings(&script));
            show(&load_errors(&script, Some(3)));
            load_fixes(&script);
            Ok((script.tests.len(), script.statements().count()))
        }
        Err(errors) => {
            show(&errors);
            Err(errors.into_iter().map(|error| error.message).collect())
        }
    }
}

fn show(findings: &[Diagnostic]) {
    for finding in findings {
        for color in [Color::Plain, Color::Ansi] {
            assert!(Renderer { color }.render(finding).ends_with('\n'));
        }
    }
}
