//! Blocks: lanes side by side, a turn for each of several users, and turns in sequence.

use std::num::NonZeroU64;

use futures::future::join_all;

use super::{Lane, StepResult, run};
use crate::lang::ast::{self, Interval, LaneOwner, Statement, Users};
use crate::run::outcome::{Failure, Turn};

/// The block ends when all its lanes have; every lane that fails is reported, the first to fail first.
pub(super) async fn together(lane: &mut Lane<'_>, plans: &[ast::LaneBlock]) -> StepResult {
    lane.ctx.trace.statement(|| "# together".to_owned());
    let mut lanes: Vec<Lane<'_>> = plans.iter().map(|plan| beside(lane, &plan.owner)).collect();
    let running = lanes.iter_mut().zip(plans).map(|(lane, plan)| run_beside(lane, &plan.statements));
    let mut failures: Vec<Failure> = join_all(running).await.into_iter().filter_map(Result::err).flatten().collect();
    for ended in lanes {
        lane.record.merge(ended.record);
        lane.last.keep_later(ended.last);
    }
    lane.ctx.trace.statement(|| "# end of together".to_owned());
    failures.sort_by_key(|failure| failure.snapshot.at);
    if failures.is_empty() { Ok(()) } else { Err(failures) }
}

/// The block for each user as `me`, one after another.
pub(super) async fn each(lane: &mut Lane<'_>, users: &Users, body: &[Statement]) -> StepResult {
    for me in users.labels(lane.values.me()) {
        let mut turn = lane.fork();
        turn.values.enter_turn_of(me);
        let step = run(&mut turn, body).await;
        lane.record.merge(turn.record);
        lane.last.replace_action(turn.last);
        step?;
    }
    Ok(())
}

/// The block several times in sequence.
pub(super) async fn repeat(lane: &mut Lane<'_>, count: NonZeroU64, body: &[Statement]) -> StepResult {
    let outer = lane.values.begin_iteration(None);
    for number in 1..=count.get() {
        lane.values.begin_iteration(Some(Turn { of: "repeat", number }));
        run(lane, body).await?;
    }
    lane.values.begin_iteration(outer);
    Ok(())
}

/// In a test once, under a director as often as it says.
pub(super) async fn every(lane: &mut Lane<'_>, interval: Interval, body: &[Statement]) -> StepResult {
    let outer = lane.values.begin_iteration(None);
    let Some(director) = lane.ctx.director.clone() else {
        run(lane, body).await?;
        lane.values.begin_iteration(outer);
        return Ok(());
    };
    let me = lane.values.me().cloned();
    let mut schedule = director.schedule(interval, body, me.as_ref(), lane.values.random());
    let mut number = 0;
    while let Some(intended) = schedule.next().await {
        number += 1;
        lane.values.begin_iteration(Some(Turn { of: "every", number }));
        lane.last.begin_turn(Some(intended));
        run(lane, body).await?;
    }
    lane.values.begin_iteration(outer);
    lane.last.begin_turn(None);
    Ok(())
}

/// What happens in it counts in no figure of a load.
pub(super) async fn setup(lane: &mut Lane<'_>, body: &[Statement]) -> StepResult {
    lane.is_counted = false;
    let step = run(lane, body).await;
    lane.is_counted = true;
    step
}

/// One of several lanes. Under a director its failure keeps the others from beginning anything new.
async fn run_beside(lane: &mut Lane<'_>, statements: &[Statement]) -> StepResult {
    let step = run(lane, statements).await;
    if let (Err(_), Some(director)) = (&step, &lane.ctx.director) {
        director.failed();
    }
    step
}

fn beside<'t>(lane: &mut Lane<'t>, owner: &LaneOwner) -> Lane<'t> {
    let mut beside = lane.fork();
    beside.is_beside_others = true;
    match owner {
        LaneOwner::Member(me) => beside.values.enter_turn_of(me.clone()),
        LaneOwner::User(_) | LaneOwner::Me | LaneOwner::Block(_) => {}
    }
    beside
}
