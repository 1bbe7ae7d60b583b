//! The number that each text carries, found again in a stream of any server's protocol at the cost of one `memchr`.

use crate::shape::TEXT_LEN;

/// Begins every text, and occurs nowhere else in what any of the servers sends. (A `~` does: it is the byte 126 that says in the
/// head of a WebSocket frame that a longer length follows.)
const MARKER: u8 = b'`';

/// Characters of a number, five bits each.
const DIGITS: usize = 6;

/// The first character of the 32 that stand for five bits, all printable, none the marker, and none that JSON escapes.
const ZERO: u8 = b'0';

/// Bytes that show the whole number: what follows is filling.
const STAMP_LEN: usize = 1 + DIGITS;

/// The text of message `number`.
pub(crate) fn text(number: u32) -> [u8; TEXT_LEN] {
    let mut text = [b'.'; TEXT_LEN];
    text[0] = MARKER;
    for (i, digit) in text[1..STAMP_LEN].iter_mut().enumerate() {
        *digit = ZERO + u8::try_from(number >> (5 * i) & 31).expect("five bits fit into a byte");
    }
    text
}

/// Gives the numbers of the texts in `bytes`, and returns the rest in which one has begun.
pub(crate) fn numbers(bytes: &[u8], mut each: impl FnMut(u32)) -> &[u8] {
    let mut rest = bytes;
    while let Some(start) = memchr::memchr(MARKER, rest) {
        let Some(text) = rest.get(start..start + TEXT_LEN) else {
            return &rest[start..];
        };
        let number = |digits: &[u8]| {
            digits.iter().rev().fold(0, |number, digit| number << 5 | u32::from(digit.wrapping_sub(ZERO)))
        };
        each(number(&text[1..STAMP_LEN]));
        rest = &rest[start + TEXT_LEN..];
    }
    &[]
}
