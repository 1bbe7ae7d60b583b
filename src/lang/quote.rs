//! How text is spelled in a script, so that reading the script gives the same text.

use std::fmt::Write as _;

use crate::text::visible::visible;

/// Bytes as a script expects them: `bytes "\x00hello\n"`.
#[must_use]
pub fn bytes(bytes: &[u8]) -> String {
    format!("bytes \"{}\"", bytes.escape_ascii().to_string().replace("\\'", "'"))
}

/// `text` as it is written in a script: what is special, cannot be seen or would get lost stands in a quoted hole.
#[must_use]
pub fn literal(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    if let Some(quoted) = text.strip_prefix("bytes \"") {
        // What stands so is no line.
        out.push_str(r#"{{"bytes"}} ""#);
        rest = quoted;
    }
    while let Some(character) = rest.chars().next() {
        if rest.starts_with("{{") {
            out.push_str(r#"{{"{{"}}"#);
            rest = &rest[2..];
            continue;
        }
        if is_label(rest) {
            out.push_str(r#"{{" as"}}"#);
            rest = &rest[3..];
            continue;
        }
        let is_last_blank = rest == " ";
        if is_last_blank {
            out.push_str(r#"{{" "}}"#);
        } else if character.is_control() || (character != ' ' && !is_shown(character)) {
            let _ = write!(out, "{{{{\"{}\"}}}}", character.escape_unicode());
        } else {
            out.push(character);
        }
        rest = &rest[character.len_utf8()..];
    }
    out
}

/// Whether the rest of the text would be taken for the label of its statement.
fn is_label(rest: &str) -> bool {
    rest.strip_prefix(" as \"").is_some_and(|name| {
        name.trim_end_matches([' ', '\t']).find('"') == Some(name.trim_end_matches([' ', '\t']).len() - 1)
    })
}

/// Whether a reader would see the character. Marks and joiners belong to the letters around them.
fn is_shown(character: char) -> bool {
    if character.is_ascii_graphic() {
        return true;
    }
    let text = format!("a{character}a");
    visible(&text) == text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_blank_at_the_end_is_quoted_so_that_no_editor_takes_it_away() {
        assert_eq!(literal(" hi  "), r#" hi {{" "}}"#);
    }

    #[test]
    fn what_looks_like_a_label_is_text() {
        assert_eq!(literal(r#"known as "Bob""#), r#"known{{" as"}} "Bob""#);
        assert_eq!(literal(r#"as "Bob", she said"#), r#"as "Bob", she said"#);
    }

    #[test]
    fn what_is_special_or_invisible_is_quoted() {
        assert_eq!(literal("hi {there} 渊 e\u{301}"), "hi {there} 渊 e\u{301}");
        assert_eq!(literal("{{x}}"), r#"{{"{{"}}x}}"#);
        assert_eq!(literal("\u{1b}[2J\t\u{200b}"), r#"{{"\u{1b}"}}[2J{{"\u{9}"}}{{"\u{200b}"}}"#);
    }
}
