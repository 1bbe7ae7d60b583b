//! The accounts of the stamps of one cast: a ledger, the latencies that follow from it, and who is online.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};
use std::task::Poll;
use std::time::{Duration, Instant};

use futures::future::{poll_fn, select};
use futures::task::AtomicWaker;

use crate::delivery::accounts::{Accounts, Excuse, Issue};
use crate::delivery::counts::Counts;
use crate::delivery::finding::Finding;
use crate::delivery::ledger::{Ledger, Receipt, Sending};
use crate::delivery::token::StampToken;
use crate::load::context::Context;
use crate::lock::Locked;

/// How long after the last send a message that has not arrived is lost.
pub(in crate::load) const PATIENCE: Duration = Duration::from_secs(5);

/// The accounts of one cast, played once.
#[derive(Debug)]
pub(in crate::load) struct CastAccounts {
    context: Arc<Context>,
    /// The number that its tokens bear: unlike that of the cast, it is never used again.
    play: u64,
    /// Gone when the accounts are closed.
    ledger: Mutex<Option<Ledger>>,
    /// Woken when nothing is missing any more.
    settled: AtomicWaker,
    /// When the last stamp was given out, in nanoseconds.
    last_send: AtomicU64,
    /// The users that are logged in.
    online: Mutex<BTreeSet<usize>>,
}

impl CastAccounts {
    pub(super) fn new(context: &Arc<Context>) -> Self {
        let users = usize::try_from(context.plan.cast_size).unwrap_or(usize::MAX);
        Self {
            play: context.plan.share.number(context.totals.begin_play()),
            ledger: Mutex::new(Some(Ledger::new(users, context.plan.most_under_way()))),
            settled: AtomicWaker::new(),
            last_send: AtomicU64::new(0),
            online: Mutex::default(),
            context: Arc::clone(context),
        }
    }

    /// Notes that a user is logged in.
    pub(super) fn log_in(&self, user: usize) {
        self.with_ledger(|ledger| ledger.connect(user));
        let is_new = self.online().insert(user);
        self.context.totals.log_in(is_new);
    }

    /// Waits until nothing is missing, or [`PATIENCE`] after the last send; then what is missing is lost.
    pub(super) async fn settle(&self) {
        let clock = &self.context.clock;
        let begun = clock.now();
        let last_send = Duration::from_nanos(self.last_send.load(Ordering::Relaxed));
        let arrived = poll_fn(|context| {
            self.settled.register(context.waker());
            if self.is_nothing_missing() { Poll::Ready(()) } else { Poll::Pending }
        });
        select(arrived, clock.until(last_send + PATIENCE)).await;
        self.with_ledger(Ledger::give_up_missing);
        self.context.totals.note_settled(clock.now().saturating_sub(begun));
    }

    /// Closes the accounts. What arrives later counts for nothing.
    pub(super) fn close(&self, is_cut_off: bool) -> Counts {
        let online = std::mem::take(&mut *self.online()).len();
        self.context.totals.log_out(online);
        let ledger = self.ledger.locked().take();
        ledger.map_or(Counts::default(), |ledger| ledger.close(is_cut_off))
    }

    fn is_nothing_missing(&self) -> bool {
        self.with_ledger(|ledger| ledger.counts().missing == 0).unwrap_or(true)
    }

    fn with_ledger<T>(&self, look: impl FnOnce(&mut Ledger) -> T) -> Option<T> {
        self.ledger.locked().as_mut().map(look)
    }

    fn online(&self) -> MutexGuard<'_, BTreeSet<usize>> {
        self.online.locked()
    }

    fn record(&self, receipt: Receipt, at: u64) {
        let mut own = self.context.stats.own();
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
                    if let Some(label) = self.context.labels.at(delivery.line) {
                        own.labels[label].delivery.record(written, intended);
                    }
                    if delivery.is_last {
                        own.latencies.fanout.record(written, intended);
                    }
                }
            }
            Receipt::Duplicated | Receipt::Misdelivered => own.second.errors += 1,
            Receipt::Forgotten => {}
        }
    }
}

impl Accounts for CastAccounts {
    fn issue(&self, issue: &Issue<'_>) -> String {
        let clock = &self.context.clock;
        let written = clock.nanos_now();
        let intended = issue.intended.map_or(written, |intended| clock.nanos_at(intended));
        let is_counted = issue.is_counted && clock.is_counted(written);
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
        let mut own = self.context.stats.own();
        own.second.sent += 1;
        own.sent += u64::from(is_counted);
        drop(own);
        self.context.tokens.text(StampToken { cast: self.play, number })
    }

    fn withdraw(&self, sender: usize) {
        self.with_ledger(|ledger| ledger.withdraw(sender));
    }

    fn count(&self, line: &[u8], recipient: usize, at: Instant) -> bool {
        let Some(token) = self.context.tokens.find(line) else { return false };
        if token.cast != self.play {
            self.context.totals.add_stray();
            self.context.stats.own().second.errors += 1;
            return true;
        }
        let received = self.with_ledger(|ledger| (ledger.receive(token.number, recipient), ledger.counts().missing));
        if let Some((receipt, missing)) = received {
            self.record(receipt, self.context.clock.nanos_at(at));
            if missing == 0 {
                self.settled.wake();
            }
        }
        true
    }

    fn excuse(&self, recipient: usize, reason: Excuse) {
        self.with_ledger(|ledger| ledger.excuse(recipient, reason, self.context.clock.nanos_now()));
        self.settled.wake();
        if reason != Excuse::Stalled && self.online().remove(&recipient) {
            self.context.totals.log_out(1);
        }
    }

    fn resume(&self, recipient: usize) {
        self.with_ledger(|ledger| ledger.resume(recipient));
    }

    fn findings(&self) -> Vec<Finding> {
        Vec::new()
    }
}
