//! What survives without a disk: the last lines of each place, as long as the server runs.

mod search;

use std::cmp::Reverse;
use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BinaryHeap};
use std::convert::Infallible;
use std::sync::{Arc, Mutex};

use super::page::{missed, page};
use super::ring::Ring;
use super::{CommitId, OnAnswer, OnCommit, Store};
use crate::hub::{Found, Line, LinesEffect, Page, PageQuestion, PlaceId, Question, Record, SearchedPlace};
use crate::lock::Locked;
use search::Searcher;

/// How much is kept.
#[derive(Debug, Clone, Copy)]
pub struct Bounds {
    /// Lines of one place.
    pub lines: usize,
    /// Bytes of all lines together.
    pub bytes: usize,
}

impl Default for Bounds {
    fn default() -> Self {
        Self { lines: 1000, bytes: 64 * 1024 * 1024 }
    }
}

/// Rings of lines. Past its bounds it drops the oldest line of the place, or of all places.
#[derive(Debug, Default)]
pub struct Memory {
    bounds: Bounds,
    kept: Arc<Mutex<Kept>>,
    searcher: Searcher,
}

#[derive(Debug, Default)]
struct Kept {
    rings: BTreeMap<PlaceId, Ring>,
    /// The places, that of the oldest line first. The id of a place's first line is the one that it had when the place was
    /// last looked at: it is looked at only when something has to be dropped.
    oldest: BinaryHeap<Reverse<(u64, PlaceId)>>,
    bytes: usize,
}

impl Memory {
    /// An empty one that keeps so much.
    #[must_use]
    pub fn new(bounds: Bounds) -> Self {
        Self { bounds, ..Self::default() }
    }
}

impl Store for Memory {
    fn keep(&self, record: Record) -> CommitId {
        match record.effect_on_lines() {
            LinesEffect::Added(line) => self.kept.locked().add(Arc::clone(line), self.bounds),
            LinesEffect::Gone(place) => self.kept.locked().forget(place),
            LinesEffect::Begun(..) | LinesEffect::None => {}
        }
        CommitId::default()
    }

    fn seal(&self) {}

    fn durable(&self) -> CommitId {
        CommitId::MAX
    }

    /// What is taken is kept at once: nobody ever waits for this call.
    fn on_commit(&self, _call: OnCommit) {}

    fn first(&self, place: PlaceId) -> Option<u64> {
        self.kept.locked().rings.get(&place).and_then(Ring::first)
    }

    fn ask(&self, question: Question, _after: CommitId, answer: OnAnswer) {
        match question {
            Question::Page(of) => {
                let page = self.kept.locked().page(of);
                answer(Found::Page(page));
            }
            Question::Extent(of) => {
                let first = self.first(of.place);
                answer(Found::Extent(of, first));
            }
            Question::Missed(of) => {
                let kept = self.kept.locked();
                let missed = missed(of, |of| Ok::<_, Infallible>(kept.page(of)));
                drop(kept);
                match missed {
                    Ok(missed) => answer(Found::Missed(missed)),
                    Err(never) => match never {},
                }
            }
            Question::Search(of) => {
                let kept = Arc::clone(&self.kept);
                // Copied one place at a time and unpacked without the lock, so that what is said meanwhile need not wait.
                let lines_of = move |place: &SearchedPlace| {
                    let ring = kept.locked().rings.get(&place.id).cloned();
                    ring.map_or_else(Vec::new, |ring| ring.lines(0..ring.index_of(place.last.saturating_add(1))))
                };
                self.searcher.find(of, Box::new(lines_of), answer);
            }
        }
    }
}

impl Kept {
    fn add(&mut self, line: Arc<Line>, bounds: Bounds) {
        let (place, id) = (line.place, line.mark.id);
        self.bytes += line.weight();
        let ring = match self.rings.entry(place) {
            Entry::Occupied(known) => known.into_mut(),
            Entry::Vacant(new) => {
                self.oldest.push(Reverse((id, place)));
                new.insert(Ring::new(place))
            }
        };
        ring.push(line);
        if ring.len() > bounds.lines {
            self.bytes -= ring.drop_oldest().unwrap_or_default();
        }
        while self.bytes > bounds.bytes
            && let Some(Reverse((id, place))) = self.oldest.pop()
        {
            self.drop_oldest_of(place, id);
        }
    }

    /// Drops the first line of a place if it is the one of this id; and notes which is the first now.
    fn drop_oldest_of(&mut self, place: PlaceId, id: u64) {
        let Some(ring) = self.rings.get_mut(&place) else { return };
        if ring.first_id() == Some(id) {
            self.bytes -= ring.drop_oldest().unwrap_or_default();
        }
        match ring.first_id() {
            Some(first) => self.oldest.push(Reverse((first, place))),
            None => drop(self.rings.remove(&place)),
        }
    }

    fn forget(&mut self, place: PlaceId) {
        if let Some(ring) = self.rings.remove(&place) {
            self.bytes -= ring.total_weight();
        }
        // Places come and go without anything ever being dropped.
        if self.oldest.len() > 2 * self.rings.len() + 1000 {
            let rings = &self.rings;
            self.oldest.retain(|Reverse((_, place))| rings.contains_key(place));
        }
    }

    fn page(&self, of: PageQuestion) -> Page {
        match self.rings.get(&of.place) {
            Some(ring) => page(of, ring),
            None => Page { of, lines: Vec::new(), first: None },
        }
    }
}

#[cfg(test)]
mod tests;
