//! A line per file: live on a terminal, once at its end elsewhere.

use std::time::Duration;

use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::Ending;
use crate::run::outcome::FileOutcome;
use crate::text::numbers::{counted, seconds};
use crate::text::visible::visible;

/// How often a live line is drawn.
const TICK: Duration = Duration::from_millis(100);

/// Tells of files while they run.
#[derive(Debug)]
pub struct RunProgress {
    live: Option<MultiProgress>,
}

/// The line of one file that runs.
#[derive(Debug)]
pub struct Running(Option<ProgressBar>);

impl RunProgress {
    /// Draws on standard error if `live`, which a terminal must be; else shows nothing while files run.
    #[must_use]
    pub fn new(live: bool) -> Self {
        Self { live: live.then(|| MultiProgress::with_draw_target(ProgressDrawTarget::stderr())) }
    }

    /// Shows that a file begins.
    #[must_use]
    pub fn begin(&self, name: &str) -> Running {
        Running(self.live.as_ref().map(|lines| {
            let style = ProgressStyle::with_template("{spinner} {msg} {elapsed}");
            let bar = ProgressBar::new_spinner().with_style(style.unwrap_or_else(|_| ProgressStyle::default_spinner()));
            let bar = lines.add(bar);
            bar.set_message(visible(name));
            bar.enable_steady_tick(TICK);
            bar
        }))
    }

    /// Lets `write` print something while no live line is in its way.
    pub fn aside<R>(&self, write: impl FnOnce() -> R) -> R {
        match &self.live {
            Some(lines) => lines.suspend(write),
            None => write(),
        }
    }
}

impl Running {
    /// The file has ended.
    pub fn end(self) {
        if let Some(bar) = self.0 {
            bar.finish_and_clear();
        }
    }
}

/// The line of a file that has ended.
#[must_use]
pub fn line(file: &FileOutcome) -> String {
    let name = visible(file.source.name());
    if !file.errors.is_empty() {
        return format!("{name}: {}, nothing ran", counted(file.errors.len(), "error"));
    }
    let steps: usize = file.tests.iter().map(|test| test.steps).sum();
    let ending = Ending::of_file(file).as_str();
    let interrupted = file.tests.iter().find_map(|test| test.interrupted_in);
    let place = interrupted.map_or(String::new(), |line| format!(" in {}", visible(&file.source.line_name(line))));
    format!("{name}: {ending}{place}, {} in {}", counted(steps, "step"), seconds(file.elapsed))
}
