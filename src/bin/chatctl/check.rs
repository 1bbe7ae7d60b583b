//! `chatctl check`: what is wrong with scripts, without running them.

use std::path::PathBuf;

use chatctl::diagnostic::source::Source;
use chatctl::diagnostic::{Diagnostic, Severity};
use chatctl::lang::load_errors;
use chatctl::lang::parse;
use chatctl::lang::warnings;
use chatctl::text::numbers::counted;
use clap::{Args, ColorChoice};

use crate::exit::Exit;
use crate::{output, sources};

/// Find errors in scripts without running them.
///
/// Shows every error in every file. Exit codes: 0 no errors (there may be warnings), 2 a file cannot be read, 3 a script
/// has errors.
#[derive(Debug, Args)]
pub(crate) struct CheckArguments {
    /// Scripts, directories of *.chat, or - for standard input
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    /// Also find the names that would collide if many copies ran at once, as in a load
    #[arg(long)]
    load: bool,
    /// When to use color
    #[arg(long, value_name = "WHEN", default_value_t)]
    color: ColorChoice,
}

/// Checks the scripts and says what it finds.
pub(crate) fn run(arguments: &CheckArguments) -> anyhow::Result<Exit> {
    let sources = sources::read(&arguments.files)?;
    let findings: Vec<Diagnostic> = sources.iter().flat_map(|source| check(source, arguments.load)).collect();
    output::show(&findings, arguments.color);
    let errors = findings.iter().filter(|finding| finding.severity == Severity::Error).count();
    output::remark(&format!("{}\n", summary(sources.len(), errors, findings.len() - errors)));
    Ok(if errors > 0 { Exit::ScriptErrors } else { Exit::Passed })
}

fn check(source: &Source, for_load: bool) -> Vec<Diagnostic> {
    match parse(source) {
        Err(errors) => errors,
        Ok(script) => {
            let mut findings = warnings(&script);
            if for_load {
                findings.extend(load_errors(&script, None));
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
