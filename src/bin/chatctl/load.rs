//! `chatctl load`: plays many casts of a script at once and reports how the server bore it.

mod capacity;
mod flags;
mod join;
mod lead;
mod report;

use std::path::PathBuf;
use std::sync::Arc;

use anyhow::{Context, bail};
use chatctl::diagnostic::source::Source;
use chatctl::lang::ast::{DEFAULT_WARMUP, LoadStage, Script, TargetRate, Threshold};
use chatctl::lang::load_errors;
use chatctl::lang::parse_as;
use chatctl::lang::warnings;
use chatctl::load::BUILT_IN_SCRIPT;
use chatctl::load::engine;
use chatctl::load::outcome::LoadVerdict;
use chatctl::load::plan::{DEFAULT_DURATION, Overrides, Plan};
use chatctl::load::resources::{Resources, outgoing_ports};
use chatctl::load::target::Target;
use chatctl::run::report::Provenance;
use chatctl::run::{Started, Stop};
use clap::Args;
use humantime::format_duration;

use self::report::{LoadReporter, LoadReports};
use crate::exit::Exit;
use crate::run::{params, said_by_server};
use crate::signals::FirstSignal;
use crate::target::{TargetArguments, host_and_port};
use crate::{output, signals, sources, time};

/// Load a server: run many copies of a script at once and account for every delivery.
///
/// Without SCRIPT, a built-in script is run; without --server, it is run on a new server. Each copy is a "cast": one
/// user for each user of the script. Exit codes: 0 all thresholds met, 2 usage, or a file or standard output cannot be
/// read or written, 3 the script has errors, 4 could not connect, or the connections broke, 5 a threshold was missed, 6
/// the generator could not keep up (with --strict-generator) or one of several generators died, 7 nothing was measured,
/// 130 or 143 interrupted.
#[derive(Debug, Args)]
pub(crate) struct LoadArguments {
    /// Script to run, or - for standard input [default: a built-in script with rooms of 20 users]
    #[arg(value_name = "SCRIPT")]
    script: Option<PathBuf>,
    /// Print the built-in script and exit
    #[arg(long)]
    print_script: bool,
    /// Number of simulated users, rounded up to whole casts
    #[arg(long, value_name = "N")]
    users: Option<u64>,
    /// Number of users over time: "0 -> 500 in 30s, hold 5m, 500 -> 0 in 10s"
    #[arg(long, value_name = "STAGES", value_parser = flags::stages)]
    stages: Option<flags::Stages>,
    #[arg(long, value_name = "TIME", value_parser = time::duration, help = format!(
        "How long to measure, after the warm-up [default: {}; a script without `every` runs once in each cast]",
        format_duration(DEFAULT_DURATION)
    ))]
    duration: Option<std::time::Duration>,
    #[arg(long, value_name = "TIME", value_parser = time::duration, help = format!(
        "Leave out this long at the start, counted from the first connect [default: {}]",
        format_duration(DEFAULT_WARMUP)
    ))]
    warmup: Option<std::time::Duration>,
    /// Open at most this many connections per second, e.g. 200/s
    #[arg(long, value_name = "RATE", value_parser = flags::rate)]
    connect_rate: Option<f64>,
    /// Stamped messages per second in total, e.g. 500/s or "0 -> 5000/s in 2m, hold 1m"; scales all intervals of the script
    #[arg(long, value_name = "RATE", value_parser = flags::target_rate)]
    rate: Option<TargetRate>,
    /// Fail (exit code 5) if this holds, e.g. "delivery.p99 > 250ms"; may be repeated
    #[arg(long, value_name = "THRESHOLD", value_parser = flags::threshold)]
    fail_if: Vec<Threshold>,
    /// End the load and fail (exit code 5) as soon as this holds, checked every second after the warm-up; may be repeated
    #[arg(long, value_name = "THRESHOLD", value_parser = flags::threshold)]
    abort_if: Vec<Threshold>,
    /// Seed for generated values and schedules [default: random, and shown in the report]
    #[arg(long, value_name = "N")]
    seed: Option<u64>,
    /// Value for a `param` of the script; may be repeated
    #[arg(long, value_name = "NAME=VALUE", value_parser = params::parse)]
    param: Vec<(String, String)>,
    #[command(flatten)]
    target: TargetArguments,
    /// PID of the server, to report its CPU time and memory
    #[arg(long, value_name = "PID", value_parser = flags::process)]
    server_pid: Option<u32>,
    /// Connect from these addresses in turn, e.g. 127.0.0.1-127.0.0.8
    #[arg(long, value_name = "FIRST-LAST", value_parser = flags::source_ips)]
    source_ips: Option<flags::SourceIps>,
    /// Share of the users that stop reading after the warm-up, e.g. 1%
    #[arg(long, value_name = "PART", value_parser = flags::percent)]
    stall: Option<f64>,
    /// Casts per second that disconnect and reconnect, e.g. 5/s
    #[arg(long, value_name = "RATE", value_parser = flags::rate)]
    churn: Option<f64>,
    /// Write in chunks of this many bytes
    #[arg(long, value_name = "BYTES")]
    chunk: Option<std::num::NonZeroUsize>,
    /// Threads of the load generator [default: half of the processors]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=256))]
    workers: Option<u16>,
    /// Raise the number of users, or --rate if it is given, until a threshold is missed, and report the highest load that held
    /// for --duration
    #[arg(long)]
    find_capacity: bool,
    /// Share the casts among this many generators, each started with --join, and add up what they measure
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..=100), requires = "server",
          conflicts_with_all = ["find_capacity", "abort_if"])]
    generators: Option<u64>,
    /// Where the other generators join
    #[arg(long, value_name = "HOST:PORT", value_parser = host_and_port, default_value = "127.0.0.1:7671", requires = "generators")]
    generators_at: String,
    /// Be one of several generators: wait for the plan of the leading one, at its --generators-at, and generate a share
    /// of the load
    #[arg(long, value_name = "HOST:PORT", value_parser = host_and_port,
          conflicts_with_all = ["script", "generators", "find_capacity", "users", "stages"])]
    join: Option<String>,
    /// Fail (exit code 6) if the load generator, not the server, was the limit
    #[arg(long)]
    strict_generator: bool,
    #[command(flatten)]
    reports: LoadReports,
}

pub(crate) fn run(arguments: &LoadArguments) -> anyhow::Result<Exit> {
    if arguments.print_script {
        output::write("the script", BUILT_IN_SCRIPT.as_bytes())?;
        return Ok(Exit::Passed);
    }
    if let Some(leader) = &arguments.join {
        return join::join(arguments, leader);
    }
    let reading = params::reading(arguments.target.shipped_dialect(), &arguments.param);
    let script = match parse_as(&arguments.source()?, &reading) {
        Ok(script) => script,
        Err(errors) => {
            output::show(&errors, arguments.reports.color);
            return Ok(Exit::ScriptErrors);
        }
    };
    if arguments.find_capacity {
        return capacity::find(arguments, script);
    }
    let plan = Plan::new(&script, &arguments.overrides())?;
    let errors = if plan.casts > 1 { load_errors(&script, Some(plan.casts)) } else { Vec::new() };
    if !errors.is_empty() {
        output::show(&errors, arguments.reports.color);
        return Ok(Exit::ScriptErrors);
    }
    arguments.target.check(std::slice::from_ref(&script))?;
    if let Some(generators) = arguments.generators {
        return lead::lead(arguments, &script, &plan, generators);
    }
    arguments.resources().check(&plan)?;
    play(arguments, script, plan)
}

/// Plays the casts, writes the reports and judges.
fn play(arguments: &LoadArguments, script: Script, plan: Plan) -> anyhow::Result<Exit> {
    let reporter = LoadReporter::new(&arguments.reports)?;
    let LoadEnvironment { provenance, stop, signal, server, target } =
        LoadEnvironment::new(arguments, &script, &reporter)?;
    let mut progress = reporter.begin(&plan, &target);
    let mut outcome = engine::run(&Arc::new(script), plan, &target, &stop, &mut |sample| progress.show(sample))
        .context("cannot start the generator's threads")?;
    outcome.provenance = Some(provenance.into());
    progress.end();
    let said = smol::block_on(server.stop);
    reporter.finish(&outcome, arguments.strict_generator)?;
    let exit = exit(outcome.verdict(arguments.strict_generator), &signal);
    if exit != Exit::Passed {
        output::remark(&said_by_server(&said));
    }
    Ok(exit)
}

/// What a load needs beside its plan.
struct LoadEnvironment {
    provenance: Provenance,
    stop: Stop,
    signal: FirstSignal,
    server: Started,
    target: Target,
}

impl LoadEnvironment {
    /// Watches for signals and starts the server, if it does not run already.
    fn new(arguments: &LoadArguments, script: &Script, reporter: &LoadReporter) -> anyhow::Result<Self> {
        let params = params::values(std::slice::from_ref(script), &arguments.param, true)?;
        reporter.warn(&warnings(script));
        let provenance = Provenance::now(std::env::args().skip(1).collect(), arguments.target.named());
        let stop = Stop::default();
        let stopping = stop.clone();
        let signal = signals::watch(move || stopping.stop())?;
        let server = arguments.target.start(script)?;
        let target = Target {
            addresses: server.addresses.clone(),
            connect_defaults: arguments.target.connect_defaults(),
            source_ips: arguments.source_ips.clone().map_or(Vec::new(), |ips| ips.0),
            server_pid: arguments.server_pid,
            is_embedded: !arguments.target.is_elsewhere(),
            params,
        };
        Ok(Self { provenance, stop, signal, server, target })
    }
}

fn exit(verdict: LoadVerdict, signal: &FirstSignal) -> Exit {
    match verdict {
        LoadVerdict::Interrupted => signal.exit().unwrap_or(Exit::Failed),
        LoadVerdict::NoConnection => Exit::NoConnection,
        LoadVerdict::Missed => Exit::ThresholdMissed,
        LoadVerdict::NothingMeasured => Exit::NothingRan,
        LoadVerdict::GeneratorLimited | LoadVerdict::GeneratorLost => Exit::GeneratorLimited,
        LoadVerdict::Passed => Exit::Passed,
    }
}

impl LoadArguments {
    fn source(&self) -> anyhow::Result<Source> {
        let Some(path) = &self.script else { return Ok(Source::new("built-in", BUILT_IN_SCRIPT)) };
        match <[Source; 1]>::try_from(sources::read_whole(std::slice::from_ref(path))?) {
            Ok([source]) => Ok(source),
            Err(found) => bail!("expected one script, but {} has {}", path.display(), found.len()),
        }
    }

    fn overrides(&self) -> Overrides {
        Overrides {
            users: self.users,
            stages: self.stages.as_ref().map(|stages| -> Vec<LoadStage> { stages.0.clone() }),
            duration: self.duration,
            connect_rate: self.connect_rate,
            rate: self.rate.clone(),
            warmup: self.warmup,
            seed: self.seed,
            default_seed: fastrand::u64(..1 << 32),
            fail_if: self.fail_if.clone(),
            abort_if: self.abort_if.clone(),
            stall: self.stall,
            churn: self.churn,
            chunk: self.chunk,
            workers: self.workers.map(usize::from),
        }
    }

    fn resources(&self) -> Resources {
        let descriptors = rlimit::increase_nofile_limit(u64::MAX).unwrap_or(u64::MAX);
        let sources = self.source_ips.as_ref().map_or(1, |ips| ips.0.len() as u64);
        let servers = self.target.server_count();
        Resources { descriptors, ports: outgoing_ports(), sources, servers, is_embedded: !self.target.is_elsewhere() }
    }
}
