//! The slot of a cast: the script is played in it, and played again if a cast starts over or is replaced.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use super::cast::Cast;
use super::player::Player;
use crate::lock::Locked;

/// The slot of a cast.
pub(super) struct Slot {
    /// The number of its casts, from 1.
    number: u64,
    current: Mutex<Option<Arc<Cast>>>,
    /// No further cast begins in it.
    has_ended: AtomicBool,
    /// A further cast begins in it, even if the script does not start over.
    is_replaced: AtomicBool,
}

impl Slot {
    /// An empty slot with this number, from 1, among those of all generators.
    pub(super) fn new(number: u64) -> Self {
        Self {
            number,
            current: Mutex::default(),
            has_ended: AtomicBool::new(false),
            is_replaced: AtomicBool::new(false),
        }
    }

    /// The cast that is being played.
    pub(super) fn current(&self) -> Option<Arc<Cast>> {
        self.current.locked().clone()
    }

    /// Brings its cast to an end, after which none begins.
    pub(super) fn end(&self) {
        self.has_ended.store(true, Ordering::Relaxed);
        if let Some(cast) = self.current() {
            cast.end();
        }
    }

    /// Stops its cast at once, after which none begins.
    pub(super) fn kill(&self) {
        self.has_ended.store(true, Ordering::Relaxed);
        if let Some(cast) = self.current() {
            cast.kill();
        }
    }

    /// Brings its cast to an end, after which another begins; does nothing if no schedule has started yet.
    pub(super) fn replace(&self) {
        if let Some(cast) = self.current().filter(|cast| cast.is_scheduled()) {
            self.is_replaced.store(true, Ordering::Relaxed);
            cast.end();
        }
    }

    /// Plays the script, again and again if it starts over.
    pub(super) async fn play(self: Arc<Self>, player: Player) {
        for round in 0.. {
            let cast = Arc::new(Cast::new(&player.context, self.number, round == 0));
            *self.current.locked() = Some(Arc::clone(&cast));
            if self.has_ended.load(Ordering::Relaxed) {
                cast.end();
            }
            let is_good = player.play_once(&cast, round).await;
            let is_again = self.is_replaced.swap(false, Ordering::Relaxed) || player.context.plan.starts_over;
            if !is_good || !is_again || self.has_ended.load(Ordering::Relaxed) || player.context.clock.is_over() {
                break;
            }
        }
        self.current.locked().take();
    }
}
