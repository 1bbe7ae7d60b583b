//! What people do, from the bytes of their lines to what everybody is told: nobody is told twice or after the end, and
//! the lines of a room go to its members, numbered without a gap.
//!
//! Input, line by line: `+` somebody connects, `-0` the first one's connection ends, `!0` is too slow, `*0` asks for a
//! token, `@0` time passes, and `0TEXT` sends a line (`{` begins one in JSON).

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, SystemTime};

use chatctl::hub::{Audience, Hub, Limits, Now, Output, Outputs, PlaceId, Record, SessionId, SessionOrigin};
use chatctl::protocol::charset::Charset;
use chatctl::protocol::dialect::{Dialect, Hearer, Phase, Reading, Request, RequestLimits};
use chatctl::protocol::event::{Departure, Event};
use chatctl::protocol::token::{Epoch, SessionToken};
use chatctl::text::visible::is_control;

use super::tape::Tape;

const PEOPLE: usize = 8;

/// Panics if somebody is told what he must not hear, or not what he must.
pub fn check(data: &[u8]) {
    let mut tape = Tape::new(data);
    let mut chat = Chat::new();
    while !tape.is_empty() {
        chat.happen(tape.line());
        assert!(chat.hub.is_whole());
    }
    let outputs = chat.hub.shut_down();
    chat.hear(outputs, &BTreeMap::new());
}

struct Chat {
    hub: Hub,
    /// In the order in which they came, also those that have gone.
    sessions: Vec<SessionId>,
    open: BTreeSet<SessionId>,
    /// The number of the last line of each place.
    numbers: BTreeMap<PlaceId, u64>,
    seconds: u64,
}

impl Chat {
    fn new() -> Self {
        let limits =
            Limits { max_rooms: 3, max_rooms_by_others: 2, max_rooms_total: 5, max_asleep: 2, ..Limits::default() };
        Self {
            hub: Hub::new(limits, Epoch::new(1)),
            sessions: Vec::new(),
            open: BTreeSet::new(),
            numbers: BTreeMap::new(),
            seconds: 0,
        }
    }

    fn now(&self) -> Now {
        let monotonic = Duration::from_secs(self.seconds);
        Now { monotonic, wall: SystemTime::UNIX_EPOCH + monotonic }
    }

    fn happen(&mut self, line: &[u8]) {
        let mut tape = Tape::new(line);
        let what = if line.first().is_some_and(u8::is_ascii_digit) { b'>' } else { tape.byte() };
        let number = tape.below(PEOPLE);
        let before = self.places();
        let id = self.sessions.get(number).copied();
        let outputs = match (what, id) {
            (b'@', _) => {
                self.seconds += 1 + number as u64 * 5;
                self.hub.expire(self.now())
            }
            (b'-', Some(id)) => self.end(id, Departure::ConnectionClosed),
            (b'!', Some(id)) if self.open.contains(&id) => self.hub.depart_as_slow(id, self.now()),
            (b'*', Some(id)) => self.hub.give_token(id, SessionToken::new(number as u128), true, self.now()),
            (b'>', Some(id)) => self.send(id, tape.rest()),
            _ => self.connect(),
        };
        self.hear(outputs, &before);
    }

    /// The one who has gone for longest comes back, once there are as many as there may be.
    fn connect(&mut self) -> Outputs {
        let place = self.sessions.iter().position(|id| !self.open.contains(id));
        if place.is_none() && self.sessions.len() == PEOPLE {
            return Outputs::default();
        }
        let (id, outputs) = self.hub.connect(SessionOrigin::Local, "text", self.now());
        assert!(self.open.insert(id), "an id is given once");
        match place.filter(|_| self.sessions.len() == PEOPLE) {
            Some(place) => self.sessions[place] = id,
            None => self.sessions.push(id),
        }
        outputs
    }

    fn end(&mut self, id: SessionId, departure: Departure) -> Outputs {
        let outputs = self.hub.depart(id, departure, self.now());
        self.open.remove(&id);
        outputs
    }

    fn send(&mut self, id: SessionId, text: &[u8]) -> Outputs {
        let dialect = if text.starts_with(b"{") { Dialect::FOR_PROGRAMS } else { Dialect::default() };
        let line = [text, b"\n"].concat();
        let phase = match (self.hub.is_logged_in(id), self.hub.awaited_account(id)) {
            (true, _) => Phase::Chat,
            (false, Some(_)) => Phase::Password,
            (false, None) => Phase::Login,
        };
        let mut reading = Reading::new(dialect, RequestLimits { is_control: false, max_line: 1000, max_users: 4 });
        let Some(asked) = reading.next(&mut line.as_slice(), phase, Charset::UTF_8) else { return Outputs::default() };
        match asked.what {
            Ok(Request::Name(name)) => self.hub.log_in(id, Ok(name)),
            Ok(Request::Password(password)) => self.hub.say_password(id, Ok(password)),
            Ok(Request::Account(name, password)) => self.hub.log_in_to(id, name, password),
            Ok(Request::Token(token)) => self.hub.take_over(id, token, self.now()),
            Ok(Request::Command(command)) => self.hub.carry_out(id, command, self.now()),
            Ok(Request::Nothing | Request::Instruction(_) | Request::Transfer(_)) => Outputs::default(),
            Err(refusal) if phase == Phase::Login => self.hub.log_in(id, Err(refusal)),
            Err(refusal) if phase == Phase::Password => self.hub.say_password(id, Err(refusal)),
            Ok(Request::Read(mark)) => self.hub.apply(self.hub.decide_read_mark(id, &mark, self.now())),
            Err(refusal) => self.hub.refuse(id, refusal),
        }
    }

    /// The places that each is in.
    fn places(&self) -> BTreeMap<SessionId, BTreeSet<PlaceId>> {
        let places = |id: &SessionId| self.hub.rooms_of(*id).iter().map(|room| room.place).collect();
        self.open.iter().map(|id| (*id, places(id))).collect()
    }

    fn hear(&mut self, outputs: Outputs, before: &BTreeMap<SessionId, BTreeSet<PlaceId>>) {
        let after = self.places();
        let is_in = |places: &BTreeMap<SessionId, BTreeSet<PlaceId>>, id: &SessionId, place: &PlaceId| {
            places.get(id).is_some_and(|places| places.contains(place))
        };
        let mut line = None;
        for output in outputs {
            match output {
                Output::Keep(Record::Place { place, number, .. }) => {
                    self.numbers.insert(place, number);
                }
                Output::Keep(Record::PlaceGone(place)) => assert!(self.numbers.remove(&place).is_some()),
                Output::Keep(Record::Line(kept)) => {
                    let last = self.numbers.insert(kept.place, kept.number);
                    assert_eq!(last.map(|last| last + 1), Some(kept.number), "no number is left out or comes twice");
                    line = Some(kept);
                }
                Output::Tell(audience, event) => {
                    let told = self.told(&audience);
                    spell(&event);
                    let Event::InRoom { sequence, .. } = event else { continue };
                    let line = line.as_ref().expect("what is told of a room is kept before");
                    assert_eq!(line.number, sequence);
                    for id in &told {
                        assert!(
                            is_in(before, id, &line.place) || is_in(&after, id, &line.place),
                            "only members hear it"
                        );
                    }
                    let stayed =
                        self.open.iter().filter(|id| is_in(before, id, &line.place) && is_in(&after, id, &line.place));
                    stayed.for_each(|id| assert!(told.contains(id), "every member hears it"));
                }
                Output::Close(id) => assert!(self.open.remove(&id), "nobody is closed twice"),
                _ => {}
            }
        }
    }

    fn told(&self, audience: &Audience) -> BTreeSet<SessionId> {
        let ids = match audience {
            Audience::One(id) => std::slice::from_ref(id),
            Audience::Many(ids) => ids,
        };
        let told: BTreeSet<SessionId> = ids.iter().copied().collect();
        assert_eq!(told.len(), ids.len(), "nobody is told twice");
        assert!(told.is_subset(&self.open), "nobody is told after the end");
        told
    }
}

/// In every dialect an event is whole lines, without anything that a screen may not show.
fn spell(event: &Event) {
    for dialect in Dialect::ALL.into_iter().chain([Dialect::FOR_PROGRAMS]) {
        let (spelling, mut bytes) = (dialect.spelling(), Vec::new());
        spelling.write(event, Hearer::default(), &mut bytes);
        let lines = spelling.charset.decode(&bytes).expect("a client can decode it");
        assert!(lines.is_empty() || lines.ends_with('\n'));
        assert!(!lines.split('\n').any(|line| line.chars().any(is_control)), "{lines:?}");
        if dialect == Dialect::FOR_PROGRAMS {
            lines.lines().for_each(|line| drop(serde_json::from_str::<serde_json::Value>(line).expect("it is JSON")));
        }
    }
}
