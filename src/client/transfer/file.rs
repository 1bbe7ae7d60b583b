//! A file as a server tells of it, with its name made harmless again: the server may be anybody's.

use crate::protocol::dialect::{ServerLine, WholeFile};
use crate::protocol::file::{ContentHash, FileId, FileName};

use super::error::TransferError;

/// A file that a server has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServerFile {
    /// What it is fetched by.
    pub id: FileId,
    /// Its bytes.
    pub size: u64,
    /// What they are.
    pub hash: ContentHash,
    /// What it is called.
    pub name: FileName,
}

impl ServerFile {
    fn of(file: &WholeFile<'_>) -> Option<Self> {
        let (id, hash) = (FileId::parse(file.id)?, ContentHash::parse(file.sha256)?);
        // Nothing may be left of a name that is not one of our servers.
        let name = FileName::new(file.name).or_else(|_| FileName::new(&id.to_string())).ok()?;
        Some(Self { id, size: file.size, hash, name })
    }

    /// What this answer tells of, which is read already.
    pub(super) fn told(line: &str, read: &ServerLine<'_>) -> Result<Self, TransferError> {
        match read {
            ServerLine::FileStored(file) | ServerLine::FileHead(file) => {
                Self::of(file).ok_or_else(|| TransferError::Unexpected(line.to_owned()))
            }
            ServerLine::Refused { code, detail } => {
                Err(TransferError::Refused { code: (*code).to_owned(), detail: (*detail).to_owned() })
            }
            _ => Err(TransferError::Unexpected(line.to_owned())),
        }
    }
}
