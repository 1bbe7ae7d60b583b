//! One file: a server for it, and its tests one after another.

use std::sync::Arc;
use std::time::Instant;

use smol::Executor;

use super::conversation::{Environment, ResetNames};
use super::test::run_test;
use super::user::inbox::InboxRoom;
use super::{RunOptions, StartServer, Started, Stop};
use crate::diagnostic::source::Span;
use crate::lang::ast::{Script, TestBlock};
use crate::run::outcome::{Failure, FileOutcome, LoopPosition, Problem, TestOutcome, TestSnapshot, TestVerdict};
use crate::run::transcript::Trace;
use crate::text::visible::visible;

/// Runs all tests of a file against a server of its own. The readers of its users are tasks of `executor`.
pub async fn run_file(
    script: &Script,
    servers: &dyn StartServer,
    options: &RunOptions,
    executor: &Arc<Executor<'static>>,
    trace: &Trace,
    stop: &Stop,
) -> FileOutcome {
    let begun = Instant::now();
    trace.remark(|| format!("{}, seed {}", script.source.name(), options.seed));
    for dialect in &script.dialects {
        trace.statement(|| dialect.source.slice(dialect.span.to(dialect.end)).to_owned());
    }
    let (tests, server_said) = match servers.start(options.connect_defaults.doors(script)).await {
        Err(error) => (vec![not_started(&error.to_string())], Vec::new()),
        Ok(Started { addresses, stop: end_server }) => {
            let environment = Environment {
                source: script.source.clone(),
                executor: Arc::clone(executor),
                addresses,
                connect_defaults: options.connect_defaults,
                source_ips: Arc::default(),
                trace: trace.clone(),
                timeout_scale: options.timeout_scale,
                params: options.params.clone(),
                reset_names: ResetNames::default(),
                inbox_room: InboxRoom::default(),
            };
            let tests = run_tests(script, &environment, options, stop).await;
            (tests, end_server.await)
        }
    };
    FileOutcome { elapsed: begun.elapsed(), server_said, ..outcome(script, options, tests) }
}

/// The outcome of a file that is left out.
#[must_use]
pub fn skipped(script: &Script, options: &RunOptions) -> FileOutcome {
    outcome(script, options, script.tests.iter().map(left_out).collect())
}

async fn run_tests(script: &Script, environment: &Environment, options: &RunOptions, stop: &Stop) -> Vec<TestOutcome> {
    let mut outcomes = Vec::new();
    let mut has_failed = false;
    for turn in 0..options.repeat {
        for (number, test) in script.tests.iter().enumerate() {
            if !is_wanted(script, test, &options.only) || (has_failed && options.fail_fast) || stop.is_stopped() {
                outcomes.push(left_out(test));
                continue;
            }
            let seed = options.seed.wrapping_add(u64::from(turn) << 32).wrapping_add(number as u64);
            let name = test.name.as_ref().map(|name| name.value.clone());
            if let Some(name) = &name {
                let name = visible(&name.replace('\\', "\\\\").replace('"', "\\\""));
                environment.trace.statement(|| format!("test \"{name}\""));
            }
            let outcome = run_test(script, test, environment.clone(), seed, stop).await;
            has_failed |= !outcome.failures().is_empty();
            outcomes.push(outcome);
        }
    }
    outcomes
}

/// Whether the name of this test, or the title of its file, contains one of `only`, or `only` is empty.
#[must_use]
pub fn is_wanted(script: &Script, test: &TestBlock, only: &[String]) -> bool {
    let name = test.name.as_ref().or(script.title.as_ref()).map_or(script.source.name(), |name| &name.value);
    only.is_empty() || only.iter().any(|wanted| name.contains(wanted.as_str()))
}

fn outcome(script: &Script, options: &RunOptions, tests: Vec<TestOutcome>) -> FileOutcome {
    FileOutcome {
        source: script.source.clone(),
        title: script.title.as_ref().map(|title| title.value.clone()),
        seed: options.seed,
        errors: Vec::new(),
        tests,
        elapsed: std::time::Duration::ZERO,
        server_said: Vec::new(),
    }
}

fn left_out(test: &TestBlock) -> TestOutcome {
    let name = test.name.as_ref().map(|name| name.value.clone());
    TestOutcome { line: test.line, ..at_once(name, TestVerdict::Skipped) }
}

fn not_started(error: &str) -> TestOutcome {
    let now = Instant::now();
    let turn = LoopPosition::default();
    let snapshot = TestSnapshot {
        start: now,
        at: now,
        action: None,
        test: None,
        turn,
        server_is_gone: false,
        inboxes: Vec::new(),
        unfinished: Vec::new(),
    };
    let problem = Problem::NoServer { error: error.to_owned() };
    let failure = Failure { line: 1, span: Span::default(), problem, snapshot };
    let verdict = TestVerdict::Failed(vec![failure]);
    at_once(None, verdict)
}

/// The outcome of a test of which nothing was carried out.
fn at_once(name: Option<String>, verdict: TestVerdict) -> TestOutcome {
    TestOutcome {
        name,
        line: 1,
        verdict,
        interrupted_in: None,
        elapsed: std::time::Duration::ZERO,
        steps: 0,
        used_seed: false,
        slowest: None,
        timings: Vec::new(),
    }
}
