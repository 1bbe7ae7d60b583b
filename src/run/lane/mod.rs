//! A lane: statements that are carried out one after another. A test is one; `together` has several side by side.
//!
//! The lane itself holds only its parts. What a statement does is a function in the file named for it: `send::run`,
//! `expect::run`, `departure::disconnect`. This file has the table of them.

mod absence;
mod assignment;
mod binary;
mod blocks;
mod bytes;
mod content;
mod decimal;
mod departure;
mod dialogue;
mod evaluate;
mod expect;
pub(super) mod fence;
mod generate;
mod login;
mod pace;
mod patterns;
mod record;
mod send;
mod transfer;
mod unordered;
mod values;

use std::time::{Duration, Instant};

use futures::FutureExt;
use futures::future::BoxFuture;

use self::record::{LaneRecord, LastAction};
use self::values::Values;
use crate::diagnostic::source::Span;
use crate::lang::ast::{Act, BlockKind, Leftovers, OpeningKind, Setting, Statement, StatementKind, Users, Value};
use crate::run::conversation::Conversation;
use crate::run::outcome::{ActionKind, Failure, Problem};
use crate::run::user::User;

/// What a statement comes to.
pub(super) type StepResult = Result<(), Vec<Failure>>;

/// Who acts, with which values and settings, and what it has done so far.
#[derive(Debug)]
pub(super) struct Lane<'t> {
    /// The users and everything else that all lanes of the test share.
    pub(super) ctx: &'t Conversation,
    /// What names and holes stand for at the moment.
    pub(super) values: Values,
    /// What `set` has set.
    pub(super) settings: Settings,
    /// What to report about the statements carried out so far.
    pub(super) record: LaneRecord,
    /// What was done last, from which latencies count.
    pub(super) last: LastAction,
    /// Whether what it does counts in the figures of a load.
    pub(super) is_counted: bool,
    /// Whether other lanes run beside it.
    pub(super) is_beside_others: bool,
}

/// The settings that `set` changes.
#[derive(Clone, Copy, Debug)]
pub(super) struct Settings {
    /// How long an expectation is waited for.
    pub(super) timeout: Duration,
    /// How long a quiet window lasts.
    pub(super) settle: Duration,
    /// Whether unread lines at the end of the test are a failure.
    pub(super) leftovers: Leftovers,
}

impl Default for Settings {
    fn default() -> Self {
        let (timeout, settle) = (Duration::from_secs(5), Duration::from_millis(150));
        Self { timeout, settle, leftovers: Leftovers::Fail }
    }
}

/// Carries the statements out, one after another, up to the first that fails.
pub(super) fn run<'a, 't: 'a>(lane: &'a mut Lane<'t>, statements: &'a [Statement]) -> BoxFuture<'a, StepResult> {
    async move {
        for statement in statements {
            let begun = Instant::now();
            // Noted before it is carried out: a test that is broken off says where it was.
            lane.record.line = Some(statement.line);
            carry_out(lane, statement).await?;
            lane.record.add(statement, begun.elapsed());
        }
        Ok(())
    }
    .boxed()
}

async fn carry_out(lane: &mut Lane<'_>, statement: &Statement) -> StepResult {
    match &statement.kind {
        StatementKind::By { users, act } => perform(lane, statement, users, act).await,
        StatementKind::Connect(opening) => match opening.kind {
            OpeningKind::Connect => login::connect(lane, statement, opening).await,
            OpeningKind::Open => login::open(lane, statement, opening).await,
        },
        StatementKind::Block(block) => match &block.kind {
            BlockKind::Unordered => unordered::run(lane, statement, &block.body).await,
            BlockKind::Together(lanes) => blocks::together(lane, lanes).await,
            BlockKind::Each(users) => blocks::each(lane, users, &block.body).await,
            BlockKind::Repeat(count) => blocks::repeat(lane, count.value, &block.body).await,
            BlockKind::Every(interval) => blocks::every(lane, interval.value, &block.body).await,
            BlockKind::Setup => blocks::setup(lane, &block.body).await,
            // The test carries it out at its end.
            BlockKind::Finally => Ok(()),
        },
        StatementKind::Value(Value::Let(constant)) => values::define(lane, statement, constant),
        StatementKind::Value(Value::Param(param)) => values::define_param(lane, statement, param),
        StatementKind::Value(Value::Assert(assert)) => values::assert(lane, statement, assert),
        StatementKind::Wait(pause) => pace::pause(lane, *pause).await,
        StatementKind::Set(setting) => {
            lane.trace_statement(statement);
            lane.settings.set(*setting);
            Ok(())
        }
    }
}

async fn perform(lane: &mut Lane<'_>, statement: &Statement, users: &Users, act: &Act) -> StepResult {
    match act {
        Act::Send(text) => send::run(lane, statement, users, text).await,
        Act::Raw(bytes) => send::raw(lane, statement, users, &bytes.value).await,
        Act::Expect(expectation) => expect::run(lane, statement, users, expectation).await,
        Act::ExpectBytes(expectation) => binary::run(lane, statement, users, expectation).await,
        Act::Ignore(pattern) => absence::ignore(lane, statement, users, pattern),
        Act::Silent => absence::silent(lane, statement, users).await,
        Act::Closed => absence::closed(lane, statement, users).await,
        Act::Drain => absence::drain(lane, statement, users).await,
        Act::Disconnect => departure::disconnect(lane, statement, users).await,
        Act::Reset => departure::reset(lane, statement, users).await,
        Act::Reconnect => login::reconnect(lane, statement, users).await,
        Act::Stall => pace::stall(lane, users).await,
        Act::Resume => pace::resume(lane, users).await,
        Act::Chunk(size) => pace::chunk(lane, users, *size).await,
        Act::Upload(wanted) => transfer::upload(lane, statement, users, wanted).await,
        Act::Download(wanted) => transfer::download(lane, statement, users, wanted).await,
    }
}

impl<'t> Lane<'t> {
    /// The lane in which a test begins.
    pub(super) fn new(ctx: &'t Conversation, seed: u64) -> Self {
        Self {
            ctx,
            values: Values::new(seed),
            settings: Settings::default(),
            record: LaneRecord::default(),
            last: LastAction::default(),
            is_counted: true,
            is_beside_others: false,
        }
    }

    /// A lane that goes on from here, with its own record and its own share of the seed.
    pub(super) fn fork(&mut self) -> Self {
        // The record begins anew, as it is merged when the fork ends.
        Self { values: self.values.fork(), record: LaneRecord::default(), ..*self }
    }

    /// The users that a statement speaks of, in order.
    pub(super) fn users(&self, users: &Users) -> Vec<&'t User> {
        users.labels(self.values.me()).iter().map(|label| self.ctx.user(label)).collect()
    }

    /// How long an expectation may take.
    pub(super) fn timeout(&self) -> Duration {
        self.scaled(self.settings.timeout)
    }

    /// A deadline of the script, as the command line stretches it.
    pub(super) fn scaled(&self, duration: Duration) -> Duration {
        duration.mul_f64(self.ctx.timeout_scale)
    }

    /// Something was done that can have an answer.
    pub(super) fn acted(&mut self, statement: &Statement, at: Instant, kind: ActionKind) {
        self.last.acted(statement.line, at, kind);
    }

    /// A line came that an expectation in this line of the script waited for.
    pub(super) fn note_arrival(&mut self, line: usize, user: &User, at: Instant) {
        self.record.add_arrival(line, user, self.last.latency(at));
    }

    /// Tells the director of a load how long a line took that was awaited in this line of the script.
    pub(super) fn note_round(&self, line: usize, at: Instant) {
        let director = self.ctx.director.as_ref().filter(|_| self.is_counted);
        if let (Some(director), Some(round)) = (director, self.last.round(line, at)) {
            director.round(round);
        }
    }

    /// The statement as it stands in the file goes into the transcript.
    pub(super) fn trace_statement(&self, statement: &Statement) {
        self.ctx.trace.statement(|| self.ctx.source.slice(statement.span).to_owned());
    }

    /// The failure of a whole statement.
    pub(super) fn fail(&self, statement: &Statement, problem: Problem) -> Vec<Failure> {
        vec![self.failure(statement, statement.span, problem)]
    }

    /// A failure of which `span` is the cause.
    pub(super) fn failure(&self, statement: &Statement, span: Span, problem: Problem) -> Failure {
        let snapshot = self.ctx.snapshot(self.last.action(), self.values.turn());
        Failure { line: statement.line, span, problem, snapshot }
    }
}

impl Settings {
    fn set(&mut self, setting: Setting) {
        match setting {
            Setting::Timeout(timeout) => self.timeout = timeout,
            Setting::Settle(settle) => self.settle = settle,
            Setting::Leftovers(leftovers) => self.leftovers = leftovers,
        }
    }
}
