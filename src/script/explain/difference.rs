//! In what two texts differ, and whether a reader would see it.

use unicode_normalization::UnicodeNormalization;

use crate::script::diagnostic::{Difference, DifferenceKind, visible};

/// What of `received` is not as in `expected`: all between what both begin and end with.
pub(super) fn between(expected: &str, received: &str) -> Vec<Difference> {
    let prefix: usize = equal(expected.chars(), received.chars());
    let (expected, rest) = (&expected[prefix..], &received[prefix..]);
    let suffix: usize = equal(expected.chars().rev(), rest.chars().rev());
    let range = prefix..received.len() - suffix;
    match (expected.len() == suffix, range.is_empty()) {
        (true, true) => Vec::new(),
        (true, false) => vec![Difference { range, kind: DifferenceKind::Added }],
        (false, _) => vec![Difference { range, kind: DifferenceKind::Changed }],
    }
}

/// A remark if the two look alike to a reader, or nearly so.
pub(super) fn look_alike(expected: &str, received: &str) -> Option<String> {
    if expected == received {
        return None;
    }
    if expected.nfc().eq(received.nfc()) {
        let form = |text: &str| if text.nfc().eq(text.chars()) { "NFC" } else { "NFD" };
        let (ours, theirs) = (form(expected), form(received));
        let (expected, received) = unlike(expected, received);
        return Some(format!(
            "they look the same: expected is {}{}, received is {}{}",
            code_points(expected),
            named(ours, theirs),
            code_points(received),
            named(theirs, ours),
        ));
    }
    if without_invisible(expected) == without_invisible(received) {
        let (expected, received) = unlike(expected, received);
        return Some(format!(
            "they differ in what cannot be seen: expected has {}, received has {}",
            code_points(expected),
            code_points(received)
        ));
    }
    (expected.to_lowercase() == received.to_lowercase()).then(|| "they differ in upper and lower case only".to_owned())
}

/// How many bytes both begin with.
fn equal(one: impl Iterator<Item = char>, two: impl Iterator<Item = char>) -> usize {
    one.zip(two).take_while(|(one, two)| one == two).map(|(one, _)| one.len_utf8()).sum()
}

/// The parts in which two texts differ.
fn unlike<'a>(one: &'a str, two: &'a str) -> (&'a str, &'a str) {
    let prefix = equal(one.chars(), two.chars());
    let (one, two) = (&one[prefix..], &two[prefix..]);
    let suffix = equal(one.chars().rev(), two.chars().rev());
    (&one[..one.len() - suffix], &two[..two.len() - suffix])
}

fn code_points(text: &str) -> String {
    if text.is_empty() {
        return "nothing".to_owned();
    }
    let points: Vec<String> = text.chars().take(8).map(|character| format!("U+{:04X}", u32::from(character))).collect();
    points.join(" ")
}

fn named(form: &str, other: &str) -> String {
    if form == other { String::new() } else { format!(" ({form})") }
}

/// Without the characters that the renderer must spell out, and without blanks at the end.
fn without_invisible(text: &str) -> String {
    let seen = text.chars().filter(|character| {
        let shown = format!("a{character}a");
        visible(&shown) == shown
    });
    seen.collect::<String>().trim_end().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_lies_between_the_common_ends_is_marked() {
        let kind = |expected, received| between(expected, received).into_iter().map(|d| (d.range, d.kind)).next();
        assert_eq!(kind("hi", "hi there"), Some((2..8, DifferenceKind::Added)));
        assert_eq!(kind("one two", "one tax"), Some((5..7, DifferenceKind::Changed)));
        assert_eq!(kind("hello", "hlo"), Some((1..1, DifferenceKind::Changed)));
        assert_eq!(kind("same", "same"), None);
        assert_eq!(kind("aa", "a"), Some((1..1, DifferenceKind::Changed)));
    }

    #[test]
    fn what_looks_alike_is_spelled_out() {
        assert_eq!(
            look_alike("caf\u{e9}", "cafe\u{301}").unwrap(),
            "they look the same: expected is U+00E9 (NFC), received is U+0065 U+0301 (NFD)"
        );
        assert_eq!(
            look_alike("hi", "h\u{200b}i").unwrap(),
            "they differ in what cannot be seen: expected has nothing, received has U+200B"
        );
        assert_eq!(
            look_alike("hi", "hi ").unwrap(),
            "they differ in what cannot be seen: expected has nothing, received has U+0020"
        );
        assert_eq!(look_alike("Hi", "hi").unwrap(), "they differ in upper and lower case only");
        assert_eq!(look_alike("hi", "ho"), None);
    }
}
