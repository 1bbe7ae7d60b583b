//! `bob< bytes "..."`: the next bytes of a server whose lines are none.

use futures::future::join_all;

use super::expect::{WaitLimits, limits};
use super::{Lane, StepResult, fence};
use crate::lang::ast::{BytesExpectation, Statement, Users};
use crate::lang::quote;
use crate::run::outcome::{Fate, Problem, StreamEnd};
use crate::run::user::User;
use crate::run::user::inbox::InboxContents;

/// What a look into the inbox showed.
enum Seen {
    All,
    /// Other bytes, as many as there are of the expected ones.
    Other(Vec<u8>),
    Ended(StreamEnd),
    Full,
}

/// All users wait side by side; every one that fails is reported.
pub(super) async fn run(
    lane: &mut Lane<'_>,
    statement: &Statement,
    users: &Users,
    BytesExpectation { deadline, bytes }: &BytesExpectation,
) -> StepResult {
    let limits = limits(lane, deadline.map(|own| own.value));
    let users: Vec<&User> = lane.users(users);
    let fate = Fate::Matched(statement.line);
    let taken = join_all(users.iter().map(|user| take(user, &bytes.value, limits, fate))).await;
    // Before the failure is recorded, so that it shows what was just behind.
    if taken.iter().any(Result::is_err) {
        fence::look_around(lane).await;
    }
    let mut failures = Vec::new();
    for (user, taken) in users.into_iter().zip(taken) {
        match taken {
            Ok(at) => {
                lane.note_arrival(statement.line, user, at);
                lane.note_round(statement.line, at);
                lane.ctx.trace.statement(|| format!("{}< {}", user.label, quote::bytes(&bytes.value)));
            }
            Err(problem) => failures.push(lane.failure(statement, bytes.span, problem)),
        }
    }
    if failures.is_empty() { Ok(()) } else { Err(failures) }
}

/// Takes the bytes from the inbox once they are there; when the last of them came.
async fn take(user: &User, expected: &[u8], limits: WaitLimits, fate: Fate) -> Result<std::time::Instant, Problem> {
    let missing = |end| Problem::MissingBytes {
        user: user.label.clone(),
        expected: expected.to_vec(),
        received: user.inbox.contents().next_bytes(expected.len()),
        waited: limits.waited,
        end,
    };
    match user.inbox.when(limits.deadline(), |contents| look(contents, expected)).await {
        None => Err(missing(None)),
        Some(Seen::Ended(end)) => Err(missing(Some(end))),
        Some(Seen::Full) => Err(Problem::InboxFull { user: user.label.clone() }),
        Some(Seen::Other(received)) => {
            Err(Problem::OtherBytes { user: user.label.clone(), expected: expected.to_vec(), received })
        }
        Some(Seen::All) => {
            let at = user.inbox.take_bytes(expected.len(), fate).ok_or_else(|| missing(None))?;
            match limits.late_by(at) {
                None => Ok(at),
                Some((allowed, by)) => {
                    Err(Problem::LateBytes { user: user.label.clone(), expected: expected.to_vec(), allowed, by })
                }
            }
        }
    }
}

fn look(contents: &mut InboxContents, expected: &[u8]) -> Option<Seen> {
    let received = contents.next_bytes(expected.len());
    if received == expected {
        return Some(Seen::All);
    }
    if !expected.starts_with(&received) {
        return Some(Seen::Other(received));
    }
    match contents.end {
        _ if contents.full => Some(Seen::Full),
        Some((end, _)) => Some(Seen::Ended(end)),
        None => None,
    }
}
