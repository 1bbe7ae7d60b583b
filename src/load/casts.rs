//! All casts of a load: begun and ended so that there are as many as the plan says.

use std::sync::Arc;

use smol::Task;

use super::plan::Plan;
use super::player::Player;
use super::slot::Slot;

/// All casts of a load, the oldest first.
#[derive(Default)]
pub(super) struct Casts {
    running: Vec<(Arc<Slot>, Task<()>)>,
    /// Those that have been told to end.
    leaving: Vec<(Arc<Slot>, Task<()>)>,
    begun: u64,
    /// The position of the next one that is replaced by `--churn`.
    next_replaced: usize,
}

impl Casts {
    /// Begins or ends casts until `wanted` are running, of which no more than `most` have ever begun.
    pub(super) fn follow(&mut self, player: &Player, wanted: u64, most: u64) {
        while (self.running.len() as u64) < wanted && self.begun < most {
            let slot = Arc::new(Slot::new(player.context.plan.share.number(self.begun) + 1));
            self.begun += 1;
            let task = player.executor.spawn(Arc::clone(&slot).play(player.clone()));
            self.running.push((slot, task));
        }
        while self.running.len() as u64 > wanted {
            let Some((slot, task)) = self.running.pop() else { return };
            slot.end();
            self.leaving.push((slot, task));
        }
        self.leaving.retain(|(_, task)| !task.is_finished());
    }

    /// Whether every cast has ended, and none will begin any more.
    pub(super) fn is_finished(&self, plan: &Plan) -> bool {
        let have_all_ended = self.running.len() as u64 >= plan.own_casts()
            && self.running.iter().chain(&self.leaving).all(|(_, task)| task.is_finished());
        have_all_ended && plan.profile.length().is_none()
    }

    /// Makes the chosen users of every cast stop reading.
    pub(super) fn stall(&self) {
        self.running.iter().filter_map(|(slot, _)| slot.current()).for_each(|cast| cast.stall());
    }

    /// Lets the next cast in turn leave and come back, unless its schedules have not started yet.
    pub(super) fn replace_one(&mut self) {
        if self.running.is_empty() {
            return;
        }
        self.next_replaced %= self.running.len();
        let (slot, _) = &self.running[self.next_replaced];
        self.next_replaced += 1;
        slot.replace();
    }

    /// The slots and tasks of all casts, those that are leaving too.
    pub(super) fn into_parts(self) -> (Vec<Arc<Slot>>, Vec<Task<()>>) {
        self.running.into_iter().chain(self.leaving).unzip()
    }
}
