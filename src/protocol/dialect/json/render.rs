//! Answers and events as JSON, a line each. Reading them again gives the same [`ServerMessage`].

use std::time::SystemTime;

use crate::protocol::answer::{Answer, Correspondent, LoginAnswer, RequestId, RoomState};
use crate::protocol::command::CommandKind;
use crate::protocol::event::{Departure, Event, FileEvent, PastLine, RoomEvent, RoomSummary, ServerNotice};
use crate::protocol::file::{FileInfo, FileName, FileToken};
use crate::protocol::mode_letters;
use crate::protocol::name::{RoomName, UserName};
use crate::protocol::operated::Operated;
use crate::protocol::presence::Note;
use crate::protocol::read_mark::{ReadMark, ReadPlace};
use crate::protocol::refusal::Refusal;
use crate::protocol::sight::Sight;

use super::VERSION;
use super::kind::{KINDS, type_of};
use super::message::{
    CommandEntry, Delivered, Failure, FileEntry, Members, MessageLimits, Outcome, PasswordRule, PersonEntry, RoomEntry,
    ServerMessage, Str, Time,
};

/// Appends the event's message to `out`, with its newline; nothing for what is told in answers alone.
pub(in crate::protocol::dialect) fn event(event: &Event, sight: Option<&dyn Sight>, out: &mut Vec<u8>) {
    match (event, sight) {
        (Event::NamePrompt, Some(sight)) if !sight.house().guests => push(&hello(PasswordRule::Required), out),
        _ => message_of(event).iter().for_each(|message| push(message, out)),
    }
}

/// Appends the answer to a request, with its newline. A request without an id is told of errors alone, and hears what it
/// has missed as if it happened.
pub(in crate::protocol::dialect) fn answer(id: Option<RequestId>, answer: &Answer, out: &mut Vec<u8>) {
    if let (None, Answer::Resumed { state, lines, left_out }) = (id, answer) {
        missed(state, lines, *left_out).for_each(|event| push(&event, out));
        return;
    }
    if let (None, Answer::PastMessages { with, lines, kept: None, more: _, left_out }) = (id, answer) {
        let gap = left_out.map(|(from, to)| ServerMessage::Gap { room: None, with: Some(name(with)), from, to });
        gap.into_iter().chain(lines.iter().filter_map(|line| of_pair(with, line))).for_each(|event| push(&event, out));
        return;
    }
    if let Some(message) = answer_of(id.map(RequestId::get), answer) {
        push(&message, out);
    }
}

fn push(message: &ServerMessage<'_>, out: &mut Vec<u8>) {
    serde_json::to_writer(&mut *out, message).expect("writing to memory does not fail, and all keys are texts");
    out.push(b'\n');
}

fn hello(password: PasswordRule) -> ServerMessage<'static> {
    let server = concat!("chatctl ", env!("CARGO_PKG_VERSION")).into();
    ServerMessage::Hello { version: VERSION, server, password }
}

pub(super) fn message_of(event: &Event) -> Option<ServerMessage<'_>> {
    match event {
        Event::NamePrompt => Some(hello(PasswordRule::Optional)),
        Event::Message { from, text, number, mark } => Some(ServerMessage::Message {
            room: None,
            with: Some(from.as_str().into()),
            seq: *number,
            time: Time(mark.at),
            from: from.as_str().into(),
            text: text.as_str().into(),
        }),
        Event::File(FileEvent::Given { from: with, file, mark }) => Some(between(with, with, file, mark.at)),
        Event::File(FileEvent::Sent { to, from, file, mark }) => Some(between(to, from, file, mark.at)),
        Event::InRoom { room, sequence, what, mark } => Some(in_room(room, *sequence, what, mark.at)),
        Event::Invitation { room, by } => Some(ServerMessage::Invitation { room: room.as_str().into(), by: name(by) }),
        Event::Server(ServerNotice::OperatorSet(on)) => Some(ServerMessage::Operator { on: *on }),
        Event::Server(ServerNotice::Announcement { by, text }) => {
            Some(ServerMessage::Announcement { by: name(by), text: text.as_str().into() })
        }
        Event::RoomClosed { room, by } => Some(ServerMessage::Closed { room: room.as_str().into(), by: name(by) }),
        Event::Server(ServerNotice::StopsIn(seconds)) => Some(ServerMessage::StopsIn { seconds: *seconds }),
        Event::Server(ServerNotice::ShuttingDown) => Some(ServerMessage::Shutdown),
        Event::Refused(refusal) => Some(refused(None, refusal, &[])),
        // The events of rooms say these.
        Event::Deed(_) | Event::Signal(_) => None,
        Event::Note(note) => match &**note {
            Note::Presence { here, gone } => Some(ServerMessage::Presence { here: names(here), gone: names(gone) }),
            Note::Read(ReadMark { of: ReadPlace::Room(room), number }) => {
                Some(ServerMessage::Read { room: Some(room.as_str().into()), with: None, seq: *number })
            }
            Note::Read(ReadMark { of: ReadPlace::With(with), number }) => {
                Some(ServerMessage::Read { room: None, with: Some(name(with)), seq: *number })
            }
            _ => None,
        },
        Event::Server(ServerNotice::NotTaken(why)) => Some(ServerMessage::NotTaken { detail: why.text().into() }),
        Event::Server(ServerNotice::TakenAgain(why)) => Some(ServerMessage::TakenAgain { detail: why.over().into() }),
        // The answers to requests say these.
        other => {
            debug_assert!(other.is_answer(), "what happened is told: {other:?}");
            None
        }
    }
}

/// What one of a pair sent, for whom the other one is `with`.
fn between<'a>(
    with: &'a UserName,
    from: &'a UserName,
    file: &'a FileInfo,
    at: std::time::SystemTime,
) -> ServerMessage<'a> {
    let (time, file) = (Time(at), entry(file));
    ServerMessage::File { room: None, with: Some(name(with)), seq: None, time, from: name(from), file }
}

fn entry(file: &FileInfo) -> FileEntry<'_> {
    let (width, height) = file.pixels.map(|pixels| (pixels.width, pixels.height)).unzip();
    FileEntry {
        id: file.id.to_string().into(),
        name: file.name.as_str().into(),
        size: file.size,
        sha256: file.hash.to_string().into(),
        kind: file.kind.media_type().into(),
        url: file.path().into(),
        width,
        height,
    }
}

fn in_room<'a>(room: &'a RoomName, seq: u64, what: &'a RoomEvent, at: std::time::SystemTime) -> ServerMessage<'a> {
    let (room, time) = (room.as_str().into(), Time(at));
    match what {
        RoomEvent::Said { from, text } => ServerMessage::Message {
            room: Some(room),
            with: None,
            seq: Some(seq),
            time,
            from: from.as_str().into(),
            text: text.as_str().into(),
        },
        RoomEvent::Created { by, with } => {
            let members = std::iter::once(by).chain(with).map(name).collect();
            ServerMessage::Created { room, seq, time, by: name(by), members }
        }
        RoomEvent::File { from, file } => {
            let (seq, file) = (Some(seq), entry(file));
            ServerMessage::File { room: Some(room), with: None, seq, time, from: name(from), file }
        }
        RoomEvent::Joined(user) => ServerMessage::Joined { room, seq, time, user: name(user) },
        RoomEvent::Left { user, why: departure, said } => {
            let reason = said.as_deref().map(Str::from);
            ServerMessage::Left { room, seq, time, user: name(user), why: why(*departure).into(), reason }
        }
        RoomEvent::Renamed { from, to } => ServerMessage::Renamed { room, seq, time, from: name(from), to: name(to) },
        RoomEvent::TopicSet { by, topic } => {
            let topic = topic.as_ref().map(|topic| topic.as_str().into());
            ServerMessage::Topic { room, seq, time, by: name(by), topic }
        }
        RoomEvent::Removed { by, user, reason } => {
            let reason = reason.as_ref().map(|reason| reason.as_str().into());
            ServerMessage::Kicked { room, seq, time, by: name(by), user: name(user), reason }
        }
        RoomEvent::Banned { by, user } => ServerMessage::Banned { room, seq, time, by: name(by), user: name(user) },
        RoomEvent::Unbanned { by, user } => ServerMessage::Unbanned { room, seq, time, by: name(by), user: name(user) },
        RoomEvent::Opened { by, to_all: true } => ServerMessage::Open { room, seq, time, by: name(by) },
        RoomEvent::Opened { by, to_all: false } => ServerMessage::Private { room, seq, time, by: name(by) },
        RoomEvent::Moded { by, changes } => {
            ServerMessage::Mode { room, seq, time, by: name(by), modes: mode_letters::spelled(changes).into() }
        }
        RoomEvent::Owned { by, owner } => {
            ServerMessage::Owner { room, seq, time, by: by.as_ref().map(name), user: name(owner) }
        }
    }
}

/// Why somebody left, as a word for programs.
pub(super) fn why(departure: Departure) -> &'static str {
    match departure {
        Departure::LeftRoom => "left",
        Departure::Quit => "quit",
        Departure::ConnectionClosed => "connection-closed",
        Departure::TimedOut => "timeout",
        Departure::SlowConsumer => "slow-consumer",
        Departure::Removed => "removed",
        Departure::ServerStopped => "server-stopped",
        Departure::ServerLost => "server-lost",
    }
}

pub(super) fn answer_of(id: Option<u64>, answer: &Answer) -> Option<ServerMessage<'_>> {
    if let Answer::Refused { refusal, failed } = answer {
        return Some(refused(id, refusal, failed));
    }
    let mut outcome = Outcome { id: id?, ..Outcome::default() };
    fill(&mut outcome, answer);
    Some(ServerMessage::Ok(Box::new(outcome)))
}

fn fill<'a>(outcome: &mut Outcome<'a>, answer: &'a Answer) {
    match answer {
        Answer::LoggedIn(arrival) => fill_login(outcome, arrival),
        Answer::Users(users) => outcome.users = Some(names(users)),
        Answer::Rooms(rooms) => outcome.rooms = Some(rooms.iter().map(counted).collect()),
        Answer::Members { room, users } => {
            outcome.room = Some(room.as_str().into());
            outcome.members = Some(names(users));
        }
        Answer::Stats(stats) => outcome.stats = Some(stats.iter().map(|stat| (stat.name.into(), stat.value)).collect()),
        Answer::Sent { at, to, failed } => {
            outcome.time = Some(Time(*at));
            outcome.sent = Some(to.iter().map(|(user, seq)| Delivered { with: name(user), seq: *seq }).collect());
            outcome.failed = Some(failures(failed));
        }
        Answer::Entered { state, invited } => fill_entered(outcome, state, invited),
        Answer::Topic { room, topic } => {
            outcome.room = Some(room.as_str().into());
            outcome.topic = topic.as_ref().map(|topic| topic.as_str().into());
        }
        Answer::Shown(summary) => fill_shown(outcome, summary),
        Answer::Invited { room, users, failed } => {
            outcome.room = Some(room.as_str().into());
            outcome.invited = Some(names(users));
            outcome.failed = Some(failures(failed));
        }
        Answer::Left(room) => outcome.room = Some(room.as_str().into()),
        Answer::Said { room, number, at } => {
            outcome.room = Some(room.as_str().into());
            outcome.seq = Some(*number);
            outcome.time = Some(Time(*at));
        }
        Answer::History { room, lines, kept, more } => {
            outcome.room = Some(room.as_str().into());
            let events = lines.iter().map(|line| past(room, line)).collect();
            fill_page(outcome, events, *kept, *more);
        }
        Answer::PastMessages { with, lines, kept, more, left_out: _ } => {
            outcome.with = Some(name(with));
            let events = lines.iter().filter_map(|line| of_pair(with, line)).collect();
            fill_page(outcome, events, *kept, *more);
        }
        Answer::Resumed { state, lines, left_out } => fill_resumed(outcome, state, lines, *left_out),
        Answer::Found { lines, more, cursor } => {
            outcome.cursor = cursor.map(|cursor| cursor.to_string().into());
            outcome.events = Some(lines.iter().rev().map(|(room, line)| past(room, line)).collect());
            outcome.more = Some(*more);
        }
        Answer::FileWanted { token, name, until } => fill_upload(outcome, token, name, *until),
        Answer::Token(token) => outcome.token = Some(token.to_string().into()),
        Answer::Renamed(user) => outcome.name = Some(name(user)),
        Answer::Pong(token) => outcome.token = token.as_ref().map(|token| token.as_str().into()),
        Answer::Help(kinds) => outcome.commands = Some(commands(kinds)),
        Answer::Operated(operated) => fill_operated(outcome, operated),
        Answer::Done | Answer::Refused { .. } => {}
    }
}

fn fill_entered<'a>(outcome: &mut Outcome<'a>, state: &'a RoomState, invited: &'a [UserName]) {
    outcome.invited = (!invited.is_empty()).then(|| names(invited));
    outcome.room = Some(state.room.as_str().into());
    outcome.seq = Some(state.number);
    outcome.first = state.first;
    outcome.members = Some(names(&state.members));
}

fn fill_page<'a>(outcome: &mut Outcome<'a>, events: Vec<ServerMessage<'a>>, kept: Option<(u64, u64)>, more: bool) {
    outcome.events = Some(events);
    (outcome.first, outcome.seq) = kept.unzip();
    outcome.more = Some(more);
}

fn fill_upload<'a>(outcome: &mut Outcome<'a>, token: &FileToken, name: &'a FileName, until: SystemTime) {
    outcome.put = Some(format!("/files/{token}").into());
    outcome.token = Some(token.to_string().into());
    outcome.name = Some(name.as_str().into());
    outcome.expires = Some(Time(until));
}

/// What JSON has of these commands.
fn commands(kinds: &[CommandKind]) -> Vec<CommandEntry<'static>> {
    let has = |kind: &CommandKind| KINDS.contains(kind) && *kind != CommandKind::SetEncoding;
    kinds.iter().copied().filter(has).map(described).collect()
}

fn fill_operated<'a>(outcome: &mut Outcome<'a>, operated: &'a Operated) {
    match operated {
        Operated::Password { name: account, password } => {
            outcome.name = Some(name(account));
            outcome.password = Some(password.reveal().into());
        }
        Operated::PasswordSet(user)
        | Operated::Dropped(user)
        | Operated::Appointed(user)
        | Operated::Dismissed(user)
        | Operated::Kicked(user)
        | Operated::Banned(user)
        | Operated::Unbanned(user) => outcome.name = Some(name(user)),
        Operated::Announced => {}
        Operated::Closed(room) => outcome.room = Some(room.as_str().into()),
        Operated::Accounts { accounts, operators } => {
            (outcome.accounts, outcome.operators) = (Some(names(accounts)), Some(names(operators)));
        }
        Operated::Bans { room, users } => {
            outcome.room = room.as_ref().map(|room| room.as_str().into());
            outcome.bans = Some(names(users));
        }
    }
}

fn fill_resumed<'a>(
    outcome: &mut Outcome<'a>,
    state: &'a RoomState,
    lines: &'a [PastLine],
    left_out: Option<(u64, u64)>,
) {
    let RoomState { room, number, first, read: _, members } = state;
    outcome.room = Some(room.as_str().into());
    (outcome.seq, outcome.first, outcome.members) = (Some(*number), *first, Some(names(members)));
    outcome.events = Some(missed(state, lines, left_out).collect());
}

/// What was missed, behind the gap if there is one.
fn missed<'a>(
    state: &'a RoomState,
    lines: &'a [PastLine],
    left_out: Option<(u64, u64)>,
) -> impl Iterator<Item = ServerMessage<'a>> {
    let room = &state.room;
    let gap = left_out.map(|(from, to)| ServerMessage::Gap { room: Some(room.as_str().into()), with: None, from, to });
    gap.into_iter().chain(lines.iter().map(|line| past(room, line)))
}

fn past<'a>(room: &'a RoomName, line: &'a PastLine) -> ServerMessage<'a> {
    in_room(room, line.number, &line.what, line.at)
}

/// What one of two wrote.
fn of_pair<'a>(with: &'a UserName, line: &'a PastLine) -> Option<ServerMessage<'a>> {
    let RoomEvent::Said { from, text } = &line.what else { return None };
    Some(ServerMessage::Message {
        room: None,
        with: Some(name(with)),
        seq: Some(line.number),
        time: Time(line.at),
        from: name(from),
        text: text.as_str().into(),
    })
}

fn fill_login<'a>(outcome: &mut Outcome<'a>, arrival: &'a LoginAnswer) {
    let LoginAnswer { name: own, token, epoch, limits, users, rooms, people, is_account } = arrival;
    outcome.name = Some(name(own));
    outcome.token = token.map(|token| token.to_string().into());
    outcome.epoch = Some(epoch.into());
    outcome.limits = Some(MessageLimits {
        text: limits.text,
        lines: limits.lines,
        recipients: limits.recipients,
        file: limits.file,
    });
    let features = ["files", "history", "read", "resume", "search"].into_iter();
    outcome.features = Some(features.filter(|feature| *is_account || *feature != "read").map(Str::from).collect());
    outcome.users = Some(names(users));
    outcome.rooms = Some(rooms.iter().map(entered).collect());
    let entry = |of: &'a Correspondent| PersonEntry { with: name(&of.with), seq: of.number, read: of.read };
    outcome.people = Some(people.iter().map(entry).collect());
}

fn fill_shown<'a>(outcome: &mut Outcome<'a>, summary: &'a RoomSummary) {
    let RoomSummary { room, private, owner, members, kept } = summary;
    outcome.room = Some(room.as_str().into());
    outcome.private = Some(*private);
    outcome.owner = owner.as_ref().map(name);
    outcome.size = Some(*members);
    if let Some((first, last)) = kept {
        (outcome.first, outcome.seq) = (Some(*first), Some(*last));
    }
}

fn counted((room, members): &(RoomName, usize)) -> RoomEntry<'_> {
    RoomEntry { room: room.as_str().into(), seq: None, first: None, read: None, members: Members::Count(*members) }
}

fn entered(state: &RoomState) -> RoomEntry<'_> {
    let RoomState { room, number, first, read, members } = state;
    RoomEntry {
        room: room.as_str().into(),
        seq: Some(*number),
        first: *first,
        read: *read,
        members: Members::Names(names(members)),
    }
}

fn refused<'a>(id: Option<u64>, refusal: &Refusal, failed: &'a [Refusal]) -> ServerMessage<'a> {
    let (code, detail) = (refusal.code().into(), refusal.detail().into());
    ServerMessage::Error { id, code, detail, failed: failures(failed) }
}

fn failures(refusals: &[Refusal]) -> Vec<Failure<'_>> {
    let failure = |refusal: &'_ Refusal| {
        let with = refusal.addressee()?.as_str().to_owned().into();
        Some(Failure { with, code: refusal.code().into(), detail: refusal.detail().into() })
    };
    refusals.iter().filter_map(failure).collect()
}

fn described(kind: CommandKind) -> CommandEntry<'static> {
    CommandEntry { kind: type_of(kind).into(), usage: kind.usage().into(), summary: kind.summary().into() }
}

fn names(users: &[UserName]) -> Vec<Str<'_>> {
    users.iter().map(name).collect()
}

fn name(user: &UserName) -> Str<'_> {
    user.as_str().into()
}
