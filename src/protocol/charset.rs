//! Bytes to text and back in a charset.
//!
//! A [`Charset`] is an encoding of `encoding_rs` that can be used line by line: one in which the byte 0x0A is always a
//! newline. Decoding is strict and never looks for a byte order mark; encoding replaces what the charset lacks by `?`
//! and never by a numeric character reference, which the other side could not tell from text. Whatever can be decoded can
//! be encoded: `beyond` has what the encoders of the web leave out.

mod beyond;

use std::borrow::Cow;
use std::fmt;

use encoding_rs::{DecoderResult, Encoder, EncoderResult, Encoding, GBK, REPLACEMENT, UTF_8, UTF_16BE, UTF_16LE};
use thiserror::Error;

use self::beyond::Spelled;
use crate::text::visible::shortened;

/// A character encoding in which lines of text can be sent.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Charset(&'static Encoding);

/// Why a label names no usable charset.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum CharsetError {
    /// No encoding has this label.
    #[error("unknown encoding '{}'", shortened(.0))]
    Unknown(String),
    /// The encoding exists, but its newlines cannot be found byte by byte, or it can only be refused. In lower case.
    #[error("{0} is not usable line by line")]
    NotByLine(String),
    /// Its characters mean something else after others, and the dialect does not say where a text begins.
    #[error("{0} is not usable without lines")]
    NotByCharacter(Charset),
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
        } else if self.0.is_ascii_compatible() {
            self.transcode_into(text, out);
        } else {
            self.transcode_lines_into(text, out);
        }
    }

    /// The text in this charset, with `?` for each character that it lacks.
    #[must_use]
    pub fn encode(self, text: &str) -> Vec<u8> {
        let mut out = Vec::with_capacity(text.len());
        self.encode_into(text, &mut out);
        out
    }

    /// The first character of the text that this charset lacks.
    #[must_use]
    pub fn lacking(self, text: &str) -> Option<char> {
        if self.is_utf8() || (self.0.is_ascii_compatible() && text.is_ascii()) {
            return None;
        }
        let (mut first, mut scratch) = (None, Vec::new());
        for line in text.split('\n') {
            self.transcode(line, &mut scratch, &mut |_, _, character| {
                first.get_or_insert(character);
            });
            scratch.clear();
        }
        first
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

    /// Each line by itself: the way back to the state that a line begins in belongs before its newline, else it would
    /// come before the next line, which is an error if that begins with a change of state.
    fn transcode_lines_into(self, text: &str, out: &mut Vec<u8>) {
        for line in text.split_inclusive('\n') {
            let bare = line.strip_suffix('\n').unwrap_or(line);
            self.transcode_into(bare, out);
            out.extend_from_slice(&line.as_bytes()[bare.len()..]);
        }
    }

    fn transcode_into(self, text: &str, out: &mut Vec<u8>) {
        // The encoder may be in a shifted state (ISO-2022-JP), so the replacement goes through it as well.
        self.transcode(text, out, &mut |encoder, out, _| push(encoder, "?", out));
    }

    /// Encodes the text; what the charset lacks is left to `on_lacking`.
    fn transcode(self, text: &str, out: &mut Vec<u8>, on_lacking: &mut impl FnMut(&mut Encoder, &mut Vec<u8>, char)) {
        let twins = beyond::with_twins(self.0, text);
        let mut encoder = self.0.new_encoder();
        let mut rest = twins.as_deref().unwrap_or(text);
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
                EncoderResult::Unmappable(character) => match beyond::spelling(self.0, character, rest) {
                    Some(Spelled::Bytes(bytes)) => out.extend_from_slice(bytes.as_ref()),
                    Some(Spelled::Pair(bytes, second)) => {
                        out.extend_from_slice(&bytes);
                        rest = &rest[second.len_utf8()..];
                    }
                    None => on_lacking(&mut encoder, out, character),
                },
            }
        }
    }
}

/// Encodes text that the charset has.
fn push(encoder: &mut Encoder, text: &str, out: &mut Vec<u8>) {
    let mut buf = [0; 16];
    let (_, _, written) = encoder.encode_from_utf8_without_replacement(text, &mut buf, false);
    out.extend_from_slice(&buf[..written]);
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
mod tests;
