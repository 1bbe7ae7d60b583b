//! What happens, as lines of the server.

use std::time::SystemTime;

use super::account;
use super::features::Features;
use super::instruction::{Saying, Spoken};
use super::numeric::refused;
use super::request::HOUSE;
use super::texts::{bodies, last_words, lines_in_full, single_body};
use super::writer::{IrcWriter, Tags, source, source_now};
use super::{MAX_LINE, seen};
use crate::protocol::act::Addressee;
use crate::protocol::command::{Manner, Phrase, Text};
use crate::protocol::dialect::Hearer;
use crate::protocol::dialect::text::spell::stops_in;
use crate::protocol::event::{AccountEvent, Departure, Event, FileEvent, Mark, RoomEvent, ServerNotice};
use crate::protocol::file::FileInfo;
use crate::protocol::mode_letters;
use crate::protocol::name::{RoomName, UserName};
use crate::protocol::presence::{Deed, Doing, Note, Signal};
use crate::protocol::recall_request::RecalledPlace;

/// What the lines of one message are called that belong together.
const WHOLE: &str = "whole";

/// Appends what the hearer is told of the event. Who is turned away before there is a chat to see hears the last line alone.
pub(in crate::protocol::dialect) fn event(event: &Event, features: Features, hearer: Hearer<'_>, out: &mut Vec<u8>) {
    match (hearer.sight, event) {
        (Some(sight), _) => tell(&mut IrcWriter { out, sight, features }, event),
        (None, Event::Refused(refusal)) => {
            out.extend_from_slice(format!("ERROR :Closing link: ({refusal})\r\n").as_bytes());
        }
        (None, _) => {}
    }
}

/// Appends what was to be said to a client that asked.
pub(in crate::protocol::dialect) fn saying(saying: &Saying, features: Features, hearer: Hearer<'_>, out: &mut Vec<u8>) {
    let Some(sight) = hearer.sight else { return };
    let writer = &mut IrcWriter { out, sight, features };
    match &saying.0 {
        Spoken::Numbered(number, params) => writer.numbered(*number, &texts(params)),
        Spoken::Plain(command, params) => {
            let house = &sight.house().name;
            let params: Vec<&str> =
                params.iter().map(|param| if param == HOUSE { house } else { param }.as_str()).collect();
            writer.plain(command, &params);
        }
        Spoken::Bare(command, params) => writer.bare(command, &texts(params)),
        Spoken::Cap(params) => {
            let nick = writer.nick();
            let params: Vec<&str> = std::iter::once(nick.as_str()).chain(texts(params)).collect();
            writer.cap(&params);
        }
        Spoken::Closing(why) => writer.closing(why),
        Spoken::Seen(question) => seen::answer(writer, question),
        Spoken::OfHouse(word, question) => seen::of_house(writer, word, question),
        Spoken::OfOneself(name, question) => seen::of_oneself(writer, name, question),
    }
}

fn texts(params: &[String]) -> Vec<&str> {
    params.iter().map(String::as_str).collect()
}

/// Whether the event is spelled differently for two hearers with the same capabilities.
pub(in crate::protocol::dialect) fn is_personal(event: &Event) -> bool {
    !matches!(event, Event::InRoom { .. } | Event::Deed(_))
}

/// Whether the event is told by another one: once a person and not once a room, or with what is for this door alone.
pub(in crate::protocol::dialect) fn is_told_otherwise(event: &Event) -> bool {
    matches!(
        event,
        Event::InRoom { what: RoomEvent::Left { .. } | RoomEvent::Renamed { .. } | RoomEvent::Moded { .. }, .. }
    )
}

/// Whether who has said this does not hear it.
pub(in crate::protocol::dialect) fn is_own_word(event: &Event, features: Features) -> bool {
    let is_word = matches!(event, Event::InRoom { what: RoomEvent::Said { .. }, .. } | Event::Signal(_));
    is_word && !features.has(Features::ECHO)
}

fn tell(writer: &mut IrcWriter<'_>, event: &Event) {
    match event {
        Event::Welcome => seen::welcome(writer),
        Event::Message { from, text, number: _, mark } => {
            let nick = writer.nick();
            say(writer, from, &nick, text, mark);
        }
        Event::File(FileEvent::Given { from, file, mark }) => {
            let nick = writer.nick();
            give(writer, from, (&nick, file), mark);
        }
        Event::InRoom { room, sequence: _, what, mark } => in_room(writer, room, what, mark),
        Event::Topic { room, topic } => match topic {
            Some(topic) => writer.numbered(332, &[&format!("#{room}"), topic.as_str()]),
            None => writer.numbered(331, &[&format!("#{room}"), "No topic is set"]),
        },
        Event::Invited { room, users } => {
            users.iter().for_each(|user| writer.numbered(341, &[user.as_str(), &format!("#{room}")]));
        }
        Event::Invitation { room, by } => invitation(writer, room, by),
        Event::RoomClosed { room, by } => {
            let (nick, source) = (writer.nick(), writer.source_of(by));
            let tags = Tags::of(writer.sight, by, writer.sight.now());
            writer.tell(&tags, &source, "KICK", &[&format!("#{room}"), &nick, "the room is closed"]);
        }
        Event::KeptFor(user) => notice(writer, &format!("kept for {user}")),
        Event::Server(news) => server_notice(writer, news),
        Event::Account(AccountEvent::Registered(name)) => account::registered(writer, name),
        Event::Refused(refusal) => refused(writer, refusal),
        Event::Deed(deed) => done(writer, deed),
        Event::Signal(signal) => signaled(writer, signal),
        Event::Note(note) => noted(writer, note),
        // What other dialects ask for, or say of themselves.
        Event::NamePrompt
        | Event::PasswordPrompt
        | Event::RoomShown(_)
        | Event::InvitationsSet { .. }
        | Event::Account(_)
        | Event::Users(_)
        | Event::Rooms(_)
        | Event::Members { .. }
        | Event::Stats(_)
        | Event::Past(_)
        | Event::File(_)
        | Event::NumbersSet(_)
        | Event::Token(_)
        | Event::Renamed(_)
        | Event::EncodingSet(_)
        | Event::Pong(_)
        | Event::Help(_)
        | Event::Operated(_)
        | Event::Bye => {}
    }
}

fn invitation(writer: &mut IrcWriter<'_>, room: &RoomName, by: &UserName) {
    let (nick, source) = (writer.nick(), writer.source_of(by));
    let tags = Tags::of(writer.sight, by, writer.sight.now());
    writer.tell(&tags, &source, "INVITE", &[&nick, &format!("#{room}")]);
}

fn server_notice(writer: &mut IrcWriter<'_>, news: &ServerNotice) {
    match news {
        ServerNotice::OperatorSet(true) => notice(writer, "you are an operator of this server"),
        ServerNotice::OperatorSet(false) => notice(writer, "you are no operator of this server any more"),
        ServerNotice::Announcement { by, text } => notice(writer, &format!("{by} announces: {text}")),
        ServerNotice::StopsIn(seconds) => notice(writer, &stops_in(*seconds)),
        ServerNotice::ShuttingDown => writer.closing("the server is shutting down"),
        ServerNotice::NotTaken(why) => notice(writer, &format!("{why}{}", why.consequence())),
        ServerNotice::TakenAgain(why) => notice(writer, why.over()),
    }
}

fn notice(writer: &mut IrcWriter<'_>, text: &str) {
    let nick = writer.nick();
    writer.plain("NOTICE", &[&nick, text]);
}

/// A message, in as many lines as it takes; the first one alone says which message it is. In a batch, whatever holds for the
/// whole of it stands before that alone.
fn say(writer: &mut IrcWriter<'_>, from: &UserName, target: &str, text: &Text, mark: &Mark) {
    let person = writer.sight.person(from);
    let source = source_now(from, person);
    let command = if text.manner() == Manner::Notices { "NOTICE" } else { "PRIVMSG" };
    let around: usize = [":", &*source, " ", command, " ", target, " :\r\n"].iter().map(|part| part.len()).sum();
    let room = MAX_LINE.saturating_sub(around);
    let client = text.original().map_or("", |original| &original.tags);
    let tags = Tags { id: Some(mark.id), client, ..Tags::of_person(person, mark.at) };
    if let Some(body) = single_body(text, room) {
        return writer.tell_text(&tags, &source, command, &[target], Some(body));
    }
    if writer.features.has(Features::MULTILINE.and(Features::BATCH)) && text.manner() != Manner::Does {
        let lines = lines_in_full(text, room);
        if lines.len() > 1 {
            return say_in_batch(writer, (&source, command, target), &lines, &tags);
        }
    }
    for (place, body) in bodies(text, room).iter().enumerate() {
        let id = tags.id.filter(|_| place == 0);
        writer.tell_text(&Tags { id, ..tags.clone() }, &source, command, &[target], Some(body));
    }
}

/// A message of several lines, whole.
fn say_in_batch(
    writer: &mut IrcWriter<'_>,
    (source, command, target): (&str, &str, &str),
    lines: &[(bool, &str)],
    tags: &Tags<'_>,
) {
    writer.tell(tags, source, "BATCH", &[&format!("+{WHOLE}"), "draft/multiline", target]);
    for (goes_on, line) in lines {
        let batch = Some(if *goes_on { "whole;draft/multiline-concat" } else { WHOLE });
        writer.tell_text(&Tags { batch, ..Tags::default() }, source, command, &[target], Some(line));
    }
    writer.plain("BATCH", &[&format!("-{WHOLE}")]);
}

/// A file is told of in words: a client can do no more than show where a browser has it.
fn give(writer: &mut IrcWriter<'_>, from: &UserName, (target, file): (&str, &FileInfo), mark: &Mark) {
    let address = file.door.as_ref().map(|door| format!(": {door}{}", file.path())).unwrap_or_default();
    let text = format!("sent the file {} ({} bytes){address}", file.name, file.size);
    let source = writer.source_of(from);
    writer.tell_text(&Tags::of(writer.sight, from, mark.at), &source, "NOTICE", &[target], Some(&text));
}

fn in_room(writer: &mut IrcWriter<'_>, room: &RoomName, what: &RoomEvent, mark: &Mark) {
    let target = ["#", room.as_str()].concat();
    match what {
        RoomEvent::Said { from, text } => say(writer, from, &target, text, mark),
        RoomEvent::Created { by, with } => {
            joined(writer, &target, by, mark.at, Some(mark.id));
            with.iter().for_each(|user| joined(writer, &target, user, mark.at, None));
        }
        RoomEvent::File { from, file } => give(writer, from, (&target, file), mark),
        RoomEvent::Joined(user) => joined(writer, &target, user, mark.at, Some(mark.id)),
        RoomEvent::TopicSet { by, topic } => {
            let topic = topic.as_ref().map_or("", Phrase::as_str);
            decided(writer, by, mark, ("TOPIC", &[&target]), Some(topic));
        }
        RoomEvent::Removed { by, user, reason } => {
            let why = reason.as_ref().map_or(by.as_str(), |reason| reason.as_str());
            decided(writer, by, mark, ("KICK", &[&target, user.as_str()]), Some(why));
        }
        RoomEvent::Banned { by, user } => {
            let mask = format!("{user}!*@*");
            decided(writer, by, mark, ("MODE", &[&target, "+b", &mask]), None);
            decided(writer, by, mark, ("KICK", &[&target, user.as_str()]), Some("banned"));
        }
        RoomEvent::Unbanned { by, user } => {
            decided(writer, by, mark, ("MODE", &[&target, "-b", &format!("{user}!*@*")]), None);
        }
        RoomEvent::Opened { by, to_all } => {
            decided(writer, by, mark, ("MODE", &[&target, if *to_all { "-is" } else { "+is" }]), None);
        }
        RoomEvent::Owned { by, owner } => match by {
            Some(by) => {
                let params = [&*target, "+o-o", owner.as_str(), by.as_str()];
                decided(writer, by, mark, ("MODE", &params), None);
            }
            None => writer.plain("MODE", &[&target, "+o", owner.as_str()]),
        },
        // Told otherwise.
        RoomEvent::Left { .. } | RoomEvent::Renamed { .. } | RoomEvent::Moded { .. } => {}
    }
}

/// Somebody decides something about a room.
fn decided(writer: &mut IrcWriter<'_>, by: &UserName, mark: &Mark, line: (&str, &[&str]), text: Option<&str>) {
    let (source, (command, params)) = (writer.source_of(by), line);
    writer.tell_text(&Tags::of_message(writer.sight, by, mark, ""), &source, command, params, text);
}

fn joined(writer: &mut IrcWriter<'_>, room: &str, user: &UserName, at: SystemTime, id: Option<u64>) {
    let source = writer.source_of(user);
    let sight = writer.sight;
    let person = sight.person(user);
    let tags = Tags { id, ..Tags::of(sight, user, at) };
    match person.filter(|_| writer.features.has(Features::EXTENDED_JOIN)) {
        Some(person) => {
            let account = person.account.map_or("*", UserName::as_str);
            writer.tell_text(&tags, &source, "JOIN", &[room, account], Some(person.real_name));
        }
        None => writer.tell(&tags, &source, "JOIN", &[room]),
    }
    if let Some(away) = person.and_then(|person| person.away).filter(|_| writer.features.has(Features::AWAY_NOTIFY)) {
        writer.tell_text(&Tags { id: None, ..tags }, &source, "AWAY", &[], Some(away));
    }
}

fn done(writer: &mut IrcWriter<'_>, deed: &Deed) {
    if deed.is_watched && !writer.features.has(Features::EXTENDED_MONITOR) {
        return;
    }
    let source = source(&deed.who);
    let tags = Tags::of(writer.sight, &deed.who.name, deed.at);
    match &deed.what {
        Doing::Renamed(to) => writer.tell(&tags, &source, "NICK", &[to.as_str()]),
        Doing::Left(room, said) => {
            writer.tell_text(&tags, &source, "PART", &[&format!("#{room}")], said.as_deref());
        }
        Doing::Gone(departure, said) => {
            writer.tell_text(&tags, &source, "QUIT", &[], Some(&last_words(*departure, said.as_deref())));
        }
        Doing::Away(text) if writer.features.has(Features::AWAY_NOTIFY) => {
            writer.tell_text(&tags, &source, "AWAY", &[], text.as_deref());
        }
        Doing::RealName(name) if writer.features.has(Features::SET_NAME) => {
            writer.tell_text(&tags, &source, "SETNAME", &[], Some(name));
        }
        Doing::Moded(room, changes) => {
            let channel = format!("#{room}");
            let around = format!(":{source} MODE {channel} \r\n").len();
            for changed in mode_letters::lines(changes, MAX_LINE.saturating_sub(around)) {
                let params: Vec<&str> = std::iter::once(&channel).chain(&changed).map(String::as_str).collect();
                writer.tell(&tags, &source, "MODE", &params);
            }
        }
        Doing::Invited(room, user) if writer.features.has(Features::INVITE_NOTIFY) => {
            writer.tell(&tags, &source, "INVITE", &[user.as_str(), &format!("#{room}")]);
        }
        Doing::Account(account) if writer.features.has(Features::ACCOUNT_NOTIFY) => {
            writer.tell(&tags, &source, "ACCOUNT", &[account.as_ref().map_or("*", UserName::as_str)]);
        }
        Doing::Away(_) | Doing::RealName(_) | Doing::Invited(..) | Doing::Account(_) => {}
    }
}

fn signaled(writer: &mut IrcWriter<'_>, signal: &Signal) {
    let target = match &signal.to {
        Addressee::User(name) => name.to_string(),
        Addressee::Room(room) => format!("#{room}"),
        Addressee::Voices(room) => format!("+#{room}"),
        Addressee::Operators(room) => format!("@#{room}"),
    };
    let source = writer.source_of(&signal.from);
    let tags = Tags::of_message(writer.sight, &signal.from, &signal.mark, &signal.what.tags);
    match &signal.what.text {
        Some(text) => {
            let command = if signal.what.is_notice { "NOTICE" } else { "PRIVMSG" };
            writer.tell_text(&tags, &source, command, &[&target], Some(text));
        }
        None if writer.features.has(Features::TAGS) => writer.tell(&tags, &source, "TAGMSG", &[&target]),
        None => {}
    }
}

/// What a client calls a place.
fn called(place: &RecalledPlace) -> String {
    match place {
        RecalledPlace::Room(room) => format!("#{room}"),
        RecalledPlace::With(other) => other.to_string(),
    }
}

fn noted(writer: &mut IrcWriter<'_>, note: &Note) {
    match note {
        Note::Entered(room) => seen::entered(writer, room),
        Note::Echo { to, text, mark } => {
            if let Some(own) = writer.sight.hearer().cloned().filter(|_| writer.features.has(Features::ECHO)) {
                say(writer, &own, to.as_str(), text, mark);
            }
        }
        Note::SignalEcho(signal) if writer.features.has(Features::ECHO) => signaled(writer, signal),
        Note::SignalEcho(_) => {}
        Note::IsAway(name, text) => writer.numbered(301, &[name.as_str(), text]),
        Note::AwaySet(true) => writer.numbered(306, &["You have been marked as being away"]),
        Note::AwaySet(false) => writer.numbered(305, &["You are no longer marked as being away"]),
        Note::Appears(is_bot, is_invisible) => appears(writer, *is_bot, *is_invisible),
        Note::Seen { who, is_here: true } => {
            writer.numbered(730, &[&source(who)]);
        }
        Note::Seen { who, is_here: false } => writer.numbered(731, &[who.name.as_str()]),
        // It watches whom it wants to hear of, and marks nothing.
        Note::Presence { .. } | Note::Read(_) => {}
        Note::Looked(names) => seen::looked(writer, names),
        Note::Watched(names) => {
            let names: Vec<String> = names.iter().map(ToString::to_string).collect();
            writer.words(732, &[], &names, ',');
            writer.numbered(733, &["End of MONITOR list"]);
        }
        Note::NotWatched(names) => {
            let names: Vec<&str> = names.iter().map(UserName::as_str).collect();
            writer.numbered(734, &["100", &names.join(","), "Monitor list is full."]);
        }
        Note::InvitedTo(rooms) => {
            rooms.iter().for_each(|room| writer.numbered(336, &[&format!("#{room}")]));
            writer.numbered(337, &["End of /INVITE list"]);
        }
        Note::Authenticated(name) => account::authenticated(writer, name),
        Note::NotAuthenticated(why) => account::not_authenticated(writer, why),
        Note::IsAuthenticated => writer.numbered(907, &["You have already authenticated using SASL"]),
        Note::ReadTo(place, at) => seen::read_to(writer, &called(place), *at),
        Note::NotRecalled { asked_as, place } => {
            let target = place.as_ref().map_or("*".to_owned(), called);
            let why = "Messages could not be retrieved";
            writer.plain("FAIL", &["CHATHISTORY", "INVALID_TARGET", asked_as, &target, why]);
        }
        Note::NameOfAnother(name) => account::name_of_another(writer, name),
        Note::NoMoreRooms(room) => {
            writer.numbered(405, &[&format!("#{room}"), "You have joined too many channels"]);
        }
        Note::NoPrograms(name) => writer.numbered(404, &[name.as_str(), "not an IRC client"]),
        Note::WasIn(room) => {
            if let Some(own) = writer.sight.hearer().cloned() {
                let now = writer.sight.now();
                joined(writer, &format!("#{room}"), &own, now, None);
            }
            seen::entered(writer, room);
        }
        Note::NotOneself => writer.numbered(502, &["Cant change mode for other users"]),
        Note::Farewell(said) => writer.closing(&last_words(Departure::Quit, said.as_deref())),
    }
}

/// `MODE al +B-i`
fn appears(writer: &mut IrcWriter<'_>, is_bot: Option<bool>, is_invisible: Option<bool>) {
    let changes = [(is_bot, 'B'), (is_invisible, 'i')];
    let letters = |on: bool, sign: char| {
        let letters: String =
            changes.iter().filter(|(change, _)| *change == Some(on)).map(|(_, letter)| letter).collect();
        if letters.is_empty() { letters } else { format!("{sign}{letters}") }
    };
    let modes = letters(true, '+') + &letters(false, '-');
    if let Some(own) = writer.sight.hearer().cloned().filter(|_| !modes.is_empty()) {
        let source = writer.source_of(&own);
        writer.tell(&Tags::default(), &source, "MODE", &[own.as_str(), &modes]);
    }
}
