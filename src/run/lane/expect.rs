//! Expectations: what a user must have received, may have or must not have.

use std::time::{Duration, Instant};

use futures::future::join_all;

use super::evaluate::For;
use super::{Lane, Step};
use crate::delivery::accounts::Excuse;
use crate::lang::ast::{Expectation, Ignore, Mode, Name, Statement, Users};
use crate::run::inbox::{Contents, End, Fate, Received};
use crate::run::matching::{Matcher, Verdict, add_capture};
use crate::run::outcome::{Expected, Failure, Problem};
use crate::run::transcript::Trace;
use crate::run::user::User;

/// An expectation of one user, ready to be waited for.
struct Wait<'t> {
    user: &'t User,
    trace: &'t Trace,
    matcher: Matcher,
    mode: Mode,
    line: usize,
    limits: Limits,
}

/// How long an expectation may take.
#[derive(Clone, Copy, Debug)]
pub(super) struct Limits {
    /// When the statement began.
    pub(super) start: Instant,
    /// Its own deadline.
    pub(super) own: Option<Duration>,
    /// How long it is waited for.
    pub(super) waited: Duration,
}

impl Limits {
    pub(super) fn deadline(&self) -> Instant {
        self.start + self.waited
    }

    /// By how much a line that came at `at` missed the expectation's own deadline.
    pub(super) fn late_by(&self, at: Instant) -> Option<(Duration, Duration)> {
        let own = self.own?;
        let by = at.saturating_duration_since(self.start + own);
        (!by.is_zero()).then_some((own, by))
    }
}

/// A line that was taken, with what it gave.
type Taken = (Received, Vec<(Name, String)>);

/// What a look into the inbox showed.
enum Seen {
    Line(Received),
    Ended(End),
    Full,
}

impl<'t> Lane<'t> {
    pub(super) async fn expect(&mut self, statement: &Statement, expectation: &Expectation) -> Step {
        match expectation.mode {
            Mode::Next | Mode::Later => self.expect_line(statement, expectation).await,
            Mode::Optional => self.expect_perhaps(statement, expectation).await,
            Mode::Absent => self.expect_none(statement, expectation).await,
        }
    }

    /// All users wait side by side; every one that fails is reported.
    async fn expect_line(&mut self, statement: &Statement, expectation: &Expectation) -> Step {
        let limits = self.limits(expectation.deadline.map(|own| own.value));
        let mut waits = Vec::new();
        for (user, matcher) in self.matchers(statement, expectation)? {
            let trace = &self.conversation.trace;
            waits.push(Wait { user, trace, matcher, mode: expectation.mode, line: statement.line, limits });
        }
        let taken = join_all(waits.iter().map(Wait::line)).await;
        if taken.iter().any(Result::is_err) {
            self.look_around().await;
        }
        let mut failures = Vec::new();
        let mut captures = Vec::new();
        for (wait, taken) in waits.iter().zip(taken) {
            let kept = taken.and_then(|taken| {
                self.note_latency(statement.line, wait.user, taken.0.at);
                self.keep(wait, taken, &mut captures)
            });
            failures.extend(kept.err().map(|problem| self.failure(statement, expectation.pattern.span(), problem)));
        }
        if !failures.is_empty() {
            return Err(failures);
        }
        captures.into_iter().for_each(|(name, value)| self.scope.set(name, value));
        Ok(())
    }

    fn keep(&self, wait: &Wait<'_>, taken: Taken, captures: &mut Vec<(Name, String)>) -> Result<(), Problem> {
        let (received, found) = taken;
        self.note_round(received.at);
        self.trace_received(wait.user, &received);
        for (name, value) in found {
            if let Err(contradiction) = add_capture(captures, &name, &value) {
                return Err(Problem::Contradiction {
                    expected: wait.expected(),
                    received,
                    contradiction: Box::new(contradiction),
                });
            }
        }
        Ok(())
    }

    async fn expect_perhaps(&mut self, statement: &Statement, expectation: &Expectation) -> Step {
        self.fence_for(statement, &expectation.users).await?;
        for (user, matcher) in self.matchers(statement, expectation)? {
            let taken = {
                let mut contents = user.inbox.contents();
                let is_it = contents.next_unread().is_some_and(|line| accepts(&matcher, line));
                if is_it { contents.take(Fate::Matched(statement.line)) } else { None }
            };
            match taken {
                Some(line) => self.conversation.trace.perhaps(user.label.as_str(), &line.text),
                None => self.conversation.trace.remark(|| format!("{}<? {}: it is not", user.label, matcher.shown())),
            }
        }
        Ok(())
    }

    async fn expect_none(&mut self, statement: &Statement, expectation: &Expectation) -> Step {
        self.fence_for(statement, &expectation.users).await?;
        self.trace_statement(statement);
        let mut failures = Vec::new();
        for (user, pattern) in self.matchers(statement, expectation)? {
            let found = user.inbox.contents().unread().find(|line| accepts(&pattern, line)).cloned();
            if let Some(received) = found {
                let unwanted = Expected { user: user.label.clone(), pattern };
                let problem = Problem::Unwanted { unwanted, received };
                failures.push(self.failure(statement, expectation.pattern.span(), problem));
            }
        }
        if failures.is_empty() { Ok(()) } else { Err(failures) }
    }

    pub(super) async fn expect_silence(&mut self, statement: &Statement, users: &Users) -> Step {
        self.fence_for(statement, users).await?;
        self.trace_statement(statement);
        let mut failures: Vec<Failure> = Vec::new();
        for user in self.users(users) {
            let lines: Vec<Received> = user.inbox.contents().unread().cloned().collect();
            if !lines.is_empty() {
                failures.extend(self.fail(statement, Problem::NotSilent { user: user.label.clone(), lines }));
            }
        }
        if failures.is_empty() { Ok(()) } else { Err(failures) }
    }

    pub(super) async fn expect_close(&mut self, statement: &Statement, users: &Users) -> Step {
        let waited = self.timeout();
        let deadline = Instant::now() + waited;
        let users = self.users(users);
        let closes = users.iter().map(|user| user.inbox.when(deadline, |contents| contents.end));
        let mut failures: Vec<Failure> = Vec::new();
        for (user, end) in users.iter().zip(join_all(closes).await) {
            if end.is_none() {
                failures.extend(self.fail(statement, Problem::NotClosed { user: user.label.clone(), waited }));
            }
            user.state().close_expected = true;
            self.conversation.accounts.excuse(user.number, Excuse::Closed);
        }
        self.trace_statement(statement);
        if failures.is_empty() { Ok(()) } else { Err(failures) }
    }

    pub(super) async fn drain(&mut self, statement: &Statement, users: &Users) -> Step {
        self.fence_for(statement, users).await?;
        for user in self.users(users) {
            for line in user.inbox.contents().take_all(Fate::Drained(statement.line)) {
                self.conversation.trace.passed_over(user.label.as_str(), &line.text, "drained");
            }
        }
        Ok(())
    }

    pub(super) fn ignore(&mut self, statement: &Statement, ignore: &Ignore) -> Step {
        self.trace_statement(statement);
        for user in self.users(&ignore.users) {
            let matcher = self.matcher(&ignore.pattern, For { user, line: statement.line });
            let matcher = matcher.map_err(|problem| self.fail(statement, problem))?;
            user.inbox.contents().ignore(matcher, statement.line);
        }
        Ok(())
    }

    /// The limits of an expectation that begins now. It is waited for at least as long as ordinarily, to tell late
    /// from missing.
    pub(super) fn limits(&self, own: Option<Duration>) -> Limits {
        let own = own.map(|own| self.scaled(own));
        Limits { start: Instant::now(), own, waited: self.timeout().max(own.unwrap_or_default()) }
    }

    /// The pattern as each of the users must see it.
    pub(super) fn matchers(
        &mut self,
        statement: &Statement,
        expectation: &Expectation,
    ) -> Result<Vec<(&'t User, Matcher)>, Vec<Failure>> {
        let mut matchers = Vec::new();
        for user in self.users(&expectation.users) {
            let matcher = self.matcher(&expectation.pattern, For { user, line: statement.line });
            matchers.push((user, matcher.map_err(|problem| self.fail(statement, problem))?));
        }
        Ok(matchers)
    }

    pub(super) fn trace_received(&self, user: &User, line: &Received) {
        self.conversation.trace.received(user.label.as_str(), &line.text);
    }

    async fn fence_for(&mut self, statement: &Statement, users: &Users) -> Step {
        let users = self.users(users);
        self.fence(&users).await.map_err(|problem| self.fail(statement, problem))
    }
}

impl Wait<'_> {
    fn expected(&self) -> Expected {
        Expected { user: self.user.label.clone(), pattern: self.matcher.clone() }
    }

    /// The line, taken from the inbox, with its captures.
    async fn line(&self) -> Result<Taken, Problem> {
        loop {
            let expected = self.expected();
            let received = match self.user.inbox.when(self.limits.deadline(), look).await {
                None => return Err(Problem::Missing { expected, waited: self.limits.waited }),
                Some(Seen::Ended(end)) => return Err(Problem::Ended { expected, end }),
                Some(Seen::Full) => return Err(Problem::InboxFull { user: self.user.label.clone() }),
                Some(Seen::Line(received)) => received,
            };
            match (compare(&self.matcher, &received), self.mode) {
                (Verdict::Yes(found), _) => return self.take(received, found),
                (_, Mode::Later) => {
                    self.user.inbox.contents().take(Fate::Skipped(self.line));
                    self.trace.passed_over(self.user.label.as_str(), &received.text, "skipped");
                }
                (Verdict::Contradiction(contradiction), _) => {
                    return Err(Problem::Contradiction { expected, received, contradiction: Box::new(contradiction) });
                }
                (Verdict::No, _) => return Err(Problem::Different { expected, received }),
            }
        }
    }

    fn take(&self, received: Received, found: Vec<(Name, String)>) -> Result<Taken, Problem> {
        if let Some((allowed, by)) = self.limits.late_by(received.at) {
            return Err(Problem::Late { expected: self.expected(), received, allowed, by });
        }
        self.user.inbox.contents().take(Fate::Matched(self.line));
        Ok((received, found))
    }
}

/// The next unread line, or why none will come.
fn look(contents: &mut Contents) -> Option<Seen> {
    if let Some(line) = contents.next_unread() {
        return Some(Seen::Line(line.clone()));
    }
    match contents.end {
        _ if contents.full => Some(Seen::Full),
        Some((end, _)) => Some(Seen::Ended(end)),
        None => None,
    }
}

/// A line that is no text matches nothing.
pub(super) fn compare(matcher: &Matcher, line: &Received) -> Verdict {
    if line.defect.is_some() { Verdict::No } else { matcher.compare(&line.text) }
}

fn accepts(matcher: &Matcher, line: &Received) -> bool {
    matches!(compare(matcher, line), Verdict::Yes(_))
}
