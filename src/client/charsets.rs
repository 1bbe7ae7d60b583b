//! In which charset each direction of a conversation is spoken, as told by the lines themselves.
//!
//! `set encoding` holds for the next line that is sent, and the server's confirmation comes in the new charset already.
//! The two directions therefore change at different moments.

use std::borrow::Cow;

use super::printable::decode;
use crate::protocol::charset::Charset;
use crate::protocol::dialect::Dialect;

/// The charset of each direction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Charsets {
    dialect: Dialect,
    sending: Charset,
    receiving: Charset,
}

impl Charsets {
    /// Both directions in this one, in the text dialect.
    #[must_use]
    pub fn new(charset: Charset) -> Self {
        Self::of(Dialect::default(), charset)
    }

    /// Both directions in this one. Only the text dialect ever changes it.
    #[must_use]
    pub fn of(dialect: Dialect, charset: Charset) -> Self {
        Self { dialect, sending: charset, receiving: charset }
    }

    /// The bytes to send for a line, with its newline. What the charset lacks becomes `?`.
    pub fn encode(&mut self, line: &str) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(line.len() + 1);
        self.dialect.in_charset(self.sending).encode_into(line, &mut bytes);
        bytes.push(b'\n');
        if let Some(charset) = self.dialect.requested_charset(line) {
            self.sending = charset;
        }
        bytes
    }

    /// The text of a line that came.
    pub fn decode<'a>(&mut self, line: &'a [u8]) -> Cow<'a, str> {
        if let Some(charset) = self.dialect.announced_charset(line) {
            *self = Self::new(charset);
        }
        decode(self.receiving, line)
    }

    /// The charset of what comes.
    #[must_use]
    pub fn receiving(&self) -> Charset {
        self.receiving
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_sent_changes_with_the_next_line_and_what_comes_with_the_answer() {
        let mut charsets = Charsets::new(Charset::UTF_8);
        assert_eq!(charsets.encode("set encoding gbk"), b"set encoding gbk\n");
        assert_eq!(charsets.encode("send lobby 渊"), b"send lobby \xd4\xa8\n");
        assert_eq!(charsets.decode("lobby/bob: 渊".as_bytes()), "lobby/bob: 渊");
        assert_eq!(charsets.decode(b"server: encoding is gbk"), "server: encoding is gbk");
        assert_eq!(charsets.decode(b"lobby/bob: \xd4\xa8"), "lobby/bob: 渊");
    }

    #[test]
    fn only_the_server_changes_what_comes() {
        let mut charsets = Charsets::new(Charset::UTF_8);
        let said = "bob: server: encoding is gbk";
        assert_eq!(charsets.decode(said.as_bytes()), said);
        assert_eq!(charsets.receiving(), Charset::UTF_8);
    }
}
