//! Carries a plan out: worker threads, the casts on them, a look at everything once a second, and an end.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use std::{io, thread};

use futures::future::{Either, select};
use smol::{Executor, Task, Timer};

use super::cast::{Cast, Directing, PATIENCE};
use super::forecast::Forecast;
use super::monitor::{Monitor, Sample};
use super::outcome::{End, Outcome};
use super::pacer::Slots;
use super::plan::Plan;
use super::shared::Shared;
use super::stats::enter_worker;
use crate::delivery::accounts::Accounts;
use crate::lang::ast::Script;
use crate::lock::Locked;
use crate::run::dialects::Manner;
use crate::run::outcome::{Failure, Problem};
use crate::run::{Addresses, CastEnvironment, Director, Play, Stop, play};

/// How often the number of casts is looked after.
const STEP: Duration = Duration::from_millis(20);
/// How long the casts have to come to their end: what is under way, a fence, the goodbyes.
const GRACE: Duration = PATIENCE.saturating_add(Duration::from_secs(8));
/// How long they have when somebody has asked for the end.
const GRACE_WHEN_STOPPED: Duration = Duration::from_secs(1);

/// What is loaded, and from where.
#[derive(Clone, Debug, Default)]
pub struct Target {
    /// The server.
    pub addresses: Addresses,
    /// How users connect whose statement does not say it.
    pub manner: Manner,
    /// Addresses to connect from; any if empty.
    pub source_ips: Vec<IpAddr>,
    /// The server's process, if it is to be looked at.
    pub server_pid: Option<u32>,
    /// The server runs in this process.
    pub is_embedded: bool,
    /// What overrides the values of `param`, by name.
    pub params: HashMap<String, String>,
}

/// Carries the plan out. `watch` is shown how things are, once a second.
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
    let shared = Arc::new(Shared::new(plan, Forecast::of(script).has_schedule));
    let load = Load { script: Arc::clone(script), shared, target: target.clone(), executor: Arc::default() };
    let mut monitor = Monitor::new(Arc::clone(&load.shared), target);
    let workers = Workers::start(&load)?;
    let timer = {
        let shared = Arc::clone(&load.shared);
        load.executor.spawn(async move { shared.timer.run().await })
    };
    let end = smol::block_on(async {
        let driving = Box::pin(load.drive(stop));
        let watching = Box::pin(async {
            loop {
                Timer::at(monitor.next_look()).await;
                watch(monitor.look());
            }
        });
        match select(driving, watching).await {
            Either::Left((end, _)) => end,
            Either::Right((never, _)) => never,
        }
    });
    let outcome = Outcome::new(&load.script, &load.shared, monitor.finish(), target, end);
    drop(timer);
    workers.stop();
    Ok(outcome)
}

/// Threads that run the executor.
struct Workers {
    stop: Stop,
    threads: Vec<thread::JoinHandle<()>>,
}

impl Workers {
    fn start(load: &Load) -> io::Result<Self> {
        let stop = Stop::default();
        let mut threads = Vec::new();
        for number in 0..load.shared.plan.workers {
            let (executor, stop) = (Arc::clone(&load.executor), stop.clone());
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
#[derive(Clone)]
struct Load {
    script: Arc<Script>,
    shared: Arc<Shared>,
    target: Target,
    executor: Arc<Executor<'static>>,
}

/// A cast's place: what is played in it may come to an end and begin anew.
struct Place {
    number: u64,
    current: Mutex<Option<Arc<Cast>>>,
    /// It is not to begin anew.
    has_ended: AtomicBool,
    /// It is to begin anew though its script would not.
    returns: AtomicBool,
}

impl Place {
    fn current(&self) -> Option<Arc<Cast>> {
        self.current.locked().clone()
    }

    fn end(&self) {
        self.has_ended.store(true, Ordering::Relaxed);
        if let Some(cast) = self.current() {
            cast.end();
        }
    }

    fn kill(&self) {
        self.has_ended.store(true, Ordering::Relaxed);
        if let Some(cast) = self.current() {
            cast.kill();
        }
    }
}

impl Load {
    /// Begins and ends casts as the plan says, until it is over, and waits for all of them.
    async fn drive(&self, stop: &Stop) -> End {
        let shared = &self.shared;
        let mut crowd = Crowd::default();
        let mut churn = shared.plan.churn.map(|rate| Slots::new(rate, shared.plan.warmup));
        let is_stopped = loop {
            let now = shared.timer.now();
            crowd.follow(self, shared.plan.casts_at(now), shared.plan.casts_to_begin(now));
            if stop.is_stopped() {
                break true;
            }
            if shared.is_over() || crowd.is_finished(self) {
                break false;
            }
            self.make_faults(&mut crowd, churn.as_mut());
            let pause = shared.timer.until((shared.timer.now() + STEP).min(shared.end()));
            select(pause, Box::pin(stop.stopped())).await;
        };
        shared.end_now();
        let ended_at = shared.timer.now();
        self.finish(crowd, stop).await;
        End { at: ended_at, is_stopped: is_stopped || stop.is_stopped() }
    }

    fn make_faults(&self, crowd: &mut Crowd, churn: Option<&mut Slots>) {
        let now = self.shared.timer.now();
        if self.shared.plan.stall > 0.0 && now >= self.shared.plan.warmup {
            crowd.running.iter().filter_map(|(place, _)| place.current()).for_each(|cast| cast.stall());
        }
        if let Some(slots) = churn {
            while now >= self.shared.plan.warmup && slots.peek() <= now {
                slots.take(slots.peek());
                crowd.send_one_away();
            }
        }
    }

    async fn finish(&self, crowd: Crowd, stop: &Stop) {
        let places: Vec<Arc<Place>> = crowd.places().cloned().collect();
        places.iter().for_each(|place| place.end());
        let tasks = async {
            for (_, task) in crowd.running.into_iter().chain(crowd.leaving) {
                task.await;
            }
        };
        let timer = &self.shared.timer;
        let deadline = timer.until(timer.now() + GRACE);
        let patience = async {
            let stopped = async {
                stop.stopped().await;
                Timer::after(GRACE_WHEN_STOPPED).await;
            };
            select(Box::pin(stopped), deadline).await;
        };
        if let Either::Right((_, tasks)) = select(Box::pin(tasks), Box::pin(patience)).await {
            places.iter().for_each(|place| place.kill());
            tasks.await;
        }
    }

    fn begin(&self, number: u64) -> (Arc<Place>, Task<()>) {
        let place = Arc::new(Place {
            number,
            current: Mutex::default(),
            has_ended: AtomicBool::new(false),
            returns: AtomicBool::new(false),
        });
        let task = self.executor.spawn(self.clone().live(Arc::clone(&place)));
        (place, task)
    }

    /// Plays the script in this place, again and again where that is wanted.
    async fn live(self, place: Arc<Place>) {
        for turn in 0.. {
            let cast = Arc::new(Cast::new(&self.shared, place.number));
            *place.current.locked() = Some(Arc::clone(&cast));
            if place.has_ended.load(Ordering::Relaxed) {
                cast.end();
            }
            let is_good = self.play(&cast, turn).await;
            let returns = place.returns.swap(false, Ordering::Relaxed) || self.shared.plan.starts_over;
            if !is_good || !returns || place.has_ended.load(Ordering::Relaxed) || self.shared.is_over() {
                break;
            }
        }
        place.current.locked().take();
    }

    /// Plays the script once. True if it went as written.
    async fn play(&self, cast: &Arc<Cast>, turn: u64) -> bool {
        let director: Arc<dyn Director> = Arc::new(Directing(Arc::clone(cast)));
        let accounts: Arc<dyn Accounts> = Arc::<Cast>::clone(cast);
        let setting = CastEnvironment {
            executor: Arc::clone(&self.executor),
            addresses: self.target.addresses.clone(),
            manner: self.target.manner,
            source_ips: self.target.source_ips.as_slice().into(),
            params: self.target.params.clone(),
            director,
            accounts,
        };
        let seed = self.shared.plan.seed.wrapping_add(cast.number() << 24).wrapping_add(turn);
        let playing = Box::pin(play(&self.script, &setting, seed));
        let ended = match select(playing, Box::pin(cast.killed())).await {
            Either::Left((play, _)) => Some(play),
            Either::Right(_) => None,
        };
        self.note(cast, ended)
    }

    fn note(&self, cast: &Cast, play: Option<Play>) -> bool {
        let counts = cast.close(play.is_none());
        let all = play.as_ref().map_or(0, |play| play.failures.len());
        let failures: Vec<Failure> = play.map_or(Vec::new(), |play| play.failures);
        let real: Vec<Failure> = failures.into_iter().filter(|failure| !is_by_fault(cast, &failure.problem)).collect();
        let is_cut_off = all == 0 && cast.is_killed();
        let lost_connection = !real.is_empty()
            && real.iter().all(|failure| super::failures::Kind::of(&failure.problem).is_of_connection());
        self.shared.note_closed(|closed| {
            closed.counts.merge(&counts);
            closed.plays += 1;
            closed.cut_off += u64::from(is_cut_off);
            closed.failed += u64::from(!real.is_empty());
            closed.disconnected += u64::from(lost_connection);
            closed.by_fault += (all - real.len()) as u64;
        });
        let is_good = all == 0 && !is_cut_off;
        self.shared.stats.own().second.errors += real.len() as u64;
        real.into_iter().for_each(|failure| self.shared.failures.add(failure));
        is_good
    }
}

/// Whether it happened to a user that was made to stop reading: that is no failure of the server.
fn is_by_fault(cast: &Cast, problem: &Problem) -> bool {
    match problem {
        Problem::ClosedByServer { users } => users.iter().all(|(user, _)| cast.is_stalled(user)),
        Problem::Ended { expected, .. } | Problem::Missing { expected, .. } => cast.is_stalled(&expected.user),
        Problem::NoPong { user, .. } | Problem::NotWritten { user, .. } => cast.is_stalled(user),
        Problem::NoConnection { .. }
        | Problem::NoServer { .. }
        | Problem::LoginRefused { .. }
        | Problem::Different { .. }
        | Problem::Contradiction { .. }
        | Problem::Late { .. }
        | Problem::Unwanted { .. }
        | Problem::NotSilent { .. }
        | Problem::NotClosed { .. }
        | Problem::Unusable { .. }
        | Problem::Incomplete { .. }
        | Problem::Leftovers { .. }
        | Problem::InboxFull { .. }
        | Problem::NotAsserted { .. }
        | Problem::NoValue { .. }
        | Problem::PatternTooLarge
        | Problem::Stamps { .. } => false,
    }
}

/// All casts, the oldest first.
#[derive(Default)]
struct Crowd {
    running: Vec<(Arc<Place>, Task<()>)>,
    /// They have been told to end.
    leaving: Vec<(Arc<Place>, Task<()>)>,
    begun: u64,
    /// Whose turn it is to leave and come back.
    next_away: usize,
}

impl Crowd {
    /// Begins or ends casts until there are so many, of which no more than `most` have ever begun.
    fn follow(&mut self, load: &Load, wanted: u64, most: u64) {
        while (self.running.len() as u64) < wanted && self.begun < most {
            self.begun += 1;
            self.running.push(load.begin(self.begun));
        }
        while self.running.len() as u64 > wanted {
            let Some((place, task)) = self.running.pop() else { return };
            place.end();
            self.leaving.push((place, task));
        }
        self.leaving.retain(|(_, task)| !task.is_finished());
    }

    /// Whether nothing goes on any more, and nothing new will begin.
    fn is_finished(&self, load: &Load) -> bool {
        let all_are = self.running.len() as u64 >= load.shared.plan.casts
            && self.running.iter().chain(&self.leaving).all(|(_, task)| task.is_finished());
        all_are && load.shared.plan.profile.length().is_none()
    }

    fn places(&self) -> impl Iterator<Item = &Arc<Place>> {
        self.running.iter().chain(&self.leaving).map(|(place, _)| place)
    }

    /// The next cast in turn leaves, and comes back; none if it has not come yet.
    fn send_one_away(&mut self) {
        if self.running.is_empty() {
            return;
        }
        self.next_away %= self.running.len();
        let (place, _) = &self.running[self.next_away];
        self.next_away += 1;
        if let Some(cast) = place.current().filter(|cast| cast.is_playing()) {
            place.returns.store(true, Ordering::Relaxed);
            cast.end();
        }
    }
}
