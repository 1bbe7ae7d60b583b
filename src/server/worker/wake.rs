//! Calling the workers after something was appended: a value that cannot be forgotten.

use crate::server::worker::ready_list::ReadyList;

/// Calls each worker that has something to write, when it is dropped. It is made after the hub's lock was released, so
/// no worker wakes up to a lock that is still held.
#[derive(Debug)]
#[must_use = "dropping it calls the workers; held longer, it lets several calls of the broker call them once"]
pub(in crate::server) struct Wake<'a> {
    lists: &'a [ReadyList],
    due: bool,
}

impl<'a> Wake<'a> {
    /// Calls nobody unless it [takes over](Self::take_over) from one that does.
    pub(in crate::server) fn nobody() -> Self {
        Self { lists: &[], due: false }
    }

    /// Calls the workers of these lists.
    pub(in crate::server) fn workers(lists: &'a [ReadyList]) -> Self {
        Self { lists, due: true }
    }

    /// Calls whom `other`, a wake of the same broker, would have called: once for both.
    pub(in crate::server) fn take_over(&mut self, mut other: Self) {
        self.lists = other.lists;
        self.due |= std::mem::take(&mut other.due);
    }
}

impl Drop for Wake<'_> {
    fn drop(&mut self) {
        if self.due {
            self.lists.iter().for_each(ReadyList::call_worker);
        }
    }
}
