//! `chatctl check`: what is wrong with scripts, without running them.

use std::path::{Path, PathBuf};

use chatctl::diagnostic::source::Source;
use chatctl::diagnostic::{Diagnostic, Severity};
use chatctl::lang::parse_as;
use chatctl::lang::warnings;
use chatctl::lang::{load_errors, load_fixes, load_warnings, rewritten};
use chatctl::text::numbers::counted;
use chatctl::text::visible::visible;
use clap::{Args, ColorChoice};

use crate::exit::Exit;
use crate::run::params;
use crate::{files, output, sources};

/// Find errors in scripts without running them.
///
/// Shows every error in every file. Exit codes: 0 no errors (there may be warnings), 2 a file cannot be read or written, 3 a
/// script has errors.
#[derive(Debug, Args)]
pub(crate) struct CheckArguments {
    /// Scripts, directories of *.chat, or - for standard input
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    /// Also find the names that would collide if many copies ran at once, as in a load
    #[arg(long)]
    load: bool,
    /// Rewrite such names, so that many copies can run at once (standard input goes to standard output)
    #[arg(long, requires = "load")]
    fix: bool,
    /// When to use color
    #[arg(long, value_name = "WHEN", default_value_t)]
    color: ColorChoice,
}

/// Checks the scripts and says what it finds.
pub(crate) fn run(arguments: &CheckArguments) -> anyhow::Result<Exit> {
    let mut sources = sources::read_whole(&arguments.files)?;
    if arguments.fix {
        sources = sources.iter().map(fix).collect::<anyhow::Result<Vec<Source>>>()?;
    }
    let findings: Vec<Diagnostic> = sources.iter().flat_map(|source| check(source, arguments.load)).collect();
    output::show(&findings, arguments.color);
    let errors = findings.iter().filter(|finding| finding.severity == Severity::Error).count();
    output::remark(&format!("{}\n", summary(sources.len(), errors, findings.len() - errors)));
    Ok(if errors > 0 { Exit::ScriptErrors } else { Exit::Passed })
}

/// The most times that a script is rewritten: a name that is rewritten can lead to the next.
const MOST_ROUNDS: usize = 100;

/// Writes the script so that many copies of it can run at once, as far as that is known.
fn fix(source: &Source) -> anyhow::Result<Source> {
    let mut fixed = source.clone();
    for _ in 0..MOST_ROUNDS {
        match parse_as(&fixed, &params::reading(None, &[])).ok().and_then(|script| load_fixes(&script)) {
            Some(text) => fixed = rewritten(source.name(), &text, &source.included()),
            None => break,
        }
    }
    let changed = source.text().lines().zip(fixed.text().lines()).filter(|(before, after)| before != after).count();
    if sources::is_standard_input(source) {
        output::write("the script", fixed.text().as_bytes())?;
    } else if changed > 0 {
        files::write(Path::new(source.name()), fixed.text().as_bytes())?;
        output::remark(&format!("{}: {} rewritten\n", visible(source.name()), counted(changed, "line")));
    }
    Ok(fixed)
}

fn check(source: &Source, for_load: bool) -> Vec<Diagnostic> {
    match parse_as(source, &params::reading(None, &[])) {
        Err(errors) => errors,
        Ok(script) => {
            let mut findings = warnings(&script);
            if for_load {
                findings.extend(load_errors(&script, None));
                findings.extend(load_warnings(&script));
            }
            findings
        }
    }
}

fn summary(scripts: usize, errors: usize, warnings: usize) -> String {
    let count = |number: usize, noun: &str| {
        if number == 0 { format!("no {noun}s") } else { counted(number, noun) }
    };
    format!("{} checked: {}, {}", count(scripts, "script"), count(errors, "error"), count(warnings, "warning"))
}
