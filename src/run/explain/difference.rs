//! The difference between two texts, and whether a reader can see it.

use unicode_normalization::UnicodeNormalization;

use crate::diagnostic::{Difference, DifferenceKind};
use crate::lang::quote::literal;
use crate::text::visible::visible;

/// The part of `received` that differs from `expected`: what is left without the common beginning and end.
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

/// A remark if the two look alike to a reader, or nearly so, and how to write what was received.
pub(super) fn look_alike(expected: &str, received: &str) -> Option<LookAlike> {
    if expected == received {
        return None;
    }
    let (start, ours, theirs) = unlike(expected, received);
    if expected.nfc().eq(received.nfc()) {
        let form = |text: &str| if text.nfc().eq(text.chars()) { "NFC" } else { "NFD" };
        let (our_form, their_form) = (form(expected), form(received));
        let remark = format!(
            "they look the same: expected is {}{}, received is {}{}",
            code_points(ours),
            named(our_form, their_form),
            code_points(theirs),
            named(their_form, our_form),
        );
        return Some(LookAlike { remark, written: Some(spelled_out(received, start, theirs)) });
    }
    if without_invisible(expected) == without_invisible(received) {
        let (ours, theirs) = (code_points(ours), code_points(theirs));
        let remark = format!("they differ only in invisible characters: expected has {ours}, received has {theirs}");
        return Some(LookAlike { remark, written: Some(literal(received)) });
    }
    let remark = "they differ only in upper and lower case".to_owned();
    (expected.to_lowercase() == received.to_lowercase()).then_some(LookAlike { remark, written: None })
}

/// Two texts that a reader may take for the same.
#[derive(Debug, PartialEq)]
pub(super) struct LookAlike {
    /// The difference in words.
    pub(super) remark: String,
    /// What was received, written so that a reader sees the difference.
    pub(super) written: Option<String>,
}

/// `text` as it is written in a script, with `part` of it, which begins at `start`, as code points.
fn spelled_out(text: &str, start: usize, part: &str) -> String {
    let points: String = part.chars().map(|character| character.escape_unicode().to_string()).collect();
    let (before, after) = (literal(&text[..start]), literal(&text[start + part.len()..]));
    format!("{before}{{{{\"{points}\"}}}}{after}")
}

/// How many bytes both begin with.
fn equal(one: impl Iterator<Item = char>, two: impl Iterator<Item = char>) -> usize {
    one.zip(two).take_while(|(one, two)| one == two).map(|(one, _)| one.len_utf8()).sum()
}

/// Where two texts begin to differ, and the parts in which they do.
fn unlike<'a>(one: &'a str, two: &'a str) -> (usize, &'a str, &'a str) {
    let prefix = equal(one.chars(), two.chars());
    let (one, two) = (&one[prefix..], &two[prefix..]);
    let suffix = equal(one.chars().rev(), two.chars().rev());
    (prefix, &one[..one.len() - suffix], &two[..two.len() - suffix])
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

/// Without the characters that the renderer must spell out; all blanks are the ordinary one, and none at the end.
fn without_invisible(text: &str) -> String {
    let seen = text.chars().filter_map(|character| {
        let shown = format!("a{character}a");
        let is_blank = character.is_whitespace() && !character.is_control();
        if is_blank { Some(' ') } else { (visible(&shown) == shown).then_some(character) }
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

    fn remark(expected: &str, received: &str) -> (String, Option<String>) {
        let found = look_alike(expected, received).unwrap();
        (found.remark, found.written)
    }

    #[test]
    fn what_looks_alike_is_spelled_out() {
        let (said, written) = remark("caf\u{e9}!", "cafe\u{301}!");
        assert_eq!(said, "they look the same: expected is U+00E9 (NFC), received is U+0065 U+0301 (NFD)");
        assert_eq!(written.unwrap(), r#"caf{{"\u{65}\u{301}"}}!"#);
        let unseen = "they differ only in invisible characters: expected has ";
        for (expected, received, what, written) in [
            ("hi", "h\u{200b}i", "nothing, received has U+200B", r#"h{{"\u{200b}"}}i"#),
            ("hi", "hi ", "nothing, received has U+0020", r#"hi{{" "}}"#),
            ("a b", "a\u{a0}b", "U+0020, received has U+00A0", r#"a{{"\u{a0}"}}b"#),
        ] {
            assert_eq!(remark(expected, received), (format!("{unseen}{what}"), Some(written.to_owned())));
        }
        assert_eq!(remark("Hi", "hi"), ("they differ only in upper and lower case".to_owned(), None));
        assert_eq!(look_alike("hi", "ho"), None);
    }
}
