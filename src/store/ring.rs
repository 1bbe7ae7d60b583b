//! The last lines of one place.

use std::collections::VecDeque;
use std::sync::Arc;

use crate::hub::Line;

/// Lines in the order of their numbers, oldest first.
#[derive(Debug, Default)]
pub(super) struct Ring {
    lines: VecDeque<Arc<Line>>,
}

impl Ring {
    pub(super) fn push(&mut self, line: Arc<Line>) {
        self.lines.push_back(line);
    }

    pub(super) fn len(&self) -> usize {
        self.lines.len()
    }

    /// The number of the oldest line.
    pub(super) fn first(&self) -> Option<u64> {
        self.lines.front().map(|line| line.number)
    }

    pub(super) fn drop_oldest(&mut self) -> Option<Arc<Line>> {
        self.lines.pop_front()
    }

    /// All lines, oldest first.
    pub(super) fn iter(&self) -> impl DoubleEndedIterator<Item = &Arc<Line>> {
        self.lines.iter()
    }

    /// The index of the first line whose number is at least this.
    pub(super) fn index_of(&self, number: u64) -> usize {
        self.lines.partition_point(|line| line.number < number)
    }
}
