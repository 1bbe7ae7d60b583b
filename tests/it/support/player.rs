//! Plays a script inside the test, against any server.

use std::net::SocketAddr;

use chatctl::diagnostic::source::Source;
use chatctl::lang::ast::Script;
use chatctl::lang::parse;
use chatctl::run::outcome::FileOutcome;
use chatctl::run::suite::{SuiteObserver, SuiteOptions, run_all};
use chatctl::run::transcript::Trace;
use chatctl::run::{RunOptions, RunningServer, Stop};

struct Unwatched;

impl SuiteObserver for Unwatched {
    type Running = ();
    fn begins(&self, _: &Script) {}
    fn ends(&self, (): (), _: &FileOutcome) {}
}

/// What comes of the script.
pub(crate) fn play(text: &str, server: SocketAddr, options: RunOptions) -> FileOutcome {
    let script = parse(&Source::new("test.chat", text)).unwrap();
    let plan = SuiteOptions { options, jobs: 1, trace: Trace::default() };
    let server = RunningServer(vec![server].into());
    run_all(&[script], &server, &plan, &Stop::default(), &Unwatched).remove(0)
}
