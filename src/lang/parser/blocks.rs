//! Blocks: what stands between an opening line and its `end`, matched with a stack.

use std::sync::Arc;

use super::doubt::Doubt;
use super::line::Item;
use super::unclosed::{Instead, unclosed};
use crate::diagnostic::Diagnostic;
use crate::diagnostic::source::{Source, Span, Spanned};
use crate::lang::ast::{
    Act, Block, BlockKind, ForeignDialect, LoadPlan, Name, SendText, Statement, StatementKind, Template, TestBlock,
    Users,
};
use crate::protocol::dialect::Dialect;

/// Blocks are not nested deeper, so that no file can exhaust the stack of whoever walks over them.
const DEEPEST: usize = 64;

/// The script while it is read: what is complete, and the blocks that are still open.
pub(super) struct Builder<'a> {
    source: &'a Source,
    pub(super) errors: &'a mut Vec<Diagnostic>,
    title: Option<Spanned<String>>,
    tags: Vec<Spanned<String>>,
    dialects: Vec<Arc<ForeignDialect>>,
    speaks: Option<Spanned<Name>>,
    plan: Option<LoadPlan>,
    preamble: Vec<Statement>,
    tests: Vec<TestBlock>,
    open: Vec<OpenBlock>,
    /// The last block that was closed, and how.
    closed: Option<Closed>,
    /// A block whose `end` is indented like another one further out.
    suspect: Option<Closed>,
    /// Something is wrong with where blocks or tests begin or end.
    is_doubtful: bool,
}

/// A block that is open.
struct OpenBlock {
    span: Span,
    line: usize,
    /// The word that it begins with.
    word: &'static str,
    /// What it says; nothing if its first line was not understood.
    kind: Option<BlockKind>,
    statements: Vec<Statement>,
}

/// A block that was closed.
#[derive(Clone)]
struct Closed {
    word: &'static str,
    line: usize,
    end: Span,
}

/// What a whole file says, before its names are settled.
pub(super) struct ScriptParts {
    pub(super) title: Option<Spanned<String>>,
    pub(super) tags: Vec<Spanned<String>>,
    pub(super) dialects: Vec<Arc<ForeignDialect>>,
    pub(super) speaks: Option<Spanned<Name>>,
    pub(super) plan: Option<LoadPlan>,
    pub(super) preamble: Vec<Statement>,
    pub(super) tests: Vec<TestBlock>,
}

impl<'a> Builder<'a> {
    pub(super) fn new(source: &'a Source, errors: &'a mut Vec<Diagnostic>) -> Self {
        Self {
            source,
            errors,
            title: None,
            tags: Vec::new(),
            dialects: Vec::new(),
            speaks: None,
            plan: None,
            preamble: Vec::new(),
            tests: Vec::new(),
            open: Vec::new(),
            closed: None,
            suspect: None,
            is_doubtful: false,
        }
    }

    /// Takes what a line says; `span` is its text without the blanks around it.
    pub(super) fn item(&mut self, item: Item, line: usize, span: Span) {
        match item {
            Item::Nothing | Item::TextBlock(_) | Item::Load | Item::Dialect(_) | Item::Include(_) => {}
            Item::SetDialect(name) => self.speaks(name, span),
            Item::Statement(kind, label) => self.statement(Statement { span, line, kind, label }),
            Item::Block(kind) => {
                self.open(OpenBlock { span, line, word: kind.word(), kind: Some(kind), statements: Vec::new() });
            }
            Item::BrokenBlock(word) => {
                self.is_doubtful = true;
                self.open(OpenBlock { span, line, word, kind: None, statements: Vec::new() });
            }
            Item::BrokenTest => {
                self.is_doubtful = true;
                self.close_all(Instead::Test(span));
                let name = Some(Spanned::new(String::new(), span));
                self.tests.push(TestBlock { span, line, name, statements: Vec::new() });
            }
            Item::End => self.end(span),
            Item::BrokenEnd => {
                self.is_doubtful = true;
                if !self.open.is_empty() {
                    self.end(span);
                }
            }
            Item::Test(name) => self.test(name, line, span),
            Item::Title(title) => self.title(title, span),
            Item::Tags(tags) => {
                self.refuse_inside("tags", span);
                self.tags.extend(tags);
            }
        }
    }

    /// Takes a block of lines to send.
    pub(super) fn text_block(&mut self, users: Users, lines: Vec<Template>, line: usize, span: Span, end: Span) {
        let kind = StatementKind::By { users, act: Act::Send(SendText::Block { lines, end }) };
        self.statement(Statement { span, line, kind, label: None });
    }

    /// Takes a `dialect` block.
    pub(super) fn dialect(&mut self, dialect: ForeignDialect) {
        self.refuse_inside("dialect", dialect.span);
        let name = &dialect.name;
        if let Some(first) = self.dialects.iter().find(|other| other.name.value == name.value) {
            let error = Diagnostic::error(self.source, name.span, "two dialects have the same name", "the second one")
                .mark(first.name.span, "the first one");
            self.errors.push(error);
        } else if Dialect::named(name.value.as_str()).is_some() {
            let message = format!("the dialect `{}` is built in", name.value);
            self.errors.push(Diagnostic::error(self.source, name.span, message, "expected another name"));
        } else {
            self.dialects.push(Arc::new(dialect));
        }
    }

    fn speaks(&mut self, name: Spanned<Name>, span: Span) {
        self.refuse_inside("set dialect", span);
        if let Some(first) = &self.speaks {
            let error = Diagnostic::error(self.source, name.span, "a file has one dialect by default", "here again")
                .mark(first.span, "already set here");
            self.errors.push(error);
        }
        self.speaks = Some(name);
    }

    /// Takes a `load` block.
    pub(super) fn plan(&mut self, plan: LoadPlan) {
        self.refuse_inside("load", plan.span);
        if let Some(first) = &self.plan {
            let error = Diagnostic::error(self.source, plan.span, "a second `load` block", "this one")
                .mark(first.span, "the first one is here")
                .help("a script has one `load` block");
            self.errors.push(error);
        }
        self.plan = Some(plan);
    }

    fn statement(&mut self, statement: Statement) {
        match (self.open.last_mut(), self.tests.last_mut()) {
            (Some(frame), _) => frame.statements.push(statement),
            (None, Some(test)) => test.statements.push(statement),
            (None, None) => self.preamble.push(statement),
        }
    }

    fn open(&mut self, frame: OpenBlock) {
        if matches!(frame.kind, Some(BlockKind::Setup | BlockKind::Finally)) {
            self.refuse_inside(frame.word, frame.span);
        }
        if self.open.len() == DEEPEST {
            let message = format!("more than {DEEPEST} blocks inside each other");
            self.errors.push(Diagnostic::error(self.source, frame.span, message, "this one is too deep"));
        }
        self.open.push(frame);
    }

    fn end(&mut self, end: Span) {
        let Some(mut frame) = self.open.pop() else {
            self.is_doubtful = true;
            let mut error = Diagnostic::error(self.source, end, "this `end` closes nothing", "no block is open here");
            if let Some(closed) = &self.closed {
                let text = format!("the last block, `{}` of line {}, is closed here", closed.word, closed.line);
                error = error.mark(closed.end, text);
            }
            self.errors.push(error);
            return;
        };
        let closed = Closed { word: frame.word, line: frame.line, end };
        if self.suspect.is_none() && self.is_indented_like_another(&frame, end) {
            self.suspect = Some(closed.clone());
        }
        self.closed = Some(closed);
        let kind = frame.kind.take().filter(|_| self.open.len() < DEEPEST);
        let Some(kind) = kind else { return self.move_out(frame) };
        let block = Block { kind, body: Arc::from(frame.statements), end };
        let kind = StatementKind::Block(block);
        self.statement(Statement { span: frame.span, line: frame.line, kind, label: None });
    }

    /// Moves the statements of a block that cannot be one to where it stands.
    fn move_out(&mut self, frame: OpenBlock) {
        self.is_doubtful = true;
        frame.statements.into_iter().for_each(|statement| self.statement(statement));
    }

    /// Takes the blocks that are open for closed.
    pub(super) fn forget_open(&mut self) {
        while let Some(frame) = self.open.pop() {
            self.move_out(frame);
        }
    }

    /// Whether `end` is indented as a block further out is, and not as the one that it closes.
    fn is_indented_like_another(&self, frame: &OpenBlock, end: Span) -> bool {
        let indentation = |span: Span| self.source.position(span.start).column;
        let at = indentation(end);
        at != indentation(frame.span) && self.open.iter().any(|outer| indentation(outer.span) == at)
    }

    fn test(&mut self, name: Spanned<String>, line: usize, span: Span) {
        self.close_all(Instead::Test(span));
        if let Some(first) = self.tests.iter().filter_map(|test| test.name.as_ref()).find(|n| n.value == name.value) {
            let error = Diagnostic::error(self.source, name.span, "two tests have the same name", "the second one")
                .mark(first.span, "the first one");
            self.errors.push(error);
        }
        self.tests.push(TestBlock { span, line, name: Some(name), statements: Vec::new() });
    }

    fn title(&mut self, title: Spanned<String>, span: Span) {
        self.refuse_inside("title", span);
        if let Some(first) = &self.title {
            let error = Diagnostic::error(self.source, title.span, "a second title", "this one")
                .mark(first.span, "the first one is here");
            self.errors.push(error);
        }
        self.title = Some(title);
    }

    /// Notes that `word` stands inside of a block or below a `test`, where it has no meaning.
    pub(super) fn refuse_inside(&mut self, word: &str, span: Span) {
        let outer = match (self.open.last(), self.tests.last()) {
            (Some(frame), _) => (frame.span, format!("inside of this `{}`", frame.word)),
            (None, Some(test)) => (test.span, "below this `test`".to_owned()),
            (None, None) => return,
        };
        let message = format!("`{word}` must be at the top, before the first `test`");
        self.errors.push(Diagnostic::error(self.source, span, message, "not here").mark(outer.0, outer.1));
    }

    /// Whether the next line is in no block and below no `test`.
    pub(super) fn is_at_top(&self) -> bool {
        self.open.is_empty() && self.tests.is_empty()
    }

    /// Notes every block that is open where a test begins, or the file ends.
    pub(super) fn close_all(&mut self, instead: Instead) {
        while let Some(frame) = self.open.pop() {
            if frame.kind.is_none() {
                self.move_out(frame);
                continue;
            }
            let mut error = unclosed(self.source, frame.span, frame.word);
            if let Some(suspect) = self.suspect.take() {
                let text = format!("this `end` closes `{}` of line {}", suspect.word, suspect.line);
                error = error.mark(suspect.end, text);
            }
            self.errors.push(instead.mark(self.source, error));
            self.move_out(frame);
        }
    }

    /// What the file says, once all lines are taken; and whether its blocks are in doubt.
    pub(super) fn finish(mut self, doubt: &mut Doubt) -> ScriptParts {
        self.close_all(Instead::EndOfFile(self.source.line_count()));
        doubt.blocks = self.is_doubtful;
        if self.tests.is_empty() {
            let statements = std::mem::take(&mut self.preamble);
            self.tests.push(TestBlock { span: Span::default(), line: 1, name: None, statements });
        }
        ScriptParts {
            title: self.title,
            tags: self.tags,
            dialects: self.dialects,
            speaks: self.speaks,
            plan: self.plan,
            preamble: self.preamble,
            tests: self.tests,
        }
    }
}
