//! Which lines of a place make a page.

use std::sync::Arc;

use super::ring::Ring;
use crate::hub::{Line, Page, PageQuestion, PageRange};

/// Bytes of memory that the lines of one page take at most; a page has one line in any case.
pub(super) const LARGEST_PAGE: usize = 256 * 1024;

/// The lines that were asked for. A page that would be too large ends early, at the far end of what was asked for.
pub(super) fn page(of: PageQuestion, ring: &Ring) -> Page {
    let end = ring.index_of(of.last.saturating_add(1));
    let lines = match of.range {
        PageRange::Latest => newest(ring, end, of.most),
        PageRange::Before(number) => newest(ring, end.min(ring.index_of(number)), of.most),
        PageRange::After(number) => {
            let begin = ring.index_of(number.saturating_add(1)).min(end);
            fitting(ring.iter().take(end).skip(begin).take(of.most))
        }
        PageRange::Missed(number) => {
            let missed = end.saturating_sub(ring.index_of(number.saturating_add(1)));
            newest(ring, end, of.most.min(missed))
        }
    };
    Page { of, lines, first: ring.first() }
}

fn newest(ring: &Ring, end: usize, most: usize) -> Vec<Arc<Line>> {
    let mut lines = fitting(ring.iter().rev().skip(ring.len() - end).take(most));
    lines.reverse();
    lines
}

fn fitting<'a>(lines: impl Iterator<Item = &'a Arc<Line>>) -> Vec<Arc<Line>> {
    let mut weight = 0;
    let fit = lines.enumerate().take_while(|(index, line)| {
        weight += line.weight();
        *index == 0 || weight <= LARGEST_PAGE
    });
    fit.map(|(_, line)| Arc::clone(line)).collect()
}
