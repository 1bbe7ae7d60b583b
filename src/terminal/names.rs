//! A bounded collection of names: the members of a room, or the users that Tab completes.

use std::collections::BTreeMap;

use super::text::key;

/// Names that a collection keeps. When it is full, further names are left out.
const MAX_NAMES: usize = 10_000;

/// Bytes of names and keys that a collection keeps. When it is full, further names are left out.
const MAX_BYTES: usize = 512 * 1024;

/// Names in the order of their keys. Two spellings of the same name are one name.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Names {
    names: BTreeMap<String, String>,
    bytes: usize,
}

impl Names {
    /// Adds a name, or gives a known name its new spelling.
    pub(super) fn add(&mut self, name: &str) {
        self.remove(name);
        let key = key(name);
        let bytes = key.len() + name.len();
        if self.names.len() < MAX_NAMES && self.bytes + bytes <= MAX_BYTES {
            self.bytes += bytes;
            self.names.insert(key, name.to_owned());
        }
    }

    pub(super) fn remove(&mut self, name: &str) {
        let key = key(name);
        if let Some(name) = self.names.remove(&key) {
            self.bytes -= key.len() + name.len();
        }
    }

    pub(super) fn clear(&mut self) {
        *self = Self::default();
    }

    pub(super) fn contains(&self, name: &str) -> bool {
        self.names.contains_key(&key(name))
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &str> {
        self.names.values().map(String::as_str)
    }

    pub(super) fn len(&self) -> usize {
        self.names.len()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.names.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_without_end_are_not_kept() {
        let mut names = Names::default();
        (0..=MAX_NAMES).for_each(|i| names.add(&format!("user{i}")));
        assert_eq!(names.len(), MAX_NAMES);
        assert!(names.iter().all(|name| name != format!("user{MAX_NAMES}")));
        names.remove("USER7");
        names.add("late");
        assert!(names.iter().any(|name| name == "late"), "a name that left makes room");
    }

    #[test]
    fn long_names_are_bounded_by_their_bytes() {
        let mut names = Names::default();
        (0..100).for_each(|i| names.add(&format!("{i}{}", "x".repeat(60 * 1024))));
        assert!(names.iter().map(str::len).sum::<usize>() <= MAX_BYTES);
        assert!(names.len() >= 4);
    }

    #[test]
    fn another_spelling_is_the_same_name() {
        let mut names = Names::default();
        names.add("alice");
        names.add("Alice");
        assert_eq!(names.iter().collect::<Vec<_>>(), ["Alice"]);
    }
}
