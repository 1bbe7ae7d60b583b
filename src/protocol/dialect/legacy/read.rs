//! What a server says in the legacy dialect, as far as a client needs it: the conversation of the login.
//!
//! The old server's spelling is ambiguous (`lobby: hi` may come from a room or a user), so this is no inverse of
//! [`spell`](super::spell): it finds the lines that a client answers, and the errors.

use crate::protocol::dialect::ServerLine;
use crate::protocol::dialect::text;

/// The errors are said by the server here; all else that a client answers is spelled as in the text dialect.
pub(in crate::protocol::dialect) fn read(line: &str) -> ServerLine<'_> {
    match line.strip_prefix("server: ") {
        Some(error) if error.starts_with("error: ") => text::read::read(error),
        Some(_) | None => text::read::read(line),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_is_said_by_the_server() {
        let refused = ServerLine::Refused { code: "name-taken", detail: "alice" };
        assert_eq!(read("server: error: name-taken: alice"), refused);
        assert_eq!(read("server: set your name please:"), ServerLine::NamePrompt);
        assert_eq!(read("alice: error: no"), ServerLine::Message { number: None, from: "alice", text: "error: no" });
    }
}
