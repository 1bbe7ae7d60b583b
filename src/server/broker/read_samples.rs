//! What accounts will have read once enough has been written to them. Knows no connection.

use std::collections::BTreeMap;

use crate::hub::{PlaceId, SessionId};

/// Numbers of lines that are remembered of all sessions together. Past it, no session is looked at anew.
const MOST_NUMBERS: usize = 100_000;

/// What accounts will have read once enough has been written to them.
#[derive(Debug, Default)]
pub(super) struct ReadSamples {
    /// By the slot of the session.
    samples: BTreeMap<usize, ReadSample>,
    /// Numbers in all samples.
    numbers: usize,
    /// The slot that is looked at next.
    pub(super) next: usize,
}

/// How far a session had heard at one moment.
#[derive(Debug)]
pub(super) struct ReadSample {
    pub(super) session: SessionId,
    /// Bytes that had been appended to its queue.
    pub(super) appended: u64,
    /// The last lines of the places that its user had not read to the end.
    pub(super) last: Vec<(PlaceId, u64)>,
}

impl ReadSamples {
    pub(super) fn take(&mut self, slot: usize) -> Option<ReadSample> {
        let sample = self.samples.remove(&slot)?;
        self.numbers -= sample.last.len();
        Some(sample)
    }

    pub(super) fn add(&mut self, slot: usize, sample: ReadSample) {
        if !sample.last.is_empty() && self.numbers + sample.last.len() <= MOST_NUMBERS {
            self.numbers += sample.last.len();
            self.samples.insert(slot, sample);
        }
    }
}
