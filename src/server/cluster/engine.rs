//! The two threads between a node and the log: one appends, the other reads. A batch is sent again until it has come back.

use std::collections::VecDeque;
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use super::client::{Client, PATIENCE, StoredEntry};
use super::config::{ClusterConfig, Membership};
use super::outbox::Outbox;
use super::snapshot::Snapshot;
use crate::hub::replica::{Entry, NodeId};
use crate::store::LogPosition;

/// Between two attempts to reach the engine. One whose connection was cut is reached again at once.
const TRY_AGAIN_AFTER: Duration = Duration::from_millis(100);

/// How long an idle appender waits before it looks whether it is to end.
const LOOK_EVERY: Duration = Duration::from_millis(200);

/// How long the next entry waits, if there is no room for what comes of it, before it is looked again.
const LOOK_FOR_ROOM_EVERY: Duration = Duration::from_millis(10);

/// Whoever carries the log out.
pub(in crate::server) trait Follower: Send + Sync + 'static {
    /// What the node knows of its own lines.
    type Item: Send + 'static;

    /// What is to be appended.
    fn outbox(&self) -> &Outbox<Self::Item>;

    /// Whether the next entry is to be carried out now; false while much of those before waits for the disk.
    fn has_room(&self) -> bool;

    /// Carries an entry out, with which the log is at this position; false if that cannot go on.
    fn follow(&self, entry: &Entry, position: &LogPosition) -> bool;

    /// No more entries are at hand.
    fn pause(&self);

    /// What is known now, if that is to be kept in the engine by this node; `now` says that it is time for that in any case.
    fn state_to_keep(&self, now: bool) -> Option<Vec<u8>>;

    /// What came after the last entry is not what the others have: it cannot go on.
    fn lose_history(&self, why: &str);
}

/// The threads, which end when this is dropped.
pub(in crate::server) struct Engine {
    ends: Arc<AtomicBool>,
    threads: Vec<JoinHandle<()>>,
}

impl Engine {
    pub(in crate::server) fn start<F: Follower>(membership: &Membership, follower: &Arc<F>) -> io::Result<Self> {
        let config = &membership.config;
        let place = ReplayPosition::after(membership.position());
        let ends = Arc::new(AtomicBool::new(false));
        let mut engine = Self { ends: Arc::clone(&ends), threads: Vec::new() };
        let (appends, to) = (Arc::clone(follower), config.clone());
        let until = Arc::clone(&ends);
        let appender = thread::Builder::new().name("appender".to_owned());
        engine.threads.push(appender.spawn(move || append(&*appends, &to, &until))?);
        let (reads, from) = (Arc::clone(follower), config.clone());
        let reader = thread::Builder::new().name("log reader".to_owned());
        engine.threads.push(reader.spawn(move || read(&*reads, &from, place, &ends))?);
        Ok(engine)
    }
}

impl Drop for Engine {
    fn drop(&mut self) {
        self.ends.store(true, Ordering::Relaxed);
        for thread in self.threads.drain(..) {
            // That it has panicked is in the log.
            let _ = thread.join();
        }
    }
}

/// Sends what is to be sent until the engine ends.
fn append<F: Follower>(follower: &F, config: &ClusterConfig, ends: &AtomicBool) {
    let mut client = None;
    let mut trouble = Trouble::default();
    while !ends.load(Ordering::Relaxed) {
        let Some(batch) = follower.outbox().next(LOOK_EVERY) else { continue };
        let was_connected = client.is_some();
        let sent = connected(&mut client, config)
            .and_then(|client| client.append(&batch.node.to_string(), batch.number, &batch.text));
        match sent {
            Ok(()) => trouble.end("append to"),
            Err(error) => {
                trouble.say("append to", &error);
                client = None;
                if !was_connected {
                    thread::sleep(TRY_AGAIN_AFTER);
                }
                follower.outbox().send_again();
            }
        }
    }
}

/// Carries out what is in the log, and goes on with what comes, until the engine ends.
fn read<F: Follower>(follower: &F, config: &ClusterConfig, mut place: ReplayPosition, ends: &AtomicBool) {
    let mut trouble = Trouble::default();
    let mut client = None;
    while !ends.load(Ordering::Relaxed) {
        let is_new = client.is_none();
        let read = connected(&mut client, config).and_then(|client| {
            let entries = client.read_after(place.position.id())?;
            // A blocked read never learns that the log is another now.
            let is_lost = entries.is_empty()
                && client.tail()? != place.position.name()
                && client.read_after(place.position.id())?.is_empty();
            Ok((entries, is_lost))
        });
        match read {
            Ok((_, true)) => return follower.lose_history("the log does not go on where it was"),
            Ok((entries, false)) => {
                trouble.end("read");
                if is_new {
                    follower.outbox().send_again();
                }
                match place.go_through(&entries, config.keep) {
                    Ok(entries) if follow(follower, &entries, ends) => {
                        keep(follower, &mut client, &mut place, config.keep);
                    }
                    Ok(_) => return,
                    Err(why) => return follower.lose_history(&why),
                }
            }
            Err(error) => {
                trouble.say("read", &error);
                client = None;
                if is_new {
                    thread::sleep(TRY_AGAIN_AFTER);
                }
            }
        }
    }
}

/// Carries entries out; false if that cannot go on, or the engine ends.
fn follow<F: Follower>(follower: &F, entries: &[(Entry, LogPosition)], ends: &AtomicBool) -> bool {
    for (entry, position) in entries {
        while !follower.has_room() {
            if ends.load(Ordering::Relaxed) {
                return false;
            }
            thread::sleep(LOOK_FOR_ROOM_EVERY);
        }
        if !follower.follow(entry, position) {
            return false;
        }
    }
    follower.pause();
    true
}

/// Keeps what is known, if it is this node's turn. If that fails, it is done later, with what is known then.
fn keep<F: Follower>(follower: &F, client: &mut Option<Client>, place: &mut ReplayPosition, bytes: u64) {
    let Some(data) = follower.state_to_keep(place.bytes >= place.kept_at + bytes) else { return };
    place.kept_at = place.bytes;
    let snapshot = Snapshot { position: place.position.clone(), data };
    let kept = client.as_mut().map_or(Ok(()), |client| client.keep(&snapshot, &place.trimmed_to(bytes)));
    if let Err(error) = kept {
        tracing::warn!("cannot keep a snapshot for the cluster: {error}");
        *client = None;
    }
}

fn connected<'a>(client: &'a mut Option<Client>, config: &ClusterConfig) -> redis::RedisResult<&'a mut Client> {
    match client {
        Some(client) => Ok(client),
        None => Ok(client.insert(Client::connect(config, PATIENCE)?)),
    }
}

/// Entries among which one is found to trim the log to, in all that is kept of it.
const MARKS: u64 = 64;

/// What an entry takes beside its text, about.
const ENTRY_BYTES: u64 = 150;

/// The last entry that was carried out.
struct ReplayPosition {
    position: LogPosition,
    /// Bytes of the entries that were carried out.
    bytes: u64,
    /// How many there were at the last snapshot.
    kept_at: u64,
    /// Some entries, oldest first, with how many bytes there were before each.
    marks: VecDeque<(u64, String)>,
}

impl ReplayPosition {
    /// Behind this entry.
    fn after(position: LogPosition) -> Self {
        Self { position, bytes: 0, kept_at: 0, marks: VecDeque::new() }
    }

    /// The entry from which on so many bytes are kept; what is before it is not needed.
    fn trimmed_to(&mut self, bytes: u64) -> String {
        while self.marks.get(1).is_some_and(|(before, _)| before + bytes <= self.bytes) {
            self.marks.pop_front();
        }
        let first = self.marks.front().filter(|(before, _)| before + bytes <= self.bytes);
        first.map_or("0-0".to_owned(), |(_, id)| id.clone())
    }

    /// Marks an entry now and then.
    fn count(&mut self, entry: &StoredEntry, keep: u64) {
        if self.marks.back().is_none_or(|(before, _)| before + keep / MARKS <= self.bytes) {
            self.marks.push_back((self.bytes, entry.id.clone()));
        }
        self.bytes += entry.text.len() as u64 + ENTRY_BYTES;
    }

    /// Goes on to the end of these entries, each of which has to follow the one before it.
    fn go_through(&mut self, stored: &[StoredEntry], keep: u64) -> Result<Vec<(Entry, LogPosition)>, String> {
        let mut entries = Vec::with_capacity(stored.len());
        for entry in stored {
            if entry.before != self.position.name() {
                let (before, name) = (&entry.before, self.position.name());
                return Err(format!("entry {} of the log follows '{before}' and not '{name}'", entry.id));
            }
            self.count(entry, keep);
            let node = NodeId::parse(&entry.node).ok_or_else(|| format!("entry {} is of no node", entry.id))?;
            self.position = entry.position();
            let entry = Entry { node, number: entry.number, text: entry.text.clone(), at: entry.at() };
            entries.push((entry, self.position.clone()));
        }
        Ok(entries)
    }
}

/// Says once that something does not work, and once that it does again.
#[derive(Default)]
struct Trouble {
    said: Option<String>,
}

impl Trouble {
    fn say(&mut self, what: &str, error: &redis::RedisError) {
        let why = error.to_string();
        if self.said.as_ref() != Some(&why) {
            tracing::warn!("cannot {what} the log of the cluster: {why}");
            self.said = Some(why);
        }
    }

    fn end(&mut self, what: &str) {
        if self.said.take().is_some() {
            tracing::info!("can {what} the log of the cluster again");
        }
    }
}
