//! `chatctl run --update`: plays the scripts again and again until no expectation is left to rewrite, writes them back
//! and shows what has changed.

use std::fs;
use std::io::{self, Write};

use anyhow::{Context, bail};
use chatctl::diagnostic::source::Source;
use chatctl::lang::ast::Script;
use chatctl::lang::parse;
use chatctl::run::outcome::FileOutcome;
use chatctl::run::update::{difference, updated};
use chatctl::text::visible::visible;

use crate::sources::is_standard_input;

/// Each round rewrites at least one expectation; a server that answers differently each time must not go on for ever.
const MOST_ROUNDS: usize = 1_000;

/// Plays `scripts` by `play` until there is nothing to rewrite, and returns the last outcomes.
pub(super) fn until_settled(
    mut scripts: Vec<Script>,
    is_stopped: impl Fn() -> bool,
    mut play: impl FnMut(&[Script]) -> Vec<FileOutcome>,
) -> anyhow::Result<Vec<FileOutcome>> {
    if let Some(script) = scripts.iter().find(|script| is_standard_input(&script.source)) {
        bail!("{} cannot be written back, so it cannot be updated", script.source.name());
    }
    let originals: Vec<Source> = scripts.iter().map(|script| script.source.clone()).collect();
    let mut outcomes = play(&scripts);
    for _ in 1..MOST_ROUNDS {
        if is_stopped() || !rewrite(&mut scripts, &outcomes) {
            break;
        }
        outcomes = play(&scripts);
    }
    for (original, script) in originals.iter().zip(&scripts) {
        write_back(original, &script.source)?;
    }
    Ok(outcomes)
}

/// True if something was rewritten.
fn rewrite(scripts: &mut [Script], outcomes: &[FileOutcome]) -> bool {
    let mut any = false;
    for (script, outcome) in scripts.iter_mut().zip(outcomes) {
        let rewritten = updated(outcome).and_then(|text| parse(&Source::new(script.source.name(), text)).ok());
        if let Some(rewritten) = rewritten {
            *script = rewritten;
            any = true;
        }
    }
    any
}

fn write_back(original: &Source, source: &Source) -> anyhow::Result<()> {
    if original.text() == source.text() {
        return Ok(());
    }
    fs::write(source.name(), source.text()).with_context(|| format!("cannot write {}", source.name()))?;
    let shown: String = difference(original, source.text()).lines().map(|line| visible(line) + "\n").collect();
    let _ = io::stdout().write_all(shown.as_bytes());
    Ok(())
}
