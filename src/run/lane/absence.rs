//! What may or must not have come, decided after a fence: `<?`, `<!`, `is silent`, `drain`; `ignore`; and `is closed`.

use std::time::Instant;

use futures::future::join_all;

use super::evaluate::For;
use super::patterns::{accepts, matchers};
use super::{Lane, StepResult, evaluate, fence};
use crate::delivery::accounts::Excuse;
use crate::lang::ast::{Expectation, Pattern, Statement, Users};
use crate::run::outcome::{Expected, Failure, Fate, Problem, Received};

/// `<?`: the next unread line is taken if it is this one.
pub(super) async fn optional(
    lane: &mut Lane<'_>,
    statement: &Statement,
    users: &Users,
    expectation: &Expectation,
) -> StepResult {
    fence::before(lane, statement, users).await?;
    for (user, matcher) in matchers(lane, statement, users, expectation)? {
        let taken = {
            let mut contents = user.inbox.contents();
            let is_it = contents.next_unread().is_some_and(|line| accepts(&matcher, line));
            if is_it { contents.take(Fate::Matched(statement.line)) } else { None }
        };
        match taken {
            Some(line) => lane.ctx.trace.perhaps(user.label.as_str(), &line.text),
            None => lane.ctx.trace.remark(|| format!("{}<? {}: it is not", user.label, matcher.shown())),
        }
    }
    Ok(())
}

/// `<!`: no unread line is this one.
pub(super) async fn absent(
    lane: &mut Lane<'_>,
    statement: &Statement,
    users: &Users,
    expectation: &Expectation,
) -> StepResult {
    fence::before(lane, statement, users).await?;
    lane.trace_statement(statement);
    let mut failures = Vec::new();
    for (user, pattern) in matchers(lane, statement, users, expectation)? {
        let found = user.inbox.contents().unread().find(|line| accepts(&pattern, line)).cloned();
        if let Some(received) = found {
            let unwanted = Expected { user: user.label.clone(), pattern };
            let problem = Problem::Unwanted { unwanted, received };
            failures.push(lane.failure(statement, expectation.pattern.span(), problem));
        }
    }
    if failures.is_empty() { Ok(()) } else { Err(failures) }
}

/// `is silent`: nothing is unread.
pub(super) async fn silent(lane: &mut Lane<'_>, statement: &Statement, users: &Users) -> StepResult {
    fence::before(lane, statement, users).await?;
    lane.trace_statement(statement);
    let mut failures: Vec<Failure> = Vec::new();
    for user in lane.users(users) {
        let lines: Vec<Received> = user.inbox.contents().unread().cloned().collect();
        if !lines.is_empty() {
            failures.extend(lane.fail(statement, Problem::NotSilent { user: user.label.clone(), lines }));
        } else if user.inbox.contents().unfinished().is_some() {
            failures.extend(lane.fail(statement, Problem::Unfinished { users: vec![user.label.clone()] }));
        }
    }
    if failures.is_empty() { Ok(()) } else { Err(failures) }
}

/// `is closed`: the server has closed the connection, within the deadline.
pub(super) async fn closed(lane: &mut Lane<'_>, statement: &Statement, users: &Users) -> StepResult {
    let waited = lane.timeout();
    let deadline = Instant::now() + waited;
    let users = lane.users(users);
    let closes = users.iter().map(|user| user.inbox.when(deadline, |contents| contents.end));
    let mut failures: Vec<Failure> = Vec::new();
    for (user, end) in users.iter().zip(join_all(closes).await) {
        if end.is_none() {
            failures.extend(lane.fail(statement, Problem::NotClosed { user: user.label.clone(), waited }));
        }
        // From here on its closed connection is no failure, and what it misses is excused.
        user.state().close_expected = true;
        lane.ctx.accounts.excuse(user.number, Excuse::Closed);
    }
    lane.trace_statement(statement);
    if failures.is_empty() { Ok(()) } else { Err(failures) }
}

/// `drain`: unread lines are thrown away.
pub(super) async fn drain(lane: &mut Lane<'_>, statement: &Statement, users: &Users) -> StepResult {
    fence::before(lane, statement, users).await?;
    for user in lane.users(users) {
        for line in user.inbox.contents().take_all(Fate::Drained(statement.line)) {
            lane.ctx.trace.passed_over(user.label.as_str(), &line.text, "drained");
        }
    }
    Ok(())
}

/// `ignore`: from here on, such lines are set aside before matching.
pub(super) fn ignore(lane: &mut Lane<'_>, statement: &Statement, users: &Users, pattern: &Pattern) -> StepResult {
    lane.trace_statement(statement);
    for user in lane.users(users) {
        let matcher = evaluate::matcher(lane, pattern, For { user, line: statement.line });
        let matcher = matcher.map_err(|problem| lane.fail(statement, problem))?;
        user.inbox.contents().ignore(matcher, statement.line);
    }
    Ok(())
}
