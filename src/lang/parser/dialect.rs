//! The lines of a `dialect` block.

use pest::Parser;

use super::context::{LineContext, first, first_two};
use super::grammar::{Grammar, Pair, Rule};
use super::line::{self, Item};
use super::sizes::Sizes;
use super::vocabulary::DIALECT_WORDS;
use super::{mistake, template, value};
use crate::diagnostic::Diagnostic;
use crate::diagnostic::source::{Source, Span, Spanned};
use crate::lang::ast::{
    Act, AutoReply, Dialogue, DialogueAct, DialogueStep, Expectation, Fence, ForeignDialect, LineEnd, MentionKind,
    Mode, Name, Pattern, StatementKind,
};

/// The longest name that a dialect can be told to allow: no server takes longer ones.
const LONGEST_NAME: usize = 10_000;

/// What a line of a `dialect` block says about the block.
pub(super) enum DialectItem {
    /// Something that is in the dialect now, or nothing.
    Entry,
    /// A line that opens a block of its own.
    Block(DialogueKind),
    /// `end`
    End,
}

/// The blocks inside of a dialect.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum DialogueKind {
    Login,
    Fence,
    Logout,
}

impl DialogueKind {
    /// The word that it begins with.
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Login => "login",
            Self::Fence => "fence",
            Self::Logout => "logout",
        }
    }
}

/// A dialect of which nothing is known but its name.
pub(super) fn empty(source: &Source, span: Span, name: Spanned<Name>) -> ForeignDialect {
    ForeignDialect {
        source: source.clone(),
        span,
        end: span,
        name,
        line_end: None,
        longest_name: None,
        load_name: None,
        login: None,
        logout: None,
        fence: None,
        answers: Vec::new(),
        ignored: Vec::new(),
        prompts: Vec::new(),
    }
}

/// Reads a line of a `dialect` block into `dialect`.
pub(super) fn read(
    source: &Source,
    span: Span,
    dialect: &mut ForeignDialect,
    errors: &mut Vec<Diagnostic>,
) -> DialectItem {
    let (mut line, text) = LineContext::new(source, span, errors);
    match Grammar::parse(Rule::dialect_line, text) {
        Ok(mut pairs) => {
            let found = pairs.next().and_then(|line| line.into_inner().next());
            entry(&mut line, dialect, found.expect("the grammar's `dialect_line` holds one entry, or `empty`"))
        }
        Err(error) => {
            mistake::explain_entry(&mut line, text, "part of a dialect", &DIALECT_WORDS, &error);
            match mistake::intended_entry(text, &DIALECT_WORDS) {
                Some("login") => DialectItem::Block(DialogueKind::Login),
                Some("fence") => DialectItem::Block(DialogueKind::Fence),
                Some("logout") => DialectItem::Block(DialogueKind::Logout),
                Some("end") => DialectItem::End,
                Some(_) | None => DialectItem::Entry,
            }
        }
    }
}

fn entry(line: &mut LineContext<'_>, dialect: &mut ForeignDialect, pair: Pair<'_>) -> DialectItem {
    let whole = line.span(&pair);
    match pair.as_rule() {
        Rule::end => return DialectItem::End,
        Rule::login => return DialectItem::Block(DialogueKind::Login),
        Rule::fence => return DialectItem::Block(DialogueKind::Fence),
        Rule::logout => return DialectItem::Block(DialogueKind::Logout),
        Rule::line_end => {
            if let Some(end) = line_end(line, &first(pair)) {
                once(line, &mut dialect.line_end, end);
            }
        }
        Rule::longest_name => {
            let longest = value::positive_size(line, &first(pair), LONGEST_NAME);
            once(line, &mut dialect.longest_name, longest);
        }
        Rule::load_name => dialect.load_name = Some(template::read(line, first(pair))),
        Rule::answer => {
            let (pattern, reply) = first_two(pair);
            let (pattern, reply) = (template::read(line, pattern), template::read(line, reply));
            dialect.answers.push(AutoReply { span: whole, pattern, reply });
        }
        Rule::noise => {
            let mut parts = pair.into_inner();
            let head = parts.next().expect("`noise` has a pattern");
            dialect.ignored.push(match parts.next() {
                Some(text) => Pattern::Regex(template::regex(line, text)),
                None => Pattern::Text(template::read(line, head)),
            });
        }
        Rule::prompt_text => prompt(line, dialect, first(pair)),
        _ => {}
    }
    DialectItem::Entry
}

fn line_end(line: &mut LineContext<'_>, pair: &Pair<'_>) -> Option<Spanned<LineEnd>> {
    let span = line.span(pair);
    match pair.as_str() {
        "lf" => Some(Spanned::new(LineEnd::Lf, span)),
        "crlf" => Some(Spanned::new(LineEnd::CrLf, span)),
        "telnet" => Some(Spanned::new(LineEnd::Telnet, span)),
        other => {
            line.error(span, &format!("unknown line end `{other}`"), "expected `lf`, `crlf` or `telnet`", None);
            None
        }
    }
}

fn prompt(line: &mut LineContext<'_>, dialect: &mut ForeignDialect, pair: Pair<'_>) {
    let text = template::quoted(line, pair);
    match text.literal() {
        Some(literal) if !literal.is_empty() => dialect.prompts.push(Spanned::new(literal, text.span)),
        Some(_) => line.error(text.span, "an empty prompt", "expected a text", None),
        None => line.error(text.span, "a prompt is a fixed text", "no `{{ }}` here", None),
    }
}

/// Keeps the value, unless there is one already.
fn once<T>(line: &mut LineContext<'_>, slot: &mut Option<Spanned<T>>, value: Spanned<T>) {
    match slot {
        None => *slot = Some(value),
        Some(before) => second(line, value.span, before.span),
    }
}

fn second(line: &mut LineContext<'_>, span: Span, before: Span) {
    let error = Diagnostic::error(line.source, span, "a dialect says this once", "here again")
        .mark(before, "already said here");
    line.errors.push(error);
}

/// Reads a line of `login`, `fence` or `logout`: a step, nothing, or the `end` of the block.
pub(super) fn step(
    source: &Source,
    span: Span,
    number: usize,
    errors: &mut Vec<Diagnostic>,
) -> Result<Option<DialogueStep>, BlockEnd> {
    let found = errors.len();
    let item = line::read(source, span, errors, &mut Sizes::default());
    let (mut line, text) = LineContext::new(source, span, errors);
    let blanks = text.len() - text.trim_start_matches([' ', '\t']).len();
    let span = Span::new(span.start + blanks, span.end);
    let statement = match item {
        Item::End | Item::BrokenEnd => return Err(BlockEnd),
        Item::Nothing => return Ok(None),
        Item::Statement(statement, None) => statement,
        Item::Statement(_, Some(label)) => {
            line.error(label.span, "a dialect has no labels", "nothing is measured here", None);
            return Ok(None);
        }
        Item::Block(_)
        | Item::BrokenBlock(_)
        | Item::BrokenTest
        | Item::TextBlock(_)
        | Item::Load
        | Item::Dialect(_)
        | Item::Include(_)
        | Item::SetDialect(_)
        | Item::Test(_)
        | Item::Title(_)
        | Item::Tags(_) => {
            if line.errors.len() == found {
                refuse(&mut line, span);
            }
            return Ok(None);
        }
    };
    let StatementKind::By { users, act } = statement else {
        refuse(&mut line, span);
        return Ok(None);
    };
    let is_me = matches!(users.mentions.as_slice(), [only] if only.kind == MentionKind::Me);
    if !is_me {
        let help = "each user carries it out for itself: write `me`";
        line.error(users.span, "a dialect speaks for one user", "expected `me`", help);
    }
    let act = match act {
        Act::Send(text) => DialogueAct::Send(text),
        Act::Raw(bytes) => DialogueAct::Raw(bytes.value),
        Act::Expect(Expectation { mode: Mode::Next | Mode::Later, .. }) => {
            let Act::Expect(expectation) = act else { return Ok(None) };
            DialogueAct::Expect(expectation)
        }
        _ => {
            refuse(&mut line, span);
            return Ok(None);
        }
    };
    Ok(Some(DialogueStep { span, line: number, act }))
}

/// The `end` of a block.
pub(super) struct BlockEnd;

fn refuse(line: &mut LineContext<'_>, span: Span) {
    let mark = "expected `me> text`, `me raw \"...\"`, `me< text` or `me<.. text`";
    line.error(span, "a dialect sends and expects lines", mark, None);
}

/// Puts a block that is complete into the dialect.
pub(super) fn close(
    source: &Source,
    dialect: &mut ForeignDialect,
    kind: DialogueKind,
    block: Dialogue,
    errors: &mut Vec<Diagnostic>,
) {
    let before = match kind {
        DialogueKind::Login => dialect.login.as_ref().map(|block| block.span),
        DialogueKind::Logout => dialect.logout.as_ref().map(|block| block.span),
        DialogueKind::Fence => dialect.fence.as_ref().map(|fence| fence.span),
    };
    if let Some(before) = before {
        let error = Diagnostic::error(source, block.span, "a dialect says this once", "here again")
            .mark(before, "already said here");
        errors.push(error);
        return;
    }
    if block.steps.is_empty() && kind != DialogueKind::Fence {
        let (word, statement) = match kind {
            DialogueKind::Logout => ("logout", "disconnect"),
            DialogueKind::Login | DialogueKind::Fence => ("login", "connect"),
        };
        let message = format!("a {word} does nothing");
        let error = Diagnostic::error(source, block.span, message, "expected `me> ...` or `me< ...` in it")
            .help(format!("if a `{statement}` has nothing to say to the server, leave the {word} out"));
        errors.push(error);
        return;
    }
    match kind {
        DialogueKind::Login => dialect.login = Some(block),
        DialogueKind::Logout => dialect.logout = Some(block),
        DialogueKind::Fence => dialect.fence = fence(source, block, errors),
    }
}

/// A fence: lines that are sent, and after them the lines that answer.
fn fence(source: &Source, block: Dialogue, errors: &mut Vec<Diagnostic>) -> Option<Fence> {
    let Dialogue { span, steps } = block;
    let (mut sent, mut answer) = (Vec::new(), Vec::new());
    for step in steps {
        match step.act {
            DialogueAct::Send(_) | DialogueAct::Raw(_) if answer.is_empty() => sent.push(step),
            DialogueAct::Expect(expectation) if expectation.mode == Mode::Next && expectation.deadline.is_none() => {
                answer.push(expectation.pattern);
            }
            DialogueAct::Send(_) | DialogueAct::Raw(_) => {
                let error = Diagnostic::error(source, step.span, "a fence is one round trip", "sent after the answer");
                errors.push(error);
            }
            DialogueAct::Expect(expectation) => {
                let error = Diagnostic::error(
                    source,
                    expectation.operator,
                    "a fence finds its answer among other lines by itself",
                    "expected `<` or `<~`",
                );
                errors.push(error);
            }
        }
    }
    let missing = match (sent.is_empty(), answer.is_empty()) {
        (true, _) => Some(("a fence sends nothing", "expected `me> ...` in it")),
        (false, true) => Some(("a fence without an answer", "expected `me< ...` in it")),
        (false, false) => None,
    };
    if let Some((message, mark)) = missing {
        let help =
            "a fence asks what the server answers after everything else: `me> PING {{token}}`, `me< PONG {{token}}`";
        errors.push(Diagnostic::error(source, span, message, mark).help(help));
        return None;
    }
    Some(Fence { span, sent, answer })
}
