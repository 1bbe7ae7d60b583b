//! Which content is there and by how many it is needed.

use std::collections::HashMap;

use crate::protocol::file::ContentHash;

/// Content by its hash. What nobody needs any more is noted, to be removed.
#[derive(Debug, Default)]
pub(super) struct Contents {
    needed: HashMap<ContentHash, Need>,
    unused: Vec<ContentHash>,
    bytes: u64,
}

#[derive(Debug)]
struct Need {
    size: u64,
    by: usize,
}

impl Contents {
    /// Bytes of all content, each counted once.
    pub(super) fn bytes(&self) -> u64 {
        self.bytes
    }

    /// Whether nothing is needed and nothing is to be removed.
    pub(super) fn is_empty(&self) -> bool {
        self.needed.is_empty() && self.unused.is_empty()
    }

    pub(super) fn has(&self, hash: &ContentHash) -> bool {
        self.needed.contains_key(hash)
    }

    /// One more needs it.
    pub(super) fn add(&mut self, hash: ContentHash, size: u64) {
        let need = self.needed.entry(hash).or_insert_with(|| {
            self.bytes += size;
            Need { size, by: 0 }
        });
        need.by += 1;
    }

    /// One fewer needs it.
    pub(super) fn release(&mut self, hash: ContentHash) {
        let Some(need) = self.needed.get_mut(&hash) else { return };
        need.by -= 1;
        if need.by == 0 {
            self.bytes -= need.size;
            self.needed.remove(&hash);
            self.unused.push(hash);
        }
    }

    /// What nobody needs since the last call.
    pub(super) fn take_unused(&mut self) -> Vec<ContentHash> {
        std::mem::take(&mut self.unused)
    }
}
