//! Patterns with their values inserted, and whether a received line is what they say.

use super::evaluate::For;
use super::{Lane, evaluate};
use crate::lang::ast::{Expectation, Statement, Users};
use crate::run::matching::{Match, Matcher};
use crate::run::outcome::{Failure, Received};
use crate::run::user::User;

/// The pattern as each of the users must see it.
pub(super) fn matchers<'t>(
    lane: &mut Lane<'t>,
    statement: &Statement,
    users: &Users,
    expectation: &Expectation,
) -> Result<Vec<(&'t User, Matcher)>, Vec<Failure>> {
    let mut matchers = Vec::new();
    for user in lane.users(users) {
        let matcher = evaluate::matcher(lane, &expectation.pattern, For { user, line: statement.line });
        matchers.push((user, matcher.map_err(|problem| lane.fail(statement, problem))?));
    }
    Ok(matchers)
}

/// How the line fits the pattern. A line that is not text matches nothing.
pub(super) fn compare(matcher: &Matcher, line: &Received) -> Match {
    if line.defect.is_some() { Match::No } else { matcher.compare(&line.text) }
}

/// Whether the line is what the pattern says.
pub(super) fn accepts(matcher: &Matcher, line: &Received) -> bool {
    matches!(compare(matcher, line), Match::Yes(_))
}
