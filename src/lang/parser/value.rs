//! Numbers, durations and what is made of them.

use std::num::{NonZeroU64, NonZeroUsize};
use std::time::Duration;

use pest::Parser;

use super::context::{LineContext, first, first_two};
use super::grammar::{Grammar, Pair, Rule};
use super::sizes::KnownSize;
use crate::diagnostic::source::{Span, Spanned};
use crate::lang::ast::{Comparison, Generator, Interval, Name, Pause};

/// No duration is longer: a year of waiting is a slip of the hand, and sums of shorter ones cannot overflow.
const LONGEST: Duration = Duration::from_secs(366 * 24 * 60 * 60);

/// What stands for a duration that is not known, which has left an error.
const PLACEHOLDER: Duration = Duration::from_secs(1);

/// No generated text is longer: it has to fit into a line.
const LONGEST_TEXT: usize = 8192;

/// `200ms`
pub(super) fn duration(line: &mut LineContext<'_>, pair: &Pair<'_>) -> Duration {
    let Some(text) = size(line, pair, Rule::duration_flag, "a duration such as `200ms`") else {
        return PLACEHOLDER;
    };
    let digits = text.trim_end_matches(|character: char| character.is_ascii_alphabetic());
    let seconds_per_unit = match &text[digits.len()..] {
        "us" => 1e-6,
        "ms" => 1e-3,
        "s" => 1.0,
        "m" => 60.0,
        _ => 3600.0,
    };
    let seconds = digits.parse::<f64>().unwrap_or(f64::INFINITY) * seconds_per_unit;
    match Duration::try_from_secs_f64(seconds) {
        Ok(duration) if duration <= LONGEST => duration,
        Ok(_) | Err(_) => {
            line.error(line.span(pair), "this is longer than a year", "expected a shorter duration", None);
            LONGEST
        }
    }
}

/// A duration that has to be longer than nothing.
pub(super) fn nonzero_duration(line: &mut LineContext<'_>, pair: &Pair<'_>) -> Spanned<Duration> {
    let span = line.span(pair);
    let duration = duration(line, pair);
    Spanned::new(refuse_zero(line, duration, span), span)
}

/// The duration, which must not be zero.
pub(super) fn refuse_zero(line: &mut LineContext<'_>, duration: Duration, span: Span) -> Duration {
    if duration.is_zero() {
        line.error(span, "duration must be above zero", "expected a duration above zero", None);
    }
    duration
}

/// The duration that is all of a setting's value.
pub(super) fn duration_text(line: &mut LineContext<'_>, pair: &Pair<'_>) -> Option<Duration> {
    match Grammar::parse(Rule::duration_value, pair.as_str()) {
        Ok(mut pairs) => {
            let base = line.base;
            line.base += pair.as_span().start();
            let found = pairs.next().map(|flag| duration(line, &first(flag)));
            line.base = base;
            found
        }
        Err(_) => {
            let message = format!("`{}` is not a duration", pair.as_str());
            line.error(line.span(pair), &message, "expected a duration such as `200ms` or `5s`", None);
            None
        }
    }
}

/// What a size says that `rule` reads, as it is written or as the value of `{{n}}` is. `None` if that is not known or no such
/// size, which has left an error.
fn size(line: &mut LineContext<'_>, pair: &Pair<'_>, rule: Rule, expected: &str) -> Option<String> {
    if pair.as_rule() != Rule::size_hole {
        return Some(pair.as_str().to_owned());
    }
    let span = line.span(pair);
    let name = Name::new(first(pair.clone()).as_str());
    match line.sizes.as_mut()?.look_up(&name, span) {
        KnownSize::Value(value) if Grammar::parse(rule, &value).is_ok() => return Some(value),
        KnownSize::Value(value) => {
            let mark = format!("`{name}` is `{value}`, expected {expected}");
            line.error(span, &format!("`{name}` is not {expected}"), &mark, None);
        }
        KnownSize::Later => {
            let message = format!("the value of `{name}` is not known beforehand");
            let help = "a size is checked before anything runs: give `param` or `let` a fixed text";
            line.error(span, &message, "a size here", help);
        }
        KnownSize::Nothing(meant) => {
            let nothing = || "no `param` and no `let` above gives it one".to_owned();
            let mark = meant.map_or_else(nothing, |meant| format!("did you mean `{meant}`?"));
            let help = format!("`param {name} = 5` above it names a size that --param {name}=500 overrides");
            line.error(span, &format!("`{name}` has no value"), &mark, help.as_str());
        }
    }
    None
}

/// The comparison that is written so; the grammar allows no other.
pub(super) fn comparison(text: &str) -> Comparison {
    match text {
        "==" => Comparison::Equal,
        "!=" => Comparison::NotEqual,
        "<" => Comparison::Less,
        "<=" => Comparison::LessOrEqual,
        ">" => Comparison::Greater,
        ">=" => Comparison::GreaterOrEqual,
        _ => Comparison::Contains,
    }
}

/// A whole number.
pub(super) fn number(line: &mut LineContext<'_>, pair: &Pair<'_>) -> Spanned<u64> {
    let span = line.span(pair);
    let Some(text) = size(line, pair, Rule::number_flag, "a whole number") else {
        return Spanned::new(1, span);
    };
    let value = text.parse().unwrap_or_else(|_| {
        line.error(span, "this number is too large", "expected a smaller one", None);
        1
    });
    Spanned::new(value, span)
}

/// A whole number from 1 on.
pub(super) fn positive(line: &mut LineContext<'_>, pair: &Pair<'_>) -> Spanned<NonZeroU64> {
    let number = number(line, pair);
    let value = NonZeroU64::new(number.value).unwrap_or_else(|| {
        line.error(number.span, "must be at least 1", "expected 1 or more", None);
        NonZeroU64::MIN
    });
    Spanned::new(value, number.span)
}

/// A whole number from 1 to `most`.
pub(super) fn positive_size(line: &mut LineContext<'_>, pair: &Pair<'_>, most: usize) -> Spanned<NonZeroUsize> {
    let number = positive(line, pair);
    let size = usize::try_from(number.value.get()).ok().filter(|&size| size <= most);
    let size = size.and_then(NonZeroUsize::new).unwrap_or_else(|| {
        let message = format!("{} is too many", number.value);
        line.error(number.span, &message, &format!("expected at most {most}"), None);
        NonZeroUsize::MIN
    });
    Spanned::new(size, number.span)
}

/// `200/s` or `0.1%`: the number in it, which is finite.
pub(super) fn decimal(pair: Pair<'_>) -> f64 {
    first(pair).as_str().parse().unwrap_or(f64::MAX)
}

/// A rate per second, which may be written per minute.
pub(super) fn per_second(pair: Pair<'_>) -> f64 {
    let is_per_minute = is_per_minute(&pair);
    decimal(pair) / if is_per_minute { 60.0 } else { 1.0 }
}

/// Whether a rate is written per minute.
pub(super) fn is_per_minute(rate: &Pair<'_>) -> bool {
    rate.clone().into_inner().any(|part| part.as_rule() == Rule::per_minute)
}

/// `200ms`, `1s..3s` or `~2s`.
pub(super) fn pause(line: &mut LineContext<'_>, pair: Pair<'_>) -> Pause {
    match pair.as_rule() {
        Rule::mean => Pause::Exponential(duration(line, &first(pair))),
        Rule::duration_range => {
            let span = line.span(&pair);
            let (shortest, longest) = first_two(pair);
            let (shortest, longest) = (duration(line, &shortest), duration(line, &longest));
            refuse_reversed(line, span, shortest <= longest);
            Pause::Uniform(shortest, longest)
        }
        _ => Pause::Constant(duration(line, &pair)),
    }
}

/// `4s` or `~4s`.
pub(super) fn interval(line: &mut LineContext<'_>, pair: Pair<'_>) -> Spanned<Interval> {
    let span = line.span(&pair);
    let interval = match pair.as_rule() {
        Rule::mean => Interval::Poisson(nonzero_duration(line, &first(pair)).value),
        _ => Interval::Fixed(nonzero_duration(line, &pair).value),
    };
    Spanned::new(interval, span)
}

/// `{{text 20..120}}`
pub(super) fn text_range(line: &mut LineContext<'_>, pair: Pair<'_>) -> Generator {
    let span = line.span(&pair);
    let (shortest, longest) = first_two(pair);
    let shortest = positive_size(line, &shortest, LONGEST_TEXT).value.get();
    let longest = positive_size(line, &longest, LONGEST_TEXT).value.get();
    refuse_reversed(line, span, shortest <= longest);
    Generator::Text { shortest, longest }
}

/// `{{int 1..9}}`
pub(super) fn int_range(line: &mut LineContext<'_>, pair: Pair<'_>) -> Generator {
    let span = line.span(&pair);
    let (lowest, highest) = first_two(pair);
    let (lowest, highest) = (integer(line, &lowest), integer(line, &highest));
    refuse_reversed(line, span, lowest <= highest);
    Generator::Int { lowest, highest }
}

fn integer(line: &mut LineContext<'_>, pair: &Pair<'_>) -> i64 {
    pair.as_str().parse().unwrap_or_else(|_| {
        line.error(line.span(pair), "this number is too large", "expected a smaller one", None);
        0
    })
}

fn refuse_reversed(line: &mut LineContext<'_>, span: Span, in_order: bool) {
    if !in_order {
        line.error(span, "the range ends before it begins", "expected the lower bound first", None);
    }
}
