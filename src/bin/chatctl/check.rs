//! `chatctl check`: what is wrong with scripts, without running them.

use std::io::{self, Write};
use std::path::PathBuf;
use std::process::ExitCode;

use chatctl::diagnostic::source::Source;
use chatctl::diagnostic::{Diagnostic, Renderer, Severity};
use chatctl::lang::load_errors;
use chatctl::lang::parse;
use chatctl::lang::warnings;
use chatctl::text::numbers::counted;
use clap::Args;

use crate::color::ColorChoice;
use crate::sources;

/// The exit code when a file cannot be read.
pub(crate) const CANNOT_READ: u8 = 2;
/// The exit code when a script has errors.
pub(crate) const SCRIPT_ERRORS: u8 = 3;

/// Find the errors of scripts without running them.
///
/// All errors of all files are shown. Exit codes: 0 no errors (there may be warnings), 2 a file cannot be read, 3 a
/// script has errors.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// Scripts, directories of *.chat, or - for standard input
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    /// Find also the names that would collide when many copies run at once
    #[arg(long)]
    load: bool,
    /// Whether to color
    #[arg(long, value_enum, value_name = "WHEN", default_value_t)]
    color: ColorChoice,
}

/// Checks the scripts and says what it finds.
pub(crate) fn run(arguments: &Arguments) -> ExitCode {
    let sources = match sources::read(&arguments.files) {
        Ok(sources) => sources,
        Err(errors) => return cannot_read(&errors),
    };
    let findings: Vec<Diagnostic> = sources.iter().flat_map(|source| check(source, arguments.load)).collect();
    show(&findings, arguments.color);
    let errors = findings.iter().filter(|finding| finding.severity == Severity::Error).count();
    let _ = writeln!(io::stderr(), "{}", summary(sources.len(), errors, findings.len() - errors));
    if errors > 0 { ExitCode::from(SCRIPT_ERRORS) } else { ExitCode::SUCCESS }
}

/// Says why files cannot be read.
pub(crate) fn cannot_read(errors: &[anyhow::Error]) -> ExitCode {
    for error in errors {
        let _ = writeln!(io::stderr(), "chatctl: {error:#}");
    }
    ExitCode::from(CANNOT_READ)
}

/// Writes findings to standard error, with an empty line after each.
pub(crate) fn show(findings: &[Diagnostic], color: ColorChoice) {
    let renderer = Renderer { color: color.for_stderr() };
    for finding in findings {
        let _ = writeln!(io::stderr(), "{}", renderer.render(finding));
    }
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
