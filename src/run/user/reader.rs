//! What a connection receives, on its way into the inbox: stamped lines are counted, all others are kept.

use std::cell::RefCell;
use std::sync::Arc;
use std::time::Instant;

use super::inbox::Inbox;
use crate::client::{Arrival, LineReader, ReadOutcome};
use crate::delivery::accounts::{Accounts, Excuse};
use crate::run::outcome::{Defect, StreamEnd};

/// How many bytes are read at once.
const READ_BUFFER: usize = 64 * 1024;

thread_local! {
    static BUFFER: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
}

/// Reads one connection and puts what comes into the inbox of its user.
pub(super) struct InboxReader {
    pub(super) inbox: Arc<Inbox>,
    pub(super) accounts: Arc<dyn Accounts>,
    pub(super) number: usize,
}

impl InboxReader {
    pub(super) async fn run(self, mut reader: LineReader) {
        // What was taken of the last line of an earlier connection is gone with it.
        self.inbox.taken_of_line();
        let end = loop {
            match self.read(&mut reader).await {
                Ok(Some(ReadOutcome::Received)) if self.inbox.contents().full => return,
                // A peer that never pauses must not keep the other tasks of this thread waiting.
                Ok(Some(ReadOutcome::Received)) => smol::future::yield_now().await,
                Ok(Some(ReadOutcome::End)) => break StreamEnd::Closed,
                Ok(None) => {}
                Err(error) => break StreamEnd::Broken(error.kind()),
            }
        };
        self.inbox.end(end, Instant::now());
        self.accounts.excuse(self.number, Excuse::Closed);
    }

    /// The buffer belongs to the thread and is borrowed for one read, so that a user who waits needs none.
    async fn read(&self, reader: &mut LineReader) -> std::io::Result<Option<ReadOutcome>> {
        reader.ready().await?;
        BUFFER.with_borrow_mut(|buf| {
            buf.resize(READ_BUFFER, 0);
            let progress = reader.try_read(buf, &mut |arrival, at| self.take(arrival, at))?;
            self.inbox.note_unfinished(reader.unfinished(), Instant::now());
            Ok(progress)
        })
    }

    fn take(&self, arrival: Arrival<'_>, at: Instant) {
        let line = match arrival {
            Arrival::TooLong => {
                self.inbox.taken_of_line();
                return self.inbox.push("", Some(Defect::TooLong), at);
            }
            Arrival::Line(line) => line.without(self.inbox.taken_of_line()),
        };
        if self.accounts.count(line.bytes, self.number, at) {
            return;
        }
        let defect = line.text().is_err().then_some(Defect::Undecodable);
        self.inbox.push(&line.lossy_text(), defect, at);
    }
}
