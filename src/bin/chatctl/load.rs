//! `chatctl load`: plays many casts of a script at once and reports how the server bore it.

mod flags;
mod report;

use std::io::{self, Write};
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use anyhow::{Context, anyhow};
use chatctl::diagnostic::Diagnostic;
use chatctl::diagnostic::source::Source;
use chatctl::lang::ast::{Script, Stage, Threshold};
use chatctl::lang::load_errors;
use chatctl::lang::parse;
use chatctl::lang::warnings;
use chatctl::load::BUILT_IN_SCRIPT;
use chatctl::load::engine::{self, Target};
use chatctl::load::health::outgoing_ports;
use chatctl::load::outcome::{Outcome, Verdict};
use chatctl::load::plan::{Overrides, Plan};
use chatctl::load::resources::Resources;
use chatctl::protocol::charset::Charset;
use chatctl::protocol::dialect::Dialect;
use chatctl::run::{Started, Stop};
use clap::Args;

use self::report::{Reporter, Reports};
use crate::doors::DoorArguments;
use crate::run::{params, watch_signals};
use crate::{check, sources};

const USAGE: u8 = 2;
const SCRIPT_ERRORS: u8 = 3;
const NO_CONNECTION: u8 = 4;
const MISSED: u8 = 5;
const GENERATOR_LIMITED: u8 = 6;
const NOTHING_RAN: u8 = 7;

/// Load a server with many users of a conversation script.
///
/// Without SCRIPT it plays a built-in one, without --server on a server of its own. Exit codes: 0 all as it should be,
/// 2 usage or an unreadable file, 3 the script has errors, 4 no connection, 5 a threshold was missed, 6 the generator
/// could not keep up (with --strict-generator), 7 nothing ran, 130 or 143 interrupted.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// The script, or - for standard input [default: a built-in one, rooms of 20]
    #[arg(value_name = "SCRIPT")]
    script: Option<PathBuf>,
    /// Print the built-in script and do nothing else
    #[arg(long)]
    print_script: bool,
    /// So many users, rounded up to whole casts of the script
    #[arg(long, value_name = "N")]
    users: Option<u64>,
    /// How the number of users moves: "0 -> 500 in 30s, hold 5m, 500 -> 0 in 10s"
    #[arg(long, value_name = "STAGES", value_parser = flags::stages)]
    stages: Option<flags::Stages>,
    /// How long, after the warm-up [default: 10s, or every cast once for a script without `every`]
    #[arg(long, value_name = "TIME", value_parser = flags::duration)]
    duration: Option<std::time::Duration>,
    /// How long nothing counts yet, from the first connect [default: 2s]
    #[arg(long, value_name = "TIME", value_parser = flags::duration)]
    warmup: Option<std::time::Duration>,
    /// At most so many connects a second, as 200/s
    #[arg(long, value_name = "RATE", value_parser = flags::rate)]
    connect_rate: Option<f64>,
    /// Stamped messages a second in total, as 500/s; scales all intervals of the script
    #[arg(long, value_name = "RATE", value_parser = flags::rate)]
    rate: Option<f64>,
    /// What is a miss, as "delivery.p99 > 250ms"; may be repeated
    #[arg(long, value_name = "THRESHOLD", value_parser = flags::threshold)]
    fail_if: Vec<Threshold>,
    /// What generated values and schedules begin with [default: random, and shown]
    #[arg(long, value_name = "N")]
    seed: Option<u64>,
    /// A value for a `param` of the script; may be repeated
    #[arg(long, value_name = "NAME=VALUE", value_parser = params::parse)]
    param: Vec<(String, String)>,
    #[command(flatten)]
    doors: DoorArguments,
    /// Show what this process uses: the server's
    #[arg(long, value_name = "PID", value_parser = flags::process)]
    server_pid: Option<u32>,
    /// Connect from these addresses in turn, as 127.0.0.1-127.0.0.8
    #[arg(long, value_name = "FIRST-LAST", value_parser = flags::source_ips)]
    source_ips: Option<flags::SourceIps>,
    /// This part of the users stops reading after the warm-up, as 1%
    #[arg(long, value_name = "PART", value_parser = flags::percent)]
    stall: Option<f64>,
    /// So many casts leave and come back, as 5/s
    #[arg(long, value_name = "RATE", value_parser = flags::rate)]
    churn: Option<f64>,
    /// Everybody writes in pieces of so many bytes
    #[arg(long, value_name = "BYTES")]
    chunk: Option<std::num::NonZeroUsize>,
    /// Threads of the generator [default: half of the processors]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=256))]
    workers: Option<u16>,
    /// Fail if the generator, and not the server, was the limit
    #[arg(long)]
    strict_generator: bool,
    #[command(flatten)]
    reports: Reports,
}

pub(crate) fn run(arguments: &Arguments) -> ExitCode {
    match try_run(arguments) {
        Ok(exit) => ExitCode::from(exit),
        Err(error) => {
            let _ = writeln!(io::stderr(), "chatctl: {error:#}");
            ExitCode::from(USAGE)
        }
    }
}

/// Errors are of usage: they come before anything connects.
fn try_run(arguments: &Arguments) -> anyhow::Result<u8> {
    if arguments.print_script {
        io::stdout().write_all(BUILT_IN_SCRIPT.as_bytes())?;
        return Ok(0);
    }
    let script = match arguments.script()? {
        Ok(script) => script,
        Err(errors) => {
            check::show(&errors, arguments.reports.color);
            return Ok(SCRIPT_ERRORS);
        }
    };
    let plan = Plan::new(&script, &arguments.wishes())?;
    let errors = if plan.casts > 1 { load_errors(&script, Some(plan.casts)) } else { Vec::new() };
    if !errors.is_empty() {
        check::show(&errors, arguments.reports.color);
        return Ok(SCRIPT_ERRORS);
    }
    arguments.doors.check(std::slice::from_ref(&script))?;
    arguments.resources().check(&plan)?;
    let params = params::values(std::slice::from_ref(&script), &arguments.param)?;
    let reporter = Reporter::new(&arguments.reports)?;
    reporter.warn(&warnings(&script));
    let stop = Stop::default();
    let signal = watch_signals(&stop)?;
    let manner = arguments.doors.manner();
    let server = match arguments.start_server(manner.charset_in(&script, Dialect::Legacy)) {
        Ok(server) => server,
        Err(error) => {
            writeln!(io::stderr(), "chatctl: {error:#}")?;
            return Ok(NO_CONNECTION);
        }
    };
    let target = Target {
        addresses: server.addresses.clone(),
        manner,
        source_ips: arguments.source_ips.clone().map_or(Vec::new(), |ips| ips.0),
        server_pid: arguments.server_pid,
        is_embedded: !arguments.doors.is_elsewhere(),
        params,
    };
    let mut progress = reporter.begin(&plan, &target);
    let outcome = engine::run(&Arc::new(script), plan, &target, &stop, &mut |glance| progress.show(glance))
        .context("cannot start the generator's threads")?;
    progress.end();
    smol::block_on(server.stop);
    reporter.finish(&outcome, arguments.strict_generator)?;
    Ok(exit_code(&outcome, arguments.strict_generator, signal.load(Ordering::SeqCst)))
}

fn exit_code(outcome: &Outcome, is_strict: bool, signal: u8) -> u8 {
    match outcome.verdict(is_strict) {
        Verdict::Interrupted => 128 + signal,
        Verdict::NoConnection => NO_CONNECTION,
        Verdict::Missed => MISSED,
        Verdict::NothingRan => NOTHING_RAN,
        Verdict::GeneratorLimited => GENERATOR_LIMITED,
        Verdict::Passed => 0,
    }
}

impl Arguments {
    fn script(&self) -> anyhow::Result<Result<Script, Vec<Diagnostic>>> {
        let source = match &self.script {
            None => Source::new("built-in", BUILT_IN_SCRIPT),
            Some(path) => {
                let found = sources::read(std::slice::from_ref(path));
                let found = found.map_err(|mut errors| errors.pop().unwrap_or_else(|| anyhow!("cannot read it")))?;
                let [source] = <[Source; 1]>::try_from(found)
                    .map_err(|_| anyhow!("{} is not one script; a load plays a single one", path.display()))?;
                source
            }
        };
        Ok(parse(&source))
    }

    fn wishes(&self) -> Overrides {
        Overrides {
            users: self.users,
            stages: self.stages.as_ref().map(|stages| -> Vec<Stage> { stages.0.clone() }),
            duration: self.duration,
            connect_rate: self.connect_rate,
            rate: self.rate,
            warmup: self.warmup,
            seed: self.seed,
            default_seed: fastrand::u64(..1 << 32),
            fail_if: self.fail_if.clone(),
            stall: self.stall,
            churn: self.churn,
            chunk: self.chunk,
            workers: self.workers.map(usize::from),
        }
    }

    fn resources(&self) -> Resources {
        let descriptors = rlimit::increase_nofile_limit(u64::MAX).unwrap_or(u64::MAX);
        let sources = self.source_ips.as_ref().map_or(1, |ips| ips.0.len() as u64);
        Resources { descriptors, ports: outgoing_ports(), sources, is_embedded: !self.doors.is_elsewhere() }
    }

    /// The named server, or one of our own.
    fn start_server(&self, legacy: Option<Charset>) -> anyhow::Result<Started> {
        let servers = self.doors.servers()?;
        smol::block_on(servers.start(legacy)).context("cannot start a server")
    }
}
