//! Files: what is announced, sent and taken back, under the hub's lock. Where the bytes are is for others to know.

use std::sync::Arc;

use futures::channel::oneshot;

use super::Broker;
use super::delivery::random_bits;
use super::state::BrokerState;
use crate::hub::{FileWish, Now, Record, SessionId};
use crate::lock::Locked;
use crate::protocol::event::{Event, FileEvent};
use crate::protocol::file::{FileId, FileInfo, FileToken};
use crate::protocol::refusal::{FileRefusal, Refusal};
use crate::store::CommitId;
use crate::store::files::StoredContent;

impl Broker {
    /// The bytes of a file are all there: whoever it is for hears of it. The commit after which it is sure to survive.
    pub(in crate::server) fn send_file(
        &self,
        wish: &FileWish,
        content: StoredContent,
        door: Option<Arc<str>>,
    ) -> Result<(Arc<FileInfo>, CommitId), Refusal> {
        let request = &wish.request;
        let info = Arc::new(FileInfo {
            id: FileId::new(random_bits()),
            name: request.name.clone(),
            size: request.size,
            hash: content.hash,
            kind: content.kind,
            pixels: request.pixels,
            door,
        });
        let now = self.now();
        let expires = self.files.limits().keep.map(|time| now.wall + time);
        let mut state = self.state();
        if state.cluster.is_some() {
            return Err(Refusal::NotInCluster("files cannot be sent"));
        }
        if let Some(why) = state.hindrance {
            return Err(Refusal::NotKept(why));
        }
        let (decision, kept) = state.hub.decide_file(wish, &info, expires, now)?;
        let outputs = state.hub.apply(decision);
        self.files.keep(kept);
        self.deliver(&mut state, outputs, None, now);
        let commit = state.commit;
        drop(self.wake(state));
        self.seal();
        Ok((info, commit))
    }

    /// These files are there no more.
    pub(in crate::server) fn forget_files(&self, ids: Vec<FileId>) {
        if ids.is_empty() {
            return;
        }
        let mut state = self.state();
        for id in ids {
            state.commit = state.store.keep(Record::FileGone(id));
        }
        drop(state);
        self.seal();
    }

    /// Ready once this commit is made.
    pub(in crate::server) async fn committed(&self, commit: CommitId) {
        let waiting = {
            let mut waiting = self.awaiting_commit.locked();
            // Looked at under the lock: whoever makes a commit later finds the entry.
            if self.durable() >= commit {
                return;
            }
            let (made, waits) = oneshot::channel();
            waiting.push((commit, made));
            waits
        };
        let _ = waiting.await;
    }

    /// Wakes those who wait for commits that are made.
    pub(super) fn wake_for_commit(&self) {
        let durable = self.durable();
        let mut waiting = self.awaiting_commit.locked();
        // Dropping the other end wakes as well as a word would.
        waiting.retain(|(commit, _)| *commit > durable);
    }
}

impl BrokerState {
    /// Keeps what has happened. A place that is gone takes along the files that were sent to it.
    pub(super) fn keep(&mut self, record: Record) -> CommitId {
        if let Record::PlaceGone(place) = record {
            for id in self.files.remove_all_of(place) {
                self.store.keep(Record::FileGone(id));
            }
        }
        self.note_source(&record);
        self.store.keep(record)
    }

    /// Notes what is known of the author of a line, for whoever is told the line again.
    pub(super) fn note_source(&self, record: &Record) {
        if let Record::Line(line) = record
            && let Some(author) = self.hub.person(line.who())
        {
            self.sources.locked().note(&author, line.mark.id);
        }
    }

    /// What whoever announces a file is told.
    pub(super) fn take_file(&mut self, wish: FileWish, now: Now) -> Event {
        let (token, name) = (FileToken::new(random_bits()), wish.request.name.clone());
        match self.files.announce(token, wish, now.wall) {
            Ok(until) => Event::File(FileEvent::Wanted { token, name, until }),
            Err(refusal) => Event::Refused(refusal),
        }
    }

    /// What whoever takes a file back is told.
    pub(super) fn remove_file(&mut self, session: SessionId, id: FileId, now: Now) -> Event {
        match self.files.find(id, now.wall) {
            None => Event::Refused(Refusal::File(FileRefusal::NoSuchFile(id.to_string().into()))),
            Some(file) if !self.hub.may_remove(session, &file) => {
                Event::Refused(Refusal::File(FileRefusal::NotTheSender(id)))
            }
            Some(_) => {
                self.files.remove(id);
                self.commit = self.store.keep(Record::FileGone(id));
                Event::File(FileEvent::Removed(id))
            }
        }
    }
}
