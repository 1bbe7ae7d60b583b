//! What is typed by hand, as lines of text.

use crate::protocol::charset::Charset;
use crate::protocol::line::{Frame, LineFraming};

/// The longest line that can be typed, in bytes.
const MAX_TYPED_LINE: usize = 1 << 20;

/// The lines of the input.
#[derive(Debug)]
pub(super) struct Typed {
    framing: LineFraming,
    local: Charset,
}

impl Typed {
    /// Nothing has been typed yet; it will be in this charset.
    pub(super) fn new(local: Charset) -> Self {
        Self { framing: LineFraming::new(MAX_TYPED_LINE), local }
    }

    /// The lines that these bytes complete.
    pub(super) fn lines(&mut self, mut bytes: &[u8], complain: &mut dyn FnMut(&str)) -> Vec<String> {
        let mut lines = Vec::new();
        while let Some(frame) = self.framing.next_frame(&mut bytes) {
            match frame {
                Frame::Line(line) => lines.extend(text(line, self.local, complain)),
                Frame::TooLong => complain(&format!("cannot send a line of more than {MAX_TYPED_LINE} bytes")),
            }
        }
        lines
    }

    /// A line that the end of the input ends.
    pub(super) fn last(&self, complain: &mut dyn FnMut(&str)) -> Option<String> {
        let rest = self.framing.unfinished();
        if rest.is_empty() { None } else { text(rest, self.local, complain) }
    }
}

/// What a line says; one that is not in the charset is told to `complain`.
fn text(line: &[u8], local: Charset, complain: &mut dyn FnMut(&str)) -> Option<String> {
    match local.decode(line) {
        Ok(text) => Some(text.into_owned()),
        Err(_) => {
            complain(&format!("cannot send the line: it is not valid {local}"));
            None
        }
    }
}
