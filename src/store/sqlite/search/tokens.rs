//! The tokens by which the index finds texts. A text that holds what is sought has all that is needed; one that has all that
//! is needed may hold something else, so it is looked at.

use crate::text::words::{WordPiece, Words, pieces};

/// Stands for `_`, which FTS5 would take for the end of a token.
const UNDERSCORE: &str = "\u{e001}";

/// A token that a text must have.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum NeededToken {
    /// This one.
    Whole(String),
    /// One that begins like this.
    Beginning(String),
}

/// The tokens of a text: its words, and of each run every two neighbors and the last character.
pub(super) fn tokens(text: &str) -> Vec<String> {
    let mut tokens = Vec::new();
    for piece in pieces(text) {
        match piece {
            WordPiece::Word(word) => tokens.push(word.replace('_', UNDERSCORE)),
            WordPiece::Run(run) => {
                tokens.extend(pairs(&run).map(str::to_owned));
                tokens.extend(run.chars().next_back().map(String::from));
            }
        }
    }
    tokens.sort();
    tokens.dedup();
    tokens
}

/// The tokens of each text that holds these words.
pub(super) fn needed(words: &Words) -> Vec<NeededToken> {
    let mut needed = Vec::new();
    for piece in words.pieces() {
        match piece {
            WordPiece::Word(word) => needed.push(NeededToken::Beginning(word.replace('_', UNDERSCORE))),
            WordPiece::Run(run) => {
                let before = needed.len();
                needed.extend(pairs(run).map(|pair| NeededToken::Whole(pair.to_owned())));
                if needed.len() == before {
                    needed.push(NeededToken::Beginning(run.clone()));
                }
            }
        }
    }
    needed.sort();
    needed.dedup();
    needed
}

/// Every two characters that stand side by side.
fn pairs(run: &str) -> impl Iterator<Item = &str> {
    let starts = run.char_indices().map(|(at, _)| at);
    let ends = run.char_indices().skip(1).map(|(at, c)| at + c.len_utf8());
    starts.zip(ends).map(|(start, end)| &run[start..end])
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn tokens_are_words_and_neighbors() {
        assert_eq!(tokens("Hi, 你好吗 hi a_b"), ["a\u{e001}b", "hi", "你好", "吗", "好吗"]);
        let words = |text| Words::new(text).unwrap();
        let whole = |token: &str| NeededToken::Whole(token.to_owned());
        assert_eq!(needed(&words("你好吗")), [whole("你好"), whole("好吗")]);
        assert_eq!(needed(&words("Hi 吗")), ["hi", "吗"].map(|token| NeededToken::Beginning(token.to_owned())));
    }

    proptest! {
        #[test]
        fn a_text_that_holds_the_words_has_what_is_needed(
            text in "[a-cß_ 你好吗ก\u{0e34}サー🦊é\u{301}.ＡΣ]{1,12}",
            sought in "[a-cß_ 你好吗ก\u{0e34}サー🦊é\u{301}.ＡΣ]{1,3}",
        ) {
            if let Some(words) = Words::new(&sought) && words.are_in(&text) {
                let tokens = tokens(&text);
                let has = |needed: &NeededToken| match needed {
                    NeededToken::Whole(token) => tokens.contains(token),
                    NeededToken::Beginning(begin) => tokens.iter().any(|token| token.starts_with(begin)),
                };
                prop_assert!(needed(&words).iter().all(has), "{words:?} {tokens:?}");
            }
        }
    }
}
