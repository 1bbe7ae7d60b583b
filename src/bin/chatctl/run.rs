//! `chatctl run`: plays scripts and reports what came of them.

pub(crate) mod params;
mod report;
mod update;

use std::io::{self, Write};
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};
use std::thread;
use std::time::Instant;

use async_signal::{Signal, Signals};
use chatctl::diagnostic::Diagnostic;
use chatctl::diagnostic::source::Source;
use chatctl::lang::ast::Script;
use chatctl::lang::parse;
use chatctl::run::outcome::{Failure, FileOutcome, TestOutcome, Verdict};
use chatctl::run::suite::{Plan, run_all};
use chatctl::run::transcript::Trace;
use chatctl::run::{Options, Stop};
use clap::Args;
use futures::StreamExt;

use self::report::{Reporter, Reports};
use crate::check;
use crate::doors::DoorArguments;
use crate::sources;

const FAILED: u8 = 1;
const USAGE: u8 = 2;
const NO_CONNECTION: u8 = 4;
const NOTHING_RAN: u8 = 7;

/// Play conversation scripts and check every line.
///
/// Without --server each file gets a fresh server of its own. Exit codes: 0 all passed, 1 an expectation failed, 2
/// usage or an unreadable file, 3 a script has errors, 4 no connection, 7 nothing ran, 130 or 143 interrupted.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// Scripts, directories of *.chat files, or - for standard input
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    #[command(flatten)]
    doors: DoorArguments,
    /// Files that run at once
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u16).range(1..))]
    jobs: u16,
    /// Stop at the first failure
    #[arg(long)]
    fail_fast: bool,
    /// Only tests whose name (or the file's title) contains this; may be repeated
    #[arg(long, value_name = "NAME")]
    only: Vec<String>,
    /// Only files with one of these tags; may be repeated
    #[arg(long, value_name = "TAG")]
    tag: Vec<String>,
    /// No files with one of these tags; may be repeated
    #[arg(long, value_name = "TAG")]
    skip_tag: Vec<String>,
    /// Run each test so often
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..))]
    repeat: u32,
    /// Stretch all deadlines by this factor
    #[arg(long, value_name = "FACTOR", default_value_t = 1.0, value_parser = factor)]
    timeout_scale: f64,
    /// Show the transcript as it happens, as script text
    #[arg(short, long)]
    verbose: bool,
    /// A value for a `param` of the scripts; may be repeated
    #[arg(long, value_name = "NAME=VALUE", value_parser = params::parse)]
    param: Vec<(String, String)>,
    /// What generated values begin with [default: random, and shown]
    #[arg(long, value_name = "N")]
    seed: Option<u64>,
    /// Rewrite failing expectations without holes to what was received, and show what has changed
    #[arg(long)]
    update: bool,
    #[command(flatten)]
    reports: Reports,
}

fn factor(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(factor) if factor.is_finite() && (0.01..=1000.0).contains(&factor) => Ok(factor),
        Ok(_) | Err(_) => Err("expected a number from 0.01 to 1000".to_owned()),
    }
}

/// Plays the scripts, if all of them can be read and are right.
pub(crate) fn run(arguments: &Arguments) -> ExitCode {
    let sources = match sources::read(&arguments.files) {
        Ok(sources) if sources.is_empty() => {
            complain("there is no *.chat file in what was named");
            return ExitCode::from(NOTHING_RAN);
        }
        Ok(sources) => sources,
        Err(errors) => return check::cannot_read(&errors),
    };
    let scripts = match parse_all(&sources) {
        Ok(scripts) => scripts,
        Err(errors) => {
            check::show(&errors, arguments.reports.color);
            return ExitCode::from(check::SCRIPT_ERRORS);
        }
    };
    match try_run(arguments, scripts) {
        Ok(exit) => ExitCode::from(exit),
        Err(error) => {
            complain(&format!("{error:#}"));
            ExitCode::from(USAGE)
        }
    }
}

fn complain(text: &str) {
    let _ = writeln!(io::stderr(), "chatctl: {text}");
}

/// Errors are of usage: they come before anything runs.
fn try_run(arguments: &Arguments, scripts: Vec<Script>) -> anyhow::Result<u8> {
    let scripts: Vec<Script> = scripts.into_iter().filter(|script| arguments.wants(script)).collect();
    arguments.doors.check(&scripts)?;
    let plan = arguments.plan(&scripts)?;
    let reporter = Reporter::new(&arguments.reports, arguments.verbose, arguments.update)?;
    let stop = Stop::default();
    let signal = watch_signals(&stop)?;
    let begun = Instant::now();
    let servers = match arguments.doors.servers() {
        Ok(servers) => servers,
        Err(error) => {
            complain(&format!("{:#}", anyhow::Error::new(error)));
            return Ok(NO_CONNECTION);
        }
    };
    let play = |scripts: &[Script]| run_all(scripts, &*servers, &plan, &stop, &reporter);
    let files =
        if arguments.update { update::until_settled(scripts, || stop.is_stopped(), play)? } else { play(&scripts) };
    let signal = signal.load(Ordering::SeqCst);
    reporter.finish(&files, plan.options.seed, begun.elapsed(), signal != 0)?;
    let exit = exit_code(&files, signal);
    if exit == NOTHING_RAN && arguments.chooses() {
        complain("nothing ran: --only, --tag and --skip-tag leave nothing");
    }
    Ok(exit)
}

/// All scripts, or all errors of all of them.
fn parse_all(sources: &[Source]) -> Result<Vec<Script>, Vec<Diagnostic>> {
    let (mut scripts, mut errors) = (Vec::new(), Vec::new());
    for source in sources {
        match parse(source) {
            Ok(script) => scripts.push(script),
            Err(found) => errors.extend(found),
        }
    }
    if errors.is_empty() { Ok(scripts) } else { Err(errors) }
}

/// The first of: interrupted, no connection, a failure, nothing ran, all passed.
fn exit_code(files: &[FileOutcome], signal: u8) -> u8 {
    if signal != 0 {
        return 128 + signal;
    }
    let mut failures = files.iter().flat_map(FileOutcome::failures).peekable();
    let any_failed = failures.peek().is_some();
    if failures.any(Failure::means_no_server) {
        return NO_CONNECTION;
    }
    // A script without a statement says nothing about the server.
    let has_passed = |test: &TestOutcome| matches!(test.verdict, Verdict::Passed) && test.steps > 0;
    let any_passed = files.iter().flat_map(|file| &file.tests).any(has_passed);
    match (any_failed, any_passed) {
        (true, _) => FAILED,
        (false, false) => NOTHING_RAN,
        (false, true) => 0,
    }
}

/// The first signal ends the run with a report, the second at once. The number of the first, or 0.
pub(crate) fn watch_signals(stop: &Stop) -> anyhow::Result<Arc<AtomicU8>> {
    let mut signals = Signals::new([Signal::Int, Signal::Term])?;
    let received = Arc::new(AtomicU8::new(0));
    let (stop, number) = (stop.clone(), Arc::clone(&received));
    thread::Builder::new().name("signals".to_owned()).spawn(move || {
        smol::block_on(async {
            while let Some(Ok(signal)) = signals.next().await {
                let signal = u8::try_from(signal as i32).unwrap_or_default();
                if number.swap(signal, Ordering::SeqCst) != 0 {
                    std::process::exit(128 + i32::from(signal));
                }
                stop.stop();
            }
        });
    })?;
    Ok(received)
}

impl Arguments {
    fn wants(&self, script: &Script) -> bool {
        let has = |wanted: &String| script.tags.iter().any(|tag| tag.value == *wanted);
        (self.tag.is_empty() || self.tag.iter().any(has)) && !self.skip_tag.iter().any(has)
    }

    /// Whether something is left out because the user says so.
    fn chooses(&self) -> bool {
        [&self.only, &self.tag, &self.skip_tag].into_iter().any(|choice| !choice.is_empty())
    }

    fn plan(&self, scripts: &[Script]) -> anyhow::Result<Plan> {
        let options = Options {
            seed: self.seed.unwrap_or_else(|| fastrand::u64(..1 << 32)),
            timeout_scale: self.timeout_scale,
            manner: self.doors.manner(),
            params: params::values(scripts, &self.param)?,
            repeat: self.repeat,
            only: self.only.clone(),
            fail_fast: self.fail_fast,
        };
        let jobs = if self.doors.is_elsewhere() { 1 } else { usize::from(self.jobs) };
        let trace = if self.verbose { Trace::to(io::stdout()) } else { Trace::default() };
        Ok(Plan { options, jobs, trace })
    }
}
