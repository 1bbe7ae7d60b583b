//! A file that is saved: until it is whole and its hash is right, it is a part beside its place. Nothing that exists is
//! overwritten, and the name is never that of half a file.

use std::fs::{self, File, TryLockError};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use ring::digest::{self, SHA256};
use thiserror::Error;

use super::error::TransferError;
use super::file::ServerFile;
use crate::protocol::file::ContentHash;

/// Bytes that are hashed at once.
const PIECE: usize = 128 * 1024;

/// Why a file was not saved.
#[derive(Debug, Error)]
pub enum SaveError {
    /// Something has the name already.
    #[error("cannot save into {}: the file exists", .0.display())]
    Exists(PathBuf),
    /// Another program saves the same file there.
    #[error("cannot write {}: another program saves it now", .0.display())]
    Busy(PathBuf),
    /// The part cannot be written.
    #[error("cannot write {}", path.display())]
    Write {
        /// The part, or the file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The part is whole, but does not get its name.
    #[error("cannot save into {}", path.display())]
    Name {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// What came is not what the server says. The part is gone.
    #[error("the bytes are wrong: expected sha256:{expected}, found sha256:{found}")]
    WrongBytes {
        /// What the server says.
        expected: ContentHash,
        /// What came.
        found: ContentHash,
    },
    /// It was not fetched.
    #[error(transparent)]
    Transfer(#[from] TransferError),
}

/// What has come of a file.
#[derive(Debug)]
pub struct PartialFile {
    file: File,
    path: PathBuf,
    whole: PathBuf,
    hashed: PartialHash,
}

/// The hash of what has come.
pub struct PartialHash {
    digest: digest::Context,
    have: u64,
}

impl std::fmt::Debug for PartialHash {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Hashing").field("have", &self.have).finish_non_exhaustive()
    }
}

impl Default for PartialHash {
    fn default() -> Self {
        Self { digest: digest::Context::new(&SHA256), have: 0 }
    }
}

impl PartialHash {
    /// How many bytes have come.
    #[must_use]
    pub fn have(&self) -> u64 {
        self.have
    }

    /// Adds what comes next.
    pub fn add(&mut self, bytes: &[u8]) {
        self.digest.update(bytes);
        self.have += bytes.len() as u64;
    }

    /// Whether all that has come is this file.
    ///
    /// # Errors
    /// If it is not.
    pub fn check(self, file: &ServerFile) -> Result<(), SaveError> {
        let mut hash = [0; 32];
        hash.copy_from_slice(self.digest.finish().as_ref());
        let found = ContentHash::new(hash);
        if found == file.hash { Ok(()) } else { Err(SaveError::WrongBytes { expected: file.hash, found }) }
    }
}

/// Whether something may be saved there: a folder may be there, a file not.
///
/// # Errors
/// If a file is there.
pub fn check_free(path: &Path) -> Result<(), SaveError> {
    if !path.is_dir() && path.symlink_metadata().is_ok() { Err(SaveError::Exists(path.to_owned())) } else { Ok(()) }
}

impl PartialFile {
    /// Opens what has come of this file before, or begins it: at this path, in this folder under its own name, or
    /// without either in the current folder.
    ///
    /// # Errors
    /// If a file is there, the part cannot be written, or another program writes it.
    pub fn open(path: Option<&Path>, file: &ServerFile) -> Result<Self, SaveError> {
        let own = file.name.on_disk();
        let whole = match path {
            Some(folder) if folder.is_dir() => folder.join(own),
            Some(path) => path.to_owned(),
            None => own.into(),
        };
        check_free(&whole)?;
        let mut name = whole.clone().into_os_string();
        name.push(format!(".{}.part", file.id));
        let path = PathBuf::from(name);
        let cannot = |source| SaveError::Write { path: path.clone(), source };
        let part = File::options().read(true).write(true).create(true).truncate(false).open(&path).map_err(cannot)?;
        match part.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(SaveError::Busy(path)),
            Err(TryLockError::Error(source)) => return Err(cannot(source)),
        }
        let hashed = hashed(&part, file.size).map_err(cannot)?;
        Ok(Self { file: part, path, whole, hashed })
    }

    /// Bytes that are there.
    #[must_use]
    pub fn have(&self) -> u64 {
        self.hashed.have
    }

    /// Appends bytes.
    ///
    /// # Errors
    /// If the disk does not take them.
    pub fn write(&mut self, bytes: &[u8]) -> Result<(), SaveError> {
        let written = self.file.write_all(bytes);
        written.map_err(|source| SaveError::Write { path: self.path.clone(), source })?;
        self.hashed.add(bytes);
        Ok(())
    }

    /// All bytes are there: gives the file its name, and returns that. What is wrong is taken away.
    ///
    /// # Errors
    /// If the bytes are wrong, or the name cannot be given.
    pub fn finish(self, file: &ServerFile) -> Result<PathBuf, SaveError> {
        let Self { file: part, path, whole, hashed } = self;
        if let Err(wrong) = hashed.check(file) {
            fs::remove_file(&path).map_err(|source| SaveError::Write { path, source })?;
            return Err(wrong);
        }
        part.sync_all().map_err(|source| SaveError::Write { path: whole.clone(), source })?;
        named(&path, &whole).map_err(|source| SaveError::Name { path: whole.clone(), source })?;
        Ok(whole)
    }
}

/// What has come before, unless it is more than there is.
fn hashed(mut part: &File, size: u64) -> io::Result<PartialHash> {
    if part.metadata()?.len() > size {
        part.set_len(0)?;
    }
    let (mut hashed, mut piece) = (PartialHash::default(), vec![0; PIECE]);
    loop {
        match part.read(&mut piece)? {
            0 => return Ok(hashed),
            length => hashed.add(&piece[..length]),
        }
    }
}

/// Unlike a rename, a link takes no name that somebody else has got meanwhile.
fn named(part: &Path, whole: &Path) -> io::Result<()> {
    match fs::hard_link(part, whole) {
        Ok(()) => fs::remove_file(part),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Err(error),
        // A file system without links: the name is taken first.
        Err(_) => {
            File::create_new(whole)?;
            fs::rename(part, whole)
        }
    }
}
