//! Figures of repeated runs as a table: the median of each, and the ratios of runs that were made side by side.

use std::io::{self, Write};

use crate::contestant::Contestant;
use crate::drive::Figures;

/// A contestant's runs in one shape, in the order in which they were made.
pub(crate) type Runs = Vec<(Contestant, Vec<Figures>)>;

/// Writes to standard output; who does not read it does not want it.
pub(crate) fn say(line: std::fmt::Arguments<'_>) {
    let _ = writeln!(io::stdout(), "{line}");
}

/// The middle one, or the mean of the two in the middle.
pub(crate) fn median(values: impl Iterator<Item = f64>) -> f64 {
    let mut values: Vec<f64> = values.collect();
    values.sort_by(f64::total_cmp);
    match values.len() {
        0 => f64::NAN,
        count => f64::midpoint(values[(count - 1) / 2], values[count / 2]),
    }
}

/// One line for each contestant.
pub(crate) fn show(runs: &Runs) {
    say(format_args!(
        "  {:<8} {:>13} {:>8} {:>7} {:>7} {:>9} {:>9} {:>9}",
        "", "deliveries/s", "us CPU", "user", "system", "p50 ms", "p99 ms", "MB"
    ));
    for (contestant, figures) in runs {
        let middle = |of: fn(&Figures) -> f64| median(figures.iter().map(of));
        say(format_args!(
            "  {:<8} {:>13.0} {:>8.3} {:>7.3} {:>7.3} {:>9.3} {:>9.3} {:>9.1}",
            contestant.name(),
            middle(Figures::rate),
            middle(Figures::cost),
            middle(|figures| figures.micros(figures.cpu.user)),
            middle(|figures| figures.micros(figures.cpu.system)),
            middle(|figures| figures.percentile(50.0)),
            middle(|figures| figures.percentile(99.0)),
            middle(|figures| figures.memory as f64 / 1e6),
        ));
    }
}

/// What the columns of the ratios are.
pub(crate) fn head_ratios() {
    say(format_args!(
        "\n  {:<10} {:<16} {:>12} {:>8} {:>9} {:>9}",
        "ratios", "", "deliveries/s", "us CPU", "p50", "p99"
    ));
}

/// How the first contestant compares with each other one: the median over runs made one after the other.
pub(crate) fn show_ratios(shape: &str, runs: &Runs) {
    let Some(((first, ours), others)) = runs.split_first() else { return };
    for (other, theirs) in others {
        let ratio =
            |of: fn(&Figures) -> f64| median(ours.iter().zip(theirs).map(|(ours, theirs)| of(ours) / of(theirs)));
        say(format_args!(
            "  {shape:<10} {:>7} / {:<6} {:>12.2} {:>8.2} {:>9.2} {:>9.2}",
            first.name(),
            other.name(),
            ratio(Figures::rate),
            ratio(Figures::cost),
            ratio(|figures| figures.percentile(50.0)),
            ratio(|figures| figures.percentile(99.0)),
        ));
    }
}
