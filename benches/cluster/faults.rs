//! What befalls nodes and engines while users talk, one fault after the other, and what became of their lines.

use std::io::{self, Write};
use std::net::SocketAddr;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::bail;
use clap::Args;
use rustix::process::Signal;

use crate::account::{Account, End};
use crate::engine::Engine;
use crate::process::Node;
use crate::relay::{Link, Relay};
use crate::talk::Talk;

/// The node that faults befall. It reaches the engine by the relay.
const FAULTY: usize = 2;

/// Nodes of the cluster.
const NODES: usize = 3;

/// Users of a node that is gone have left their rooms within so long.
pub(crate) const GONE_WITHIN: Duration = Duration::from_secs(6);

/// Beyond the time for which an engine is away, lines wait for less than this.
const WAITS_LONGER: Duration = Duration::from_millis(500);

/// The least time for which users talk before and after a fault.
const AROUND: Duration = Duration::from_secs(1);

#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// Faults to play: all whose name contains one of these
    faults: Vec<String>,
    /// How often each is played
    #[arg(long, default_value_t = 3)]
    repeat: usize,
}

/// Engine, nodes, and the link of one of them.
pub(crate) struct Stage {
    engine: Engine,
    relay: Relay,
    nodes: Vec<Node>,
}

/// What users see of a fault.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Expected {
    /// All live.
    Nothing,
    /// The users of the faulty node are closed, and leave their rooms as those of a server that is lost.
    Lost(End),
    /// All are closed.
    AllClosed(End),
}

/// One thing that goes wrong.
#[derive(Clone, Copy)]
pub(crate) struct Fault {
    pub(crate) name: &'static str,
    play: fn(&mut Stage) -> anyhow::Result<()>,
    /// How long lines may wait, if anybody promises it.
    pub(crate) waits: Option<Duration>,
    expected: Expected,
}

const fn secs(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

/// One that all users live through, with lines that wait for no longer than this and a bit.
const fn harmless(name: &'static str, waits: Duration, play: fn(&mut Stage) -> anyhow::Result<()>) -> Fault {
    Fault { name, play, waits: Some(waits.saturating_add(WAITS_LONGER)), expected: Expected::Nothing }
}

/// One after which the users of the faulty node are closed.
const fn of_node(name: &'static str, end: End, play: fn(&mut Stage) -> anyhow::Result<()>) -> Fault {
    Fault { name, play, waits: None, expected: Expected::Lost(end) }
}

pub(crate) const KILLED: Fault = of_node("node killed", End::Reset, |stage| {
    stage.nodes[FAULTY].process.kill()?;
    thread::sleep(GONE_WITHIN);
    Ok(())
});

pub(crate) const ENGINE_KILLED: [Fault; 2] = [
    harmless("redis killed, back after 1 s", secs(1), |stage| stage.engine.kill_for(secs(1))),
    harmless("redis killed, back after 3 s", secs(3), |stage| stage.engine.kill_for(secs(3))),
];

const FAULTS: [Fault; 17] = [
    harmless("none", secs(0), |_| Ok(())),
    KILLED,
    harmless("node stopped 3 s", secs(3), |stage| stage.freeze(secs(3))),
    of_node("node stopped 12 s", End::ServerLost, |stage| stage.freeze(secs(12))),
    ENGINE_KILLED[0],
    ENGINE_KILLED[1],
    harmless("redis stopped 3 s", secs(3), |stage| stage.engine.freeze(secs(3))),
    harmless("redis stopped 10 s", secs(10), |stage| stage.engine.freeze(secs(10))),
    harmless("redis restarted, away 2 s", secs(2), |stage| stage.engine.restart(secs(2))),
    harmless("connections cut 30 times in 3 s", secs(0), cut_connections),
    harmless("black hole of a node, 3 s", secs(3), |stage| stage.link(Link::BlackHole, secs(3))),
    of_node("black hole of a node, 12 s", End::ServerLost, |stage| stage.link(Link::BlackHole, secs(12))),
    harmless("network of a node refused, 3 s", secs(3), |stage| stage.link(Link::Refused, secs(3))),
    of_node("network of a node refused, 12 s", End::ServerLost, |stage| stage.link(Link::Refused, secs(12))),
    harmless("no memory left in redis, 3 s", secs(3), |stage| {
        stage.engine.ask("CONFIG SET maxmemory 1")?;
        thread::sleep(secs(3));
        stage.engine.ask("CONFIG SET maxmemory 0").map(drop)
    }),
    Fault {
        name: "slow disk (+ 300 ms a sync), redis killed 6 times",
        play: slow_disk,
        waits: None,
        expected: Expected::Nothing,
    },
    Fault { name: "FLUSHALL", play: flush, waits: None, expected: Expected::AllClosed(End::HistoryLost) },
];

fn cut_connections(stage: &mut Stage) -> anyhow::Result<()> {
    for _ in 0..30 {
        stage.engine.ask("CLIENT KILL TYPE normal SKIPME yes")?;
        thread::sleep(Duration::from_millis(100));
    }
    Ok(())
}

fn slow_disk(stage: &mut Stage) -> anyhow::Result<()> {
    for _ in 0..6 {
        let slow = stage.engine.slow_disk(Duration::from_millis(300))?;
        thread::sleep(AROUND);
        stage.engine.kill_for(Duration::ZERO)?;
        drop(slow);
    }
    Ok(())
}

fn flush(stage: &mut Stage) -> anyhow::Result<()> {
    stage.engine.ask("FLUSHALL")?;
    thread::sleep(secs(3));
    Ok(())
}

impl Stage {
    pub(crate) fn set() -> anyhow::Result<Self> {
        let engine = Engine::start()?;
        let relay = Relay::to(engine.addr)?;
        let behind_relay = format!("redis://{}", relay.addr);
        let url = |node: usize| if node == FAULTY { behind_relay.clone() } else { engine.url() };
        let nodes = (0..NODES).map(|node| Node::start(Some(&url(node)))).collect::<io::Result<Vec<_>>>()?;
        Ok(Self { engine, relay, nodes })
    }

    pub(crate) fn addresses(&self) -> Vec<SocketAddr> {
        self.nodes.iter().map(|node| node.addr).collect()
    }

    fn freeze(&self, time: Duration) -> anyhow::Result<()> {
        let node = &self.nodes[FAULTY].process;
        node.signal(Signal::STOP)?;
        thread::sleep(time);
        Ok(node.signal(Signal::CONT)?)
    }

    fn link(&self, link: Link, time: Duration) -> anyhow::Result<()> {
        self.relay.set(link)?;
        thread::sleep(time);
        Ok(self.relay.set(Link::Open)?)
    }
}

/// What became of it all, and when the fault began.
pub(crate) struct Played {
    pub(crate) account: Account,
    begun: Instant,
}

impl Played {
    /// From the fault until nobody of the faulty node was in a room any more.
    pub(crate) fn gone_after(&self) -> Option<Duration> {
        self.account.gone_at.map(|at| at - self.begun)
    }
}

impl Fault {
    /// Plays it on a stage of its own.
    pub(crate) fn play(&self) -> anyhow::Result<Played> {
        let mut stage = Stage::set()?;
        let talk = Talk::begin(&stage.addresses())?;
        thread::sleep(AROUND);
        let begun = Instant::now();
        (self.play)(&mut stage)?;
        thread::sleep(AROUND);
        let users = talk.end()?;
        Ok(Played { account: Account::of(&users, NODES), begun })
    }

    /// What is not as promised.
    pub(crate) fn wrong(&self, played: &Played) -> Option<String> {
        let Played { account, .. } = played;
        let (ends, waits) = (&account.ends, account.longest_wait);
        let as_expected = (0..NODES).all(|node| account.end_of(node) == Some(self.expected.end_of(node)));
        let gone = played.gone_after();
        match self.waits {
            _ if !account.is_exact() => Some("lines were lost, doubled or out of order".to_owned()),
            _ if !as_expected => Some(format!("users ended otherwise: {ends:?}")),
            Some(most) if waits >= most => Some(format!("a line waited for {waits:?}, which is not below {most:?}")),
            _ => match (self.expected, gone) {
                (Expected::Lost(_), Some(gone)) if gone > GONE_WITHIN => Some(format!("gone after {gone:?}")),
                (Expected::Lost(_), None) => Some("nobody is gone".to_owned()),
                _ => None,
            },
        }
    }
}

impl Expected {
    fn end_of(self, node: usize) -> End {
        match self {
            Self::Lost(end) if node == FAULTY => end,
            Self::AllClosed(end) => end,
            Self::Nothing | Self::Lost(_) => End::Lives,
        }
    }
}

/// Plays them and shows a table; fails if anything is not as promised.
pub(crate) fn run(arguments: &Arguments) -> anyhow::Result<()> {
    let wanted = |fault: &&Fault| {
        arguments.faults.is_empty() || arguments.faults.iter().any(|part| fault.name.contains(part.as_str()))
    };
    say(format_args!(
        "{:<50} {:>7} {:>5} {:>8} {:>11} {:>10} {:>8}",
        "fault", "lines", "lost", "doubled", "disordered", "longest s", "gone s"
    ));
    let mut wrongs = 0;
    for fault in FAULTS.iter().filter(wanted) {
        for _ in 0..arguments.repeat {
            let played = fault.play()?;
            let wrong = fault.wrong(&played);
            let account = &played.account;
            let gone = played.gone_after().map_or(String::new(), |gone| format!("{:.2}", gone.as_secs_f64()));
            let (lost, doubled, disordered) = (account.lost, account.doubled, account.disordered);
            say(format_args!(
                "{:<50} {:>7} {lost:>5} {doubled:>8} {disordered:>11} {:>10.2} {gone:>8}  {}",
                fault.name,
                account.lines,
                account.longest_wait.as_secs_f64(),
                wrong.as_deref().unwrap_or("pass")
            ));
            wrongs += usize::from(wrong.is_some());
        }
    }
    if wrongs > 0 {
        bail!("{wrongs} times something was not as promised");
    }
    Ok(())
}

/// Writes to standard output; who does not read it does not want it.
pub(crate) fn say(line: std::fmt::Arguments<'_>) {
    let _ = writeln!(io::stdout(), "{line}");
}
