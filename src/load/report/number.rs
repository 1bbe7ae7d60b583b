//! Numbers as people read them.

/// A count with commas between its thousands.
pub(super) fn count(value: u64) -> String {
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

/// How many a second.
pub(super) fn rate(value: f64) -> String {
    if value < 100.0 { format!("{value:.1}/s") } else { format!("{}/s", count(value.round() as u64)) }
}

/// Bytes in the unit that fits.
pub(super) fn bytes(value: u64) -> String {
    const KIB: f64 = 1024.0;
    let value = value as f64;
    match value {
        value if value < KIB => format!("{value} B"),
        value if value < KIB * KIB => format!("{:.1} KiB", value / KIB),
        value if value < KIB * KIB * KIB => format!("{:.1} MiB", value / KIB / KIB),
        value => format!("{:.2} GiB", value / KIB / KIB / KIB),
    }
}

/// `1 user`, `2 users`.
pub(super) fn counted(value: u64, noun: &str) -> String {
    if value == 1 { format!("1 {noun}") } else { format!("{} {noun}s", count(value)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_grouped_and_have_units() {
        assert_eq!([0, 999, 1000, 1_234_567].map(count), ["0", "999", "1,000", "1,234,567"]);
        assert_eq!([bytes(100), bytes(4_200), bytes(3 << 20)], ["100 B", "4.1 KiB", "3.0 MiB"]);
        assert_eq!([rate(9.54), rate(12_345.6)], ["9.5/s", "12,346/s"]);
        assert_eq!([counted(1, "user"), counted(20, "user")], ["1 user", "20 users"]);
    }
}
