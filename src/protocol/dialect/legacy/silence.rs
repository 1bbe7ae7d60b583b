//! How long a silence ends a message.
//!
//! A newline ends a message at once. Without a newline, a silence does: [`in_server`] and [`in_client`] say how long it
//! has to be, and whoever reads the socket waits for it.

use std::time::Duration;

use super::READ_SIZE;
use super::packing::LONGEST_QUIET;
use crate::protocol::charset::Charset;

/// A message of an old client is whole after this silence: it sends each message at once.
const ENDS_MESSAGE: Duration = Duration::from_millis(20);

/// How long the rest of a character may be on its way.
const REST_OF_CHARACTER: Duration = Duration::from_secs(1);

/// How long the server waits before `begun`, what has come of a message, counts as a whole message.
#[must_use]
pub(in crate::protocol::dialect) fn in_server(begun: &[u8], charset: Charset) -> Duration {
    if charset.ends_inside_character(begun) { REST_OF_CHARACTER } else { ENDS_MESSAGE }
}

/// How long a client waits before `begun`, what has come of an event, counts as a whole event, on a connection that has
/// brought `received` bytes. `None` if the event has ended with the read.
///
/// The old server sends each event at once. Our own legacy door cuts a backlog into blocks: behind a whole block, the
/// rest is on its way.
#[must_use]
pub(in crate::protocol::dialect) fn in_client(begun: &[u8], received: u64, charset: Charset) -> Option<Duration> {
    if charset.ends_inside_character(begun) {
        Some(REST_OF_CHARACTER)
    } else {
        received.is_multiple_of(READ_SIZE as u64).then_some(LONGEST_QUIET + ENDS_MESSAGE)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_that_ends_inside_a_character_waits_for_the_rest() {
        let text = Charset::GBK.encode("list 渊");
        assert_eq!(in_server(&text, Charset::GBK), ENDS_MESSAGE);
        assert_eq!(in_server(&text[..6], Charset::GBK), REST_OF_CHARACTER);
        assert_eq!(in_server(b"\xff\xff", Charset::GBK), ENDS_MESSAGE, "what is wrong anyway is not waited for");
        assert_eq!(in_server("渊".as_bytes(), Charset::UTF_8), ENDS_MESSAGE);
        assert_eq!(in_server(&"渊".as_bytes()[..2], Charset::UTF_8), REST_OF_CHARACTER);
    }

    #[test]
    fn an_event_ends_with_its_read_unless_there_is_more_on_the_way() {
        assert_eq!(in_client(b"alice: hi", 9, Charset::GBK), None);
        assert_eq!(in_client(b"alice: hi", 2048, Charset::GBK), Some(LONGEST_QUIET + ENDS_MESSAGE));
        assert_eq!(in_client(b"alice: \xd4", 8, Charset::GBK), Some(REST_OF_CHARACTER));
    }
}
