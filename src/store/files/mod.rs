//! The bytes of the files that were sent, in a folder beside the tables, and of those that are on their way.
//!
//! ```text
//! announced -> tmp/TOKEN (hashed while it is written) -> synced -> ab/REST_OF_HASH -> the hub and its store know it
//! ```
//!
//! Content is kept once, whatever it is called and however often it is sent. What a kill leaves in `tmp` is gone on with if
//! somebody comes with the token in time; content that no record names is removed at the next start. Everything here waits
//! for the disk, but for [`FileStore::announce`] and what only looks; it knows no sockets and nothing of who may have a file.

mod announced;
mod contents;
mod days;
mod folder;
mod upload;

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::fs::{self, File, TryLockError};
use std::io;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime};

pub use upload::{StoredContent, Upload};

use crate::hub::{FileWish, KeptFile, PlaceId};
use crate::lock::Locked;
use crate::protocol::file::{ContentHash, FileId, FileName, FileToken};
use crate::protocol::refusal::{FileRefusal, Refusal};
use announced::Announcements;
use contents::Contents;
use folder::{FileFolder, remove_slowly};

/// Files that are kept at once: what is known of them is in memory.
const MOST_FILES: usize = 100_000;

/// How much is taken and for how long it is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FileLimits {
    /// Bytes of one file.
    pub file: u64,
    /// Total size of all files, content that several have counted once.
    pub all: u64,
    /// Files of one user that are announced and not there yet.
    pub open_of_one: usize,
    /// Bytes of one user in a day.
    pub day_of_one: u64,
    /// How long a file is kept; `None`: for ever.
    pub keep: Option<Duration>,
}

impl Default for FileLimits {
    fn default() -> Self {
        Self {
            file: 100 << 20,
            all: 10 << 30,
            open_of_one: 4,
            day_of_one: 1 << 30,
            keep: Some(Duration::from_secs(30 * 24 * 3600)),
        }
    }
}

/// Every file that can be fetched and every upload that was announced.
#[derive(Debug)]
pub struct FileStore {
    limits: FileLimits,
    folder: FileFolder,
    known: Mutex<Known>,
    /// Held while content gets or loses its name, so that none is removed that somebody has just brought again.
    naming: Mutex<()>,
}

#[derive(Debug, Default)]
struct Known {
    announced: Announcements,
    files: HashMap<FileId, KeptFile>,
    /// Those that were sent to a room.
    of_places: HashMap<PlaceId, Vec<FileId>>,
    contents: Contents,
}

/// What is there at one moment.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct FileFigures {
    /// Files that can be fetched.
    pub files: u64,
    /// Bytes of their content, that which several have counted once.
    pub bytes: u64,
}

/// What an upload has come to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UploadState {
    /// Bytes that have come.
    pub have: u64,
    /// Bytes of the file.
    pub size: u64,
}

impl FileStore {
    /// What is there now.
    #[must_use]
    pub fn figures(&self) -> FileFigures {
        let known = self.known.locked();
        FileFigures { files: known.files.len() as u64, bytes: known.contents.bytes() }
    }

    /// The files below this folder, of which `kept` are known; without a folder, none, in a temporary one that goes with
    /// this value.
    ///
    /// # Errors
    /// If the folder is there and cannot be read or written.
    pub fn open(
        folder: Option<PathBuf>,
        limits: FileLimits,
        kept: impl IntoIterator<Item = KeptFile>,
        now: SystemTime,
    ) -> io::Result<Self> {
        let folder = FileFolder::new(folder);
        let found = folder.contents()?;
        let mut known = Known::default();
        for file in kept {
            // One that was copied while it was removed is too short.
            if found.get(&file.info.hash) == Some(&file.info.size) {
                known.keep(file);
            } else {
                tracing::warn!("the content of the file {} is not there any more", file.info.id);
            }
        }
        for hash in found.keys().filter(|hash| !known.contents.has(hash)) {
            fs::remove_file(folder.content(hash)?)?;
        }
        known.announced = Announcements::restore(folder.begun()?, folder.days(), now);
        folder.clean(|token| known.announced.has(token))?;
        Ok(Self { limits, folder, known: Mutex::new(known), naming: Mutex::default() })
    }

    /// Whether there is anything that may have to be removed.
    #[must_use]
    pub fn has_any(&self) -> bool {
        let known = self.known.locked();
        !known.files.is_empty() || !known.announced.is_empty() || !known.contents.is_empty()
    }

    /// What is taken.
    #[must_use]
    pub fn limits(&self) -> FileLimits {
        self.limits
    }

    /// Waits for the bytes of this file from now on, under this token; until when. Waits for no disk.
    ///
    /// # Errors
    /// If that would be more than may be kept.
    pub fn announce(&self, token: FileToken, wish: FileWish, now: SystemTime) -> Result<SystemTime, Refusal> {
        let size = wish.request.size;
        if size > self.limits.file {
            return Err(Refusal::File(FileRefusal::TooLarge(self.limits.file)));
        }
        let mut known = self.known.locked();
        known.announced.forget_overdue(now);
        let all = known.contents.bytes().saturating_add(known.announced.bytes());
        if all.saturating_add(size) > self.limits.all || known.files.len() >= MOST_FILES {
            return Err(Refusal::File(FileRefusal::TooManyBytes(self.limits.all)));
        }
        known.announced.add(token, wish, &self.limits, now)
    }

    /// How far an upload has come.
    ///
    /// # Errors
    /// If there is no such upload any more.
    pub fn state(&self, token: FileToken, now: SystemTime) -> Result<UploadState, Refusal> {
        self.known.locked().announced.state(token, now)
    }

    /// Nobody will go on with this upload: its place is free, and what has come of it goes at the next
    /// [`clean`](Self::clean).
    ///
    /// # Errors
    /// If there is no such upload.
    pub fn cancel(&self, token: FileToken, now: SystemTime) -> Result<FileName, Refusal> {
        self.known.locked().announced.cancel(token, now)
    }

    /// Begins an upload, or goes on with it from this byte on. No other connection can until what is returned is dropped.
    ///
    /// # Errors
    /// If there is no such upload, if another connection has it, or if fewer bytes have come than that.
    pub fn begin(self: &Arc<Self>, token: FileToken, from: u64, now: SystemTime) -> Result<Upload, Refusal> {
        let wish = self.known.locked().announced.take(token, from, now)?;
        // Gives it back when it is dropped, also if the file cannot be opened.
        Upload::begin(Arc::clone(self), (token, wish), from)
    }

    /// A file whose content is there and whose record is kept can be fetched from now on.
    pub fn keep(&self, file: KeptFile) {
        self.known.locked().keep(file);
    }

    /// The file of this id.
    #[must_use]
    pub fn find(&self, id: FileId, now: SystemTime) -> Option<KeptFile> {
        let known = self.known.locked();
        known.files.get(&id).filter(|file| file.expires.is_none_or(|at| now < at)).cloned()
    }

    /// Its content, which stays whole for whoever has it open.
    ///
    /// # Errors
    /// If it cannot be read.
    pub fn content(&self, file: &KeptFile) -> io::Result<File> {
        let content = File::open(self.folder.content(&file.info.hash)?)?;
        match content.try_lock_shared() {
            // It is being removed.
            Err(TryLockError::WouldBlock) => Err(io::ErrorKind::NotFound.into()),
            // Where nothing can be locked, nothing is removed bit by bit.
            Ok(()) | Err(TryLockError::Error(_)) => Ok(content),
        }
    }

    /// The file is there no more; its content goes at the next [`clean`](Self::clean). False if it was not there.
    pub fn remove(&self, id: FileId) -> bool {
        self.known.locked().remove(id)
    }

    /// The place is gone, and with it every file that was sent to it; which these are.
    pub fn remove_all_of(&self, place: PlaceId) -> Vec<FileId> {
        let mut known = self.known.locked();
        let ids = known.of_places.remove(&place).unwrap_or_default();
        ids.into_iter().filter(|id| known.remove(*id)).collect()
    }

    /// Forgets what is overdue and removes what nobody needs any more; returns the files that have expired.
    pub fn clean(&self, now: SystemTime) -> Vec<FileId> {
        let mut known = self.known.locked();
        let is_over = |file: &KeptFile| file.expires.is_some_and(|at| at <= now);
        let expired: Vec<FileId> = known.files.values().filter(|file| is_over(file)).map(|file| file.info.id).collect();
        for id in &expired {
            known.remove(*id);
        }
        known.announced.forget_overdue(now);
        let tokens = known.announced.take_forgotten();
        let contents = known.contents.take_unused();
        drop(known);
        tokens.into_iter().for_each(|token| self.folder.remove_begun(token));
        for hash in contents {
            if let Err(error) = self.remove_content(&hash) {
                tracing::warn!("the content {hash} cannot be removed: {error}");
            }
        }
        expired
    }

    fn remove_content(&self, hash: &ContentHash) -> io::Result<()> {
        let naming = self.naming.locked();
        // Meanwhile somebody may have brought the same.
        if self.known.locked().contents.has(hash) {
            return Ok(());
        }
        let removed = self.folder.unname(hash)?;
        drop(naming);
        remove_slowly(&removed)
    }
}

impl Known {
    fn keep(&mut self, file: KeptFile) {
        self.contents.add(file.info.hash, file.info.size);
        if let Some(place) = file.place {
            self.of_places.entry(place).or_default().push(file.info.id);
        }
        self.files.insert(file.info.id, file);
    }

    fn remove(&mut self, id: FileId) -> bool {
        let Some(file) = self.files.remove(&id) else { return false };
        self.contents.release(file.info.hash);
        if let Some(place) = file.place
            && let Entry::Occupied(mut of_place) = self.of_places.entry(place)
        {
            of_place.get_mut().retain(|other| *other != id);
            if of_place.get().is_empty() {
                of_place.remove();
            }
        }
        true
    }
}

#[cfg(test)]
mod tests;
