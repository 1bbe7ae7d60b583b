//! One cast while it is played: its books, its schedules and its place in the load. It directs the script's runner, and
//! counts the stamped lines where the sockets are read.

use std::any::Any;
use std::collections::BTreeSet;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};
use std::task::Poll;
use std::time::{Duration, Instant};

use fastrand::Rng;
use futures::future::{BoxFuture, Either, poll_fn, select};
use futures::task::AtomicWaker;

use super::forecast::stamps_in;
use super::pacer::Pacer;
use super::shared::Shared;
use super::timer_wheel::rounded_up;
use crate::client::Gate;
use crate::delivery::accounts::{Accounts, Excuse, Issue};
use crate::delivery::counts::Counts;
use crate::delivery::finding::Finding;
use crate::delivery::ledger::{Ledger, Receipt, Sending};
use crate::delivery::token::Token;
use crate::lang::ast::{Interval, Name, Statement};
use crate::lock::Locked;
use crate::run::{Admission, Director, Round, Schedule, Stop};

/// How long after the last send what has not arrived is lost.
pub const PATIENCE: Duration = Duration::from_secs(5);
/// The most turns that are counted as not begun for one schedule: a bound on the counting, not on the load.
const MOST_UNSENT: u64 = 1_000_000;

/// One cast, played once.
#[derive(Debug)]
pub struct Cast {
    shared: Arc<Shared>,
    /// From 1.
    number: u64,
    /// What its tokens bear: unlike the number, it is never used again.
    play: u64,
    ledger: Mutex<Option<Ledger>>,
    /// Nothing new begins.
    over: Stop,
    /// Nothing goes on.
    killed: Stop,
    /// It has come to its schedules.
    is_playing: AtomicBool,
    waiting: AtomicWaker,
    /// When the last stamp was given out, in nanoseconds.
    last_send: AtomicU64,
    users: Mutex<Users>,
}

/// What is known about the users of a cast.
#[derive(Debug, Default)]
struct Users {
    /// Who is logged in.
    online: BTreeSet<usize>,
    /// What is to stop reading, with what it is read through.
    stalling: Vec<(usize, Name, Arc<Gate>)>,
    /// Whether they have stopped.
    has_stalled: bool,
}

impl Cast {
    /// A cast of so many users that is about to be played.
    pub(super) fn new(shared: &Arc<Shared>, number: u64) -> Self {
        let users = usize::try_from(shared.plan.cast_size).unwrap_or(usize::MAX);
        Self {
            number,
            play: shared.next_play(),
            ledger: Mutex::new(Some(Ledger::new(users, shared.plan.most_under_way()))),
            over: Stop::default(),
            killed: Stop::default(),
            is_playing: AtomicBool::new(false),
            waiting: AtomicWaker::new(),
            last_send: AtomicU64::new(0),
            users: Mutex::default(),
            shared: Arc::clone(shared),
        }
    }

    /// From here on nothing new begins; what has begun is brought to its end.
    pub(super) fn end(&self) {
        self.over.stop();
    }

    /// From here on nothing goes on.
    pub(super) fn kill(&self) {
        self.over.stop();
        self.killed.stop();
    }

    /// Whether it has come to its schedules.
    pub(super) fn is_playing(&self) -> bool {
        self.is_playing.load(Ordering::Relaxed)
    }

    /// From 1.
    pub(super) fn number(&self) -> u64 {
        self.number
    }

    /// Whether nothing may go on.
    pub(super) fn is_killed(&self) -> bool {
        self.killed.is_stopped()
    }

    /// Completes when nothing may go on.
    pub(super) async fn killed(&self) {
        self.killed.stopped().await;
    }

    /// Lets the users that are to stall stop reading, once, as soon as the cast has come to its schedules.
    pub(super) fn stall(&self) {
        let mut users = self.users();
        let is_due = self.is_playing() || !self.shared.has_schedule;
        if !is_due || users.has_stalled {
            return;
        }
        users.has_stalled = true;
        for (user, _, gate) in &users.stalling {
            gate.close();
            self.with_ledger(|ledger| ledger.excuse(*user, Excuse::Stalled, self.shared.now_nanos()));
        }
        self.shared.stalled.fetch_add(users.stalling.len() as u64, Ordering::Relaxed);
    }

    /// Whether this user has been made to stop reading.
    pub(super) fn is_stalled(&self, label: &Name) -> bool {
        let users = self.users();
        users.has_stalled && users.stalling.iter().any(|(_, stalled, _)| stalled == label)
    }

    /// Closes the books, once.
    pub(super) fn close(&self, is_cut_off: bool) -> Counts {
        let online = std::mem::take(&mut self.users().online).len();
        self.shared.online.fetch_sub(online, Ordering::Relaxed);
        let ledger = self.ledger.locked().take();
        ledger.map_or(Counts::default(), |ledger| ledger.close(is_cut_off))
    }

    fn users(&self) -> MutexGuard<'_, Users> {
        self.users.locked()
    }

    /// What comes after the books are closed counts for nothing.
    fn with_ledger<T>(&self, look: impl FnOnce(&mut Ledger) -> T) -> Option<T> {
        self.ledger.locked().as_mut().map(look)
    }

    fn is_nothing_missing(&self) -> bool {
        self.with_ledger(|ledger| ledger.counts().missing == 0).unwrap_or(true)
    }

    fn count_receipt(&self, receipt: Receipt, at: u64) {
        let mut own = self.shared.stats.own();
        match receipt {
            Receipt::Delivered(delivery) => {
                let written = Duration::from_nanos(at.saturating_sub(delivery.written));
                let intended = Duration::from_nanos(at.saturating_sub(delivery.intended));
                own.second.delivered += 1;
                own.second.errors += u64::from(delivery.is_reordered);
                own.second.delivery.record(intended);
                if delivery.is_counted {
                    own.delivered += 1;
                    own.latencies.delivery.record(written, intended);
                    if delivery.is_last {
                        own.latencies.fanout.record(written, intended);
                    }
                }
            }
            Receipt::Duplicated | Receipt::Misdelivered => own.second.errors += 1,
            Receipt::Forgotten => {}
        }
    }

    fn turn_over(&self, user: Option<&Name>) -> bool {
        self.over.is_stopped() || user.is_some_and(|user| self.is_stalled(user))
    }
}

impl Accounts for Cast {
    fn issue(&self, issue: &Issue<'_>) -> String {
        let written = self.shared.now_nanos();
        let intended = issue.intended.map_or(written, |intended| self.shared.nanos(intended));
        let is_counted = issue.is_counted && written >= self.shared.warmup_nanos;
        let sending = Sending {
            sender: issue.sender,
            line: issue.line,
            targets: issue.targets,
            recipients: issue.recipients,
            stalled: issue.stalled,
            written,
            intended,
            is_counted,
        };
        let number = self.with_ledger(|ledger| ledger.issue(&sending)).unwrap_or(u64::MAX);
        self.last_send.store(written.max(1), Ordering::Relaxed);
        let mut own = self.shared.stats.own();
        own.second.sent += 1;
        own.sent += u64::from(is_counted);
        drop(own);
        self.shared.tokens.text(Token { cast: self.play, number })
    }

    fn withdraw(&self, sender: usize) {
        self.with_ledger(|ledger| ledger.withdraw(sender));
    }

    fn count(&self, line: &[u8], recipient: usize, at: Instant) -> bool {
        let Some(token) = self.shared.tokens.find(line) else { return false };
        if token.cast != self.play {
            self.shared.strays.fetch_add(1, Ordering::Relaxed);
            self.shared.stats.own().second.errors += 1;
            return true;
        }
        let received = self.with_ledger(|ledger| (ledger.receive(token.number, recipient), ledger.counts().missing));
        if let Some((receipt, missing)) = received {
            self.count_receipt(receipt, self.shared.nanos(at));
            if missing == 0 {
                self.waiting.wake();
            }
        }
        true
    }

    fn excuse(&self, recipient: usize, reason: Excuse) {
        self.with_ledger(|ledger| ledger.excuse(recipient, reason, self.shared.now_nanos()));
        self.waiting.wake();
        if reason != Excuse::Stalled && self.users().online.remove(&recipient) {
            self.shared.online.fetch_sub(1, Ordering::Relaxed);
        }
    }

    fn resume(&self, recipient: usize) {
        self.with_ledger(|ledger| ledger.resume(recipient));
    }

    fn findings(&self) -> Vec<Finding> {
        Vec::new()
    }
}

/// The director's half; a newtype, as the runner wants one object for each of its two sides.
#[derive(Debug)]
pub(super) struct Directing(pub(super) Arc<Cast>);

impl Director for Directing {
    fn cast(&self) -> u64 {
        self.0.number
    }

    fn wire_name(&self, label: &Name) -> String {
        if self.0.shared.plan.casts > 1 { format!("{label}_{}", self.0.number) } else { label.to_string() }
    }

    fn admit(&self) -> BoxFuture<'_, Admission> {
        Box::pin(async {
            let shared = &self.0.shared;
            let intended = shared.take_connect_slot();
            let wait = Box::pin(async {
                shared.timer.until(intended).await;
                shared.connecting.acquire_arc().await
            });
            match select(wait, Box::pin(self.0.over.stopped())).await {
                Either::Left((permit, _)) => {
                    let permit: Box<dyn Any + Send> = Box::new(permit);
                    Admission { intended: shared.timer.instant(intended), permit: Some(permit) }
                }
                Either::Right(_) => {
                    // The load is over before this cast was complete: it never began.
                    self.0.kill();
                    futures::future::pending().await
                }
            }
        })
    }

    fn connected(&self, user: usize, intended: Instant, begun: Instant, at: Instant) {
        let shared = &self.0.shared;
        self.0.with_ledger(|ledger| ledger.connect(user));
        if self.0.users().online.insert(user) {
            shared.online.fetch_add(1, Ordering::Relaxed);
        }
        shared.connected.fetch_add(1, Ordering::Relaxed);
        let (written, intended) = (at.saturating_duration_since(begun), at.saturating_duration_since(intended));
        shared.stats.own().latencies.connect.record(written, intended.max(written));
    }

    fn attached(&self, user: usize, label: &Name, gate: &Arc<Gate>) {
        let index = (self.0.number - 1) * self.0.shared.plan.cast_size + user as u64;
        if stalls(index, self.0.shared.plan.stall) {
            self.0.users().stalling.push((user, label.clone(), Arc::clone(gate)));
        }
    }

    fn schedule(
        &self,
        interval: Interval,
        body: &[Statement],
        me: Option<&Name>,
        random: &mut Rng,
    ) -> Box<dyn Schedule> {
        let shared = &self.0.shared;
        self.0.is_playing.store(true, Ordering::Relaxed);
        let random = Rng::with_seed(random.u64(..));
        Box::new(Turns {
            pacer: Some(Pacer::new(interval, shared.plan.stretch, shared.timer.now(), random)),
            per_turn: stamps_in(body, me),
            user: me.cloned(),
            cast: Arc::clone(&self.0),
        })
    }

    fn round(&self, round: Round) {
        let shared = &self.0.shared;
        let mut own = shared.stats.own();
        own.second.round.record(round.from_intended());
        if shared.nanos(round.written) >= shared.warmup_nanos {
            own.latencies.round.record(round.from_write(), round.from_intended());
        }
    }

    fn failed(&self) {
        self.0.end();
    }

    fn settled(&self) -> BoxFuture<'_, ()> {
        Box::pin(async {
            let (cast, shared) = (&self.0, &self.0.shared);
            {
                let users = cast.users();
                for (user, _, gate) in users.stalling.iter().filter(|_| users.has_stalled) {
                    cast.with_ledger(|ledger| ledger.resume(*user));
                    gate.open();
                }
            }
            let begun = shared.timer.now();
            let last_send = Duration::from_nanos(cast.last_send.load(Ordering::Relaxed));
            let arrived = poll_fn(|context| {
                cast.waiting.register(context.waker());
                if cast.is_nothing_missing() { Poll::Ready(()) } else { Poll::Pending }
            });
            select(arrived, shared.timer.until(last_send + PATIENCE)).await;
            cast.with_ledger(Ledger::give_up_missing);
            shared.note_settled(shared.timer.now().saturating_sub(begun));
        })
    }

    fn chunk(&self) -> Option<std::num::NonZeroUsize> {
        self.0.shared.plan.chunk
    }
}

/// Whether the user with this index is among such a part of all, spread evenly.
fn stalls(index: u64, part: f64) -> bool {
    ((index + 1) as f64 * part).floor() > (index as f64 * part).floor()
}

/// The turns of one `every`.
struct Turns {
    cast: Arc<Cast>,
    /// Gone when there are no more turns.
    pacer: Option<Pacer>,
    /// Stamped sends in one turn.
    per_turn: u64,
    /// Whose lane it is, if it is somebody's.
    user: Option<Name>,
}

impl Schedule for Turns {
    fn next(&mut self) -> BoxFuture<'_, Option<Instant>> {
        Box::pin(self.turn())
    }
}

impl Turns {
    async fn turn(&mut self) -> Option<Instant> {
        let due = rounded_up(self.pacer.as_ref()?.next());
        let shared = Arc::clone(&self.cast.shared);
        let end = shared.end();
        let is_early = due > shared.timer.now();
        if is_early {
            let wait = shared.timer.until(due.min(end));
            select(wait, Box::pin(self.cast.over.stopped())).await;
        }
        let now = shared.timer.now();
        if now >= shared.end() || self.cast.turn_over(self.user.as_ref()) {
            self.finish(now.min(shared.end()));
            return None;
        }
        if is_early {
            shared.stats.own().lateness.record(now.saturating_sub(due));
        }
        self.pacer.as_mut()?.advance();
        Some(shared.timer.instant(due))
    }

    /// Counts what should have begun by now and has not.
    fn finish(&mut self, now: Duration) {
        let Some(pacer) = self.pacer.take() else { return };
        let unsent = pacer.unbegun(now, MOST_UNSENT) * self.per_turn;
        self.cast.shared.stats.own().unsent += unsent;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn so_many_users_stall_and_they_are_spread_evenly() {
        let stalling = |part| (0..1000).filter(|&index| stalls(index, part)).count();
        assert_eq!([0.0, 0.01, 0.5, 1.0].map(stalling), [0, 10, 500, 1000]);
        assert!(!stalls(0, 0.01) && stalls(99, 0.01));
    }
}
