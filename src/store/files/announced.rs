//! Files that were announced and are not there yet: how far they have come, until when somebody has to go on, and how
//! many one user may have.

use std::collections::HashMap;
use std::time::SystemTime;

use super::days::Days;
use super::{FileLimits, UploadState};
use crate::hub::FileWish;
use crate::protocol::file::{FileName, FileToken, PUT_WITHIN};
use crate::protocol::refusal::{FileRefusal, Refusal};

/// Uploads of all users that wait.
const MOST_ANNOUNCED: usize = 4096;

/// By their tokens.
#[derive(Debug, Default)]
pub(super) struct Announcements {
    waiting: HashMap<FileToken, Announcement>,
    /// Those whose time is over: what has come of them is to be removed.
    forgotten: Vec<FileToken>,
    days: Days,
}

#[derive(Debug)]
struct Announcement {
    wish: FileWish,
    until: SystemTime,
    have: u64,
    /// A connection brings it.
    is_taken: bool,
    /// Its sender does not want it any more, while a connection still brings it.
    is_canceled: bool,
}

/// An upload that an earlier server has begun.
#[derive(Debug)]
pub(super) struct InterruptedUpload {
    pub(super) token: FileToken,
    pub(super) wish: FileWish,
    pub(super) have: u64,
}

impl Announcements {
    /// What was begun before a restart can be gone on with, and what was sent on the same day counts.
    pub(super) fn restore(begun: Vec<InterruptedUpload>, days: Days, now: SystemTime) -> Self {
        let waiting = begun.into_iter().map(|InterruptedUpload { token, wish, have }| {
            (token, Announcement { wish, until: now + PUT_WITHIN, have, is_taken: false, is_canceled: false })
        });
        Self { waiting: waiting.collect(), days, ..Self::default() }
    }

    /// What everybody has sent today.
    pub(super) fn days(&self) -> &Days {
        &self.days
    }

    /// Whether nothing waits and nothing is to be removed.
    pub(super) fn is_empty(&self) -> bool {
        self.waiting.is_empty() && self.forgotten.is_empty()
    }

    pub(super) fn has(&self, token: FileToken) -> bool {
        self.waiting.contains_key(&token)
    }

    /// Bytes of all of them, once they are there.
    pub(super) fn bytes(&self) -> u64 {
        self.waiting.values().map(|announced| announced.wish.request.size).fold(0, u64::saturating_add)
    }

    pub(super) fn add(
        &mut self,
        token: FileToken,
        wish: FileWish,
        limits: &FileLimits,
        now: SystemTime,
    ) -> Result<SystemTime, Refusal> {
        let size = wish.request.size;
        let name = wish.by.name.key();
        let own = || {
            let wanted = self.waiting.values().filter(|announced| !announced.is_canceled);
            wanted.filter(|announced| announced.wish.by.name.key() == name)
        };
        if own().count() >= limits.open_of_one {
            return Err(Refusal::File(FileRefusal::TooManyUploads(limits.open_of_one)));
        }
        let sent = self.days.sent(name, now);
        let open: u64 = own().map(|announced| announced.wish.request.size).sum();
        if sent.saturating_add(open).saturating_add(size) > limits.day_of_one {
            return Err(Refusal::File(FileRefusal::TooManyBytesOfDay(limits.day_of_one)));
        }
        if self.waiting.len() >= MOST_ANNOUNCED {
            return Err(Refusal::File(FileRefusal::TransfersBusy(MOST_ANNOUNCED)));
        }
        let until = now + PUT_WITHIN;
        self.waiting.insert(token, Announcement { wish, until, have: 0, is_taken: false, is_canceled: false });
        Ok(until)
    }

    fn find(&mut self, token: FileToken, now: SystemTime) -> Result<&mut Announcement, Refusal> {
        let is_alive =
            |announced: &&mut Announcement| !announced.is_canceled && (announced.is_taken || now < announced.until);
        self.waiting.get_mut(&token).filter(is_alive).ok_or(Refusal::File(FileRefusal::NoSuchToken))
    }

    pub(super) fn state(&mut self, token: FileToken, now: SystemTime) -> Result<UploadState, Refusal> {
        let announced = self.find(token, now)?;
        Ok(UploadState { have: announced.have, size: announced.wish.request.size })
    }

    /// A connection brings the file from this byte on, until it [gives it back](Self::give_back).
    pub(super) fn take(&mut self, token: FileToken, from: u64, now: SystemTime) -> Result<FileWish, Refusal> {
        let announced = self.find(token, now)?;
        if announced.is_taken {
            return Err(Refusal::File(FileRefusal::UploadBusy));
        }
        if from > announced.have {
            return Err(Refusal::File(FileRefusal::Incomplete {
                have: announced.have,
                size: announced.wish.request.size,
            }));
        }
        announced.is_taken = true;
        announced.have = from;
        Ok(announced.wish.clone())
    }

    /// So many bytes of it have come by now. The error says that nobody wants more of them.
    pub(super) fn has_come(&mut self, token: FileToken, have: u64, now: SystemTime) -> Result<(), Refusal> {
        let announced = self.find(token, now)?;
        announced.have = have;
        announced.until = now + PUT_WITHIN;
        Ok(())
    }

    /// Another connection may go on with it.
    pub(super) fn give_back(&mut self, token: FileToken) {
        let Some(announced) = self.waiting.get_mut(&token) else { return };
        announced.is_taken = false;
        if announced.is_canceled {
            self.forget(token);
        }
    }

    /// All of it has come, which counts for its sender's day. The error says that its sender does not want it any more.
    pub(super) fn finish(&mut self, token: FileToken, now: SystemTime) -> Result<(), Refusal> {
        self.find(token, now)?;
        let Some(Announcement { wish, .. }) = self.waiting.remove(&token) else {
            return Err(Refusal::File(FileRefusal::NoSuchToken));
        };
        self.days.add(wish.by.name.key(), wish.request.size, now);
        Ok(())
    }

    /// Its sender does not want it any more: it is forgotten, once no connection brings it. Returns what it was called.
    pub(super) fn cancel(&mut self, token: FileToken, now: SystemTime) -> Result<FileName, Refusal> {
        let announced = self.find(token, now)?;
        let name = announced.wish.request.name.clone();
        announced.is_canceled = true;
        if !announced.is_taken {
            self.forget(token);
        }
        Ok(name)
    }

    /// It is of no use any more.
    pub(super) fn forget(&mut self, token: FileToken) {
        if self.waiting.remove(&token).is_some() {
            self.forgotten.push(token);
        }
    }

    pub(super) fn forget_overdue(&mut self, now: SystemTime) {
        let is_overdue = |announced: &Announcement| !announced.is_taken && announced.until <= now;
        let overdue = self.waiting.iter().filter(|(_, announced)| is_overdue(announced)).map(|(token, _)| *token);
        let overdue: Vec<FileToken> = overdue.collect();
        overdue.into_iter().for_each(|token| self.forget(token));
    }

    /// Those that were forgotten since the last call.
    pub(super) fn take_forgotten(&mut self) -> Vec<FileToken> {
        std::mem::take(&mut self.forgotten)
    }
}
