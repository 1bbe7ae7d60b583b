//! A store on disk: tables of SQLite in a folder, with one thread that writes and others that read.
//!
//! ```text
//! hub -> collector -> writer (a commit at a time) -> chat.db -> indexer -> search.db
//!          |              | committed
//!          v              v
//!       durable        readers (pages, searches)      checkpointer (beside the writer)
//! ```

mod accounts;
mod collector;
mod columns;
mod files;
mod firsts;
mod folder;
mod following;
mod invitations;
mod log_rows;
#[cfg(test)]
mod log_tests;
mod modes;
mod open_error;
mod page;
mod pairs;
mod pruner;
mod reader;
mod restore;
mod rows;
mod schema;
mod search;
mod settings;
mod span;
#[cfg(test)]
mod tests;
mod tokens;
mod trouble;
pub mod upkeep;
mod writer;

use std::fs;
use std::io;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle, Thread};

use rusqlite::Connection;

pub use open_error::OpenError;
pub use pruner::Retention;
pub use schema::Durability;
pub use writer::NotKept;

use super::figures::CommitTimes;
use super::{CommitId, KeptLog, LogPosition, OnAnswer, OnCommit, Store, StoreFigures};
use crate::hub::{Past, PlaceId, Question, Record};
use crate::lock::Locked;
use collector::Collector;
use firsts::Firsts;
use folder::Folder;
use following::Following;
use log_rows::Foreign;
use pruner::Pruner;
use reader::Readers;
use search::{IndexFile, Indexer};
use writer::{Others, StoreWriter};

/// The tables, by their name in the folder.
const TABLES: &str = "chat.db";

/// The index for searches, by its name in the folder.
const INDEX: &str = "search.db";

/// Threads that answer questions.
const READERS: usize = 2;

/// How a store is kept.
#[derive(Debug, Clone, Copy)]
pub struct StoreOptions {
    /// How hard each commit tries to survive.
    pub sync: Durability,
    /// How much is kept.
    pub retention: Retention,
}

/// Keeps everything in a folder until it is [finished](Self::finish).
#[derive(Debug)]
pub struct Sqlite {
    collector: Arc<Collector>,
    readers: Arc<Readers>,
    firsts: Arc<Firsts>,
    threads: Mutex<Option<Threads>>,
    commit_times: Arc<CommitTimes>,
    folder: Folder,
    /// The log of a cluster, if what is kept comes from one.
    following: Option<Following>,
}

#[derive(Debug)]
struct Threads {
    writer: JoinHandle<Result<(), NotKept>>,
    readers: Vec<JoinHandle<()>>,
    checkpointer: Checkpointer,
    indexer: Arc<Indexer>,
    indexing: JoinHandle<()>,
}

/// The thread that moves what is committed from the log to where it belongs, whenever it is unparked.
#[derive(Debug)]
struct Checkpointer {
    thread: JoinHandle<()>,
    stop: Arc<AtomicBool>,
}

impl Sqlite {
    /// Opens the store in a folder, which is made if it is not there; and what it knows of an earlier server.
    ///
    /// # Errors
    /// If the folder is in use, or what it holds cannot be used. Nothing is touched then.
    pub fn open(dir: &Path, options: StoreOptions) -> Result<(Self, Past), OpenError> {
        let folder = Folder::enter(dir)?;
        let file = folder.file(TABLES);
        let mut tables = schema::open(&file, options.sync)?;
        let past = restore::begin(&mut tables).map_err(|error| OpenError::of(&file, &error))?;
        let store = Self::start(folder, tables, (options, &past), None)?;
        Ok((store, past))
    }

    /// The same for a server of the cluster whose numbers are of this epoch: what is kept comes from its log. How far that was
    /// carried out.
    ///
    /// # Errors
    /// As [`Self::open`], and if the folder holds another chat than that of the cluster.
    pub fn open_in_cluster(dir: &Path, options: StoreOptions, epoch: u32) -> Result<(Self, KeptLog), OpenError> {
        let folder = Folder::enter(dir)?;
        let file = folder.file(TABLES);
        let mut tables = schema::open(&file, options.sync)?;
        let begun = restore::begin_in_cluster(&mut tables, epoch).map_err(|error| OpenError::of(&file, &error))?;
        let (past, kept) = begun.map_err(|foreign| match foreign {
            Foreign::OfOneServer => OpenError::OfOneServer { file },
            Foreign::OfAnotherCluster => OpenError::OfAnotherCluster { file },
        })?;
        let store = Self::start(folder, tables, (options, &past), Some(Following::after(kept.position.clone())))?;
        Ok((store, kept))
    }

    /// Starts the threads, of which one writes these tables.
    fn start(
        folder: Folder,
        tables: Connection,
        (options, past): (StoreOptions, &Past),
        following: Option<Following>,
    ) -> Result<Self, OpenError> {
        let file = folder.file(TABLES);
        let broken = |error: rusqlite::Error| OpenError::of(&file, &error);
        let firsts = Arc::new(Firsts::new(&tables, &past.records).map_err(broken)?);
        let pruner = Pruner::new(&tables, options.retention).map_err(broken)?;
        let reading = (0..READERS).map(|_| schema::open_again_for_reading(&file)).collect::<Result<Vec<_>, _>>();
        let reading = reading.map_err(broken)?;
        let checkpointing = schema::open_again(&file, options.sync).map_err(broken)?;
        let dir = folder.path().to_owned();
        let no_thread = |error: io::Error| OpenError::NotWritable { dir: dir.clone(), text: error.to_string() };

        let (collector, readers) = (Arc::<Collector>::default(), Arc::new(Readers::new()));
        let checkpointer = Checkpointer::start(checkpointing).map_err(no_thread)?;
        let indexer = Arc::<Indexer>::default();
        let index = Arc::new(IndexFile::new(folder.file(INDEX)));
        let indexing = {
            let (indexer, index, file) = (Arc::clone(&indexer), Arc::clone(&index), file.clone());
            named("store indexer").spawn(move || indexer.work(&file, &index)).map_err(no_thread)?
        };
        let commit_times = Arc::<CommitTimes>::default();
        let others = Others {
            commit_times: Arc::clone(&commit_times),
            checkpointer: checkpointer.handle(),
            indexer: Arc::clone(&indexer),
            indexing: indexing.thread().clone(),
            firsts: Arc::clone(&firsts),
        };
        let writer = StoreWriter::new(tables, &file, Arc::clone(&collector), Arc::clone(&readers), pruner, others);
        let writer = writer.map_err(broken)?;
        let taken = Arc::clone(&collector);
        let writer = named("store writer").spawn(move || writer::work(writer, &taken)).map_err(no_thread)?;
        let reading = reading.into_iter().map(|tables| {
            let (readers, index) = (Arc::clone(&readers), Arc::clone(&index));
            named("store reader").spawn(move || readers.work(tables, &index))
        });
        let reading = reading.collect::<io::Result<Vec<_>>>().map_err(no_thread)?;
        let threads = Mutex::new(Some(Threads { writer, readers: reading, checkpointer, indexer, indexing }));
        Ok(Self { collector, readers, firsts, threads, commit_times, folder, following })
    }

    /// Commits what was taken, and closes. A store that is finished keeps and answers nothing any more.
    ///
    /// # Errors
    /// If something was taken that could not be kept. Nobody was told of it.
    pub fn finish(&self) -> Result<(), NotKept> {
        let Some(threads) = self.threads.locked().take() else { return Ok(()) };
        self.collector.finish();
        let written = threads.writer.join();
        self.readers.close();
        for reader in threads.readers {
            if reader.join().is_err() {
                tracing::error!("a reader of the store has panicked");
            }
        }
        threads.indexer.stop();
        threads.indexing.thread().unpark();
        if threads.indexing.join().is_err() {
            tracing::error!("the indexer of the store has panicked");
        }
        // The last to close: so the log is moved into the tables as a whole.
        threads.checkpointer.stop();
        written.unwrap_or_else(|panic| std::panic::resume_unwind(panic))
    }
}

impl Sqlite {
    /// Keeps a record of the entry of the log that is being carried out, unless it was kept before.
    fn keep_of_log(&self, following: &Following, record: Record, nonce: Option<&str>) -> CommitId {
        if following.is_behind() {
            return self.collector.durable();
        }
        self.firsts.note(&record);
        self.collector.keep_of_entry(record, nonce)
    }
}

impl Drop for Sqlite {
    fn drop(&mut self) {
        if let Err(not_kept) = self.finish() {
            tracing::error!("{not_kept}");
        }
    }
}

impl Store for Sqlite {
    fn keep(&self, record: Record) -> CommitId {
        match &self.following {
            Some(following) => self.keep_of_log(following, record, None),
            None => {
                self.firsts.note(&record);
                self.collector.keep(record)
            }
        }
    }

    fn keep_once(&self, record: Record, nonce: &str) -> CommitId {
        match &self.following {
            Some(following) => self.keep_of_log(following, record, Some(nonce)),
            None => self.collector.keep_once(record, nonce),
        }
    }

    fn follows_log(&self) -> bool {
        self.following.is_some()
    }

    fn reached(&self, position: &LogPosition) {
        if self.following.as_ref().is_some_and(|following| following.reached(position)) {
            self.collector.reached(position.clone());
        }
    }

    fn keep_state(&self, state: Vec<u8>) {
        if self.following.as_ref().is_some_and(|following| !following.is_behind()) {
            self.collector.keep_state(state);
        }
    }

    fn has_room(&self) -> bool {
        self.collector.has_room()
    }

    fn first(&self, place: PlaceId) -> Option<u64> {
        self.firsts.of(place)
    }

    fn figures(&self) -> Option<StoreFigures> {
        let names = [TABLES, INDEX].map(|name| [name.to_owned(), format!("{name}-wal")]);
        let sizes =
            names.iter().flatten().map(|name| fs::metadata(self.folder.file(name)).map_or(0, |data| data.len()));
        Some(StoreFigures { commits: self.commit_times.figures(), bytes: sizes.sum() })
    }

    fn seal(&self) {
        self.collector.seal();
    }

    fn durable(&self) -> CommitId {
        self.collector.durable()
    }

    fn on_commit(&self, call: OnCommit) {
        self.collector.on_commit(call);
    }

    fn ask(&self, question: Question, after: CommitId, answer: OnAnswer) {
        self.readers.ask(question, after, answer, &self.collector);
    }
}

impl Checkpointer {
    fn start(tables: Connection) -> io::Result<Self> {
        let stop = Arc::<AtomicBool>::default();
        let stopped = Arc::clone(&stop);
        let work = move || {
            while !stopped.load(Ordering::Relaxed) {
                thread::park();
                let done = tables.query_row("PRAGMA wal_checkpoint(PASSIVE)", (), |_| Ok(()));
                tracing::debug!("a checkpoint beside the writer: {done:?}");
            }
        };
        Ok(Self { thread: named("store checkpoints").spawn(work)?, stop })
    }

    fn handle(&self) -> Thread {
        self.thread.thread().clone()
    }

    fn stop(self) {
        self.stop.store(true, Ordering::Relaxed);
        self.thread.thread().unpark();
        if self.thread.join().is_err() {
            tracing::error!("the thread of the checkpoints has panicked");
        }
    }
}

/// Names as they stand in a list of threads, which has room for 15 bytes.
fn named(name: &str) -> thread::Builder {
    thread::Builder::new().name(name.to_owned())
}
