//! One answer for each request, in dialects that have it: what a call of the hub tells the caller alone is collected, and
//! told before the events that the call causes.

use std::time::SystemTime;

use crate::hub::{Audience, Hub, Output, PasswordCheck, Question, Record, Room, SessionId};
use crate::protocol::answer::{Answer, LoginAnswer, RequestId, RoomState, TextLimits};
use crate::protocol::command::{Command, HistoryRange};
use crate::protocol::dialect::Spelling;
use crate::protocol::event::{AccountEvent, Event, FileEvent, Mark, PastEnd, PastEvent, PastLine, Stat};
use crate::protocol::name::{RoomName, UserName};
use crate::protocol::refusal::{AccountRefusal, Refusal};
use crate::store::Store;

/// What a call of the hub wants done, sorted by what has to be first.
#[derive(Debug, Default)]
pub(in crate::server) struct Collected {
    /// Facts, which are kept before anybody is told.
    pub(in crate::server) facts: Vec<Record>,
    /// What has to be found out before the caller is answered.
    pub(in crate::server) question: Option<Question>,
    /// What has to be computed before that.
    pub(in crate::server) check: Option<PasswordCheck>,
    /// What the caller alone is told about what was asked.
    told: Vec<Event>,
    /// Everything else, in its order.
    pub(in crate::server) rest: Vec<Output>,
}

/// What an answer is made of beside what was told.
pub(in crate::server) struct Knowledge<'a> {
    pub(in crate::server) hub: &'a Hub,
    pub(in crate::server) store: &'a dyn Store,
    pub(in crate::server) epoch: &'a str,
    pub(in crate::server) limits: TextLimits,
    pub(in crate::server) caller: SessionId,
    pub(in crate::server) at: SystemTime,
}

/// An answer that comes later.
#[derive(Debug)]
pub(in crate::server) struct Reply {
    pub(in crate::server) request: Option<RequestId>,
    pub(in crate::server) command: Option<Command>,
    /// The room that the caller is in now, if the command is to enter one.
    pub(in crate::server) entered: Option<RoomState>,
}

impl Reply {
    /// Appends the answer, now that it is known. A search in all rooms goes on before the message of this id.
    pub(in crate::server) fn write(
        &self,
        found: Event,
        goes_on_before: Option<u64>,
        spelling: Spelling,
        out: &mut Vec<u8>,
    ) {
        if let Some(answer) = self.answer(found, goes_on_before) {
            spelling.write_answer(self.request, &answer, out);
        }
    }

    /// The answer; `None` for what no store finds.
    fn answer(&self, found: Event, goes_on_before: Option<u64>) -> Option<Answer> {
        match (found, &self.command, &self.entered) {
            (Event::Past(PastEvent::History { room, lines, kept }), command, _) => {
                let more = has_more(command.as_ref(), &lines, kept);
                Some(Answer::History { room, lines, kept, more })
            }
            (Event::Past(PastEvent::Messages { with, lines, end }), command, _) => {
                Some(past_messages(with, lines, end, command.as_ref()))
            }
            (Event::Past(PastEvent::Resumed { room: _, lines, left_out }), _, Some(state)) => {
                Some(Answer::Resumed { state: state.clone(), lines, left_out })
            }
            (Event::Past(PastEvent::Found { lines, more }), Some(Command::Search { within, .. }), _) => {
                let oldest = lines.first().filter(|_| more).map(|(_, line)| line.number);
                let cursor = if within.is_some() { oldest } else { goes_on_before };
                Some(Answer::Found { lines, more, cursor })
            }
            (Event::RoomShown(summary), _, _) => Some(Answer::Shown(summary)),
            (Event::Refused(refusal), _, _) => Some(Answer::Refused { refusal, failed: Vec::new() }),
            _ => None,
        }
    }
}

impl Collected {
    /// Sorts what is to be done. `stats` gives the counters, if they are asked for.
    pub(in crate::server) fn of(
        caller: SessionId,
        outputs: impl IntoIterator<Item = Output>,
        stats: impl Fn() -> Vec<Stat>,
    ) -> Self {
        let mut collected = Self::default();
        for output in outputs {
            match output {
                Output::Keep(record) => collected.facts.push(record),
                Output::Ask(id, question) if id == caller => collected.question = Some(question),
                Output::Check(id, check) if id == caller => collected.check = Some(check),
                Output::TellStats(id) if id == caller => collected.told.push(Event::Stats(stats())),
                Output::Tell(Audience::One(id), event) if id == caller && event.is_answer() => {
                    collected.told.push(event);
                }
                _ => collected.rest.push(output),
            }
        }
        // The first event of the connection has asked for a name already.
        collected.told.retain(|event| *event != Event::NamePrompt);
        collected
    }

    /// The answer. What the caller has been told beyond it goes to the front of the rest.
    pub(in crate::server) fn answer(&mut self, command: Option<&Command>, knows: &Knowledge<'_>) -> Answer {
        let refusals: Vec<Refusal> = self.told.iter().filter_map(refusal_of).collect();
        let invited = self.take_invited();
        if let (Some(Command::Invite { .. }), Some((room, users))) = (command, &invited) {
            return Answer::Invited { room: room.clone(), users: users.clone(), failed: refusals };
        }
        match (command, refusals.as_slice()) {
            // It is announced for those who are here.
            (Some(Command::SendFile(_)), [_, ..])
                if matches!(self.told.last(), Some(Event::File(FileEvent::Wanted { .. }))) =>
            {
                self.told.pop().map_or(Answer::Done, |event| told(event, command, knows))
            }
            (Some(Command::SendMessage { to, text: _ }), failed) if failed.iter().all(is_of_addressee) => {
                let has_failed = |user: &&UserName| failed.iter().any(|failed| failed.addressee() == Some(user));
                let users = to.as_slice().iter().filter(|user| !has_failed(user));
                let sent = users.filter_map(|user| {
                    Some((knows.hub.user(user)?.clone(), knows.hub.last_message_with(knows.caller, user)))
                });
                let to = sent.collect();
                Answer::Sent { at: self.message_mark().map_or(knows.at, |mark| mark.at), to, failed: refusals }
            }
            (Some(_), [first, ..]) => Answer::Refused { refusal: first.clone(), failed: refusals },
            (None, [first, others @ ..]) => {
                let others = others.iter().map(|refusal| Event::Refused(refusal.clone()));
                let others = others.map(|event| Output::Tell(Audience::One(knows.caller), event));
                self.rest.splice(0..0, others);
                Answer::Refused { refusal: first.clone(), failed: Vec::new() }
            }
            // A token has come with it.
            (None, []) if self.told.contains(&Event::Welcome) => welcome(knows),
            (_, []) => match self.told.pop() {
                Some(event) => told(event, command, knows),
                None => self.caused(command, invited.map_or(Vec::new(), |(_, users)| users), knows),
            },
        }
    }

    /// What was done about a command of which the caller alone is told nothing.
    fn caused(&self, command: Option<&Command>, invited: Vec<UserName>, knows: &Knowledge<'_>) -> Answer {
        let entered = |room: Option<RoomState>| match room {
            Some(state) => Answer::Entered { state, invited },
            None => Answer::Done,
        };
        match command {
            Some(Command::CreateRoom { room, .. }) => entered(knows.hub.room(room).map(created)),
            Some(Command::JoinRoom(room)) => entered(knows.hub.room(room).map(|room| knows.state(room))),
            Some(Command::LeaveRoom(room)) => Answer::Left(self.line_of(room).map_or(room.clone(), |(room, ..)| room)),
            Some(
                Command::SendRoom { room, .. }
                | Command::Topic { room, .. }
                | Command::Kick { room, .. }
                | Command::Ban { room, .. }
                | Command::Unban { room, .. }
                | Command::GiveRoom { room, .. }
                | Command::SetRoom { room, .. },
            ) => match self.line_of(room) {
                Some((room, number, mark)) => Answer::Said { room, number, at: mark.at },
                None => Answer::Done,
            },
            Some(Command::Rename(name)) => Answer::Renamed(name.clone()),
            _ => Answer::Done,
        }
    }

    /// Whom the caller has asked to enter which room, if anybody.
    fn take_invited(&mut self) -> Option<(RoomName, Vec<UserName>)> {
        let at = self.told.iter().position(|event| matches!(event, Event::Invited { .. }))?;
        match self.told.remove(at) {
            Event::Invited { room, users } => Some((room, users)),
            _ => None,
        }
    }

    fn message_mark(&self) -> Option<Mark> {
        self.rest.iter().find_map(|output| match output {
            Output::Tell(_, Event::Message { mark, .. }) => Some(*mark),
            _ => None,
        })
    }

    /// The room as it is spelled, the number and the mark of what happened there.
    fn line_of(&self, name: &RoomName) -> Option<(RoomName, u64, Mark)> {
        self.rest.iter().find_map(|output| match output {
            Output::Tell(_, Event::InRoom { room, sequence, what: _, mark }) if room == name => {
                Some((room.clone(), *sequence, *mark))
            }
            _ => None,
        })
    }
}

impl Knowledge<'_> {
    /// The room that this command has brought the caller into, if the answer tells of it later.
    pub(in crate::server) fn entered(&self, command: &Command) -> Option<RoomState> {
        match command {
            Command::Resume { room, after: _ } => self.hub.room(room).map(|room| self.state(room)),
            _ => None,
        }
    }

    fn password_missing(&self) -> Refusal {
        self.hub
            .awaited_account(self.caller)
            .map_or(Refusal::WrongToken, |name| Refusal::Account(AccountRefusal::WrongPassword(name.clone())))
    }

    fn state(&self, room: Room) -> RoomState {
        let first = self.store.first(room.place).filter(|first| *first <= room.number);
        RoomState { first, read: self.hub.read_of(self.caller, room.place), ..created(room) }
    }
}

/// A room whose first line everybody in it has heard.
fn created(room: Room) -> RoomState {
    let Room { place: _, name, number, members } = room;
    RoomState { room: name, number, first: None, read: None, members }
}

fn refusal_of(event: &Event) -> Option<Refusal> {
    match event {
        Event::Refused(refusal) => Some(refusal.clone()),
        _ => None,
    }
}

fn is_of_addressee(refusal: &Refusal) -> bool {
    matches!(refusal, Refusal::NoSuchUser(_) | Refusal::MailboxFull(_))
}

fn told(event: Event, command: Option<&Command>, knows: &Knowledge<'_>) -> Answer {
    match event {
        Event::Welcome => welcome(knows),
        Event::Users(users) => Answer::Users(users),
        Event::Rooms(rooms) => Answer::Rooms(
            rooms
                .into_iter()
                .map(|room| {
                    let members = knows.hub.size_of(&room);
                    (room, members)
                })
                .collect(),
        ),
        Event::Members { room, users } => Answer::Members { room, users },
        Event::Stats(stats) => Answer::Stats(stats),
        Event::Past(PastEvent::History { room, lines, kept }) => {
            let more = has_more(command, &lines, kept);
            Answer::History { room, lines, kept, more }
        }
        Event::Past(PastEvent::Messages { with, lines, end }) => past_messages(with, lines, end, command),
        Event::File(FileEvent::Wanted { token, name, until }) => Answer::FileWanted { token, name, until },
        Event::Token(token) => Answer::Token(token),
        Event::Account(AccountEvent::Registered(name) | AccountEvent::Unregistered(name)) | Event::Renamed(name) => {
            Answer::Renamed(name)
        }
        Event::Operated(operated) => Answer::Operated(operated),
        Event::Topic { room, topic } => Answer::Topic { room, topic },
        Event::RoomShown(summary) => Answer::Shown(summary),
        Event::Pong(token) => Answer::Pong(token),
        Event::Help(kinds) => Answer::Help(kinds),
        // A password belongs to the request that has the name.
        Event::PasswordPrompt => Answer::Refused { refusal: knows.password_missing(), failed: Vec::new() },
        Event::Account(AccountEvent::PasswordChanged)
        | Event::NamePrompt
        | Event::KeptFor(_)
        | Event::Past(PastEvent::NewIn { .. } | PastEvent::Resumed { .. } | PastEvent::Found { .. })
        | Event::Invited { .. }
        | Event::Invitation { .. }
        | Event::InvitationsSet { .. }
        | Event::NumbersSet(_)
        | Event::File(
            FileEvent::Given { .. }
            | FileEvent::Sent { .. }
            | FileEvent::Stored(_)
            | FileEvent::Head(_)
            | FileEvent::Canceled(_)
            | FileEvent::Removed(_),
        )
        | Event::Message { .. }
        | Event::InRoom { .. }
        | Event::EncodingSet(_)
        | Event::Bye
        | Event::Server(_)
        | Event::RoomClosed { .. }
        | Event::Deed(_)
        | Event::Signal(_)
        | Event::Note(_)
        | Event::Refused(_) => Answer::Done,
    }
}

fn past_messages(with: UserName, lines: Vec<PastLine>, end: PastEnd, command: Option<&Command>) -> Answer {
    match end {
        PastEnd::Kept(kept) => {
            let more = has_more(command, &lines, kept);
            Answer::PastMessages { with, lines, kept, more, left_out: None }
        }
        PastEnd::LeftOut(left_out) => {
            Answer::PastMessages { with, lines, kept: None, more: left_out.is_some(), left_out }
        }
    }
}

/// Whether there are further lines than these in the direction that was asked for.
fn has_more(command: Option<&Command>, lines: &[PastLine], kept: Option<(u64, u64)>) -> bool {
    match (command, lines.first(), lines.last(), kept) {
        (
            Some(
                Command::History { range: HistoryRange::After(_), .. }
                | Command::MessageHistory { range: HistoryRange::After(_), .. },
            ),
            _,
            Some(last),
            Some((_, newest)),
        ) => last.number < newest,
        (_, Some(first), _, Some((oldest, _))) => first.number > oldest,
        _ => false,
    }
}

fn welcome(knows: &Knowledge<'_>) -> Answer {
    let Some(name) = knows.hub.name_of(knows.caller) else { return Answer::Done };
    Answer::LoggedIn(Box::new(LoginAnswer {
        name: name.clone(),
        token: knows.hub.token_of(knows.caller),
        epoch: knows.epoch.to_owned(),
        limits: knows.limits,
        users: knows.hub.users(),
        people: knows.hub.correspondents_of(knows.caller),
        is_account: knows.hub.is_account(knows.caller),
        rooms: knows.hub.rooms_of(knows.caller).into_iter().map(|room| knows.state(room)).collect(),
    }))
}
