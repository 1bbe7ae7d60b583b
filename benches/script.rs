//! What scripts cost: reading them, deciding that nothing more comes, and running many small ones.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};

use chatctl::diagnostic::source::Source;
use chatctl::lang::ast::Script;
use chatctl::lang::format;
use chatctl::lang::parse;
use chatctl::lang::warnings;
use chatctl::run::dialects::Doors;
use chatctl::run::outcome::FileOutcome;
use chatctl::run::suite::{SuiteObserver, SuiteOptions, run_all};
use chatctl::run::transcript::Trace;
use chatctl::run::{RunOptions, RunningServer, StartServer, Started, Stop};
use chatctl::server::{self, Config};
use divan::Bencher;
use divan::counter::ItemsCount;
use futures::future::BoxFuture;

/// How many lines the long script has.
const LINES: usize = 100_000;
/// How often a script with a loop goes round.
const TURNS: usize = 200;

fn main() {
    divan::main();
}

fn source(text: impl Into<String>) -> Source {
    Source::new("bench.chat", text)
}

fn script(text: impl Into<String>) -> Script {
    parse(&source(text)).expect("the script is right")
}

/// Statements as people write them: messages, answers, captures, blocks.
fn long_script() -> Source {
    let ten = "alice> send room lobby The quick brown fox jumps over the lazy dog\n\
               alice, bob< lobby/alice: The quick brown fox jumps over the lazy dog\n\
               bob<@50ms {{who:word}}: {{n:int}} of {{_}}\n\
               carol is silent\n\
               unordered\n  bob<~ server: users \\((?<count>[0-9]+)\\): .*\n  bob< server: bye\nend\n\
               assert {{n}} < 4\n\
               # and so on\n";
    let head = "connect alice, bob, carol\n";
    source(format!("{head}{}", ten.repeat(LINES / ten.lines().count())))
}

#[divan::bench(sample_count = 10)]
fn read_100_000_lines(bencher: Bencher) {
    let source = long_script();
    bencher.counter(ItemsCount::new(LINES)).bench(|| parse(&source).expect("the script is right"));
}

#[divan::bench(sample_count = 10)]
fn warn_about_100_000_lines(bencher: Bencher) {
    let script = parse(&long_script()).expect("the script is right");
    bencher.counter(ItemsCount::new(LINES)).bench(|| warnings(&script));
}

#[divan::bench(sample_count = 10)]
fn format_100_000_lines(bencher: Bencher) {
    let source = long_script();
    bencher.counter(ItemsCount::new(LINES)).bench(|| format(&source).expect("the script is right"));
}

/// The yardstick: one question, one answer.
#[divan::bench(sample_count = 20)]
fn round_trips(bencher: Bencher) {
    turns(bencher, "alice> ping x\n  alice< server: pong x");
}

/// Nobody has written since it was last asked: one round trip is enough.
#[divan::bench(sample_count = 20)]
fn silence_after_silence(bencher: Bencher) {
    turns(bencher, "bob is silent");
}

/// Somebody has written, so that there are two rounds; the line and the two rounds are three round trips.
#[divan::bench(sample_count = 20)]
fn silence_after_a_message(bencher: Bencher) {
    turns(bencher, "alice> send message carol x\n  carol< alice: x\n  bob is silent");
}

/// Plays the body of a loop against a server that runs; an item is one turn.
fn turns(bencher: Bencher, body: &str) {
    let (server, plan) = (Embedded, plan(1));
    let started = smol::block_on(server.start(Doors::default())).expect("a free port");
    let running = RunningServer(started.addresses.clone());
    let text = format!("connect alice, bob, carol\nrepeat {TURNS}\n  {body}\nend\n");
    let scripts = [script(text)];
    bencher.counter(ItemsCount::new(TURNS)).bench_local(|| play(&scripts, &running, &plan));
    smol::block_on(started.stop);
}

#[divan::bench(sample_count = 100)]
fn start_and_stop_a_server(bencher: Bencher) {
    bencher.bench_local(|| {
        let started = smol::block_on(Embedded.start(Doors::default())).expect("a free port");
        smol::block_on(started.stop);
    });
}

/// Each with a server of its own, three users, a room and two messages.
#[divan::bench(args = [1, 2], sample_count = 10)]
fn run_200_small_files_with_jobs(bencher: Bencher, jobs: usize) {
    let scripts: Vec<Script> = (0..200).map(|_| small_script()).collect();
    let plan = plan(jobs);
    bencher.counter(ItemsCount::new(scripts.len())).bench_local(|| play(&scripts, &Embedded, &plan));
}

/// The same against one server: what is saved is what the servers cost.
#[divan::bench(sample_count = 10)]
fn run_200_small_files_on_one_server(bencher: Bencher) {
    let scripts: Vec<Script> = (0..200).map(|_| small_script()).collect();
    let started = smol::block_on(Embedded.start(Doors::default())).expect("a free port");
    let (running, plan) = (RunningServer(started.addresses.clone()), plan(1));
    bencher.counter(ItemsCount::new(scripts.len())).bench_local(|| play(&scripts, &running, &plan));
    smol::block_on(started.stop);
}

fn small_script() -> Script {
    script(
        "connect alice, bob, carol\nalice> create room lobby bob\n\
         alice, bob< lobby/server: alice created the room with bob\n\
         bob> send lobby hi\nalice, bob< lobby/bob: hi\ncarol is silent\n",
    )
}

fn plan(jobs: usize) -> SuiteOptions {
    SuiteOptions { options: RunOptions::default(), jobs, trace: Trace::default() }
}

fn play(scripts: &[Script], servers: &dyn StartServer, plan: &SuiteOptions) {
    let outcomes = run_all(scripts, servers, plan, &Stop::default(), &Unwatched);
    assert!(outcomes.iter().all(FileOutcome::passed), "a script failed");
}

struct Unwatched;

impl SuiteObserver for Unwatched {
    type Running = ();
    fn begins(&self, _: &Script) {}
    fn ends(&self, (): (), _: &FileOutcome) {}
}

/// The very server of `chatctl run`.
struct Embedded;

impl StartServer for Embedded {
    fn start(&self, _doors: Doors) -> BoxFuture<'_, io::Result<Started>> {
        Box::pin(async {
            let listener = server::listen(SocketAddr::from((Ipv4Addr::LOCALHOST, 0)))?;
            let address = listener.local_addr()?;
            let (stop, stopped) = async_channel::bounded::<()>(1);
            let serving = server::serve(listener, Config::embedded(), async move {
                let _ = stopped.recv().await;
            });
            let task = async_std::task::spawn(serving);
            let end = async move {
                drop(stop);
                task.await.expect("the server can wait on its listener");
                Vec::new()
            };
            Ok(Started { addresses: vec![address].into(), stop: Box::pin(end) })
        })
    }
}
