//! Which lines of a place make a page, of those in memory. `sqlite/page` has the same rules for those on the disk.

use std::ops::Range;

use super::ring::Ring;
use crate::hub::{MissedPages, MissedQuestion, Page, PageQuestion, PageRange};
use crate::protocol::recall::{RecallSpan, SpanEnd};

/// Bytes of memory that the lines of one page take at most; a page has one line in any case.
pub(super) const LARGEST_PAGE: usize = 256 * 1024;

/// Bytes of memory past which no further lines are told at a login.
const LARGEST_MISSED: usize = 1024 * 1024;

/// The lines that were asked for. A page that would be too large ends early, at the far end of what was asked for.
pub(super) fn page(of: PageQuestion, ring: &Ring) -> Page {
    let end = ring.index_of(of.last.saturating_add(1));
    let chosen = match of.range {
        PageRange::Latest => newest(ring, end, of.most),
        PageRange::Before(number) => newest(ring, end.min(ring.index_of(number)), of.most),
        PageRange::After(number) => {
            let begin = ring.index_of(number.saturating_add(1)).min(end);
            begin..begin + fitting(ring, (begin..end).take(of.most))
        }
        PageRange::Of(span) => spanned(ring, end, span, of.most),
        PageRange::Missed(number) | PageRange::Unread(number) => {
            let missed = end.saturating_sub(ring.index_of(number.saturating_add(1)));
            newest(ring, end, of.most.min(missed))
        }
    };
    let mut lines = ring.lines(chosen);
    if let PageRange::Of(RecallSpan { with_events: false, .. }) = of.range {
        lines.retain(|line| line.what.said().is_some());
    }
    Page { of, lines, first: ring.first() }
}

/// Lines that hold the messages of a span.
fn spanned(ring: &Ring, end: usize, span: RecallSpan, most: usize) -> Range<usize> {
    let begin = span.after.map_or(0, |moment| ring.index_after(moment)).min(end);
    let end = span.before.map_or(end, |moment| ring.index_at(moment).min(end)).max(begin);
    let counts = |index: usize| span.with_events || ring.is_said(index);
    let latest = |end: usize, most: usize| end - holding(ring, (begin..end).rev(), most, counts);
    let earliest = |begin: usize, most: usize| begin + holding(ring, begin..end, most, counts);
    match span.end {
        SpanEnd::Latest => latest(end, most)..end,
        SpanEnd::Earliest => begin..earliest(begin, most),
        SpanEnd::Around(moment) => {
            let middle = ring.index_at(moment).clamp(begin, end);
            latest(middle, most / 2)..earliest(middle, most - most / 2)
        }
    }
}

/// How many of these lines hold as many that count and fit into a page.
fn holding(ring: &Ring, indexes: impl Iterator<Item = usize>, most: usize, counts: impl Fn(usize) -> bool) -> usize {
    let (mut weight, mut counted) = (0, 0);
    let held = indexes.take_while(|index| {
        if counted == most {
            return false;
        }
        if counts(*index) {
            weight += ring.weight(*index);
            if counted > 0 && weight > LARGEST_PAGE {
                return false;
            }
            counted += 1;
        }
        true
    });
    held.count()
}

/// What an account has missed, of which `page` gives one page. Past a size, it is told only which further lines there are.
pub(super) fn missed<E>(
    of: MissedQuestion,
    mut page: impl FnMut(PageQuestion) -> Result<Page, E>,
) -> Result<MissedPages, E> {
    let mut weight = 0;
    let mut pages = Vec::new();
    for mut question in of.pages {
        if weight > LARGEST_MISSED {
            question.most = 0;
        }
        let page = page(question)?;
        weight += page.lines.iter().map(|line| line.weight()).sum::<usize>();
        pages.push(page);
    }
    Ok(MissedPages { pages, rooms: of.rooms })
}

fn newest(ring: &Ring, end: usize, most: usize) -> Range<usize> {
    end - fitting(ring, (0..end).rev().take(most))..end
}

/// How many of these lines fit into a page.
fn fitting(ring: &Ring, indexes: impl Iterator<Item = usize>) -> usize {
    let mut weight = 0;
    let fit = indexes.enumerate().take_while(|(count, index)| {
        weight += ring.weight(*index);
        *count == 0 || weight <= LARGEST_PAGE
    });
    fit.count()
}
