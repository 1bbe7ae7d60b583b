//! Why a file is not taken, given or removed.

use std::fmt;

use super::{BUSY, INCOMPLETE, NO_SUCH_FILE, Refusal};
use crate::protocol::file::FileId;

/// Why a file is not taken, given or removed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FileRefusal {
    /// No file has this id, or it was removed.
    NoSuchFile(Box<str>),
    /// No upload has this token, or its time is over.
    NoSuchToken,
    /// Somebody else has sent the file.
    NotTheSender(FileId),
    /// A file of more bytes than this.
    TooLarge(u64),
    /// All files together would have more bytes than this.
    TooManyBytes(u64),
    /// The disk has no room for the file.
    NoSpace,
    /// Only a part of the bytes has come.
    Incomplete {
        /// Bytes that have come.
        have: u64,
        /// Bytes of the file.
        size: u64,
    },
    /// As many files are under way as may be.
    TransfersBusy(usize),
    /// Another connection brings the file.
    UploadBusy,
    /// The caller has announced as many files as may be under way.
    TooManyUploads(usize),
    /// The caller would send more bytes than this in a day.
    TooManyBytesOfDay(u64),
}

impl FileRefusal {
    pub(super) fn code(&self) -> &'static str {
        match self {
            Self::NoSuchFile(_) => NO_SUCH_FILE,
            Self::NoSuchToken => "no-such-token",
            Self::NotTheSender(_) => "not-the-sender",
            Self::TooLarge(_) => "too-large",
            Self::TooManyBytes(_) | Self::NoSpace => "no-space",
            Self::Incomplete { .. } => INCOMPLETE,
            Self::TransfersBusy(_) | Self::UploadBusy => BUSY,
            Self::TooManyUploads(_) | Self::TooManyBytesOfDay(_) => "too-many",
        }
    }
}

impl fmt::Display for FileRefusal {
    /// The detail, without the code.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoSuchFile(id) => f.write_str(id),
            Self::NoSuchToken => f.write_str("no upload has this token"),
            Self::NotTheSender(id) => write!(f, "somebody else has sent the file {id}"),
            Self::TooLarge(limit) => write!(f, "more than {limit} bytes"),
            Self::TooManyBytes(limit) => write!(f, "all files together may have {limit} bytes"),
            Self::NoSpace => f.write_str("the disk has no room for the file"),
            Self::Incomplete { have, size } => write!(f, "{have} of {size} bytes"),
            Self::TransfersBusy(limit) => write!(f, "{limit} files are under way"),
            Self::UploadBusy => f.write_str("another connection brings this file"),
            Self::TooManyUploads(limit) => write!(f, "{limit} files of yours are under way"),
            Self::TooManyBytesOfDay(limit) => write!(f, "more than {limit} bytes a day"),
        }
    }
}

impl From<FileRefusal> for Refusal {
    fn from(why: FileRefusal) -> Self {
        Self::File(why)
    }
}
