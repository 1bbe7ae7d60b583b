//! How a cast directs the script's runner: when its users may connect, what they are called, when the turns of an `every`
//! begin, and what is measured.

use std::any::Any;
use std::num::NonZeroUsize;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Instant;

use fastrand::Rng;
use futures::future::{BoxFuture, Either, select};

use super::Cast;
use super::schedule::EverySchedule;
use crate::client::Gate;
use crate::delivery::accounts::Accounts;
use crate::lang::ast::{Interval, Name, Statement};
use crate::load::forecast::stamps_in;
use crate::load::pacer::Pacer;
use crate::run::{Admission, Director, Round, Schedule, Transfer, TransferKind};

impl Director for Cast {
    fn cast(&self) -> u64 {
        self.number
    }

    fn wire_name(&self, label: &Name) -> String {
        if self.context.plan.casts > 1 { format!("{label}_{}", self.number) } else { label.to_string() }
    }

    fn admit(&self) -> BoxFuture<'_, Admission> {
        Box::pin(async {
            let (clock, connects) = (&self.context.clock, &self.context.connects);
            let intended = connects.take_turn(clock);
            let wait = Box::pin(async {
                clock.until(intended).await;
                connects.permit().await
            });
            match select(wait, Box::pin(self.over.stopped())).await {
                Either::Left((permit, _)) => {
                    let permit: Box<dyn Any + Send> = Box::new(permit);
                    Admission { intended: clock.instant(intended), permit: Some(permit) }
                }
                Either::Right(_) => {
                    // The load is over before this cast was complete: it never began.
                    self.give_up();
                    futures::future::pending().await
                }
            }
        })
    }

    fn connected(&self, user: usize, intended: Instant, begun: Instant, at: Instant) {
        self.accounts.log_in(user);
        let (written, intended) = (at.saturating_duration_since(begun), at.saturating_duration_since(intended));
        self.context.stats.own().latencies.connect.record(written, intended.max(written));
    }

    fn attached(&self, user: usize, label: &Name, gate: &Arc<Gate>) {
        self.stalls.add(user, label, gate);
    }

    fn schedule(
        &self,
        interval: Interval,
        body: &[Statement],
        me: Option<&Name>,
        random: &mut Rng,
    ) -> Box<dyn Schedule> {
        if self.context.clock.is_over() {
            self.note_unready();
        }
        self.is_scheduled.store(true, Ordering::Relaxed);
        let random = Rng::with_seed(random.u64(..));
        let (tempo, now) = (Arc::clone(&self.context.plan.tempo), self.context.clock.now());
        Box::new(EverySchedule {
            context: Arc::clone(&self.context),
            over: self.over.clone(),
            stalls: Arc::clone(&self.stalls),
            pacer: Some(Pacer::new(interval, tempo, now, random)),
            sends_per_turn: stamps_in(body, me),
            user: me.cloned(),
        })
    }

    fn round(&self, round: Round) {
        let clock = &self.context.clock;
        let mut own = self.context.stats.own();
        own.second.round.record(round.from_intended());
        if clock.is_counted(clock.nanos_at(round.written)) {
            own.latencies.round.record(round.from_write(), round.from_intended());
            let labels = &self.context.labels;
            if let Some(label) = labels.at(round.awaited_in).or_else(|| labels.at(round.sent_in)) {
                own.labels[label].round.record(round.from_write(), round.from_intended());
            }
        }
    }

    fn transferred(&self, transfer: Transfer) {
        let clock = &self.context.clock;
        let mut own = self.context.stats.own();
        own.second.errors += u64::from(!transfer.is_whole);
        own.corrupted += u64::from(!transfer.is_whole);
        if transfer.is_counted && clock.is_counted(clock.nanos_at(transfer.begun)) {
            own.bytes += transfer.bytes;
            let since = |start: Instant| transfer.ended.saturating_duration_since(start);
            let times = match transfer.kind {
                TransferKind::Upload => &mut own.latencies.upload,
                TransferKind::Download => &mut own.latencies.download,
            };
            times.record(since(transfer.begun), since(transfer.intended.unwrap_or(transfer.begun)));
        }
    }

    fn failed(&self) {
        self.end();
    }

    fn settled(&self) -> BoxFuture<'_, ()> {
        Box::pin(async {
            self.stalls.end(|user| self.accounts.resume(user));
            self.accounts.settle().await;
        })
    }

    fn chunk(&self) -> Option<NonZeroUsize> {
        self.context.plan.chunk
    }
}
