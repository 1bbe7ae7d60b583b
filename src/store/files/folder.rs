//! Where the bytes are: `ab/REST_OF_HASH` for content, `tmp/TOKEN` and `tmp/TOKEN.json` for what is on its way. Nothing is
//! made before it is needed.

use std::collections::HashMap;
use std::fs::{self, DirBuilder, File};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use serde::{Deserialize, Serialize};

use super::announced::InterruptedUpload;
use super::days::Days;
use crate::hub::{FileSender, FileWish};
use crate::lock::Locked;
use crate::protocol::command::{FileRequest, FileTarget, UserList};
use crate::protocol::file::{ContentHash, FileName, FileToken, Pixels};
use crate::protocol::name::{RoomName, UserName};

/// What is on its way, by its name in the folder.
const BEGUN: &str = "tmp";

/// What each user has sent today, so that it counts after a restart.
const DAYS: &str = "days.json";

/// Content that is being removed is in the same folder, under a name that begins so.
const REMOVED: &str = "removed-";

/// Bytes of a file that are given back to the disk at once.
const GIVEN_BACK: u64 = 1 << 20;

/// The part of a disk, at least, that no file takes: one in so many.
const RESERVED: u64 = 20;

/// As much of a disk is enough to be left free.
const RESERVED_AT_MOST: u64 = 64 << 20;

#[derive(Debug)]
pub(super) struct FileFolder {
    /// `None`: a temporary one, once it is needed.
    kept: Option<PathBuf>,
    temporary: Mutex<Option<PathBuf>>,
}

/// What is known of an upload, beside its bytes.
#[derive(Debug, Serialize, Deserialize)]
struct Sidecar {
    by: String,
    room: Option<String>,
    users: Vec<String>,
    size: u64,
    name: String,
    pixels: Option<(u16, u16)>,
    /// Which start of the machine it was begun in: what was not synced before a power cut is not what was sent.
    boot: String,
}

impl FileFolder {
    pub(super) fn new(kept: Option<PathBuf>) -> Self {
        Self { kept, temporary: Mutex::default() }
    }

    /// The folder itself, made if it is not there.
    fn path(&self) -> io::Result<PathBuf> {
        if let Some(kept) = &self.kept {
            make(kept)?;
            return Ok(kept.clone());
        }
        let mut temporary = self.temporary.locked();
        if let Some(path) = &*temporary {
            return Ok(path.clone());
        }
        let path =
            std::env::temp_dir().join(format!("chatctl-files-{}-{:016x}", std::process::id(), fastrand::u64(..)));
        // Whoever has made one of this name before must not read along.
        DirBuilder::new().mode(0o700).create(&path)?;
        *temporary = Some(path.clone());
        Ok(path)
    }

    /// The folder, if there is something in it from an earlier server.
    fn earlier(&self) -> Option<&Path> {
        self.kept.as_deref().filter(|path| path.is_dir())
    }

    /// Where this content is or will be; the folder is there.
    pub(super) fn content(&self, hash: &ContentHash) -> io::Result<PathBuf> {
        let digits = hash.to_string();
        let (folder, rest) = digits.split_at(2);
        let folder = self.path()?.join(folder);
        make(&folder)?;
        Ok(folder.join(rest))
    }

    /// Every content that is there, and how long it is.
    pub(super) fn contents(&self) -> io::Result<HashMap<ContentHash, u64>> {
        let mut found = HashMap::new();
        let Some(path) = self.earlier() else { return Ok(found) };
        for folder in fs::read_dir(path)? {
            let folder = folder?;
            let Some(beginning) = folder.file_name().to_str().filter(|name| name.len() == 2).map(str::to_owned) else {
                continue;
            };
            for content in fs::read_dir(folder.path())? {
                let content = content?;
                let (name, length) = (content.file_name(), content.metadata()?.len());
                let hash = name.to_str().and_then(|rest| ContentHash::parse(&format!("{beginning}{rest}")));
                found.extend(hash.map(|hash| (hash, length)));
            }
        }
        Ok(found)
    }

    /// Bytes that files may take of the disk.
    pub(super) fn free(&self) -> io::Result<u64> {
        let disk = rustix::fs::statvfs(self.path()?)?;
        let reserved = (disk.f_blocks.saturating_mul(disk.f_frsize) / RESERVED).min(RESERVED_AT_MOST);
        Ok(disk.f_bavail.saturating_mul(disk.f_frsize).saturating_sub(reserved))
    }

    /// Where an upload is written, and what is known of it beside.
    pub(super) fn begin(&self, token: FileToken, wish: &FileWish) -> io::Result<PathBuf> {
        let folder = self.path()?.join(BEGUN);
        make(&folder)?;
        let path = folder.join(token.to_string());
        let sidecar = with_json(&path);
        if !sidecar.exists() {
            let mut written = File::options().write(true).create(true).truncate(true).mode(0o600).open(&sidecar)?;
            serde_json::to_writer(&mut written, &Sidecar::of(wish))?;
        }
        Ok(path)
    }

    /// What an earlier server has begun on this start of the machine.
    pub(super) fn begun(&self) -> io::Result<Vec<InterruptedUpload>> {
        let Some(folder) = self.earlier().map(|path| path.join(BEGUN)).filter(|folder| folder.is_dir()) else {
            return Ok(Vec::new());
        };
        let mut begun = Vec::new();
        for entry in fs::read_dir(folder)? {
            let path = entry?.path();
            let token = path.file_name().and_then(|name| FileToken::parse(name.to_str()?));
            let sidecar = || serde_json::from_slice::<Sidecar>(&fs::read(with_json(&path)).ok()?).ok()?.wish();
            if let Some((token, wish)) = token.and_then(|token| Some((token, sidecar()?))) {
                begun.push(InterruptedUpload { token, wish, have: fs::metadata(&path)?.len() });
            }
        }
        Ok(begun)
    }

    /// What each user had sent when a server last [noted it](Self::keep_days); nothing if that cannot be read.
    pub(super) fn days(&self) -> Days {
        let read = self.earlier().and_then(|path| fs::read(path.join(DAYS)).ok());
        let days = read.map(|json| serde_json::from_slice(&json));
        days.transpose()
            .unwrap_or_else(|error| {
                tracing::warn!("what users have sent today is not known, as {DAYS} cannot be read: {error}");
                None
            })
            .unwrap_or_default()
    }

    /// Notes what each user has sent, unless the files go with the server. It survives a kill; a power cut may take it.
    pub(super) fn keep_days(&self, days: &[u8]) {
        let Some(path) = &self.kept else { return };
        let (new, kept) = (path.join(BEGUN).join(DAYS), path.join(DAYS));
        let options = File::options().write(true).create(true).truncate(true).mode(0o600).clone();
        let written = options.open(&new).and_then(|mut file| file.write_all(days)).and_then(|()| fs::rename(new, kept));
        if let Err(error) = written {
            tracing::warn!("what users have sent today is forgotten at a restart: {DAYS} cannot be written: {error}");
        }
    }

    /// Removes what was begun and cannot be gone on with.
    pub(super) fn clean(&self, is_known: impl Fn(FileToken) -> bool) -> io::Result<()> {
        let Some(folder) = self.earlier().map(|path| path.join(BEGUN)).filter(|folder| folder.is_dir()) else {
            return Ok(());
        };
        for entry in fs::read_dir(folder)? {
            let path = entry?.path();
            let token = path.file_stem().and_then(|stem| FileToken::parse(stem.to_str()?));
            if !token.is_some_and(&is_known) {
                fs::remove_file(path)?;
            }
        }
        Ok(())
    }

    /// Removes what has come of an upload.
    pub(super) fn remove_begun(&self, token: FileToken) {
        let Ok(path) = self.path().map(|path| path.join(BEGUN).join(token.to_string())) else { return };
        let sidecar = with_json(&path);
        for (name, removed) in [(&sidecar, fs::remove_file(&sidecar)), (&path, remove_slowly(&path))] {
            if let Err(error) = removed
                && error.kind() != io::ErrorKind::NotFound
            {
                tracing::warn!("{} cannot be removed: {error}", name.display());
            }
        }
    }

    /// Takes the name from a content; what is returned is to be [removed](remove_slowly).
    pub(super) fn unname(&self, hash: &ContentHash) -> io::Result<PathBuf> {
        let folder = self.path()?.join(BEGUN);
        make(&folder)?;
        let removed = folder.join(format!("{REMOVED}{hash}"));
        fs::rename(self.content(hash)?, &removed)?;
        Ok(removed)
    }

    /// Forgets what was known of an upload beside its bytes, which have another name now, or are there already.
    pub(super) fn finish(&self, begun: &Path, content: &Path) -> io::Result<()> {
        if content.exists() {
            fs::remove_file(with_json(begun))?;
            return remove_slowly(begun);
        }
        fs::rename(begun, content)?;
        let folder = content.parent().unwrap_or(content);
        File::open(folder)?.sync_all()?;
        if let Some(parent) = folder.parent() {
            File::open(parent)?.sync_all()?;
        }
        fs::remove_file(with_json(begun))
    }
}

impl Drop for FileFolder {
    fn drop(&mut self) {
        if let Some(path) = self.temporary.locked().take()
            && let Err(error) = fs::remove_dir_all(&path)
        {
            tracing::warn!("{} cannot be removed: {error}", path.display());
        }
    }
}

impl Sidecar {
    fn of(wish: &FileWish) -> Self {
        let FileRequest { to, size, name, pixels } = &wish.request;
        let (room, users) = match to {
            FileTarget::Room(room) => (Some(room.to_string()), Vec::new()),
            FileTarget::Users(users) => (None, users.as_slice().iter().map(UserName::to_string).collect()),
        };
        let pixels = pixels.map(|pixels| (pixels.width, pixels.height));
        Self { by: wish.by.name.to_string(), room, users, size: *size, name: name.to_string(), pixels, boot: boot() }
    }

    fn wish(self) -> Option<FileWish> {
        let to = match self.room {
            Some(room) => FileTarget::Room(RoomName::new(&room).ok()?),
            None => FileTarget::Users(UserList::new(self.users.iter().filter_map(|name| UserName::new(name).ok()))?),
        };
        let pixels = self.pixels.map(|(width, height)| Pixels { width, height });
        let request = FileRequest { to, size: self.size, name: FileName::new(&self.name).ok()?, pixels };
        let by = FileSender { user: None, name: UserName::new(&self.by).ok()? };
        (!self.boot.is_empty() && self.boot == boot()).then_some(FileWish { by, request })
    }
}

/// Removes a file so that nobody notices it who syncs meanwhile. A disk that is told which blocks are free (the mount option
/// `discard`) takes its time for many of them at once, 5 ms for 32 MiB, so it gets them back a few at a time.
pub(super) fn remove_slowly(path: &Path) -> io::Result<()> {
    if let Err(error) = shrink(path) {
        tracing::debug!("{} is removed at once: {error}", path.display());
    }
    fs::remove_file(path)
}

/// Nothing is taken from whoever reads it, or from a copy that is a link.
fn shrink(path: &Path) -> io::Result<()> {
    let file = File::options().write(true).open(path)?;
    file.try_lock()?;
    let known = file.metadata()?;
    if known.nlink() > 1 {
        return Ok(());
    }
    let mut length = known.len();
    while length > GIVEN_BACK {
        length -= GIVEN_BACK;
        file.set_len(length)?;
        file.sync_data()?;
    }
    Ok(())
}

/// Names this start of the machine; empty where the system does not say.
fn boot() -> String {
    fs::read_to_string("/proc/sys/kernel/random/boot_id").unwrap_or_default().trim().to_owned()
}

fn make(folder: &Path) -> io::Result<()> {
    if folder.is_dir() { Ok(()) } else { DirBuilder::new().recursive(true).mode(0o700).create(folder) }
}

fn with_json(path: &Path) -> PathBuf {
    path.with_extension("json")
}
