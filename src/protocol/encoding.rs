//! Bytes to text and back in a charset.
//!
//! A [`Charset`] is an encoding of `encoding_rs` that can be used line by line: one in which the byte 0x0A is always a
//! newline. Decoding is strict and never looks for a byte order mark; encoding replaces what the charset lacks by `?`
//! and never by a numeric character reference, which the other side could not tell from text.

use std::borrow::Cow;
use std::fmt;

use encoding_rs::{DecoderResult, EncoderResult, Encoding, GBK, REPLACEMENT, UTF_8, UTF_16BE, UTF_16LE};
use thiserror::Error;

use crate::protocol::dialect::Dialect;

/// A character encoding in which lines of text can be sent.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Charset(&'static Encoding);

/// Why a label names no usable charset.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum CharsetError {
    /// No encoding has this label.
    #[error("unknown encoding '{0}'")]
    Unknown(String),
    /// The encoding exists, but its newlines cannot be found byte by byte, or it can only be refused. In lower case.
    #[error("{0} is not usable line by line")]
    NotByLine(String),
    /// Its characters mean something else after others, and the dialect does not say where a text begins.
    #[error("{0} is not usable without lines")]
    NotByCharacter(Charset),
    /// The dialect stays in its charset.
    #[error("the {0} dialect does not change its encoding")]
    Fixed(Dialect),
}

/// The bytes are not text in the charset.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("the line is not valid {0}")]
pub struct NotInCharset(pub Charset);

impl Charset {
    /// What every connection starts with.
    pub const UTF_8: Self = Self(UTF_8);
    /// What the clients of the Python chat room speak.
    pub const GBK: Self = Self(GBK);

    /// The charset of a label of the WHATWG encoding standard (`gbk`, `latin1`, `shift_jis`, ...), in any case.
    ///
    /// # Errors
    /// If there is no such label, or its encoding is not usable line by line.
    pub fn for_label(label: &str) -> Result<Self, CharsetError> {
        let encoding = Encoding::for_label(label.as_bytes()).ok_or_else(|| CharsetError::Unknown(label.to_owned()))?;
        if encoding == UTF_16LE || encoding == UTF_16BE {
            return Err(CharsetError::NotByLine(encoding.name().to_ascii_lowercase()));
        }
        if encoding == REPLACEMENT {
            return Err(CharsetError::NotByLine(label.trim().to_ascii_lowercase()));
        }
        Ok(Self(encoding))
    }

    /// The charset of a label, if each of its characters means the same wherever it stands, so that text can be cut
    /// between any two.
    ///
    /// # Errors
    /// If there is no such label, or its encoding is not usable so.
    pub fn by_character(label: &str) -> Result<Self, CharsetError> {
        let charset = Self::for_label(label)?;
        // Of the encodings that can be used line by line, only ISO-2022-JP has states.
        if charset.0.is_ascii_compatible() { Ok(charset) } else { Err(CharsetError::NotByCharacter(charset)) }
    }

    /// The text that these bytes mean.
    ///
    /// # Errors
    /// If they mean none in this charset.
    pub fn decode(self, bytes: &[u8]) -> Result<Cow<'_, str>, NotInCharset> {
        self.0.decode_without_bom_handling_and_without_replacement(bytes).ok_or(NotInCharset(self))
    }

    /// Appends the text to `out` in this charset, with `?` for each character that it lacks.
    pub fn encode_into(self, text: &str, out: &mut Vec<u8>) {
        if self.is_utf8() {
            out.extend_from_slice(text.as_bytes());
        } else {
            self.transcode_into(text, out);
        }
    }

    /// The text in this charset, with `?` for each character that it lacks.
    #[must_use]
    pub fn encode(self, text: &str) -> Vec<u8> {
        let mut out = Vec::with_capacity(text.len());
        self.encode_into(text, &mut out);
        out
    }

    /// Whether this is UTF-8, in which nothing has to be converted.
    #[must_use]
    pub fn is_utf8(self) -> bool {
        self.0 == UTF_8
    }

    /// Whether the bytes are the beginning of a text whose last character is not whole.
    #[must_use]
    pub fn ends_inside_character(self, mut bytes: &[u8]) -> bool {
        let mut decoder = self.0.new_decoder_without_bom_handling();
        let mut text = [0; 1024];
        loop {
            let (result, read, _) = decoder.decode_to_utf8_without_replacement(bytes, &mut text, false);
            bytes = &bytes[read..];
            match result {
                DecoderResult::OutputFull => {}
                DecoderResult::Malformed(..) => return false,
                DecoderResult::InputEmpty => break,
            }
        }
        let (at_the_end, _, _) = decoder.decode_to_utf8_without_replacement(&[], &mut text, true);
        matches!(at_the_end, DecoderResult::Malformed(..))
    }

    fn transcode_into(self, text: &str, out: &mut Vec<u8>) {
        let mut encoder = self.0.new_encoder();
        let mut rest = text;
        loop {
            let room = encoder
                .max_buffer_length_from_utf8_without_replacement(rest.len())
                .expect("a line is far smaller than the address space");
            let start = out.len();
            out.resize(start + room, 0);
            let (result, read, written) = encoder.encode_from_utf8_without_replacement(rest, &mut out[start..], true);
            out.truncate(start + written);
            rest = &rest[read..];
            match result {
                EncoderResult::InputEmpty => return,
                EncoderResult::OutputFull => {}
                // The encoder may be in a shifted state (ISO-2022-JP), so the replacement goes through it as well.
                EncoderResult::Unmappable(_) => self.encode_question_mark(&mut encoder, out),
            }
        }
    }

    fn encode_question_mark(self, encoder: &mut encoding_rs::Encoder, out: &mut Vec<u8>) {
        let mut buf = [0; 16];
        let (_, _, written) = encoder.encode_from_utf8_without_replacement("?", &mut buf, false);
        out.extend_from_slice(&buf[..written]);
    }
}

impl fmt::Display for Charset {
    /// The name in lower case, as the protocol shows it: `utf-8`, `gbk`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.name().chars().try_for_each(|c| write!(f, "{}", c.to_ascii_lowercase()))
    }
}

impl fmt::Debug for Charset {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Charset({self})")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const LABELS: &[&str] = &[
        "utf-8",
        "gbk",
        "gb18030",
        "big5",
        "shift_jis",
        "euc-jp",
        "euc-kr",
        "iso-2022-jp",
        "windows-1252",
        "iso-8859-2",
        "koi8-r",
        "windows-1251",
        "macintosh",
        "ibm866",
        "iso-8859-8-i",
        "x-user-defined",
        "windows-874",
    ];

    #[test]
    fn labels_are_looked_up_in_any_case_and_shown_by_their_name() {
        assert_eq!(Charset::for_label("GB2312").unwrap().to_string(), "gbk");
        assert_eq!(Charset::for_label(" Latin1 ").unwrap().to_string(), "windows-1252");
    }

    #[test]
    fn charsets_that_cannot_be_read_line_by_line_are_refused() {
        assert_eq!(Charset::for_label("klingon").unwrap_err().to_string(), "unknown encoding 'klingon'");
        assert_eq!(Charset::for_label("UTF-16LE").unwrap_err().to_string(), "utf-16le is not usable line by line");
        assert_eq!(Charset::for_label("utf-16").unwrap_err().to_string(), "utf-16le is not usable line by line");
        assert_eq!(
            Charset::for_label("iso-2022-kr").unwrap_err().to_string(),
            "iso-2022-kr is not usable line by line"
        );
    }

    #[test]
    fn a_byte_order_mark_is_not_looked_for() {
        let gbk = Charset::for_label("gbk").unwrap();
        assert!(gbk.decode(b"\xff\xfea\0").is_err());
        assert_eq!(Charset::UTF_8.decode("\u{feff}hi".as_bytes()).unwrap(), "\u{feff}hi");
    }

    #[test]
    fn what_a_charset_lacks_becomes_a_question_mark() {
        assert_eq!(Charset::for_label("gbk").unwrap().encode("a\u{1F98A}b"), b"a?b");
        let japanese = Charset::for_label("iso-2022-jp").unwrap();
        assert_eq!(japanese.decode(&japanese.encode("日\u{1F98A}本")).unwrap(), "日?本");
    }

    proptest! {
        #[test]
        fn what_can_be_expressed_comes_back(label in prop::sample::select(LABELS), text in "[a-zA-Z0-9 é渊日本語вдЖÿ€가，]{0,40}") {
            let charset = Charset::for_label(label).unwrap();
            let expressible: String = text.chars().filter(|c| charset.encode(&c.to_string()) != b"?").collect();
            let decoded = charset.decode(&charset.encode(&expressible)).unwrap().into_owned();
            prop_assert_eq!(decoded, expressible);
        }

        #[test]
        fn no_charset_encodes_text_without_newline_to_bytes_with_one(label in prop::sample::select(LABELS), text in "[^\n\r]{0,40}") {
            let bytes = Charset::for_label(label).unwrap().encode(&text);
            prop_assert!(!bytes.contains(&b'\n'));
        }
    }
}
