//! Whether a figure of two loads differs by no more than two equal loads can: by how many times were measured, and by what
//! no machine holds still.

use crate::lang::ast::{Figure, Latency, Statistic};
use crate::load::figures::{Figures, Quantiles};

/// A relative difference below this is noise on any machine.
const STEADY: f64 = 0.05;

/// How many standard deviations of its rank a percentile may be off.
const DEVIATIONS: f64 = 2.0;

/// Whether two values are as close as no machine holds still.
pub(super) fn is_close(before: f64, after: f64) -> bool {
    (after - before).abs() <= STEADY * before.abs().max(after.abs())
}

/// Whether the figure of the second load differs from that of the first by noise only.
pub(super) fn is_noise(figure: Figure, figures: [&Figures; 2]) -> bool {
    let [Some(before), Some(after)] = figures.map(|figures| figures.value(figure)) else { return false };
    if is_close(before, after) {
        return true;
    }
    match figure {
        Figure::Latency { latency, origin, statistic } => {
            let [first, second] = figures.map(|figures| {
                // The deliveries of one message are slow together, so that they count as one.
                let fanouts = figures.quantiles(Latency::Fanout, origin).count;
                let quantiles = figures.quantiles(latency, origin);
                let count = if latency == Latency::Delivery && fanouts > 0 { fanouts } else { quantiles.count };
                range(quantiles, count as f64, statistic)
            });
            matches!((first, second), (Some((low, high)), Some((from, to))) if low <= to && from <= high)
        }
        // A rate is a count in the time that both loads had.
        Figure::SentRate => is_noise(Figure::Sent, figures),
        Figure::RoundRate => is_noise(Figure::Rounds, figures),
        // Of files of different sizes, nothing is known beyond that.
        Figure::ByteRate => false,
        // What should not happen at all is never noise.
        Figure::Lost
        | Figure::Duplicated
        | Figure::Reordered
        | Figure::Misdelivered
        | Figure::Disordered
        | Figure::Corrupted
        | Figure::Errors => false,
        // Events that come by chance: the deviation of such a count is its root.
        Figure::Undelivered | Figure::Unsent | Figure::Sent | Figure::Rounds | Figure::Delivered => {
            (after - before).abs() <= DEVIATIONS * (after + before).sqrt()
        }
    }
}

/// Between which times a percentile of another load of the same kind would be, if so many of its times came independently.
fn range(quantiles: &Quantiles, count: f64, statistic: Statistic) -> Option<(f64, f64)> {
    // The longest time of all has no upper bound, and the lower one is that of the last two.
    let part = statistic.quantile().unwrap_or(0.5).min(1.0 - 1.0 / count);
    let deviation = DEVIATIONS * (part * (1.0 - part) / count).sqrt();
    // Of so few times that a percentile is the longest, no more is known of it than of that.
    let is_longest = statistic == Statistic::Max || quantiles.value(statistic) == quantiles.max;
    let high = if is_longest { f64::INFINITY } else { at(quantiles, part + deviation)? };
    Some((at(quantiles, part - deviation)?, high))
}

/// The time at a quantile, between the two nearest that are known.
fn at(quantiles: &Quantiles, part: f64) -> Option<f64> {
    let known = Statistic::ALL.into_iter().filter_map(|known| Some((known.quantile()?, quantiles.value(known)?)));
    // Below the median nothing is known: as far below it as the next one is above.
    let (first, next) = (quantiles.p50?, quantiles.p90?);
    let known: Vec<(f64, f64)> = std::iter::once((0.1, first * first / next.max(first))).chain(known).collect();
    if part <= known[0].0 {
        return Some(known[0].1);
    }
    let pair = known.windows(2).find(|pair| part <= pair[1].0);
    let Some([(low, from), (high, to)]) = pair.and_then(|pair| <[(f64, f64); 2]>::try_from(pair).ok()) else {
        return quantiles.max;
    };
    Some(from + (to - from) * (part - low) / (high - low))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lang::ast::Origin;
    use crate::load::figures::LatencyFigures;

    fn figures(count: u64, factor: f64) -> Figures {
        let at = |value: f64| Some(value * factor);
        let quantiles = Quantiles {
            count,
            mean: at(1.5),
            p50: at(1.0),
            p90: at(2.0),
            p95: at(3.0),
            p99: at(6.0),
            p999: at(20.0),
            max: at(50.0),
        };
        Figures { written: LatencyFigures { delivery: quantiles, ..LatencyFigures::default() }, ..Figures::default() }
    }

    fn noisy(count: u64, factor: f64) -> Vec<&'static str> {
        let (first, second) = (figures(count, 1.0), figures(count, factor));
        let is_noise = |statistic: &Statistic| {
            let figure = Figure::Latency { latency: Latency::Delivery, origin: Origin::Written, statistic: *statistic };
            is_noise(figure, [&first, &second])
        };
        Statistic::ALL.into_iter().filter(is_noise).map(Statistic::name).collect()
    }

    #[test]
    fn few_times_say_little_about_the_ends_of_a_distribution() {
        assert_eq!(noisy(100_000, 1.04), ["mean", "p50", "p90", "p95", "p99", "p999", "max"]);
        assert_eq!(noisy(100_000, 1.3), ["p999", "max"]);
        assert_eq!(noisy(200, 1.3), ["p90", "p95", "p99", "p999", "max"]);
    }

    #[test]
    fn the_deliveries_of_one_message_count_as_one_and_a_percentile_may_be_the_longest() {
        let of = |factor, fanouts, max| {
            let mut figures = figures(100_000, factor);
            figures.written.fanout.count = fanouts;
            figures.written.delivery.max = Some(max);
            figures
        };
        let (latency, origin) = (Latency::Delivery, Origin::Written);
        let p90 = Figure::Latency { latency, origin, statistic: Statistic::P90 };
        assert!(!is_noise(p90, [&of(1.0, 0, 50.0), &of(1.3, 0, 65.0)]));
        assert!(is_noise(p90, [&of(1.0, 200, 50.0), &of(1.3, 200, 65.0)]));
        let p999 = Figure::Latency { latency, origin, statistic: Statistic::P999 };
        assert!(is_noise(p999, [&of(1.0, 0, 20.0), &of(9.0, 0, 180.0)]));
    }

    #[test]
    fn events_that_come_by_chance_differ_by_the_root_of_their_number() {
        let of = |unsent| Figures { unsent, lost: unsent, ..Figures::default() };
        assert!(is_noise(Figure::Unsent, [&of(0), &of(3)]));
        assert!(!is_noise(Figure::Unsent, [&of(0), &of(5)]));
        assert!(is_noise(Figure::Unsent, [&of(100), &of(120)]));
        assert!(!is_noise(Figure::Lost, [&of(0), &of(1)]), "that a message is lost is no chance");
    }
}
