//! Expectations of a line that must come: `<`, `<..` and their forms, and their deadlines. What may or must not come is in
//! `absence`.

use std::time::{Duration, Instant};

use futures::future::join_all;

use super::patterns::{compare, matchers};
use super::{Lane, StepResult, absence, fence};
use crate::lang::ast::{Expectation, Mode, Name, Statement, Users};
use crate::run::matching::{Match, Matcher, add_capture};
use crate::run::outcome::{Expected, Fate, Problem, Received, StreamEnd};
use crate::run::transcript::Trace;
use crate::run::user::User;
use crate::run::user::inbox::InboxContents;

/// An expectation of one user, ready to be waited for.
struct PendingExpectation<'t> {
    user: &'t User,
    trace: &'t Trace,
    matcher: Matcher,
    mode: Mode,
    line: usize,
    limits: WaitLimits,
}

/// How long an expectation may take.
#[derive(Clone, Copy, Debug)]
pub(super) struct WaitLimits {
    /// When the statement began.
    pub(super) start: Instant,
    /// The deadline that the statement itself gives, if it does.
    pub(super) own: Option<Duration>,
    /// How long it is waited for.
    pub(super) waited: Duration,
}

impl WaitLimits {
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
enum NextLine {
    Line(Received),
    /// Bytes without a newline that are the prompt that is waited for.
    Unfinished,
    Ended(StreamEnd),
    Full,
}

/// `bob< text` and all its forms.
pub(super) async fn run(
    lane: &mut Lane<'_>,
    statement: &Statement,
    users: &Users,
    expectation: &Expectation,
) -> StepResult {
    match expectation.mode {
        Mode::Next | Mode::Later | Mode::Prompt => line(lane, statement, users, expectation).await,
        Mode::Optional => absence::optional(lane, statement, users, expectation).await,
        Mode::Absent => absence::absent(lane, statement, users, expectation).await,
    }
}

/// All users wait side by side; every one that fails is reported.
async fn line(lane: &mut Lane<'_>, statement: &Statement, users: &Users, expectation: &Expectation) -> StepResult {
    let limits = limits(lane, expectation.deadline.map(|own| own.value));
    let mut waits = Vec::new();
    for (user, matcher) in matchers(lane, statement, users, expectation)? {
        let trace = &lane.ctx.trace;
        waits.push(PendingExpectation { user, trace, matcher, mode: expectation.mode, line: statement.line, limits });
    }
    // Side by side, as all have one deadline: one after another, the last would have none of it left.
    let taken = join_all(waits.iter().map(PendingExpectation::take_next)).await;
    // Before the failure is recorded, so that it shows the lines that were just behind.
    if taken.iter().any(Result::is_err) {
        fence::look_around(lane).await;
    }
    let mut failures = Vec::new();
    // Set together at the end: a name that several users capture must be the same for all.
    let mut captures = Vec::new();
    for (wait, taken) in waits.iter().zip(taken) {
        let kept = taken.and_then(|taken| {
            lane.note_arrival(statement.line, wait.user, taken.0.at);
            keep(lane, wait, taken, &mut captures)
        });
        failures.extend(kept.err().map(|problem| lane.failure(statement, expectation.pattern.span(), problem)));
    }
    if !failures.is_empty() {
        return Err(failures);
    }
    captures.into_iter().for_each(|(name, value)| lane.values.set(name, value));
    Ok(())
}

fn keep(
    lane: &Lane<'_>,
    wait: &PendingExpectation<'_>,
    taken: Taken,
    captures: &mut Vec<(Name, String)>,
) -> Result<(), Problem> {
    let (received, found) = taken;
    lane.note_round(wait.line, received.at);
    match wait.mode {
        Mode::Prompt => lane.ctx.trace.prompted(wait.user.label.as_str(), &received.text),
        Mode::Next | Mode::Later | Mode::Optional | Mode::Absent => trace_received(lane, wait.user, &received),
    }
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

/// The limits of an expectation that begins now. It is waited for at least as long as ordinarily, to tell late
/// from missing.
pub(super) fn limits(lane: &Lane<'_>, own: Option<Duration>) -> WaitLimits {
    let own = own.map(|own| lane.scaled(own));
    WaitLimits { start: Instant::now(), own, waited: lane.timeout().max(own.unwrap_or_default()) }
}

/// A received line goes into the transcript.
pub(super) fn trace_received(lane: &Lane<'_>, user: &User, line: &Received) {
    lane.ctx.trace.received(user.label.as_str(), &line.text);
}

impl PendingExpectation<'_> {
    fn expected(&self) -> Expected {
        Expected { user: self.user.label.clone(), pattern: self.matcher.clone() }
    }

    async fn take_next(&self) -> Result<Taken, Problem> {
        match self.mode {
            Mode::Prompt => self.prompt().await,
            Mode::Next | Mode::Later | Mode::Optional | Mode::Absent => self.line().await,
        }
    }

    /// The bytes that wait without a newline, taken from the inbox once they are what the pattern says.
    async fn prompt(&self) -> Result<Taken, Problem> {
        let expected = self.expected();
        let found = self.user.inbox.when(self.limits.deadline(), |contents| {
            if let found @ Some(NextLine::Line(_)) = look(contents) {
                return found;
            }
            let matching = contents.unfinished().filter(|waiting| self.matcher.accepts(&waiting.text));
            if matching.is_some() { Some(NextLine::Unfinished) } else { look(contents) }
        });
        match found.await {
            None => Err(Problem::Missing { expected, waited: self.limits.waited }),
            Some(NextLine::Line(received)) => Err(Problem::Different { expected, received }),
            Some(NextLine::Ended(end)) => Err(Problem::Ended { expected, end }),
            Some(NextLine::Full) => Err(Problem::InboxFull { user: self.user.label.clone() }),
            Some(NextLine::Unfinished) => {
                let received = self.user.inbox.take_unfinished(Fate::Matched(self.line));
                let received = received.ok_or(Problem::Missing { expected, waited: self.limits.waited })?;
                if let Some((allowed, by)) = self.limits.late_by(received.at) {
                    return Err(Problem::Late { expected: self.expected(), received, allowed, by });
                }
                match compare(&self.matcher, &received) {
                    Match::Yes(found) => Ok((received, found)),
                    Match::No => Err(Problem::Different { expected: self.expected(), received }),
                    Match::Contradiction(contradiction) => Err(Problem::Contradiction {
                        expected: self.expected(),
                        received,
                        contradiction: Box::new(contradiction),
                    }),
                }
            }
        }
    }

    /// The line, taken from the inbox, with its captures.
    async fn line(&self) -> Result<Taken, Problem> {
        loop {
            let expected = self.expected();
            let received = match self.user.inbox.when(self.limits.deadline(), look).await {
                None => return Err(Problem::Missing { expected, waited: self.limits.waited }),
                Some(NextLine::Ended(end)) => return Err(Problem::Ended { expected, end }),
                Some(NextLine::Full) => return Err(Problem::InboxFull { user: self.user.label.clone() }),
                // Only who waits for a prompt looks at these bytes.
                Some(NextLine::Unfinished) => continue,
                Some(NextLine::Line(received)) => received,
            };
            match (compare(&self.matcher, &received), self.mode) {
                (Match::Yes(found), _) => return self.take(received, found),
                (_, Mode::Later) => {
                    // Taken one by one, so that a failure can say how far it has looked.
                    self.user.inbox.contents().take(Fate::Skipped(self.line));
                    self.trace.passed_over(self.user.label.as_str(), &received.text, "skipped");
                }
                (Match::Contradiction(contradiction), _) => {
                    return Err(Problem::Contradiction { expected, received, contradiction: Box::new(contradiction) });
                }
                (Match::No, _) => return Err(Problem::Different { expected, received }),
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
fn look(contents: &mut InboxContents) -> Option<NextLine> {
    if let Some(line) = contents.next_unread() {
        return Some(NextLine::Line(line.clone()));
    }
    match contents.end {
        // A full inbox stops the reader, so the end of the stream would never be seen.
        _ if contents.full => Some(NextLine::Full),
        Some((end, _)) => Some(NextLine::Ended(end)),
        None => None,
    }
}
