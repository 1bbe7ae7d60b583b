//! What a node has to append: one batch at a time is on its way, and counts when it has come back. What comes meanwhile is
//! the next. Knows no engine.

use std::sync::{Arc, Condvar, Mutex, MutexGuard};
use std::time::{Duration, Instant};

use super::figures::{ClusterFigures, Lag, RoundTrips};
use crate::hub::replica::{Batch, Entry, NodeId};
use crate::lock::Locked;

/// Bytes of all lines under way from which on nothing more is taken.
const BYTES_AT_MOST: usize = 8 * 1024 * 1024;

/// A batch that has not come back after this time is sent again.
const SEND_AGAIN_AFTER: Duration = Duration::from_millis(2500);

/// The time between the return of a beat and the next.
const BEAT_EVERY: Duration = Duration::from_secs(1);

/// Bytes of lines in one batch; what is more waits for the next.
const BATCH_BYTES: usize = 1024 * 1024;

/// What is to be appended, and what this node knows of each of its lines.
#[derive(Debug)]
pub(in crate::server) struct Outbox<T> {
    state: Mutex<OutboxState<T>>,
    changed: Condvar,
    rules: String,
    /// The zero of its clock.
    started: Instant,
}

#[derive(Debug)]
struct OutboxState<T> {
    node: NodeId,
    /// The number of the last batch.
    number: u64,
    /// Lines that wait, oldest first, each with a newline behind it.
    waiting: Vec<(String, T)>,
    bytes: usize,
    sent: Option<Sent<T>>,
    /// The last beat came back then.
    beaten: Instant,
    digest: Option<u64>,
    stop: StopProgress,
    /// Nothing has come back since then, of what was sent.
    stands_since: Option<Instant>,
    lag: Lag,
    resent: u64,
    round_trips: RoundTrips,
}

/// How far a node has come on its way to the end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum StopProgress {
    No,
    Wanted,
    Said,
}

#[derive(Debug)]
struct Sent<T> {
    number: u64,
    text: Arc<str>,
    items: Vec<T>,
    bytes: usize,
    /// When it is to be sent again.
    again_at: Instant,
    /// When it was sent first.
    first_at: Option<Instant>,
    is_sent_again: bool,
}

/// A batch to be sent.
#[derive(Debug, Clone)]
pub(super) struct Outgoing {
    pub(super) node: NodeId,
    pub(super) number: u64,
    pub(super) text: Arc<str>,
}

impl<T> Outbox<T> {
    /// The outbox of a node that goes by these rules, as text without newlines.
    pub(in crate::server) fn new(node: NodeId, rules: String) -> Self {
        let state = OutboxState {
            node,
            number: 0,
            waiting: Vec::new(),
            bytes: 0,
            sent: None,
            beaten: Instant::now(),
            digest: None,
            stop: StopProgress::No,
            stands_since: None,
            lag: Lag::default(),
            resent: 0,
            round_trips: RoundTrips::default(),
        };
        Self { state: Mutex::new(state), changed: Condvar::new(), rules, started: Instant::now() }
    }

    /// Adds a line, or several.
    pub(in crate::server) fn submit(&self, lines: String, item: T) {
        let mut state = self.state();
        state.bytes += lines.len();
        state.waiting.push((lines, item));
        drop(state);
        self.changed.notify_all();
    }

    /// Whether so much is under way that nothing more is to be taken.
    pub(in crate::server) fn is_full(&self) -> bool {
        self.state().bytes >= BYTES_AT_MOST
    }

    /// The node that this is now.
    pub(in crate::server) fn node(&self) -> NodeId {
        self.state().node
    }

    /// Batch `number` has come back: what this node knows of its lines. `digest` is the one of the hub after a beat.
    pub(in crate::server) fn came_back(&self, number: u64, digest: Option<u64>) -> Vec<T> {
        let mut state = self.state();
        let Some(sent) = state.sent.take_if(|sent| sent.number == number) else { return Vec::new() };
        state.bytes -= sent.bytes;
        state.stands_since = None;
        if let Some(first_at) = sent.first_at {
            state.round_trips.count(first_at.elapsed());
        }
        if digest.is_some() {
            (state.digest, state.beaten) = (digest, Instant::now());
        }
        if state.stop == StopProgress::Wanted && *sent.text == *Batch::Stop.to_string() {
            state.stop = StopProgress::Said;
        }
        drop(state);
        self.changed.notify_all();
        sent.items
    }

    /// Begins anew as another node; what this node knows of lines that were not carried out.
    pub(in crate::server) fn begin_anew(&self, node: NodeId) -> Vec<T> {
        let mut state = self.state();
        let sent = state.sent.take().map_or(Vec::new(), |sent| sent.items);
        let waiting = std::mem::take(&mut state.waiting);
        (state.node, state.number, state.bytes, state.digest) = (node, 0, 0, None);
        drop(state);
        self.changed.notify_all();
        sent.into_iter().chain(waiting.into_iter().map(|(_, item)| item)).collect()
    }

    /// Says that the node stops, once its lines are appended.
    pub(in crate::server) fn stop(&self) {
        self.state().stop = StopProgress::Wanted;
        self.changed.notify_all();
    }

    /// Whether the others know that the node has stopped.
    pub(in crate::server) fn has_stopped(&self) -> bool {
        self.state().stop == StopProgress::Said
    }

    /// For how long nothing has come back of what was sent.
    pub(in crate::server) fn stands_for(&self) -> Duration {
        self.state().stands_since.map(|since| since.elapsed()).unwrap_or_default()
    }

    /// An entry is carried out now: how far the node is behind.
    pub(in crate::server) fn note(&self, entry: &Entry) {
        let mut state = self.state();
        let now = Instant::now();
        let is_own = |sent: &&Sent<T>| state.node == entry.node && sent.number == entry.number && !sent.is_sent_again;
        if let Some(first_at) = state.sent.as_ref().filter(is_own).and_then(|sent| sent.first_at) {
            state.lag.note_own(first_at.saturating_duration_since(self.started), entry.at);
        }
        state.lag.note(now.saturating_duration_since(self.started), entry.at);
    }

    /// What is counted of all this.
    pub(in crate::server) fn figures(&self) -> ClusterFigures {
        let state = self.state();
        let stands_for = state.stands_since.map(|since| since.elapsed()).unwrap_or_default();
        let sent = state.sent.as_ref().map_or(0, |sent| sent.items.len());
        ClusterFigures {
            lag: state.lag.last().max(stands_for),
            lines: (state.waiting.len() + sent) as u64,
            resent: state.resent,
            round_trips: state.round_trips,
        }
    }

    /// What was sent is to be sent again: the connection that it came back by is another.
    pub(super) fn send_again(&self) {
        if let Some(sent) = &mut self.state().sent {
            sent.again_at = Instant::now();
        }
        self.changed.notify_all();
    }

    /// Waits for a batch to send, or to send again; `None` after `within`.
    pub(super) fn next(&self, within: Duration) -> Option<Outgoing> {
        let until = Instant::now() + within;
        let mut state = self.state();
        loop {
            let now = Instant::now();
            if state.sent.is_none() {
                state.make_batch(&self.rules, now);
            }
            let wake_at = match &mut state.sent {
                Some(sent) if sent.again_at <= now => {
                    sent.again_at = now + SEND_AGAIN_AFTER;
                    sent.is_sent_again = sent.first_at.is_some();
                    sent.first_at.get_or_insert(now);
                    let (number, text, again) = (sent.number, Arc::clone(&sent.text), sent.is_sent_again);
                    state.resent += u64::from(again);
                    return Some(Outgoing { node: state.node, number, text });
                }
                Some(sent) => sent.again_at,
                None => state.beaten + BEAT_EVERY,
            };
            let wait = wake_at.min(until).saturating_duration_since(now);
            if wait.is_zero() && until <= now {
                return None;
            }
            let waited = self.changed.wait_timeout(state, wait.max(Duration::from_millis(1)));
            state = waited.unwrap_or_else(std::sync::PoisonError::into_inner).0;
        }
    }

    fn state(&self) -> MutexGuard<'_, OutboxState<T>> {
        self.state.locked()
    }
}

impl<T> OutboxState<T> {
    fn make_batch(&mut self, rules: &str, now: Instant) {
        let (text, items, bytes) = if self.number == 0 {
            (Batch::Begin(rules).to_string(), Vec::new(), 0)
        } else if self.stop == StopProgress::Said {
            return;
        } else if now >= self.beaten + BEAT_EVERY {
            (Batch::Beat(self.digest).to_string(), Vec::new(), 0)
        } else if !self.waiting.is_empty() {
            self.take_waiting()
        } else if self.stop == StopProgress::Wanted {
            (Batch::Stop.to_string(), Vec::new(), 0)
        } else {
            return;
        };
        self.number += 1;
        self.stands_since = Some(now);
        let text = text.into();
        let number = self.number;
        self.sent = Some(Sent { number, text, items, bytes, again_at: now, first_at: None, is_sent_again: false });
    }

    fn take_waiting(&mut self) -> (String, Vec<T>, usize) {
        let mut bytes = 0;
        let mut fits = |(lines, _): &(String, T)| {
            bytes += lines.len();
            bytes <= BATCH_BYTES
        };
        let number = self.waiting.iter().take_while(|line| fits(line)).count().max(1);
        let (mut text, mut items) = (String::new(), Vec::with_capacity(number));
        for (lines, item) in self.waiting.drain(..number) {
            text.push_str(&lines);
            items.push(item);
        }
        let bytes = text.len();
        text.truncate(text.trim_end_matches('\n').len());
        (text, items, bytes)
    }
}
