//! `--log-format` and `--log-file`: where log lines go, and how they look.

use std::fs::{File, OpenOptions};
use std::io::{self, IsTerminal, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::Context;
use clap::{Args, ValueEnum};
use tracing_appender::non_blocking::WorkerGuard;
use tracing_subscriber::filter::LevelFilter;
use tracing_subscriber::fmt::{FormatEvent, FormatFields, MakeWriter, SubscriberBuilder};
use tracing_subscriber::{EnvFilter, Registry, reload};

use super::journal::{self, WithPriority};
use crate::files;
use crate::log_writer::LogWriter;

/// Where log lines go.
#[derive(Debug, Args)]
pub(super) struct LogArguments {
    /// Format of log lines [default: text]
    #[arg(long, value_name = "FORMAT")]
    log_format: Option<LogFormat>,
    /// Log level: error, warn, info, debug or trace, or a filter as in RUST_LOG [default: that of RUST_LOG, or info]
    #[arg(long, value_name = "LEVEL", value_parser = level)]
    log_level: Option<String>,
    /// Append the log to this file; SIGHUP reopens it, for log rotation; - is standard output [default: standard error]
    #[arg(long, value_name = "FILE")]
    log_file: Option<PathBuf>,
}

/// Format of log lines.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum LogFormat {
    /// For people.
    Text,
    /// One JSON object each.
    Json,
}

/// The log, which is written until this is dropped; that waits a moment for the last lines.
pub(super) struct LogGuard {
    file: Option<LogFile>,
    level: LogLevel,
    _guard: WorkerGuard,
}

/// From which level on is logged, which can be changed.
#[derive(Clone)]
pub(super) struct LogLevel {
    current: Arc<Mutex<String>>,
    change: ChangeLevel,
}

/// Has everything logged from another level on.
type ChangeLevel = Arc<dyn Fn(EnvFilter) -> Result<(), reload::Error> + Send + Sync>;

/// A file that can be opened again under its name.
#[derive(Clone)]
pub(super) struct LogFile {
    path: PathBuf,
    open: Arc<Mutex<File>>,
}

impl LogArguments {
    /// From which level on is to be logged.
    pub(super) fn level(&self) -> String {
        let usual = || std::env::var(EnvFilter::DEFAULT_ENV).ok().filter(|wanted| EnvFilter::try_new(wanted).is_ok());
        self.log_level.clone().or_else(usual).unwrap_or_else(|| "info".to_owned())
    }

    /// Logs from now on.
    pub(super) fn begin(&self) -> anyhow::Result<LogGuard> {
        let to_standard_output = self.log_file.as_deref().is_some_and(files::is_standard_stream);
        let file = self.log_file.as_deref().filter(|_| !to_standard_output).map(LogFile::open).transpose()?;
        let is_journal = self.log_file.is_none() && journal::takes_standard_error();
        let may = std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty());
        let ((writer, guard), color) = match &file {
            Some(file) => (LogWriter::new(file.clone()), false),
            None if to_standard_output => (LogWriter::new(io::stdout()), may && io::stdout().is_terminal()),
            None => (LogWriter::new(io::stderr()), may && io::stderr().is_terminal()),
        };
        let level = self.level();
        let filter = EnvFilter::try_new(&level).unwrap_or_else(|_| EnvFilter::new("info"));
        let format = tracing_subscriber::fmt().with_target(false);
        // A log that cannot be written is no reason not to serve; to complain on standard error would panic.
        let format = format.log_internal_errors(false).with_env_filter(filter).with_writer(Mutex::new(writer));
        let change = match self.log_format {
            Some(LogFormat::Json) => started(format.json().flatten_event(true), is_journal),
            // The journal notes the time by itself.
            Some(LogFormat::Text) | None if is_journal => started(format.with_ansi(false).without_time(), true),
            Some(LogFormat::Text) | None => started(format.with_ansi(color), false),
        };
        let level = LogLevel { current: Arc::new(Mutex::new(level)), change };
        Ok(LogGuard { file, level, _guard: guard })
    }
}

/// Logs in this format from now on, with the priority of each line before it if the journal wants that.
fn started<N, E, W>(format: SubscriberBuilder<N, E, EnvFilter, W>, is_journal: bool) -> ChangeLevel
where
    N: for<'a> FormatFields<'a> + Send + Sync + 'static,
    E: FormatEvent<Registry, N> + Send + Sync + 'static,
    W: for<'a> MakeWriter<'a> + Send + Sync + 'static,
    WithPriority<E>: FormatEvent<Registry, N>,
{
    let format = format.map_event_format(|lines| WithPriority { lines, is_journal }).with_filter_reloading();
    let handle = format.reload_handle();
    format.init();
    Arc::new(move |filter| handle.reload(filter))
}

impl LogGuard {
    /// Its level.
    pub(super) fn level(&self) -> LogLevel {
        self.level.clone()
    }

    /// The file, if it goes to one.
    pub(super) fn file(&self) -> Option<LogFile> {
        self.file.clone()
    }
}

impl LogLevel {
    /// What it is.
    pub(super) fn current(&self) -> String {
        self.current.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Logs from this level on.
    pub(super) fn set(&self, wanted: &str) -> Result<(), String> {
        let wanted = level(wanted)?;
        let filter = EnvFilter::try_new(&wanted).map_err(|error| error.to_string())?;
        (self.change)(filter).map_err(|error| error.to_string())?;
        *self.current.lock().unwrap_or_else(PoisonError::into_inner) = wanted;
        Ok(())
    }
}

/// A level, or directives; a word alone that is no level would be taken for the name of a part of the program.
fn level(text: &str) -> Result<String, String> {
    let is_known = if text.contains('=') {
        EnvFilter::try_new(text).is_ok()
    } else {
        text.split(',').all(|word| word.parse::<LevelFilter>().is_ok() && word.parse::<u8>().is_err())
    };
    let wanted = "expected off, error, warn, info, debug or trace, or what RUST_LOG takes, like chatctl::server=debug";
    if is_known { Ok(text.to_owned()) } else { Err(format!("{wanted}, and found '{text}'")) }
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
