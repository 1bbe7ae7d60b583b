//! The server's mouth: events in, bytes out, and the pace at which they may be written.

use std::fmt::Write;

use super::{Dialect, EventEnd, irc, json, legacy};
use crate::protocol::answer::{Answer, RequestId};
use crate::protocol::charset::Charset;
use crate::protocol::dialect::PacedWriter;
use crate::protocol::event::Event;
use crate::protocol::recall::{RecallReason, Recollection};
use crate::protocol::sight::Sight;
use crate::protocol::websocket::Framing;

/// Everything that decides the bytes of an event that many hear: the key of a cache of such bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Spelling {
    /// The dialect that decides wording and framing.
    pub dialect: Dialect,
    /// The charset of what is spoken.
    pub charset: Charset,
    /// Whether the lines of rooms have their numbers.
    pub numbered: bool,
    /// How its messages are told apart.
    pub framing: Framing,
    /// What the client has asked for in a dialect that can be spoken in several ways.
    pub features: irc::Features,
}

/// Who hears an event, for dialects that name the hearer or tell what is around him.
#[derive(Debug, Default, Clone, Copy)]
pub struct Hearer<'a> {
    /// What he sees; `None` for who is turned away at the door.
    pub sight: Option<&'a dyn Sight>,
}

/// When what is queued for a connection may be written.
#[derive(Debug)]
pub enum Pacing {
    /// As soon as the socket takes it.
    AtOnce,
    /// In blocks, with pauses between them.
    Blocks(Box<PacedWriter>),
}

impl Dialect {
    /// The dialect in the charset that its connections begin with.
    #[must_use]
    pub fn spelling(self) -> Spelling {
        self.in_charset(self.charset())
    }

    /// The dialect in this charset.
    #[must_use]
    pub fn in_charset(self, charset: Charset) -> Spelling {
        let features = irc::Features::default();
        Spelling { dialect: self, charset, numbered: false, framing: Framing::Lines, features }
    }
}

impl Default for Spelling {
    fn default() -> Self {
        Dialect::default().spelling()
    }
}

impl Spelling {
    /// Appends the event's lines to `out`, each with its newline, with `?` for each character that the hearer could not
    /// read.
    pub fn write(self, event: &Event, hearer: Hearer<'_>, out: &mut Vec<u8>) {
        let start = out.len();
        match self.dialect {
            Dialect::Text if self.charset.is_utf8() => {
                self.dialect.spell(event, self.numbered, &mut Utf8(out)).expect("writing to memory does not fail");
            }
            Dialect::Text | Dialect::Legacy | Dialect::Foreign => {
                let mut text = String::new();
                self.dialect.spell(event, self.numbered, &mut text).expect("writing to a string does not fail");
                self.encode_into(&text, out);
            }
            Dialect::Json => json::render::event(event, hearer.sight, out),
            Dialect::Irc => irc::spell::event(event, self.features, hearer, out),
        }
        self.framing.frame(out, start);
    }

    /// Appends what a client has asked to be told to `out`; nothing in a dialect whose readers find no such requests.
    pub fn write_saying(self, saying: &irc::Saying, hearer: Hearer<'_>, out: &mut Vec<u8>) {
        let start = out.len();
        match self.dialect {
            Dialect::Text | Dialect::Legacy | Dialect::Foreign | Dialect::Json => {}
            Dialect::Irc => irc::spell::saying(saying, self.features, hearer, out),
        }
        self.framing.frame(out, start);
    }

    /// Appends lines in this spelling that a client's line with a label has caused to `out`, with the label.
    pub fn write_labeled(self, lines: &[u8], label: &str, hearer: Hearer<'_>, out: &mut Vec<u8>) {
        match (self.dialect, hearer.sight) {
            (Dialect::Irc, Some(sight)) => {
                let start = out.len();
                irc::labels::labeled(&self.framing.unframed(lines), label, &sight.house().name, out);
                self.framing.frame(out, start);
            }
            (Dialect::Text | Dialect::Legacy | Dialect::Foreign | Dialect::Json | Dialect::Irc, _) => {
                out.extend_from_slice(lines);
            }
        }
    }

    /// Whether its clients ask for what was said before by moments, and are told it in lines of its own.
    #[must_use]
    pub fn retells(self) -> bool {
        match self.dialect {
            Dialect::Text | Dialect::Legacy | Dialect::Foreign | Dialect::Json => false,
            Dialect::Irc => true,
        }
    }

    /// Whether a client wants to be told again what was said, for this reason.
    #[must_use]
    pub fn wants(self, why: RecallReason) -> bool {
        match self.dialect {
            Dialect::Text | Dialect::Legacy | Dialect::Foreign | Dialect::Json => true,
            Dialect::Irc => irc::past::is_wanted(self.features, why),
        }
    }

    /// Appends what was said before to `out`; nothing in a dialect that does not [retell](Self::retells).
    pub fn write_recollection(self, retelling: &irc::Retelling, found: &Recollection, out: &mut Vec<u8>) {
        let start = out.len();
        match self.dialect {
            Dialect::Text | Dialect::Legacy | Dialect::Foreign | Dialect::Json => {}
            Dialect::Irc => irc::past::write(retelling, self.features, found, out),
        }
        self.framing.frame(out, start);
    }

    /// Appends the answer to a request to `out`; nothing in a dialect that does not [answer
    /// once](Dialect::answers_once).
    pub fn write_answer(self, id: Option<RequestId>, answer: &Answer, out: &mut Vec<u8>) {
        let start = out.len();
        match self.dialect {
            Dialect::Text | Dialect::Legacy | Dialect::Foreign | Dialect::Irc => {}
            Dialect::Json => json::render::answer(id, answer, out),
        }
        self.framing.frame(out, start);
    }

    /// Appends the text to `out` in the charset, with `?` for each character that the other side could not read.
    pub fn encode_into(self, text: &str, out: &mut Vec<u8>) {
        match self.dialect {
            Dialect::Text | Dialect::Foreign | Dialect::Json | Dialect::Irc => self.charset.encode_into(text, out),
            Dialect::Legacy => legacy::spell::encode_into(text, self.charset, out),
        }
    }

    /// How the server paces what it writes.
    #[must_use]
    pub fn pacing(self) -> Pacing {
        match self.dialect {
            Dialect::Text | Dialect::Foreign | Dialect::Json | Dialect::Irc => Pacing::AtOnce,
            Dialect::Legacy => Pacing::Blocks(Box::new(PacedWriter::new(self.charset))),
        }
    }

    /// When the event ends of which a client has received `begun`, on a connection that has brought `received` bytes.
    #[must_use]
    pub fn event_end(self, begun: &[u8], received: u64) -> EventEnd {
        match self.dialect {
            Dialect::Text | Dialect::Foreign | Dialect::Json | Dialect::Irc => EventEnd::Newline,
            Dialect::Legacy => {
                legacy::silence::in_client(begun, received, self.charset).map_or(EventEnd::Read, EventEnd::Silence)
            }
        }
    }
}

/// Text appended as the bytes that it is.
struct Utf8<'a>(&'a mut Vec<u8>);

impl Write for Utf8<'_> {
    fn write_str(&mut self, text: &str) -> std::fmt::Result {
        self.0.extend_from_slice(text.as_bytes());
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::name::UserName;

    fn written(spelling: Spelling, event: &Event) -> Vec<u8> {
        let mut out = b"before ".to_vec();
        spelling.write(event, Hearer::default(), &mut out);
        out
    }

    #[test]
    fn an_event_is_spelled_and_encoded() {
        let renamed = Event::Renamed(UserName::new("渊").unwrap());
        assert_eq!(written(Spelling::default(), &renamed), "before server: you are now 渊\n".as_bytes());
        let gbk = Dialect::Text.in_charset(Charset::GBK);
        assert_eq!(written(gbk, &renamed), b"before server: you are now \xd4\xa8\n");
    }
}
