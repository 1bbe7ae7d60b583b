//! `compare --fail-if`: by how much a figure of the second load may differ from that of the first.

use super::noise::is_noise;
use crate::lang::ast::Figure;
use crate::load::outcome::Outcome;
use crate::text::nearest::nearest;

/// What counts as worse: `delivery.p99 > +20%`.
#[derive(Clone, Debug, PartialEq)]
pub struct Regression {
    figure: Figure,
    /// Whether more is worse, or less.
    is_above: bool,
    /// The difference from which on it is, as a part of the first value.
    part: f64,
}

/// The judgement on a figure.
#[derive(Clone, Debug, PartialEq)]
pub struct Compared {
    /// The rule, and what was found.
    pub text: String,
    /// Whether the second load is worse than it may be.
    pub is_missed: bool,
}

impl Regression {
    /// Reads `FIGURE > +20%` or `FIGURE < -5%`.
    ///
    /// # Errors
    /// What was expected.
    pub fn parse(text: &str) -> Result<Self, String> {
        let expected = || "expected a rule such as `delivery.p99 > +20%` or `delivered < -5%`".to_owned();
        let (name, is_above, limit) = match (text.split_once('>'), text.split_once('<')) {
            (Some((name, limit)), None) => (name.trim(), true, limit.trim()),
            (None, Some((name, limit))) => (name.trim(), false, limit.trim()),
            _ => return Err(expected()),
        };
        let figure = Figure::parse(name).ok_or_else(|| unknown(name))?;
        let signed = limit.strip_suffix('%').filter(|number| number.starts_with(['+', '-'])).ok_or_else(expected)?;
        let percent: f64 = signed.parse().map_err(|_| expected())?;
        let part = if percent.is_finite() { percent / 100.0 } else { return Err(expected()) };
        Ok(Self { figure, is_above, part })
    }

    /// Judges two loads. A difference within the noise is none; a figure that only one of them measured is a miss.
    #[must_use]
    pub fn judge(&self, outcomes: [&Outcome; 2]) -> Compared {
        let figures = outcomes.map(|outcome| &outcome.figures);
        let rule = self.to_string();
        let (part, is_missed) = match figures.map(|figures| figures.value(self.figure)) {
            [Some(before), Some(after)] => {
                let part = if before == after { 0.0 } else { after / before - 1.0 };
                let is_worse = if self.is_above { part > self.part } else { part < self.part };
                (part, is_worse)
            }
            _ => return Compared { text: format!("{rule}: not measured in both"), is_missed: true },
        };
        let found = if part.is_finite() { format!("{:+.1}%", part * 100.0) } else { "from nothing".to_owned() };
        let is_noise = is_missed && is_noise(self.figure, figures);
        let note = if is_noise { ", within the noise" } else { "" };
        Compared { text: format!("{rule}: {found}{note}"), is_missed: is_missed && !is_noise }
    }
}

impl std::fmt::Display for Regression {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {} {:+}%", self.figure, if self.is_above { '>' } else { '<' }, self.part * 100.0)
    }
}

fn unknown(name: &str) -> String {
    let names: Vec<String> = Figure::all().map(Figure::name).collect();
    match nearest(name, names.iter().map(String::as_str)) {
        Some(meant) => format!("unknown figure `{name}`; did you mean `{meant}`?"),
        None => format!("unknown figure `{name}`"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rule_says_in_which_direction_and_by_how_much() {
        for rule in ["delivery.p99 > +20%", "rounds.rate < -5%", "lost > +0%"] {
            assert_eq!(Regression::parse(rule).unwrap().to_string(), rule);
        }
        assert_eq!(
            Regression::parse("delivery.p98 > +1%").unwrap_err(),
            "unknown figure `delivery.p98`; did you mean `delivery.p90`?"
        );
        for wrong in
            ["delivery.p99", "delivery.p99 > 20ms", "delivery.p99 > 20%", "delivery.p99 <> +1%", "lost > +inf%"]
        {
            assert!(Regression::parse(wrong).is_err(), "{wrong}");
        }
    }
}
