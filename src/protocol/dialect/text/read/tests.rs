use std::sync::Arc;
use std::time::{Duration, SystemTime};

use proptest::prelude::*;

use super::*;
use crate::protocol::command::{BadCommand, Command, CommandKind, Phrase, Text, Token};
use crate::protocol::dialect::text::spell::{spell, stops_in};
use crate::protocol::event::{
    AccountEvent, Event, FileEvent, Mark, PastEnd, PastEvent, PastLine, RoomEvent, RoomSummary, ServerNotice, Stat,
};
use crate::protocol::file::{ContentHash, FileId, FileInfo, FileKind, FileName, FileToken, Pixels};
use crate::protocol::hindrance::Hindrance;
use crate::protocol::name::{RoomName, UserName};
use crate::protocol::operated::Operated;
use crate::protocol::other_protocol::OtherProtocol;
use crate::protocol::password::Password;
use crate::protocol::refusal::{AccountRefusal, DisconnectReason, FileRefusal, Refusal, TooMany};
use crate::protocol::room_modes::{ModeChange, RoomFlag};
use crate::protocol::token::{Epoch, SessionToken};

fn spelled(event: &Event, numbered: bool) -> Vec<String> {
    let mut out = String::new();
    spell(event, numbered, &mut out).unwrap();
    out.split_terminator('\n').map(str::to_owned).collect()
}

fn user_name() -> impl Strategy<Value = UserName> {
    "[a-zA-Z0-9_渊éЖﬁ]{1,12}".prop_filter_map("reserved", |text| UserName::new(&text).ok())
}

fn room_name() -> impl Strategy<Value = RoomName> {
    user_name().prop_filter_map("a name of users is one of rooms", |name| RoomName::new(name.as_str()).ok())
}

fn users() -> impl Strategy<Value = Vec<UserName>> {
    prop_oneof![4 => prop::collection::vec(user_name(), 0..6), 1 => prop::collection::vec(user_name(), 900..1000)]
}

fn text() -> impl Strategy<Value = Text> {
    let tricky = prop::sample::select(vec![": ", "server: bye", "error: x: y", "lobby/server: a left", " ", "(1): "]);
    prop_oneof!["[^\\p{Cc}]{1,40}".boxed(), tricky.prop_map(str::to_owned).boxed()]
        .prop_map(|text| Text::new(&text).unwrap())
}

fn phrase() -> impl Strategy<Value = Phrase> {
    text().prop_map(|text| Phrase::new(text.as_str(), "").unwrap())
}

fn room_summary() -> impl Strategy<Value = RoomSummary> {
    let kept = prop::option::of(any::<(u64, u64)>());
    (room_name(), any::<bool>(), prop::option::of(user_name()), any::<usize>(), kept)
        .prop_map(|(room, private, owner, members, kept)| RoomSummary { room, private, owner, members, kept })
}

fn token() -> impl Strategy<Value = Token> {
    "[^\\p{Cc}\\p{Zs}\u{2028}\u{2029}]{1,12}".prop_map(|token| match Command::parse(&format!("ping {token}")) {
        Ok(Some(Command::Ping(Some(token)))) => token,
        other => panic!("{token:?} gave {other:?}"),
    })
}

fn mark() -> impl Strategy<Value = Mark> {
    any::<u64>().prop_map(|id| Mark { id, at: SystemTime::UNIX_EPOCH })
}

fn departure() -> impl Strategy<Value = Departure> {
    prop::sample::select(Departure::ALL.to_vec())
}

fn file_name() -> impl Strategy<Value = FileName> {
    "\\PC{1,60}|x: y|a bytes\\): b| to bob: x".prop_filter_map("a name", |typed| FileName::new(&typed).ok())
}

fn file() -> impl Strategy<Value = Arc<FileInfo>> {
    let kind = prop::sample::select(vec![FileKind::Png, FileKind::Other]);
    let pixels = prop::option::of(any::<(u16, u16)>().prop_map(|(width, height)| Pixels { width, height }));
    (any::<u128>(), file_name(), any::<u64>(), any::<[u8; 32]>(), kind, pixels).prop_map(
        |(id, name, size, hash, kind, pixels)| {
            let (id, hash) = (FileId::new(id), ContentHash::new(hash));
            Arc::new(FileInfo { id, name, size, hash, kind, pixels, door: None })
        },
    )
}

fn sent(file: &FileInfo, id: &'static str) -> SentFile<'static> {
    SentFile { id, size: file.size, name: file.name.as_str().to_owned().leak() }
}

fn whole(file: &FileInfo, id: &'static str) -> WholeFile<'static> {
    let SentFile { id, size, name } = sent(file, id);
    WholeFile { id, size, sha256: file.hash.to_string().leak(), name }
}

/// The spelling of an id, for as long as tests run.
fn id_of(file: &FileInfo) -> &'static str {
    file.id.to_string().leak()
}

fn room_event() -> impl Strategy<Value = RoomEvent> {
    prop_oneof![
        (user_name(), text()).prop_map(|(from, text)| RoomEvent::Said { from, text }),
        (user_name(), prop::collection::vec(user_name(), 0..6)).prop_map(|(by, with)| RoomEvent::Created { by, with }),
        (user_name(), file()).prop_map(|(from, file)| RoomEvent::File { from, file }),
        user_name().prop_map(RoomEvent::Joined),
        (user_name(), departure(), prop::option::of(phrase())).prop_map(|(user, why, said)| RoomEvent::Left {
            user,
            why,
            said: said.map(|said| said.as_str().into())
        }),
        (user_name(), user_name()).prop_map(|(from, to)| RoomEvent::Renamed { from, to }),
        (user_name(), prop::option::of(phrase())).prop_map(|(by, topic)| RoomEvent::TopicSet { by, topic }),
        (user_name(), user_name(), prop::option::of(phrase())).prop_map(|(by, user, reason)| RoomEvent::Removed {
            by,
            user,
            reason
        }),
        (user_name(), user_name()).prop_map(|(by, user)| RoomEvent::Banned { by, user }),
        (user_name(), user_name()).prop_map(|(by, user)| RoomEvent::Unbanned { by, user }),
        (user_name(), any::<bool>()).prop_map(|(by, to_all)| RoomEvent::Opened { by, to_all }),
        (user_name(), any::<bool>())
            .prop_map(|(by, on)| RoomEvent::Moded { by, changes: vec![ModeChange::Flag(RoomFlag::Moderated, on)] }),
        (prop::option::of(user_name()), user_name()).prop_map(|(by, owner)| RoomEvent::Owned { by, owner }),
    ]
}

fn hindrance() -> impl Strategy<Value = Hindrance> {
    prop::sample::select(Hindrance::ALL.to_vec())
}

fn refusal() -> impl Strategy<Value = Refusal> {
    let suggestion = prop::option::of(prop::sample::select(vec![CommandKind::SendMessage, CommandKind::SendRoom]));
    let bad = "[^\\p{Cc}]{1,90}".prop_filter_map("a command", |line| Command::parse(&line).err());
    let shape = prop::sample::select(vec!["list", "send room", "quit now", "rename a b", "set encoding x"]);
    prop_oneof![
        bad.prop_map(Refusal::BadCommand),
        shape.prop_map(|line| Refusal::BadCommand(Command::parse(line).unwrap_err())),
        any::<char>().prop_map(|control| Refusal::BadCommand(BadCommand::ControlCharacter(control))),
        user_name().prop_map(Refusal::NameTaken),
        user_name().prop_map(Refusal::NoSuchUser),
        (room_name(), suggestion).prop_map(|(room, suggestion)| Refusal::NoSuchRoom { room, suggestion }),
        room_name().prop_map(Refusal::RoomExists),
        room_name().prop_map(Refusal::AlreadyAMember),
        room_name().prop_map(Refusal::NotAMember),
        room_name().prop_map(Refusal::NotTheOwner),
        room_name().prop_map(Refusal::Banned),
        (user_name(), room_name()).prop_map(|(user, room)| Refusal::UserIsMember { user, room }),
        (user_name(), room_name()).prop_map(|(user, room)| Refusal::UserIsNoMember { user, room }),
        (user_name(), room_name()).prop_map(|(user, room)| Refusal::UserIsBanned { user, room }),
        (user_name(), room_name()).prop_map(|(user, room)| Refusal::NotBanned { user, room }),
        (room_name(), any::<u64>()).prop_map(|(room, last)| Refusal::BadNumber { room, last }),
        user_name().prop_map(Refusal::BannedFromServer),
        user_name().prop_map(Refusal::NotBannedFromServer),
        Just(Refusal::WrongToken),
        Just(Refusal::NoNumbers("legacy")),
        Just(Refusal::NotInCharset(Charset::UTF_8.decode(b"\xff").unwrap_err())),
        Just(Refusal::CharsetIsFixed("legacy")),
        any::<usize>().prop_map(Refusal::LineTooLong),
        hindrance().prop_map(Refusal::NotKept),
        hindrance().prop_map(Refusal::Unavailable),
        Just(Refusal::NotInCluster("files cannot be sent")),
        account_refusal().prop_map(Refusal::Account),
        file_refusal().prop_map(Refusal::File),
        too_many().prop_map(Refusal::TooMany),
        disconnect_reason().prop_map(Refusal::Disconnected),
    ]
}

fn account_refusal() -> impl Strategy<Value = AccountRefusal> {
    prop_oneof![
        user_name().prop_map(AccountRefusal::AlreadyOperator),
        user_name().prop_map(AccountRefusal::NotAnOperator),
        user_name().prop_map(AccountRefusal::WrongPassword),
        user_name().prop_map(AccountRefusal::NotRegistered),
        user_name().prop_map(AccountRefusal::AlreadyRegistered),
        Just(AccountRefusal::RegistrationClosed),
        Just(AccountRefusal::Insecure),
        any::<usize>().prop_map(AccountRefusal::Busy),
        (0_u64..100_000).prop_map(|wait| AccountRefusal::TooManyPasswords(Duration::from_millis(wait))),
    ]
}

fn file_refusal() -> impl Strategy<Value = FileRefusal> {
    prop_oneof![
        any::<u128>().prop_map(|id| FileRefusal::NoSuchFile(FileId::new(id).to_string().into())),
        Just(FileRefusal::NoSuchToken),
        any::<u128>().prop_map(|id| FileRefusal::NotTheSender(FileId::new(id))),
        any::<u64>().prop_map(FileRefusal::TooLarge),
        any::<u64>().prop_map(FileRefusal::TooManyBytes),
        Just(FileRefusal::NoSpace),
        any::<(u64, u64)>().prop_map(|(have, size)| FileRefusal::Incomplete { have, size }),
        any::<usize>().prop_map(FileRefusal::TransfersBusy),
        Just(FileRefusal::UploadBusy),
        any::<usize>().prop_map(FileRefusal::TooManyUploads),
        any::<u64>().prop_map(FileRefusal::TooManyBytesOfDay),
    ]
}

fn too_many() -> impl Strategy<Value = TooMany> {
    prop_oneof![
        (room_name(), any::<usize>()).prop_map(|(room, limit)| TooMany::Bans(room, limit)),
        (user_name(), any::<usize>()).prop_map(|(user, limit)| TooMany::Invitations(user, limit)),
        any::<usize>().prop_map(TooMany::ServerBans),
        any::<usize>().prop_map(TooMany::Recipients),
        any::<usize>().prop_map(TooMany::Rooms),
        any::<usize>().prop_map(TooMany::Users),
        any::<usize>().prop_map(TooMany::RoomsInAll),
        (user_name(), any::<usize>()).prop_map(|(user, limit)| TooMany::PutIntoRooms(user, limit)),
        (user_name(), any::<usize>()).prop_map(|(user, limit)| TooMany::PutIntoRoomsByCaller(user, limit)),
    ]
}

fn disconnect_reason() -> impl Strategy<Value = DisconnectReason> {
    prop_oneof![
        Just(DisconnectReason::Removed),
        Just(DisconnectReason::Replaced),
        prop::sample::select(&OtherProtocol::ALL[..]).prop_map(DisconnectReason::WrongDoor),
        any::<u8>().prop_map(DisconnectReason::NamesRefused),
        (0_u64..100_000).prop_map(|limit| DisconnectReason::NoNameWithin(Duration::from_millis(limit))),
        any::<usize>().prop_map(DisconnectReason::ServerFull),
        any::<usize>().prop_map(DisconnectReason::TooManyFromAddress),
        any::<usize>().prop_map(DisconnectReason::TooFastFromAddress),
        any::<usize>().prop_map(DisconnectReason::TooFast),
        (0_u64..100_000).prop_map(|time| DisconnectReason::Idle(Duration::from_millis(time))),
        any::<usize>().prop_map(DisconnectReason::SlowConsumer),
        (any::<usize>(), 0_u64..100_000)
            .prop_map(|(limit, time)| DisconnectReason::SlowFor { limit, time: Duration::from_millis(time) }),
        any::<(usize, usize)>().prop_map(|(unread, ceiling)| DisconnectReason::Overloaded { unread, ceiling }),
        any::<usize>().prop_map(DisconnectReason::ServerLost),
        Just(DisconnectReason::HistoryLost),
    ]
}

fn past_line() -> impl Strategy<Value = PastLine> {
    (any::<u64>(), room_event(), 0_u64..4_000_000_000).prop_map(|(number, what, seconds)| PastLine {
        number,
        at: SystemTime::UNIX_EPOCH + Duration::from_secs(seconds),
        what,
    })
}

fn resumed() -> impl Strategy<Value = Event> {
    let lines = prop::collection::vec(past_line(), 0..4);
    let left_out = prop::option::of(any::<(u64, u64)>());
    (room_name(), lines, left_out)
        .prop_map(|(room, lines, left_out)| Event::Past(PastEvent::Resumed { room, lines, left_out }))
}

fn found() -> impl Strategy<Value = Event> {
    (prop::collection::vec((room_name(), past_line()), 0..4), any::<bool>())
        .prop_map(|(lines, more)| Event::Past(PastEvent::Found { lines, more }))
}

fn history() -> impl Strategy<Value = Event> {
    let line = past_line();
    let kept = any::<(u64, u64)>();
    prop_oneof![
        (room_name(), prop::collection::vec(line, 0..4), kept)
            .prop_map(|(room, lines, kept)| Event::Past(PastEvent::History { room, lines, kept: Some(kept) })),
        room_name().prop_map(|room| Event::Past(PastEvent::History { room, lines: Vec::new(), kept: None })),
    ]
}

fn past_messages() -> impl Strategy<Value = Event> {
    let line = (any::<u64>(), user_name(), text(), 0_u64..4_000_000_000).prop_map(|(number, from, text, seconds)| {
        let at = SystemTime::UNIX_EPOCH + Duration::from_secs(seconds);
        PastLine { number, at, what: RoomEvent::Said { from, text } }
    });
    let end = prop_oneof![
        any::<(u64, u64)>().prop_map(|kept| PastEnd::Kept(Some(kept))),
        prop::option::of(any::<(u64, u64)>()).prop_map(PastEnd::LeftOut),
    ];
    (user_name(), prop::collection::vec(line, 0..4), end)
        .prop_map(|(with, lines, end)| Event::Past(PastEvent::Messages { with, lines, end }))
}

fn operated() -> impl Strategy<Value = Operated> {
    let password = any::<u64>().prop_map(Password::of_bits);
    prop_oneof![
        (user_name(), password).prop_map(|(name, password)| Operated::Password { name, password }),
        user_name().prop_map(Operated::PasswordSet),
        user_name().prop_map(Operated::Dropped),
        user_name().prop_map(Operated::Appointed),
        user_name().prop_map(Operated::Dismissed),
        user_name().prop_map(Operated::Kicked),
        user_name().prop_map(Operated::Banned),
        user_name().prop_map(Operated::Unbanned),
        Just(Operated::Announced),
        room_name().prop_map(Operated::Closed),
        (users(), users()).prop_map(|(accounts, operators)| Operated::Accounts { accounts, operators }),
        (prop::option::of(room_name()), users()).prop_map(|(room, users)| Operated::Bans { room, users }),
    ]
}

pub(in crate::protocol) fn event() -> impl Strategy<Value = Event> {
    let stat = prop::sample::select(vec!["uptime_s", "connections"]);
    let stat = (stat, any::<u64>()).prop_map(|(name, value)| Stat { name, value });
    let kinds = prop::collection::vec(prop::sample::select(CommandKind::ALL.to_vec()), 1..5);
    let charset = prop::sample::select(vec!["gbk", "utf-8", "big5", "iso-2022-jp", "x-user-defined"]);
    prop_oneof![
        Just(Event::NamePrompt),
        Just(Event::PasswordPrompt),
        Just(Event::Welcome),
        user_name().prop_map(AccountEvent::Registered).prop_map(Event::Account),
        Just(Event::Account(AccountEvent::PasswordChanged)),
        user_name().prop_map(AccountEvent::Unregistered).prop_map(Event::Account),
        users().prop_map(Event::Users),
        prop::collection::vec(room_name(), 0..6).prop_map(Event::Rooms),
        (room_name(), users()).prop_map(|(room, users)| Event::Members { room, users }),
        prop::collection::vec(stat, 1..4).prop_map(Event::Stats),
        (user_name(), text(), prop::option::of(any::<u64>()), mark())
            .prop_map(|(from, text, number, mark)| Event::Message { from, text, number, mark }),
        user_name().prop_map(Event::KeptFor),
        past_messages(),
        (room_name(), (1..9_u64, 9..20_u64)).prop_map(|(room, lines)| Event::Past(PastEvent::NewIn { room, lines })),
        (room_name(), any::<u64>(), room_event(), mark()).prop_map(|(room, sequence, what, mark)| Event::InRoom {
            room,
            sequence,
            what,
            mark
        }),
        history(),
        resumed(),
        found(),
        (room_name(), prop::option::of(phrase())).prop_map(|(room, topic)| Event::Topic { room, topic }),
        room_summary().prop_map(Event::RoomShown),
        (room_name(), prop::collection::vec(user_name(), 1..4))
            .prop_map(|(room, users)| Event::Invited { room, users }),
        (room_name(), user_name()).prop_map(|(room, by)| Event::Invitation { room, by }),
        any::<bool>().prop_map(|ask| Event::InvitationsSet { ask }),
        prop::option::of(any::<u32>()).prop_map(|number| Event::NumbersSet(number.map(Epoch::new))),
        any::<u128>().prop_map(|bits| Event::Token(SessionToken::new(bits))),
        (user_name(), file(), mark()).prop_map(|(from, file, mark)| Event::File(FileEvent::Given { from, file, mark })),
        (user_name(), user_name(), file(), mark())
            .prop_filter("others", |(to, from, ..)| to != from)
            .prop_map(|(to, from, file, mark)| Event::File(FileEvent::Sent { to, from, file, mark })),
        (any::<u128>(), file_name()).prop_map(|(token, name)| Event::File(FileEvent::Wanted {
            token: FileToken::new(token),
            name,
            until: SystemTime::UNIX_EPOCH
        })),
        file().prop_map(FileEvent::Stored).prop_map(Event::File),
        file().prop_map(FileEvent::Head).prop_map(Event::File),
        file_name().prop_map(FileEvent::Canceled).prop_map(Event::File),
        any::<u128>().prop_map(|id| Event::File(FileEvent::Removed(FileId::new(id)))),
        user_name().prop_map(Event::Renamed),
        charset.prop_map(|label| Event::EncodingSet(Charset::for_label(label).unwrap())),
        prop::option::of(token()).prop_map(Event::Pong),
        kinds.prop_map(Event::Help),
        Just(Event::Bye),
        operated().prop_map(Event::Operated),
        any::<bool>().prop_map(ServerNotice::OperatorSet).prop_map(Event::Server),
        (user_name(), phrase()).prop_map(|(by, text)| Event::Server(ServerNotice::Announcement { by, text })),
        (room_name(), user_name()).prop_map(|(room, by)| Event::RoomClosed { room, by }),
        any::<u64>().prop_map(ServerNotice::StopsIn).prop_map(Event::Server),
        Just(Event::Server(ServerNotice::ShuttingDown)),
        hindrance().prop_map(ServerNotice::NotTaken).prop_map(Event::Server),
        hindrance().prop_map(ServerNotice::TakenAgain).prop_map(Event::Server),
        refusal().prop_map(Event::Refused),
    ]
}

/// Names that were listed on these lines; panics unless each line has this total.
fn joined<'a>(lists: impl IntoIterator<Item = Listed<'a>>, total: usize) -> Vec<&'a str> {
    let checked = lists.into_iter().inspect(|list| assert_eq!(list.total, total));
    checked.flat_map(|list| list.names).collect()
}

fn names(users: &[UserName]) -> Vec<&str> {
    users.iter().map(UserName::as_str).collect()
}

/// Whether these lines say what the event says.
fn agrees(event: &Event, numbered: bool, lines: &[ServerLine<'_>]) -> bool {
    use ServerLine as L;
    let one = |expected: &L<'_>| lines == std::slice::from_ref(expected);
    let lines_of = || lines.iter().cloned();
    match event {
        Event::NamePrompt => one(&L::NamePrompt),
        Event::PasswordPrompt => one(&L::PasswordPrompt),
        Event::Welcome => one(&L::Welcome),
        Event::Account(AccountEvent::Registered(name)) => one(&L::Answer(&format!("{name} is registered"))),
        Event::Account(AccountEvent::PasswordChanged) => one(&L::Answer("the password is changed")),
        Event::Account(AccountEvent::Unregistered(name)) => one(&L::Answer(&format!("{name} is no longer registered"))),
        Event::Users(users) => {
            joined(
                lines_of().map(|line| if let L::Users(list) = line { list } else { panic!("{line:?}") }),
                users.len(),
            ) == names(users)
        }
        Event::Rooms(rooms) => {
            let lists = lines_of().map(|line| if let L::Rooms(list) = line { list } else { panic!("{line:?}") });
            joined(lists, rooms.len()) == rooms.iter().map(RoomName::as_str).collect::<Vec<_>>()
        }
        Event::Members { room, users } => {
            let lists = lines_of().map(|line| match line {
                L::Members { room: of, users } if of == room.as_str() => users,
                other => panic!("{other:?}"),
            });
            joined(lists, users.len()) == names(users)
        }
        Event::Stats(stats) => lines_of().eq(stats.iter().map(|stat| L::Stat { name: stat.name, value: stat.value })),
        Event::Message { from, text, number, mark: _ } => {
            let number = number.filter(|_| numbered);
            one(&L::Message { number, from: from.as_str(), text: text.as_str() })
        }
        Event::KeptFor(name) => one(&L::Answer(&format!("kept for {name}"))),
        Event::Past(PastEvent::NewIn { room, lines: (from, to) }) => {
            one(&L::Answer(&format!("new in {room} ({}): #{from} to #{to}", to + 1 - from)))
        }
        Event::Past(PastEvent::Messages { with: _, lines: past, end: _ }) => {
            let past_lines = past.iter().zip(lines).all(|(line, read)| {
                let L::PastMessage { number, at, from, text } = read else { return false };
                let said = RoomLine::Said { from };
                *number == line.number
                    && humantime::parse_rfc3339(at) == Ok(line.at)
                    && said == room_line(&line.what)
                    && said_text(line) == Some(*text)
            });
            past_lines && lines.len() == past.len() + 1 && matches!(lines.last(), Some(L::Answer(_)))
        }
        Event::InRoom { room, sequence, what, mark: _ } => {
            let [L::InRoom { number, room: of, what: happened, text }] = lines else { return false };
            *number == numbered.then_some(*sequence)
                && *of == room.as_str()
                && *happened == room_line(what)
                && said(what).is_none_or(|said| said == *text)
        }
        Event::Past(PastEvent::History { room, lines: past, kept }) => {
            let past_lines = past.iter().zip(lines).all(|(line, read)| is_past(room, line, read));
            let end = L::History { room: room.as_str(), lines: past.len(), kept: *kept };
            past_lines && lines.len() == past.len() + 1 && lines.last() == Some(&end)
        }
        Event::Past(PastEvent::Resumed { room, lines: past, left_out }) => {
            let past_lines = past.iter().zip(lines).all(|(line, read)| is_past(room, line, read));
            let shown = past.first().map(|first| (first.number, past.last().unwrap_or(first).number));
            let end = L::Resumed { room: room.as_str(), lines: past.len(), shown, left_out: *left_out };
            past_lines && lines.len() == past.len() + 1 && lines.last() == Some(&end)
        }
        Event::Past(PastEvent::Found { lines: past, more }) => {
            let past_lines = past.iter().zip(lines).all(|((room, line), read)| is_past(room, line, read));
            let end = L::Found { lines: past.len(), more: *more };
            past_lines && lines.len() == past.len() + 1 && lines.last() == Some(&end)
        }
        Event::Topic { room, topic: Some(topic) } => one(&L::Answer(&format!("topic of {room}: {topic}"))),
        Event::Invitation { room, by } => one(&L::Invitation { by: by.as_str(), room: room.as_str() }),
        Event::Topic { topic: None, .. }
        | Event::RoomShown(_)
        | Event::Invited { .. }
        | Event::InvitationsSet { .. } => matches!(lines, [L::Answer(_)]),
        Event::Deed(_) | Event::Signal(_) | Event::Note(_) => lines.is_empty(),
        Event::NumbersSet(None) => one(&L::NumbersSet(None)),
        Event::NumbersSet(Some(epoch)) => one(&L::NumbersSet(Some(&epoch.to_string()))),
        Event::File(FileEvent::Given { from, file, mark: _ }) => {
            one(&L::File { from: from.as_str(), file: sent(file, id_of(file)) })
        }
        Event::File(FileEvent::Sent { to, from: _, file, mark: _ }) => {
            one(&L::Answer(&format!("sent the file {} to {to}: {}", file.id, file.name)))
        }
        Event::File(FileEvent::Wanted { token, name, until: _ }) => {
            one(&L::FileWanted { token: &token.to_string(), name: name.as_str() })
        }
        Event::File(FileEvent::Stored(file)) => one(&L::FileStored(whole(file, id_of(file)))),
        Event::File(FileEvent::Head(file)) => one(&L::FileHead(whole(file, id_of(file)))),
        Event::File(FileEvent::Canceled(name)) => one(&L::Answer(&format!("canceled the file {name}"))),
        Event::File(FileEvent::Removed(id)) => one(&L::Answer(&format!("removed the file {id}"))),
        Event::Token(token) => one(&L::Token(&token.to_string())),
        Event::Renamed(name) => one(&L::Renamed(name.as_str())),
        Event::EncodingSet(charset) => one(&L::EncodingSet(&charset.to_string())),
        Event::Pong(token) => one(&L::Pong(token.as_ref().map(Token::as_str))),
        Event::Help(kinds) => lines_of().eq(kinds.iter().map(|kind| {
            let L::Help { usage, .. } =
                lines.iter().find(|line| is_help_of(line, *kind)).expect("a line of this command")
            else {
                unreachable!("only help is looked for")
            };
            L::Help { usage, summary: kind.summary() }
        })),
        Event::Bye => one(&L::Bye),
        Event::Operated(Operated::Announced) => lines.is_empty(),
        Event::Operated(_) | Event::Server(ServerNotice::OperatorSet(_)) => {
            lines.iter().all(|line| matches!(line, L::Answer(_)))
        }
        Event::Server(ServerNotice::Announcement { by, text }) => one(&L::Answer(&format!("{by} announces: {text}"))),
        Event::RoomClosed { room, by } => {
            let text = &format!("{by} closed the room");
            one(&L::InRoom { number: None, room: room.as_str(), what: RoomLine::Other, text })
        }
        Event::Server(ServerNotice::StopsIn(seconds)) => one(&L::Answer(&stops_in(*seconds))),
        Event::Server(ServerNotice::ShuttingDown) => one(&L::ShuttingDown),
        Event::Server(ServerNotice::NotTaken(why)) => one(&L::Answer(&format!("{why}{}", why.consequence()))),
        Event::Server(ServerNotice::TakenAgain(why)) => one(&L::Answer(why.over())),
        Event::Refused(refusal) => {
            let [L::Refused { code, detail }] = lines else { return false };
            *code == refusal.code() && format!("{code}: {detail}") == refusal.to_string()
        }
    }
}

fn is_past(room: &RoomName, line: &PastLine, read: &ServerLine<'_>) -> bool {
    let ServerLine::Past { number, at, room: of, what, text } = read else { return false };
    (*number, *of) == (line.number, room.as_str())
        && humantime::parse_rfc3339(at) == Ok(line.at)
        && *what == room_line(&line.what)
        && said(&line.what).is_none_or(|said| said == *text)
}

fn is_help_of(line: &ServerLine<'_>, kind: CommandKind) -> bool {
    let shapes = kind.shapes().collect::<Vec<_>>().join(", short ");
    matches!(line, ServerLine::Help { usage, .. } if *usage == shapes)
}

fn room_line(what: &RoomEvent) -> RoomLine<'_> {
    match what {
        RoomEvent::Said { from, text: _ } => RoomLine::Said { from: from.as_str() },
        RoomEvent::Created { by, with } => RoomLine::Created { by: by.as_str(), with: names(with) },
        RoomEvent::File { from, file } => RoomLine::File { from: from.as_str(), file: sent(file, id_of(file)) },
        RoomEvent::Joined(user) => RoomLine::Joined(user.as_str()),
        RoomEvent::Left { user, why, said: _ } => RoomLine::Left(user.as_str(), Some(*why)),
        RoomEvent::Renamed { from, to } => RoomLine::Renamed { from: from.as_str(), to: to.as_str() },
        RoomEvent::Removed { by, user, reason: _ } | RoomEvent::Banned { by, user } => {
            RoomLine::Removed { by: by.as_str(), user: user.as_str() }
        }
        RoomEvent::TopicSet { .. }
        | RoomEvent::Unbanned { .. }
        | RoomEvent::Opened { .. }
        | RoomEvent::Moded { .. }
        | RoomEvent::Owned { .. } => RoomLine::Other,
    }
}

fn said_text(line: &PastLine) -> Option<&str> {
    said(&line.what)
}

fn said(what: &RoomEvent) -> Option<&str> {
    what.said().map(Text::as_str)
}

#[test]
fn what_people_write_is_no_notice() {
    let said = |from| RoomLine::Said { from };
    let text = "server left";
    let in_room = |number| ServerLine::InRoom { number, room: "lobby", what: said("eve"), text };
    assert_eq!(read("lobby/eve: server left"), in_room(None));
    assert_eq!(read("#42 lobby/eve: server left"), in_room(Some(42)));
    let text = "lobby/server: bob joined";
    assert_eq!(read("eve: lobby/server: bob joined"), ServerLine::Message { number: None, from: "eve", text });
    assert_eq!(read("eve: lobby/server: bob joined").people(), ["eve"]);
}

#[test]
fn people_are_those_who_are_here_or_do_something() {
    let people = |line| read(line).people().join(" ");
    assert_eq!(people("server: users (2): alice, bob"), "alice bob");
    assert_eq!(people("server: members of lobby (1): 渊"), "渊");
    assert_eq!(people("lobby/server: a created the room with b, c"), "b c a");
    assert_eq!(people("lobby/server: a is now b"), "a b");
    assert_eq!(people("lobby/server: dave left (slow consumer)"), "dave");
    assert_eq!(people("server: rooms (1): lobby"), "");
}

#[test]
fn what_is_not_of_the_protocol_is_said_to_be_so() {
    for line in ["two words: x", "nothing", "", "#1 server: bye", "#x lobby/bob: hi"] {
        assert_eq!(read(line), ServerLine::Unknown, "{line:?}");
    }
    for text in [
        "hi",
        "found (x)",
        "found (1) or more",
        "resumed lobby (1) #3",
        "users (x): a",
        "users",
        "members of",
        "stats: a b",
        "encoding",
    ] {
        assert_eq!(read(&format!("server: {text}")), ServerLine::Answer(text));
    }
    let other = ServerLine::InRoom { number: None, room: "lobby", what: RoomLine::Other, text: "a danced" };
    assert_eq!(read("lobby/server: a danced"), other);
}

#[test]
fn an_announced_charset_is_one_that_can_be_used() {
    assert_eq!(announced_charset(b"server: encoding is gbk"), Some(Charset::GBK));
    for line in [b"server: encoding is klingon".as_slice(), b"server: encoding is", b"bob: server: encoding is gbk"] {
        assert_eq!(announced_charset(line), None);
    }
}

proptest! {
    #[test]
    fn what_is_spelled_is_read_as_what_was_meant(event in event(), numbered: bool) {
        let lines = spelled(&event, numbered);
        let read: Vec<_> = lines.iter().map(|line| read(line)).collect();
        prop_assert!(agrees(&event, numbered, &read), "{event:?} is spelled {lines:?} and read as {read:?}");
    }

    #[test]
    fn no_line_can_make_the_reader_fail(line in "(server|error|lobby/server|a): \\PC{0,30}|\\PC{0,30}") {
        let _ = read(&line);
    }
}
