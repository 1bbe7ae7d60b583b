//! From the bytes of one connection to commands carried out: framing, decoding, parsing, and when to take the next.
//!
//! A reader takes lines as long as its client may send and has room for the answers. What has been read and may not
//! be taken yet is kept, at most one read's worth, and nothing more is read meanwhile.

use std::collections::VecDeque;
use std::sync::Arc;
use std::task::Context;
use std::time::Duration;

use crate::hub::{Now, SessionId};
use crate::protocol::act::Act;
use crate::protocol::command::{Command, CommandKind};
use crate::protocol::dialect::irc::Step;
use crate::protocol::dialect::{Asked, Had, Phase, Reading, Request, RequestLimits, TransferRequest};
use crate::protocol::name::UserName;
use crate::protocol::refusal::Refusal;
use crate::protocol::websocket::{FrameReader, Framing, Unframed};
use crate::server::broker::{Broker, Caller as Asker, LoginLine};
use crate::server::config::Config;
use crate::server::connection::Connection;
use crate::server::throttle::{Cost, Throttle};
use crate::server::worker::wake::Wake;

/// Bytes of one read: many lines for one system call.
pub(in crate::server) const READ_SIZE: usize = 64 * 1024;

/// Bytes of one read of a client that has sent more than it may: what is read is kept.
const READ_SIZE_OF_THE_EAGER: usize = 8 * 1024;

/// When to try again a command that waits because all connections together hold too much.
const CROWDED_FOR: Duration = Duration::from_millis(50);

/// Where a reader stopped in the bytes that it was given.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::server) enum Progress {
    /// Everything is taken: read on.
    Done,
    /// The rest is kept until so much time has passed: the client is faster than it may be.
    After(Duration),
    /// The rest is kept until the client has read its answers.
    QueueFull,
    /// The rest is kept until the others had their turn.
    Yield,
    /// The rest is kept until the next turn: many have departed in this one, and so does this client.
    Postponed,
    /// The rest is kept: what comes now are the bytes of a file, or nothing more.
    Transfer(TransferRequest),
}

/// The session whose lines are taken, as far as it decides how they are read.
#[derive(Debug)]
struct ReadingSession {
    id: SessionId,
    phase: Phase,
    /// The name at the login; a later one may have taken its place.
    name: Option<UserName>,
}

#[derive(Debug)]
pub(in crate::server) struct Reader {
    caller: ReadingSession,
    connection: Arc<Connection>,
    broker: Arc<Broker>,
    reading: Reading,
    max_line: usize,
    /// Bytes of the line at hand that have come.
    line_bytes: usize,
    /// What takes the messages out of their frames, if they come in frames.
    frames: Option<Box<FrameReader>>,
    /// The last frame for a client that may send nothing more.
    farewell: Option<Vec<u8>>,
    throttle: Throttle,
    /// A read whose bytes from `taken` on are not taken yet.
    kept: Vec<u8>,
    taken: usize,
    /// A request that waits until all connections together hold less.
    held: Option<Box<Asked>>,
    /// What is asked on behalf of a client that has come back, before its next request: what it has missed.
    missed: VecDeque<Command>,
    /// What the client has already that is logging in.
    had: Option<Box<Had>>,
    is_eager: bool,
    /// Somebody wants to know when something last came.
    notes_time: bool,
    /// The last request is answered by the store.
    seeks: bool,
}

impl Reader {
    pub(in crate::server) fn new(
        id: SessionId,
        connection: Arc<Connection>,
        broker: Arc<Broker>,
        config: &Config,
    ) -> Self {
        let dialect = connection.dialect;
        let frames = match connection.outbound.spelling().framing {
            Framing::Lines => None,
            Framing::WebSocket => Some(Box::default()),
            Framing::BinaryWebSocket => Some(Box::new(FrameReader::default().taking_bytes())),
        };
        let (is_control, max_users) = (connection.stream.is_local(), config.limits.max_recipients);
        let limits = RequestLimits { is_control, max_line: config.max_line, max_users };
        Self {
            caller: ReadingSession { id, phase: Phase::Login, name: None },
            connection,
            broker,
            reading: Reading::new(dialect, limits),
            max_line: config.max_line,
            line_bytes: 0,
            frames,
            farewell: None,
            throttle: Throttle::new(config.message_rate),
            kept: Vec::new(),
            taken: 0,
            held: None,
            missed: VecDeque::new(),
            had: None,
            is_eager: false,
            notes_time: config.idle_timeout.is_some(),
            seeks: false,
        }
    }

    /// Takes what one read has brought.
    pub(in crate::server) fn feed(&mut self, input: &[u8]) -> Progress {
        self.broker.counters.count_received(input.len());
        if self.notes_time {
            self.connection.hear(self.broker.now().monotonic);
        }
        if self.frames.is_none() {
            return self.feed_lines(input);
        }
        let lines = self.unframe(input);
        // A client that asks whether we live, and never listens, waits like any other.
        if self.connection.outbound.charset_of_next_command().is_none() {
            self.keep_lines(lines);
            return Progress::QueueFull;
        }
        self.feed_lines(&lines)
    }

    /// Keeps what came with the head of the connection, to be taken before anything is read.
    pub(in crate::server) fn keep(&mut self, input: &[u8]) {
        self.broker.counters.count_received(input.len());
        let lines = self.unframe(input);
        self.keep_lines(lines);
    }

    /// The last frame for a client that may send nothing more, once all that it has sent is taken.
    pub(in crate::server) fn farewell(&self) -> Option<&[u8]> {
        self.farewell.as_deref().filter(|_| self.kept.is_empty() && self.held.is_none())
    }

    /// The messages of this input as lines. Frames that have to be answered at once are.
    fn unframe(&mut self, input: &[u8]) -> Vec<u8> {
        let Some(frames) = &mut self.frames else { return input.to_vec() };
        let Unframed { lines, replies, farewell } = frames.take(input);
        self.farewell = farewell;
        if !replies.is_empty() {
            drop(self.broker.say(&self.connection, &replies));
        }
        lines
    }

    fn feed_lines(&mut self, mut input: &[u8]) -> Progress {
        let progress = self.take_lines(&mut input);
        self.keep_lines(input.to_vec());
        progress
    }

    fn keep_lines(&mut self, lines: Vec<u8>) {
        self.broker.counters.count_kept(0, lines.len());
        self.is_eager = !lines.is_empty();
        self.kept = lines;
        self.taken = 0;
    }

    /// How much to read at once.
    pub(in crate::server) fn read_size(&self) -> usize {
        if self.is_eager { READ_SIZE_OF_THE_EAGER } else { READ_SIZE }
    }

    /// What has come and was not taken.
    pub(in crate::server) fn take_kept(&mut self) -> Vec<u8> {
        self.broker.counters.count_kept(self.kept.len(), 0);
        let mut kept = std::mem::take(&mut self.kept);
        kept.drain(..std::mem::take(&mut self.taken));
        kept
    }

    /// Bytes that are kept and not taken.
    pub(in crate::server) fn kept(&self) -> usize {
        self.kept.len() - self.taken
    }

    /// The session whose lines these are.
    pub(in crate::server) fn session(&self) -> SessionId {
        self.caller.id
    }

    /// Who is talking, once that is known.
    pub(in crate::server) fn user(&self) -> Option<&UserName> {
        self.caller.name.as_ref()
    }

    /// Goes on with what was kept.
    pub(in crate::server) fn resume(&mut self) -> Progress {
        // Its pings may have filled the queue, and there need not be a command that waits.
        if self.frames.is_some() && self.connection.outbound.charset_of_next_command().is_none() {
            return Progress::QueueFull;
        }
        let kept = std::mem::take(&mut self.kept);
        let mut input = &kept[self.taken..];
        let progress = self.take_lines(&mut input);
        self.taken = if input.is_empty() { 0 } else { kept.len() - input.len() };
        if input.is_empty() {
            self.broker.counters.count_kept(kept.len(), 0);
        } else {
            self.kept = kept;
        }
        progress
    }

    /// Whether what was said has to be written before this client may say or do more.
    pub(in crate::server) fn turn_is_over(&self) -> bool {
        self.broker.due[self.connection.worker].turn_is_over()
    }

    /// Whether the client, which goes, has to wait for the next turn; then it is told nothing more of others.
    pub(in crate::server) fn departure_waits(&self) -> bool {
        let waits = self.broker.due[self.connection.worker].departures_wait();
        if waits {
            self.connection.leave();
        }
        waits
    }

    /// The conversation goes on in the next turn.
    pub(in crate::server) fn postpone(&self, cx: &Context<'_>) {
        self.broker.due[self.connection.worker].postpone(cx);
    }

    /// The silence that ends what has begun, if something has and silence can.
    pub(in crate::server) fn silence(&self) -> Option<Duration> {
        self.reading.silence(self.connection.outbound.charset())
    }

    /// What has begun ends here: silence is as good as a newline.
    pub(in crate::server) fn end_message(&mut self) -> Progress {
        self.feed(Reading::SILENCE)
    }

    /// Takes lines until there is a reason to stop; the workers are called once for all of them.
    fn take_lines(&mut self, input: &mut &[u8]) -> Progress {
        let broker = Arc::clone(&self.broker);
        let mut wake = Wake::nobody();
        for _ in 0..broker.due[self.connection.worker].lines_in_a_row() {
            let asked = match self.next_request(input) {
                Ok(asked) => asked,
                Err(progress) => return progress,
            };
            if broker.is_full() {
                self.held = Some(Box::new(asked));
                return Progress::After(CROWDED_FOR);
            }
            if let Ok(Request::Transfer(transfer)) = asked.what {
                return Progress::Transfer(transfer);
            }
            let departs = departs(&asked.what);
            if departs && self.departure_waits() {
                self.held = Some(Box::new(asked));
                return Progress::Postponed;
            }
            if causes_deliveries(&asked.what) && broker.is_too_crowded_for(&asked.what) {
                self.held = Some(Box::new(asked));
                return Progress::After(CROWDED_FOR);
            }
            if broker.is_in_cluster() {
                self.submit(asked);
                let line_bytes = std::mem::take(&mut self.line_bytes) as u64;
                let answer_bytes = self.connection.outbound.take_owed();
                let cost = Cost { line_bytes, answer_bytes, ..Cost::default() };
                let wait = self.throttle.charge(broker.now().monotonic, cost);
                if !wait.is_zero() {
                    broker.counters.count_throttled(wait);
                    return Progress::After(wait);
                }
                continue;
            }
            let now = broker.now();
            let seeks = std::mem::replace(&mut self.seeks, is_sought(&asked.what));
            self.had = asked.had.clone();
            let due = &broker.due[self.connection.worker];
            let before = if departs { due.deliveries() } else { 0 };
            let (cost, called) = self.caller.take(&broker, asked, now);
            if departs {
                due.count_departed(due.deliveries().saturating_sub(before));
            }
            wake.take_over(called);
            let line_bytes = std::mem::take(&mut self.line_bytes) as u64;
            // An answer that was sought is charged with the next line, before which it has come.
            let owed = if seeks { self.connection.outbound.take_owed() } else { 0 };
            let answer_bytes = cost.answer_bytes + owed;
            let wait = self.throttle.charge(now.monotonic, Cost { line_bytes, answer_bytes, ..cost });
            if !wait.is_zero() {
                self.broker.counters.count_throttled(wait);
                return Progress::After(wait);
            }
        }
        Progress::Yield
    }

    /// Hands a request to the log of a cluster. What it costs is known, and charged, when it has come back.
    fn submit(&mut self, asked: Asked) {
        self.had = asked.had;
        let asker = Asker { session: self.caller.id, request: asked.id, nonce: asked.nonce };
        self.broker.submit(&self.connection, (asker, self.caller.phase), asked.what);
    }

    /// What came of a login, with a password perhaps, is known once the queue is no longer held.
    fn look_at_phase(&mut self) {
        if self.caller.phase != Phase::Chat {
            (self.caller.phase, self.caller.name) = self.broker.phase(self.caller.id);
            let had = self.had.take().filter(|_| self.caller.phase == Phase::Chat);
            self.missed = had.map(|had| self.broker.missed(self.caller.id, &had).into()).unwrap_or_default();
        }
    }

    /// The next request, or why there is none now.
    fn next_request(&mut self, input: &mut &[u8]) -> Result<Asked, Progress> {
        if let Some(asked) = self.held.take() {
            return Ok(*asked);
        }
        if input.is_empty() && self.missed.is_empty() && self.had.is_none() {
            return Err(Progress::Done);
        }
        let charset = self.connection.outbound.charset_of_next_command().ok_or(Progress::QueueFull)?;
        self.look_at_phase();
        if let Some(command) = self.missed.pop_front() {
            return Ok(Asked { id: None, nonce: None, had: None, what: Ok(Request::Command(command)) });
        }
        if input.is_empty() {
            return Err(Progress::Done);
        }
        let before = input.len();
        let asked = self.reading.next(input, self.caller.phase, charset);
        // What is skipped of a line that is too long costs next to nothing.
        self.line_bytes = (self.line_bytes + before - input.len()).min(self.max_line);
        asked.ok_or(Progress::Done)
    }
}

impl Drop for Reader {
    fn drop(&mut self) {
        self.broker.counters.count_kept(self.kept.len(), 0);
    }
}

/// Whether the store has to find the answer.
fn is_sought(request: &Result<Request, Refusal>) -> bool {
    let Ok(Request::Command(command)) = request else { return false };
    matches!(
        command,
        Command::History { .. }
            | Command::MessageHistory { .. }
            | Command::Search { .. }
            | Command::Resume { .. }
            | Command::ResumeMessages { .. }
            | Command::ShowRoom(_)
    )
}

/// Whether the client says that it goes.
fn departs(request: &Result<Request, Refusal>) -> bool {
    match request {
        Ok(Request::Command(command)) => *command == Command::Quit,
        Ok(Request::Instruction(instruction)) => {
            instruction.steps.iter().any(|step| matches!(step.act(), Some(Act::Quit(_))))
        }
        _ => false,
    }
}

/// Whether others hear of what was asked for.
fn causes_deliveries(request: &Result<Request, Refusal>) -> bool {
    match request {
        Ok(Request::Command(command)) => match command.kind() {
            CommandKind::SendMessage
            | CommandKind::CreateRoom
            | CommandKind::JoinRoom
            | CommandKind::LeaveRoom
            | CommandKind::SendRoom
            | CommandKind::SendFile
            | CommandKind::RemoveFile
            | CommandKind::Topic
            | CommandKind::Invite
            | CommandKind::Kick
            | CommandKind::Ban
            | CommandKind::Unban
            | CommandKind::GiveRoom
            | CommandKind::SetRoom
            | CommandKind::Resume
            | CommandKind::Rename => true,
            CommandKind::ListUsers
            | CommandKind::ListRooms
            | CommandKind::ListMembers
            | CommandKind::ListStats
            | CommandKind::ShowRoom
            | CommandKind::History
            | CommandKind::MessageHistory
            | CommandKind::ResumeMessages
            | CommandKind::Search
            | CommandKind::SetInvitations
            | CommandKind::SetEncoding
            | CommandKind::SetNumbers
            | CommandKind::Register
            | CommandKind::SetPassword
            | CommandKind::Unregister
            | CommandKind::Token
            | CommandKind::Ping
            | CommandKind::Help
            | CommandKind::Quit => false,
            // On a crowded server they have to be heard at once.
            CommandKind::Operate(_) => false,
        },
        Ok(Request::Instruction(instruction)) => {
            instruction.steps.iter().any(|step| step.act().is_some() || matches!(step, Step::LogIn(..)))
        }
        Ok(
            Request::Name(_)
            | Request::Password(_)
            | Request::Account(..)
            | Request::Token(_)
            | Request::Transfer(_)
            | Request::Read(_)
            | Request::Nothing,
        )
        | Err(_) => false,
    }
}

impl ReadingSession {
    /// Hands to the hub what was asked for; it is parsed already, outside of the hub's lock. Tells what it cost.
    fn take<'a>(&self, broker: &'a Broker, asked: Asked, now: Now) -> (Cost, Wake<'a>) {
        let asker = Asker { session: self.id, request: asked.id, nonce: asked.nonce };
        match (self.phase, asked.what) {
            (_, Ok(Request::Nothing | Request::Transfer(_))) => (Cost::default(), Wake::nobody()),
            (Phase::Chat, Err(refusal)) => broker.take(&asker, Err(refusal), now),
            (_, Ok(Request::Instruction(instruction))) => broker.follow(&asker, *instruction, now),
            (_, Ok(Request::Read(mark))) => broker.mark_read(&asker, &mark, now),
            (_, Ok(Request::Command(command))) => broker.take(&asker, Ok(command), now),
            (_, Ok(Request::Name(name))) => log_in(broker, &asker, LoginLine::Name(name)),
            (_, Ok(Request::Password(password))) => log_in(broker, &asker, LoginLine::Password(password)),
            (_, Ok(Request::Account(name, password))) => log_in(broker, &asker, LoginLine::Account(name, password)),
            (_, Ok(Request::Token(token))) => log_in(broker, &asker, LoginLine::Token(token)),
            (Phase::Login | Phase::Password, Err(refusal)) => log_in(broker, &asker, LoginLine::Refused(refusal)),
        }
    }
}

/// Logging in costs no more than the line.
fn log_in<'a>(broker: &'a Broker, asker: &Asker, said: LoginLine) -> (Cost, Wake<'a>) {
    (Cost::default(), broker.log_in(asker, said))
}
