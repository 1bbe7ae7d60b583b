//! The bytes of one file on their way to the disk, hashed as they come.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Instant, SystemTime};

use ring::digest::{Context, SHA256};

use super::FileStore;
use crate::hub::FileWish;
use crate::lock::Locked;
use crate::protocol::file::{ContentHash, FileKind, FileToken};
use crate::protocol::refusal::{FileRefusal, Refusal};

/// Bytes that are read at once of what has come before.
const PIECE: usize = 256 * 1024;

/// Bytes that an upload writes before it puts them on the disk, at least and at most. Whoever syncs a message may have to wait for
/// them, so they are few unless the disk takes long for each sync.
const UNSYNCED: (u64, u64) = (256 * 1024, 1024 * 1024);

/// Bytes a second that come in beside each sync, however long it takes.
const BESIDE_SYNCS: f64 = (160 << 20) as f64;

/// An upload that this connection brings. What has come stays when it is dropped.
#[derive(Debug)]
pub struct Upload {
    store: Arc<FileStore>,
    token: FileToken,
    wish: FileWish,
    begun: Option<BegunFile>,
    have: u64,
    /// The first bytes, which tell the kind.
    first: Vec<u8>,
}

struct BegunFile {
    path: PathBuf,
    file: File,
    hashed: Context,
    /// Bytes that were written since the last sync.
    unsynced: u64,
    /// As many are put on the disk.
    enough: u64,
}

impl std::fmt::Debug for BegunFile {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("BegunFile").field("path", &self.path).finish_non_exhaustive()
    }
}

/// Content that has its name on the disk. It stays until it is [released](StoredContent::release), or kept by a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StoredContent {
    /// What it is.
    pub hash: ContentHash,
    /// What it looks like.
    pub kind: FileKind,
}

impl Upload {
    pub(super) fn begin(
        store: Arc<FileStore>,
        (token, wish): (FileToken, FileWish),
        from: u64,
    ) -> Result<Self, Refusal> {
        let mut upload = Self { store, token, wish, begun: None, have: from, first: Vec::new() };
        match upload.open(from) {
            Ok(begun) => upload.begun = Some(begun),
            Err(error) => return Err(upload.failed(&error)),
        }
        Ok(upload)
    }

    /// What has come before `from` is read again: only its hash says that it is what was sent.
    fn open(&mut self, from: u64) -> io::Result<BegunFile> {
        let path = self.store.folder.begin(self.token, &self.wish)?;
        let options = File::options().read(true).write(true).create(true).truncate(false).mode(0o600).clone();
        let mut file = options.open(&path)?;
        file.set_len(from)?;
        file.seek(SeekFrom::Start(0))?;
        let mut hashed = Context::new(&SHA256);
        let mut piece = vec![0; PIECE];
        loop {
            match file.read(&mut piece)? {
                0 => return Ok(BegunFile { path, file, hashed, unsynced: 0, enough: UNSYNCED.0 }),
                read => {
                    self.look_at(&piece[..read]);
                    hashed.update(&piece[..read]);
                }
            }
        }
    }

    fn look_at(&mut self, piece: &[u8]) {
        let wanted = (FileKind::DECISIVE - self.first.len()).min(piece.len());
        self.first.extend_from_slice(&piece[..wanted]);
    }

    /// Who sends what to whom.
    #[must_use]
    pub fn wish(&self) -> &FileWish {
        &self.wish
    }

    /// Bytes that have come.
    #[must_use]
    pub fn have(&self) -> u64 {
        self.have
    }

    /// Bytes that are still to come.
    #[must_use]
    pub fn missing(&self) -> u64 {
        self.wish.request.size.saturating_sub(self.have)
    }

    /// What is told to whoever stops here.
    #[must_use]
    pub fn incomplete(&self) -> Refusal {
        Refusal::File(FileRefusal::Incomplete { have: self.have, size: self.wish.request.size })
    }

    /// Appends bytes; those beyond the size of the file are not taken.
    ///
    /// # Errors
    /// If the disk does not take them, or the sender has canceled the file. If the disk is full, what has come is thrown away.
    pub fn write(&mut self, piece: &[u8], now: SystemTime) -> Result<(), Refusal> {
        let missing = usize::try_from(self.missing()).unwrap_or(usize::MAX);
        let piece = &piece[..piece.len().min(missing)];
        match self.append(piece) {
            Ok(()) => {
                self.look_at(piece);
                self.have += piece.len() as u64;
                self.store.known.locked().announced.has_come(self.token, self.have, now)
            }
            Err(error) => Err(self.failed(&error)),
        }
    }

    fn append(&mut self, piece: &[u8]) -> io::Result<()> {
        // Looked at before each piece: what is said in the chat has to go to the same disk.
        if self.store.folder.free()? < piece.len() as u64 {
            return Err(io::ErrorKind::StorageFull.into());
        }
        let begun = self.begun.as_mut().ok_or(io::ErrorKind::NotFound)?;
        begun.file.write_all(piece)?;
        begun.hashed.update(piece);
        begun.unsynced += piece.len() as u64;
        if begun.unsynced >= begun.enough {
            let started = Instant::now();
            begun.file.sync_data()?;
            let meanwhile = started.elapsed().as_secs_f64() * BESIDE_SYNCS;
            (begun.unsynced, begun.enough) = (0, (meanwhile as u64).clamp(UNSYNCED.0, UNSYNCED.1));
        }
        Ok(())
    }

    /// A disk without room gets back what it gave: whoever chats needs it more.
    fn failed(&mut self, error: &io::Error) -> Refusal {
        tracing::warn!("an upload cannot be written: {error}");
        self.begun = None;
        self.store.known.locked().announced.forget(self.token);
        self.store.folder.remove_begun(self.token);
        Refusal::File(FileRefusal::NoSpace)
    }

    /// Makes sure that all bytes survive, and gives them their name. Whoever calls it has the content kept or releases it.
    ///
    /// # Errors
    /// If not all bytes have come, the disk does not take them, or the sender has canceled the file.
    pub fn finish(mut self, now: SystemTime) -> Result<StoredContent, Refusal> {
        if self.missing() > 0 {
            return Err(self.incomplete());
        }
        let Some(BegunFile { path, file, hashed, .. }) = self.begun.take() else {
            return Err(Refusal::File(FileRefusal::NoSuchToken));
        };
        let mut hash = [0; 32];
        hash.copy_from_slice(hashed.finish().as_ref());
        let content = StoredContent { hash: ContentHash::new(hash), kind: FileKind::of(&self.first) };
        let named = file.sync_all().and_then(|()| {
            let _naming = self.store.naming.locked();
            let to = self.store.folder.content(&content.hash)?;
            self.store.folder.finish(&path, &to)?;
            self.store.known.locked().contents.add(content.hash, self.have);
            Ok(())
        });
        match named {
            Ok(()) => {
                let finished = self.count_for_the_day(now);
                finished.map(|()| content).inspect_err(|_| content.release(&self.store))
            }
            Err(error) => Err(self.failed(&error)),
        }
    }
}

impl Upload {
    fn count_for_the_day(&self, now: SystemTime) -> Result<(), Refusal> {
        let _naming = self.store.naming.locked();
        let mut known = self.store.known.locked();
        known.announced.finish(self.token, now)?;
        let days = serde_json::to_vec(known.announced.days());
        drop(known);
        self.store.folder.keep_days(&days.unwrap_or_default());
        Ok(())
    }
}

impl StoredContent {
    /// Whoever has stored it needs it no more.
    pub fn release(self, store: &FileStore) {
        store.known.locked().contents.release(self.hash);
    }
}

impl Drop for Upload {
    fn drop(&mut self) {
        self.store.known.locked().announced.give_back(self.token);
    }
}
