//! `chatctl run`: plays scripts and reports the results.

pub(crate) mod params;
mod report;

use std::io;
use std::path::{Path, PathBuf};
use std::time::Instant;

use anyhow::bail;
use chatctl::diagnostic::Diagnostic;
use chatctl::diagnostic::source::Source;
use chatctl::lang::ast::{Reading, Script};
use chatctl::lang::parse_as;
use chatctl::run::outcome::{Failure, FileOutcome, TestOutcome, TestVerdict};
use chatctl::run::report::Provenance;
use chatctl::run::suite::{SuiteOptions, run_all};
use chatctl::run::transcript::Trace;
use chatctl::run::update::{difference, left_alone, until_settled};
use chatctl::run::{RunOptions, Stop, cast_size, is_wanted, skipped};
use chatctl::text::numbers::counted;
use chatctl::text::visible::visible;
use clap::Args;

pub(crate) use self::report::said_by_server;
use self::report::{RunReporter, RunReports};
use crate::exit::Exit;
use crate::target::TargetArguments;
use crate::{files, output, signals, sources};

/// Files, the reactor, threads and signals: the descriptors that are not for users.
const OTHER_DESCRIPTORS: u64 = 32;
/// Why a script that was chosen did not run.
const NO_STATEMENTS: &str = "the scripts have no statements";

/// Run conversation scripts and check every line.
///
/// Without --server, each file gets a new server of its own. Exit codes: 0 all passed, 1 an expectation failed, 2 usage,
/// or a file or standard output cannot be read or written, 3 a script has errors (the others still run, unless
/// --fail-fast is given), 4 could not connect, or the connection broke, 7 nothing ran, 130 or 143 interrupted.
#[derive(Debug, Args)]
pub(crate) struct RunArguments {
    /// Scripts, directories of *.chat files, or - for standard input
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    #[command(flatten)]
    target: TargetArguments,
    /// Number of files that run at once; always 1 if they share a server (--server)
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
    /// Print the tests that would run, and exit
    #[arg(long)]
    list: bool,
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

/// Plays the scripts, if all of them can be read. Of those with errors nothing runs, the others do.
pub(crate) fn run(arguments: &RunArguments) -> anyhow::Result<Exit> {
    let found = sources::find(&arguments.files)?.whole();
    if found.sources.is_empty() && found.unreadable.is_empty() {
        output::complain("nothing ran: there is no script");
        return Ok(Exit::NothingRan);
    }
    let suite = Suite::new(found, &params::reading(arguments.target.shipped_dialect(), &arguments.param), |script| {
        arguments.wants(script)
    });
    if arguments.list {
        return list(arguments, &suite);
    }
    play(arguments, suite)
}

/// The files of a run: those that can be played, and those with errors.
struct Suite {
    scripts: Vec<Script>,
    /// With the place of each among all files.
    broken: Vec<(usize, FileOutcome)>,
    /// Why files cannot be read; then nothing is played.
    unreadable: Vec<String>,
}

impl Suite {
    /// The scripts that are wanted. Nobody knows the tags of a file with errors, so it is always one of the suite.
    fn new(found: sources::FoundFiles, reading: &Reading, is_wanted: impl Fn(&Script) -> bool) -> Self {
        let (mut scripts, mut broken) = (Vec::new(), Vec::new());
        for source in found.sources {
            match parse_as(&source, reading) {
                Ok(script) if is_wanted(&script) => scripts.push(script),
                Ok(_) => {}
                Err(errors) => broken.push((scripts.len() + broken.len(), FileOutcome::with_errors(source, errors))),
            }
        }
        let mut unreadable = Vec::new();
        for (name, error) in found.unreadable {
            let (source, message) = (Source::new(name, ""), format!("{error:#}"));
            let errors = vec![Diagnostic::about(&source, message.as_str())];
            broken.push((scripts.len() + broken.len(), FileOutcome::with_errors(source, errors)));
            unreadable.push(message);
        }
        Self { scripts, broken, unreadable }
    }

    /// The errors of the scripts that can be read.
    fn errors(&self) -> Vec<Diagnostic> {
        let is_readable = |outcome: &&FileOutcome| !outcome.source.text().is_empty();
        self.broken
            .iter()
            .map(|(_, outcome)| outcome)
            .filter(is_readable)
            .flat_map(|outcome| outcome.errors.clone())
            .collect()
    }

    /// What comes before any outcome: files that cannot be read, and scripts with errors.
    fn exit(&self) -> Option<Exit> {
        if !self.unreadable.is_empty() {
            Some(Exit::Usage)
        } else if !self.broken.is_empty() {
            Some(Exit::ScriptErrors)
        } else {
            None
        }
    }

    /// All outcomes in the order of the files.
    fn outcomes(self, mut played: Vec<FileOutcome>) -> Vec<FileOutcome> {
        for (place, outcome) in self.broken {
            played.insert(place.min(played.len()), outcome);
        }
        played
    }
}

fn play(arguments: &RunArguments, suite: Suite) -> anyhow::Result<Exit> {
    let provenance = Provenance::now(std::env::args().skip(1).collect(), arguments.target.named());
    output::show(&suite.errors(), arguments.reports.color);
    suite.unreadable.iter().for_each(|reason| output::complain(reason));
    arguments.target.check(&suite.scripts)?;
    let plan = arguments.plan(&suite)?;
    if arguments.update {
        refuse_standard_input(&suite.scripts)?;
    }
    arguments.check_descriptors(&suite.scripts)?;
    let reporter = RunReporter::new(&arguments.reports, arguments.verbose, arguments.update, provenance)?;
    suite.broken.iter().for_each(|(_, outcome)| reporter.tell_errors(outcome));
    let stop = Stop::default();
    let stopping = stop.clone();
    let signal = signals::watch(move || stopping.stop())?;
    let begun = Instant::now();
    let plays_nothing = !suite.unreadable.is_empty() || (arguments.fail_fast && !suite.broken.is_empty());
    let servers = arguments.target.servers(&suite.scripts)?;
    let play = |scripts: &[Script]| run_all(scripts, &*servers, &plan, &stop, &reporter);
    let played = match (plays_nothing, arguments.update) {
        (true, _) => suite.scripts.iter().map(|script| skipped(script, &plan.options)).collect(),
        (false, true) => update(&suite.scripts, &stop, &reporter, play)?,
        (false, false) => play(&suite.scripts),
    };
    let (signal, first) = (signal.exit(), suite.exit());
    let files = suite.outcomes(played);
    reporter.finish(&files, plan.options.seed, begun.elapsed(), signal.is_some())?;
    let exit = signal.or(first).unwrap_or_else(|| exit(&files));
    if exit == Exit::NothingRan {
        let reason = if arguments.chooses() { "no test matches --only, --tag and --skip-tag" } else { NO_STATEMENTS };
        output::complain(&format!("nothing ran: {reason}"));
    }
    Ok(exit)
}

/// Prints the tests that would run, a line for each.
fn list(arguments: &RunArguments, suite: &Suite) -> anyhow::Result<Exit> {
    output::show(&suite.errors(), arguments.reports.color);
    suite.unreadable.iter().for_each(|reason| output::complain(reason));
    let mut lines = String::new();
    for script in &suite.scripts {
        let name = visible(script.source.name());
        for test in script.tests.iter().filter(|test| is_wanted(script, test, &arguments.only)) {
            let title = test.name.as_ref().or(script.title.as_ref());
            let title = title.map_or(String::new(), |title| format!(": {}", visible(&title.value)));
            lines.push_str(&format!("{name}:{}{title}\n", test.line));
        }
    }
    output::write("the list of tests", lines.as_bytes())?;
    Ok(suite.exit().unwrap_or(Exit::Passed))
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
    reporter: &RunReporter,
    play: impl FnMut(&[Script]) -> Vec<FileOutcome>,
) -> anyhow::Result<Vec<FileOutcome>> {
    let settled = until_settled(scripts, || stop.is_stopped(), play);
    for (before, after) in scripts.iter().zip(&settled.scripts) {
        let (before, after) = (&before.source, &after.source);
        if before.text() != after.text() {
            files::write(Path::new(after.name()), after.text().as_bytes())?;
            let shown: String = difference(before, after.text()).lines().map(|line| visible(line) + "\n").collect();
            reporter.show_changes(&shown)?;
        }
    }
    for reason in settled.outcomes.iter().flat_map(left_alone) {
        output::remark(&format!("{}\n", visible(&reason)));
    }
    Ok(settled.outcomes)
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

    /// Makes sure that every user and its server's side can have a connection.
    fn check_descriptors(&self, scripts: &[Script]) -> anyhow::Result<()> {
        let allowed = rlimit::increase_nofile_limit(u64::MAX).unwrap_or(u64::MAX);
        let mut sizes: Vec<u64> = scripts.iter().map(|script| cast_size(script) as u64).collect();
        sizes.sort_unstable();
        let users: u64 = sizes.iter().rev().take(self.jobs()).sum();
        let (each, whose) = if self.target.is_elsewhere() { (1, "") } else { (2, ", the server's side included") };
        let needed = users * each + OTHER_DESCRIPTORS;
        if needed <= allowed {
            return Ok(());
        }
        bail!(
            "run needs {needed} file descriptors ({each} for each of {}{whose}, {OTHER_DESCRIPTORS} for the rest), but \
             this process may have {allowed}; raise the limit with `ulimit -n {needed}`",
            counted(users, "user"),
        );
    }

    /// How many files run at once.
    fn jobs(&self) -> usize {
        if self.target.is_shared() { 1 } else { usize::from(self.jobs) }
    }

    fn plan(&self, suite: &Suite) -> anyhow::Result<SuiteOptions> {
        let options = RunOptions {
            seed: self.seed.unwrap_or_else(|| fastrand::u64(..1 << 32)),
            timeout_scale: self.timeout_scale,
            connect_defaults: self.target.connect_defaults(),
            params: params::values(&suite.scripts, &self.param, suite.broken.is_empty())?,
            repeat: self.repeat,
            only: self.only.clone(),
            fail_fast: self.fail_fast,
        };
        let trace = if self.verbose { Trace::to(io::stdout()) } else { Trace::default() };
        Ok(SuiteOptions { options, jobs: self.jobs(), trace })
    }
}
