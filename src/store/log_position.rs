//! How far the log of a cluster was carried out, and what is kept of that. What stands in the log is not known here.

/// An entry of a log, by what the entry after it calls it: `ID/NODE.NUMBER`, with the id that the engine gave it. Empty
/// before the first one.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct LogPosition(Box<str>);

/// How far a store has come in a log.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct KeptLog {
    /// The last entry whose records are kept. Those of all entries before it are kept as well, and those of none after it.
    pub position: LogPosition,
    /// What was known at an entry that is not after it.
    pub state: Option<KeptState>,
}

/// What a server knew at one entry of a log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeptState {
    /// The entry.
    pub position: LogPosition,
    /// What it knew, as only the server reads it.
    pub bytes: Vec<u8>,
}

impl LogPosition {
    /// The entry that is called so.
    #[must_use]
    pub fn named(name: &str) -> Self {
        Self(name.into())
    }

    /// What it is called.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.0
    }

    /// The id that the engine gave it; lower than all others before the first entry.
    #[must_use]
    pub fn id(&self) -> &str {
        match self.0.split_once('/') {
            Some((id, _)) => id,
            None => "0-0",
        }
    }

    /// Its place in the order of all entries: milliseconds since the Unix epoch, and a count within the millisecond.
    #[must_use]
    pub fn order(&self) -> (u64, u64) {
        let (millis, count) = self.id().split_once('-').unwrap_or_default();
        (millis.parse().unwrap_or_default(), count.parse().unwrap_or_default())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_entry_has_a_place_in_the_order_of_all() {
        let [first, second, third] =
            ["", "1795651741492-0/00000000000000ab.7", "1795651741492-10/0.1"].map(LogPosition::named);
        assert_eq!((first.id(), second.id()), ("0-0", "1795651741492-0"));
        assert!(first.order() < second.order() && second.order() < third.order());
        assert_eq!(LogPosition::named("nonsense/1").order(), (0, 0));
    }
}
