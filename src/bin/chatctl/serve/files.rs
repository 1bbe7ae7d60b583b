//! The files that users of `chatctl serve` send: how many it takes and how long it keeps them.

use std::path::Path;

use chatctl::server::FilesConfig;
use chatctl::store::files::FileLimits;
use clap::Args;

use super::data::ByteSize;
use super::with_default;
use crate::time;

/// How much is taken and kept of files.
#[derive(Debug, Args)]
pub(super) struct FileArguments {
    #[arg(long, value_name = "SIZE", help = with_default("Largest file that a user may send, such as 1GiB; 0 means no files", "100MiB"))]
    max_file: Option<ByteSize>,
    #[arg(long, value_name = "SIZE", help = with_default("Total size of all files", "10GiB"))]
    max_files: Option<ByteSize>,
    #[arg(long, value_name = "TIME", value_parser = time::longer_than_zero, help = with_default("Delete files older than this", "30d"))]
    keep_files: Option<humantime::Duration>,
}

impl FileArguments {
    /// The files are kept beside everything else that survives, if anything does.
    pub(super) fn config(&self, data: Option<&Path>) -> FilesConfig {
        let default = FileLimits::default();
        let file = self.max_file.map_or(default.file, |size| size.0);
        let limits = FileLimits {
            file,
            all: self.max_files.map_or(default.all, |size| size.0),
            day_of_one: default.day_of_one.max(file.saturating_mul(4)),
            keep: self.keep_files.map(Into::into).or(default.keep),
            ..default
        };
        FilesConfig { folder: data.map(|data| data.join("files")), limits }
    }
}
