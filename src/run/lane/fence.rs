//! The fence: proof without sleeping that nothing more is coming.
//!
//! Round one: a `ping` with a fresh token to every connected user that has written since its last pong; all these
//! pongs. Then whatever they wrote has been carried out, and what it sends to others is queued. Round two: a `ping` to
//! the users in question; their pongs. Then what was queued for them has been read. Where a ping is impossible, a quiet
//! window takes its place, and the trace says so. Beside other lanes a fence is the user's own ping alone.

use std::time::{Duration, Instant};

use futures::future::join_all;
use smol::Timer;

use super::{Lane, StepResult, dialogue};
use crate::lang::DIALECT_TOKEN;
use crate::lang::ast::{DialogueAct, Fence, Insert, Name, PartKind, Pattern, Statement, Users};
use crate::run::foreign;
use crate::run::matching::Matcher;
use crate::run::outcome::{Fate, Problem};
use crate::run::user::User;
use crate::text::numbers::setting;

/// How long a failure waits for more lines to show.
const LOOK_AROUND: Duration = Duration::from_millis(100);

/// Returns when everything that was on its way to these users is in their inboxes.
pub(in crate::run) async fn run<'t>(lane: &mut Lane<'t>, targets: &[&'t User]) -> Result<(), Problem> {
    if !lane.is_beside_others {
        first_round(lane).await?;
    }
    quiet_window(lane, targets).await;
    ping_all(lane, targets.iter().copied().filter(|user| user.can_ping()).collect()).await?;
    match targets.iter().find(|user| user.inbox.contents().full) {
        Some(user) => Err(Problem::InboxFull { user: user.label.clone() }),
        None => Ok(()),
    }
}

/// A fence for the users of a statement that is about to look for what has not come.
pub(super) async fn before(lane: &mut Lane<'_>, statement: &Statement, users: &Users) -> StepResult {
    let users = lane.users(users);
    run(lane, &users).await.map_err(|problem| lane.fail(statement, problem))
}

async fn first_round(lane: &Lane<'_>) -> Result<(), Problem> {
    let users = lane.ctx.users().iter();
    // Whoever has written nothing since its last pong has nothing under way that others could hear.
    let written = users.filter(|user| user.can_ping() && user.state().wrote).collect();
    ping_all(lane, written).await
}

/// Waits for a while if some user cannot prove by a pong that it is idle, or that it has read everything.
async fn quiet_window<'t>(lane: &Lane<'t>, targets: &[&'t User]) {
    let Some(reason) = reason_for_quiet(lane, targets) else { return };
    let settle = lane.scaled(lane.settings.settle);
    lane.ctx.trace.remark(|| format!("a quiet window of {}: {reason}", setting(settle)));
    Timer::after(settle).await;
    let unsure = lane.ctx.users().iter().filter(|user| !user.can_ping());
    if !lane.is_beside_others {
        // What they wrote has had its time: the next fence need not wait for it again.
        unsure.for_each(|user| user.state().wrote = false);
    }
}

fn reason_for_quiet<'t>(lane: &Lane<'t>, targets: &[&'t User]) -> Option<String> {
    let mute = |user: &&User| user.is_online() && !user.can_ping();
    let cannot = |user: &User| match user.state().has_ping() {
        true => format!("{} cannot ping", user.label),
        false => format!("{} speaks a dialect without ping", user.label),
    };
    if let Some(user) = targets.iter().copied().find(|user| mute(user) && !user.state().stalled) {
        return Some(cannot(user));
    }
    if lane.is_beside_others {
        return None;
    }
    let was_reset = lane.ctx.take_reset();
    let writer = lane.ctx.users().iter().find(|user| mute(user) && user.state().wrote);
    writer.map(cannot).or_else(|| was_reset.then(|| "a connection was reset".to_owned()))
}

/// Lets what is on its way arrive, so that a failure can show it. Nothing is decided by it, so it is given little
/// time. Other lanes use their own users meanwhile: beside them it does nothing. Nor does it in a load, where
/// nothing but the script may be sent.
pub(super) async fn look_around(lane: &Lane<'_>) {
    if lane.is_beside_others || lane.ctx.director.is_some() {
        return;
    }
    let waited = lane.timeout().min(LOOK_AROUND);
    let users = lane.ctx.users().iter().filter(|user| user.can_ping());
    join_all(users.map(|user| ping(lane, user, waited))).await;
}

async fn ping_all(lane: &Lane<'_>, users: Vec<&User>) -> Result<(), Problem> {
    if users.is_empty() {
        return Ok(());
    }
    let waited = lane.timeout();
    // Side by side: a fence costs one round trip, however many users there are.
    let pongs = join_all(users.into_iter().map(|user| ping(lane, user, waited))).await;
    pongs.into_iter().collect()
}

/// Sends what the fence of a dialect sends, and returns it.
async fn ask(lane: &Lane<'_>, user: &User, fence: &Fence, token: String, deadline: Instant) -> Result<String, Problem> {
    let me = user.state().wire_name.clone();
    let values = vec![(Name::new(DIALECT_TOKEN), token)];
    let patterns = fence.answer.iter().map(|pattern| foreign::matcher(pattern, &me, &values));
    let patterns = patterns.collect::<Result<Vec<Matcher>, Problem>>()?;
    let is_unique = fence.answer.last().is_some_and(has_token);
    user.inbox.contents().await_answer(patterns, is_unique);
    let mut asked = String::new();
    for step in &fence.sent {
        match &step.act {
            DialogueAct::Send(text) => {
                let text = foreign::sent(text, &me, &values);
                // A write that fails is a connection that ends, which the caller waits for.
                let _ = dialogue::send(lane, user, &text, deadline).await;
                asked = text;
            }
            DialogueAct::Raw(bytes) => drop(user.write(bytes, deadline).await),
            DialogueAct::Expect(_) => {}
        }
    }
    Ok(asked)
}

/// The lines that answered the fence last.
fn answer_to(user: &User, fence: &Fence) -> String {
    let contents = user.inbox.contents();
    let taken = contents.history().filter(|line| line.fate == Fate::Fence);
    let taken: Vec<String> = taken.map(|line| line.text.to_string()).collect();
    taken[taken.len().saturating_sub(fence.answer.len())..].join(" | ")
}

/// Whether the answer is to one fence alone.
fn has_token(pattern: &Pattern) -> bool {
    let is_token =
        |part: &PartKind| matches!(part, PartKind::Insert(Insert::Value(name)) if name.as_str() == DIALECT_TOKEN);
    pattern.template().parts.iter().any(|part| is_token(&part.kind))
}

/// One ping and its pong. The end of the stream is as good: it comes after everything else.
async fn ping(lane: &Lane<'_>, user: &User, waited: Duration) -> Result<(), Problem> {
    let deadline = Instant::now() + waited;
    let token = lane.ctx.fresh_token();
    let foreign = user.state().foreign.clone();
    let fence = foreign.as_ref().and_then(|dialect| dialect.fence.as_ref());
    let asked = match fence {
        Some(fence) => Some(ask(lane, user, fence, token, deadline).await?),
        None => {
            user.inbox.contents().await_pong(&token);
            // A write that fails is a connection that ends, which is waited for below.
            let _ = user.write(format!("ping {token}\n").as_bytes(), deadline).await;
            None
        }
    };
    let proof = user.inbox.when(deadline, |contents| {
        let ended = contents.end.map(|(_, at)| at);
        contents.pong_came().or(ended).map(|_| true).or(contents.full.then_some(false))
    });
    match proof.await {
        Some(true) => {
            user.state().wrote = false;
            if let Some(fence) = fence {
                lane.ctx.trace.remark(|| format!("{}< {}", user.label, answer_to(user, fence)));
            }
            Ok(())
        }
        Some(false) => Err(Problem::InboxFull { user: user.label.clone() }),
        None => Err(Problem::NoPong { user: user.label.clone(), waited, fence: asked }),
    }
}
