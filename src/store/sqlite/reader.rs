//! The threads that answer questions from the tables, beside the writer.

use std::collections::BinaryHeap;
use std::fmt;
use std::sync::Mutex;

use async_channel::{Receiver, Sender};
use rusqlite::Connection;

use super::collector::Collector;
use super::page::{first, page};
use super::search::{IndexFile, search};
use super::trouble::{forget_pages, hindrance};
use crate::hub::{Found, Question};
use crate::lock::Locked;
use crate::store::page::missed;
use crate::store::{CommitId, OnAnswer};

/// A question and whom to tell.
struct WaitingQuestion {
    question: Question,
    after: CommitId,
    answer: OnAnswer,
}

/// Where questions wait: at most one of each client, whose next command waits for the answer.
pub(super) struct Readers {
    /// Until what they may tell of is committed.
    early: Mutex<BinaryHeap<WaitingQuestion>>,
    /// Until a reader has time. Closed when the store is finished.
    ready: Sender<WaitingQuestion>,
    taken: Receiver<WaitingQuestion>,
}

impl fmt::Debug for Readers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Readers").field("ready", &self.ready.len()).finish_non_exhaustive()
    }
}

impl Readers {
    pub(super) fn new() -> Self {
        let (ready, taken) = async_channel::unbounded();
        Self { early: Mutex::default(), ready, taken }
    }

    /// Has a question answered once all up to this commit is made.
    pub(super) fn ask(&self, question: Question, after: CommitId, answer: OnAnswer, collector: &Collector) {
        let asked = WaitingQuestion { question, after, answer };
        let mut early = self.early.locked();
        // Looked at under the lock: a commit that is made later finds the question here.
        if after > collector.durable() {
            early.push(asked);
        } else {
            drop(early);
            self.hand_over(asked);
        }
    }

    /// All up to this commit is made.
    pub(super) fn committed(&self, commit: CommitId) {
        let mut early = self.early.locked();
        while early.peek().is_some_and(|asked| asked.after <= commit) {
            early.pop().into_iter().for_each(|asked| self.hand_over(asked));
        }
    }

    /// Nothing more is answered but what is ready.
    pub(super) fn close(&self) {
        self.ready.close();
    }

    /// Answers until the store is finished.
    pub(super) fn work(&self, mut tables: Connection, index: &IndexFile) {
        while let Ok(WaitingQuestion { question, after: _, answer }) = self.taken.recv_blocking() {
            answer(find(&mut tables, index, question));
        }
    }

    fn hand_over(&self, asked: WaitingQuestion) {
        // A store that is finished answers nobody: its clients are gone.
        let _ = self.ready.try_send(asked);
    }
}

fn find(tables: &mut Connection, index: &IndexFile, question: Question) -> Found {
    let found = match question {
        Question::Page(of) => page(tables, of).map(Found::Page),
        Question::Extent(of) => first(tables, of.place).map(|first| Found::Extent(of, first)),
        Question::Missed(of) => missed(of, |of| page(tables, of)).map(Found::Missed),
        Question::Search(of) => search(tables, index, of).map(Found::Search),
    };
    found.unwrap_or_else(|error| {
        tracing::error!("the store cannot be read: {error}");
        forget_pages(tables);
        Found::Failed(hindrance(&error))
    })
}

impl Ord for WaitingQuestion {
    /// The first to be answered is the greatest.
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        other.after.cmp(&self.after)
    }
}

impl PartialOrd for WaitingQuestion {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for WaitingQuestion {
    fn eq(&self, other: &Self) -> bool {
        self.after == other.after
    }
}

impl Eq for WaitingQuestion {}
