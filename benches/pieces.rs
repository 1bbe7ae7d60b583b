//! What the pieces of one delivery cost without a socket: reading a command, carrying it out, spelling the event.

use std::time::{Duration, SystemTime};

use chatctl::hub::{Hub, Limits, Now, Output, SessionId, SessionOrigin};
use chatctl::protocol::command::Command;
use chatctl::protocol::dialect::{Hearer, Spelling};
use chatctl::protocol::event::Event;
use chatctl::protocol::line::{Frame, LineFraming};
use chatctl::protocol::name::UserName;
use chatctl::protocol::token::Epoch;
use divan::Bencher;
use divan::counter::{BytesCount, ItemsCount};

const NOW: Now = Now { monotonic: Duration::ZERO, wall: SystemTime::UNIX_EPOCH };

const LINES: &[&str] = &[
    "send room lobby The quick brown fox jumps over the lazy dog, time and again.",
    "send lobby The quick brown fox jumps over the lazy dog, time and again.",
    "send message bob,carol The quick brown fox jumps over the lazy dog, time and again.",
    "ping 12345",
    "list users",
];

fn main() {
    divan::main();
}

#[divan::bench(args = LINES)]
fn parse(line: &str) -> Option<Command> {
    Command::parse(line).expect("the line is a command")
}

#[divan::bench(args = ["alice", "Алиса_2", "渊渊"])]
fn name(text: &str) -> UserName {
    UserName::new(text).expect("the text is a name")
}

#[divan::bench]
fn frame(bencher: Bencher) {
    let read = format!("{}\n", LINES[0]).repeat(64).into_bytes();
    bencher.counter(BytesCount::of_slice(&read)).bench_local(|| {
        let (mut framing, mut input, mut lines) = (LineFraming::new(8192), read.as_slice(), 0);
        while let Some(Frame::Line(_)) = framing.next_frame(&mut input) {
            lines += 1;
        }
        lines
    });
}

#[divan::bench(args = [10, 200, 2000])]
fn carry_out_in_a_room_of(bencher: Bencher, members: usize) {
    let (mut hub, sessions) = room(members);
    let command = parse(LINES[0]).expect("the line is not blank");
    bencher
        .counter(ItemsCount::new(members))
        .with_inputs(|| command.clone())
        .bench_local_values(|command| hub.carry_out(sessions[0], command, NOW));
}

#[divan::bench]
fn render(bencher: Bencher) {
    let event = said();
    let mut out = Vec::new();
    bencher.bench_local(|| {
        out.clear();
        Spelling::default().write(&event, Hearer::default(), &mut out);
        out.len()
    });
}

/// A room whose members are all logged in.
fn room(members: usize) -> (Hub, Vec<SessionId>) {
    let mut hub = Hub::new(Limits::default(), Epoch::new(1));
    let sessions: Vec<_> = (0..members)
        .map(|user| {
            let (id, _prompt) = hub.connect(SessionOrigin::Remote, NOW);
            let _welcome = hub.log_in(id, Ok(name(&format!("user_{user}"))));
            let line = if user == 0 { "create room lobby" } else { "join room lobby" };
            let _notice = hub.carry_out(id, parse(line).expect("the line is not blank"), NOW);
            id
        })
        .collect();
    (hub, sessions)
}

/// The event of a line in a room.
fn said() -> Event {
    let (mut hub, sessions) = room(1);
    let outputs = hub.carry_out(sessions[0], parse(LINES[0]).expect("the line is not blank"), NOW);
    let events = outputs.into_iter().filter_map(|output| match output {
        Output::Keep(_) => None,
        Output::Tell(_, event) => Some(event),
        Output::TellStats(_)
        | Output::Ask(..)
        | Output::MakeToken(_)
        | Output::SetNumbers(..)
        | Output::SetCharset(..)
        | Output::Close(_) => unreachable!("a line in a room is kept and told and does nothing else"),
    });
    events.last().expect("a line in a room has an event")
}
