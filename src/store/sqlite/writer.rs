//! The thread that makes the commits, one after the other, and prunes and checkpoints when it is idle.

use std::panic::{self, AssertUnwindSafe};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread::Thread;
use std::time::{Duration, Instant, SystemTime};

use rusqlite::{Connection, Transaction, TransactionBehavior};
use thiserror::Error;

use super::collector::{Collector, CommitBatch, Work};
use super::firsts::Firsts;
use super::folder::FileIdentity;
use super::log_rows;
use super::pruner::{PRUNE_EVERY, Pruner};
use super::reader::Readers;
use super::rows;
use super::search::Indexer;
use super::trouble::{forget_pages, hindrance};
use crate::hub::{LinesEffect, Record};
use crate::protocol::hindrance::Hindrance;
use crate::store::figures::CommitTimes;
use crate::text::numbers::counted;

/// How long a commit waits for a program that has the tables locked, before that counts as trouble.
const LOCKED_AT_MOST: Duration = Duration::from_millis(250);

/// How soon a commit is tried again.
const TRY_AGAIN_AFTER: Duration = Duration::from_millis(250);

/// How long commits fail before everybody is told.
const TELL_AFTER: Duration = Duration::from_secs(1);

/// Pages of log past which the checkpointer beside the writer has to work: 16 MiB.
const LONG_LOG: u32 = 4096;

/// Pages of log past which the writer itself starts the log anew: 64 MiB.
const LONGEST_LOG: u32 = 16_384;

/// What was taken and could not be kept when the store was finished. Nobody was told of it.
#[derive(Debug, PartialEq, Eq, Error)]
#[error("{} not kept, and nobody saw {}: {why}", were(*.lines), if *.lines == 1 { "it" } else { "them" })]
pub struct NotKept {
    /// How many lines.
    pub lines: usize,
    /// Why.
    pub why: Hindrance,
}

#[derive(Debug)]
pub(super) struct StoreWriter {
    tables: Connection,
    files: Vec<(PathBuf, FileIdentity)>,
    collector: Arc<Collector>,
    readers: Arc<Readers>,
    pruner: Pruner,
    pruned_at: Instant,
    others: Others,
    /// Pages of the log, as of the last commit.
    log_pages: Arc<AtomicU32>,
}

/// The threads that work beside the writer.
#[derive(Debug)]
pub(super) struct Others {
    pub(super) checkpointer: Thread,
    pub(super) indexer: Arc<Indexer>,
    pub(super) indexing: Thread,
    /// Where the lines of each place begin.
    pub(super) firsts: Arc<Firsts>,
    /// What all of them count.
    pub(super) commit_times: Arc<CommitTimes>,
}

/// Why commits fail, and since when.
struct Failing {
    since: Instant,
    told: Option<Hindrance>,
}

/// Works until the store is finished. Should the writer panic, everybody is told that nothing is kept any more, as if the disk
/// had failed for good: what was taken and not committed is never told.
pub(super) fn work(writer: StoreWriter, collector: &Collector) -> Result<(), NotKept> {
    // Nothing of the writer is used after a panic, and a lock that it held is taken all the same.
    panic::catch_unwind(AssertUnwindSafe(|| writer.work())).unwrap_or_else(|_| {
        let why = Hindrance::Stopped;
        tracing::error!("BUG: the writer of the store panicked; nothing is kept until the server is restarted");
        collector.hindered(why);
        collector.wait_for_finish();
        Err(NotKept { lines: lines(&collector.take_rest()), why })
    })
}

impl StoreWriter {
    pub(super) fn new(
        mut tables: Connection,
        file: &Path,
        collector: Arc<Collector>,
        readers: Arc<Readers>,
        pruner: Pruner,
        others: Others,
    ) -> rusqlite::Result<Self> {
        tables.busy_timeout(LOCKED_AT_MOST)?;
        let log_pages = Arc::<AtomicU32>::default();
        let seen = Arc::clone(&log_pages);
        // This takes the place of SQLite's own checkpoints, which would be made within a commit while everybody waits.
        tables.wal_hook(Some(move |_: &mut _, pages| {
            seen.store(u32::try_from(pages).unwrap_or_default(), Ordering::Relaxed);
            Ok(())
        }))?;
        let mut log = file.as_os_str().to_owned();
        log.push("-wal");
        let names = [file.to_owned(), PathBuf::from(log)];
        let files = names.into_iter().filter_map(|name| FileIdentity::of(&name).map(|id| (name, id))).collect();
        Ok(Self { tables, files, collector, readers, pruner, pruned_at: Instant::now(), others, log_pages })
    }

    /// Works until the store is finished.
    pub(super) fn work(mut self) -> Result<(), NotKept> {
        loop {
            // What can wait is done as soon as nobody has anything to keep.
            let patience = if self.pruner.has_work() { Duration::ZERO } else { PRUNE_EVERY };
            match self.collector.next(patience) {
                Work::Commit(batch) => {
                    self.pruner.learn(&batch.records);
                    self.commit(&batch)?;
                    self.tend_log();
                    // A store that is never idle has lines that are too old as well.
                    if self.pruner.is_due(self.pruned_at.elapsed()) {
                        self.prune();
                    }
                }
                Work::Rest => self.prune(),
                Work::Finish => return Ok(()),
            }
        }
    }

    /// Makes a commit, however long that takes. Gives up only if the store is finishing.
    fn commit(&mut self, batch: &CommitBatch) -> Result<(), NotKept> {
        let mut failing: Option<Failing> = None;
        let begun = Instant::now();
        // Never given up while the server runs: what these records tell of is true in the hub, and waits in the queues.
        while let Err(why) = self.try_commit(batch) {
            let failing = failing.get_or_insert_with(|| Failing { since: Instant::now(), told: None });
            let is_known = failing.since.elapsed() >= TELL_AFTER;
            if is_known && failing.told != Some(why) {
                tracing::error!("{why}; what is said now is not taken");
                self.collector.hindered(why);
                failing.told = Some(why);
            }
            // At the end of the server as well, a passing hindrance has its second to pass.
            if self.collector.pause(TRY_AGAIN_AFTER) && is_known {
                let lines = lines(&batch.records) + lines(&self.collector.take_rest());
                return Err(NotKept { lines, why });
            }
        }
        if let Some(why) = failing.and_then(|failing| failing.told) {
            tracing::info!("{}", why.over());
            // Heard before what has waited.
            self.collector.recovered();
        }
        self.others.commit_times.count(begun.elapsed());
        // First those who wait to be told, then those who wait to read what was told.
        self.collector.committed(batch.commit);
        self.readers.committed(batch.commit);
        if self.others.indexer.add(lines(&batch.records) as u64) {
            self.others.indexing.unpark();
        }
        Ok(())
    }

    fn try_commit(&mut self, batch: &CommitBatch) -> Result<(), Hindrance> {
        // What is written to files that have lost their names would be lost with the process.
        if self.files.iter().any(|(name, id)| FileIdentity::of(name) != Some(*id)) {
            return Err(Hindrance::Gone);
        }
        self.write(|tables| {
            batch.records.iter().try_for_each(|record| rows::keep(tables, record))?;
            batch.nonces.iter().try_for_each(|(message, nonce)| rows::keep_nonce(tables, *message, nonce))?;
            log_rows::keep(tables, &batch.reached)
        })
    }

    fn write(&mut self, change: impl FnOnce(&Transaction<'_>) -> rusqlite::Result<()>) -> Result<(), Hindrance> {
        // Immediate, so that another program's lock is met at the beginning and not half-way.
        let transaction = self.tables.transaction_with_behavior(TransactionBehavior::Immediate);
        let written = transaction.and_then(|transaction| {
            change(&transaction)?;
            transaction.commit()
        });
        written.map_err(|error| {
            tracing::debug!("a commit failed: {error}");
            forget_pages(&self.tables);
            hindrance(&error)
        })
    }

    /// Keeps the log from growing: beside the commits as long as that is enough.
    fn tend_log(&mut self) {
        let pages = self.log_pages.load(Ordering::Relaxed);
        if pages > LONGEST_LOG {
            // That it cannot be done now is no trouble: the log grows until it can.
            let restarted = self.tables.query_row("PRAGMA wal_checkpoint(RESTART)", (), |_| Ok(()));
            tracing::debug!("the log of {pages} pages was started anew: {restarted:?}");
        } else if pages > LONG_LOG {
            self.others.checkpointer.unpark();
        }
    }

    /// Prunes some lines, in a transaction of their own that is soon over.
    fn prune(&mut self) {
        self.pruned_at = Instant::now();
        // Taken out while it works, as the transaction borrows the writer.
        let mut pruner = std::mem::take(&mut self.pruner);
        let mut has_more = false;
        let pruned = self.write(|tables| {
            has_more = pruner.prune_some(tables, SystemTime::now())?;
            Ok(())
        });
        // If it cannot be done now, it is tried again when it is looked for the next time.
        pruner.set_work(has_more && pruned.is_ok());
        let begins = pruner.take_beginnings();
        if pruned.is_ok() {
            self.others.firsts.move_on(begins);
        }
        self.pruner = pruner;
    }
}

fn lines(records: &[Record]) -> usize {
    let is_line = |record: &&Record| matches!(record.effect_on_lines(), LinesEffect::Added(_));
    records.iter().filter(is_line).count()
}

fn were(lines: usize) -> String {
    format!("{} {}", counted(lines, "line"), if lines == 1 { "was" } else { "were" })
}
