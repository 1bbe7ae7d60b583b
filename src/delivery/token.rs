//! What a stamp looks like on the wire: `*nonce.cast.number*`, for example `*5f0c21ab.12.345*`.
//!
//! There is one format, for `run` and `load` alike. It is short, and not to be mistaken for anything that people write.
//! The nonce, eight hexadecimal digits, tells the stamps of one test or load from those of others that use the same
//! server at the same time. The cast is the play of a load (0 in a test), and the number counts the stamps of the cast.

use std::fmt::Write as _;

use memchr::memmem::Finder;

/// Writes and finds the tokens of one test or load.
#[derive(Debug)]
pub struct TokenCodec {
    prefix: String,
    finder: Finder<'static>,
}

/// What a token says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StampToken {
    /// The cast for which it was given out.
    pub cast: u64,
    /// Its number in that cast.
    pub number: u64,
}

impl TokenCodec {
    /// Tokens with this nonce, folded to 32 bits.
    #[must_use]
    pub fn new(nonce: u64) -> Self {
        // 32 bits suffice: it only has to differ from the loads that run against the same server at the same time.
        let prefix = format!("*{:08x}.", nonce >> 32 ^ nonce & 0xffff_ffff);
        Self { finder: Finder::new(prefix.as_bytes()).into_owned(), prefix }
    }

    /// The token's text.
    #[must_use]
    pub fn text(&self, token: StampToken) -> String {
        let mut text = String::with_capacity(self.prefix.len() + 16);
        text.push_str(&self.prefix);
        let _ = write!(text, "{}.{}*", token.cast, token.number);
        text
    }

    /// The first token in a line, if it has one.
    #[must_use]
    pub fn find(&self, line: &[u8]) -> Option<StampToken> {
        let start = self.finder.find(line)? + self.prefix.len();
        let (cast, rest) = number(&line[start..], b'.')?;
        let (number, _) = number(rest, b'*')?;
        Some(StampToken { cast, number })
    }
}

/// A number up to `end`, and what follows it.
fn number(text: &[u8], end: u8) -> Option<(u64, &[u8])> {
    let mut value: u64 = 0;
    for (position, &byte) in text.iter().enumerate().take(20) {
        if byte == end && position > 0 {
            return Some((value, &text[position + 1..]));
        }
        let digit = byte.wrapping_sub(b'0');
        if digit > 9 {
            return None;
        }
        value = value.checked_mul(10)?.checked_add(u64::from(digit))?;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_found_wherever_it_stands() {
        let tokens = TokenCodec::new(7);
        let token = StampToken { cast: 12, number: 345 };
        let line = format!("room_12/talker3_12: {} and more", tokens.text(token));
        assert_eq!(tokens.find(line.as_bytes()), Some(token));
    }

    #[test]
    fn anything_else_is_not_one() {
        let tokens = TokenCodec::new(7);
        let prefix = &tokens.prefix;
        let lines = [
            "hi".to_owned(),
            TokenCodec::new(8).text(StampToken { cast: 1, number: 1 }),
            format!("{prefix}1.2"),
            format!("{prefix}.2*"),
            format!("{prefix}1.99999999999999999999*"),
            format!("{prefix}1.x*"),
            prefix.clone(),
        ];
        for line in &lines {
            assert_eq!(tokens.find(line.as_bytes()), None, "{line}");
        }
    }
}
