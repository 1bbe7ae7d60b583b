//! What Python's strict `gbk` codec lacks of the GBK that the web uses.
//!
//! `encoding_rs` writes 23,957 characters beyond ASCII in GBK, of which Python decodes 21,791: the others here. The
//! test compares them with a table that CPython itself has made.

/// Ranges that hold all 2,166 characters, and besides only characters that GBK has no bytes for.
const LACKED: [(char, char); 10] = [
    ('\u{1F9}', '\u{1F9}'),   // Pinyin n with grave
    ('\u{1E3F}', '\u{1E3F}'), // Pinyin m with acute
    ('€', '€'),               // the single byte 80
    ('\u{2E80}', '\u{2EFF}'), // radicals
    ('\u{2FF0}', '\u{2FFF}'), // descriptions of ideographs
    ('\u{303E}', '\u{303E}'), // the mark of a variation
    ('\u{3400}', '\u{4DBF}'), // ideographs, extension A
    ('\u{9FB4}', '\u{9FBB}'), // ideographs added for GB 18030
    ('\u{E000}', '\u{F8FF}'), // private use
    ('\u{FE10}', '\u{FE19}'), // vertical forms
];

/// Whether Python cannot decode what GBK has for this character.
pub(super) fn lacks(c: char) -> bool {
    !c.is_ascii() && LACKED.iter().any(|(first, last)| (*first..=*last).contains(&c))
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use super::*;
    use crate::protocol::charset::Charset;

    /// The bytes of every character beyond ASCII that Python decodes.
    fn fixture() -> HashMap<char, [u8; 2]> {
        let rows = include_str!("../../../../tests/it/fixtures/python_gbk.txt").lines();
        let rows = rows.filter(|row| !row.starts_with('#')).map(|row| row.split_once(' ').unwrap());
        rows.flat_map(|(first, characters)| {
            let first = u8::from_str_radix(first, 16).unwrap();
            let seconds = (0x40..=0xFE).filter(|second| *second != 0x7F);
            characters.chars().zip(seconds).map(move |(c, second)| (c, [first, second]))
        })
        .filter(|(c, _)| *c != '-')
        .collect()
    }

    #[test]
    fn the_ranges_are_what_python_says_for_every_code_point() {
        let python = fixture();
        let (mut encodable, mut refused) = (0, 0);
        for c in ('\u{80}'..=char::MAX).filter(|c| !Charset::GBK.encode(c.encode_utf8(&mut [0; 4])).starts_with(b"?")) {
            encodable += 1;
            refused += usize::from(lacks(c));
            let bytes = Charset::GBK.encode(c.encode_utf8(&mut [0; 4]));
            match python.get(&c) {
                Some(expected) => assert_eq!((&bytes[..], lacks(c)), (&expected[..], false), "{c:?}"),
                None => assert!(lacks(c), "{c:?} is written as {bytes:x?}"),
            }
        }
        assert_eq!((encodable, refused, python.len()), (23_957, 2_166, 21_791));
    }
}
