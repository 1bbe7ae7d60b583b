//! Where `save` puts what comes: standard output, or a part beside the file that gets its name once it is whole.

use std::io::{self, Write};
use std::path::{Path, PathBuf};

use anyhow::Context;
use chatctl::client::transfer::{PartialFile, PartialHash, SaveError, ServerFile, check_free};

use crate::exit::{Because, Exit};
use crate::files::is_standard_stream;

/// What has come of a file, and where it is.
pub(super) enum SaveDestination {
    Output(io::Stdout, PartialHash),
    Part(PartialFile),
}

/// Whether something may be saved there.
pub(super) fn check(path: &Path) -> anyhow::Result<()> {
    if !is_standard_stream(path) {
        check_free(path)?;
    }
    Ok(())
}

impl SaveDestination {
    /// Opens what has come of this file before, or begins it.
    pub(super) fn open(path: Option<&Path>, file: &ServerFile) -> anyhow::Result<Self> {
        match path {
            Some(path) if is_standard_stream(path) => Ok(Self::Output(io::stdout(), PartialHash::default())),
            path => Ok(Self::Part(PartialFile::open(path, file)?)),
        }
    }

    /// Bytes that are there.
    pub(super) fn have(&self) -> u64 {
        match self {
            Self::Output(_, hashed) => hashed.have(),
            Self::Part(part) => part.have(),
        }
    }

    /// Appends bytes.
    pub(super) fn write(&mut self, bytes: &[u8]) -> anyhow::Result<()> {
        match self {
            Self::Output(out, hashed) => {
                out.write_all(bytes).context("cannot write standard output")?;
                hashed.add(bytes);
            }
            Self::Part(part) => part.write(bytes)?,
        }
        Ok(())
    }

    /// All bytes are there: gives the file its name, and returns that. What is wrong is taken away.
    pub(super) fn finish(self, file: &ServerFile) -> anyhow::Result<Option<PathBuf>> {
        let finished = match self {
            Self::Output(mut out, hashed) => {
                let _ = out.flush();
                hashed.check(file).map(|()| None)
            }
            Self::Part(part) => part.finish(file).map(Some),
        };
        finished.map_err(|error| match error {
            SaveError::WrongBytes { .. } => Because::new(Exit::Failed, error.to_string()).into(),
            error => error.into(),
        })
    }
}
