//! Thresholds (`fail if`): the defaults, what replaces them, and how a figure is judged.

use std::fmt::Write as _;

use super::figures::Figures;
use super::outcome::Judgement;
use crate::diagnostic::source::{Span, Spanned};
use crate::lang::ast::{Comparison, Figure, Limit, Threshold};
use crate::text::numbers::{latency, setting};

/// The figures that must be zero unless a threshold says otherwise.
const ZERO_BY_DEFAULT: [Figure; 7] = [
    Figure::Lost,
    Figure::Duplicated,
    Figure::Reordered,
    Figure::Misdelivered,
    Figure::Disordered,
    Figure::Corrupted,
    Figure::Errors,
];

/// The thresholds of the script and of the command line, and the defaults for the figures that neither names. A threshold
/// of the command line replaces those of the script on the same figure. Without files, none can be corrupted.
#[must_use]
pub fn with_defaults(own: &[Threshold], flags: &[Threshold], has_files: bool) -> Vec<Threshold> {
    let kept = own.iter().filter(|own| flags.iter().all(|flag| flag.figure.value != own.figure.value));
    let said: Vec<Threshold> = kept.chain(flags).cloned().collect();
    let due = ZERO_BY_DEFAULT.into_iter().filter(|figure| has_files || *figure != Figure::Corrupted);
    let defaults = due.filter(|figure| said.iter().all(|said| said.figure.value != *figure));
    let defaults: Vec<Threshold> = defaults.map(above_zero).collect();
    said.into_iter().chain(defaults).collect()
}

fn above_zero(figure: Figure) -> Threshold {
    let span = Span::default();
    Threshold {
        span,
        figure: Spanned::new(figure, span),
        comparison: Comparison::Greater,
        limit: Spanned::new(Limit::Count(0), span),
    }
}

/// Judges a threshold. It is missed if its figure was not measured: nobody can say that it was kept.
#[must_use]
pub fn judge(threshold: &Threshold, figures: &Figures) -> Judgement {
    let (figure, limit) = (threshold.figure.value, threshold.limit.value);
    let value = figures.value(figure);
    let compared = match (value, limit) {
        (None, _) => None,
        (Some(value), Limit::Percent(percent)) => Some((percentage(value, figures.whole(figure)), percent)),
        (Some(value), Limit::Duration(limit)) => Some((value, limit.as_secs_f64() * 1e3)),
        (Some(value), Limit::Count(limit)) => Some((value, limit as f64)),
        (Some(value), Limit::PerSecond(limit)) => Some((value, limit)),
    };
    let is_missed = compared.is_none_or(|(value, limit)| holds(value, threshold.comparison, limit));
    let shown = compared.map(|(value, _)| shown_value(value, limit));
    Judgement { fail_if: text(threshold), value: shown, kept: !is_missed }
}

/// A percentage, which is 0 if there is nothing at all.
fn percentage(value: f64, whole: f64) -> f64 {
    if value == 0.0 { 0.0 } else { value / whole * 100.0 }
}

fn holds(value: f64, comparison: Comparison, limit: f64) -> bool {
    match comparison {
        Comparison::Equal | Comparison::Contains => value == limit,
        Comparison::NotEqual => value != limit,
        Comparison::Less => value < limit,
        Comparison::LessOrEqual => value <= limit,
        Comparison::Greater => value > limit,
        Comparison::GreaterOrEqual => value >= limit,
    }
}

fn shown_value(value: f64, limit: Limit) -> String {
    match limit {
        Limit::Duration(_) => latency(value),
        Limit::Count(_) => format!("{value}"),
        Limit::Percent(_) => format!("{value:.3}%"),
        Limit::PerSecond(_) => format!("{value:.1}/s"),
    }
}

/// The threshold as it is written after `fail if`.
#[must_use]
pub fn text(threshold: &Threshold) -> String {
    let mut text = format!("{} {} ", threshold.figure.value, threshold.comparison.as_str());
    let _ = match threshold.limit.value {
        Limit::Duration(limit) => write!(text, "{}", setting(limit)),
        Limit::Count(limit) => write!(text, "{limit}"),
        Limit::Percent(limit) => write!(text, "{limit}%"),
        Limit::PerSecond(limit) => write!(text, "{limit}/s"),
    };
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lang::parse_threshold;
    use crate::load::figures::{LatencyFigures, Quantiles};

    fn figures() -> Figures {
        let delivery = Quantiles {
            count: 9,
            p50: Some(1.0),
            mean: Some(1.2),
            p90: Some(2.5),
            p95: Some(5.0),
            p99: Some(12.5),
            p999: Some(40.0),
            max: Some(1400.0),
        };
        Figures {
            written: LatencyFigures { delivery, ..LatencyFigures::default() },
            sent: 1000,
            sent_rate: 99.5,
            expected: 2000,
            lost: 3,
            errors: 1,
            casts: 10,
            unsent: 4,
            ..Figures::default()
        }
    }

    fn judged(text: &str) -> Judgement {
        judge(&parse_threshold(text).unwrap(), &figures())
    }

    #[test]
    fn every_kind_of_limit_is_judged() {
        let judgements = [
            "delivery.p50 > 1ms",
            "delivery.p90 >= 2.5ms",
            "delivery.p99 < 10ms",
            "delivery.p999 > 39ms",
            "delivery.max > 1.5s",
            "scheduled.round.p99 > 1s",
            "sent < 1000",
            "sent.rate < 100/s",
            "lost > 3",
            "lost >= 3",
            "lost > 0.1%",
            "lost > 0.2%",
            "lost == 3",
            "lost != 3",
            "errors > 9%",
            "errors <= 1",
            "unsent > 0.3%",
            "duplicated > 0%",
        ]
        .map(judged)
        .map(|judged| {
            let kept = if judged.kept { "kept  " } else { "missed" };
            format!("{kept} {} ({})", judged.fail_if, judged.value.as_deref().unwrap_or("not measured"))
        });
        insta::assert_snapshot!(judgements.join("\n"), @r"
    kept   delivery.p50 > 1ms (1.00 ms)
    missed delivery.p90 >= 2.5ms (2.50 ms)
    kept   delivery.p99 < 10ms (12.5 ms)
    missed delivery.p999 > 39ms (40.0 ms)
    kept   delivery.max > 1.5s (1400 ms)
    missed scheduled.round.p99 > 1s (not measured)
    kept   sent < 1000 (1000)
    missed sent.rate < 100/s (99.5/s)
    kept   lost > 3 (3)
    missed lost >= 3 (3)
    missed lost > 0.1% (0.150%)
    kept   lost > 0.2% (0.150%)
    missed lost == 3 (3)
    kept   lost != 3 (3)
    missed errors > 9% (10.000%)
    missed errors <= 1 (1)
    missed unsent > 0.3% (0.398%)
    kept   duplicated > 0% (0.000%)
    ");
    }

    #[test]
    fn a_threshold_replaces_the_default_of_its_figure() {
        let own = [parse_threshold("lost > 5").unwrap(), parse_threshold("errors > 1%").unwrap()];
        let wished = [parse_threshold("errors > 2%").unwrap()];
        let texts: Vec<String> = with_defaults(&own, &wished, false).iter().map(text).collect();
        let expected =
            ["lost > 5", "errors > 2%", "duplicated > 0", "reordered > 0", "misdelivered > 0", "disordered > 0"];
        assert_eq!(texts, expected);
        let with_files = with_defaults(&own, &wished, true);
        assert!(with_files.iter().map(text).any(|text| text == "corrupted > 0"), "{with_files:?}");
    }

    #[test]
    fn what_is_written_can_be_read_again() {
        for line in [
            "scheduled.connect.p50 >= 90s",
            "round.max > 2.5ms",
            "sent.rate < 12.5/s",
            "undelivered != 0",
            "lost > 0.1%",
        ] {
            assert_eq!(text(&parse_threshold(line).unwrap()), line);
        }
    }
}
