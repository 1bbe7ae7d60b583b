//! From the bytes of one connection to commands carried out: framing, decoding, parsing, and when to take the next.
//!
//! A reader takes lines as long as its client may send and has room for the answers. What has been read and may not
//! be taken yet is kept, at most one read's worth, and nothing more is read meanwhile.

use std::borrow::Cow;
use std::sync::Arc;
use std::time::Duration;

use crate::hub::{Now, SessionId};
use crate::protocol::command::Command;
use crate::protocol::dialect::{Dialect, legacy};
use crate::protocol::encoding::{Charset, CharsetError};
use crate::protocol::framing::{Frame, LineFraming};
use crate::protocol::refusal::Refusal;
use crate::server::broker::Broker;
use crate::server::config::Config;
use crate::server::connection::Connection;
use crate::server::throttle::Throttle;
use crate::server::worker::wake::Wake;

/// Lines of one client taken in a row before the others get their turn.
const LINES_IN_A_ROW: usize = 64;

/// How far a reader has come with what it was given.
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
}

/// The session whose lines are taken, as far as it decides how they are read.
#[derive(Debug)]
struct Caller {
    id: SessionId,
    dialect: Dialect,
    logged_in: bool,
}

#[derive(Debug)]
pub(in crate::server) struct Reader {
    caller: Caller,
    connection: Arc<Connection>,
    broker: Arc<Broker>,
    framing: LineFraming,
    throttle: Throttle,
    max_line: usize,
    /// A read whose bytes from `taken` on are not taken yet.
    kept: Vec<u8>,
    taken: usize,
}

impl Reader {
    pub(in crate::server) fn new(
        id: SessionId,
        connection: Arc<Connection>,
        broker: Arc<Broker>,
        config: &Config,
    ) -> Self {
        Self {
            caller: Caller { id, dialect: connection.dialect, logged_in: false },
            connection,
            broker,
            framing: LineFraming::new(config.max_line),
            throttle: Throttle::new(config.message_rate),
            max_line: config.max_line,
            kept: Vec::new(),
            taken: 0,
        }
    }

    /// Takes the lines of one read.
    pub(in crate::server) fn feed(&mut self, mut input: &[u8]) -> Progress {
        self.broker.counters.count_received(input.len());
        let progress = self.take_lines(&mut input);
        self.kept = input.to_vec();
        self.taken = 0;
        progress
    }

    /// Goes on with what was kept.
    pub(in crate::server) fn resume(&mut self) -> Progress {
        let kept = std::mem::take(&mut self.kept);
        let mut input = &kept[self.taken..];
        let progress = self.take_lines(&mut input);
        self.taken = if input.is_empty() { 0 } else { kept.len() - input.len() };
        if !input.is_empty() {
            self.kept = kept;
        }
        progress
    }

    /// Whether what was said has to be written before this client may say or do more.
    pub(in crate::server) fn turn_is_over(&self) -> bool {
        self.broker.due[self.connection.worker].turn_is_over()
    }

    /// The silence that ends what has begun, if something has and silence can.
    pub(in crate::server) fn silence(&self) -> Option<Duration> {
        match self.connection.dialect {
            Dialect::Text => None,
            Dialect::Legacy if !self.framing.is_inside_line() => None,
            Dialect::Legacy => Some(legacy::silence::in_server(self.framing.unfinished(), self.connection.charset())),
        }
    }

    /// What has begun ends here: silence is as good as a newline.
    pub(in crate::server) fn end_message(&mut self) -> Progress {
        self.feed(b"\n")
    }

    /// Takes lines until there is a reason to stop; the workers are called once for all of them.
    fn take_lines(&mut self, input: &mut &[u8]) -> Progress {
        let broker = Arc::clone(&self.broker);
        let mut wake = Wake::nobody();
        for _ in 0..LINES_IN_A_ROW {
            if input.is_empty() {
                return Progress::Done;
            }
            let Some(charset) = self.connection.charset_of_next_command() else {
                return Progress::QueueFull;
            };
            let Some(frame) = self.framing.next_frame(input) else {
                return Progress::Done;
            };
            let line = decoded(frame, charset, self.max_line);
            let now = broker.now();
            let wait = self.throttle.charge(now.monotonic);
            wake.take_over(self.caller.take_line(&broker, line, now));
            if !wait.is_zero() {
                self.broker.counters.count_throttled(wait);
                return Progress::After(wait);
            }
        }
        Progress::Yield
    }
}

impl Caller {
    /// Parses outside the hub's lock, and hands the command or the name to the hub.
    fn take_line<'a>(&mut self, broker: &'a Broker, line: Line<'_>, now: Now) -> Wake<'a> {
        if self.logged_in {
            let command = line.and_then(|line| Command::parse(&line)).transpose();
            return command.map_or_else(Wake::nobody, |command| {
                broker.take(self.id, command.and_then(|command| possible(command, self.dialect)), now)
            });
        }
        let Some(name) = line.and_then(|line| Command::parse_login(&line)).transpose() else {
            return Wake::nobody();
        };
        let (logged_in, wake) = broker.log_in(self.id, name);
        self.logged_in = logged_in;
        wake
    }
}

type Line<'a> = Result<Cow<'a, str>, Refusal>;

fn decoded(frame: Frame<'_>, charset: Charset, max_line: usize) -> Line<'_> {
    match frame {
        Frame::Line(bytes) => charset.decode(bytes).map_err(Refusal::NotInCharset),
        Frame::TooLong => Err(Refusal::LineTooLong(max_line)),
    }
}

/// What the dialect leaves of the commands.
fn possible(command: Command, dialect: Dialect) -> Result<Command, Refusal> {
    match (&command, dialect) {
        // What waits in one charset cannot be cut in another, and an old client would not know of it.
        (Command::SetEncoding(_), Dialect::Legacy) => Err(Refusal::BadCharset(CharsetError::Fixed(dialect))),
        (_, Dialect::Text | Dialect::Legacy) => Ok(command),
    }
}
