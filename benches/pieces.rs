//! What the pieces of one delivery cost without a socket: reading a command, carrying it out, spelling the event.

use std::time::{Duration, SystemTime};

use chatctl::hub::{Hub, Limits, Now, Output, SessionId, SessionOrigin};
use chatctl::protocol::charset::Charset;
use chatctl::protocol::command::Command;
use chatctl::protocol::dialect::{Dialect, Hearer, Phase, Reading, RequestLimits, Spelling};
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

/// The lines of 8 KiB that cost most to read: none of them may take more than 100 us.
#[divan::bench(args = Costly::ALL)]
fn read_8_kib(bencher: Bencher, costly: Costly) {
    let line = costly.line();
    let limits = RequestLimits { is_control: false, max_line: 8192, max_users: 64 };
    bencher.counter(BytesCount::of_slice(&line)).bench_local(|| {
        Reading::new(costly.dialect(), limits).next(&mut line.as_slice(), Phase::Chat, costly.charset())
    });
}

/// Kinds of lines that were found to cost more than others.
#[derive(Debug, Clone, Copy)]
enum Costly {
    Unknown,
    UnknownIdeographs,
    UnknownBlanks,
    ManyMessageRecipients,
    LongGreekRecipients,
    LongMarkedRecipients,
    RepeatedRecipients,
    ManyRoomUsers,
    LongGreekUsers,
    SearchIdeographs,
    SearchLetters,
    SearchGreek,
    Help,
    Encoding,
    LongName,
    TextInGb18030,
    TextInIso2022Jp,
    JsonBrackets,
    JsonRecipients,
    JsonEscapes,
}

impl Costly {
    const ALL: [Self; 20] = [
        Self::Unknown,
        Self::UnknownIdeographs,
        Self::UnknownBlanks,
        Self::ManyMessageRecipients,
        Self::LongGreekRecipients,
        Self::LongMarkedRecipients,
        Self::RepeatedRecipients,
        Self::ManyRoomUsers,
        Self::LongGreekUsers,
        Self::SearchIdeographs,
        Self::SearchLetters,
        Self::SearchGreek,
        Self::Help,
        Self::Encoding,
        Self::LongName,
        Self::TextInGb18030,
        Self::TextInIso2022Jp,
        Self::JsonBrackets,
        Self::JsonRecipients,
        Self::JsonEscapes,
    ];

    /// With its newline.
    fn line(self) -> Vec<u8> {
        let users = |name: &str, count| vec![name; count].join(",");
        let greek = "ᾂ".repeat(32);
        let marked = format!("x{}", "\u{315}\u{300}\u{5ae}\u{1d16d}".repeat(7));
        let text = match self {
            Self::Unknown => "x".repeat(8192),
            Self::UnknownIdeographs => "渊".repeat(2730),
            Self::UnknownBlanks => "x ".repeat(4096),
            Self::ManyMessageRecipients => format!("send message {} x", users("渊", 2000)),
            Self::LongGreekRecipients => format!("send message {} x", users(&greek, 64)),
            Self::LongMarkedRecipients => format!("send message {} x", users(&marked, 64)),
            Self::RepeatedRecipients => format!("send message {} x", users("a", 64)) + &"x".repeat(8000),
            Self::ManyRoomUsers => format!("create room r {}", users("ᾂ", 2000)),
            Self::LongGreekUsers => format!("create room r {}", users(&greek, 64)),
            Self::SearchIdeographs => format!("search {}", "渊".repeat(2700)),
            Self::SearchLetters => format!("search {}", "x ".repeat(4090)),
            Self::SearchGreek => format!("search {}", "ᾂ".repeat(2700)),
            Self::Help => format!("help {}", "x ".repeat(4090)),
            Self::Encoding => format!("set encoding {}", "x".repeat(8170)),
            Self::LongName => format!("rename {}", "ᾂ".repeat(170)),
            Self::TextInGb18030 | Self::TextInIso2022Jp => format!("send r {}", "渊".repeat(2700)),
            Self::JsonBrackets => format!(r#"{{"type":"ping","x":{}"#, "[]".repeat(4080)),
            Self::JsonRecipients => {
                format!(r#"{{"type":"send_message","text":"x","to":[{}]}}"#, vec![r#""渊""#; 1300].join(","))
            }
            Self::JsonEscapes => format!(r#"{{"type":"send_room","room":"r","text":"{}"}}"#, r"\u6e0a".repeat(1350)),
        };
        let mut line = self.charset().encode(&text);
        line.push(b'\n');
        line
    }

    fn charset(self) -> Charset {
        let label = match self {
            Self::TextInGb18030 => "gb18030",
            Self::TextInIso2022Jp => "iso-2022-jp",
            _ => "utf-8",
        };
        Charset::for_label(label).expect("the label is one of the standard")
    }

    fn dialect(self) -> Dialect {
        match self {
            Self::JsonBrackets | Self::JsonRecipients | Self::JsonEscapes => Dialect::FOR_PROGRAMS,
            _ => Dialect::default(),
        }
    }
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
            let (id, _prompt) = hub.connect(SessionOrigin::Remote, "text", NOW);
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
        | Output::TakeFile(..)
        | Output::RemoveFile(..)
        | Output::Ask(..)
        | Output::Check(..)
        | Output::MakeToken(_)
        | Output::MakePassword(..)
        | Output::SetNumbers(..)
        | Output::SetCharset(..)
        | Output::Close(_) => unreachable!("a line in a room is kept and told and does nothing else"),
    });
    events.last().expect("a line in a room has an event")
}
