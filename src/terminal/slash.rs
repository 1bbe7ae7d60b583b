//! The meaning of a typed line: text for a window, a command of the protocol, or a command of this terminal.

use super::text::key;
use super::window::Place;
use crate::protocol::command::{BadCommand, Command, CommandKind};
use crate::text::nearest::nearest;

/// The meaning of a typed line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Meaning {
    /// This line is sent to the server.
    Line(String),
    /// This terminal carries out a command of its own.
    Local(Local),
    /// The line is wrong, and this says why.
    Mistake(String),
}

/// A command of this terminal.
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
    /// Tell whether a user is here, and where.
    Whois(String),
    /// Ignore a user, or without a name tell who is ignored.
    Ignore(Option<String>),
    Unignore(String),
    Bell(bool),
    /// Scroll with the wheel, or leave the mouse to the terminal.
    Mouse(bool),
    /// Send a file: to somebody, or to whoever is in the window.
    Send {
        path: String,
        to: Option<String>,
    },
    /// Save a file of this id, or the last one: there, or under its own name.
    Save {
        id: String,
        path: Option<String>,
    },
    /// Stop the file that is on its way.
    Cancel,
    Help,
    Reconnect,
    Quit,
}

/// A command that begins with a slash and is not a command of the protocol.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Slash {
    /// The usage, spelled like the usages of the protocol.
    pub(super) usage: &'static str,
    /// What the command does.
    pub(super) summary: &'static str,
}

/// Every such command, in the order of `/help`.
pub(super) const SLASHES: &[Slash] = &[
    Slash { usage: "join ROOM", summary: "join a room" },
    Slash { usage: "create ROOM [USER[,USER...]]", summary: "create a room with these users in it" },
    Slash { usage: "leave [ROOM]", summary: "leave a room" },
    Slash { usage: "topic [TEXT]", summary: "show or set what this room is about" },
    Slash { usage: "invite USER[,USER...]", summary: "ask users to enter this room" },
    Slash { usage: "kick USER [REASON]", summary: "remove a member from this room, if it is yours" },
    Slash { usage: "ban USER", summary: "remove a user from this room and keep the user out" },
    Slash { usage: "unban USER", summary: "let a banned user enter this room again" },
    Slash { usage: "msg USER[,USER...] TEXT", summary: "send a private message" },
    Slash { usage: "me TEXT", summary: "say what you do, such as `* waves`" },
    Slash { usage: "query USER", summary: "open a window for a private conversation" },
    Slash { usage: "whois USER", summary: "tell whether a user is here, and in which of your rooms" },
    Slash { usage: "send PATH [TO]", summary: "send a file to this window, or to others" },
    Slash { usage: "save ID|last [PATH]", summary: "save a file that was sent" },
    Slash { usage: "cancel", summary: "stop the file that is on its way" },
    Slash { usage: "ignore [USER]", summary: "hide what a user writes, or list ignored users" },
    Slash { usage: "unignore USER", summary: "show again what a user writes" },
    Slash { usage: "history [ROOM]", summary: "show the last lines of a room" },
    Slash { usage: "search WORDS", summary: "find words in what was said in your rooms" },
    Slash { usage: "rooms", summary: "list the rooms" },
    Slash { usage: "users", summary: "list the users" },
    Slash { usage: "members [ROOM]", summary: "list the members of a room" },
    Slash { usage: "nick NAME", summary: "change your name" },
    Slash { usage: "encoding CHARSET", summary: "use another charset" },
    Slash { usage: "find TEXT", summary: "search upwards" },
    Slash { usage: "record FILE", summary: "record what happens as a script" },
    Slash { usage: "record stop", summary: "end the recording" },
    Slash { usage: "window NUMBER", summary: "show a window" },
    Slash { usage: "close", summary: "close this window; a room is left" },
    Slash { usage: "clear", summary: "clear this window" },
    Slash { usage: "set bell on", summary: "ring the bell when somebody writes to you" },
    Slash { usage: "set bell off", summary: "do not ring the bell" },
    Slash { usage: "set mouse off", summary: "leave the mouse to the terminal; on: the wheel scrolls" },
    Slash { usage: "reconnect", summary: "connect again at once" },
    Slash { usage: "help [COMMAND]", summary: "this list (also F1), or the server's help" },
    Slash { usage: "quit", summary: "leave the server and end this program" },
];

impl Slash {
    pub(super) fn verb(&self) -> &'static str {
        self.usage.split(' ').next().unwrap_or_default()
    }
}

/// The meaning of a line that is typed in this place. The line is not blank.
pub(super) fn meaning(line: &str, place: &Place) -> Meaning {
    match line.strip_prefix('/') {
        Some(rest) if rest.starts_with('/') => Meaning::Line(text(rest, place)),
        Some(command) => slash(command.trim_start(), place),
        None => Meaning::Line(text(line, place)),
    }
}

/// The line that sends a text to a place. In the server's window, the text is the line.
pub(super) fn text(text: &str, place: &Place) -> String {
    match place {
        Place::Server => text.to_owned(),
        Place::Room(room) => format!("send room {room} {text}"),
        Place::Person(person) => format!("send message {person} {text}"),
    }
}

fn slash(command: &str, place: &Place) -> Meaning {
    let (verb, rest) = command.split_once(' ').unwrap_or((command, ""));
    let verb = verb.to_lowercase();
    if let Some(meaning) = local(&verb, rest.trim()) {
        return meaning;
    }
    if let Place::Room(room) = place
        && let Some(line) = about(room, &verb, rest)
    {
        return Meaning::Line(line);
    }
    match Command::parse(command) {
        Ok(Some(_)) => Meaning::Line(command.to_owned()),
        Ok(None) => Meaning::Mistake("expected a command after the slash; try /help".to_owned()),
        Err(wrong) => short(&verb, rest, place).unwrap_or_else(|| refused(command, &wrong)),
    }
}

fn local(verb: &str, rest: &str) -> Option<Meaning> {
    Some(match (verb, rest) {
        ("find", "") => Meaning::Local(Local::StopFinding),
        ("find", words) => Meaning::Local(Local::Find(words.to_owned())),
        ("record", "stop") => Meaning::Local(Local::StopRecording),
        ("record" | "query" | "window" | "whois", "") => usage(verb),
        ("whois", user) => Meaning::Local(Local::Whois(user.to_owned())),
        ("record", "-") => Meaning::Mistake(NO_STANDARD_OUTPUT.to_owned()),
        ("record", file) => Meaning::Local(Local::Record(file.to_owned())),
        ("query", person) => Meaning::Local(Local::Query(person.to_owned())),
        ("window", number) => {
            number.parse().map_or_else(|_| usage(verb), |number| Meaning::Local(Local::Window(number)))
        }
        ("ignore", "") => Meaning::Local(Local::Ignore(None)),
        ("ignore", user) => Meaning::Local(Local::Ignore(Some(user.to_owned()))),
        ("unignore", "") => usage(verb),
        ("unignore", user) => Meaning::Local(Local::Unignore(user.to_owned())),
        ("set", "bell on") => Meaning::Local(Local::Bell(true)),
        ("set", "bell off") => Meaning::Local(Local::Bell(false)),
        ("set", "mouse on") => Meaning::Local(Local::Mouse(true)),
        ("set", "mouse off") => Meaning::Local(Local::Mouse(false)),
        ("set", rest) if rest.is_empty() || ["bell", "mouse"].contains(&first_word(rest)) => usage(verb),
        ("close", "") => Meaning::Local(Local::Close),
        ("clear", "") => Meaning::Local(Local::Clear),
        ("send" | "save", "") => usage(verb),
        ("send", rest) => return file(rest).map(|(path, to)| Meaning::Local(Local::Send { path, to })),
        ("save", rest) => {
            let (id, path) = rest.split_once(' ').unwrap_or((rest, ""));
            let path = (!path.trim().is_empty()).then(|| unquoted(path.trim()).to_owned());
            if path.as_deref() == Some("-") {
                return Some(Meaning::Mistake(NO_STANDARD_OUTPUT.to_owned()));
            }
            Meaning::Local(Local::Save { id: id.to_owned(), path })
        }
        ("cancel", "") => Meaning::Local(Local::Cancel),
        ("help", "") => Meaning::Local(Local::Help),
        ("reconnect", "") => Meaning::Local(Local::Reconnect),
        ("quit", "") => Meaning::Local(Local::Quit),
        _ => return None,
    })
}

/// Why `-` is no file here.
const NO_STANDARD_OUTPUT: &str = "- is standard output, where this screen is: expected a file";

fn first_word(rest: &str) -> &str {
    rest.split(' ').next().unwrap_or_default()
}

/// What may stand around a path: terminals write the one or the other when a file is dropped on them.
const QUOTES: [char; 2] = ['"', '\''];

/// A path, in quotes if it has blanks, and whom the file is for. `None`: it is a `send` of the protocol.
fn file(rest: &str) -> Option<(String, Option<String>)> {
    let (path, to) = match QUOTES.iter().find_map(|quote| rest.strip_prefix(*quote)?.split_once(*quote)) {
        Some((path, to)) => (path, to.trim()),
        None => rest.split_once(' ').map_or((rest, ""), |(path, to)| (path, to.trim())),
    };
    let is_keyword = ["room", "message", "file"].iter().any(|keyword| path.eq_ignore_ascii_case(keyword));
    if to.contains(' ') || is_keyword && !to.is_empty() {
        return None;
    }
    Some((path.to_owned(), (!to.is_empty()).then(|| to.to_owned())))
}

fn unquoted(path: &str) -> &str {
    QUOTES.iter().find_map(|quote| path.strip_prefix(*quote)?.strip_suffix(*quote)).unwrap_or(path)
}

/// A command that decides about a room, where it is typed without the room: it is about the one on the screen.
fn about(room: &str, verb: &str, rest: &str) -> Option<String> {
    let names_room = rest.split_whitespace().next().is_some_and(|first| key(first) == key(room));
    match verb {
        "topic" | "invite" | "kick" | "ban" | "unban" if names_room => None,
        "topic" if rest.trim().is_empty() => Some(format!("topic {room}")),
        "topic" | "invite" | "kick" | "ban" | "unban" => with_argument(&format!("{verb} {room}"), rest),
        _ => None,
    }
}

/// Why `/me` does nothing in the server's window.
const NOBODY_HERE: &str = "nobody reads this window; type /me in that of a room or of a user";

/// The short forms of the protocol's commands.
fn short(verb: &str, rest: &str, place: &Place) -> Option<Meaning> {
    let here = match place {
        Place::Room(room) => room.as_str(),
        Place::Server | Place::Person(_) => "",
    };
    let or_here = if rest.trim().is_empty() { here } else { rest.trim() };
    let line = match verb {
        "join" => with_argument("join room", without_hash(rest)),
        "create" => with_argument("create room", without_hash(rest)),
        "leave" | "part" => with_argument("leave room", without_hash(or_here)),
        "msg" => with_argument("send message", rest),
        "me" if *place == Place::Server => return Some(Meaning::Mistake(NOBODY_HERE.to_owned())),
        "me" if rest.trim().is_empty() => None,
        "me" => Some(text(&format!("* {rest}"), place)),
        "rooms" => Some("list rooms".to_owned()),
        "users" | "names" => Some("list users".to_owned()),
        "members" | "who" => with_argument("list members", or_here),
        "history" => with_argument("history room", or_here),
        "nick" => with_argument("rename", rest),
        "encoding" => with_argument("set encoding", rest),
        _ => return None,
    };
    Some(line.map_or_else(|| usage(verb), Meaning::Line))
}

/// The names of rooms have no `#` here, but elsewhere they do.
fn without_hash(room: &str) -> &str {
    let room = room.trim_start();
    room.strip_prefix('#').unwrap_or(room)
}

fn with_argument(keywords: &str, rest: &str) -> Option<String> {
    (!rest.trim().is_empty()).then(|| format!("{keywords} {rest}"))
}

fn usage(verb: &str) -> Meaning {
    let usages: Vec<String> =
        SLASHES.iter().filter(|slash| slash.verb() == verb).map(|slash| format!("/{}", slash.usage)).collect();
    Meaning::Mistake(format!("usage: {}", usages.join("; ")))
}

/// A command that does not exist is answered here. The server answers a wrong use of one that exists.
fn refused(command: &str, wrong: &BadCommand) -> Meaning {
    let BadCommand::Unknown { .. } = wrong else { return Meaning::Line(command.to_owned()) };
    let (verb, rest) = command.split_once(' ').unwrap_or((command, ""));
    if verb.eq_ignore_ascii_case("help") {
        return Meaning::Mistake(format!("no help for {rest}; /help shows every command"));
    }
    if SLASHES.iter().any(|slash| slash.verb() == verb) {
        return usage(verb);
    }
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
            assert_eq!(sent("/join #den", &place), "join room den");
            assert_eq!(sent("/msg bob,eve  hi", &place), "send message bob,eve  hi");
            assert_eq!(sent("/send message bob hi", &place), "send message bob hi");
            assert_eq!(sent("/send room lobby hi", &place), "send room lobby hi");
            assert_eq!(sent("/send lobby hi there", &place), "send lobby hi there");
            assert_eq!(sent("/send x.pdf", &place), r#"Send { path: "x.pdf", to: None }"#);
            assert_eq!(sent("/send \"my x.pdf\" bob", &place), r#"Send { path: "my x.pdf", to: Some("bob") }"#);
            assert_eq!(sent("/send 'my x.pdf' bob", &place), r#"Send { path: "my x.pdf", to: Some("bob") }"#);
            assert_eq!(sent("/save last 'a b'", &place), r#"Save { id: "last", path: Some("a b") }"#);
            assert_eq!(sent("/save last", &place), r#"Save { id: "last", path: None }"#);
            assert_eq!(sent("/save last \"a b\"", &place), r#"Save { id: "last", path: Some("a b") }"#);
            assert_eq!(sent("/ping x", &place), "ping x");
            assert_eq!(sent("/Create den bob", &place), "create room den bob");
            assert_eq!(sent("/help join", &place), "help join");
            assert_eq!(sent("/whois bob", &place), r#"Whois("bob")"#);
            assert_eq!(sent("/set numbers on", &place), "set numbers on");
            assert_eq!(sent("/quit", &place), "Quit");
        }
        assert_eq!(sent("/me waves", &Place::Room("lobby".into())), "send room lobby * waves");
        assert_eq!(sent("/me waves", &Place::Person("bob".into())), "send message bob * waves");
        assert_eq!(sent("/leave", &Place::Room("lobby".into())), "leave room lobby");
        assert_eq!(sent("/history", &Place::Room("lobby".into())), "history room lobby");
        assert_eq!(sent("/history den before #5", &Place::Room("lobby".into())), "history den before #5");
        assert_eq!(sent("/search hi", &Place::Room("lobby".into())), "search hi");
        assert_eq!(sent("/topic", &Place::Room("lobby".into())), "topic lobby");
        assert_eq!(sent("/topic tea  and cake", &Place::Room("lobby".into())), "topic lobby tea  and cake");
        assert_eq!(sent("/topic tea and cake", &Place::Server), "topic tea and cake");
        assert_eq!(sent("/kick bob too loud", &Place::Room("lobby".into())), "kick lobby bob too loud");
        assert_eq!(sent("/kick Lobby bob", &Place::Room("lobby".into())), "kick Lobby bob");
        assert_eq!(sent("/invite bob,eve", &Place::Room("lobby".into())), "invite lobby bob,eve");
    }

    #[test]
    fn mistakes_are_explained_here() {
        assert_eq!(sent("/leave", &Place::Server), "usage: /leave [ROOM]");
        assert_eq!(sent("/kick bob", &Place::Server), "kick bob", "the server knows its usage");
        assert_eq!(sent("/history", &Place::Server), "usage: /history [ROOM]");
        assert_eq!(sent("/me", &Place::Room("lobby".into())), "usage: /me TEXT");
        assert_eq!(sent("/me waves", &Place::Server), NOBODY_HERE);
        assert_eq!(sent("/whois", &Place::Server), "usage: /whois USER");
        assert_eq!(sent("/set bell", &Place::Server), "usage: /set bell on; /set bell off; /set mouse off");
        assert_eq!(sent("/set", &Place::Server), "usage: /set bell on; /set bell off; /set mouse off");
        assert_eq!(sent("/save", &Place::Server), "usage: /save ID|last [PATH]");
        assert_eq!(sent("/record -", &Place::Server), NO_STANDARD_OUTPUT);
        assert_eq!(sent("/save last -", &Place::Server), NO_STANDARD_OUTPUT);
        assert_eq!(sent("/record", &Place::Server), "usage: /record FILE; /record stop");
        assert_eq!(sent("/jion lobby", &Place::Server), "there is no command /jion; did you mean /join?");
        assert_eq!(sent("/xyzzy", &Place::Server), "there is no command /xyzzy; try /help");
        assert_eq!(sent("/", &Place::Server), "expected a command after the slash; try /help");
        assert_eq!(sent("/help foo", &Place::Server), "no help for foo; /help shows every command");
        assert_eq!(sent("/clear now", &Place::Server), "usage: /clear");
        assert_eq!(sent("/list", &Place::Server), "list", "the server knows its usage");
    }
}
