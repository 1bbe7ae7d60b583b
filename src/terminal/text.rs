//! Names and texts of others, as this terminal compares and shows them.

use crate::protocol::name::UserName;
use crate::text::visible::printable;

/// What decides whether two names are the same; rooms and users follow the same rule.
pub(super) fn key(name: &str) -> String {
    UserName::new(name).map_or_else(|_| name.to_lowercase(), |name| name.key().to_owned())
}

/// A text that can be put on the screen: one row of printing characters, tabs as blanks.
pub(super) fn shown(text: &str) -> String {
    printable(text).replace('\t', "    ")
}

/// Whether this name is a word of the text.
pub(super) fn mentions(text: &str, name: &str) -> bool {
    let name = key(name);
    text.split(|c: char| !c.is_alphanumeric() && c != '_' && !is_mark(c))
        .any(|word| !word.is_empty() && key(word) == name)
}

/// Where `word` is in `text`, whatever the case: ranges of the text's bytes.
pub(super) fn found(text: &str, word: &str) -> Vec<std::ops::Range<usize>> {
    let wanted: Vec<char> = word.chars().flat_map(char::to_lowercase).collect();
    let (mut folded, mut places) = (Vec::new(), Vec::new());
    for (at, character) in text.char_indices() {
        for lower in character.to_lowercase() {
            folded.push(lower);
            places.push(at..at + character.len_utf8());
        }
    }
    let mut ranges = Vec::new();
    let mut at = 0;
    while !wanted.is_empty() && at + wanted.len() <= folded.len() {
        if folded[at..].starts_with(&wanted) {
            ranges.push(places[at].start..places[at + wanted.len() - 1].end);
            at += wanted.len();
        } else {
            at += 1;
        }
    }
    ranges
}

fn is_mark(character: char) -> bool {
    pest::unicode::MARK(character)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mention_is_a_word_in_any_case() {
        assert!(mentions("hi ANN!", "ann"));
        assert!(mentions("＠ａｎｎ", "Ann"));
        assert!(mentions("喂，渊渊：你好", "渊渊"));
        assert!(!mentions("anna and joann", "ann"));
    }

    #[test]
    fn a_word_is_found_in_any_case_at_its_own_bytes() {
        assert_eq!(found("Fünf İstanbul FÜNF", "fünf"), [0..5, 16..21]);
        assert_eq!(found("渊a渊", "渊"), [0..3, 4..7]);
        assert_eq!(found("aaa", "aa").len(), 1);
        assert!(found("abc", "").is_empty());
    }
}
