//! Numbers as people write them, compared exactly however long they are.

use std::cmp::Ordering;

/// A decimal number: `-12`, `1.50`, `2e400`.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Decimal<'t> {
    is_negative: bool,
    /// From the first digit that is not zero to the last; empty for zero.
    digits: Digits<'t>,
    /// How many digits stand before the point, once the exponent is applied.
    magnitude: i64,
}

/// Digits before and after the point, without the zeros at either end.
#[derive(Debug, PartialEq, Eq)]
struct Digits<'t> {
    whole: &'t str,
    fraction: &'t str,
}

impl<'t> Decimal<'t> {
    /// Reads a number. `None` for a word such as `inf`, for an exponent beyond 64 bits, and for a zero with an exponent:
    /// that is how a hash looks that happens to have digits only, and `0e1` is not `0e2`.
    pub(super) fn read(text: &'t str) -> Option<Self> {
        let is_negative = text.starts_with('-');
        let number = text.strip_prefix(['-', '+']).unwrap_or(text);
        let (mantissa, exponent) = match number.split_once(['e', 'E']) {
            Some((mantissa, exponent)) => (mantissa, Some(exponent.parse::<i64>().ok()?)),
            None => (number, None),
        };
        let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
        let has_digits = !whole.is_empty() || !fraction.is_empty();
        if !has_digits || !whole.bytes().chain(fraction.bytes()).all(|byte| byte.is_ascii_digit()) {
            return None;
        }
        let (whole, fraction) = (whole.trim_start_matches('0'), fraction.trim_end_matches('0'));
        if whole.is_empty() && fraction.is_empty() {
            let zero = Self { is_negative: false, digits: Digits { whole, fraction }, magnitude: 0 };
            return exponent.is_none().then_some(zero);
        }
        let leading_zeros = if whole.is_empty() { fraction.len() - fraction.trim_start_matches('0').len() } else { 0 };
        let magnitude = i64::try_from(whole.len()).ok()?.checked_sub(i64::try_from(leading_zeros).ok()?)?;
        let magnitude = magnitude.checked_add(exponent.unwrap_or(0))?;
        Some(Self { is_negative, digits: Digits { whole, fraction }, magnitude })
    }

    fn is_zero(&self) -> bool {
        self.digits.significant().next().is_none()
    }

    fn cmp_without_sign(&self, other: &Self) -> Ordering {
        match (self.is_zero(), other.is_zero()) {
            (true, true) => Ordering::Equal,
            (true, false) => Ordering::Less,
            (false, true) => Ordering::Greater,
            (false, false) => {
                self.magnitude.cmp(&other.magnitude).then_with(|| self.digits.cmp_as_fraction(&other.digits))
            }
        }
    }

    /// The order of the two numbers.
    pub(super) fn cmp(&self, other: &Self) -> Ordering {
        match (self.is_negative, other.is_negative) {
            (false, false) => self.cmp_without_sign(other),
            (true, true) => other.cmp_without_sign(self),
            (true, false) => Ordering::Less,
            (false, true) => Ordering::Greater,
        }
    }
}

impl Digits<'_> {
    /// From the first digit that is not zero.
    fn significant(&self) -> impl Iterator<Item = u8> {
        self.whole.bytes().chain(self.fraction.bytes()).skip_while(|digit| *digit == b'0')
    }

    /// As if both began right behind the point. The zeros at the end of a whole number make no difference.
    fn cmp_as_fraction(&self, other: &Self) -> Ordering {
        let (mut ours, mut theirs) = (self.significant(), other.significant());
        loop {
            match (ours.next(), theirs.next()) {
                (None, None) => return Ordering::Equal,
                (ours, theirs) => match ours.unwrap_or(b'0').cmp(&theirs.unwrap_or(b'0')) {
                    Ordering::Equal => {}
                    different => return different,
                },
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn order(left: &str, right: &str) -> Option<Ordering> {
        Some(Decimal::read(left)?.cmp(&Decimal::read(right)?))
    }

    #[test]
    fn numbers_are_compared_to_the_last_digit() {
        for (smaller, larger) in [
            ("9", "10"),
            ("-10", "-9"),
            ("-1", "0.5"),
            ("1e400", "2e400"),
            ("9007199254740992.0", "9007199254740993.0"),
            ("170141183460469231731687303715884105728", "170141183460469231731687303715884105729"),
            ("0.09", "0.1"),
            ("0", "1e-300"),
            ("-1e-300", "0"),
        ] {
            assert_eq!(order(smaller, larger), Some(Ordering::Less), "{smaller} < {larger}");
            assert_eq!(order(larger, smaller), Some(Ordering::Greater), "{larger} > {smaller}");
        }
        for (one, other) in [("1.50", "1.5"), ("007", "7"), ("+5", "5"), ("-0", "0.00"), ("1e3", "1000"), (".5", "0.5")]
        {
            assert_eq!(order(one, other), Some(Ordering::Equal), "{one} == {other}");
        }
    }

    #[test]
    fn what_only_looks_like_a_number_is_text() {
        for text in ["", "-", ".", "e5", "inf", "nan", "0e1", "0x10", "1_000", "1e", "1e99999999999999999999", "--1"] {
            assert_eq!(Decimal::read(text), None, "{text:?}");
        }
    }

    proptest! {
        #[test]
        fn whole_numbers_are_in_their_order(one: i64, other: i64) {
            prop_assert_eq!(order(&one.to_string(), &other.to_string()), Some(one.cmp(&other)));
        }
    }
}
