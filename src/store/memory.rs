//! What survives without a disk: the last lines of each place, as long as the server runs.

mod search;

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex};

use super::page::page;
use super::ring::Ring;
use super::{CommitId, OnAnswer, OnCommit, Store};
use crate::hub::{Found, Line, Page, PageQuestion, PlaceId, Question, Record, SearchedPlace};
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
    /// Every line in the order in which it was said, and some that a ring has dropped since.
    order: VecDeque<(PlaceId, u64)>,
    lines: usize,
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
        match record {
            Record::Line(line) => self.kept.locked().add(line, self.bounds),
            Record::Place { .. } => {}
            Record::PlaceGone(place) => self.kept.locked().forget(place),
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
            Question::Search(of) => {
                let kept = Arc::clone(&self.kept);
                // Locked for one place at a time, so that what is said meanwhile need not wait.
                let lines_of = move |place: &SearchedPlace| kept.locked().lines_of(place);
                self.searcher.find(of, Box::new(lines_of), answer);
            }
        }
    }
}

impl Kept {
    fn add(&mut self, line: Arc<Line>, bounds: Bounds) {
        let place = line.place;
        self.order.push_back((place, line.number));
        self.lines += 1;
        self.bytes += line.weight();
        let ring = self.rings.entry(place).or_default();
        ring.push(line);
        if ring.len() > bounds.lines {
            self.drop_oldest_of(place);
        }
        while self.bytes > bounds.bytes
            && let Some((place, number)) = self.order.pop_front()
        {
            if self.rings.get(&place).and_then(Ring::first) == Some(number) {
                self.drop_oldest_of(place);
            }
        }
        self.sweep_order();
    }

    fn drop_oldest_of(&mut self, place: PlaceId) {
        let Some(ring) = self.rings.get_mut(&place) else { return };
        if let Some(line) = ring.drop_oldest() {
            self.lines -= 1;
            self.bytes -= line.weight();
        }
        if ring.first().is_none() {
            self.rings.remove(&place);
        }
    }

    fn forget(&mut self, place: PlaceId) {
        if let Some(ring) = self.rings.remove(&place) {
            self.lines -= ring.len();
            self.bytes -= ring.iter().map(|line| line.weight()).sum::<usize>();
        }
    }

    /// Lines that their rings have dropped are swept out when most are such, so that each costs little and few stay.
    fn sweep_order(&mut self) {
        if self.order.len() > 2 * self.lines + 1000 {
            let rings = &self.rings;
            let is_kept = |place: &PlaceId, number: u64| {
                rings.get(place).and_then(Ring::first).is_some_and(|first| first <= number)
            };
            self.order.retain(|(place, number)| is_kept(place, *number));
        }
    }

    fn lines_of(&self, place: &SearchedPlace) -> Vec<Arc<Line>> {
        let lines = self.rings.get(&place.id).into_iter().flat_map(Ring::iter);
        lines.take_while(|line| line.number <= place.last).cloned().collect()
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
