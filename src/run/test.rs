//! One test from its first connection to its last: preamble, statements, the end's fence, `finally`.

use std::time::Instant;

use futures::future::{Either, select};

use super::Stop;
use super::conversation::{Conversation, Surroundings};
use super::lane::{Lane, Step};
use super::user::{Presence, User};
use crate::delivery::accounts::Excuse;
use crate::diagnostic::source::Span;
use crate::lang::ast::{Leftovers, Name, Script, Statement, StatementKind, TestBlock};
use crate::run::inbox::{End, Received};
use crate::run::outcome::{Failure, Problem, TestOutcome, Verdict};

/// Runs a test on fresh connections. Interrupted, it still carries out its `finally`.
pub(super) async fn run_test(
    script: &Script,
    test: &TestBlock,
    surroundings: Surroundings,
    seed: u64,
    stop: &Stop,
) -> TestOutcome {
    let begun = Instant::now();
    let conversation = Conversation::new(surroundings, &[&script.preamble, &test.statements]);
    let mut lane = Lane::new(&conversation, &script.source, seed);
    let played = match select(Box::pin(play_all(&mut lane, script, test)), Box::pin(stop.stopped())).await {
        Either::Left((step, _)) => Some(step),
        Either::Right(_) => None,
    };
    let is_interrupted = played.is_none();
    let interrupted_in = lane.record.line.filter(|_| is_interrupted);
    let last = finally(&mut lane, script, test).await;
    // After a failure, `finally` may find nothing as it should be: the first failure is the one that explains.
    let mut step = played.map_or(Ok(()), |step| step.and(last));
    if let Err(failures) = &mut step {
        let server_is_gone = conversation.has_lost_its_server().await;
        for failure in failures {
            failure.scene.test = test.name.as_ref().map(|name| name.value.clone());
            failure.scene.server_is_gone = server_is_gone;
        }
    }
    let verdict = match (step, is_interrupted) {
        (_, true) => Verdict::Interrupted,
        (Ok(()), false) => Verdict::Passed,
        (Err(failures), false) => Verdict::Failed(failures),
    };
    let record = lane.record;
    conversation.hang_up().await;
    TestOutcome {
        name: test.name.as_ref().map(|name| name.value.clone()),
        verdict,
        elapsed: begun.elapsed(),
        interrupted_in,
        steps: record.steps,
        slowest: record.slowest,
        latencies: record.latencies.into_values().collect(),
    }
}

/// Preamble, statements and the end's fence, up to the first failure.
pub(super) async fn play_all(lane: &mut Lane<'_>, script: &Script, test: &TestBlock) -> Step {
    lane.run(&script.preamble).await?;
    lane.run(&test.statements).await?;
    if let Some(director) = &lane.conversation.director {
        director.settled().await;
    }
    lane.finish(script, test).await
}

/// Carries out every `finally`, whatever happened before.
pub(super) async fn finally(lane: &mut Lane<'_>, script: &Script, test: &TestBlock) -> Step {
    let mut result = Ok(());
    for statement in script.preamble.iter().chain(&test.statements) {
        if let StatementKind::Finally(block) = &statement.kind {
            // What it leaves unread is nobody's business, also where the transcript is run again.
            lane.conversation.trace.statement(|| "# finally\nset leftovers allow".to_owned());
            let step = lane.run(&block.statements).await;
            result = result.and(step);
        }
    }
    result
}

impl<'t> Lane<'t> {
    /// The end of a test: after a fence of all users nothing is unread, nobody was thrown out, no stamp went astray.
    async fn finish(&mut self, script: &Script, test: &TestBlock) -> Step {
        let (line, span) = end_of(script, test);
        let everybody: Vec<&User> = self.conversation.users().iter().collect();
        let mut problems: Vec<Problem> = Vec::new();
        match self.fence(&everybody).await {
            Err(problem) => problems.push(problem),
            Ok(()) => problems.extend([self.closed(), self.left_over(), self.astray()].into_iter().flatten()),
        }
        let scene = self.conversation.scene(self.action, self.round());
        let failures = problems.into_iter().map(|problem| Failure { line, span, problem, scene: scene.clone() });
        let failures: Vec<Failure> = failures.collect();
        if failures.is_empty() { Ok(()) } else { Err(failures) }
    }

    fn closed(&self) -> Option<Problem> {
        let closed = |user: &User| {
            let (end, _) = user.inbox.contents().end?;
            let state = user.state();
            let unexpected = state.presence == Presence::Connected && !state.close_expected;
            unexpected.then(|| (user.label.clone(), end))
        };
        let users: Vec<(Name, End)> = self.conversation.users().iter().filter_map(closed).collect();
        (!users.is_empty()).then_some(Problem::ClosedByServer { users })
    }

    fn left_over(&self) -> Option<Problem> {
        let unread = |user: &User| {
            let lines: Vec<Received> = user.inbox.contents().unread().cloned().collect();
            (!lines.is_empty()).then(|| (user.label.clone(), lines))
        };
        match self.settings.leftovers {
            Leftovers::Allow => None,
            Leftovers::Fail => {
                let lines: Vec<(Name, Vec<Received>)> = self.conversation.users().iter().filter_map(unread).collect();
                (!lines.is_empty()).then_some(Problem::Leftovers { lines })
            }
        }
    }

    fn astray(&self) -> Option<Problem> {
        let ended = self.conversation.users().iter().filter(|user| !user.is_online());
        ended.for_each(|user| self.conversation.accounts.excuse(user.number, Excuse::Closed));
        let findings = self.conversation.accounts.findings();
        let users = || self.conversation.users().iter().map(|user| user.label.clone()).collect();
        (!findings.is_empty()).then(|| Problem::Stamps { users: users(), findings })
    }
}

/// The last line of a test, where its end is reported.
fn end_of(script: &Script, test: &TestBlock) -> (usize, Span) {
    let last: Option<&Statement> = test.statements.last().or(script.preamble.last());
    let end_of = |statement: &Statement| statement.kind.block().map_or(statement.span, |block| block.end);
    let span = last.map_or(test.span, end_of);
    (script.source.line_of(span.start), span)
}
