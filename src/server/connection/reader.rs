//! From the bytes of one connection to commands carried out: framing, decoding, parsing, and when to take the next.
//!
//! A reader takes lines as long as its client may send and has room for the answers. What has been read and may not
//! be taken yet is kept, at most one read's worth, and nothing more is read meanwhile.

use std::sync::Arc;
use std::time::Duration;

use crate::hub::{Now, SessionId};
use crate::protocol::dialect::{Phase, Reading, Request};
use crate::protocol::name::UserName;
use crate::protocol::refusal::Refusal;
use crate::server::broker::Broker;
use crate::server::config::Config;
use crate::server::connection::Connection;
use crate::server::throttle::Throttle;
use crate::server::worker::wake::Wake;

/// Lines of one client taken in a row before the others get their turn.
const LINES_IN_A_ROW: usize = 64;

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
}

/// The session whose lines are taken, as far as it decides how they are read.
#[derive(Debug)]
struct Caller {
    id: SessionId,
    phase: Phase,
}

#[derive(Debug)]
pub(in crate::server) struct Reader {
    caller: Caller,
    connection: Arc<Connection>,
    broker: Arc<Broker>,
    reading: Reading,
    throttle: Throttle,
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
        let dialect = connection.dialect;
        Self {
            caller: Caller { id, phase: Phase::Login },
            connection,
            broker,
            reading: Reading::new(dialect, config.max_line),
            throttle: Throttle::new(config.message_rate),
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
        for _ in 0..LINES_IN_A_ROW {
            if input.is_empty() {
                return Progress::Done;
            }
            let Some(charset) = self.connection.outbound.charset_of_next_command() else {
                return Progress::QueueFull;
            };
            let Some(request) = self.reading.next(input, self.caller.phase, charset) else {
                return Progress::Done;
            };
            let now = broker.now();
            let wait = self.throttle.charge(now.monotonic);
            wake.take_over(self.caller.take(&broker, request, now));
            if !wait.is_zero() {
                self.broker.counters.count_throttled(wait);
                return Progress::After(wait);
            }
        }
        Progress::Yield
    }
}

impl Caller {
    /// Hands to the hub what was asked for; it is parsed already, outside of the hub's lock.
    fn take<'a>(&mut self, broker: &'a Broker, request: Result<Request, Refusal>, now: Now) -> Wake<'a> {
        match (self.phase, request) {
            (_, Ok(Request::Nothing)) => Wake::nobody(),
            (Phase::Login, Ok(Request::Name(name))) => self.log_in(broker, Ok(name)),
            (Phase::Login, Err(refusal)) => self.log_in(broker, Err(refusal)),
            (Phase::Chat, Err(refusal)) => broker.take(self.id, Err(refusal), now),
            (_, Ok(Request::Command(command))) => broker.take(self.id, Ok(command), now),
            (Phase::Chat, Ok(Request::Name(_))) => unreachable!("a name is read only before the login"),
        }
    }

    fn log_in<'a>(&mut self, broker: &'a Broker, name: Result<UserName, Refusal>) -> Wake<'a> {
        let (logged_in, wake) = broker.log_in(self.id, name);
        if logged_in {
            self.phase = Phase::Chat;
        }
        wake
    }
}
