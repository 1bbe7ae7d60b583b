//! Carries a plan out: worker threads, the casts on them, a sample every second, and an end.

use std::sync::Arc;
use std::time::Duration;
use std::{io, thread};

use futures::future::{Either, select};
use smol::{Executor, Timer};

use super::cast::PATIENCE;
use super::casts::Casts;
use super::context::Context;
use super::labels::Labels;
use super::monitor::{Measured, Moment, Monitor};
use super::outcome::Outcome;
use super::pacer::EvenRate;
use super::plan::Plan;
use super::player::Player;
use super::sample::Sample;
use super::slot::Slot;
use super::stats::enter_worker;
use super::summary::{self, summarize};
use super::tally::{LoadEnd, Tally};
use super::target::Target;
use super::{threshold, throttle};
use crate::lang::ast::Script;
use crate::run::Stop;

/// How often casts are begun and ended.
const STEP: Duration = Duration::from_millis(20);
/// How long the casts have to come to their end: messages in flight, a fence, the goodbyes.
const GRACE: Duration = PATIENCE.saturating_add(Duration::from_secs(8));
/// How long they have if the load is interrupted.
const GRACE_WHEN_STOPPED: Duration = Duration::from_secs(1);

/// Carries the plan out. `watch` is given a sample once a second.
///
/// # Errors
/// If the system has no thread left for a worker.
pub fn run(
    script: &Arc<Script>,
    plan: Plan,
    target: &Target,
    stop: &Stop,
    watch: &mut dyn FnMut(&Sample),
) -> io::Result<Outcome> {
    let (planned, nonce) = (plan.clone(), fastrand::u64(..));
    let before = throttle::total(script, target);
    let tally = measure(script, (plan, nonce), target, stop, &mut |moment| watch(&moment.sample()))?;
    let mut outcome = summarize(script, &planned, &tally, target.is_embedded);
    let throttled = before.and_then(|before| throttle::total(script, target)?.checked_sub(before));
    outcome.throttled_s = throttled.map(|time| time.as_secs_f64());
    Ok(outcome)
}

/// Carries the plan out, with this nonce in its stamps. `watch` is given each second.
///
/// # Errors
/// If the system has no thread left for a worker.
pub(super) fn measure(
    script: &Arc<Script>,
    (plan, nonce): (Plan, u64),
    target: &Target,
    stop: &Stop,
    watch: &mut dyn FnMut(&Moment),
) -> io::Result<Tally> {
    let context = Arc::new(Context::new(plan, Labels::of(script), nonce));
    let executor: Arc<Executor<'static>> = Arc::default();
    let player = Player {
        script: Arc::clone(script),
        context: Arc::clone(&context),
        target: target.clone(),
        executor: Arc::clone(&executor),
    };
    let load = Load { player, context: Arc::clone(&context) };
    let mut monitor = Monitor::new(Arc::clone(&context), target);
    let workers = Workers::start(&executor, context.plan.workers)?;
    let timer = {
        let context = Arc::clone(&context);
        executor.spawn(async move { context.clock.run().await })
    };
    let end = smol::block_on(async {
        let driving = Box::pin(load.drive(stop));
        let watching = Box::pin(async {
            loop {
                Timer::at(monitor.next_sample()).await;
                watch(&monitor.sample());
                abort_if_missed(script, &context);
            }
        });
        match select(driving, watching).await {
            Either::Left((end, _)) => end,
            Either::Right((never, _)) => never,
        }
    });
    let tally = Tally::of(script, &context, end, monitor.finish());
    drop(timer);
    workers.stop();
    Ok(tally)
}

/// Ends the load if a threshold of `--abort-if` is missed by now. A figure that is not measured yet misses none.
fn abort_if_missed(script: &Script, context: &Context) {
    let (plan, now) = (&context.plan, context.clock.now());
    if plan.abort_if.is_empty() || now < plan.warmup {
        return;
    }
    let end = LoadEnd { at: now, is_stopped: false };
    let figures = summary::figures(plan, &Tally::of(script, context, end, Measured::default()));
    let judgements = plan.abort_if.iter().map(|threshold| threshold::judge(threshold, &figures));
    let missed =
        judgements.filter(|judgement| !judgement.kept).find_map(|missed| Some((missed.fail_if, missed.value?)));
    if let Some((rule, value)) = missed {
        let seconds = now.as_secs_f64();
        context.aborted.get_or_init(|| format!("{rule}: {value} after {seconds:.0} s"));
    }
}

/// Threads that run the executor.
struct Workers {
    stop: Stop,
    threads: Vec<thread::JoinHandle<()>>,
}

impl Workers {
    fn start(executor: &Arc<Executor<'static>>, count: usize) -> io::Result<Self> {
        let stop = Stop::default();
        let mut threads = Vec::new();
        for number in 0..count {
            let (executor, stop) = (Arc::clone(executor), stop.clone());
            let work = move || {
                enter_worker(number);
                smol::block_on(executor.run(stop.stopped()));
            };
            threads.push(thread::Builder::new().name(format!("load-{number}")).spawn(work)?);
        }
        Ok(Self { stop, threads })
    }

    fn stop(self) {
        self.stop.stop();
        for thread in self.threads {
            // A panic has been shown by its hook, and there is no cast left that it could concern.
            let _ = thread.join();
        }
    }
}

/// A load under way.
struct Load {
    player: Player,
    context: Arc<Context>,
}

impl Load {
    /// Begins and ends casts as the plan says, until it is over, and waits for all of them.
    async fn drive(&self, stop: &Stop) -> LoadEnd {
        let (plan, clock) = (&self.context.plan, &self.context.clock);
        let mut casts = Casts::default();
        let mut churn = plan.churn.map(|rate| EvenRate::new(plan.share.rate(rate), plan.warmup));
        let is_stopped = loop {
            let now = clock.now();
            casts.follow(&self.player, plan.casts_at(now), plan.casts_to_begin(now));
            if stop.is_stopped() {
                break true;
            }
            if clock.is_over() || casts.is_finished(plan) || self.context.aborted.get().is_some() {
                break false;
            }
            self.make_faults(&mut casts, churn.as_mut());
            let pause = clock.until((clock.now() + STEP).min(clock.end()));
            select(pause, Box::pin(stop.stopped())).await;
        };
        clock.end_now();
        let ended_at = clock.now();
        self.finish(casts, stop).await;
        LoadEnd { at: ended_at, is_stopped: is_stopped || stop.is_stopped() }
    }

    fn make_faults(&self, casts: &mut Casts, churn: Option<&mut EvenRate>) {
        let (plan, now) = (&self.context.plan, self.context.clock.now());
        if now < plan.warmup {
            return;
        }
        if plan.stall > 0.0 {
            casts.stall();
        }
        if let Some(rate) = churn {
            while rate.peek() <= now {
                rate.take(rate.peek());
                casts.replace_one();
            }
        }
    }

    async fn finish(&self, casts: Casts, stop: &Stop) {
        let (slots, tasks) = casts.into_parts();
        slots.iter().for_each(|slot: &Arc<Slot>| slot.end());
        let all_ended = async {
            for task in tasks {
                task.await;
            }
        };
        let clock = &self.context.clock;
        let deadline = clock.until(clock.now() + GRACE);
        let patience = async {
            let stopped = async {
                stop.stopped().await;
                Timer::after(GRACE_WHEN_STOPPED).await;
            };
            select(Box::pin(stopped), deadline).await;
        };
        if let Either::Right((_, all_ended)) = select(Box::pin(all_ended), Box::pin(patience)).await {
            slots.iter().for_each(|slot| slot.kill());
            all_ended.await;
        }
    }
}
