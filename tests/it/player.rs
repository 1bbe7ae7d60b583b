//! Plays a script inside the test, against any server.

use std::net::SocketAddr;

use chatctl::script::ast::Script;
use chatctl::script::outcome::FileOutcome;
use chatctl::script::parse;
use chatctl::script::runner::{Options, RunningServer, Stop};
use chatctl::script::source::Source;
use chatctl::script::suite::{Plan, Watch, run_all};
use chatctl::script::trace::Trace;

struct Unwatched;

impl Watch for Unwatched {
    type Running = ();
    fn begins(&self, _: &Script) {}
    fn ends(&self, (): (), _: &FileOutcome) {}
}

/// What comes of the script.
pub(crate) fn play(text: &str, server: SocketAddr, options: Options) -> FileOutcome {
    let script = parse(&Source::new("test.chat", text)).unwrap();
    let plan = Plan { options, jobs: 1, trace: Trace::default() };
    let server = RunningServer(vec![server].into());
    run_all(&[script], &server, &plan, &Stop::default(), &Unwatched).remove(0)
}
