//! What others wrote, as a terminal may show it: nothing in it moves the cursor, changes a color or turns the
//! direction of the line around. Everything else stays as it is, in every script.

use std::borrow::Cow;

use crate::protocol::charset::Charset;

/// The text of a line that came in this charset, with `\u{fffd}` for what is no text in it.
#[must_use]
pub fn decode(charset: Charset, line: &[u8]) -> Cow<'_, str> {
    charset.decode(line).unwrap_or_else(|_| String::from_utf8_lossy(line))
}

/// `text` with control characters, and those that control the direction of writing, spelled out: `\u{1b}`. A tab stays.
#[must_use]
pub fn printable(text: &str) -> Cow<'_, str> {
    if !text.chars().any(controls) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + 16);
    for character in text.chars() {
        if controls(character) {
            out.extend(character.escape_unicode());
        } else {
            out.push(character);
        }
    }
    Cow::Owned(out)
}

/// Control characters, line and paragraph separators, and the embeddings, overrides and isolates of bidirectional text.
fn controls(character: char) -> bool {
    let directs =
        matches!(character, '\u{2028}' | '\u{2029}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{e0001}');
    (character.is_control() && character != '\t') || directs
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_controls_a_terminal_is_spelled_out() {
        assert_eq!(printable("\u{1b}[31mred\u{7}\r\u{9b}2J"), "\\u{1b}[31mred\\u{7}\\u{d}\\u{9b}2J");
        assert_eq!(printable("abc\u{202e}def\u{2028}"), "abc\\u{202e}def\\u{2028}");
    }

    #[test]
    fn text_of_any_script_stays_as_it_is() {
        for text in ["a\tb", "渊　渊", "نمی\u{200c}خواهم", "क्\u{200d}ष", "👩\u{200d}👧", "e\u{301}", "a\u{a0}b"]
        {
            assert_eq!(printable(text), text);
        }
    }

    #[test]
    fn bytes_that_are_no_text_are_shown_as_such() {
        let gbk = Charset::for_label("gbk").unwrap();
        assert_eq!(decode(gbk, b"\xd4\xa8"), "渊");
        assert_eq!(decode(Charset::UTF_8, b"a\xffb"), "a\u{fffd}b");
    }
}
