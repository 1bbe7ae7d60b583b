//! What a server says in the text dialect: the inverse of [`spell`](super::spell).
//!
//! It asks nobody whether a name is valid or a room exists, and never fails: what is no line of the protocol is
//! [`ServerLine::Unknown`]. An event that is spelled as several lines is read as several.

use super::server_line::{Listed, RoomLine, SentFile, ServerLine, WholeFile};
use crate::protocol::charset::Charset;
use crate::protocol::event::Departure;

/// What a server says with this line, which has no newline.
#[must_use]
pub(in crate::protocol::dialect) fn read(line: &str) -> ServerLine<'_> {
    let (number, line) = number(line);
    let Some((source, text)) = line.split_once(": ") else { return ServerLine::Unknown };
    if number.is_some() && matches!(source, "server" | "error" | "history") {
        return ServerLine::Unknown;
    }
    match source {
        "server" => answer(text),
        "error" => {
            let (code, detail) = text.split_once(": ").unwrap_or((text, ""));
            ServerLine::Refused { code, detail }
        }
        "history" => past(text).unwrap_or(ServerLine::Unknown),
        _ if source.is_empty() || source.contains([' ', '\t', ':']) => ServerLine::Unknown,
        _ => match source.split_once('/') {
            None => ServerLine::Message { number, from: source, text },
            Some((room, "server")) => ServerLine::InRoom { number, room, what: happened(text), text },
            Some((room, from)) => ServerLine::InRoom { number, room, what: RoomLine::Said { from }, text },
        },
    }
}

/// The number that a line of a room begins with, if it has one, and the rest.
fn number(line: &str) -> (Option<u64>, &str) {
    let numbered = line.strip_prefix('#').and_then(|rest| rest.split_once(' '));
    match numbered.and_then(|(number, rest)| Some((number.parse().ok()?, rest))) {
        Some((number, rest)) => (Some(number), rest),
        None => (None, line),
    }
}

/// The line without its number, as whoever did not ask for numbers gets it.
#[must_use]
pub(in crate::protocol::dialect) fn unnumbered(line: &str) -> &str {
    match read(line) {
        ServerLine::InRoom { number: Some(_), .. } | ServerLine::Message { number: Some(_), .. } => number(line).1,
        _ => line,
    }
}

/// Whether the server may say this line, at a glance.
pub(in crate::protocol::dialect) fn may_be_answer(line: &[u8]) -> bool {
    line.starts_with(b"server: ")
}

/// The charset that a server announces with this line.
pub(in crate::protocol::dialect) fn announced_charset(line: &[u8]) -> Option<Charset> {
    match read(std::str::from_utf8(line).ok()?) {
        ServerLine::EncodingSet(label) => Charset::for_label(label).ok(),
        _ => None,
    }
}

fn answer(text: &str) -> ServerLine<'_> {
    match text {
        "set your name please:" => return ServerLine::NamePrompt,
        "password please:" => return ServerLine::PasswordPrompt,
        "let's start chatting!" => return ServerLine::Welcome,
        "pong" => return ServerLine::Pong(None),
        "bye" => return ServerLine::Bye,
        "numbers are off" => return ServerLine::NumbersSet(None),
        "server is shutting down" => return ServerLine::ShuttingDown,
        _ => {}
    }
    if is_announcement(text) {
        return ServerLine::Answer(text);
    }
    list(text)
        .or_else(|| history(text))
        .or_else(|| resumed(text))
        .or_else(|| found(text))
        .or_else(|| file(text))
        .or_else(|| statement(text))
        .unwrap_or(ServerLine::Answer(text))
}

/// `alice announces: ...`, whatever else it looks like.
fn is_announcement(text: &str) -> bool {
    text.split_once(" announces: ").is_some_and(|(by, _)| !by.contains(' '))
}

fn list(text: &str) -> Option<ServerLine<'_>> {
    let (head, names) = text.split_once("): ").or_else(|| Some((text.strip_suffix(')')?, "")))?;
    let (what, total) = head.rsplit_once(" (")?;
    let names = if names.is_empty() { Vec::new() } else { names.split(", ").collect() };
    let listed = Listed { total: total.parse().ok()?, names };
    match what {
        "users" => Some(ServerLine::Users(listed)),
        "rooms" => Some(ServerLine::Rooms(listed)),
        _ => Some(ServerLine::Members { room: what.strip_prefix("members of ")?, users: listed }),
    }
}

/// `#42 2026-11-25T17:30:02Z lobby/alice: hi`
fn past(text: &str) -> Option<ServerLine<'_>> {
    let (number, rest) = text.split_once(' ')?;
    let (at, line) = rest.split_once(' ')?;
    match read(line) {
        ServerLine::InRoom { number: None, room, what, text } => {
            Some(ServerLine::Past { number: numbered(number)?, at, room, what, text })
        }
        ServerLine::Message { number: None, from, text } => {
            Some(ServerLine::PastMessage { number: numbered(number)?, at, from, text })
        }
        _ => None,
    }
}

/// `history of lobby (2): #42 to #43 of #1 to #43`
fn history(text: &str) -> Option<ServerLine<'_>> {
    let (room, rest) = text.strip_prefix("history of ")?.split_once(" (")?;
    let (lines, shown) = rest.split_once("): ")?;
    let kept = match shown.rsplit_once(" of ") {
        Some((_, kept)) => Some(span(kept)?),
        None => None,
    };
    Some(ServerLine::History { room, lines: lines.parse().ok()?, kept })
}

/// `resumed lobby (2): #42 to #43, left out #3 to #41`
fn resumed(text: &str) -> Option<ServerLine<'_>> {
    let (room, rest) = text.strip_prefix("resumed ")?.split_once(" (").filter(|(room, _)| !room.contains(' '))?;
    let (lines, rest) = rest.split_once(')')?;
    let (shown, left_out) = match rest.split_once(", left out ") {
        Some((shown, left_out)) => (shown, Some(span(left_out)?)),
        None => (rest, None),
    };
    let shown = match shown.strip_prefix(": ") {
        Some(shown) => Some(span(shown)?),
        None => shown.is_empty().then_some(None)?,
    };
    Some(ServerLine::Resumed { room, lines: lines.parse().ok()?, shown, left_out })
}

/// `found (20), and there are more`
fn found(text: &str) -> Option<ServerLine<'_>> {
    let (lines, rest) = text.strip_prefix("found (")?.split_once(')')?;
    let more = match rest {
        "" => false,
        ", and there are more" => true,
        _ => return None,
    };
    Some(ServerLine::Found { lines: lines.parse().ok()?, more })
}

/// What is said of files to whoever sends, brings, fetches or gets one.
fn file(text: &str) -> Option<ServerLine<'_>> {
    if let Some(rest) = text.strip_prefix("put ") {
        let (token, rest) = rest.split_once(" within ")?;
        let (_, name) = rest.split_once(" s: ")?;
        return (!token.contains(' ')).then_some(ServerLine::FileWanted { token, name });
    }
    if let Some(rest) = text.strip_prefix("stored ") {
        return whole_file(rest).map(ServerLine::FileStored);
    }
    if let Some(rest) = text.strip_prefix("file ") {
        return whole_file(rest).map(ServerLine::FileHead);
    }
    let (from, rest) = text.split_once(" sent you the file ")?;
    (!from.contains(' ')).then_some(ServerLine::File { from, file: sent_file(rest)? })
}

/// `ID SIZE sha256:HEX NAME`
fn whole_file(text: &str) -> Option<WholeFile<'_>> {
    let mut parts = text.splitn(4, ' ');
    let (id, size) = (parts.next()?, parts.next()?.parse().ok()?);
    Some(WholeFile { id, size, sha256: parts.next()?.strip_prefix("sha256:")?, name: parts.next()? })
}

/// `ID (123456 bytes): report.pdf`
fn sent_file(text: &str) -> Option<SentFile<'_>> {
    let (id, rest) = text.split_once(" (")?;
    let (size, name) = rest.split_once(" bytes): ")?;
    (!id.contains(' ')).then_some(SentFile { id, size: size.parse().ok()?, name })
}

/// `#42 to #43`
fn span(text: &str) -> Option<(u64, u64)> {
    let (first, last) = text.split_once(" to ")?;
    Some((numbered(first)?, numbered(last)?))
}

fn numbered(word: &str) -> Option<u64> {
    word.strip_prefix('#')?.parse().ok()
}

fn statement(text: &str) -> Option<ServerLine<'_>> {
    // Whatever a topic looks like.
    if text.starts_with("topic of ") {
        return None;
    }
    if let Some(token) = text.strip_prefix("pong ") {
        return Some(ServerLine::Pong(Some(token)));
    }
    if let Some(name) = text.strip_prefix("you are now ") {
        return Some(ServerLine::Renamed(name));
    }
    if let Some(label) = text.strip_prefix("encoding is ") {
        return Some(ServerLine::EncodingSet(label));
    }
    if let Some(epoch) = text.strip_prefix("numbers are on, epoch ") {
        return Some(ServerLine::NumbersSet(Some(epoch)));
    }
    if let Some(token) = text.strip_prefix("token ") {
        // The answer to `help token` has more.
        return (!token.contains(' ')).then_some(ServerLine::Token(token)).or_else(|| help(text));
    }
    if let Some(stat) = text.strip_prefix("stats: ") {
        let (name, value) = stat.rsplit_once(' ')?;
        return Some(ServerLine::Stat { name, value: value.parse().ok()? });
    }
    invitation(text).or_else(|| help(text))
}

/// `alice invites you to lobby`
fn invitation(text: &str) -> Option<ServerLine<'_>> {
    let (by, room) = text.split_once(" invites you to ")?;
    (!by.contains(' ') && !room.contains(' ')).then_some(ServerLine::Invitation { by, room })
}

fn help(text: &str) -> Option<ServerLine<'_>> {
    let (usage, summary) = text.split_once(" - ")?;
    Some(ServerLine::Help { usage, summary })
}

fn happened(text: &str) -> RoomLine<'_> {
    let Some((user, rest)) = text.split_once(' ') else { return RoomLine::Other };
    match rest {
        "joined" => RoomLine::Joined(user),
        "left" => RoomLine::Left(user, Some(Departure::LeftRoom)),
        "created the room" => RoomLine::Created { by: user, with: Vec::new() },
        _ => {
            if let Some(file) = rest.strip_prefix("sent the file ").and_then(sent_file) {
                RoomLine::File { from: user, file }
            } else if let Some(with) = rest.strip_prefix("created the room with ") {
                RoomLine::Created { by: user, with: with.split(", ").collect() }
            } else if let Some(to) = rest.strip_prefix("is now ") {
                RoomLine::Renamed { from: user, to }
            } else if let Some(whom) = rest.strip_prefix("removed ").or_else(|| rest.strip_prefix("banned ")) {
                let removed = whom.split_once(' ').map_or(whom, |(user, _)| user);
                RoomLine::Removed { by: user, user: removed }
            } else if let Some(reason) = rest.strip_prefix("left (").and_then(|rest| rest.strip_suffix(')')) {
                RoomLine::Left(user, Departure::ALL.into_iter().find(|departure| departure.reason() == Some(reason)))
            } else {
                RoomLine::Other
            }
        }
    }
}

#[cfg(test)]
pub(in crate::protocol) mod tests;
