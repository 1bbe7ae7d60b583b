//! Times on the command line: one notation and one error for all flags.

use std::time::Duration;

use chatctl::lang::parse_duration;

/// How a time is written.
const EXPECTED: &str = "expected a time such as 200ms, 1.5s or 5m";

/// A time as scripts write it, or in words as in `5min` and `90 days`.
pub(crate) fn duration(text: &str) -> Result<Duration, String> {
    parse_duration(text).or_else(|_| humantime::parse_duration(text)).map_err(|_| EXPECTED.to_owned())
}

/// A time that can be printed again.
pub(crate) fn printable(text: &str) -> Result<humantime::Duration, String> {
    duration(text).map(Into::into)
}

/// A time that is not zero.
pub(crate) fn longer_than_zero(text: &str) -> Result<humantime::Duration, String> {
    let time = duration(text)?;
    if time.is_zero() { Err("expected a time longer than 0s".to_owned()) } else { Ok(time.into()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scripts_and_words_are_understood() {
        for (text, seconds) in [("1.5s", 1.5), ("5m", 300.0), ("5min", 300.0), ("90d", 7_776_000.0), ("200ms", 0.2)] {
            assert_eq!(duration(text).map(|time| time.as_secs_f64()), Ok(seconds), "{text}");
        }
        for text in ["5", "5x", "", "-1s"] {
            assert_eq!(duration(text), Err(EXPECTED.to_owned()), "{text}");
        }
        assert_eq!(longer_than_zero("0s").map(|_| ()), Err("expected a time longer than 0s".to_owned()));
        assert!(longer_than_zero("1s").is_ok());
    }
}
