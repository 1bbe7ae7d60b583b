//! Who the authors of earlier lines were: what stood behind their names when a line was new, for dialects that say it
//! when they tell the line again.
//!
//! Bounded: the names that were noted first are forgotten first.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex};

use crate::lock::Locked;
use crate::protocol::name::UserName;
use crate::protocol::recall::{Authors, PastAuthor};
use crate::protocol::sight::Person;

/// Names that are remembered.
const MOST_NAMES: usize = 4096;

/// What is remembered of one name, if that changes: the latest.
const MOST_OF_ONE: usize = 8;

/// What is known of authors, each from one of their lines on.
#[derive(Debug, Default)]
pub(in crate::server) struct Sources {
    /// By name: the id of the first line for which each was so, in the order of the ids.
    known: HashMap<UserName, Vec<(u64, Arc<PastAuthor>)>>,
    /// The names in the order in which they were first noted.
    noted: VecDeque<UserName>,
}

impl Sources {
    /// Notes what is known of the author of the line of this id. Ids grow.
    pub(in crate::server) fn note(&mut self, author: &Person<'_>, id: u64) {
        if let Some(known) = self.known.get_mut(author.name) {
            if known.last().is_some_and(|(_, last)| is_so(last, author)) {
                return;
            }
            if known.len() == MOST_OF_ONE {
                known.remove(0);
            }
            known.push((id, Arc::new(noted(author))));
            return;
        }
        if self.noted.len() == MOST_NAMES
            && let Some(first) = self.noted.pop_front()
        {
            self.known.remove(&first);
        }
        self.noted.push_back(author.name.clone());
        self.known.insert(author.name.clone(), vec![(id, Arc::new(noted(author)))]);
    }

    /// The author of the line of this id, as it was noted.
    fn author(&self, name: &UserName, id: u64) -> Option<&Arc<PastAuthor>> {
        let known = self.known.get(name)?;
        known.iter().rev().find(|(from, _)| *from <= id).map(|(_, author)| author)
    }
}

fn noted(author: &Person<'_>) -> PastAuthor {
    let address = format!("{}@{}", author.user, author.host).into();
    PastAuthor { address, account: author.account.cloned(), real_name: author.real_name.into() }
}

/// Whether nothing has changed since.
fn is_so(last: &PastAuthor, author: &Person<'_>) -> bool {
    let rest = last.address.strip_prefix(author.user).and_then(|rest| rest.strip_prefix('@'));
    rest == Some(author.host) && last.account.as_ref() == author.account && *last.real_name == *author.real_name
}

impl Authors for Mutex<Sources> {
    fn author(&self, name: &UserName, id: u64) -> Option<Arc<PastAuthor>> {
        self.locked().author(name, id).cloned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(name: &str) -> UserName {
        UserName::new(name).unwrap()
    }

    /// Has somebody say the line of this id.
    fn note(sources: &mut Sources, of: &str, id: u64, (host, real_name): (&str, &str)) {
        let name = name(of);
        let person = Person {
            name: &name,
            user: "u",
            host,
            real_name,
            account: None,
            away: None,
            is_bot: false,
            is_invisible: false,
            is_secure: false,
            times: None,
        };
        sources.note(&person, id);
    }

    fn known(sources: &Sources, of: &str, id: u64) -> Option<(String, String)> {
        let author = sources.author(&name(of), id)?;
        Some((author.address.to_string(), author.real_name.to_string()))
    }

    fn so(address: &str, real_name: &str) -> Option<(String, String)> {
        Some((address.to_owned(), real_name.to_owned()))
    }

    #[test]
    fn a_line_has_what_its_author_was_then() {
        let mut sources = Sources::default();
        note(&mut sources, "al", 5, ("here", "Al"));
        note(&mut sources, "al", 6, ("here", "Al"));
        note(&mut sources, "al", 9, ("there", "Al"));
        note(&mut sources, "al", 11, ("there", "Alice"));
        assert_eq!(sources.known[&name("al")].len(), 3);
        assert_eq!(known(&sources, "al", 4), None);
        assert_eq!(known(&sources, "al", 5), so("u@here", "Al"));
        assert_eq!(known(&sources, "al", 8), so("u@here", "Al"));
        assert_eq!(known(&sources, "al", 9), so("u@there", "Al"));
        assert_eq!(known(&sources, "al", 12), so("u@there", "Alice"));
        assert_eq!(known(&sources, "bob", 9), None);
    }

    #[test]
    fn what_is_remembered_is_bounded() {
        let mut sources = Sources::default();
        for id in 0..=MOST_NAMES as u64 {
            note(&mut sources, &format!("u{id}"), id, ("h", "r"));
        }
        assert_eq!((sources.known.len(), sources.noted.len()), (MOST_NAMES, MOST_NAMES));
        assert_eq!(known(&sources, "u0", u64::MAX), None);
        assert_eq!(known(&sources, "u1", u64::MAX), so("u@h", "r"));
        for id in 0..100 {
            note(&mut sources, "u1", 10_000 + id, (&format!("h{id}"), "r"));
        }
        assert_eq!(sources.known[&name("u1")].len(), MOST_OF_ONE);
        assert_eq!(known(&sources, "u1", u64::MAX), so("u@h99", "r"));
    }
}
