//! `chatctl run`: plays scripts and reports the results.

pub(crate) mod params;
mod report;

use std::io;
use std::path::{Path, PathBuf};
use std::time::Instant;

use anyhow::bail;
use chatctl::diagnostic::Diagnostic;
use chatctl::diagnostic::source::Source;
use chatctl::lang::ast::Script;
use chatctl::lang::parse;
use chatctl::run::outcome::{Failure, FileOutcome, TestOutcome, TestVerdict};
use chatctl::run::suite::{SuiteOptions, run_all};
use chatctl::run::transcript::Trace;
use chatctl::run::update::{difference, until_settled};
use chatctl::run::{RunOptions, Stop};
use chatctl::text::visible::visible;
use clap::Args;

use self::report::{RunReporter, RunReports};
use crate::exit::Exit;
use crate::target::TargetArguments;
use crate::{files, output, signals, sources};

/// Run conversation scripts and check every line.
///
/// Without --server, each file gets a new server of its own. Exit codes: 0 all passed, 1 an expectation failed, 2 usage,
/// or a file or standard output cannot be read or written, 3 a script has errors, 4 could not connect, or the connection
/// broke, 7 nothing ran, 130 or 143 interrupted.
#[derive(Debug, Args)]
pub(crate) struct RunArguments {
    /// Scripts, directories of *.chat files, or - for standard input
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    #[command(flatten)]
    target: TargetArguments,
    /// Number of files that run at once; with --server always 1
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u16).range(1..))]
    jobs: u16,
    /// Stop at the first failure
    #[arg(long)]
    fail_fast: bool,
    /// Run only tests whose name (or whose file's title) contains NAME; may be repeated
    #[arg(long, value_name = "NAME")]
    only: Vec<String>,
    /// Run only files with this tag; may be repeated
    #[arg(long, value_name = "TAG")]
    tag: Vec<String>,
    /// Leave out files with this tag; may be repeated
    #[arg(long, value_name = "TAG")]
    skip_tag: Vec<String>,
    /// Run each test N times
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..))]
    repeat: u32,
    /// Multiply all deadlines by this factor
    #[arg(long, value_name = "FACTOR", default_value_t = 1.0, value_parser = factor)]
    timeout_scale: f64,
    /// Show the transcript as it happens, as script text
    #[arg(short, long)]
    verbose: bool,
    /// Value for a `param` of the scripts; may be repeated
    #[arg(long, value_name = "NAME=VALUE", value_parser = params::parse)]
    param: Vec<(String, String)>,
    /// Seed for generated values [default: random, and shown in the summary]
    #[arg(long, value_name = "N")]
    seed: Option<u64>,
    /// Rewrite failing expectations that have no `{{...}}` to what was received, and show the changes
    #[arg(long)]
    update: bool,
    #[command(flatten)]
    reports: RunReports,
}

fn factor(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(factor) if factor.is_finite() && (0.01..=1000.0).contains(&factor) => Ok(factor),
        Ok(_) | Err(_) => Err("expected a number from 0.01 to 1000".to_owned()),
    }
}

/// Plays the scripts, if all of them can be read and are right.
pub(crate) fn run(arguments: &RunArguments) -> anyhow::Result<Exit> {
    let sources = sources::read(&arguments.files)?;
    if sources.is_empty() {
        let paths: Vec<String> = arguments.files.iter().map(|path| path.display().to_string()).collect();
        output::complain(&format!("no *.chat files in {}", paths.join(", ")));
        return Ok(Exit::NothingRan);
    }
    match parse_all(&sources) {
        Ok(scripts) => play(arguments, scripts),
        Err(errors) => {
            output::show(&errors, arguments.reports.color);
            Ok(Exit::ScriptErrors)
        }
    }
}

fn play(arguments: &RunArguments, scripts: Vec<Script>) -> anyhow::Result<Exit> {
    let scripts: Vec<Script> = scripts.into_iter().filter(|script| arguments.wants(script)).collect();
    arguments.target.check(&scripts)?;
    let plan = arguments.plan(&scripts)?;
    if arguments.update {
        refuse_standard_input(&scripts)?;
    }
    let reporter = RunReporter::new(&arguments.reports, arguments.verbose, arguments.update)?;
    let stop = Stop::default();
    let stopping = stop.clone();
    let signal = signals::watch(move || stopping.stop())?;
    let begun = Instant::now();
    let servers = arguments.target.servers()?;
    let play = |scripts: &[Script]| run_all(scripts, &*servers, &plan, &stop, &reporter);
    let files = if arguments.update { update(&scripts, &stop, play)? } else { play(&scripts) };
    let signal = signal.exit();
    reporter.finish(&files, plan.options.seed, begun.elapsed(), signal.is_some())?;
    let exit = signal.unwrap_or_else(|| exit(&files));
    if exit == Exit::NothingRan && arguments.chooses() {
        output::complain("nothing ran: no test matches --only, --tag and --skip-tag");
    }
    Ok(exit)
}

fn refuse_standard_input(scripts: &[Script]) -> anyhow::Result<()> {
    match scripts.iter().find(|script| sources::is_standard_input(&script.source)) {
        Some(script) => bail!("{} cannot be written back, so it cannot be updated", script.source.name()),
        None => Ok(()),
    }
}

/// Plays the scripts until nothing is left to rewrite, writes them back and shows what has changed.
fn update(
    scripts: &[Script],
    stop: &Stop,
    play: impl FnMut(&[Script]) -> Vec<FileOutcome>,
) -> anyhow::Result<Vec<FileOutcome>> {
    let settled = until_settled(scripts, || stop.is_stopped(), play);
    for (before, after) in scripts.iter().zip(&settled.scripts) {
        let (before, after) = (&before.source, &after.source);
        if before.text() != after.text() {
            files::write(Path::new(after.name()), after.text().as_bytes())?;
            let shown: String = difference(before, after.text()).lines().map(|line| visible(line) + "\n").collect();
            output::write("the changes", shown.as_bytes())?;
        }
    }
    Ok(settled.outcomes)
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

/// The first of: no connection, a failure, nothing ran, all passed.
fn exit(files: &[FileOutcome]) -> Exit {
    let mut failures = files.iter().flat_map(FileOutcome::failures).peekable();
    let any_failed = failures.peek().is_some();
    if failures.any(Failure::means_no_server) {
        return Exit::NoConnection;
    }
    // A script without a statement says nothing about the server.
    let has_passed = |test: &TestOutcome| matches!(test.verdict, TestVerdict::Passed) && test.steps > 0;
    let any_passed = files.iter().flat_map(|file| &file.tests).any(has_passed);
    match (any_failed, any_passed) {
        (true, _) => Exit::Failed,
        (false, false) => Exit::NothingRan,
        (false, true) => Exit::Passed,
    }
}

impl RunArguments {
    fn wants(&self, script: &Script) -> bool {
        let has = |wanted: &String| script.tags.iter().any(|tag| tag.value == *wanted);
        (self.tag.is_empty() || self.tag.iter().any(has)) && !self.skip_tag.iter().any(has)
    }

    /// Whether something is left out because the user says so.
    fn chooses(&self) -> bool {
        [&self.only, &self.tag, &self.skip_tag].into_iter().any(|choice| !choice.is_empty())
    }

    fn plan(&self, scripts: &[Script]) -> anyhow::Result<SuiteOptions> {
        let options = RunOptions {
            seed: self.seed.unwrap_or_else(|| fastrand::u64(..1 << 32)),
            timeout_scale: self.timeout_scale,
            connect_defaults: self.target.connect_defaults(),
            params: params::values(scripts, &self.param)?,
            repeat: self.repeat,
            only: self.only.clone(),
            fail_fast: self.fail_fast,
        };
        let jobs = if self.target.is_elsewhere() { 1 } else { usize::from(self.jobs) };
        let trace = if self.verbose { Trace::to(io::stdout()) } else { Trace::default() };
        Ok(SuiteOptions { options, jobs, trace })
    }
}
