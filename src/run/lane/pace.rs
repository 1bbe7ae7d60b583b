//! Pace: `pause`; `stall` and `resume`, by which users stop and continue reading; `chunk`, by which they write in pieces.

use std::num::NonZeroUsize;

use smol::Timer;

use super::{Lane, StepResult};
use crate::delivery::accounts::Excuse;
use crate::lang::ast::{Pause, Users};
use crate::lang::quote::literal;

/// `pause`: nothing is done for this long.
pub(super) async fn pause(lane: &mut Lane<'_>, pause: Pause) -> StepResult {
    if !matches!(pause, Pause::Constant(_)) {
        lane.ctx.note_generated();
    }
    let random = lane.values.random();
    let duration = match pause {
        Pause::Constant(duration) => duration,
        Pause::Uniform(from, to) => from + to.saturating_sub(from).mul_f64(random.f64()),
        // 1 - x is in (0, 1], so its logarithm is finite.
        Pause::Exponential(mean) => mean.mul_f64(-(1.0 - random.f64()).ln()),
    };
    lane.ctx.trace.statement(|| format!("pause {}ms", duration.as_millis()));
    Timer::after(duration).await;
    Ok(())
}

/// `stall`: the users read no more.
pub(super) async fn stall(lane: &mut Lane<'_>, users: &Users) -> StepResult {
    for user in lane.users(users) {
        lane.ctx.trace.statement(|| format!("{} stall", user.label));
        user.set_stalled(true).await;
        lane.ctx.accounts.excuse(user.number, Excuse::Stalled);
    }
    Ok(())
}

/// `resume`: the users read on.
pub(super) async fn resume(lane: &mut Lane<'_>, users: &Users) -> StepResult {
    for user in lane.users(users) {
        lane.ctx.trace.statement(|| format!("{} resume", user.label));
        lane.ctx.accounts.resume(user.number);
        user.set_stalled(false).await;
    }
    Ok(())
}

/// `chunk`: the users write in pieces of this size.
pub(super) async fn chunk(lane: &mut Lane<'_>, users: &Users, size: Option<NonZeroUsize>) -> StepResult {
    for user in lane.users(users) {
        let shown = size.map_or("off".to_owned(), |size| size.to_string());
        lane.ctx.trace.statement(|| format!("{} chunk {}", user.label, literal(&shown)));
        user.set_chunk(size).await;
    }
    Ok(())
}
