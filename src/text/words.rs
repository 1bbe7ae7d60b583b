//! Words to find a text by, in any script.
//!
//! Scripts without blanks between words (Han, kana, Hangul, Thai, Lao, Khmer, Myanmar) make *runs*: a part of a run is
//! found wherever it stands. Everything else makes *words*, which are found by their beginning. Case, width and
//! compatibility forms do not count.

use std::fmt;

use pest::unicode::{DEFAULT_IGNORABLE_CODE_POINT, HAN, HANGUL, HIRAGANA, KATAKANA, KHMER, LAO, MARK, MYANMAR, THAI};

use super::casefold::casefold;

/// The mark that makes a vowel of kana long; its script is none of its own.
const LONG_VOWEL: char = 'ー';

/// What somebody looks for: at least one word or run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Words {
    typed: Box<str>,
    pieces: Vec<WordPiece>,
}

/// One piece of a text, [folded](casefold).
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum WordPiece {
    /// Letters and digits of a script with blanks between words.
    Word(String),
    /// Characters of a script without blanks between words.
    Run(String),
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Class {
    Word,
    Run,
    Neither,
}

impl Words {
    /// Bytes of the longest text that is looked for: longer ones cost the server more than they help to find.
    pub const LONGEST: usize = 1024;

    /// The words of this text; `None` if it has none.
    #[must_use]
    pub fn new(typed: &str) -> Option<Self> {
        let typed = typed.trim_matches([' ', '\t']);
        let found = pieces(typed);
        (!found.is_empty()).then(|| Self { typed: typed.into(), pieces: found })
    }

    /// As they were typed, without blanks at both ends.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.typed
    }

    /// What is looked for: each of these.
    #[must_use]
    pub fn pieces(&self) -> &[WordPiece] {
        &self.pieces
    }

    /// Whether the text holds everything that is looked for, in whatever order.
    #[must_use]
    pub fn are_in(&self, text: &str) -> bool {
        let held = pieces(text);
        self.pieces.iter().all(|piece| held.iter().any(|held| held.holds(piece)))
    }
}

impl fmt::Display for Words {
    /// As they were typed, without blanks at both ends.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.typed)
    }
}

impl WordPiece {
    /// Whether somebody who looks for `sought` finds this.
    fn holds(&self, sought: &Self) -> bool {
        match (self, sought) {
            (Self::Word(word), Self::Word(beginning)) => word.starts_with(beginning.as_str()),
            (Self::Run(run), Self::Run(part)) => run.contains(part.as_str()),
            (Self::Word(_), Self::Run(_)) | (Self::Run(_), Self::Word(_)) => false,
        }
    }
}

/// The pieces of a text, in the order in which they stand there.
#[must_use]
pub fn pieces(text: &str) -> Vec<WordPiece> {
    let folded = casefold(text);
    let mut found = Vec::new();
    let mut rest = folded.as_str();
    while let Some(first) = rest.chars().next() {
        let class = class_of(first);
        let end = rest.char_indices().find(|(_, c)| !continues(class, *c)).map_or(rest.len(), |(index, _)| index);
        let (piece, tail) = rest.split_at(end.max(first.len_utf8()));
        match class {
            Class::Word => found.push(WordPiece::Word(piece.to_owned())),
            Class::Run => found.push(WordPiece::Run(piece.to_owned())),
            Class::Neither => {}
        }
        rest = tail;
    }
    found
}

/// A mark belongs to what stands before it.
fn continues(class: Class, c: char) -> bool {
    class_of(c) == class || (class != Class::Neither && is_mark(c))
}

fn is_mark(c: char) -> bool {
    !c.is_ascii() && (MARK(c) || DEFAULT_IGNORABLE_CODE_POINT(c))
}

fn class_of(c: char) -> Class {
    if c.is_ascii() {
        return if c.is_ascii_alphanumeric() || c == '_' { Class::Word } else { Class::Neither };
    }
    let scripts = [HAN, HIRAGANA, KATAKANA, HANGUL, THAI, LAO, KHMER, MYANMAR];
    if c == LONG_VOWEL || scripts.iter().any(|is_of| is_of(c)) {
        // The signs between sentences are of these scripts too.
        return if c.is_alphanumeric() || MARK(c) { Class::Run } else { Class::Neither };
    }
    if c.is_alphanumeric() { Class::Word } else { Class::Neither }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn finds(typed: &str, text: &str) -> bool {
        Words::new(typed).unwrap().are_in(text)
    }

    #[test]
    fn a_word_is_found_by_its_beginning_in_any_case_and_width() {
        for (typed, text) in [
            ("hello", "Hello, world"),
            ("WOR", "hello world"),
            ("ＨＥＬ", "hello"),
            ("wor hel", "hello world"),
            ("straße", "STRASSE 5"),
            ("Привет", "привет!"),
            ("cafe\u{301}", "Café"),
            ("42", "line 42"),
        ] {
            assert!(finds(typed, text), "{typed} in {text}");
        }
        for (typed, text) in [("ello", "hello"), ("hello there", "hello"), ("hello", "hell"), ("聊", "hello")] {
            assert!(!finds(typed, text), "{typed} in {text}");
        }
    }

    #[test]
    fn a_part_of_a_run_is_found_wherever_it_stands() {
        for (typed, text) in [
            ("聊天", "我们在聊天室"),
            ("天", "聊天"),
            ("サーバ", "このサーバーは"),
            ("ｻｰﾊﾞ", "サーバー"),
            ("안녕", "여러분안녕하세요"),
            ("สวัสดี", "สวัสดีครับ"),
            ("ok聊天", "聊天 OK"),
        ] {
            assert!(finds(typed, text), "{typed} in {text}");
        }
        for (typed, text) in [("天聊", "聊天"), ("聊天", "聊，天")] {
            assert!(!finds(typed, text), "{typed} in {text}");
        }
    }

    #[test]
    fn what_has_no_letters_and_digits_holds_no_words() {
        for typed in ["", " ", "!?", "🦊", "。、", "\u{301}"] {
            assert_eq!(Words::new(typed), None, "{typed:?}");
        }
    }

    proptest! {
        #[test]
        fn a_text_is_found_by_all_of_itself(text in "[a-cé渊天サー ,!🦊\u{301}]{0,20}") {
            if let Some(words) = Words::new(&text) {
                prop_assert!(words.are_in(&text));
            }
        }

        #[test]
        fn no_text_can_make_the_pieces_fail(text in "\\PC{0,60}") {
            let _ = pieces(&text);
        }
    }
}
