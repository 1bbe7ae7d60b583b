//! The folder of a store, and who may use it: one process at a time.

use std::fs::{self, DirBuilder, File, TryLockError};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use super::open_error::OpenError;

/// A folder that no other process uses as long as this value lives.
#[derive(Debug)]
pub(super) struct Folder {
    path: PathBuf,
    _lock: File,
}

/// Which file a path leads to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct FileIdentity {
    device: u64,
    inode: u64,
}

impl Folder {
    /// Makes the folder if it is not there, for its owner alone, and keeps every other process out.
    pub(super) fn enter(path: &Path) -> Result<Self, OpenError> {
        let cannot_write = |error: io::Error| OpenError::NotWritable { dir: path.to_owned(), text: error.to_string() };
        DirBuilder::new().recursive(true).mode(0o700).create(path).map_err(cannot_write)?;
        let name = path.join("lock");
        let options = File::options().read(true).write(true).create(true).truncate(false).mode(0o600).clone();
        let lock = options.open(&name).map_err(cannot_write)?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(in_use(path, &name)),
            Err(TryLockError::Error(error)) => return Err(cannot_write(error)),
        }
        write_process(&lock).map_err(cannot_write)?;
        Ok(Self { path: path.to_owned(), _lock: lock })
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    pub(super) fn file(&self, name: &str) -> PathBuf {
        self.path.join(name)
    }
}

impl FileIdentity {
    /// The file that has this name now; `None` if there is none.
    pub(super) fn of(path: &Path) -> Option<Self> {
        let data = fs::metadata(path).ok()?;
        Some(Self { device: data.dev(), inode: data.ino() })
    }
}

/// Has the names of files in a folder survive a power cut.
pub(super) fn sync_folder(path: &Path) -> io::Result<()> {
    File::open(path)?.sync_all()
}

fn in_use(dir: &Path, lock: &Path) -> OpenError {
    let process = fs::read_to_string(lock).unwrap_or_default().trim().to_owned();
    OpenError::InUse { dir: dir.to_owned(), process: if process.is_empty() { "unknown".to_owned() } else { process } }
}

/// For whoever finds the folder locked.
fn write_process(mut lock: &File) -> io::Result<()> {
    lock.set_len(0)?;
    writeln!(lock, "{}", std::process::id())
}
