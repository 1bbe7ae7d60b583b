//! Numbers as people read them: counts, bytes, rates, durations and plurals. No other file formats a duration for a user.

use std::time::Duration;

/// A count with commas between its thousands: `1,234,567`.
#[must_use]
pub fn count(value: u64) -> String {
    let digits = value.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (position, digit) in digits.chars().enumerate() {
        if position > 0 && (digits.len() - position).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// A count and its noun: `1 user`, `2 users`.
#[must_use]
pub fn counted(value: impl TryInto<u64>, noun: &str) -> String {
    // Only 128 bits could be too many for 64.
    let value = value.try_into().unwrap_or(u64::MAX);
    format!("{} {noun}{}", count(value), plural(value))
}

/// The ending of a noun after this number: nothing for exactly one, else an `s`.
#[must_use]
pub fn plural(value: impl TryInto<u64>) -> &'static str {
    if value.try_into().is_ok_and(|value| value == 1) { "" } else { "s" }
}

/// A rate per second: `9.5/s`, `12,346/s`.
#[must_use]
pub fn rate(per_second: f64) -> String {
    if per_second < 100.0 { format!("{per_second:.1}/s") } else { format!("{}/s", count(per_second.round() as u64)) }
}

/// Bytes in the unit that fits: `100 B`, `4.1 KiB`, `3.0 MiB`.
#[must_use]
pub fn bytes(value: u64) -> String {
    const KIB: f64 = 1024.0;
    let value = value as f64;
    match value {
        value if value < KIB => format!("{value} B"),
        value if value < KIB * KIB => format!("{:.1} KiB", value / KIB),
        value if value < KIB * KIB * KIB => format!("{:.1} MiB", value / KIB / KIB),
        value => format!("{:.2} GiB", value / KIB / KIB / KIB),
    }
}

/// A duration that was measured, with the digits that matter at a glance: `0.4 ms`, `42 ms`, `1.2 s`.
#[must_use]
pub fn duration(value: Duration) -> String {
    let milliseconds = value.as_secs_f64() * 1e3;
    match milliseconds {
        value if value < 10.0 => format!("{value:.1} ms"),
        value if value < 1000.0 => format!("{value:.0} ms"),
        value => format!("{:.1} s", value / 1e3),
    }
}

/// A latency, from milliseconds, with three significant digits: `0.123 ms`, `1.23 ms`, `123 ms`.
#[must_use]
pub fn latency(milliseconds: f64) -> String {
    match milliseconds {
        value if value < 1.0 => format!("{value:.3} ms"),
        value if value < 10.0 => format!("{value:.2} ms"),
        value if value < 100.0 => format!("{value:.1} ms"),
        value if value < 10_000.0 => format!("{value:.0} ms"),
        value => format!("{:.1} s", value / 1e3),
    }
}

/// The same without the unit, for a column that names it: `0.123`, `1.23`, `123`. Never above six characters in an hour.
#[must_use]
pub fn milliseconds(milliseconds: f64) -> String {
    match milliseconds {
        value if value < 1.0 => format!("{value:.3}"),
        value if value < 10.0 => format!("{value:.2}"),
        value if value < 100.0 => format!("{value:.1}"),
        value if value < 1e6 => format!("{value:.0}"),
        value => format!("{:.0}s", value / 1e3),
    }
}

/// How long something ran, in seconds with three decimals: `0.012 s`.
#[must_use]
pub fn seconds(value: Duration) -> String {
    format!("{:.3} s", value.as_secs_f64())
}

/// A duration that somebody has set, as scripts and flags write it: `250ms`, `2s`.
#[must_use]
pub fn setting(value: Duration) -> String {
    let seconds = value.as_secs_f64();
    if seconds < 1.0 { format!("{}ms", seconds * 1e3) } else { format!("{seconds}s") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_grouped_and_have_units() {
        assert_eq!([0, 999, 1000, 1_234_567].map(count), ["0", "999", "1,000", "1,234,567"]);
        assert_eq!([bytes(100), bytes(4_200), bytes(3 << 20)], ["100 B", "4.1 KiB", "3.0 MiB"]);
        assert_eq!([rate(9.54), rate(12_345.6)], ["9.5/s", "12,346/s"]);
    }

    #[test]
    fn only_one_is_not_many() {
        assert_eq!([0_usize, 1, 2000].map(|value| counted(value, "user")), ["0 users", "1 user", "2,000 users"]);
        assert_eq!([0_u32, 1, 2].map(plural), ["s", "", "s"]);
    }

    #[test]
    fn durations_are_as_exact_as_their_purpose_needs() {
        let micros = Duration::from_micros;
        assert_eq!([micros(412), micros(412_340), micros(1_234_000)].map(duration), ["0.4 ms", "412 ms", "1.2 s"]);
        assert_eq!([0.1234, 12.34, 1234.0, 12_340.0].map(latency), ["0.123 ms", "12.3 ms", "1234 ms", "12.3 s"]);
        assert_eq!([micros(12_340), micros(61_000_000)].map(seconds), ["0.012 s", "61.000 s"]);
        assert_eq!([micros(250_000), micros(2_000_000), micros(1_500_000)].map(setting), ["250ms", "2s", "1.5s"]);
    }
}
