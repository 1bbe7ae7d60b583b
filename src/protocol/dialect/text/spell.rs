//! Events as lines of the text dialect. [`read`](super::read) is the inverse.

use std::fmt::{self, Write};
use std::time::{Duration, SystemTime};

use crate::protocol::dialect::listing::{ListedName, write_joined, write_lines};
use crate::protocol::event::{
    AccountEvent, Event, FileEvent, PastEnd, PastEvent, PastLine, RoomEvent, RoomSummary, ServerNotice,
};
use crate::protocol::file::{FileInfo, PUT_WITHIN};
use crate::protocol::mode_letters;
use crate::protocol::name::{RoomName, UserName};
use crate::protocol::operated::Operated;
use crate::text::numbers::{counted, plural};

/// Appends the event's lines to `out`, each with its newline.
pub(in crate::protocol::dialect) fn spell(event: &Event, numbered: bool, out: &mut impl Write) -> fmt::Result {
    match event {
        Event::NamePrompt => out.write_str("server: set your name please:\n"),
        Event::PasswordPrompt => out.write_str("server: password please:\n"),
        Event::Welcome => out.write_str("server: let's start chatting!\n"),
        Event::Users(users) => list(out, "users", users),
        Event::Rooms(rooms) => list(out, "rooms", rooms),
        Event::Members { room, users } => list(out, &format!("members of {room}"), users),
        Event::Stats(stats) => {
            stats.iter().try_for_each(|stat| writeln!(out, "server: stats: {} {}", stat.name, stat.value))
        }
        Event::Message { from, text, number: Some(number), mark: _ } if numbered => {
            text.lines().try_for_each(|line| writeln!(out, "#{number} {from}: {line}"))
        }
        Event::Message { from, text, number: _, mark: _ } => {
            text.lines().try_for_each(|line| writeln!(out, "{from}: {line}"))
        }
        Event::KeptFor(name) => writeln!(out, "server: kept for {name}"),
        Event::InRoom { room, sequence, what, mark: _ } if numbered => {
            in_room(out, &format!("#{sequence} "), room, what)
        }
        Event::InRoom { room, sequence: _, what, mark: _ } => in_room(out, "", room, what),
        Event::Topic { room, topic: Some(topic) } => writeln!(out, "server: topic of {room}: {topic}"),
        Event::Topic { room, topic: None } => writeln!(out, "server: {room} has no topic"),
        Event::RoomShown(summary) => shown(out, summary),
        Event::Invited { room, users } => {
            write_joined(out, "server: invited ", users)?;
            writeln!(out, " to {room}")
        }
        Event::Invitation { room, by } => writeln!(out, "server: {by} invites you to {room}"),
        Event::InvitationsSet { ask: true } => out.write_str("server: others ask before they put you into a room\n"),
        Event::InvitationsSet { ask: false } => out.write_str("server: others may put you into a room\n"),
        Event::NumbersSet(Some(epoch)) => writeln!(out, "server: numbers are on, epoch {epoch}"),
        Event::NumbersSet(None) => out.write_str("server: numbers are off\n"),
        Event::Token(token) => writeln!(out, "server: token {token}"),
        Event::Renamed(name) => writeln!(out, "server: you are now {name}"),
        Event::EncodingSet(charset) => writeln!(out, "server: encoding is {charset}"),
        Event::Pong(None) => out.write_str("server: pong\n"),
        Event::Pong(Some(token)) => writeln!(out, "server: pong {}", token.as_str()),
        Event::Help(kinds) => kinds.iter().try_for_each(|kind| {
            let short = kind.short_usage().map(|usage| format!(", short {usage}")).unwrap_or_default();
            writeln!(out, "server: {}{short} - {}", kind.usage(), kind.summary())
        }),
        Event::Bye => out.write_str("server: bye\n"),
        Event::Operated(operated) => of_operator(out, operated),
        Event::RoomClosed { room, by } => writeln!(out, "{room}/server: {by} closed the room"),
        Event::Past(event) => of_past(out, event),
        Event::File(event) => of_file(out, event),
        Event::Account(AccountEvent::Registered(name)) => writeln!(out, "server: {name} is registered"),
        Event::Account(AccountEvent::PasswordChanged) => out.write_str("server: the password is changed\n"),
        Event::Account(AccountEvent::Unregistered(name)) => writeln!(out, "server: {name} is no longer registered"),
        Event::Server(notice) => of_server(out, notice),
        Event::Refused(refusal) => writeln!(out, "error: {refusal}"),
        Event::Deed(_) | Event::Signal(_) | Event::Note(_) => Ok(()),
    }
}

fn of_past(out: &mut impl Write, event: &PastEvent) -> fmt::Result {
    match event {
        PastEvent::History { room, lines, kept } => history(out, room, lines, *kept),
        PastEvent::Resumed { room, lines, left_out } => resumed(out, room, lines, *left_out),
        PastEvent::Messages { with, lines, end } => past_messages(out, with, lines, *end),
        PastEvent::NewIn { room, lines: (from, to) } => {
            writeln!(out, "server: new in {room} ({}): #{from} to #{to}", (to + 1).saturating_sub(*from))
        }
        PastEvent::Found { lines, more } => found(out, lines, *more),
    }
}

fn of_file(out: &mut impl Write, event: &FileEvent) -> fmt::Result {
    match event {
        FileEvent::Given { from, file, mark: _ } => {
            write!(out, "server: {from} sent you the file ")?;
            sent(out, file)
        }
        FileEvent::Sent { to, from: _, file, mark: _ } => {
            writeln!(out, "server: sent the file {} to {to}: {}", file.id, file.name)
        }
        FileEvent::Wanted { token, name, until: _ } => {
            writeln!(out, "server: put {token} within {} s: {name}", PUT_WITHIN.as_secs())
        }
        FileEvent::Stored(file) => in_full(out, "stored", file),
        FileEvent::Head(file) => in_full(out, "file", file),
        FileEvent::Canceled(name) => writeln!(out, "server: canceled the file {name}"),
        FileEvent::Removed(id) => writeln!(out, "server: removed the file {id}"),
    }
}

fn of_server(out: &mut impl Write, notice: &ServerNotice) -> fmt::Result {
    match notice {
        ServerNotice::OperatorSet(true) => out.write_str("server: you are an operator of this server\n"),
        ServerNotice::OperatorSet(false) => out.write_str("server: you are no operator of this server any more\n"),
        ServerNotice::Announcement { by, text } => writeln!(out, "server: {by} announces: {text}"),
        ServerNotice::StopsIn(seconds) => writeln!(out, "server: {}", stops_in(*seconds)),
        ServerNotice::ShuttingDown => out.write_str("server: server is shutting down\n"),
        ServerNotice::NotTaken(why) => writeln!(out, "server: {why}{}", why.consequence()),
        ServerNotice::TakenAgain(why) => writeln!(out, "server: {}", why.over()),
    }
}

/// What was done for an operator of the server.
fn of_operator(out: &mut impl Write, operated: &Operated) -> fmt::Result {
    match operated {
        Operated::Password { name, password } => {
            writeln!(out, "server: the password of {name} is {}", password.reveal())
        }
        Operated::PasswordSet(name) => writeln!(out, "server: the password of {name} is changed"),
        Operated::Dropped(name) => writeln!(out, "server: {name} is no longer registered"),
        Operated::Appointed(name) => writeln!(out, "server: {name} is an operator of this server"),
        Operated::Dismissed(name) => writeln!(out, "server: {name} is no operator of this server any more"),
        Operated::Kicked(name) => writeln!(out, "server: removed {name} from this server"),
        Operated::Banned(name) => writeln!(out, "server: banned {name} from this server"),
        Operated::Unbanned(name) => writeln!(out, "server: lifted the ban of {name} from this server"),
        // Whoever announces something hears it like everybody else.
        Operated::Announced => Ok(()),
        Operated::Closed(room) => writeln!(out, "server: closed {room}"),
        Operated::Accounts { accounts, operators } => {
            list(out, "accounts", accounts)?;
            list(out, "operators", operators)
        }
        Operated::Bans { room: Some(room), users } => list(out, &format!("bans of {room}"), users),
        Operated::Bans { room: None, users } => list(out, "bans", users),
    }
}

/// When the server stops: `server stops in 30 seconds`
pub(in crate::protocol::dialect) fn stops_in(seconds: u64) -> String {
    format!("server stops in {seconds} second{}", plural(seconds))
}

/// What happened or was said, with its source; `head` stands before each line.
pub(in crate::protocol::dialect) fn in_room(
    out: &mut impl Write,
    head: &str,
    room: &RoomName,
    what: &RoomEvent,
) -> fmt::Result {
    match what {
        RoomEvent::Said { from, text } => {
            // Not formatted but put together: this is what a server spells most.
            let mut lines = text.lines();
            lines.try_for_each(|line| {
                let parts = [head, room.as_str(), "/", from.as_str(), ": ", line, "\n"];
                parts.into_iter().try_for_each(|part| out.write_str(part))
            })
        }
        happening => {
            write!(out, "{head}{room}/server: ")?;
            happened(out, happening)
        }
    }
}

/// `server: lobby: open, owner alice, 3 members, #1 to #44`
fn shown(out: &mut impl Write, summary: &RoomSummary) -> fmt::Result {
    let RoomSummary { room, private, owner, members, kept } = summary;
    write!(out, "server: {room}: {}, ", if *private { "private" } else { "open" })?;
    match owner {
        Some(owner) => write!(out, "owner {owner}")?,
        None => out.write_str("no owner")?,
    }
    write!(out, ", {}, ", counted(*members, "member"))?;
    match kept {
        Some((from, to)) => writeln!(out, "#{from} to #{to}"),
        None => out.write_str("no lines\n"),
    }
}

/// `ID (123456 bytes): report.pdf`, the end of a line.
fn sent(out: &mut impl Write, file: &FileInfo) -> fmt::Result {
    writeln!(out, "{} ({} bytes): {}", file.id, file.size, file.name)
}

/// `server: WHAT ID SIZE sha256:HEX NAME`
fn in_full(out: &mut impl Write, what: &str, file: &FileInfo) -> fmt::Result {
    writeln!(out, "server: {what} {} {} sha256:{} {}", file.id, file.size, file.hash, file.name)
}

/// `history: #42 2026-11-25T17:30:02Z lobby/alice: hi` a line, and which of them they are.
fn history(out: &mut impl Write, room: &RoomName, lines: &[PastLine], kept: Option<(u64, u64)>) -> fmt::Result {
    lines.iter().try_for_each(|line| past(out, room, line))?;
    write!(out, "server: history of {room} ({}): ", lines.len())?;
    span(out, lines, kept)
}

/// Which of the lines that are kept these are.
fn span(out: &mut impl Write, lines: &[PastLine], kept: Option<(u64, u64)>) -> fmt::Result {
    match (lines, kept) {
        ([first, .., last], Some((from, to))) => {
            writeln!(out, "#{} to #{} of #{from} to #{to}", first.number, last.number)
        }
        ([only], Some((from, to))) => writeln!(out, "#{0} to #{0} of #{from} to #{to}", only.number),
        ([], Some((from, to))) => writeln!(out, "none of #{from} to #{to}"),
        (_, None) => out.write_str("none\n"),
    }
}

fn past(out: &mut impl Write, room: &RoomName, line: &PastLine) -> fmt::Result {
    in_room(out, &format!("history: #{} {} ", line.number, time(line.at)), room, &line.what)
}

/// The lines, and which of them they are: `server: resumed lobby (2): #42 to #43, left out #3 to #41`.
fn resumed(out: &mut impl Write, room: &RoomName, lines: &[PastLine], left_out: Option<(u64, u64)>) -> fmt::Result {
    lines.iter().try_for_each(|line| past(out, room, line))?;
    write!(out, "server: resumed {room} ({})", lines.len())?;
    missed(out, lines, left_out)
}

/// Which of the lines that were missed these are.
fn missed(out: &mut impl Write, lines: &[PastLine], left_out: Option<(u64, u64)>) -> fmt::Result {
    if let [first, ..] = lines {
        write!(out, ": #{} to #{}", first.number, lines.last().unwrap_or(first).number)?;
    }
    if let Some((from, to)) = left_out {
        write!(out, ", left out #{from} to #{to}")?;
    }
    out.write_char('\n')
}

/// `history: #18 2026-11-25T17:31:00Z bob: psst` a line, and which of them they are.
fn past_messages(out: &mut impl Write, with: &UserName, lines: &[PastLine], end: PastEnd) -> fmt::Result {
    lines
        .iter()
        .try_for_each(|line| past_message(out, &format!("history: #{} {} ", line.number, time(line.at)), line))?;
    match end {
        PastEnd::Kept(kept) => {
            write!(out, "server: history with {with} ({}): ", lines.len())?;
            span(out, lines, kept)
        }
        PastEnd::LeftOut(left_out) => {
            write!(out, "server: resumed with {with} ({})", lines.len())?;
            missed(out, lines, left_out)
        }
    }
}

/// What one of two wrote, with his name; `head` stands before each line.
pub(in crate::protocol::dialect) fn past_message(out: &mut impl Write, head: &str, line: &PastLine) -> fmt::Result {
    match &line.what {
        RoomEvent::Said { from, text } => text.lines().try_for_each(|said| writeln!(out, "{head}{from}: {said}")),
        // Between two, nothing else happens.
        _ => Ok(()),
    }
}

/// The lines, and how many they are.
fn found(out: &mut impl Write, lines: &[(RoomName, PastLine)], more: bool) -> fmt::Result {
    lines.iter().try_for_each(|(room, line)| past(out, room, line))?;
    writeln!(out, "server: {}", count_of_found(lines.len(), more))
}

pub(in crate::protocol::dialect) fn count_of_found(lines: usize, more: bool) -> String {
    format!("found ({lines}){}", if more { ", and there are more" } else { "" })
}

/// Seconds of UTC. A clock that is set to before 1970 or after 9999 is taken for the nearest moment in between.
pub(in crate::protocol::dialect) fn time(at: SystemTime) -> impl fmt::Display {
    let first = SystemTime::UNIX_EPOCH;
    let last = first + Duration::from_secs(253_402_300_799);
    humantime::format_rfc3339_seconds(at.clamp(first, last))
}

/// What happened in a room or was said there, without its source.
pub(in crate::protocol::dialect) fn happened(out: &mut impl Write, what: &RoomEvent) -> fmt::Result {
    match what {
        RoomEvent::Said { from: _, text } => out.write_str(text.as_str())?,
        RoomEvent::TopicSet { by, topic: Some(topic) } => write!(out, "{by} set the topic: {topic}")?,
        RoomEvent::TopicSet { by, topic: None } => write!(out, "{by} cleared the topic")?,
        RoomEvent::Removed { by, user, reason: Some(reason) } => write!(out, "{by} removed {user} ({reason})")?,
        RoomEvent::Removed { by, user, reason: None } => write!(out, "{by} removed {user}")?,
        RoomEvent::Banned { by, user } => write!(out, "{by} banned {user}")?,
        RoomEvent::Unbanned { by, user } => write!(out, "{by} lifted the ban of {user}")?,
        RoomEvent::Opened { by, to_all } => {
            write!(out, "{by} made the room {}", if *to_all { "open" } else { "private" })?;
        }
        RoomEvent::Moded { by, changes } => write!(out, "{by} set mode {}", mode_letters::spelled(changes))?,
        RoomEvent::Owned { by: Some(by), owner } => write!(out, "{by} gave the room to {owner}")?,
        RoomEvent::Owned { by: None, owner } => write!(out, "{owner} has the room")?,
        RoomEvent::File { from, file } => {
            write!(out, "{from} sent the file ")?;
            return sent(out, file);
        }
        RoomEvent::Created { by, with } => {
            write!(out, "{by} created the room")?;
            write_joined(out, if with.is_empty() { "" } else { " with " }, with)?;
        }
        RoomEvent::Joined(user) => write!(out, "{user} joined")?,
        // What is said besides is no matter of this door.
        RoomEvent::Left { user, why, said: _ } => {
            write!(out, "{user} left")?;
            if let Some(reason) = why.reason() {
                write!(out, " ({reason})")?;
            }
        }
        RoomEvent::Renamed { from, to } => write!(out, "{from} is now {to}")?,
    }
    out.write_char('\n')
}

/// `server: WHAT (TOTAL): a, b`, on as many lines as it takes.
pub(in crate::protocol::dialect) fn list<N: ListedName>(out: &mut impl Write, what: &str, names: &[N]) -> fmt::Result {
    let colon = if names.is_empty() { "" } else { ": " };
    write_lines(out, &format!("server: {what} ({}){colon}", names.len()), names)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::dialect::listing::MAX_LINE;

    fn rendered(event: &Event) -> String {
        let mut out = String::new();
        spell(event, false, &mut out).unwrap();
        out
    }

    #[test]
    fn lists_have_their_total() {
        let names = |names: &[&str]| names.iter().map(|name| UserName::new(name).unwrap()).collect::<Vec<_>>();
        assert_eq!(rendered(&Event::Users(names(&["alice", "bob"]))), "server: users (2): alice, bob\n");
        assert_eq!(rendered(&Event::Rooms(Vec::new())), "server: rooms (0)\n");
    }

    #[test]
    fn a_list_that_is_too_long_is_several_lines_with_the_same_total() {
        let users: Vec<_> = (10_000..13_000).map(|i| UserName::new(&format!("user_{i}")).unwrap()).collect();
        let text = rendered(&Event::Users(users.clone()));
        let heads = text.lines().map(|line| line.strip_prefix("server: users (3000): ").expect(line));
        let names: Vec<&str> = heads.flat_map(|rest| rest.split(", ")).collect();
        assert_eq!(names, users.iter().map(UserName::as_str).collect::<Vec<_>>());
        assert!(text.lines().all(|line| line.len() <= MAX_LINE));
        assert!(text.lines().rev().skip(1).all(|line| line.len() > MAX_LINE - 12), "lines are filled");
    }
}
