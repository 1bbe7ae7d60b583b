//! Names of users and rooms: what they may consist of, and when two of them are the same.
//!
//! A name is validated once, here: a [`UserName`] or [`RoomName`] that exists is valid. It is kept in NFC and spelled
//! as it was written; equality, order and hash follow its *comparison key* (NFKC_Casefold), so that case, width and
//! compatibility forms do not distinguish (`Alice`, `ＡＬＩＣＥ`).

use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

use caseless::Caseless;
use pest::unicode::{DECIMAL_NUMBER, DEFAULT_IGNORABLE_CODE_POINT, LETTER, MARK};
use thiserror::Error;
use unicode_normalization::UnicodeNormalization;

/// The longest name, in code points of its NFC form.
pub const MAX_NAME_CHARS: usize = 32;

/// Names that would be mistaken for a keyword or for a source of the protocol.
pub const RESERVED: &[&str] = &[
    "server", "error", "message", "room", "rooms", "user", "users", "members", "file", "all", "everyone", "me", "quit",
    "help", "list", "ping", "history",
];

/// The name of a user.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct UserName(NormalizedName);

/// The name of a room. Rooms and users have separate name spaces.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RoomName(NormalizedName);

/// Why a text is not a name. Holds the text as it was written.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum NameError {
    /// Empty, too long, or with a character that no name has.
    #[error("'{}': 1 to {MAX_NAME_CHARS} letters, digits or _", crate::text::visible::shortened(.0))]
    Shape(String),
    /// The same as a word that the protocol needs.
    #[error("'{0}' is reserved")]
    Reserved(String),
}

macro_rules! name_type {
    ($type:ident) => {
        impl $type {
            /// The name that this text spells.
            ///
            /// # Errors
            /// If the text is no name, or a reserved one.
            pub fn new(text: &str) -> Result<Self, NameError> {
                NormalizedName::new(text).map(Self)
            }

            /// The name as it was written, in NFC.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0.written
            }

            /// What decides whether two names are the same.
            #[must_use]
            pub fn key(&self) -> &str {
                &self.0.key
            }
        }

        impl fmt::Display for $type {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.as_str())
            }
        }

        impl fmt::Debug for $type {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{:?}", self.as_str())
            }
        }

        impl std::borrow::Borrow<str> for $type {
            /// The comparison key, so that maps of names can be searched by it.
            fn borrow(&self) -> &str {
                self.key()
            }
        }
    };
}

name_type!(UserName);
name_type!(RoomName);

/// Both spellings are one allocation where they agree.
#[derive(Clone)]
struct NormalizedName {
    written: Arc<str>,
    key: Arc<str>,
}

impl NormalizedName {
    fn new(text: &str) -> Result<Self, NameError> {
        let shape = || NameError::Shape(text.to_owned());
        if text.len() > MAX_NAME_CHARS * LONGEST_DECOMPOSITION {
            return Err(shape());
        }
        let written: Arc<str> = if text.is_ascii() { text.into() } else { text.nfc().collect::<String>().into() };
        if !is_name(&written) || written.chars().count() > MAX_NAME_CHARS {
            return Err(shape());
        }
        let key = comparison_key(&written);
        if !is_name(&key) {
            return Err(shape());
        }
        if RESERVED.contains(&&*key) {
            return Err(NameError::Reserved(text.to_owned()));
        }
        let key = if *key == *written { Arc::clone(&written) } else { key.into() };
        Ok(Self { written, key })
    }
}

/// Bytes of UTF-8 that one code point in NFC can come from at most (four characters of up to four bytes), so that a
/// line of 8 KiB that is no name costs no normalization.
const LONGEST_DECOMPOSITION: usize = 16;

/// NFKC_Casefold of a text without default-ignorable code points (Unicode, section 3.13).
fn comparison_key(text: &str) -> String {
    if text.is_ascii() {
        return text.to_ascii_lowercase();
    }
    text.chars().nfd().default_case_fold().nfkd().default_case_fold().nfkd().nfc().collect()
}

/// Letters, decimal digits and `_`, and marks that have a letter or mark before them.
fn is_name(text: &str) -> bool {
    let mut after_letter = false;
    let all_fit = text.chars().all(|c| {
        let letter = c.is_ascii_alphabetic() || (!c.is_ascii() && LETTER(c));
        let mark = after_letter && !c.is_ascii() && MARK(c);
        after_letter = letter || mark;
        let digit = c == '_' || c.is_ascii_digit() || (!c.is_ascii() && DECIMAL_NUMBER(c));
        (letter || mark || digit) && (c.is_ascii() || !DEFAULT_IGNORABLE_CODE_POINT(c))
    });
    all_fit && !text.is_empty()
}

impl PartialEq for NormalizedName {
    fn eq(&self, other: &Self) -> bool {
        self.key == other.key
    }
}

impl Eq for NormalizedName {}

impl PartialOrd for NormalizedName {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for NormalizedName {
    fn cmp(&self, other: &Self) -> Ordering {
        self.key.cmp(&other.key)
    }
}

impl Hash for NormalizedName {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.key.hash(state);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn refused(text: &str) -> String {
        UserName::new(text).unwrap_err().to_string()
    }

    #[test]
    fn names_of_any_script_are_kept_as_written() {
        for name in ["alice", "Bob_2", "渊渊", "Мария", "عمر", "प्रिया", "José", "一", "x", "_", "३"]
        {
            assert_eq!(UserName::new(name).unwrap().as_str(), name);
        }
    }

    #[test]
    fn case_width_and_compatibility_forms_do_not_distinguish() {
        for (a, b) in [
            ("Alice", "ALICE"),
            ("alice", "ＡＬＩＣＥ"),
            ("ﬁn", "FIN"),
            ("straße", "STRASSE"),
            ("e\u{301}", "É"),
            ("ΣΑΣ", "σας"),
        ] {
            assert_eq!(UserName::new(a).unwrap(), UserName::new(b).unwrap(), "{a} and {b}");
        }
        assert_ne!(UserName::new("alice").unwrap(), UserName::new("аlice").unwrap(), "a Cyrillic a is another letter");
    }

    #[test]
    fn normal_forms_are_one_name_kept_in_nfc() {
        assert_eq!(UserName::new("Jose\u{301}").unwrap().as_str(), "Jos\u{e9}");
    }

    #[test]
    fn blanks_signs_and_controls_are_refused() {
        assert_eq!(refused("a b"), "'a b': 1 to 32 letters, digits or _");
        for text in ["", "a:b", "a/b", "a,b", "a-b", "a\u{a0}b", "é!", "\u{301}a", "1\u{301}", "🦊", "½", "Ⅷ"] {
            assert!(matches!(UserName::new(text), Err(NameError::Shape(_))), "{text:?}");
        }
    }

    #[test]
    fn invisible_letters_are_refused() {
        for text in ["\u{3164}", "a\u{115f}", "\u{ffa0}", "a\u{34f}", "a\u{200d}b", "a\u{fe0f}", "\u{ad}a"] {
            assert!(matches!(UserName::new(text), Err(NameError::Shape(_))), "{text:?}");
        }
    }

    #[test]
    fn a_letter_that_folds_to_text_with_blanks_is_refused() {
        assert!(UserName::new("\u{fdfa}").is_err());
    }

    #[test]
    fn reserved_words_are_refused_in_any_form() {
        assert_eq!(refused("server"), "'server' is reserved");
        assert_eq!(refused("ＳＥＲＶＥＲ"), "'ＳＥＲＶＥＲ' is reserved");
        assert_eq!(RoomName::new("Everyone").unwrap_err().to_string(), "'Everyone' is reserved");
    }

    #[test]
    fn the_length_is_counted_in_code_points_of_nfc() {
        assert!(UserName::new(&"渊".repeat(32)).is_ok());
        assert!(UserName::new(&"e\u{301}".repeat(32)).is_ok());
        assert!(UserName::new(&"e\u{301}".repeat(33)).is_err());
        assert_eq!(refused(&"x".repeat(5000)), format!("'{}...': 1 to 32 letters, digits or _", "x".repeat(64)));
    }

    proptest! {
        #[test]
        fn a_name_is_what_its_spelling_and_its_key_say(text in "\\PC{1,12}") {
            if let Ok(name) = UserName::new(&text) {
                let again = UserName::new(name.as_str()).unwrap();
                prop_assert_eq!(again.as_str(), name.as_str());
                prop_assert_eq!(comparison_key(name.key()), name.key());
                prop_assert!(!name.as_str().contains([' ', ':', '/', ',']));
            }
        }
    }
}
