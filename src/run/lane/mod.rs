//! A lane: statements that are carried out one after another. A test is one; `together` has several side by side.

mod assertion;
mod blocks;
mod constants;
mod departure;
mod evaluate;
mod expect;
mod fence;
mod login;
mod send;
mod unordered;

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::time::{Duration, Instant};

use fastrand::Rng;
use futures::FutureExt;
use futures::future::BoxFuture;
use smol::Timer;

use crate::diagnostic::source::{Source, Span};
use crate::lang::ast::{Leftovers, Name, Pause, Setting, Statement, StatementKind, Users};
use crate::run::conversation::Conversation;
use crate::run::outcome::{Action, ActionKind, Failure, Latency, Problem, Slowest, Turn};
use crate::run::user::User;
use crate::run::values::Scope;

/// What a statement comes to.
pub(super) type Step = Result<(), Vec<Failure>>;

/// Who acts, with which values and settings, and what it has done so far.
#[derive(Debug)]
pub(super) struct Lane<'t> {
    pub(super) conversation: &'t Conversation,
    pub(super) source: &'t Source,
    pub(super) scope: Scope,
    /// Whose turn of an `each` it is.
    pub(super) me: Option<Name>,
    /// The turn of the innermost `repeat`.
    pub(super) turn: Option<u64>,
    /// What was done last, from which latencies count.
    pub(super) action: Option<Action>,
    /// When the turn of the innermost `every` should have begun.
    pub(super) intended: Option<Instant>,
    /// Whether what it does counts in the figures of a load.
    pub(super) is_counted: bool,
    /// Whether other lanes run beside it.
    pub(super) is_beside_others: bool,
    pub(super) settings: Settings,
    pub(super) random: Rng,
    pub(super) record: Record,
}

/// What `set` sets.
#[derive(Clone, Copy, Debug)]
pub(super) struct Settings {
    pub(super) timeout: Duration,
    pub(super) settle: Duration,
    pub(super) leftovers: Leftovers,
}

impl Default for Settings {
    fn default() -> Self {
        let (timeout, settle) = (Duration::from_secs(5), Duration::from_millis(150));
        Self { timeout, settle, leftovers: Leftovers::Fail }
    }
}

/// What a lane has to tell of its statements.
#[derive(Clone, Debug, Default)]
pub(super) struct Record {
    /// The statement that was begun last, blocks included.
    pub(super) line: Option<usize>,
    pub(super) steps: usize,
    pub(super) slowest: Option<Slowest>,
    /// By line and user, so that a loop needs no more room than one turn.
    pub(super) latencies: BTreeMap<(usize, usize), Latency>,
}

impl<'t> Lane<'t> {
    pub(super) fn new(conversation: &'t Conversation, source: &'t Source, seed: u64) -> Self {
        Self {
            conversation,
            source,
            scope: Scope::default(),
            me: None,
            turn: None,
            action: None,
            intended: None,
            is_counted: true,
            is_beside_others: false,
            settings: Settings::default(),
            random: Rng::with_seed(seed),
            record: Record::default(),
        }
    }

    /// Carries the statements out, one after another, up to the first that fails.
    pub(super) fn run<'a>(&'a mut self, statements: &'a [Statement]) -> BoxFuture<'a, Step> {
        async move {
            for statement in statements {
                let begun = Instant::now();
                self.record.line = Some(statement.line);
                self.carry_out(statement).await?;
                self.record.add(statement, begun.elapsed());
            }
            Ok(())
        }
        .boxed()
    }

    async fn carry_out(&mut self, statement: &Statement) -> Step {
        match &statement.kind {
            StatementKind::Connect(opening) => self.connect(statement, opening).await,
            StatementKind::Open(opening) => self.open(statement, opening).await,
            StatementKind::Send(send) => self.send(statement, send).await,
            StatementKind::Raw(raw) => self.send_raw(statement, raw).await,
            StatementKind::Expect(expectation) => self.expect(statement, expectation).await,
            StatementKind::Silent(users) => self.expect_silence(statement, users).await,
            StatementKind::Closed(users) => self.expect_close(statement, users).await,
            StatementKind::Drain(users) => self.drain(statement, users).await,
            StatementKind::Ignore(ignore) => self.ignore(statement, ignore),
            StatementKind::Disconnect(users) => self.disconnect(statement, users).await,
            StatementKind::Reset(users) => self.reset(statement, users).await,
            StatementKind::Reconnect(users) => self.reconnect(statement, users).await,
            StatementKind::Stall(users) => self.stall(users).await,
            StatementKind::Resume(users) => self.resume(users).await,
            StatementKind::Chunk(chunk) => self.chunk(chunk).await,
            StatementKind::Unordered(block) => self.unordered(statement, block).await,
            StatementKind::Together(together) => self.together(together).await,
            StatementKind::Each(each) => self.each(each).await,
            StatementKind::Repeat(repeat) => self.repeat(repeat).await,
            StatementKind::Every(every) => self.every(every).await,
            StatementKind::Setup(block) => self.setup(block).await,
            // The test carries it out at its end.
            StatementKind::Finally(_) => Ok(()),
            StatementKind::Pause(pause) => self.pause(*pause).await,
            StatementKind::Let(constant) => self.define(statement, constant),
            StatementKind::Param(param) => self.define_param(statement, param),
            StatementKind::Assert(assert) => self.assert(statement, assert),
            StatementKind::Set(setting) => self.set(statement, *setting),
        }
    }

    /// The users that a statement speaks of, in order.
    pub(super) fn users(&self, users: &Users) -> Vec<&'t User> {
        users.labels(self.me.as_ref()).iter().map(|label| self.conversation.user(label)).collect()
    }

    /// How long an expectation may take.
    pub(super) fn timeout(&self) -> Duration {
        self.scaled(self.settings.timeout)
    }

    /// A deadline of the script, as the command line stretches it.
    pub(super) fn scaled(&self, duration: Duration) -> Duration {
        duration.mul_f64(self.conversation.timeout_scale)
    }

    /// Something was done that can have an answer.
    pub(super) fn acted(&mut self, statement: &Statement, at: Instant, kind: ActionKind) {
        self.action = Some(Action { line: statement.line, at, kind });
    }

    /// The statement as it stands in the file goes into the transcript.
    pub(super) fn trace_statement(&self, statement: &Statement) {
        self.conversation.trace.statement(|| self.source.slice(statement.span).to_owned());
    }

    /// The failure of a whole statement.
    pub(super) fn fail(&self, statement: &Statement, problem: Problem) -> Vec<Failure> {
        vec![self.failure(statement, statement.span, problem)]
    }

    /// A failure of which `span` is the cause.
    pub(super) fn failure(&self, statement: &Statement, span: Span, problem: Problem) -> Failure {
        Failure { line: statement.line, span, problem, scene: self.conversation.scene(self.action, self.round()) }
    }

    /// Which round through a block this is.
    pub(super) fn round(&self) -> Turn {
        Turn { me: self.me.clone(), of_repeat: self.turn }
    }

    /// A line came that an expectation waited for.
    pub(super) fn note_latency(&mut self, line: usize, user: &User, at: Instant) {
        let latency = self.action.map_or(Duration::ZERO, |action| at.saturating_duration_since(action.at));
        let (min, max, total) = (latency, latency, latency);
        let latency = Latency { line, user: user.label.clone(), count: 1, min, max, total };
        self.record.add_latency((line, user.number), latency);
    }

    async fn pause(&mut self, pause: Pause) -> Step {
        let duration = match pause {
            Pause::Constant(duration) => duration,
            Pause::Uniform(from, to) => from + to.saturating_sub(from).mul_f64(self.random.f64()),
            // 1 - x is in (0, 1], so its logarithm is finite.
            Pause::Exponential(mean) => mean.mul_f64(-(1.0 - self.random.f64()).ln()),
        };
        self.conversation.trace.statement(|| format!("pause {}ms", duration.as_millis()));
        Timer::after(duration).await;
        Ok(())
    }

    fn set(&mut self, statement: &Statement, setting: Setting) -> Step {
        self.trace_statement(statement);
        match setting {
            Setting::Timeout(timeout) => self.settings.timeout = timeout,
            Setting::Settle(settle) => self.settings.settle = settle,
            Setting::Leftovers(leftovers) => self.settings.leftovers = leftovers,
        }
        Ok(())
    }
}

impl Record {
    fn add(&mut self, statement: &Statement, elapsed: Duration) {
        self.steps += 1;
        // A block takes as long as what is in it, which has been looked at already.
        let is_block = matches!(
            statement.kind,
            StatementKind::Together(_)
                | StatementKind::Each(_)
                | StatementKind::Repeat(_)
                | StatementKind::Every(_)
                | StatementKind::Setup(_)
        );
        if !is_block && self.slowest.is_none_or(|slowest| slowest.elapsed < elapsed) {
            self.slowest = Some(Slowest { line: statement.line, elapsed });
        }
    }

    fn add_latency(&mut self, key: (usize, usize), latency: Latency) {
        match self.latencies.entry(key) {
            Entry::Vacant(entry) => drop(entry.insert(latency)),
            Entry::Occupied(mut entry) => {
                let known = entry.get_mut();
                (known.min, known.max) = (known.min.min(latency.min), known.max.max(latency.max));
                known.total += latency.total;
                known.count += latency.count;
            }
        }
    }

    /// Adds what another lane did.
    pub(super) fn merge(&mut self, other: Self) {
        self.steps += other.steps;
        self.slowest = [self.slowest, other.slowest].into_iter().flatten().max_by_key(|slowest| slowest.elapsed);
        other.latencies.into_iter().for_each(|(key, latency)| self.add_latency(key, latency));
    }
}
