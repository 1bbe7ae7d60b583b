//! How a script is read: line by line through the grammar, blocks with a stack. All errors of syntax in a file are found
//! in one go. Names are not looked at: [`check`](super::check) settles them.

#[cfg(test)]
mod tests;

mod act;
mod blocks;
mod context;
mod expression;
pub(crate) mod grammar;
mod line;
mod mistake;
mod opening;
mod plan;
mod template;
mod users;
mod value;
pub(crate) mod vocabulary;

use pest::Parser;

pub use plan::{parse_duration, parse_rate, parse_stages, parse_threshold};

use self::blocks::{Builder, ScriptParts, end_of_text};
use self::context::{LineContext, first};
use self::grammar::{Grammar, Rule};
use self::line::Item;
use self::plan::PlanItem;
use crate::diagnostic::Diagnostic;
use crate::diagnostic::source::{Source, Span};
use crate::lang::ast::{LoadPlan, Script, Template, Unresolved, Users};

/// Reads a script without settling its names.
///
/// # Errors
/// All errors of syntax, in the file's order.
pub(super) fn parse_syntax(source: &Source) -> Result<Unresolved, Vec<Diagnostic>> {
    let mut errors = Vec::new();
    let ScriptParts { title, tags, plan, preamble, tests } = ScriptReader::new(source, &mut errors).read();
    if errors.is_empty() {
        Ok(Unresolved(Script { source: source.clone(), title, tags, plan, preamble, tests }))
    } else {
        errors.sort_by_key(|error| error.primary.as_ref().map_or(0, |mark| mark.span.start));
        Err(errors)
    }
}

struct ScriptReader<'a> {
    source: &'a Source,
    builder: Builder<'a>,
    /// The next line to be read.
    next: usize,
}

impl<'a> ScriptReader<'a> {
    fn new(source: &'a Source, errors: &'a mut Vec<Diagnostic>) -> Self {
        Self { source, builder: Builder::new(source, errors), next: 1 }
    }

    fn read(mut self) -> ScriptParts {
        while let Some((line, span)) = self.line() {
            let item = line::read(self.source, span, self.builder.errors);
            let trimmed = trim(self.source, span);
            match item {
                Item::TextBlock(users) => self.text_block(users, line, trimmed),
                Item::Load => self.load(trimmed),
                Item::Statement(_) => self.builder.item(item, line, Span::new(trimmed.start, span.end)),
                other => self.builder.item(other, line, trimmed),
            }
        }
        self.builder.finish()
    }

    fn line(&mut self) -> Option<(usize, Span)> {
        let line = self.next;
        self.next += 1;
        (line <= self.source.line_count()).then(|| (line, self.source.line_span(line)))
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
            .mark(end_of_text(self.source), "here ends the file, without the closing `\"\"\"`");
        self.builder.errors.push(error);
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
            match plan::read(self.source, next, &mut plan, self.builder.errors) {
                PlanItem::Entry => {}
                PlanItem::End => {
                    plan.end = trim(self.source, next);
                    self.builder.plan(plan);
                    return;
                }
            }
        }
        let error = Diagnostic::error(self.source, span, "`load` is not closed", "this block has no `end`")
            .mark(end_of_text(self.source), "here ends the file");
        self.builder.errors.push(error);
    }
}

/// The span without the blanks before its text; and without those after it, where they mean nothing.
fn trim(source: &Source, span: Span) -> Span {
    let text = source.slice(span);
    let start = span.start + text.len() - text.trim_start_matches([' ', '\t']).len();
    let end = span.start + text.trim_end_matches([' ', '\t']).len();
    Span::new(start, end.max(start))
}
