//! Names of users and rooms: what they may consist of, and when two of them are the same.
//!
//! A name is validated once, here: a [`UserName`] or [`RoomName`] that exists is valid. It is kept in NFC and spelled
//! as it was written; equality, order and hash follow its *comparison key* (NFKC_Casefold), so that case, width and
//! compatibility forms do not distinguish (`Alice`, `ＡＬＩＣＥ`).

use std::borrow::Cow;
use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::sync::{Arc, LazyLock};

use pest::unicode::{DECIMAL_NUMBER, DEFAULT_IGNORABLE_CODE_POINT, LETTER, MARK};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use thiserror::Error;
use unicode_normalization::UnicodeNormalization;

use crate::protocol::look;
use crate::text::casefold::{casefold_nfc, stands_alone};

/// The longest name, in code points of its NFC form.
pub const MAX_NAME_CHARS: usize = 32;

/// Combining marks that may follow one another in a name that is given: more run over other lines of a screen.
pub const MAX_MARKS: usize = 2;

/// Names that would be mistaken for a keyword or for a source of the protocol.
pub const RESERVED: &[&str] = &[
    "server", "error", "message", "room", "rooms", "users", "members", "file", "all", "everyone", "me", "quit", "help",
    "list", "ping", "history",
];

/// The same, of rooms alone: before the name of a user it says that no room is meant.
pub const RESERVED_AMONG_ROOMS: &[&str] = &["user"];

/// What the reserved words look like, with the words.
static RESERVED_LOOKS: LazyLock<Vec<(String, &str)>> =
    LazyLock::new(|| RESERVED.iter().map(|word| (look::skeleton(word), *word)).collect());

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
    #[error("'{}': 1 to {MAX_NAME_CHARS} letters, digits, _ or -", crate::text::visible::shortened(.0))]
    Shape(String),
    /// The same as a word that the protocol needs.
    #[error("'{0}' is reserved")]
    Reserved(String),
    /// Looks like another name: a word that the protocol needs, or the name of somebody who is here.
    #[error("'{0}' looks like '{1}'")]
    LooksLike(String, String),
    /// Has letters of scripts that are not written together.
    #[error("'{0}' mixes letters of several scripts")]
    MixedScripts(String),
    /// Has so many combining marks in a row that it runs over other lines.
    #[error("'{0}' has more than {MAX_MARKS} combining marks in a row")]
    Marks(String),
}

macro_rules! name_type {
    ($type:ident, $reserved:expr) => {
        impl $type {
            /// The name that this text spells.
            ///
            /// # Errors
            /// If the text is no name, or a reserved one.
            pub fn new(text: &str) -> Result<Self, NameError> {
                NormalizedName::new(text, $reserved).map(Self)
            }

            /// The name as it was written, in NFC.
            #[must_use]
            pub fn as_str(&self) -> &str {
                self.0.written()
            }

            /// What decides whether two names are the same.
            #[must_use]
            pub fn key(&self) -> &str {
                self.0.key()
            }

            /// Whether the name may be given to somebody or something new.
            ///
            /// # Errors
            /// If it looks like a reserved word, mixes scripts, or has too many combining marks in a row.
            pub fn check_look(&self) -> Result<(), NameError> {
                self.0.check_look()
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

        impl Serialize for $type {
            fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
                to.serialize_str(self.as_str())
            }
        }

        impl<'de> Deserialize<'de> for $type {
            fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
                Self::new(&String::deserialize(from)?).map_err(serde::de::Error::custom)
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

name_type!(UserName, &[]);
name_type!(RoomName, RESERVED_AMONG_ROOMS);

impl UserName {
    /// What the name looks like: two names with the same skeleton can be confused.
    #[must_use]
    pub fn skeleton(&self) -> String {
        look::skeleton(self.key())
    }
}

/// The name as it was written and, if that is another text, its key behind it: one allocation with one count of owners, as
/// every line that is said clones names.
#[derive(Clone)]
struct NormalizedName {
    text: Arc<str>,
    /// Where the written name ends.
    written_to: u16,
    /// Where the key begins: at 0 if both are one.
    key_from: u16,
}

impl NormalizedName {
    /// `reserved` are further words that such a name is not.
    fn new(text: &str, reserved: &[&str]) -> Result<Self, NameError> {
        let shape = || NameError::Shape(text.to_owned());
        if text.len() > MAX_NAME_CHARS * LONGEST_DECOMPOSITION {
            return Err(shape());
        }
        let (written, key) = if text.is_ascii() {
            // In NFC, and folded letter by letter: each line to a room names one.
            if text.len() > MAX_NAME_CHARS || !is_ascii_name(text) {
                return Err(shape());
            }
            (Cow::Borrowed(text), ascii_key(text))
        } else {
            let written = nfc(text);
            if !is_name(&written) || written.chars().count() > MAX_NAME_CHARS {
                return Err(shape());
            }
            let key = casefold_nfc(&written);
            if key != *written && !is_name(&key) {
                return Err(shape());
            }
            (written, Cow::Owned(key))
        };
        if RESERVED.contains(&&*key) || reserved.contains(&&*key) {
            return Err(NameError::Reserved(text.to_owned()));
        }
        Ok(Self::of(&written, &key))
    }

    fn of(written: &str, key: &str) -> Self {
        let written_to = written.len().try_into().expect("a name is short");
        if written == key {
            return Self { text: written.into(), written_to, key_from: 0 };
        }
        Self { text: [written, key].concat().into(), written_to, key_from: written_to }
    }

    fn written(&self) -> &str {
        &self.text[..usize::from(self.written_to)]
    }

    fn key(&self) -> &str {
        &self.text[usize::from(self.key_from)..]
    }

    fn check_look(&self) -> Result<(), NameError> {
        // Nobody takes ASCII letters and digits for more than they are: `a11` is no `all`.
        if self.written().is_ascii() {
            return Ok(());
        }
        let own = look::skeleton(self.key());
        let written = self.written().to_owned();
        if let Some((_, word)) = RESERVED_LOOKS.iter().find(|(skeleton, _)| *skeleton == own) {
            return Err(NameError::LooksLike(written, (*word).to_owned()));
        }
        if look::longest_run_of_marks(&written) > MAX_MARKS {
            return Err(NameError::Marks(written));
        }
        if look::mixes_scripts(&written) {
            return Err(NameError::MixedScripts(written));
        }
        Ok(())
    }
}

/// Bytes of UTF-8 that one code point in NFC can come from at most (four characters of up to four bytes), so that a
/// line of 8 KiB that is no name costs no normalization.
const LONGEST_DECOMPOSITION: usize = 16;

/// The text in NFC, which most texts are.
fn nfc(text: &str) -> Cow<'_, str> {
    if stands_alone(text) { text.into() } else { text.nfc().collect::<String>().into() }
}

/// [`is_name`] for a text in ASCII.
fn is_ascii_name(text: &str) -> bool {
    !text.is_empty() && !text.starts_with('-') && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"_-".contains(&b))
}

/// [`casefold_nfc`] for a text in ASCII.
fn ascii_key(text: &str) -> Cow<'_, str> {
    if text.bytes().any(|b| b.is_ascii_uppercase()) { text.to_ascii_lowercase().into() } else { text.into() }
}

/// Letters, decimal digits, `_`, `-` behind one of these, and marks that have a letter or mark before them.
fn is_name(text: &str) -> bool {
    let mut after_letter = false;
    let all_fit = text.chars().all(|c| {
        let letter = c.is_ascii_alphabetic() || (!c.is_ascii() && LETTER(c));
        let mark = after_letter && !c.is_ascii() && MARK(c);
        after_letter = letter || mark;
        let digit = matches!(c, '_' | '-') || c.is_ascii_digit() || (!c.is_ascii() && DECIMAL_NUMBER(c));
        (letter || mark || digit) && (c.is_ascii() || !DEFAULT_IGNORABLE_CODE_POINT(c))
    });
    all_fit && !text.is_empty() && !text.starts_with('-')
}

impl PartialEq for NormalizedName {
    fn eq(&self, other: &Self) -> bool {
        self.key() == other.key()
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
        self.key().cmp(other.key())
    }
}

impl Hash for NormalizedName {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.key().hash(state);
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
        for name in
            ["alice", "Bob_2", "渊渊", "Мария", "عمر", "प्रिया", "José", "一", "x", "_", "३", "a-b-", "渊-1", "_-"]
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
        assert_eq!(refused("a b"), "'a b': 1 to 32 letters, digits, _ or -");
        for text in [
            "",
            "a:b",
            "a/b",
            "a,b",
            "-",
            "-a",
            "-渊",
            "a\u{2010}b",
            "a－b",
            "a\u{a0}b",
            "é!",
            "\u{301}a",
            "1\u{301}",
            "🦊",
            "½",
            "Ⅷ",
        ] {
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
    fn who_is_called_user_by_a_client_can_be_called_so() {
        assert_eq!(UserName::new("user").unwrap().as_str(), "user");
        assert_eq!(RoomName::new("User").unwrap_err().to_string(), "'User' is reserved");
    }

    fn not_given(name: &str) -> String {
        UserName::new(name).unwrap().check_look().unwrap_err().to_string()
    }

    #[test]
    fn a_name_that_looks_like_a_reserved_word_is_not_given() {
        assert_eq!(not_given("sеrver"), "'sеrver' looks like 'server'");
        assert_eq!(not_given("SЕRVER"), "'SЕRVER' looks like 'server'");
        assert_eq!(not_given("errοr"), "'errοr' looks like 'error'");
        assert_eq!(not_given("serνer"), "'serνer' looks like 'server'");
    }

    #[test]
    fn a_name_of_scripts_that_are_not_written_together_is_not_given() {
        assert_eq!(not_given("аlice"), "'аlice' mixes letters of several scripts");
        for name in ["渊_x", "ユーザー", "Мария", "José", "漢字かなカナ", "한글", "渊latin", "प्रिया", "عمر", "u_1"]
        {
            assert_eq!(UserName::new(name).unwrap().check_look(), Ok(()), "{name}");
        }
    }

    #[test]
    fn a_name_with_more_than_two_marks_in_a_row_is_not_given() {
        let marked = |marks: usize| format!("x{}", "\u{335}".repeat(marks));
        assert_eq!(UserName::new(&marked(2)).unwrap().check_look(), Ok(()));
        assert_eq!(not_given(&marked(3)), format!("'{}' has more than 2 combining marks in a row", marked(3)));
    }

    #[test]
    fn the_length_is_counted_in_code_points_of_nfc() {
        assert!(UserName::new(&"渊".repeat(32)).is_ok());
        assert!(UserName::new(&"e\u{301}".repeat(32)).is_ok());
        assert!(UserName::new(&"e\u{301}".repeat(33)).is_err());
        assert_eq!(refused(&"x".repeat(5000)), format!("'{}...': 1 to 32 letters, digits, _ or -", "x".repeat(64)));
    }

    proptest! {
        #[test]
        fn a_name_is_what_its_spelling_and_its_key_say(text in "\\PC{1,12}") {
            if let Ok(name) = UserName::new(&text) {
                let again = UserName::new(name.as_str()).unwrap();
                prop_assert_eq!(again.as_str(), name.as_str());
                prop_assert_eq!(crate::text::casefold::casefold(name.key()), name.key());
                prop_assert!(!name.as_str().contains([' ', ':', '/', ',']));
            }
        }
    }
}
