//! Progress while a load runs: a bar on a terminal, a line every five seconds elsewhere.

use std::io::{self, Write};
use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::load::plan::Plan;
use crate::load::sample::Sample;
use crate::text::numbers::{count, counted, latency, rate};

/// The number of samples for each line.
const EVERY: u64 = 5;

/// Shows the progress of a load.
#[derive(Debug)]
pub struct LoadProgress {
    bar: Option<ProgressBar>,
    /// The length of the load, if it is known.
    length: Option<Duration>,
    samples: u64,
    errors: u64,
}

impl LoadProgress {
    /// The progress of this load, with a bar on standard error if `is_live`, which a terminal must be.
    #[must_use]
    pub fn new(plan: &Plan, is_live: bool) -> Self {
        let bar = is_live.then(|| {
            let bar = ProgressBar::with_draw_target(plan.end.map(|end| end.as_secs()), ProgressDrawTarget::stderr());
            let template = if plan.end.is_some() { "{wide_bar} {elapsed}/{len}s {msg}" } else { "{spinner} {msg}" };
            bar.with_style(ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar()))
        });
        Self { bar, length: plan.end, samples: 0, errors: 0 }
    }

    /// Shows a sample.
    pub fn show(&mut self, sample: &Sample) {
        self.samples += 1;
        self.errors += sample.errors;
        let line = self.line(sample);
        match &self.bar {
            Some(bar) => {
                bar.set_position(sample.at as u64);
                bar.set_message(line);
            }
            None if self.samples.is_multiple_of(EVERY) => {
                let at = self.length.map_or(format!("{:.0} s", sample.at), |length| {
                    format!("{:.0} of {:.0} s", sample.at, length.as_secs_f64())
                });
                // Nobody may be reading; that is no reason to stop.
                let _ = writeln!(io::stderr(), "{at}: {line}");
            }
            None => {}
        }
    }

    /// The load has ended.
    pub fn end(&self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }

    fn line(&self, sample: &Sample) -> String {
        let time = |value: Option<f64>| value.map_or("-".to_owned(), latency);
        format!(
            "{}, {} sent, {} delivered, p50 {}, p99 {}, {} errors",
            counted(sample.users, "user"),
            rate(sample.sent),
            rate(sample.delivered),
            time(sample.p50),
            time(sample.p99),
            count(self.errors)
        )
    }
}
