//! The search for the highest load that a server bears: which load to try next. A pure value, which knows nothing of what
//! a load is: it is a number above zero.

/// How far apart the highest load that held and the lowest that did not may stay, as a part of the first: one twentieth.
const PRECISION: u64 = 20;

/// A search under way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Search {
    start: u64,
    /// The highest load that held; 0 if none has.
    held: u64,
    /// The lowest load that did not hold.
    missed: Option<u64>,
}

impl Search {
    /// A search that begins with this load, at least 1.
    pub(super) fn new(start: u64) -> Self {
        Self { start: start.max(1), held: 0, missed: None }
    }

    /// The load to try next: twice as much until one does not hold, then the middle of what is open. `None` if that is
    /// at most a twentieth, or one.
    pub(super) fn next(&self) -> Option<u64> {
        let Some(missed) = self.missed else {
            return Some(if self.held == 0 { self.start } else { self.held.saturating_mul(2) });
        };
        let open = missed - self.held;
        (open > (self.held / PRECISION).max(1)).then(|| self.held + open / 2)
    }

    /// The load that was to be tried held, or it did not.
    pub(super) fn note(&mut self, load: u64, is_held: bool) {
        if is_held {
            self.held = self.held.max(load);
        } else {
            self.missed = Some(self.missed.map_or(load, |missed| missed.min(load)));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every load that is tried at a server that bears `most`.
    fn tried(start: u64, most: u64) -> Vec<u64> {
        let mut search = Search::new(start);
        let mut tried = Vec::new();
        while let Some(load) = search.next() {
            tried.push(load);
            search.note(load, load <= most);
        }
        tried
    }

    #[test]
    fn a_load_is_doubled_until_it_does_not_hold_and_then_narrowed_down() {
        assert_eq!(tried(10, 50), [10, 20, 40, 80, 60, 50, 55, 52]);
        assert_eq!(tried(1, 3), [1, 2, 4, 3]);
    }

    #[test]
    fn a_start_that_is_too_high_is_halved() {
        assert_eq!(tried(100, 7), [100, 50, 25, 12, 6, 9, 7, 8]);
        assert_eq!(tried(8, 0), [8, 4, 2, 1]);
    }

    #[test]
    fn large_loads_are_found_to_a_twentieth() {
        for most in [999, 12_345, 1_000_000] {
            let found = tried(3, most).into_iter().filter(|load| *load <= most).max().unwrap();
            assert!(found * 21 / 20 >= most && tried(3, most).len() < 40, "{most}: {found}");
        }
    }
}
