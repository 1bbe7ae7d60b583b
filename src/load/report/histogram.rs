//! A distribution as a few bars of text.

use crate::text::numbers::{count, latency};

/// The most bars.
const BARS: usize = 12;
/// The length of the longest bar, in characters.
const WIDTH: f64 = 40.0;

/// A line for each bar: the upper end of its range, the bar, and how many are in the range.
pub(super) fn bars(distribution: &[(f64, u64)]) -> Vec<String> {
    let merged = merged(distribution);
    let most = merged.iter().map(|(_, count)| *count).max().unwrap_or_default();
    merged.iter().map(|&(end, found)| line(end, found, most)).collect()
}

/// Neighbors are put together until there are few enough.
fn merged(distribution: &[(f64, u64)]) -> Vec<(f64, u64)> {
    let step = distribution.len().div_ceil(BARS).max(1);
    let merge = |ranges: &[(f64, u64)]| {
        let end = ranges.last().map_or(0.0, |(end, _)| *end);
        (end, ranges.iter().map(|(_, count)| count).sum())
    };
    distribution.chunks(step).map(merge).collect()
}

fn line(end: f64, found: u64, most: u64) -> String {
    let length = found as f64 / most.max(1) as f64 * WIDTH;
    let bar = match length {
        length if found > 0 && length < 0.5 => "\u{258f}".to_owned(),
        length => "\u{2588}".repeat(length.round() as usize),
    };
    format!("up to {:>8}  {bar} {}", latency(end), count(found))
}
