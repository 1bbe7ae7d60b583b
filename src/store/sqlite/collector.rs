//! What has been taken and is not committed yet, and who waits for it. While one commit is made the next is collected,
//! and all before are done.

use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::{Duration, Instant};

use crate::hub::Record;
use crate::lock::Locked;
use crate::protocol::hindrance::Hindrance;
use crate::store::{CommitId, KeptState, LogPosition, OnCommit};

/// Bytes of records that are not committed from which on a log is not carried out any further.
const MOST_BYTES: usize = 16 * 1024 * 1024;

/// What a record takes that is no line, about.
const RECORD_BYTES: usize = 200;

/// One commit's worth of records.
#[derive(Debug)]
pub(super) struct CommitBatch {
    pub(super) commit: CommitId,
    pub(super) records: Vec<Record>,
    /// Those of its lines that have one, by the ids of their messages.
    pub(super) nonces: Vec<(u64, Box<str>)>,
    /// How far the log of a cluster was carried out with them.
    pub(super) reached: Reached,
}

/// How far the log of a cluster was carried out, if records are of one.
#[derive(Debug, Default, Clone)]
pub(super) struct Reached {
    /// The last entry.
    pub(super) position: Option<LogPosition>,
    /// What was known at some entry, if it is to be kept anew.
    pub(super) state: Option<KeptState>,
}

/// What the writer is to do next.
#[derive(Debug)]
pub(super) enum Work {
    Commit(CommitBatch),
    /// Nothing has come for the given time.
    Rest,
    /// Everything that was taken is committed, and nothing more comes.
    Finish,
}

/// The records on their way from the hub to the writer.
pub(super) struct Collector {
    state: Mutex<CollectorState>,
    /// There is something for the writer to do.
    called: Condvar,
    durable: AtomicU64,
    calls: Mutex<Vec<Arc<OnCommit>>>,
}

#[derive(Debug)]
struct CollectorState {
    /// The commit that is being collected.
    commit: u64,
    records: Vec<Record>,
    nonces: Vec<(u64, Box<str>)>,
    /// Bytes of the records, about.
    bytes: usize,
    /// The entry of a log up to which all was taken.
    position: Option<LogPosition>,
    /// What was known there or before, if it is to be kept.
    known: Option<KeptState>,
    /// Whether an entry of a log is being carried out: what is collected is not all of it.
    in_entry: bool,
    /// Whether what is collected may be committed.
    sealed: bool,
    finishing: bool,
}

impl Default for Collector {
    fn default() -> Self {
        Self {
            state: Mutex::new(CollectorState {
                commit: 1,
                records: Vec::new(),
                nonces: Vec::new(),
                bytes: 0,
                position: None,
                known: None,
                in_entry: false,
                sealed: false,
                finishing: false,
            }),
            called: Condvar::new(),
            durable: AtomicU64::new(0),
            calls: Mutex::default(),
        }
    }
}

impl fmt::Debug for Collector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Collector").field("state", &self.state).field("durable", &self.durable).finish_non_exhaustive()
    }
}

impl CollectorState {
    fn take(&mut self, record: Record) -> CommitId {
        self.bytes += match &record {
            Record::Line(line) => line.weight(),
            _ => RECORD_BYTES,
        };
        self.records.push(record);
        CommitId(self.commit)
    }

    /// Whether there is something to commit. That a log has entries of which nothing is kept is no reason for a commit.
    fn has_some(&self) -> bool {
        !self.records.is_empty() || self.known.is_some()
    }

    fn next_batch(&mut self) -> CommitBatch {
        self.sealed = false;
        self.bytes = 0;
        let commit = CommitId(self.commit);
        self.commit += 1;
        CommitBatch {
            commit,
            records: std::mem::take(&mut self.records),
            nonces: std::mem::take(&mut self.nonces),
            reached: Reached { position: self.position.clone(), state: self.known.take() },
        }
    }
}

impl Collector {
    /// Takes a record into the commit that is being collected.
    pub(super) fn keep(&self, record: Record) -> CommitId {
        self.state.locked().take(record)
    }

    /// The same within an entry of a log, which ends when it is [reached](Self::reached).
    pub(super) fn keep_of_entry(&self, record: Record, nonce: Option<&str>) -> CommitId {
        self.state.locked().in_entry = true;
        match nonce {
            Some(nonce) => self.keep_once(record, nonce),
            None => self.keep(record),
        }
    }

    /// Takes a record and the nonce of its line, if it is one.
    pub(super) fn keep_once(&self, record: Record, nonce: &str) -> CommitId {
        let mut state = self.state.locked();
        if let Record::Line(line) = &record {
            state.nonces.push((line.mark.id, nonce.into()));
        }
        state.take(record)
    }

    /// What was taken is all that there is up to this entry of a log.
    pub(super) fn reached(&self, position: LogPosition) {
        let mut state = self.state.locked();
        state.in_entry = false;
        state.position = Some(position);
        let is_awaited = state.sealed;
        drop(state);
        if is_awaited {
            self.called.notify_one();
        }
    }

    /// Takes what is known at the entry that was reached last.
    pub(super) fn keep_state(&self, bytes: Vec<u8>) {
        let mut state = self.state.locked();
        state.known = state.position.clone().map(|position| KeptState { position, bytes });
    }

    /// Whether more is to be taken of a log now.
    pub(super) fn has_room(&self) -> bool {
        self.state.locked().bytes < MOST_BYTES
    }

    /// What was taken until now may be committed.
    pub(super) fn seal(&self) {
        let mut state = self.state.locked();
        // A turn that changed nothing makes no commit, and one seal is enough until the writer has come.
        if !state.sealed && state.has_some() {
            state.sealed = true;
            drop(state);
            self.called.notify_one();
        }
    }

    /// Nothing more comes. What was taken is committed.
    pub(super) fn finish(&self) {
        let mut state = self.state.locked();
        state.finishing = true;
        drop(state);
        self.called.notify_all();
    }

    /// Waits for the next commit to make, at most for this time.
    pub(super) fn next(&self, patience: Duration) -> Work {
        let until = Instant::now() + patience;
        let mut state = self.state.locked();
        loop {
            // Of an entry, all is kept or nothing.
            if !state.in_entry && (state.sealed || state.finishing && state.has_some()) {
                return Work::Commit(state.next_batch());
            }
            if state.finishing {
                return Work::Finish;
            }
            // A wait may end early without a call.
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Work::Rest;
            }
            state = self.called.wait_timeout(state, left).unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    /// Waits before a commit is tried again, or until the store begins to finish; true if it is finishing.
    pub(super) fn pause(&self, time: Duration) -> bool {
        let state = self.state.locked();
        let was_finishing = state.finishing;
        let waited = self.called.wait_timeout_while(state, time, |state| state.finishing == was_finishing);
        waited.unwrap_or_else(PoisonError::into_inner).0.finishing
    }

    /// Waits until the store is to finish.
    pub(super) fn wait_for_finish(&self) {
        let waited = self.called.wait_while(self.state.locked(), |state| !state.finishing);
        drop(waited.unwrap_or_else(PoisonError::into_inner));
    }

    /// What was taken after the commit that is being made.
    pub(super) fn take_rest(&self) -> Vec<Record> {
        std::mem::take(&mut self.state.locked().records)
    }

    pub(super) fn durable(&self) -> CommitId {
        CommitId(self.durable.load(Ordering::Acquire))
    }

    /// A commit was made, as the last of all.
    pub(super) fn committed(&self, commit: CommitId) {
        // Before the call: whoever is called looks at it.
        self.durable.store(commit.0, Ordering::Release);
        self.call(Ok(commit));
    }

    /// The next commit to be reported was hindered and is made.
    pub(super) fn recovered(&self) {
        self.call(Ok(self.durable()));
    }

    /// The commit cannot be made now.
    pub(super) fn hindered(&self, why: Hindrance) {
        self.call(Err(why));
    }

    pub(super) fn on_commit(&self, call: OnCommit) {
        self.calls.locked().push(Arc::new(call));
    }

    fn call(&self, what: Result<CommitId, Hindrance>) {
        // Copied, so that a call that takes long keeps nobody from adding another.
        let calls = self.calls.locked().clone();
        calls.iter().for_each(|call| call(what));
    }
}
