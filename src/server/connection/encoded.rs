//! One event as bytes: rendered once, and encoded once for each dialect and charset that somebody needs it in.

use crate::protocol::dialect::{Dialect, text};
use crate::protocol::encoding::Charset;
use crate::protocol::event::Event;

/// The event at hand as text, and in each dialect and charset that somebody needed.
#[derive(Debug, Default)]
pub(in crate::server) struct Rendered {
    text: String,
    encoded: Vec<(Dialect, Charset, Vec<u8>)>,
}

impl Rendered {
    pub(in crate::server) fn render(&mut self, event: &Event) {
        self.text.clear();
        self.encoded.clear();
        text::render(event, &mut self.text);
    }

    /// For a connection of this dialect and charset; `event` is the one that was rendered.
    pub(in crate::server) fn spelled(&mut self, event: &Event, dialect: Dialect, charset: Charset) -> &[u8] {
        if dialect == Dialect::Text && charset.is_utf8() {
            return self.text.as_bytes();
        }
        let known = self.encoded.iter().position(|(d, c, _)| (*d, *c) == (dialect, charset));
        let place = known.unwrap_or_else(|| {
            self.encoded.push((dialect, charset, self.encode(event, dialect, charset)));
            self.encoded.len() - 1
        });
        &self.encoded[place].2
    }

    fn encode(&self, event: &Event, dialect: Dialect, charset: Charset) -> Vec<u8> {
        let mut bytes = Vec::new();
        match dialect {
            Dialect::Text => dialect.encode_into(&self.text, charset, &mut bytes),
            Dialect::Legacy => {
                let mut spelled = String::new();
                dialect.render(event, &mut spelled);
                dialect.encode_into(&spelled, charset, &mut bytes);
            }
        }
        bytes
    }
}
