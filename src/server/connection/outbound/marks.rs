//! Which bytes of a queue may be told: those that wait for no commit of the store.
//!
//! While one commit is made, the next is collected, and all before are done. So of the bytes that wait, those of commits
//! up to `last - 2` may always go, and two ends say where they and those of `last - 1` end, however many lines wait.

use crate::store::CommitId;

/// Where the bytes of the last commits end, in a queue whose first byte is at 0.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(in crate::server) struct Marks {
    /// The commit of the last bytes.
    last: CommitId,
    /// The ends of the bytes of commits up to `last - 2`, and of `last - 1`.
    ends: [usize; 2],
}

impl Marks {
    /// What is appended from `end` on waits for this commit, which is not before any that was named.
    #[inline]
    pub(in crate::server) fn append(&mut self, commit: CommitId, end: usize) {
        match commit.since(self.last) {
            0 => return,
            1 => self.ends = [self.ends[1], end],
            _ => self.ends = [end, end],
        }
        self.last = commit;
    }

    /// How many of the first `len` bytes may be told when all commits up to `durable` are made.
    pub(in crate::server) fn free(&self, durable: CommitId, len: usize) -> usize {
        match self.last.since(durable) {
            0 => len,
            1 => self.ends[1],
            _ => self.ends[0],
        }
    }

    /// Where bytes that wait for nothing can be put in front of those that may wait.
    pub(in crate::server) fn always_free(&self) -> usize {
        self.ends[0]
    }

    /// Notes that this many bytes were put in at [`Self::always_free`]; they wait for nothing.
    pub(in crate::server) fn insert(&mut self, bytes: usize) {
        self.ends = self.ends.map(|end| end + bytes);
    }

    /// Notes that this many bytes are gone from the front.
    pub(in crate::server) fn take(&mut self, bytes: usize) {
        self.ends = self.ends.map(|end| end.saturating_sub(bytes));
    }

    /// All that was there is gone, and the first `bytes` of what comes wait for nothing.
    pub(in crate::server) fn restart(&mut self, bytes: usize) {
        self.ends = [bytes, bytes];
    }

    /// The bytes that `later` marks now stand behind the first `end` bytes of this queue.
    pub(in crate::server) fn extend(&mut self, later: &Self, end: usize) {
        self.append(later.last, end);
        for (own, others) in self.ends.iter_mut().zip(later.ends) {
            // If some of the later bytes are that old, everything before them is as well.
            if others > 0 {
                *own = end + others;
            }
        }
    }
}
