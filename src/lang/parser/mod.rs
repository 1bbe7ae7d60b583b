//! How a script is read: line by line through the grammar, blocks with a stack. All errors of syntax in a file are found
//! in one go. Names are not looked at: [`check`](super::check) settles them.

#[cfg(test)]
mod tests;

mod act;
mod blocks;
mod context;
mod dialect;
mod doubt;
mod expression;
pub(crate) mod grammar;
mod include;
mod line;
mod mistake;
mod opening;
mod plan;
mod sizes;
mod template;
mod transfer;
mod unclosed;
mod users;
mod value;
pub(crate) mod vocabulary;

use pest::Parser;

pub use plan::{parse_duration, parse_rate, parse_stages, parse_target_rate, parse_threshold};

use self::blocks::{Builder, ScriptParts};
use self::context::{LineContext, first};
use self::dialect::{BlockEnd, DialectItem, DialogueKind};
pub(super) use self::doubt::Doubt;
use self::grammar::{Grammar, Rule};
use self::include::Inclusions;
pub(super) use self::include::with_files;
use self::line::Item;
use self::plan::PlanItem;
use self::sizes::Sizes;
use self::unclosed::{Instead, end_of_text, unclosed};
use crate::diagnostic::Diagnostic;
use crate::diagnostic::source::{Source, Span, Spanned};
use crate::lang::ast::{
    Dialogue, ForeignDialect, LoadPlan, Name, Reading, Script, StatementKind, Template, Unresolved, Users,
};

/// A script as far as it was understood.
pub(super) struct Syntax {
    /// What its lines say, without those that were not understood.
    pub(super) tree: Unresolved,
    /// All errors of syntax, in the file's order.
    pub(super) errors: Vec<Diagnostic>,
    /// What may be missing from the tree.
    pub(super) doubt: Doubt,
}

/// Reads a script without settling its names.
pub(super) fn parse_syntax(source: &Source, reading: &Reading) -> Syntax {
    let mut errors = Vec::new();
    let (ScriptParts { title, tags, dialects, speaks, plan, preamble, tests }, sizes, mut doubt) =
        ScriptReader::new(source, reading, &mut errors).read();
    errors.sort_by_key(|error| error.primary.as_ref().map_or(0, |mark| mark.span.start));
    doubt.any = !errors.is_empty();
    let (source, reading) = (source.clone(), reading.clone());
    let tree = Unresolved(Script { source, reading, title, tags, dialects, speaks, plan, sizes, preamble, tests });
    Syntax { tree, errors, doubt }
}

struct ScriptReader<'a> {
    source: &'a Source,
    builder: Builder<'a>,
    /// What the lines may have said that were not understood.
    doubt: Doubt,
    sizes: Sizes,
    /// The next line to be read.
    next: usize,
    /// The line after the last one of the file that is being read.
    end: usize,
    inclusions: Inclusions,
}

impl<'a> ScriptReader<'a> {
    fn new(source: &'a Source, reading: &Reading, errors: &'a mut Vec<Diagnostic>) -> Self {
        let (builder, sizes) = (Builder::new(source, errors), Sizes::new(&reading.params));
        let (next, end) = (1, source.line_count() + 1);
        let inclusions = Inclusions::of(source);
        Self { source, builder, doubt: Doubt::default(), sizes, next, end, inclusions }
    }

    fn read(mut self) -> (ScriptParts, Vec<Spanned<Name>>, Doubt) {
        self.read_lines();
        let parts = self.builder.finish(&mut self.doubt);
        (parts, self.sizes.used, self.doubt)
    }

    /// Reads the lines up to the end of the file.
    fn read_lines(&mut self) {
        while let Some((line, span)) = self.line() {
            let found = self.builder.errors.len();
            let item = line::read(self.source, span, self.builder.errors, &mut self.sizes);
            self.note_values(&item);
            if self.builder.errors.len() > found {
                self.doubt.add_line(self.source.slice(span));
            }
            let trimmed = trim(self.source, span);
            let Some(item) = self.includable(item, trimmed) else { continue };
            match item {
                Item::TextBlock(users) => self.text_block(users, line, trimmed),
                Item::Load => self.load(trimmed),
                Item::Dialect(name) => self.dialect(name, trimmed),
                Item::Include(path) => self.include(&path, trimmed),
                Item::Statement(..) => self.builder.item(item, line, Span::new(trimmed.start, span.end)),
                other => self.builder.item(other, line, trimmed),
            }
        }
    }

    fn note_values(&mut self, item: &Item) {
        match item {
            Item::Statement(StatementKind::Value(value), _) => self.sizes.note(value),
            Item::Test(_) | Item::BrokenTest => self.sizes.begin_test(),
            _ => {}
        }
    }

    fn line(&mut self) -> Option<(usize, Span)> {
        let line = self.next;
        self.next += 1;
        (line < self.end).then(|| (line, self.source.line_span(line)))
    }

    /// Reads up to the closing `"""`; the blanks before it are taken off each line.
    fn text_block(&mut self, users: Users, line: usize, span: Span) {
        let mut lines = Vec::new();
        while let Some((_, next)) = self.line() {
            let text = self.source.slice(next);
            if text.trim_matches([' ', '\t']) == "\"\"\"" {
                let end = trim(self.source, next);
                let indentation = &self.source.slice(next)[..end.start - next.start];
                let lines = lines.into_iter().map(|line| self.text_line(line, indentation, end)).collect();
                self.builder.text_block(users, lines, line, span, end);
                return;
            }
            lines.push(next);
        }
        let opening = Span::new(span.end - 3, span.end);
        let message = "the lines to send are not closed";
        let error = Diagnostic::error(self.source, opening, message, "`\"\"\"` is opened here")
            .mark(end_of_text(self.source, self.end - 1), "here ends the file, without the closing `\"\"\"`");
        self.builder.errors.push(error);
        // The `end` of each open block may stand in what was taken for lines to send.
        self.builder.forget_open();
    }

    fn text_line(&mut self, span: Span, indentation: &str, end: Span) -> Template {
        let text = self.source.slice(span);
        let taken = match text.strip_prefix(indentation) {
            Some(_) => indentation.len(),
            None if text.trim_matches([' ', '\t']).is_empty() => text.len(),
            None => {
                let message = "this line is indented less than the closing `\"\"\"`";
                let error = Diagnostic::error(self.source, trim(self.source, span), message, "")
                    .mark(end, "the blanks before it are taken off each line");
                self.builder.errors.push(error);
                0
            }
        };
        let (mut line, text) =
            LineContext::new(self.source, Span::new(span.start + taken, span.end), self.builder.errors);
        let mut pairs = Grammar::parse(Rule::text_line, text).expect("the grammar's `text_line` takes any text");
        template::read(&mut line, first(pairs.next().expect("a parse has a match")))
    }

    fn load(&mut self, span: Span) {
        let mut plan = LoadPlan {
            span,
            end: span,
            users: None,
            stages: None,
            duration: None,
            connect_rate: None,
            rate: None,
            warmup: None,
            seed: None,
            fail_if: Vec::new(),
        };
        while let Some((_, next)) = self.line() {
            if self.is_outside(Rule::plan_line, span, next) {
                self.next -= 1;
                return self.unclosed_load(plan, Instead::OtherLine(trim(self.source, next)));
            }
            match plan::read(self.source, next, &mut plan, self.builder.errors) {
                PlanItem::Entry => {}
                PlanItem::End => {
                    plan.end = trim(self.source, next);
                    self.builder.plan(plan);
                    return;
                }
            }
        }
        self.unclosed_load(plan, Instead::EndOfFile(self.end - 1));
    }

    fn dialect(&mut self, name: Spanned<Name>, span: Span) {
        let mut dialect = dialect::empty(self.source, span, name);
        while let Some((_, next)) = self.line() {
            if self.is_outside(Rule::dialect_line, span, next) {
                self.next -= 1;
                self.unclosed(span, "dialect", Instead::OtherLine(trim(self.source, next)));
                return self.builder.dialect(dialect);
            }
            match dialect::read(self.source, next, &mut dialect, self.builder.errors) {
                DialectItem::Entry => {}
                DialectItem::Block(kind) => self.dialogue(&mut dialect, kind, trim(self.source, next)),
                DialectItem::End => {
                    dialect.end = trim(self.source, next);
                    return self.builder.dialect(dialect);
                }
            }
        }
        self.unclosed(span, "dialect", Instead::EndOfFile(self.end - 1));
        self.builder.dialect(dialect);
    }

    /// Reads a block inside of a dialect up to its `end`.
    fn dialogue(&mut self, dialect: &mut ForeignDialect, kind: DialogueKind, span: Span) {
        let mut steps = Vec::new();
        while let Some((number, next)) = self.line() {
            let text = self.source.slice(next);
            let is_of_dialect = Grammar::parse(Rule::dialect_line, text).is_ok();
            if is_of_dialect && Grammar::parse(Rule::line, text).is_err() {
                self.next -= 1;
                return self.unclosed(span, kind.word(), Instead::OtherLine(trim(self.source, next)));
            }
            match dialect::step(self.source, next, number, self.builder.errors) {
                Ok(step) => steps.extend(step),
                Err(BlockEnd) => {
                    let block = Dialogue { span, steps };
                    return dialect::close(self.source, dialect, kind, block, self.builder.errors);
                }
            }
        }
        self.unclosed(span, kind.word(), Instead::EndOfFile(self.end - 1));
    }

    fn unclosed(&mut self, block: Span, word: &str, instead: Instead) {
        let error = unclosed(self.source, block, word);
        self.builder.errors.push(instead.mark(self.source, error));
    }

    fn unclosed_load(&mut self, plan: LoadPlan, instead: Instead) {
        self.unclosed(plan.span, "load", instead);
        self.builder.plan(plan);
    }

    /// Whether a line that seems to be in a block with lines of its own is not: it is another statement, and not
    /// indented as an entry.
    fn is_outside(&self, entry: Rule, block: Span, line: Span) -> bool {
        let text = self.source.slice(line);
        let column = |span: Span| self.source.position(span.start).column;
        column(trim(self.source, line)) <= column(block)
            && Grammar::parse(entry, text).is_err()
            && Grammar::parse(Rule::line, text).is_ok()
    }
}

/// The span without the blanks before its text; and without those after it, where they mean nothing.
fn trim(source: &Source, span: Span) -> Span {
    let text = source.slice(span);
    let start = span.start + text.len() - text.trim_start_matches([' ', '\t']).len();
    let end = span.start + text.trim_end_matches([' ', '\t']).len();
    Span::new(start, end.max(start))
}
