//! Text as a terminal may show it: which characters are dangerous to show, and how they are spelled out.
//!
//! There are three circles of characters, each inside the next. [`is_control`]: no line of the protocol may hold one.
//! Those that *act* on a terminal: [`printable`] spells them out, for text that people read as it was written. Those that
//! cannot be *seen*: [`visible`] and [`Shown`] spell them out, for quotations, whose every byte has a column.

use std::borrow::Cow;
use std::ops::Range;

use unicode_segmentation::UnicodeSegmentation;
use unicode_width::UnicodeWidthStr;

/// What a tab of a source line is shown as.
const TAB: &str = "    ";

/// `text` with control and invisible characters spelled out, such as `\t` and `\u{200b}`.
#[must_use]
pub fn visible(text: &str) -> String {
    Shown::quoted(text).text
}

/// `text` with the characters that act on a terminal spelled out, such as `\u{1b}`. A tab stays.
#[must_use]
pub fn printable(text: &str) -> Cow<'_, str> {
    if !text.chars().any(acts) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + 16);
    for character in text.chars() {
        if acts(character) {
            out.extend(character.escape_unicode());
        } else {
            out.push(character);
        }
    }
    Cow::Owned(out)
}

/// Whether this is a control character (general category Cc) other than tab.
#[must_use]
pub fn is_control(character: char) -> bool {
    character.is_control() && character != '\t'
}

/// At most 64 characters of what somebody typed, then `...`: enough to recognize it in an answer. What controls and what
/// cannot be seen is spelled out, such as `\u{7f}` and `\u{200b}`; a tab stays.
#[must_use]
pub fn shortened(text: &str) -> String {
    let (start, rest) = match text.char_indices().nth(64) {
        Some((end, _)) => (&text[..end], "..."),
        None => (text, ""),
    };
    Shown::new(start, "\t", usize::MAX, &[]).text + rest
}

/// How many columns are shown of a line; more would bury what matters.
const LONGEST: usize = 400;
/// What stands for the rest.
const LEFT_OUT: &str = "...";

/// What stands for what is not for everybody.
const HIDDEN: &str = "***";

/// A text as it is shown, and the columns in which its bytes are.
pub struct Shown {
    /// What to print.
    pub text: String,
    /// Of each grapheme of the original its first byte and its column; last comes the end of both.
    columns: Vec<(usize, usize)>,
}

impl Shown {
    /// As a quotation: a tab is spelled out too.
    #[must_use]
    pub fn quoted(text: &str) -> Self {
        Self::new(text, "\\t", usize::MAX, &[])
    }

    /// As a quotation, the end left out where it is very long.
    #[must_use]
    pub fn excerpt(text: &str) -> Self {
        Self::new(text, "\\t", LONGEST, &[])
    }

    /// As a line of source: a tab is as wide as four blanks. The end is left out where it is very long.
    #[must_use]
    pub fn source(text: &str) -> Self {
        Self::new(text, TAB, LONGEST, &[])
    }

    /// As a line of source, of which these ranges of bytes are not for everybody: `***` stands for each.
    #[must_use]
    pub fn source_hiding(text: &str, hidden: &[Range<usize>]) -> Self {
        Self::new(text, TAB, LONGEST, hidden)
    }

    fn new(original: &str, tab: &str, longest: usize, hidden: &[Range<usize>]) -> Self {
        let mut text = String::with_capacity(original.len());
        let mut columns = Vec::new();
        let mut column = 0;
        for (offset, grapheme) in original.grapheme_indices(true) {
            if column >= longest {
                text.push_str(LEFT_OUT);
                column += LEFT_OUT.len();
                break;
            }
            let secret = hidden.iter().find(|range| range.contains(&offset));
            if secret.is_some_and(|range| range.start < offset) {
                continue;
            }
            columns.push((offset, column));
            let before = text.len();
            if secret.is_some() {
                text.push_str(HIDDEN);
                column += HIDDEN.len();
                continue;
            }
            push_visible(&mut text, grapheme, tab);
            column += text[before..].width();
        }
        columns.push((original.len(), column));
        Self { text, columns }
    }

    /// How many columns it takes.
    pub fn width(&self) -> usize {
        self.columns.last().map_or(0, |&(_, column)| column)
    }

    /// The column in which the character at `offset` begins.
    pub fn column_from(&self, offset: usize) -> usize {
        let after = self.columns.partition_point(|&(start, _)| start <= offset);
        self.columns[after.saturating_sub(1)].1
    }

    /// The column after the character that ends at `offset`.
    pub fn column_to(&self, offset: usize) -> usize {
        let at = self.columns.partition_point(|&(start, _)| start < offset);
        self.columns.get(at).map_or(self.width(), |&(_, column)| column)
    }
}

fn push_visible(out: &mut String, grapheme: &str, tab: &str) {
    if grapheme.bytes().all(|byte| (b' '..=b'~').contains(&byte)) {
        out.push_str(grapheme);
    } else if grapheme == "\t" {
        out.push_str(tab);
    } else if grapheme.width() == 0 {
        grapheme.chars().for_each(|character| push_escaped(out, character));
    } else {
        push_cluster(out, grapheme);
    }
}

/// A grapheme that shows: only what joins an emoji, and the accents of a letter, are invisible by right.
fn push_cluster(out: &mut String, grapheme: &str) {
    let is_emoji = grapheme.width() == 2 && grapheme.chars().next().is_some_and(|first| first > '\u{2000}');
    for character in grapheme.chars() {
        let joins = matches!(character, '\u{200d}' | '\u{fe0e}' | '\u{fe0f}' | '\u{e0020}'..='\u{e007f}');
        if is_invisible(character) && !(joins && is_emoji && !grapheme.ends_with('\u{200d}')) {
            push_escaped(out, character);
        } else {
            out.push(character);
        }
    }
}

fn push_escaped(out: &mut String, character: char) {
    match character {
        '\t' => out.push_str("\\t"),
        '\n' => out.push_str("\\n"),
        '\r' => out.push_str("\\r"),
        other => out.extend(other.escape_unicode()),
    }
}

/// Control characters, line and paragraph separators, and the embeddings, overrides and isolates of bidirectional text.
fn acts(character: char) -> bool {
    let directs =
        matches!(character, '\u{2028}' | '\u{2029}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{e0001}');
    is_control(character) || directs
}

/// What acts on a terminal, default-ignorable characters, and blanks that look like an ordinary one.
fn is_invisible(character: char) -> bool {
    let looks_blank = character.is_whitespace() && character != ' ';
    let ignorable = matches!(character,
        '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}'
        | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
        | '\u{2800}' | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{ffa0}' | '\u{fff0}'..='\u{fffb}'
        | '\u{1bca0}'..='\u{1bca3}' | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e0fff}');
    acts(character) || looks_blank || ignorable
}

/// The longest start of `text` with at most `bytes` bytes that ends between two characters.
#[must_use]
pub fn start_of(text: &str, bytes: usize) -> &str {
    let end = (0..=bytes.min(text.len())).rev().find(|end| text.is_char_boundary(*end)).unwrap_or(0);
    &text[..end]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ordinary_text_of_any_script_stays_as_it_is() {
        for text in
            ["hi there", "日本語", "e\u{301}tude", "नमस्ते", "👩\u{200d}👩\u{200d}👧", "❤\u{fe0f}", "🏳\u{fe0f}\u{200d}🌈"]
        {
            assert_eq!(visible(text), text);
        }
    }

    #[test]
    fn what_controls_the_terminal_is_spelled_out() {
        assert_eq!(visible("\u{1b}[31mred\u{7}\t\r\n"), "\\u{1b}[31mred\\u{7}\\t\\r\\n");
        assert_eq!(visible("\u{9b}2J"), "\\u{9b}2J");
    }

    #[test]
    fn what_cannot_be_seen_is_spelled_out() {
        assert_eq!(visible("a\u{200b}b\u{a0}c\u{202e}d\u{3164}"), "a\\u{200b}b\\u{a0}c\\u{202e}d\\u{3164}");
        assert_eq!(visible("a\u{200d}"), "a\\u{200d}");
        assert_eq!(visible("\u{301}"), "\\u{301}");
    }

    #[test]
    fn an_echo_is_cut_to_64_characters() {
        assert_eq!(shortened(&"渊".repeat(64)), "渊".repeat(64));
        assert_eq!(shortened(&"渊".repeat(65)), format!("{}...", "渊".repeat(64)));
        assert_eq!(shortened("b\u{7f}\u{1b}\tb"), "b\\u{7f}\\u{1b}\tb");
        assert_eq!(shortened("a\u{200b}b"), "a\\u{200b}b");
    }

    #[test]
    fn of_a_very_long_line_the_end_is_left_out() {
        let shown = Shown::excerpt(&"渊".repeat(100_000));
        assert!(shown.text.ends_with("渊..."));
        assert_eq!((shown.width(), shown.column_to(300_000)), (403, 403));
        assert_eq!(visible(&"x".repeat(1000)).len(), 1000);
    }

    #[test]
    fn columns_are_those_of_the_terminal() {
        let shown = Shown::source("日\te\u{301}x");
        assert_eq!(shown.column_from(3), 2, "after a wide character");
        assert_eq!(shown.column_from(4), 6, "after a tab");
        assert_eq!(shown.column_from(7), 7, "after an accented letter");
        assert_eq!((shown.column_from(5), shown.column_to(5)), (6, 7), "inside an accented letter");
        assert_eq!(shown.width(), 8);
    }

    #[test]
    fn what_acts_on_a_terminal_is_spelled_out() {
        assert_eq!(printable("\u{1b}[31mred\u{7}\r\u{9b}2J"), "\\u{1b}[31mred\\u{7}\\u{d}\\u{9b}2J");
        assert_eq!(printable("abc\u{202e}def\u{2028}"), "abc\\u{202e}def\\u{2028}");
    }

    #[test]
    fn text_of_any_script_stays_printable_as_it_is() {
        for text in ["a\tb", "渊　渊", "نمی\u{200c}خواهم", "क्\u{200d}ष", "👩\u{200d}👧", "e\u{301}", "a\u{a0}b"]
        {
            assert_eq!(printable(text), text);
        }
    }

    #[test]
    fn each_circle_of_characters_lies_in_the_next() {
        for character in '\0'..=char::MAX {
            assert!(!is_control(character) || acts(character), "{character:?}");
            assert!(!acts(character) || is_invisible(character), "{character:?}");
        }
    }
}
