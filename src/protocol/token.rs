//! What a client comes back with: the token that takes its session over, and the epoch that its numbers belong to.

use std::fmt;

use ring::digest::{SHA256, digest};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// The length of a [`SessionToken`] in characters: 5 bits each.
const TOKEN_CHARS: usize = 26;

const ALPHABET: &[u8; 32] = b"abcdefghijklmnopqrstuvwxyz234567";

/// Whoever knows it takes the session over. It cannot be guessed, and `Debug` does not show it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SessionToken(u128);

/// What is kept of a [`SessionToken`]: enough to recognize it, too little to make it. Tokens are random, so that their hash
/// needs neither salt nor time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct TokenHash([u8; 32]);

/// Names one numbering of lines. Numbers of another epoch mean nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Epoch(u32);

impl SessionToken {
    /// The token of these bits, which are to be random.
    #[must_use]
    pub const fn new(bits: u128) -> Self {
        Self(bits)
    }

    /// The token that is written so.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        bits_of_word(text).map(Self)
    }

    /// What is kept of it.
    #[must_use]
    pub fn hash(self) -> TokenHash {
        let hash = digest(&SHA256, &self.0.to_be_bytes());
        TokenHash(hash.as_ref().try_into().expect("SHA-256 has 32 bytes"))
    }
}

impl TokenHash {
    /// The hash of these bytes.
    #[must_use]
    pub const fn new(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// Its bytes.
    #[must_use]
    pub const fn bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

/// The bits that a word of 26 letters and digits spells; `None` for any other text.
pub(in crate::protocol) fn bits_of_word(text: &str) -> Option<u128> {
    if text.len() != TOKEN_CHARS {
        return None;
    }
    text.bytes().try_fold(0_u128, |bits, byte| {
        let digit = ALPHABET.iter().position(|letter| *letter == byte)?;
        // The first character has only 3 bits: more would be another way to write a token.
        (bits >> 123 == 0).then_some(bits << 5 | digit as u128)
    })
}

/// The inverse.
pub(in crate::protocol) fn write_word(bits: u128, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    let digits = (0..TOKEN_CHARS).rev().map(|place| (bits >> (5 * place)) as usize % ALPHABET.len());
    digits.into_iter().try_for_each(|digit| write!(f, "{}", char::from(ALPHABET[digit])))
}

impl fmt::Display for SessionToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_word(self.0, f)
    }
}

impl Serialize for SessionToken {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for SessionToken {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        Self::parse(&String::deserialize(from)?).ok_or_else(|| serde::de::Error::custom("this is no token"))
    }
}

impl fmt::Debug for SessionToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

impl Epoch {
    /// The epoch of this number, which is to be another for each numbering.
    #[must_use]
    pub const fn new(number: u32) -> Self {
        Self(number)
    }
}

impl fmt::Display for Epoch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04x}", self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn what_is_no_token_is_not_read_as_one() {
        let token = SessionToken::new(u128::MAX).to_string();
        assert_eq!(token, "h7777777777777777777777777");
        for text in ["", "a", "iaaaaaaaaaaaaaaaaaaaaaaaaa", "Aaaaaaaaaaaaaaaaaaaaaaaaaa", &format!("{token}a")] {
            assert_eq!(SessionToken::parse(text), None, "{text:?}");
        }
        assert_eq!(format!("{:?}", SessionToken::new(5)), "***");
    }

    proptest! {
        #[test]
        fn a_token_is_read_as_it_was_written(bits: u128) {
            let token = SessionToken::new(bits);
            prop_assert_eq!(SessionToken::parse(&token.to_string()), Some(token));
        }
    }
}
