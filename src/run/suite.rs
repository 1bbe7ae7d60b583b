//! Many files: a given number at once, each with its own server, up to the end, a signal or the first failure.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use smol::Executor;

use crate::lang::ast::Script;
use crate::lock::Locked;
use crate::run::outcome::FileOutcome;
use crate::run::transcript::Trace;
use crate::run::{RunOptions, StartServer, Stop, run_file, skipped};

/// Told of files as they begin and end, from several threads.
pub trait SuiteObserver: Sync {
    /// What is kept from the beginning of a file to its end.
    type Running;
    /// Called when a file begins.
    fn begins(&self, script: &Script) -> Self::Running;
    /// Called when the file has ended.
    fn ends(&self, running: Self::Running, outcome: &FileOutcome);
}

/// How a suite is run.
#[derive(Clone, Debug)]
pub struct SuiteOptions {
    /// How each file is run.
    pub options: RunOptions,
    /// How many files run at once, at least one.
    pub jobs: usize,
    /// The transcript of all files.
    pub trace: Trace,
}

/// Runs all scripts and returns their outcomes in the same order. Each job is a thread with an executor of its own, so
/// that no file waits for another one's users.
pub fn run_all(
    scripts: &[Script],
    servers: &dyn StartServer,
    plan: &SuiteOptions,
    stop: &Stop,
    watch: &impl SuiteObserver,
) -> Vec<FileOutcome> {
    let next = AtomicUsize::new(0);
    let outcomes: Mutex<Vec<(usize, FileOutcome)>> = Mutex::default();
    let has_failed = Stop::default();
    let job = || {
        // An executor for each job, so that only the thread of the job runs the tasks of its file.
        let executor = Arc::new(Executor::new());
        while let number = next.fetch_add(1, Ordering::Relaxed)
            && let Some(script) = scripts.get(number)
        {
            let outcome = if stop.is_stopped() || has_failed.is_stopped() {
                skipped(script, &plan.options)
            } else {
                let running = watch.begins(script);
                let run = run_file(script, servers, &plan.options, &executor, &plan.trace, stop);
                let outcome = smol::block_on(executor.run(run));
                watch.ends(running, &outcome);
                outcome
            };
            if plan.options.fail_fast && outcome.failures().next().is_some() {
                has_failed.stop();
            }
            outcomes.locked().push((number, outcome));
        }
    };
    thread::scope(|scope| {
        for _ in 1..plan.jobs.min(scripts.len()) {
            scope.spawn(job);
        }
        job();
    });
    let mut outcomes = outcomes.into_inner().unwrap_or_else(PoisonError::into_inner);
    outcomes.sort_by_key(|(number, _)| *number);
    outcomes.into_iter().map(|(_, outcome)| outcome).collect()
}
