//! The ceiling on the memory of all connections together, as a value: when it is looked at, and who has to go.
//!
//! Nobody goes who reads: first those go that have left already and still have something to read, then those that have not
//! read for longest. Who has less unread than the soft limit never goes for the sake of others, unless the soft limits of
//! all together are more than the ceiling: then the mean of all who have something unread takes its place, as else those
//! below the limit could fill everything, and everybody would wait for ever.

use std::cmp::Reverse;
use std::time::Duration;

/// From this part of the ceiling on, commands that cause deliveries wait.
const CROWDED: (u64, u64) = (3, 4);

/// When somebody has to go, this part of the ceiling is made free at once: looking is costly with many connections.
const MADE_FREE: u64 = 16;

/// Below the ceiling, only who has not read for so long has to go.
const ASLEEP: Duration = Duration::from_secs(1);

/// How long not to look again after nobody was found.
const PAUSE: Duration = Duration::from_millis(100);

/// A connection with something unread.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::server) struct Holder<K> {
    pub(in crate::server) key: K,
    /// Bytes in its queue.
    pub(in crate::server) unread: usize,
    /// Its soft limit.
    pub(in crate::server) soft: usize,
    /// Its session is over.
    pub(in crate::server) departed: bool,
    /// For how long it has taken nothing of what waits for it.
    pub(in crate::server) asleep: Duration,
}

/// Bytes to be made free, and by whom.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::server) struct Excess {
    bytes: u64,
    asleep: Duration,
}

#[derive(Debug)]
pub(in crate::server) struct Ceiling {
    most: u64,
    next_look: Duration,
}

impl Ceiling {
    pub(in crate::server) fn new(most: usize) -> Self {
        Self { most: most as u64, next_look: Duration::ZERO }
    }

    /// Bytes that all connections may hold.
    pub(in crate::server) fn most(&self) -> u64 {
        self.most
    }

    /// Bytes from which on commands that cause deliveries wait.
    pub(in crate::server) fn crowded(&self) -> u64 {
        self.most / CROWDED.1 * CROWDED.0
    }

    /// What has to be made free when all connections hold so much, unless it was looked at a moment ago.
    pub(in crate::server) fn excess(&mut self, held: u64, now: Duration) -> Option<Excess> {
        if held <= self.crowded() || now < self.next_look {
            return None;
        }
        self.next_look = now + PAUSE;
        let is_over = held > self.most;
        let asleep = if is_over { Duration::ZERO } else { ASLEEP };
        let target = if is_over { self.most } else { self.crowded() };
        Some(Excess { bytes: held - target + self.most / MADE_FREE, asleep })
    }

    /// Something was made free: it may be looked at again at once.
    pub(in crate::server) fn was_made_free(&mut self) {
        self.next_look = Duration::ZERO;
    }
}

impl Excess {
    /// Who has to go, the first first.
    pub(in crate::server) fn first_to_go<K>(self, mut holders: Vec<Holder<K>>) -> Vec<Holder<K>> {
        let mean = holders.iter().map(|holder| holder.unread).sum::<usize>() / holders.len().max(1);
        holders.retain(|holder| holder.departed || holder.unread >= mean.min(holder.soft.saturating_add(1)));
        holders.retain(|holder| holder.asleep >= self.asleep);
        holders.sort_by_key(|holder| (Reverse(holder.departed), Reverse(holder.asleep), Reverse(holder.unread)));
        let mut free = 0;
        let enough = holders.iter().position(|holder| {
            free += holder.unread as u64;
            free >= self.bytes
        });
        holders.truncate(enough.map_or(holders.len(), |last| last + 1));
        holders
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MIB: usize = 1 << 20;

    fn holder(key: &str, unread: usize, asleep_secs: u64) -> Holder<&str> {
        Holder { key, unread, soft: MIB, departed: false, asleep: Duration::from_secs(asleep_secs) }
    }

    fn to_go(held: usize, holders: Vec<Holder<&str>>) -> Vec<&str> {
        let excess = Ceiling::new(16 * MIB).excess(held as u64, Duration::ZERO).unwrap();
        excess.first_to_go(holders).into_iter().map(|holder| holder.key).collect()
    }

    #[test]
    fn who_has_not_read_for_longest_goes_first_and_only_as_many_as_must() {
        let holders = vec![holder("short", 9 * MIB, 2), holder("long", 3 * MIB, 9), holder("longer", 2 * MIB, 10)];
        assert_eq!(to_go(17 * MIB, holders.clone()), ["longer"]);
        assert_eq!(to_go(20 * MIB, holders), ["longer", "long"]);
    }

    #[test]
    fn the_departed_go_before_anybody_else() {
        let departed = Holder { departed: true, ..holder("departed", MIB / 2, 0) };
        assert_eq!(to_go(17 * MIB, vec![holder("asleep", 9 * MIB, 99), departed]), ["departed", "asleep"]);
    }

    #[test]
    fn nobody_with_less_than_the_soft_limit_goes_for_others() {
        let holders = vec![holder("much", 90 * MIB, 1), holder("reader", MIB, 5), holder("other", 10, 50)];
        assert_eq!(to_go(99 * MIB, holders), ["much"]);
    }

    #[test]
    fn many_who_sleep_below_the_soft_limit_do_not_keep_the_others_waiting() {
        let holders = vec![holder("reader", 10, 9), holder("first", MIB / 2, 3), holder("second", MIB / 2, 2)];
        let excess = Ceiling::new(MIB).excess(MIB as u64 + 10, Duration::ZERO).unwrap();
        let to_go = excess.first_to_go(holders);
        assert_eq!(to_go.into_iter().map(|holder| holder.key).collect::<Vec<_>>(), ["first"]);
    }

    #[test]
    fn below_the_ceiling_only_who_is_asleep_goes() {
        let holders = vec![holder("awake", 9 * MIB, 0), holder("asleep", 2 * MIB, 1)];
        assert_eq!(to_go(13 * MIB, holders), ["asleep"]);
        assert_eq!(Ceiling::new(16 * MIB).excess(12 * MIB as u64, Duration::ZERO), None);
    }

    #[test]
    fn after_nobody_was_found_it_is_not_looked_at_for_a_moment() {
        let mut ceiling = Ceiling::new(MIB);
        let held = 2 * MIB as u64;
        assert!(ceiling.excess(held, Duration::ZERO).is_some());
        assert!(ceiling.excess(held, Duration::from_millis(99)).is_none());
        assert!(ceiling.excess(held, Duration::from_millis(100)).is_some());
        ceiling.was_made_free();
        assert!(ceiling.excess(held, Duration::from_millis(100)).is_some());
    }
}
