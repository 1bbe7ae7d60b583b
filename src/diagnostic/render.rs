//! Diagnostics as text: the source with carets under the right columns, then the rows of evidence.

use std::fmt::Write;

use super::{Diagnostic, DiagnosticNote, Difference, DifferenceKind, InboxExcerpt, Quote, Severity, Underline};
use crate::diagnostic::source::{Source, Span};
use crate::text::visible::{Shown, visible};

/// Where remarks at the right-hand side begin: it leaves room for a line of ordinary length.
const MARGIN_COLUMN: usize = 52;

/// Whether the text may carry colors. Whoever knows where it goes decides.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Color {
    /// None: for files, pipes and tests.
    Plain,
    /// ANSI escape sequences, for a terminal.
    Ansi,
}

/// Turns diagnostics into text.
#[derive(Clone, Copy, Debug)]
pub struct Renderer {
    /// Whether it uses colors.
    pub color: Color,
}

impl Renderer {
    /// The text of one diagnostic: whole lines, with a newline after the last.
    pub fn render(&self, diagnostic: &Diagnostic) -> String {
        let mut page = Printed::new(self.color, diagnostic);
        page.header(diagnostic);
        page.source(diagnostic);
        for note in &diagnostic.notes {
            page.note(note);
        }
        page.out
    }
}

/// What a piece of text is painted as.
#[derive(Clone, Copy)]
enum Paint {
    Severity(Severity),
    Message,
    Gutter,
    Primary(Severity),
    Secondary,
    Remark,
    Dimmed,
}

impl Paint {
    fn code(self) -> &'static str {
        match self {
            Self::Severity(Severity::Error) | Self::Primary(Severity::Error) => "1;31",
            Self::Severity(Severity::Warning) | Self::Primary(Severity::Warning) => "1;33",
            Self::Message => "1",
            Self::Gutter | Self::Secondary => "1;34",
            Self::Remark => "36",
            Self::Dimmed => "2",
        }
    }
}

struct Printed {
    out: String,
    color: Color,
    /// The width of the widest line number.
    gutter: usize,
}

impl Printed {
    fn new(color: Color, diagnostic: &Diagnostic) -> Self {
        let numbers = shown_lines(diagnostic).into_iter().map(|line| diagnostic.source.place(line).1);
        let widest = numbers.max().unwrap_or(1);
        Self { out: String::new(), color, gutter: widest.to_string().len() }
    }

    fn header(&mut self, diagnostic: &Diagnostic) {
        let severity = match diagnostic.severity {
            Severity::Error => "error",
            Severity::Warning => "warning",
        };
        self.paint(Paint::Severity(diagnostic.severity), severity);
        self.paint(Paint::Message, &format!(": {}", visible(&diagnostic.message)));
        self.out.push('\n');
        self.paint(Paint::Gutter, &format!("{:1$}-->", "", self.gutter));
        match &diagnostic.primary {
            None => {
                let _ = write!(self.out, " {}", visible(diagnostic.source.name()));
            }
            Some(primary) => self.position(&diagnostic.source, primary.span.start),
        }
        self.out.push('\n');
    }

    fn position(&mut self, source: &Source, offset: usize) {
        let position = source.position(offset);
        let file = visible(source.place(source.line_of(offset)).0);
        let _ = write!(self.out, " {file}:{}:{}", position.line, position.column);
    }

    /// The lines that are marked or remarked upon, and one that stands alone between two of them.
    fn source(&mut self, diagnostic: &Diagnostic) {
        let lines = shown_lines(diagnostic);
        let Some(&first) = lines.first() else { return };
        self.gutter("");
        self.out.push('\n');
        let file = |line| diagnostic.source.place(line).0;
        let mut previous = first;
        for line in lines {
            match line.checked_sub(previous) {
                _ if file(line) != file(previous) => self.other_file(diagnostic, line),
                Some(0 | 1) => {}
                Some(2) => self.source_line(diagnostic, line - 1),
                Some(_) | None => self.out.push_str("...\n"),
            }
            self.source_line(diagnostic, line);
            previous = line;
        }
        if !diagnostic.notes.is_empty() {
            self.gutter("");
            self.out.push('\n');
        }
    }

    /// Where the lines that follow stand in another file than those before.
    fn other_file(&mut self, diagnostic: &Diagnostic, line: usize) {
        self.gutter("");
        self.out.push('\n');
        self.paint(Paint::Gutter, &format!("{:1$}:::", "", self.gutter));
        let marks = diagnostic.marks.iter().map(|mark| mark.span.start);
        let marked = marks.filter(|start| diagnostic.source.line_of(*start) == line).min();
        self.position(&diagnostic.source, marked.unwrap_or(diagnostic.source.line_span(line).start));
        self.out.push('\n');
        self.gutter("");
        self.out.push('\n');
    }

    fn source_line(&mut self, diagnostic: &Diagnostic, line: usize) {
        let span = diagnostic.source.line_span(line);
        let shown = Shown::source_hiding(diagnostic.source.slice(span), &diagnostic.source.hidden_in(span));
        self.gutter(&diagnostic.source.place(line).1.to_string());
        if !shown.text.is_empty() {
            self.out.push(' ');
            self.out.push_str(&shown.text);
        }
        let mut column = self.gutter + 3 + shown.width();
        for margin in diagnostic.margins.iter().filter(|margin| margin.line == line) {
            column = self.remark(column, &margin.text);
        }
        self.out.push('\n');
        let of_line = |mark: &&Underline| diagnostic.source.line_of(mark.span.start) == line;
        for mark in diagnostic.primary.iter().filter(of_line) {
            self.mark(&shown, span, mark, '^', Paint::Primary(diagnostic.severity));
        }
        for mark in diagnostic.marks.iter().filter(of_line) {
            self.mark(&shown, span, mark, '-', Paint::Secondary);
        }
    }

    fn mark(&mut self, shown: &Shown, line: Span, mark: &Underline, underline: char, paint: Paint) {
        let start = shown.column_from(mark.span.start.saturating_sub(line.start));
        let end = shown.column_to(mark.span.end.min(line.end).saturating_sub(line.start));
        self.gutter("");
        let _ = write!(self.out, " {:start$}", "");
        let mut text = underline.to_string().repeat(end.saturating_sub(start).max(1));
        if !mark.text.is_empty() {
            let _ = write!(text, " {}", Shown::excerpt(&mark.text).text);
        }
        self.paint(paint, &text);
        self.out.push('\n');
    }

    fn note(&mut self, note: &DiagnosticNote) {
        match note {
            DiagnosticNote::Text(text) => self.row("note: ", &visible(text)),
            DiagnosticNote::Help(text) => self.row("help: ", &visible(text)),
            DiagnosticNote::Quote(quote) => self.quote(quote),
            DiagnosticNote::Inbox(inbox) => self.inbox(inbox),
        }
    }

    fn row(&mut self, key: &str, text: &str) {
        self.paint(Paint::Gutter, &format!("{:1$} =", "", self.gutter));
        let _ = writeln!(self.out, " {key}{text}");
    }

    fn quote(&mut self, quote: &Quote) {
        let shown = Shown::excerpt(&quote.text);
        let key = Shown::quoted(&quote.key);
        self.paint(Paint::Gutter, &format!("{:1$} =", "", self.gutter));
        let _ = write!(self.out, " {}  `{}`", key.text, shown.text);
        let begin = self.gutter + 3 + key.width() + 3;
        if let Some(margin) = &quote.margin {
            self.remark(begin + shown.width() + 1, margin);
        }
        self.out.push('\n');
        if !quote.differences.is_empty() {
            let underline = underline(&shown, &quote.differences);
            let _ = write!(self.out, "{:begin$}", "");
            self.paint(Paint::Primary(Severity::Error), &underline);
            self.out.push('\n');
        }
    }

    fn inbox(&mut self, inbox: &InboxExcerpt) {
        self.row(&visible(&inbox.title), ":");
        let times: Vec<String> = inbox.rows.iter().map(|row| format!("{:.3}", row.time.as_secs_f64())).collect();
        let widest = times.iter().map(String::len).max().unwrap_or(0);
        for (row, time) in inbox.rows.iter().zip(times) {
            let text = Shown::excerpt(&row.text);
            let before = format!("{:1$}     {time:>2$}  ", "", self.gutter, widest);
            self.out.push_str(&before);
            if row.is_dimmed {
                self.paint(Paint::Dimmed, &text.text);
            } else {
                self.out.push_str(&text.text);
            }
            if !row.fate.is_empty() {
                self.remark(before.len() + text.width(), &row.fate);
            }
            self.out.push('\n');
        }
    }

    /// Writes a remark at the right-hand side of a row that is `column` wide so far, on a row of its own if it must,
    /// and returns the new width.
    fn remark(&mut self, column: usize, text: &str) -> usize {
        let text = Shown::quoted(text);
        let mut column = column;
        if column + 2 > MARGIN_COLUMN {
            self.out.push('\n');
            column = 0;
        }
        let _ = write!(self.out, "{:1$}", "", MARGIN_COLUMN - column);
        self.paint(Paint::Remark, &text.text);
        MARGIN_COLUMN + text.width()
    }

    fn gutter(&mut self, number: &str) {
        let width = self.gutter;
        self.paint(Paint::Gutter, &format!("{number:>width$} |"));
    }

    fn paint(&mut self, paint: Paint, text: &str) {
        match self.color {
            Color::Plain => self.out.push_str(text),
            Color::Ansi => {
                let _ = write!(self.out, "\u{1b}[{}m{text}\u{1b}[0m", paint.code());
            }
        }
    }
}

/// The lines with a mark or a remark, each once, in order: those of the file with the error before those of others.
fn shown_lines(diagnostic: &Diagnostic) -> Vec<usize> {
    let marks = diagnostic.primary.iter().chain(&diagnostic.marks);
    let mut lines: Vec<usize> = marks.map(|mark| diagnostic.source.line_of(mark.span.start)).collect();
    lines.extend(diagnostic.margins.iter().map(|margin| margin.line));
    lines.sort_unstable();
    lines.dedup();
    let source = &diagnostic.source;
    let own = diagnostic.primary.as_ref().map(|primary| source.place(source.line_of(primary.span.start)).0);
    lines.sort_by_key(|line| own.is_some_and(|own| source.place(*line).0 != own));
    lines
}

fn underline(shown: &Shown, differences: &[Difference]) -> String {
    let mut row: Vec<char> = Vec::new();
    for difference in differences {
        let start = shown.column_from(difference.range.start);
        let end = shown.column_to(difference.range.end).max(start + 1);
        row.resize(row.len().max(end), ' ');
        row[start..end].fill(match difference.kind {
            DifferenceKind::Added => '+',
            DifferenceKind::Changed => '^',
        });
    }
    row.into_iter().collect()
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::diagnostic::InboxRow;
    use crate::diagnostic::source::Source;

    const PLAIN: Renderer = Renderer { color: Color::Plain };

    fn row(millis: u64, text: &str, fate: &str) -> InboxRow {
        InboxRow { time: Duration::from_millis(millis), text: text.to_owned(), fate: fate.to_owned(), is_dimmed: false }
    }

    fn find(source: &Source, text: &str) -> Span {
        let start = source.text().find(text).expect("the test looks for what is there");
        Span::new(start, start + text.len())
    }

    #[test]
    fn the_example_of_the_reference_comes_out_as_it_stands_there() {
        let text = "\n".repeat(8) + "alice> send room lobby hi\nalice, bob, carol<@1s lobby/alice: hi\n";
        let source = Source::new("scripts/room_demo.chat", text);
        let pattern = find(&source, "lobby/alice: hi");
        let rows = vec![
            row(201, "server: set your name please:", "connect"),
            row(202, "server: let's start chatting!", "connect"),
            row(405, "lobby/server: alice created the room with bob, carol", "matched, line 6"),
            row(413, "lobby/alice: hi there", "<- here"),
        ];
        let failure =
            Diagnostic::error(&source, pattern, "bob received a different line", "expected `lobby/alice: hi`")
                .margin(9, "sent at 0.412 s")
                .note(DiagnosticNote::Quote(Quote {
                    key: "received".to_owned(),
                    text: "lobby/alice: hi there".to_owned(),
                    differences: vec![Difference { range: 15..21, kind: DifferenceKind::Added }],
                    margin: Some("0.8 ms after line 9".to_owned()),
                }))
                .note(DiagnosticNote::Inbox(InboxExcerpt { title: "bob's inbox".to_owned(), rows }))
                .help("`lobby/alice: hi{{_}}` accepts a longer text");
        insta::assert_snapshot!(PLAIN.render(&failure), @r#"
        error: bob received a different line
          --> scripts/room_demo.chat:10:23
           |
         9 | alice> send room lobby hi                      sent at 0.412 s
        10 | alice, bob, carol<@1s lobby/alice: hi
           |                       ^^^^^^^^^^^^^^^ expected `lobby/alice: hi`
           |
           = received  `lobby/alice: hi there`              0.8 ms after line 9
                                       ++++++
           = bob's inbox:
               0.201  server: set your name please:         connect
               0.202  server: let's start chatting!         connect
               0.405  lobby/server: alice created the room with bob, carol
                                                            matched, line 6
               0.413  lobby/alice: hi there                 <- here
           = help: `lobby/alice: hi{{_}}` accepts a longer text
        "#);
    }

    #[test]
    fn carets_stand_under_wide_and_combined_characters_and_after_tabs() {
        let source = Source::new("a.chat", "\t渊渊> 👩\u{200d}👩\u{200d}👧 e\u{301}x{{y\n");
        let error = Diagnostic::error(&source, find(&source, "{{y"), "a hole is not closed", "expected `}}`")
            .mark(find(&source, "渊渊"), "here");
        insta::assert_snapshot!(PLAIN.render(&error), @r#"
        error: a hole is not closed
         --> a.chat:1:15
          |
        1 |     渊渊> 👩‍👩‍👧 éx{{y
          |                ^^^ expected `}}`
          |     ---- here
        "#);
    }

    #[test]
    fn text_from_a_peer_cannot_reach_the_terminal_as_a_sequence() {
        let source = Source::new("a\u{1b}[2J.chat", "x\u{1b}[31m\n");
        let error =
            Diagnostic::error(&source, Span::new(0, 1), "\u{1b}]0;title\u{7}", "\u{1b}[1m").help("\u{202e}").note(
                DiagnosticNote::Inbox(InboxExcerpt { title: "i".to_owned(), rows: vec![row(1, "\u{1b}c", "\u{1b}")] }),
            );
        assert!(PLAIN.render(&error).chars().all(|character| character == '\n' || !character.is_control()));
    }

    #[test]
    fn lines_far_apart_have_dots_between_them_and_a_single_line_is_shown() {
        let source = Source::new("a.chat", "one\ntwo\nthree\nfour\nfive\nsix\nseven\n");
        let error = Diagnostic::error(&source, find(&source, "seven"), "it is wrong", "")
            .mark(find(&source, "one"), "begins here")
            .mark(find(&source, "three"), "goes on here");
        insta::assert_snapshot!(PLAIN.render(&error), @r#"
        error: it is wrong
         --> a.chat:7:1
          |
        1 | one
          | --- begins here
        2 | two
        3 | three
          | ----- goes on here
        ...
        7 | seven
          | ^^^^^
        "#);
    }

    #[test]
    fn a_line_that_no_statement_could_take_is_dimmed_where_there_are_colors() {
        let source = Source::new("a.chat", "one\n");
        let rows = vec![InboxRow { is_dimmed: true, ..row(1, "PONG 7", "answers the fence") }, row(2, "hi", "unread")];
        let excerpt = InboxExcerpt { title: "ann's inbox".to_owned(), rows };
        let error = Diagnostic::error(&source, Span::new(0, 3), "odd", "this").note(DiagnosticNote::Inbox(excerpt));
        let colored = Renderer { color: Color::Ansi }.render(&error);
        assert!(colored.contains("0.001  \u{1b}[2mPONG 7\u{1b}[0m  "), "{colored:?}");
        assert!(colored.contains("0.002  hi  "), "{colored:?}");
        assert!(PLAIN.render(&error).contains("0.001  PONG 7  "));
    }

    #[test]
    fn colors_are_an_option() {
        let source = Source::new("a.chat", "one\n");
        let warning = Diagnostic::warning(&source, Span::new(0, 3), "it is odd", "this");
        let expected = "\u{1b}[1;33mwarning\u{1b}[0m\u{1b}[1m: it is odd\u{1b}[0m\n\u{1b}[1;34m -->\u{1b}[0m a.chat:1:1\n\
            \u{1b}[1;34m  |\u{1b}[0m\n\u{1b}[1;34m1 |\u{1b}[0m one\n\u{1b}[1;34m  |\u{1b}[0m \u{1b}[1;33m^^^ this\u{1b}[0m\n";
        assert_eq!(Renderer { color: Color::Ansi }.render(&warning), expected);
    }
}
