//! Where the authors of earlier lines came from: what stood behind their names when a line was new, for dialects that
//! name it when they tell the line again.
//!
//! Bounded: the names that were noted first are forgotten first.

use std::collections::{HashMap, VecDeque};
use std::sync::Mutex;

use crate::lock::Locked;
use crate::protocol::name::UserName;
use crate::protocol::recall::Authors;

/// Names that are remembered.
const MOST_NAMES: usize = 4096;

/// Addresses that are remembered of one name: the latest.
const MOST_ADDRESSES: usize = 8;

/// The `user@host` of authors, each from one of their lines on.
#[derive(Debug, Default)]
pub(in crate::server) struct Sources {
    /// By name: the id of the first line from each address, in the order of the ids.
    known: HashMap<UserName, Vec<(u64, Box<str>)>>,
    /// The names in the order in which they were first noted.
    noted: VecDeque<UserName>,
}

impl Sources {
    /// Notes where the author of the line of this id is. Ids grow.
    pub(in crate::server) fn note(&mut self, author: &UserName, id: u64, user: &str, host: &str) {
        let is_same = |address: &str| {
            address.strip_prefix(user).and_then(|rest| rest.strip_prefix('@')).is_some_and(|known| known == host)
        };
        if let Some(addresses) = self.known.get_mut(author) {
            if addresses.last().is_some_and(|(_, address)| is_same(address)) {
                return;
            }
            if addresses.len() == MOST_ADDRESSES {
                addresses.remove(0);
            }
            addresses.push((id, format!("{user}@{host}").into()));
            return;
        }
        if self.noted.len() == MOST_NAMES
            && let Some(first) = self.noted.pop_front()
        {
            self.known.remove(&first);
        }
        self.noted.push_back(author.clone());
        self.known.insert(author.clone(), vec![(id, format!("{user}@{host}").into())]);
    }

    /// The `user@host` of the author of the line of this id, if it was noted.
    fn address(&self, author: &UserName, id: u64) -> Option<&str> {
        let addresses = self.known.get(author)?;
        addresses.iter().rev().find(|(from, _)| *from <= id).map(|(_, address)| &**address)
    }
}

impl Authors for Mutex<Sources> {
    fn address(&self, author: &UserName, id: u64) -> Option<String> {
        self.locked().address(author, id).map(str::to_owned)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(name: &str) -> UserName {
        UserName::new(name).unwrap()
    }

    #[test]
    fn a_line_has_the_address_that_its_author_had_then() {
        let mut sources = Sources::default();
        let al = name("al");
        sources.note(&al, 5, "a", "here");
        sources.note(&al, 6, "a", "here");
        sources.note(&al, 9, "a", "there");
        assert_eq!(sources.address(&al, 4), None);
        assert_eq!(sources.address(&al, 5), Some("a@here"));
        assert_eq!(sources.address(&al, 8), Some("a@here"));
        assert_eq!(sources.address(&al, 9), Some("a@there"));
        assert_eq!(sources.address(&name("bob"), 9), None);
    }

    #[test]
    fn what_is_remembered_is_bounded() {
        let mut sources = Sources::default();
        for id in 0..=MOST_NAMES as u64 {
            sources.note(&name(&format!("u{id}")), id, "u", "h");
        }
        assert_eq!((sources.known.len(), sources.noted.len()), (MOST_NAMES, MOST_NAMES));
        assert_eq!(sources.address(&name("u0"), u64::MAX), None);
        assert_eq!(sources.address(&name("u1"), u64::MAX), Some("u@h"));
        for id in 0..100 {
            sources.note(&name("u1"), 10_000 + id, "u", &format!("h{id}"));
        }
        assert_eq!(sources.known[&name("u1")].len(), MOST_ADDRESSES);
        assert_eq!(sources.address(&name("u1"), u64::MAX), Some("u@h99"));
    }
}
