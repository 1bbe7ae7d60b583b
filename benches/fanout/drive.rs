//! Drives a crowd in a shape for a while, and says what it cost the server and how long the deliveries took.

use std::time::{Duration, Instant};

use anyhow::ensure;
use hdrhistogram::Histogram;

use crate::crowd::Crowd;
use crate::ledger::Ledger;
use crate::process::{Cpu, Server};
use crate::shape::Pace;

/// How long nothing may arrive, while something is missing, until it counts as lost.
const PATIENCE: Duration = Duration::from_secs(5);

/// What one run shows.
#[derive(Debug, Clone)]
pub(crate) struct Figures {
    pub(crate) deliveries: u64,
    pub(crate) elapsed: Duration,
    pub(crate) cpu: Cpu,
    /// Nanoseconds from the intended start of a message to each delivery.
    pub(crate) latency: Histogram<u64>,
    pub(crate) memory: u64,
}

impl Figures {
    pub(crate) fn rate(&self) -> f64 {
        self.deliveries as f64 / self.elapsed.as_secs_f64()
    }

    /// Microseconds of the server's processor time for one delivery.
    pub(crate) fn cost(&self) -> f64 {
        self.micros(self.cpu.total())
    }

    pub(crate) fn micros(&self, time: Duration) -> f64 {
        time.as_secs_f64() * 1e6 / self.deliveries.max(1) as f64
    }

    /// Milliseconds that so many per cent of the deliveries took at most.
    pub(crate) fn percentile(&self, percent: f64) -> f64 {
        self.latency.value_at_percentile(percent) as f64 / 1e6
    }
}

/// Who speaks next, and when.
struct Schedule {
    pace: Pace,
    /// By room: messages begun in a closed loop.
    turns: Vec<usize>,
    /// Messages begun in an open loop.
    said: usize,
    /// The intended start of the next message, in an open loop.
    next_at: Instant,
}

/// Warms up, measures for `time`, then waits for what is in flight; every delivery is checked.
pub(crate) fn drive(crowd: &mut Crowd, server: &Server, pace: Pace, time: Duration) -> anyhow::Result<Figures> {
    let mut ledger = Ledger::new(crowd.rooms.len(), crowd.links.len(), crowd.contestant.orders_rooms());
    let mut schedule = Schedule { pace, turns: vec![0; crowd.rooms.len()], said: 0, next_at: Instant::now() };
    schedule.begin(crowd, &mut ledger)?;
    run_until(crowd, &mut ledger, &mut schedule, Instant::now() + time / 8)?;

    ledger.latency.reset();
    let (before, cpu_before, started) = (ledger.deliveries, server.cpu()?, Instant::now());
    run_until(crowd, &mut ledger, &mut schedule, started + time)?;
    let (elapsed, cpu) = (started.elapsed(), server.cpu()?.since(cpu_before));
    let (deliveries, latency, memory) = (ledger.deliveries - before, ledger.latency.clone(), server.memory()?);

    finish(crowd, &mut ledger)?;
    Ok(Figures { deliveries, elapsed, cpu, latency, memory })
}

impl Schedule {
    /// Fills the window of a closed loop.
    fn begin(&mut self, crowd: &mut Crowd, ledger: &mut Ledger) -> anyhow::Result<()> {
        if let Pace::InFlight(window) = self.pace {
            for room in (0..crowd.rooms.len()).flat_map(|room| std::iter::repeat_n(room, window)) {
                self.say(room, Instant::now(), crowd, ledger)?;
            }
        }
        Ok(())
    }

    /// Writes the messages of an open loop that are due, and returns how long until the next is.
    fn say_due(&mut self, crowd: &mut Crowd, ledger: &mut Ledger) -> anyhow::Result<Option<Duration>> {
        let Some(interval) = self.pace.interval() else { return Ok(None) };
        let now = Instant::now();
        while self.next_at <= now {
            let speaker = crowd.talkers[self.said % crowd.talkers.len()];
            self.said += 1;
            say(speaker, self.next_at, crowd, ledger)?;
            self.next_at += interval;
        }
        Ok(Some(self.next_at - now))
    }

    /// A message has reached everybody: in a closed loop the next follows.
    fn completed(&mut self, room: usize, now: Instant, crowd: &mut Crowd, ledger: &mut Ledger) -> anyhow::Result<()> {
        match self.pace {
            Pace::InFlight(_) => self.say(room, now, crowd, ledger),
            Pace::PerSecond(_) => Ok(()),
        }
    }

    fn say(&mut self, room: usize, intended: Instant, crowd: &mut Crowd, ledger: &mut Ledger) -> anyhow::Result<()> {
        let speaker = crowd.speaker(room, self.turns[room]);
        self.turns[room] += 1;
        say(speaker, intended, crowd, ledger)
    }
}

/// Writes one message to the speaker's room.
fn say(speaker: usize, intended: Instant, crowd: &mut Crowd, ledger: &mut Ledger) -> anyhow::Result<()> {
    let room = crowd.room_of(speaker);
    let number = ledger.say(room, crowd.rooms[room].len(), intended);
    Ok(crowd.say(speaker, number)?)
}

fn run_until(crowd: &mut Crowd, ledger: &mut Ledger, schedule: &mut Schedule, end: Instant) -> anyhow::Result<()> {
    let mut heard = Instant::now();
    let mut completed = Vec::new();
    loop {
        let until_next = schedule.say_due(crowd, ledger)?;
        let before = ledger.deliveries;
        crowd.turn(Some(until_next.unwrap_or(PATIENCE)), |connection, number, now| {
            if ledger.deliver(connection, number, now)? {
                completed.push(connection);
            }
            Ok(())
        })?;
        let now = Instant::now();
        if ledger.deliveries > before {
            heard = now;
        }
        ensure!(
            now - heard < PATIENCE,
            "nothing arrived for {PATIENCE:?}: {} messages are missing",
            ledger.incomplete()
        );
        for connection in completed.drain(..) {
            schedule.completed(crowd.room_of(connection), now, crowd, ledger)?;
        }
        if now >= end {
            return Ok(());
        }
    }
}

/// Waits until every message has reached everybody.
fn finish(crowd: &mut Crowd, ledger: &mut Ledger) -> anyhow::Result<()> {
    let mut heard = Instant::now();
    while ledger.incomplete() > 0 {
        let before = ledger.deliveries;
        crowd.turn(Some(Duration::from_millis(100)), |connection, number, now| {
            ledger.deliver(connection, number, now).map(drop)
        })?;
        if ledger.deliveries > before {
            heard = Instant::now();
        }
        ensure!(heard.elapsed() < PATIENCE, "{} messages were lost", ledger.incomplete());
    }
    Ok(())
}
