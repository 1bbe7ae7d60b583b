//! The charset of each direction of a connection, as the lines themselves tell it.
//!
//! `set encoding` holds for the next line that is sent, and the server's confirmation is in the new charset already. The
//! two directions therefore change at different moments. A connection whose messages are no lines is translated here.

use std::mem::take;

use super::translation::{Translated, Translation};
use crate::protocol::charset::Charset;
use crate::protocol::command::Command;
use crate::protocol::dialect::{Dialect, ServerLine, Spelling};

/// What a connection speaks and hears at this moment. The reader and the writer of a connection share one.
#[derive(Debug)]
pub(super) struct Charsets {
    dialect: Dialect,
    /// What makes requests of lines, and lines of what comes, if they are not the same.
    translation: Option<Box<Translation>>,
    sending: Charset,
    receiving: Charset,
    /// A name was sent, and not refused so far: a line is a command.
    named: bool,
    /// The server has asked for a name.
    prompted: bool,
    /// How many changes were asked for that the server has not announced yet.
    unannounced: usize,
    /// The beginning of a line that was sent as raw bytes.
    begun: Vec<u8>,
}

/// Bytes of a line that are remembered until its newline is sent. No longer line is a command.
const LONGEST_BEGUN: usize = 64 * 1024;

impl Charsets {
    /// Both directions in the charset of this spelling, and translated if the lines of the user are not what is sent.
    pub(super) fn new(spelling: Spelling, translation: Option<Translation>) -> Self {
        let Spelling { dialect, charset, numbered: _, framing: _, features: _ } = spelling;
        Self {
            dialect,
            translation: translation.map(Box::new),
            sending: charset,
            receiving: charset,
            named: false,
            prompted: false,
            unannounced: 0,
            begun: Vec::new(),
        }
    }

    /// Appends the bytes of a line to `out`, with its newline, and with `?` for each character that the charset lacks.
    pub(super) fn encode(&mut self, line: &str, out: &mut Vec<u8>) {
        if let Some(translation) = &mut self.translation {
            let mut whole = take(&mut self.begun);
            whole.extend_from_slice(line.as_bytes());
            return translation.say(&whole, out);
        }
        let start = out.len();
        self.dialect.in_charset(self.sending).encode_into(line, out);
        out.push(b'\n');
        if self.begun.is_empty() {
            self.sent_line(line);
        } else {
            self.sent_raw(&out[start..]);
        }
    }

    /// Takes note of bytes that are sent as they are: they may hold a request for another charset.
    pub(super) fn sent_raw(&mut self, bytes: &[u8]) {
        for piece in bytes.split_inclusive(|byte| *byte == b'\n') {
            if self.begun.len() + piece.len() <= LONGEST_BEGUN {
                self.begun.extend_from_slice(piece);
            }
            if piece.ends_with(b"\n") {
                let line = take(&mut self.begun);
                if let Ok(text) = self.sending.decode(line.trim_ascii_end()) {
                    self.sent_line(&text);
                }
            }
        }
    }

    /// What is to be sent for these bytes of the user, if it is not these bytes: the requests of the lines that end in
    /// them. Of a line that is too long to be one, the beginning stands for the whole.
    pub(super) fn translate(&mut self, bytes: &[u8]) -> Option<Vec<u8>> {
        let translation = self.translation.as_mut()?;
        let mut out = Vec::new();
        for piece in bytes.split_inclusive(|byte| *byte == b'\n') {
            let line = piece.strip_suffix(b"\n");
            let room = LONGEST_BEGUN.saturating_sub(self.begun.len());
            self.begun.extend(line.unwrap_or(piece).iter().take(room));
            if line.is_some() {
                let whole = take(&mut self.begun);
                translation.say(whole.strip_suffix(b"\r").unwrap_or(&whole), &mut out);
            }
        }
        Some(out)
    }

    /// The lines that the server says with these bytes, if they are no lines themselves.
    pub(super) fn hear(&mut self, bytes: &[u8]) -> Option<Translated> {
        self.translation.as_mut().map(|translation| translation.hear(bytes))
    }

    /// What the server has to be answered at once, whether or not the user says something.
    pub(super) fn take_replies(&mut self) -> Vec<u8> {
        self.translation.as_mut().map_or(Vec::new(), |translation| translation.take_replies())
    }

    /// Takes note of what the server says with a line; returns the charset of this line and of those after it.
    pub(super) fn heard(&mut self, line: &[u8]) -> Charset {
        if let Some(charset) = self.dialect.announced_charset(line) {
            self.receiving = charset;
            match self.unannounced.checked_sub(1) {
                Some(left) => self.unannounced = left,
                None => self.sending = charset,
            }
        } else if let Ok(text) = std::str::from_utf8(line) {
            match self.dialect.read(text) {
                ServerLine::Welcome => self.named = true,
                // The first prompt refuses no name.
                ServerLine::NamePrompt if std::mem::replace(&mut self.prompted, true) => self.named = false,
                _ => {}
            }
        }
        self.receiving
    }

    /// The charset of the next line that is sent.
    pub(super) fn sending(&self) -> Charset {
        self.sending
    }

    /// The charset of what comes.
    pub(super) fn receiving(&self) -> Charset {
        self.receiving
    }

    /// The dialect of both directions.
    pub(super) fn dialect(&self) -> Dialect {
        self.dialect
    }

    fn sent_line(&mut self, line: &str) {
        if !self.named {
            self.named = matches!(Command::parse_login(line), Ok(Some(_)));
        } else if let Some(charset) = self.dialect.requested_charset(line) {
            self.sending = charset;
            self.unannounced += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn encoded(charsets: &mut Charsets, line: &str) -> Vec<u8> {
        let mut out = Vec::new();
        charsets.encode(line, &mut out);
        out
    }

    fn logged_in() -> Charsets {
        let mut charsets = Charsets::new(Spelling::default(), None);
        encoded(&mut charsets, "alice");
        charsets
    }

    #[test]
    fn what_is_sent_changes_with_the_next_line_and_what_comes_with_the_answer() {
        let mut charsets = logged_in();
        assert_eq!(encoded(&mut charsets, "set encoding gbk"), b"set encoding gbk\n");
        assert_eq!(encoded(&mut charsets, "send lobby 渊"), b"send lobby \xd4\xa8\n");
        assert_eq!(charsets.heard("lobby/bob: 渊".as_bytes()), Charset::UTF_8);
        assert_eq!(charsets.heard(b"server: encoding is gbk"), Charset::GBK);
        assert_eq!(charsets.heard(b"lobby/bob: \xd4\xa8"), Charset::GBK);
    }

    #[test]
    fn only_the_server_changes_what_comes() {
        let mut charsets = logged_in();
        assert_eq!(charsets.heard(b"bob: server: encoding is gbk"), Charset::UTF_8);
    }

    #[test]
    fn a_late_answer_to_an_earlier_request_does_not_change_what_is_sent() {
        let mut charsets = logged_in();
        encoded(&mut charsets, "set encoding gbk");
        encoded(&mut charsets, "set encoding utf-8");
        assert_eq!(charsets.heard(b"server: encoding is gbk"), Charset::GBK);
        assert_eq!(encoded(&mut charsets, "渊"), "渊\n".as_bytes());
    }

    #[test]
    fn raw_bytes_ask_for_a_charset_as_soon_as_their_line_ends() {
        let mut charsets = logged_in();
        charsets.sent_raw(b"set enc");
        assert_eq!(encoded(&mut charsets, "oding gbk"), b"oding gbk\n");
        assert_eq!(encoded(&mut charsets, "渊"), b"\xd4\xa8\n");
    }

    #[test]
    fn a_line_before_the_name_is_no_command() {
        let mut charsets = Charsets::new(Spelling::default(), None);
        let prompt = b"server: set your name please:";
        charsets.heard(prompt);
        encoded(&mut charsets, "set encoding gbk");
        charsets.heard(prompt);
        assert_eq!(encoded(&mut charsets, "渊"), "渊\n".as_bytes());
        encoded(&mut charsets, "set encoding gbk");
        assert_eq!(encoded(&mut charsets, "渊"), b"\xd4\xa8\n", "the name was sent");
        charsets.heard(prompt);
        encoded(&mut charsets, "set encoding utf-8");
        assert_eq!(encoded(&mut charsets, "渊"), b"\xd4\xa8\n", "the name was taken");
    }
}
