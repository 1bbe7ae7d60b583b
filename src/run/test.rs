//! One test from its first connection to its last: preamble, statements, the end's fence, `finally`.

use std::time::Instant;

use futures::future::{Either, select};

use super::Stop;
use super::conversation::{Conversation, Environment};
use super::lane::{Lane, StepResult, fence, run};
use super::user::{ConnectionState, User};
use crate::delivery::accounts::Excuse;
use crate::diagnostic::source::Span;
use crate::lang::ast::{Block, BlockKind, Leftovers, Name, Script, Statement, TestBlock};
use crate::run::outcome::{Failure, Problem, Received, StreamEnd, TestOutcome, TestVerdict};

/// Runs a test on fresh connections. Interrupted, it still carries out its `finally`.
pub(super) async fn run_test(
    script: &Script,
    test: &TestBlock,
    environment: Environment,
    seed: u64,
    stop: &Stop,
) -> TestOutcome {
    let begun = Instant::now();
    let conversation = Conversation::new(environment, &[&script.preamble, &test.statements]);
    let mut lane = Lane::new(&conversation, seed);
    let played = match select(Box::pin(play_all(&mut lane, script, test)), Box::pin(stop.stopped())).await {
        Either::Left((step, _)) => Some(step),
        Either::Right(_) => None,
    };
    let is_interrupted = played.is_none();
    let interrupted_in = lane.record.line.filter(|_| is_interrupted);
    // Also after an interruption: `finally` cleans up what the test did on a server that goes on.
    let last = finally(&mut lane, script, test).await;
    // After a failure, `finally` may fail too; the first failure is the one that explains.
    let mut step = played.map_or(Ok(()), |step| step.and(last));
    if let Err(failures) = &mut step {
        let server_is_gone = conversation.has_lost_its_server().await;
        for failure in failures {
            failure.snapshot.test = test.name.as_ref().map(|name| name.value.clone());
            failure.snapshot.server_is_gone = server_is_gone;
        }
    }
    let verdict = match (step, is_interrupted) {
        (_, true) => TestVerdict::Interrupted,
        (Ok(()), false) => TestVerdict::Passed,
        (Err(failures), false) => TestVerdict::Failed(failures),
    };
    let record = lane.record;
    conversation.hang_up().await;
    TestOutcome {
        name: test.name.as_ref().map(|name| name.value.clone()),
        line: test.line,
        verdict,
        elapsed: begun.elapsed(),
        interrupted_in,
        steps: record.steps,
        used_seed: conversation.has_generated(),
        slowest: record.slowest,
        timings: record.into_timings(),
    }
}

/// Preamble, statements and the end's fence, up to the first failure.
pub(super) async fn play_all(lane: &mut Lane<'_>, script: &Script, test: &TestBlock) -> StepResult {
    run(lane, &script.preamble).await?;
    run(lane, &test.statements).await?;
    if let Some(director) = &lane.ctx.director {
        director.settled().await;
    }
    finish(lane, script, test).await
}

/// Carries out every `finally`, whatever happened before.
pub(super) async fn finally(lane: &mut Lane<'_>, script: &Script, test: &TestBlock) -> StepResult {
    let mut result = Ok(());
    for statement in script.preamble.iter().chain(&test.statements) {
        if let Some(Block { kind: BlockKind::Finally, body, .. }) = statement.kind.block() {
            // Lines that `finally` leaves unread are no failure, and must be none if the transcript is run again.
            lane.ctx.trace.statement(|| "# finally\nset leftovers allow".to_owned());
            let step = run(lane, body).await;
            result = result.and(step);
        }
    }
    result
}

/// The end of a test. After a fence of all users, no line may be unread, no connection closed by the server, and every
/// stamped message delivered correctly.
async fn finish(lane: &mut Lane<'_>, script: &Script, test: &TestBlock) -> StepResult {
    let (line, span) = end_of(script, test);
    let everybody: Vec<&User> = lane.ctx.users().iter().collect();
    let mut problems: Vec<Problem> = Vec::new();
    match fence::run(lane, &everybody).await {
        Err(problem) => problems.push(problem),
        Ok(()) => {
            problems.extend([closed(lane), left_over(lane), left_unfinished(lane), astray(lane)].into_iter().flatten());
        }
    }
    let snapshot = lane.ctx.snapshot(lane.last.action(), lane.values.turn());
    let failures = problems.into_iter().map(|problem| Failure { line, span, problem, snapshot: snapshot.clone() });
    let failures: Vec<Failure> = failures.collect();
    if failures.is_empty() { Ok(()) } else { Err(failures) }
}

fn closed(lane: &Lane<'_>) -> Option<Problem> {
    let closed = |user: &User| {
        let (end, _) = user.inbox.contents().end?;
        let state = user.state();
        let unexpected = state.presence == ConnectionState::Connected && !state.close_expected;
        unexpected.then(|| (user.label.clone(), end))
    };
    let users: Vec<(Name, StreamEnd)> = lane.ctx.users().iter().filter_map(closed).collect();
    (!users.is_empty()).then_some(Problem::ClosedByServer { users })
}

fn left_over(lane: &Lane<'_>) -> Option<Problem> {
    let unread = |user: &User| {
        let lines: Vec<Received> = user.inbox.contents().unread().cloned().collect();
        (!lines.is_empty()).then(|| (user.label.clone(), lines))
    };
    match lane.settings.leftovers {
        Leftovers::Allow => None,
        Leftovers::Fail => {
            let lines: Vec<(Name, Vec<Received>)> = lane.ctx.users().iter().filter_map(unread).collect();
            (!lines.is_empty()).then_some(Problem::Leftovers { lines })
        }
    }
}

/// In a load, what others say may be on its way at any moment.
fn left_unfinished(lane: &Lane<'_>) -> Option<Problem> {
    if lane.settings.leftovers == Leftovers::Allow || lane.ctx.director.is_some() {
        return None;
    }
    let waits = |user: &&User| user.is_online() && user.inbox.contents().unfinished().is_some();
    let users: Vec<Name> = lane.ctx.users().iter().filter(waits).map(|user| user.label.clone()).collect();
    (!users.is_empty()).then_some(Problem::Unfinished { users })
}

fn astray(lane: &Lane<'_>) -> Option<Problem> {
    let ended = lane.ctx.users().iter().filter(|user| !user.is_online());
    ended.for_each(|user| lane.ctx.accounts.excuse(user.number, Excuse::Closed));
    let findings = lane.ctx.accounts.findings();
    let users = || lane.ctx.users().iter().map(|user| user.label.clone()).collect();
    (!findings.is_empty()).then(|| Problem::Stamps { users: users(), findings })
}

/// The last line of a test, where its end is reported.
fn end_of(script: &Script, test: &TestBlock) -> (usize, Span) {
    let last: Option<&Statement> = test.statements.last().or(script.preamble.last());
    let end_of = |statement: &Statement| statement.kind.block().map_or(statement.span, |block| block.end);
    let span = last.map_or(test.span, end_of);
    (script.source.line_of(span.start), span)
}
