//! What a typed line means: text for a window, a command of the protocol, or something for this terminal itself.

use crate::protocol::command::{BadCommand, Command, CommandKind};
use crate::text::nearest::nearest;

/// Where a line is typed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Place {
    /// In the server's window.
    Server,
    /// In a room's window.
    Room(String),
    /// In the window of a conversation with one person.
    Person(String),
}

/// What a typed line means.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Meaning {
    /// This line goes to the server.
    Line(String),
    /// This terminal does something.
    Local(Local),
    /// It means nothing; this is why.
    Mistake(String),
}

/// What this terminal does itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Local {
    Find(String),
    StopFinding,
    Record(String),
    StopRecording,
    Query(String),
    Window(usize),
    Close,
    Clear,
    Help,
    Reconnect,
    Quit,
}

/// A command that begins with a slash and is not one of the protocol.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Slash {
    /// Its shape, in the protocol's way of writing it.
    pub(super) usage: &'static str,
    /// What it does.
    pub(super) summary: &'static str,
}

/// Every one of them, in the order of `/help`.
pub(super) const SLASHES: &[Slash] = &[
    Slash { usage: "join ROOM", summary: "enter a room" },
    Slash { usage: "create ROOM [USER[,USER...]]", summary: "open a room, with these users in it" },
    Slash { usage: "leave [ROOM]", summary: "leave this room, or another" },
    Slash { usage: "msg USER[,USER...] TEXT", summary: "write to one or several users" },
    Slash { usage: "query USER", summary: "a window for a conversation with somebody" },
    Slash { usage: "rooms", summary: "which rooms there are" },
    Slash { usage: "users", summary: "who is here" },
    Slash { usage: "members [ROOM]", summary: "who is in this room, or another" },
    Slash { usage: "nick NAME", summary: "take another name" },
    Slash { usage: "encoding CHARSET", summary: "read and write in another charset" },
    Slash { usage: "find TEXT", summary: "search upwards; alone it ends the search" },
    Slash { usage: "record FILE", summary: "write what happens as a script" },
    Slash { usage: "record stop", summary: "end the script" },
    Slash { usage: "window NUMBER", summary: "go to a window" },
    Slash { usage: "close", summary: "close this window" },
    Slash { usage: "clear", summary: "forget what this window shows" },
    Slash { usage: "reconnect", summary: "connect again, now" },
    Slash { usage: "help [COMMAND]", summary: "this list; with a command, what the server knows of it" },
    Slash { usage: "quit", summary: "leave the server and this program" },
];

impl Slash {
    pub(super) fn verb(&self) -> &'static str {
        self.usage.split(' ').next().unwrap_or_default()
    }
}

/// What this line means where it is typed. The line is not blank.
pub(super) fn meaning(line: &str, place: &Place) -> Meaning {
    match line.strip_prefix('/') {
        Some(rest) if rest.starts_with('/') => text(rest, place),
        Some(command) => slash(command.trim_start(), place),
        None => text(line, place),
    }
}

fn text(text: &str, place: &Place) -> Meaning {
    Meaning::Line(match place {
        Place::Server => text.to_owned(),
        Place::Room(room) => format!("send room {room} {text}"),
        Place::Person(person) => format!("send message {person} {text}"),
    })
}

fn slash(command: &str, place: &Place) -> Meaning {
    let (verb, rest) = command.split_once(' ').unwrap_or((command, ""));
    let verb = verb.to_lowercase();
    if let Some(meaning) = local(&verb, rest.trim()) {
        return meaning;
    }
    match Command::parse(command) {
        Ok(Some(_)) => Meaning::Line(command.to_owned()),
        Ok(None) => Meaning::Mistake("a command is wanted after the slash; try /help".to_owned()),
        Err(wrong) => short(&verb, rest, place).unwrap_or_else(|| refused(command, &wrong)),
    }
}

fn local(verb: &str, rest: &str) -> Option<Meaning> {
    Some(match (verb, rest) {
        ("find", "") => Meaning::Local(Local::StopFinding),
        ("find", words) => Meaning::Local(Local::Find(words.to_owned())),
        ("record", "stop") => Meaning::Local(Local::StopRecording),
        ("record" | "query" | "window", "") => usage(verb),
        ("record", file) => Meaning::Local(Local::Record(file.to_owned())),
        ("query", person) => Meaning::Local(Local::Query(person.to_owned())),
        ("window", number) => {
            number.parse().map_or_else(|_| usage(verb), |number| Meaning::Local(Local::Window(number)))
        }
        ("close", "") => Meaning::Local(Local::Close),
        ("clear", "") => Meaning::Local(Local::Clear),
        ("help", "") => Meaning::Local(Local::Help),
        ("reconnect", "") => Meaning::Local(Local::Reconnect),
        ("quit", "") => Meaning::Local(Local::Quit),
        _ => return None,
    })
}

/// The short forms of the protocol's commands.
fn short(verb: &str, rest: &str, place: &Place) -> Option<Meaning> {
    let here = match place {
        Place::Room(room) => room.as_str(),
        Place::Server | Place::Person(_) => "",
    };
    let or_here = if rest.trim().is_empty() { here } else { rest.trim() };
    let line = match verb {
        "join" => wanted("join room", rest),
        "create" => wanted("create room", rest),
        "leave" | "part" => wanted("leave room", or_here),
        "msg" => wanted("send message", rest),
        "rooms" => Some("list rooms".to_owned()),
        "users" | "names" => Some("list users".to_owned()),
        "members" | "who" => wanted("list members", or_here),
        "nick" => wanted("rename", rest),
        "encoding" => wanted("set encoding", rest),
        _ => return None,
    };
    Some(line.map_or_else(|| usage(verb), Meaning::Line))
}

fn wanted(keywords: &str, rest: &str) -> Option<String> {
    (!rest.trim().is_empty()).then(|| format!("{keywords} {rest}"))
}

fn usage(verb: &str) -> Meaning {
    let usages: Vec<String> =
        SLASHES.iter().filter(|slash| slash.verb() == verb).map(|slash| format!("/{}", slash.usage)).collect();
    Meaning::Mistake(format!("usage: {}", usages.join("; ")))
}

/// What is no command at all stays here; anything else is for the server to answer.
fn refused(command: &str, wrong: &BadCommand) -> Meaning {
    let BadCommand::Unknown { .. } = wrong else { return Meaning::Line(command.to_owned()) };
    let verb = command.split(' ').next().unwrap_or_default();
    let verbs = SLASHES.iter().map(Slash::verb).chain(CommandKind::ALL.iter().map(|kind| kind.verb()));
    Meaning::Mistake(match nearest(verb, verbs) {
        Some(known) => format!("there is no command /{verb}; did you mean /{known}?"),
        None => format!("there is no command /{verb}; try /help"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sent(line: &str, place: &Place) -> String {
        match meaning(line, place) {
            Meaning::Line(line) => line,
            Meaning::Local(local) => format!("{local:?}"),
            Meaning::Mistake(mistake) => mistake,
        }
    }

    #[test]
    fn text_goes_where_it_is_typed() {
        assert_eq!(sent("list users", &Place::Server), "list users");
        assert_eq!(sent("list users", &Place::Room("lobby".into())), "send room lobby list users");
        assert_eq!(sent("hi ", &Place::Person("bob".into())), "send message bob hi ");
        assert_eq!(sent("//join", &Place::Person("bob".into())), "send message bob /join");
    }

    #[test]
    fn a_slash_begins_a_command_everywhere() {
        for place in [Place::Server, Place::Room("lobby".into()), Place::Person("bob".into())] {
            assert_eq!(sent("/join den", &place), "join room den");
            assert_eq!(sent("/join room den", &place), "join room den");
            assert_eq!(sent("/msg bob,eve  hi", &place), "send message bob,eve  hi");
            assert_eq!(sent("/send message bob hi", &place), "send message bob hi");
            assert_eq!(sent("/ping x", &place), "ping x");
            assert_eq!(sent("/Create den bob", &place), "create room den bob");
            assert_eq!(sent("/help join", &place), "help join");
            assert_eq!(sent("/quit", &place), "Quit");
        }
        assert_eq!(sent("/leave", &Place::Room("lobby".into())), "leave room lobby");
    }

    #[test]
    fn mistakes_are_explained_here() {
        assert_eq!(sent("/leave", &Place::Server), "usage: /leave [ROOM]");
        assert_eq!(sent("/record", &Place::Server), "usage: /record FILE; /record stop");
        assert_eq!(sent("/jion lobby", &Place::Server), "there is no command /jion; did you mean /join?");
        assert_eq!(sent("/xyzzy", &Place::Server), "there is no command /xyzzy; try /help");
        assert_eq!(sent("/", &Place::Server), "a command is wanted after the slash; try /help");
        assert_eq!(sent("/list", &Place::Server), "list", "the server knows its usage");
    }
}
