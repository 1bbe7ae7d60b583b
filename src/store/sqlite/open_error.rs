//! Why a store cannot be opened. Nothing was touched then.

use std::path::{Path, PathBuf};

use rusqlite::ErrorCode;
use thiserror::Error;

/// Why a folder cannot be used as a store.
#[derive(Debug, Error)]
pub enum OpenError {
    /// Another process has it open.
    #[error("{} is in use by another chatctl (process {process})", .dir.display())]
    InUse {
        /// The folder.
        dir: PathBuf,
        /// The id of that process.
        process: String,
    },
    /// The file was written by another program.
    #[error("{} is not a chatctl store", .file.display())]
    Foreign {
        /// The file.
        file: PathBuf,
    },
    /// The file was written by a later version of this program.
    #[error("{} was written by a newer chatctl (schema {found}, this one knows {known})", .file.display())]
    Newer {
        /// The file.
        file: PathBuf,
        /// The version of its tables.
        found: i64,
        /// The latest version that is known here.
        known: i64,
    },
    /// What the file holds makes no sense.
    #[error("{} is damaged: {text}; 'chatctl store check' says more", .file.display())]
    Damaged {
        /// The file.
        file: PathBuf,
        /// What was found.
        text: String,
    },
    /// In a cluster: the file is of a server that was alone.
    #[error("{} holds the chat of a single server: begin with an empty directory, or with a copy of another server's chat.db", .file.display())]
    OfOneServer {
        /// The file.
        file: PathBuf,
    },
    /// In a cluster: the numbers of the file are of another epoch.
    #[error("{} holds the chat of another cluster: begin with an empty directory, or with a copy of another server's chat.db", .file.display())]
    OfAnotherCluster {
        /// The file.
        file: PathBuf,
    },
    /// There is no store where one is to be read.
    #[error("{} is not there", .file.display())]
    Missing {
        /// The file.
        file: PathBuf,
    },
    /// The folder or a file in it cannot be created or written.
    #[error("cannot write to {}: {text}", .dir.display())]
    NotWritable {
        /// The folder.
        dir: PathBuf,
        /// Why.
        text: String,
    },
}

impl OpenError {
    /// What an error of SQLite says about a file.
    pub(super) fn of(file: &Path, error: &rusqlite::Error) -> Self {
        let file = file.to_owned();
        match error.sqlite_error_code() {
            Some(ErrorCode::NotADatabase) => Self::Foreign { file },
            Some(ErrorCode::DatabaseCorrupt) | None => Self::Damaged { file, text: error.to_string() },
            Some(_) => {
                let dir = file.parent().unwrap_or(&file).to_owned();
                Self::NotWritable { dir, text: error.to_string() }
            }
        }
    }
}
