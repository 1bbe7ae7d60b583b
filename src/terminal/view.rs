//! The rows of a window: the lines that fit on the screen, broken into rows, with the days and the marker between them.
//!
//! A position in a window is a line and one of its rows. So it stays where it is when lines come, and when the screen
//! changes its size.

use std::ops::Range;

use chrono::NaiveDate;

use super::window::{Anchor, LineKind, Window, WindowLine};
use super::wrap::wrap;

/// The columns of the time and the blank after it.
const TIME_COLUMNS: usize = 6;

/// In fewer columns, times are not shown.
const COLUMNS_FOR_TIME: usize = 30;

/// The size of the part of the screen in which a window is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Size {
    pub(super) columns: usize,
    pub(super) rows: usize,
}

/// One row of a window.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Row {
    /// Another day begins.
    Day(NaiveDate),
    /// The lines below are new.
    Marker,
    /// A piece of a line.
    Text {
        /// The index of the line in the window.
        index: usize,
        /// The bytes of its content.
        piece: Range<usize>,
        /// Whether this is the first piece, which has the time before it.
        first: bool,
    },
}

/// The columns before each row of text.
pub(super) fn indent(columns: usize) -> usize {
    if columns < COLUMNS_FOR_TIME { 0 } else { TIME_COLUMNS }
}

/// The text that a line shows, without its time.
pub(super) fn content(line: &WindowLine) -> String {
    let text = &line.text;
    match &line.kind {
        LineKind::Said { from, .. } => format!("{from}: {text}"),
        LineKind::Unconfirmed { from } => format!("{from}: {text} …"),
        LineKind::Notice => format!("· {text}"),
        LineKind::Typed => format!("> {text}"),
        LineKind::Local => format!("* {text}"),
        LineKind::Answer | LineKind::Refusal => text.clone(),
    }
}

/// The rows of the line at this index.
fn rows(window: &Window, index: usize, columns: usize) -> Vec<Row> {
    let line = &window.lines()[index];
    let mut rows = Vec::new();
    let before = index.checked_sub(1).map(|before| &window.lines()[before]);
    if before.is_some_and(|before| before.at.date() != line.at.date()) {
        rows.push(Row::Day(line.at.date()));
    }
    if window.marker == Some(line.id) && before.is_some() {
        rows.push(Row::Marker);
    }
    let pieces = wrap(&content(line), columns.saturating_sub(indent(columns)).max(1));
    rows.extend(pieces.into_iter().enumerate().map(|(i, piece)| Row::Text { index, piece, first: i == 0 }));
    rows
}

/// The rows on the screen. The last of them is at the scroll position.
pub(super) fn visible(window: &Window, Size { columns, rows: height }: Size) -> Vec<Row> {
    let Some(mut index) = end(window) else { return Vec::new() };
    let mut last = rows(window, index, columns);
    if let Some(anchor) = window.scrolled {
        index = window.index_of(anchor.line);
        last = rows(window, index, columns);
        last.truncate(anchor.row + 1);
    }
    let mut blocks = vec![last];
    let mut count = blocks[0].len();
    while count < height && index > 0 {
        index -= 1;
        let block = rows(window, index, columns);
        count += block.len();
        blocks.push(block);
    }
    let mut all: Vec<Row> = blocks.into_iter().rev().flatten().collect();
    all.drain(..all.len().saturating_sub(height));
    all
}

/// The number of lines below the screen.
pub(super) fn lines_below(window: &Window) -> usize {
    window.scrolled.map_or(0, |anchor| window.lines().len() - 1 - window.index_of(anchor.line))
}

/// The scroll position `by` rows further up. `None`: everything fits on the screen.
pub(super) fn up(window: &Window, by: usize, Size { columns, rows: height }: Size) -> Option<Anchor> {
    let mut position = RowPosition::shown(window, columns)?;
    let top = RowPosition::of_row(window, height.saturating_sub(1), columns)?;
    for _ in 0..by {
        if position <= top {
            break;
        }
        position.up(window, columns);
    }
    Some(position.anchor(window)).filter(|_| position != RowPosition::at_end(window, columns))
}

/// The scroll position `by` rows further down. `None`: at the end.
pub(super) fn down(window: &Window, by: usize, Size { columns, .. }: Size) -> Option<Anchor> {
    let mut position = RowPosition::shown(window, columns)?;
    let end = RowPosition::at_end(window, columns);
    for _ in 0..by {
        if position == end {
            break;
        }
        position.down(window, columns);
    }
    Some(position.anchor(window)).filter(|_| position != end)
}

/// The scroll position that brings the line with this number into the middle of the screen. `None`: at the end.
pub(super) fn around(window: &Window, id: u64, Size { columns, rows: height }: Size) -> Option<Anchor> {
    let end = RowPosition::at_end(window, columns);
    let mut position = RowPosition { index: window.index_of(id), row: 0 };
    for _ in 0..height / 2 {
        position.down(window, columns);
    }
    let position = position.max(RowPosition::of_row(window, height.saturating_sub(1), columns)?);
    Some(position.anchor(window)).filter(|_| position != end)
}

/// The scroll position that has the line at this index in the first row. `None`: everything from there on fits.
pub(super) fn from_line(window: &Window, index: usize, Size { columns, rows: height }: Size) -> Option<Anchor> {
    end(window)?;
    let end = RowPosition::at_end(window, columns);
    let mut position = RowPosition { index, row: 0 };
    for _ in 1..height.max(1) {
        if position == end {
            break;
        }
        position.down(window, columns);
    }
    Some(position.anchor(window)).filter(|_| position != end)
}

/// Whether the oldest row of the window is on the screen.
pub(super) fn is_at_top(window: &Window, Size { columns, rows: height }: Size) -> bool {
    let top = RowPosition::of_row(window, height.saturating_sub(1), columns);
    RowPosition::shown(window, columns).is_none_or(|shown| top.is_none_or(|top| shown <= top))
}

fn end(window: &Window) -> Option<usize> {
    window.lines().len().checked_sub(1)
}

/// A row of a line of a window. An older row is less than a newer one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct RowPosition {
    index: usize,
    row: usize,
}

impl RowPosition {
    fn at_end(window: &Window, columns: usize) -> Self {
        let index = end(window).unwrap_or(0);
        Self { index, row: last_row(window, index, columns) }
    }

    /// `None` in an empty window.
    fn shown(window: &Window, columns: usize) -> Option<Self> {
        end(window)?;
        Some(window.scrolled.map_or_else(
            || Self::at_end(window, columns),
            |anchor| {
                let index = window.index_of(anchor.line);
                Self { index, row: anchor.row.min(last_row(window, index, columns)) }
            },
        ))
    }

    /// The row with this number, counted from the oldest line's first; the last one if there are fewer.
    fn of_row(window: &Window, number: usize, columns: usize) -> Option<Self> {
        let mut left = number;
        for index in 0..window.lines().len() {
            let count = rows(window, index, columns).len();
            if left < count {
                return Some(Self { index, row: left });
            }
            left -= count;
        }
        end(window).map(|_| Self::at_end(window, columns))
    }

    fn up(&mut self, window: &Window, columns: usize) {
        if self.row > 0 {
            self.row -= 1;
        } else if self.index > 0 {
            self.index -= 1;
            self.row = last_row(window, self.index, columns);
        }
    }

    fn down(&mut self, window: &Window, columns: usize) {
        if self.row < last_row(window, self.index, columns) {
            self.row += 1;
        } else if self.index + 1 < window.lines().len() {
            self.index += 1;
            self.row = 0;
        }
    }

    fn anchor(self, window: &Window) -> Anchor {
        Anchor { line: window.lines()[self.index].id, row: self.row }
    }
}

fn last_row(window: &Window, index: usize, columns: usize) -> usize {
    rows(window, index, columns).len() - 1
}

#[cfg(test)]
mod tests {
    use super::super::window::Place;
    use super::*;

    const SIZE: Size = Size { columns: 3, rows: 3 };

    /// A window of lines that are named by what they say.
    fn window(lines: &[&str]) -> Window {
        let mut window = Window::new(Place::Server, 1);
        lines
            .iter()
            .for_each(|line| window.push(chrono::NaiveDateTime::default(), LineKind::Answer, (*line).to_owned()));
        window
    }

    fn seen(window: &Window, columns: usize, height: usize) -> Vec<String> {
        let rows = visible(window, Size { columns, rows: height }).into_iter();
        rows.map(|row| match row {
            Row::Text { index, piece, .. } => window.lines()[index].text[piece].to_owned(),
            Row::Day(day) => day.to_string(),
            Row::Marker => "new".to_owned(),
        })
        .collect()
    }

    #[test]
    fn one_goes_up_to_the_top_and_down_to_the_end() {
        let mut window = window(&["a", "b", "ccc ddd", "e"]);
        assert_eq!(seen(&window, 3, 3), ["ccc", "ddd", "e"]);
        window.scrolled = up(&window, 1, SIZE);
        assert_eq!(seen(&window, 3, 3), ["b", "ccc", "ddd"]);
        window.scrolled = up(&window, 9, SIZE);
        assert_eq!(seen(&window, 3, 3), ["a", "b", "ccc"]);
        window.push(chrono::NaiveDateTime::default(), LineKind::Answer, "f".to_owned());
        assert_eq!(seen(&window, 3, 3), ["a", "b", "ccc"], "what comes does not move it");
        assert_eq!(lines_below(&window), 2);
        window.scrolled = down(&window, 9, SIZE);
        assert_eq!(window.scrolled, None);
        assert_eq!(seen(&window, 3, 3), ["ddd", "e", "f"]);
    }

    #[test]
    fn what_fits_is_not_scrolled() {
        let window = window(&["a", "b"]);
        assert_eq!(up(&window, 5, SIZE), None);
    }

    #[test]
    fn a_line_is_brought_into_the_middle() {
        let lines: Vec<String> = (0..20).map(|i| i.to_string()).collect();
        let mut window = window(&lines.iter().map(String::as_str).collect::<Vec<_>>());
        let id = |index: usize| window.lines()[index].id;
        let [first, tenth, last] = [id(0), id(10), id(19)];
        window.scrolled = around(&window, tenth, Size { columns: 3, rows: 5 });
        assert_eq!(seen(&window, 3, 5), ["8", "9", "10", "11", "12"]);
        window.scrolled = around(&window, first, Size { columns: 3, rows: 5 });
        assert_eq!(seen(&window, 3, 5), ["0", "1", "2", "3", "4"]);
        assert_eq!(around(&window, last, Size { columns: 3, rows: 5 }), None);
    }

    #[test]
    fn the_marker_stands_before_what_is_new() {
        let mut window = window(&["a", "b"]);
        window.leave();
        assert_eq!(seen(&window, 3, 9), ["a", "b"]);
        window.push(chrono::NaiveDateTime::default(), LineKind::Answer, "c".to_owned());
        assert_eq!(seen(&window, 3, 9), ["a", "b", "new", "c"]);
    }
}
