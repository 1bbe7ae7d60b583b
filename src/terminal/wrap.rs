//! Where a text is broken into rows: between words, between ideographs, and in the middle of a word that is wider than
//! a row. Widths are those in which the screen is drawn.

use std::ops::Range;

use ratatui::buffer::CellWidth;
use unicode_segmentation::UnicodeSegmentation;

/// The columns that a text takes. It holds no control characters.
pub(super) fn width(text: &str) -> usize {
    text.graphemes(true).map(|grapheme| usize::from(grapheme.cell_width())).sum()
}

/// The rows of a text, as ranges of its bytes, each at most `columns` wide; a grapheme that is wider has its own. The
/// blank at which a row ends belongs to none. An empty text is one empty row.
pub(super) fn wrap(text: &str, columns: usize) -> Vec<Range<usize>> {
    let mut rows = Vec::new();
    let mut row = WrappedRow::default();
    let mut before_is_wide = false;
    for (at, grapheme) in text.grapheme_indices(true) {
        let wide = usize::from(grapheme.cell_width());
        if at > row.start && (wide == 2 || before_is_wide) && !clings(grapheme) {
            row.may_end = Some(at);
        }
        before_is_wide = wide == 2;
        if grapheme == " " && row.used + wide > columns && at > row.start {
            rows.push(row.start..at);
            row = WrappedRow { start: at + 1, ..WrappedRow::default() };
            continue;
        }
        while row.used + wide > columns && at > row.start {
            let end = row.may_end.filter(|end| *end > row.start).unwrap_or(at);
            rows.push(row.start..row.start + text[row.start..end].trim_end_matches(' ').len());
            row = WrappedRow { start: end, used: width(&text[end..at]), may_end: None };
        }
        row.used += wide;
        if grapheme == " " {
            row.may_end = Some(at + 1);
        }
    }
    if row.start < text.len() || rows.is_empty() {
        rows.push(row.start..text.len());
    }
    rows
}

#[derive(Default)]
struct WrappedRow {
    start: usize,
    used: usize,
    /// The last place where the next row could begin.
    may_end: Option<usize>,
}

/// What must not begin a row after an ideograph.
fn clings(grapheme: &str) -> bool {
    "，。！？、；：）」』】〉》”’…,.!?;:)]}".contains(grapheme)
}

/// The beginning of a text that fits into so many columns, with `…` at its end if something is missing.
pub(super) fn shortened(text: &str, columns: usize) -> String {
    if width(text) <= columns {
        return text.to_owned();
    }
    let mut used = 0;
    let fitting = text.graphemes(true).take_while(|grapheme| {
        used += usize::from(grapheme.cell_width());
        used < columns
    });
    let mut out: String = fitting.collect();
    if columns > 0 {
        out.push('…');
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(text: &str, columns: usize) -> Vec<&str> {
        wrap(text, columns).into_iter().map(|row| &text[row]).collect()
    }

    #[test]
    fn rows_end_between_words() {
        assert_eq!(rows("the quick brown fox", 9), ["the quick", "brown fox"]);
        assert_eq!(rows("the quick brown fox", 10), ["the quick", "brown fox"]);
        assert_eq!(rows("", 5), [""]);
    }

    #[test]
    fn a_word_wider_than_a_row_is_cut() {
        assert_eq!(rows("see http://example.org/a now", 8), ["see", "http://e", "xample.o", "rg/a now"]);
    }

    #[test]
    fn ideographs_may_end_a_row_anywhere_but_before_a_closing_mark() {
        assert_eq!(rows("你好，世界你好", 6), ["你好，", "世界你", "好"]);
        assert_eq!(rows("你好吗，世界", 6), ["你好", "吗，世", "界"]);
        assert_eq!(rows("ab你好", 3), ["ab", "你", "好"]);
    }

    #[test]
    fn a_cluster_is_never_cut() {
        assert_eq!(rows("👩\u{200d}👩\u{200d}👧e\u{301}e\u{301}x", 3), ["👩\u{200d}👩\u{200d}👧", "e\u{301}e\u{301}x"]);
        assert_eq!(rows("渊渊", 1), ["渊", "渊"]);
    }

    #[test]
    fn what_is_too_long_ends_in_dots() {
        assert_eq!(shortened("渊渊渊", 5), "渊渊…");
        assert_eq!(shortened("lobby", 5), "lobby");
        assert_eq!(shortened("lobby", 4), "lob…");
        assert_eq!(shortened("lobby", 0), "");
    }

    #[test]
    fn a_mark_that_follows_a_blank_is_not_lost() {
        assert_eq!(rows("a， \u{301}🦊， ", 3).concat(), "a， \u{301}🦊， ");
    }

    proptest::proptest! {
        #[test]
        fn nothing_but_blanks_is_lost_and_no_row_is_too_wide(text in "[a-c 渊日，e\u{301}🦊]{0,60}", columns in 2usize..12) {
            let found = rows(&text, columns);
            let bare = |text: &str| text.replace(' ', "");
            proptest::prop_assert_eq!(bare(&found.concat()), bare(&text));
            proptest::prop_assert!(found.iter().all(|row| width(row) <= columns), "{:?}", found);
        }
    }
}
