//! Where `save` puts what comes: standard output, or a part beside the file that gets its name once it is whole. Nothing that
//! exists is overwritten, and the name is never that of half a file.

use std::fs::{self, File, TryLockError};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use chatctl::client::transfer::ServerFile;
use chatctl::protocol::file::ContentHash;
use ring::digest::{self, SHA256};

use crate::exit::{Because, Exit};

/// What has come of a file, and where it is.
pub(super) struct Destination {
    have: u64,
    hashed: digest::Context,
    to: Place,
}

enum Place {
    Output(io::Stdout),
    Part(Part),
}

/// A file that is not whole yet.
struct Part {
    file: File,
    path: PathBuf,
    whole: PathBuf,
}

/// Whether something may be saved there.
pub(super) fn check(path: &Path) -> anyhow::Result<()> {
    if path != Path::new("-") && !path.is_dir() && path.symlink_metadata().is_ok() {
        bail!("cannot save into {}: the file exists", path.display());
    }
    Ok(())
}

impl Destination {
    /// Opens what has come of this file before, or begins it.
    pub(super) fn open(path: Option<&Path>, file: &ServerFile) -> anyhow::Result<Self> {
        let own = file.name.on_disk();
        let whole = match path {
            Some(path) if path == Path::new("-") => {
                return Ok(Self { have: 0, hashed: digest::Context::new(&SHA256), to: Place::Output(io::stdout()) });
            }
            Some(folder) if folder.is_dir() => folder.join(own),
            Some(path) => path.to_owned(),
            None => own.into(),
        };
        check(&whole)?;
        let mut name = whole.clone().into_os_string();
        name.push(format!(".{}.part", file.id));
        let path = PathBuf::from(name);
        Self::part(path.clone(), whole, file.size).with_context(|| format!("cannot write {}", path.display()))
    }

    fn part(path: PathBuf, whole: PathBuf, size: u64) -> anyhow::Result<Self> {
        let mut file = File::options().read(true).write(true).create(true).truncate(false).open(&path)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => bail!("another program saves it now"),
            Err(TryLockError::Error(error)) => return Err(error.into()),
        }
        if file.metadata()?.len() > size {
            file.set_len(0)?;
        }
        let (mut have, mut hashed, mut piece) = (0, digest::Context::new(&SHA256), vec![0; super::PIECE]);
        loop {
            match file.read(&mut piece)? {
                0 => break,
                length => {
                    hashed.update(&piece[..length]);
                    have += length as u64;
                }
            }
        }
        Ok(Self { have, hashed, to: Place::Part(Part { file, path, whole }) })
    }

    /// Bytes that are there.
    pub(super) fn have(&self) -> u64 {
        self.have
    }

    /// Appends bytes.
    pub(super) fn write(&mut self, bytes: &[u8]) -> anyhow::Result<()> {
        match &mut self.to {
            Place::Output(out) => out.write_all(bytes).context("cannot write standard output")?,
            Place::Part(part) => {
                part.file.write_all(bytes).with_context(|| format!("cannot write {}", part.path.display()))?;
            }
        }
        self.hashed.update(bytes);
        self.have += bytes.len() as u64;
        Ok(())
    }

    /// All bytes are there: gives the file its name, and returns that. What is wrong is taken away.
    pub(super) fn finish(self, file: &ServerFile) -> anyhow::Result<Option<PathBuf>> {
        let mut hash = [0; 32];
        hash.copy_from_slice(self.hashed.finish().as_ref());
        let found = ContentHash::new(hash);
        let is_right = found == file.hash;
        let part = match self.to {
            Place::Output(mut out) => {
                let _ = out.flush();
                None
            }
            Place::Part(part) => Some(part),
        };
        if !is_right {
            if let Some(part) = part {
                fs::remove_file(&part.path).with_context(|| format!("cannot remove {}", part.path.display()))?;
            }
            let what = format!("the bytes are wrong: expected sha256:{}, found sha256:{found}", file.hash);
            bail!(Because::new(Exit::Failed, what));
        }
        let Some(part) = part else { return Ok(None) };
        let shown = part.whole.display().to_string();
        part.file.sync_all().with_context(|| format!("cannot write {shown}"))?;
        named(&part).with_context(|| format!("cannot save into {shown}"))?;
        Ok(Some(part.whole))
    }
}

/// Unlike a rename, a link takes no name that somebody else has got meanwhile.
fn named(part: &Part) -> io::Result<()> {
    match fs::hard_link(&part.path, &part.whole) {
        Ok(()) => fs::remove_file(&part.path),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Err(error),
        // A file system without links: the name is taken first.
        Err(_) => {
            File::create_new(&part.whole)?;
            fs::rename(&part.path, &part.whole)
        }
    }
}
