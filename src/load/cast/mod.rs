//! One cast while it is played: its accounts of deliveries, the schedules of its users, and whether it goes on.
//!
//! The cast directs the script's runner ([`director`]), keeps the accounts of its stamps ([`accounts`]), sets the starts
//! of each `every` in advance ([`schedule`]), and may make some of its users stop reading ([`stalls`]).

mod accounts;
mod director;
mod schedule;
mod stalls;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

pub(super) use self::accounts::{CastAccounts, PATIENCE};
use self::stalls::Stalls;
use super::context::Context;
use crate::delivery::accounts::{Accounts, Excuse};
use crate::delivery::counts::Counts;
use crate::lang::ast::Name;
use crate::run::Stop;

/// One cast, played once.
#[derive(Debug)]
pub(super) struct Cast {
    context: Arc<Context>,
    /// The number of the cast, from 1.
    number: u64,
    accounts: Arc<CastAccounts>,
    stalls: Arc<Stalls>,
    /// Once stopped, nothing new begins.
    over: Stop,
    /// Once stopped, nothing goes on.
    killed: Stop,
    /// Whether its first `every` has started.
    is_scheduled: AtomicBool,
    /// Whether it would count as one that never was complete: the first in its slot, until it has been counted.
    counts_if_unready: AtomicBool,
}

impl Cast {
    /// The cast with this number, from 1, about to be played; `is_first` if none was played with the number before.
    pub(super) fn new(context: &Arc<Context>, number: u64, is_first: bool) -> Self {
        Self {
            number,
            accounts: Arc::new(CastAccounts::new(context)),
            stalls: Arc::new(Stalls::new(&context.plan, number)),
            over: Stop::default(),
            killed: Stop::default(),
            is_scheduled: AtomicBool::new(false),
            counts_if_unready: AtomicBool::new(is_first),
            context: Arc::clone(context),
        }
    }

    /// The number of the cast, from 1.
    pub(super) fn number(&self) -> u64 {
        self.number
    }

    /// The accounts of its stamps.
    pub(super) fn accounts(&self) -> Arc<dyn Accounts> {
        Arc::<CastAccounts>::clone(&self.accounts)
    }

    /// Begins nothing new from here on; what has begun is brought to its end.
    pub(super) fn end(&self) {
        self.over.stop();
    }

    /// Stops everything at once, also what has begun.
    pub(super) fn kill(&self) {
        // A login may never be answered.
        if self.context.plan.has_schedule {
            self.note_unready();
        }
        self.over.stop();
        self.killed.stop();
    }

    /// Stops everything, as the load is over before its users were logged in.
    fn give_up(&self) {
        self.note_unready();
        self.kill();
    }

    /// Counts the cast as one that was not complete in time. Once a schedule has started, somebody only was about to come
    /// back.
    fn note_unready(&self) {
        if !self.is_scheduled() && self.counts_if_unready.swap(false, Ordering::Relaxed) {
            self.context.totals.add_unready();
        }
    }

    /// Whether everything was stopped.
    pub(super) fn is_killed(&self) -> bool {
        self.killed.is_stopped()
    }

    /// Completes when everything is stopped.
    pub(super) async fn killed(&self) {
        self.killed.stopped().await;
    }

    /// Whether its first `every` has started.
    pub(super) fn is_scheduled(&self) -> bool {
        self.is_scheduled.load(Ordering::Relaxed)
    }

    /// Makes the chosen users stop reading, once, as soon as the first `every` has started.
    pub(super) fn stall(&self) {
        if !self.is_scheduled() && self.context.plan.has_schedule {
            return;
        }
        let stalled = self.stalls.begin();
        for &user in &stalled {
            self.accounts.excuse(user, Excuse::Stalled);
        }
        self.context.totals.add_stalled(stalled.len());
    }

    /// Whether this user has been made to stop reading.
    pub(super) fn is_stalled(&self, user: &Name) -> bool {
        self.stalls.has_stalled(user)
    }

    /// Closes the accounts, once.
    pub(super) fn close(&self, is_cut_off: bool) -> Counts {
        self.accounts.close(is_cut_off)
    }
}
