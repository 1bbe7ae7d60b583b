//! What the journal of systemd reads from standard error beside the text: how urgent each line is.

use std::{env, fmt, io};

use tracing::{Event, Level, Subscriber};
use tracing_subscriber::fmt::format::Writer;
use tracing_subscriber::fmt::{FmtContext, FormatEvent, FormatFields};
use tracing_subscriber::registry::LookupSpan;

/// Whether standard error goes to the journal: `JOURNAL_STREAM` names the stream that systemd has made, and it may have
/// been redirected since.
pub(super) fn takes_standard_error() -> bool {
    let Some(stream) = env::var("JOURNAL_STREAM").ok() else { return false };
    let Ok(about) = rustix::fs::fstat(io::stderr()) else { return false };
    stream == format!("{}:{}", about.st_dev, about.st_ino)
}

/// Lines with `<N>` before them, the priority of syslog, if they go to the journal; that takes it away again.
pub(super) struct WithPriority<F> {
    pub(super) lines: F,
    pub(super) is_journal: bool,
}

impl<S, N, F> FormatEvent<S, N> for WithPriority<F>
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    N: for<'a> FormatFields<'a> + 'static,
    F: FormatEvent<S, N>,
{
    fn format_event(&self, context: &FmtContext<'_, S, N>, mut to: Writer<'_>, event: &Event<'_>) -> fmt::Result {
        if self.is_journal {
            write!(to, "<{}>", priority(*event.metadata().level()))?;
        }
        self.lines.format_event(context, to, event)
    }
}

fn priority(level: Level) -> u8 {
    match level {
        Level::ERROR => 3,
        Level::WARN => 4,
        Level::INFO => 6,
        Level::DEBUG | Level::TRACE => 7,
    }
}
