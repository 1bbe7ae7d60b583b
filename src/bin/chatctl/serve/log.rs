//! `--log-format` and `--log-file`: where log lines go, and how they look.

use std::fs::{File, OpenOptions};
use std::io::{self, IsTerminal, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::Context;
use clap::{Args, ValueEnum};
use tracing_appender::non_blocking::WorkerGuard;
use tracing_subscriber::EnvFilter;

use crate::log_writer::LogWriter;

/// Where log lines go.
#[derive(Debug, Args)]
pub(super) struct LogArguments {
    /// How log lines look [default: text]
    #[arg(long, value_name = "FORMAT")]
    log_format: Option<LogFormat>,
    /// Append the log to this file, which SIGHUP opens again, so that it can be moved away [default: standard error]
    #[arg(long, value_name = "FILE")]
    log_file: Option<PathBuf>,
}

/// How log lines look.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum LogFormat {
    /// For people.
    Text,
    /// One JSON object each.
    Json,
}

/// The log, which is written until this is dropped; that waits a moment for the last lines.
pub(super) struct Log {
    file: Option<LogFile>,
    _guard: WorkerGuard,
}

/// A file that can be opened again under its name.
#[derive(Clone)]
pub(super) struct LogFile {
    path: PathBuf,
    open: Arc<Mutex<File>>,
}

impl LogArguments {
    /// Logs from now on, at the level that `RUST_LOG` sets.
    pub(super) fn begin(&self) -> anyhow::Result<Log> {
        let file = self.log_file.as_deref().map(LogFile::open).transpose()?;
        let ((writer, guard), color) = match &file {
            Some(file) => (LogWriter::new(file.clone()), false),
            None => {
                let may = std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty());
                (LogWriter::new(io::stderr()), may && io::stderr().is_terminal())
            }
        };
        let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("info"));
        let format = tracing_subscriber::fmt().with_target(false);
        // A log that cannot be written is no reason not to serve; to complain on standard error would panic.
        let format = format.log_internal_errors(false).with_env_filter(filter).with_writer(Mutex::new(writer));
        match self.log_format {
            Some(LogFormat::Json) => format.json().flatten_event(true).init(),
            Some(LogFormat::Text) | None => format.with_ansi(color).init(),
        }
        Ok(Log { file, _guard: guard })
    }
}

impl Log {
    /// The file, if it goes to one.
    pub(super) fn file(&self) -> Option<LogFile> {
        self.file.clone()
    }
}

impl LogFile {
    fn open(path: &Path) -> anyhow::Result<Self> {
        let file = append(path).with_context(|| format!("cannot write {}", path.display()))?;
        Ok(Self { path: path.to_path_buf(), open: Arc::new(Mutex::new(file)) })
    }

    /// Goes on in the file that has the name now. If there can be none, the old one goes on.
    pub(super) fn reopen(&self) {
        match append(&self.path) {
            Ok(file) => *self.open.lock().unwrap_or_else(PoisonError::into_inner) = file,
            Err(error) => tracing::error!("cannot open {} again: {error}", self.path.display()),
        }
    }
}

impl Write for LogFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner).write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn append(path: &Path) -> io::Result<File> {
    OpenOptions::new().append(true).create(true).open(path)
}
