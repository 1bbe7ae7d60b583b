//! Passwords as they are typed: what is one, and that nobody sees it.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use unicode_normalization::UnicodeNormalization;
use zeroize::Zeroizing;

use crate::text::visible::is_control;

/// Characters of the shortest password.
const SHORTEST: usize = 8;

/// Characters of the longest one.
const LONGEST: usize = 128;

/// What passwords are made of that the server makes: 32 letters and digits, without those that look alike.
const LETTERS: &[u8; 32] = b"023456789abcdefghjkmnpqrstuvwxyz";

/// Groups of such a password, and letters of each.
const GROUPS: usize = 3;
const GROUP: usize = 4;

/// A password: 8 to 128 characters without blanks and control characters, in NFC. `Debug` does not show it, and it is wiped
/// from memory when it is dropped.
#[derive(Clone, PartialEq, Eq)]
pub struct Password(Zeroizing<String>);

/// The text is no password.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NoPassword;

impl Password {
    /// The password that this text is.
    ///
    /// # Errors
    /// If it is too short, too long, or has blanks or control characters.
    pub fn new(text: &str) -> Result<Self, NoPassword> {
        if text.len() > 4 * LONGEST || text.chars().any(|c| c.is_whitespace() || is_control(c)) {
            return Err(NoPassword);
        }
        // With room for what composing may add: a text that grows leaves a copy behind.
        let mut composed = Zeroizing::new(String::with_capacity(16 * LONGEST));
        composed.extend(text.nfc());
        if (SHORTEST..=LONGEST).contains(&composed.chars().count()) { Ok(Self(composed)) } else { Err(NoPassword) }
    }

    /// A password that the server has made of 60 random bits: three groups of letters and digits that nobody takes for one
    /// another.
    #[must_use]
    pub fn of_bits(bits: u64) -> Self {
        let mut spelled = Zeroizing::new(String::with_capacity(GROUPS * (GROUP + 1)));
        for place in 0..GROUPS * GROUP {
            if place > 0 && place % GROUP == 0 {
                spelled.push('-');
            }
            spelled.push(char::from(LETTERS[(bits >> (5 * place)) as usize % LETTERS.len()]));
        }
        Self(spelled)
    }

    /// What it is, for hashing alone.
    #[must_use]
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

/// A password is written nowhere: what is written instead says that there was one.
impl Serialize for Password {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_unit()
    }
}

/// Some password, in the place of the one that was not written.
impl<'de> Deserialize<'de> for Password {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        <()>::deserialize(from).map(|()| Self::of_bits(0))
    }
}

impl fmt::Debug for Password {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

impl fmt::Display for NoPassword {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{SHORTEST} to {LONGEST} characters without blanks")
    }
}

impl std::error::Error for NoPassword {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_has_8_to_128_characters_without_blanks() {
        for text in ["12345678", "пароль12", &"渊".repeat(128)] {
            assert_eq!(Password::new(text).map(|password| password.reveal().to_owned()), Ok(text.to_owned()));
        }
        for text in ["", "1234567", "1234 5678", "1234\u{a0}5678", "1234\t5678", "1234\u{0}5678", &"x".repeat(129)] {
            assert_eq!(Password::new(text), Err(NoPassword), "{text:?}");
        }
        assert_eq!(Password::new(&"x".repeat(1 << 20)), Err(NoPassword));
        assert_eq!(NoPassword.to_string(), "8 to 128 characters without blanks");
    }

    #[test]
    fn a_password_that_is_made_is_one() {
        for bits in [0, u64::MAX, 0x0123_4567_89ab_cdef] {
            let made = Password::of_bits(bits);
            assert_eq!(Password::new(made.reveal()).as_ref(), Ok(&made));
            assert_eq!(made.reveal().len(), 14);
        }
    }

    #[test]
    fn two_ways_to_type_it_are_one_password_and_none_is_shown() {
        let [one, other] = ["Jose\u{301}1234", "Jos\u{e9}1234"].map(|text| Password::new(text).unwrap());
        assert_eq!(one, other);
        assert_eq!(format!("{one:?}"), "***");
    }
}
