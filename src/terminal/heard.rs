//! What a line of the server says, as far as a reader of the text dialect can tell.
//!
//! The names in it are kept as they came: this side of the connection works with any server, and judges none of them.

use crate::protocol::dialect::{Dialect, ServerLine};

/// One line, understood.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Heard<'a> {
    /// A name is wanted.
    Prompt,
    /// The name is accepted.
    Welcome,
    /// `server: users (2): alice, bob`
    Users(Vec<&'a str>),
    /// `server: rooms (1): lobby`
    Rooms(Vec<&'a str>),
    /// `server: members of lobby (2): alice, bob`
    Members { room: &'a str, users: Vec<&'a str> },
    /// `server: you are now NAME`
    Renamed(&'a str),
    /// `server: encoding is gbk`
    EncodingSet(&'a str),
    /// `server: pong TOKEN`
    Pong(&'a str),
    /// `server: bye`
    Bye,
    /// Anything else that begins with `server: `.
    Answer,
    /// `error: CODE: detail`
    Refused { code: &'a str, detail: &'a str },
    /// `alice: hi`
    Message { from: &'a str, text: &'a str },
    /// `lobby/alice: hi`
    Said { room: &'a str, from: &'a str, text: &'a str },
    /// `lobby/server: ...`
    Happened { room: &'a str, what: Happened<'a>, text: &'a str },
    /// Not of this protocol.
    Strange,
}

/// What happened in a room.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Happened<'a> {
    /// `alice created the room with bob, carol`
    Created { by: &'a str, with: Vec<&'a str> },
    /// `dave joined`
    Joined(&'a str),
    /// `dave left`, with or without a reason.
    Left(&'a str),
    /// `alice is now rob`
    Renamed { from: &'a str, to: &'a str },
    /// Something else.
    Other,
}

impl<'a> Heard<'a> {
    /// Understands a line.
    pub(super) fn new(line: &'a str) -> Self {
        match Dialect::default().read(line) {
            ServerLine::NamePrompt => return Self::Prompt,
            ServerLine::Welcome => return Self::Welcome,
            _ => {}
        }
        let Some((source, text)) = line.split_once(": ") else { return Self::Strange };
        match source {
            "server" => answer(text),
            "error" => {
                let (code, detail) = text.split_once(": ").unwrap_or((text, ""));
                Self::Refused { code, detail }
            }
            _ if source.is_empty() || source.contains([' ', '\t', ':']) => Self::Strange,
            _ => match source.split_once('/') {
                None => Self::Message { from: source, text },
                Some((room, "server")) => Self::Happened { room, what: happened(text), text },
                Some((room, from)) => Self::Said { room, from, text },
            },
        }
    }

    /// Everybody who is said to be or to do something.
    pub(super) fn people(&self) -> Vec<&'a str> {
        match self {
            Self::Users(users) | Self::Members { users, .. } => users.clone(),
            Self::Message { from, .. } | Self::Said { from, .. } => vec![from],
            Self::Happened { what, .. } => match what {
                Happened::Created { by, with } => with.iter().chain([by]).copied().collect(),
                Happened::Joined(user) | Happened::Left(user) => vec![user],
                Happened::Renamed { from, to } => vec![from, to],
                Happened::Other => Vec::new(),
            },
            Self::Prompt
            | Self::Welcome
            | Self::Rooms(_)
            | Self::Renamed(_)
            | Self::EncodingSet(_)
            | Self::Pong(_)
            | Self::Bye
            | Self::Answer
            | Self::Refused { .. }
            | Self::Strange => Vec::new(),
        }
    }
}

fn answer(text: &str) -> Heard<'_> {
    if let Some(users) = listed(text, "users (") {
        return Heard::Users(users.1);
    }
    if let Some(rooms) = listed(text, "rooms (") {
        return Heard::Rooms(rooms.1);
    }
    if let Some((room, users)) = listed(text, "members of ") {
        return Heard::Members { room: room.trim_end(), users };
    }
    match text.split_once(' ') {
        Some(("pong", token)) => Heard::Pong(token),
        Some(("you", rest)) => rest.strip_prefix("are now ").map_or(Heard::Answer, Heard::Renamed),
        Some(("encoding", rest)) => rest.strip_prefix("is ").map_or(Heard::Answer, Heard::EncodingSet),
        None if text == "bye" => Heard::Bye,
        None if text == "pong" => Heard::Pong(""),
        Some(_) | None => Heard::Answer,
    }
}

/// What stands between `lead` and the total, and the names after it.
fn listed<'a>(text: &'a str, lead: &str) -> Option<(&'a str, Vec<&'a str>)> {
    let rest = text.strip_prefix(lead)?;
    let (head, names) = rest.split_once("): ").or_else(|| Some((rest.strip_suffix(')')?, "")))?;
    let (about, total) = head.rsplit_once('(').unwrap_or(("", head));
    total.parse::<usize>().ok()?;
    Some((about, names.split(", ").filter(|name| !name.is_empty()).collect()))
}

fn happened(text: &str) -> Happened<'_> {
    let Some((user, rest)) = text.split_once(' ') else { return Happened::Other };
    match rest {
        "joined" => Happened::Joined(user),
        "left" => Happened::Left(user),
        "created the room" => Happened::Created { by: user, with: Vec::new() },
        _ => {
            if let Some(with) = rest.strip_prefix("created the room with ") {
                return Happened::Created { by: user, with: with.split(", ").collect() };
            }
            if let Some(to) = rest.strip_prefix("is now ") {
                return Happened::Renamed { from: user, to };
            }
            if rest.starts_with("left (") { Happened::Left(user) } else { Happened::Other }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_of_the_protocol_is_understood() {
        use Heard as H;
        let notice = |what| H::Happened { room: "lobby", what, text: "" };
        for (line, heard) in [
            ("server: set your name please:", H::Prompt),
            ("server: let's start chatting!", H::Welcome),
            ("server: users (2): alice, bob", H::Users(vec!["alice", "bob"])),
            ("server: rooms (0)", H::Rooms(vec![])),
            ("server: members of lobby (1): 渊", H::Members { room: "lobby", users: vec!["渊"] }),
            ("server: you are now rob", H::Renamed("rob")),
            ("server: encoding is gbk", H::EncodingSet("gbk")),
            ("server: pong x y", H::Pong("x y")),
            ("server: pong", H::Pong("")),
            ("server: bye", H::Bye),
            ("server: help [COMMAND] - this list", H::Answer),
            ("error: no-such-user: dave", H::Refused { code: "no-such-user", detail: "dave" }),
            ("alice: a: b", H::Message { from: "alice", text: "a: b" }),
            ("lobby/alice: ", H::Said { room: "lobby", from: "alice", text: "" }),
            ("lobby/server: dave joined", notice(Happened::Joined("dave"))),
            ("lobby/server: dave left (slow consumer)", notice(Happened::Left("dave"))),
            ("lobby/server: a is now b", notice(Happened::Renamed { from: "a", to: "b" })),
            ("lobby/server: a created the room with b, c", notice(Happened::Created { by: "a", with: vec!["b", "c"] })),
            ("two words: x", H::Strange),
            ("nothing", H::Strange),
        ] {
            match (H::new(line), heard) {
                (H::Happened { room, what, .. }, H::Happened { room: its_room, what: its, .. }) => {
                    assert_eq!((room, what), (its_room, its), "{line}");
                }
                (found, expected) => assert_eq!(found, expected, "{line}"),
            }
        }
    }

    #[test]
    fn what_people_write_is_no_notice() {
        assert_eq!(H::new("lobby/eve: server left"), H::Said { room: "lobby", from: "eve", text: "server left" });
        assert_eq!(H::new("eve: lobby/server: bob joined").people(), ["eve"]);
        use Heard as H;
    }
}
