//! The part of a load that one of several generators makes: every so many-th cast, so that each has its part at any time.

use serde::{Deserialize, Serialize};

/// The part of one generator.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Share {
    /// The place of the generator, from 0.
    place: u64,
    /// The number of generators, at least 1.
    generators: u64,
}

impl Share {
    /// All of it, for a generator that is alone.
    pub const WHOLE: Self = Self { place: 0, generators: 1 };

    /// The shares of so many generators, at least 1.
    pub fn all(generators: u64) -> impl Iterator<Item = Self> {
        (0..generators).map(move |place| Self { place, generators })
    }

    /// How many of the first `total` casts are in it.
    #[must_use]
    pub fn of(self, total: u64) -> u64 {
        total.saturating_add(self.generators - 1 - self.place) / self.generators
    }

    /// The number, among those of all generators, of what is the `own`-th here; both from 0.
    #[must_use]
    pub fn number(self, own: u64) -> u64 {
        own * self.generators + self.place
    }

    /// The part of a rate.
    #[must_use]
    pub fn rate(self, total: f64) -> f64 {
        total / self.generators as f64
    }

    /// Whether it is one that can be: a peer says which.
    #[must_use]
    pub fn is_valid(self) -> bool {
        self.place < self.generators
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shares_of_all_generators_are_the_whole_and_have_nothing_in_common() {
        for (total, generators) in [(1, 1), (10, 3), (2, 5), (7, 7), (0, 2)] {
            let all = Share::all(generators).flat_map(|share| (0..share.of(total)).map(move |own| share.number(own)));
            let mut all: Vec<u64> = all.collect();
            all.sort_unstable();
            assert_eq!(all, (0..total).collect::<Vec<_>>(), "{total} by {generators}");
        }
    }
}
