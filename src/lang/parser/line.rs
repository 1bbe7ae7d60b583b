//! One line as what it says. Which block it stands in is not known here, but for the lines that belong to another
//! grammar: those of a `load` block and those between `"""` marks.

use std::num::{NonZeroU64, NonZeroUsize};

use pest::Parser;

use super::grammar::{Grammar, Pair, Rule};
use super::vocabulary::{SETTINGS, is_reserved};
use super::{mistake, template, users, value};
use crate::diagnostic::source::{Source, Span, Spanned};
use crate::diagnostic::{Diagnostic, Note};
use crate::lang::ast::{
    Assert, Chunk, Comparison, Declaration, Expectation, Ignore, Interval, Leftovers, Let, Mode, Name, Opening, Param,
    Pattern, Raw, Send, SendText, Setting, StatementKind, Template, Users,
};
use crate::protocol::charset::Charset;
use crate::protocol::dialect::Dialect;

/// No group is larger: its labels are all held in memory.
const LARGEST_GROUP: usize = 10_000;

/// What a line says.
pub(super) enum Item {
    /// Nothing: it is blank or a comment.
    Nothing,
    /// A statement that is complete.
    Statement(StatementKind),
    /// A line that `end` answers.
    Block(BlockStart),
    /// `alice> """`
    TextBlock(Users),
    /// `load`
    Load,
    /// `end`
    End,
    /// `test "name"`
    Test(Spanned<String>),
    /// `title ...`
    Title(Spanned<String>),
    /// `tags ...`
    Tags(Vec<Spanned<String>>),
}

/// The blocks that hold statements.
pub(super) enum BlockStart {
    Unordered,
    Together,
    Setup,
    Finally,
    Each(Users),
    Repeat(Spanned<NonZeroU64>),
    Every(Spanned<Interval>),
}

impl BlockStart {
    /// The word it begins with.
    pub(super) fn word(&self) -> &'static str {
        match self {
            Self::Unordered => "unordered",
            Self::Together => "together",
            Self::Setup => "setup",
            Self::Finally => "finally",
            Self::Each(_) => "each",
            Self::Repeat(_) => "repeat",
            Self::Every(_) => "every",
        }
    }
}

/// A line while it is read: it knows where its text begins, and takes the errors found in it.
pub(super) struct Line<'a> {
    pub(super) source: &'a Source,
    /// Where the parsed text begins in the source.
    pub(super) base: usize,
    pub(super) errors: &'a mut Vec<Diagnostic>,
}

impl<'a> Line<'a> {
    /// The text at `span` of the source is to be read.
    pub(super) fn new(source: &'a Source, span: Span, errors: &'a mut Vec<Diagnostic>) -> (Self, &'a str) {
        (Self { source, base: span.start, errors }, source.slice(span))
    }

    /// Where a match stands in the source.
    pub(super) fn span(&self, pair: &Pair<'_>) -> Span {
        let span = pair.as_span();
        Span::new(self.base + span.start(), self.base + span.end())
    }

    /// Notes an error, with help if there is one.
    pub(super) fn error<'h>(&mut self, span: Span, message: &str, mark: &str, help: impl Into<Option<&'h str>>) {
        let mut error = Diagnostic::error(self.source, span, message, mark);
        error.notes.extend(help.into().map(|help| Note::Help(help.to_owned())));
        self.errors.push(error);
    }

    /// A name that is given here to something.
    pub(super) fn new_name(&mut self, pair: &Pair<'_>) -> Spanned<Name> {
        let span = self.span(pair);
        if is_reserved(pair.as_str()) {
            let message = format!("`{}` is a word of the language", pair.as_str());
            self.error(span, &message, "expected a name", None);
        }
        Spanned::new(Name::new(pair.as_str()), span)
    }

    fn text(&self, pair: &Pair<'_>) -> Spanned<String> {
        Spanned::new(pair.as_str().to_owned(), self.span(pair))
    }
}

/// Reads a line of a script. One that is wrong says nothing, and has left an error.
pub(super) fn read(source: &Source, span: Span, errors: &mut Vec<Diagnostic>) -> Item {
    let (mut line, text) = Line::new(source, span, errors);
    match Grammar::parse(Rule::line, text) {
        Ok(mut pairs) => {
            let found = pairs.next().and_then(|line| line.into_inner().next());
            item(&mut line, found.expect("the grammar's `line` holds one statement, or `empty`"))
        }
        Err(error) => {
            mistake::explain(&mut line, text, &error);
            Item::Nothing
        }
    }
}

fn item(line: &mut Line<'_>, pair: Pair<'_>) -> Item {
    let statement = match pair.as_rule() {
        Rule::send_block => {
            let users = first(pair);
            return Item::TextBlock(users::read(line, users));
        }
        Rule::send => send(line, pair),
        Rule::expect => StatementKind::Expect(expect(line, pair)),
        Rule::raw => raw(line, pair),
        Rule::is => is(line, pair),
        Rule::chunk => chunk(line, pair),
        Rule::action => action(line, pair),
        Rule::connect => StatementKind::Connect(opening(line, pair)),
        Rule::open => StatementKind::Open(opening(line, pair)),
        Rule::ignore => ignore(line, pair),
        Rule::let_ => let_(line, pair),
        Rule::param => param(line, pair),
        Rule::assert => assert(line, pair),
        Rule::pause => StatementKind::Pause(value::pause(line, first(pair))),
        Rule::set => return set(line, pair),
        Rule::unordered => return Item::Block(BlockStart::Unordered),
        Rule::together => return Item::Block(BlockStart::Together),
        Rule::setup => return Item::Block(BlockStart::Setup),
        Rule::finally => return Item::Block(BlockStart::Finally),
        Rule::each => return Item::Block(BlockStart::Each(users::read(line, first(pair)))),
        Rule::repeat => return Item::Block(BlockStart::Repeat(value::positive(line, &first(pair)))),
        Rule::every => return Item::Block(BlockStart::Every(value::interval(line, first(pair)))),
        Rule::load => return Item::Load,
        Rule::end => return Item::End,
        Rule::test => return Item::Test(test(line, pair)),
        Rule::title => return Item::Title(line.text(&first(pair))),
        Rule::tags => return Item::Tags(pair.into_inner().map(|tag| line.text(&tag)).collect()),
        _ => return Item::Nothing,
    };
    Item::Statement(statement)
}

/// The first match inside of another, which the grammar guarantees.
pub(super) fn first(pair: Pair<'_>) -> Pair<'_> {
    pair.into_inner().next().expect("the grammar's rule has a part")
}

/// The first two matches inside of another, which the grammar guarantees.
pub(super) fn first_two(pair: Pair<'_>) -> (Pair<'_>, Pair<'_>) {
    let mut inner = pair.into_inner();
    let parts = inner.next().zip(inner.next());
    parts.expect("the grammar's rule has two parts")
}

fn send(line: &mut Line<'_>, pair: Pair<'_>) -> StatementKind {
    let (users, text) = first_two(pair);
    let users = users::read(line, users);
    StatementKind::Send(Send { users, text: SendText::Line(template::read(line, text)) })
}

fn expect(line: &mut Line<'_>, pair: Pair<'_>) -> Expectation {
    let mut inner = pair.into_inner();
    let (users, operator) = inner.next().zip(inner.next()).expect("`expect` has users and an operator");
    let users = users::read(line, users);
    let span = line.span(&operator);
    let (mut mode, mut regex, mut deadline) = (Mode::Next, false, None);
    for part in operator.into_inner() {
        match part.as_rule() {
            Rule::later => mode = Mode::Later,
            Rule::optional => mode = Mode::Optional,
            Rule::absent => mode = Mode::Absent,
            Rule::tilde => regex = true,
            _ => deadline = Some(value::nonzero_duration(line, &part)),
        }
    }
    if let (Mode::Optional | Mode::Absent, Some(deadline)) = (mode, deadline) {
        refuse_deadline(line, mode, deadline.span);
    }
    let text = inner.next().expect("`expect` has a pattern");
    let pattern =
        if regex { Pattern::Regex(template::regex(line, text)) } else { Pattern::Text(template::read(line, text)) };
    Expectation { users, operator: span, mode, deadline, pattern }
}

fn refuse_deadline(line: &mut Line<'_>, mode: Mode, span: Span) {
    let operator = if mode == Mode::Absent { "<!" } else { "<?" };
    let message = format!("`{operator}` takes no deadline");
    let help = "a fence decides that nothing more is coming, without waiting; leave the deadline out";
    line.error(Span::new(span.start - 1, span.end), &message, "not here", help);
}

fn raw(line: &mut Line<'_>, pair: Pair<'_>) -> StatementKind {
    let (users, text) = first_two(pair);
    let bytes = Spanned::new(template::bytes(line, text.clone()), line.span(&text));
    if bytes.value.is_empty() {
        line.error(bytes.span, "there are no bytes to send", "expected at least one", None);
    }
    StatementKind::Raw(Raw { users: users::read(line, users), bytes })
}

fn is(line: &mut Line<'_>, pair: Pair<'_>) -> StatementKind {
    let (users, state) = first_two(pair);
    let users = users::read(line, users);
    match first(state).as_rule() {
        Rule::silent => StatementKind::Silent(users),
        _ => StatementKind::Closed(users),
    }
}

fn chunk(line: &mut Line<'_>, pair: Pair<'_>) -> StatementKind {
    let (users, size) = first_two(pair);
    let users = users::read(line, users);
    let size = match size.as_rule() {
        Rule::off => None,
        _ => Some(value::positive_size(line, &size, usize::MAX).value),
    };
    StatementKind::Chunk(Chunk { users, size })
}

fn action(line: &mut Line<'_>, pair: Pair<'_>) -> StatementKind {
    let (users, verb) = first_two(pair);
    let users = users::read(line, users);
    match first(verb).as_rule() {
        Rule::drain => StatementKind::Drain(users),
        Rule::disconnect => StatementKind::Disconnect(users),
        Rule::reset => StatementKind::Reset(users),
        Rule::reconnect => StatementKind::Reconnect(users),
        Rule::stall => StatementKind::Stall(users),
        _ => StatementKind::Resume(users),
    }
}

fn opening(line: &mut Line<'_>, pair: Pair<'_>) -> Opening {
    let mut opening = Opening { users: Vec::new(), encoding: None, dialect: None };
    for part in pair.into_inner() {
        match part.as_rule() {
            Rule::declaration => opening.users.push(declaration(line, part)),
            _ => connection_option(line, &mut opening, part),
        }
    }
    opening
}

fn declaration(line: &mut Line<'_>, pair: Pair<'_>) -> Declaration {
    let span = line.span(&pair);
    let mut inner = pair.into_inner();
    let label = line.new_name(&inner.next().expect("a declaration has a label"));
    let (mut size, mut wire_name): (Option<Spanned<NonZeroUsize>>, Option<Template>) = (None, None);
    for part in inner {
        match part.as_rule() {
            Rule::size => size = Some(value::positive_size(line, &first(part), LARGEST_GROUP)),
            _ => wire_name = Some(template::quoted(line, part)),
        }
    }
    if let (Some(_), Some(name)) = (&size, &wire_name) {
        let help = "leave `as` out: the users of a group are named after it";
        line.error(name.span, "a group cannot have one name on the wire", "one name for several users", help);
    }
    let members = match size {
        None => vec![label.value.clone()],
        Some(size) => (1..=size.value.get()).map(|number| Name::new(&format!("{}{number}", label.value))).collect(),
    };
    Declaration { span, label, size, members, wire_name }
}

fn connection_option(line: &mut Line<'_>, opening: &mut Opening, pair: Pair<'_>) {
    let (name, value) = first_two(pair);
    let span = line.span(&value);
    match (name.as_str(), value.as_str()) {
        ("dialect", name) => match Dialect::named(name) {
            Some(dialect) => opening.dialect = Some(Spanned::new(dialect, span)),
            None => line.error(span, &format!("unknown dialect `{name}`"), "expected `text` or `legacy`", None),
        },
        ("encoding", label) => match Charset::for_label(label) {
            Ok(charset) => opening.encoding = Some(Spanned::new(charset, span)),
            Err(error) => line.error(span, &error.to_string(), "expected an encoding such as `gbk`", None),
        },
        (other, _) => {
            let message = format!("unknown option `{other}`");
            line.error(line.span(&name), &message, "expected `encoding` or `dialect`", None);
        }
    }
}

fn ignore(line: &mut Line<'_>, pair: Pair<'_>) -> StatementKind {
    let expectation = expect(line, first(pair));
    if expectation.mode != Mode::Next || expectation.deadline.is_some() {
        let help = "lines are set aside whenever they come: only `<` and `<~` stand after `ignore`";
        line.error(expectation.operator, "`ignore` takes a plain pattern", "expected `<` or `<~`", help);
    }
    StatementKind::Ignore(Ignore { users: expectation.users, pattern: expectation.pattern })
}

fn let_(line: &mut Line<'_>, pair: Pair<'_>) -> StatementKind {
    let (name, text) = first_two(pair);
    StatementKind::Let(Let { name: line.new_name(&name), value: template::read(line, text) })
}

fn param(line: &mut Line<'_>, pair: Pair<'_>) -> StatementKind {
    let (name, text) = first_two(pair);
    StatementKind::Param(Param { name: line.new_name(&name), default: template::read(line, text) })
}

fn assert(line: &mut Line<'_>, pair: Pair<'_>) -> StatementKind {
    let mut inner = pair.into_inner();
    let (left, operator) = inner.next().zip(inner.next()).expect("`assert` has a left side and an operator");
    let right = inner.next().expect("`assert` has a right side");
    let comparison = Spanned::new(comparison(operator.as_str()), line.span(&operator));
    StatementKind::Assert(Assert { left: template::read(line, left), comparison, right: template::read(line, right) })
}

/// The comparison that is written so; the grammar allows no other.
pub(super) fn comparison(text: &str) -> Comparison {
    match text {
        "==" => Comparison::Equal,
        "!=" => Comparison::NotEqual,
        "<" => Comparison::Less,
        "<=" => Comparison::LessOrEqual,
        ">" => Comparison::Greater,
        ">=" => Comparison::GreaterOrEqual,
        _ => Comparison::Contains,
    }
}

fn test(line: &mut Line<'_>, pair: Pair<'_>) -> Spanned<String> {
    let text = template::quoted(line, first(pair));
    let name = text.literal().unwrap_or_else(|| {
        line.error(text.span, "the name of a test is fixed", "no `{{ }}` here", None);
        String::new()
    });
    if name.is_empty() && text.is_literal() {
        line.error(text.span, "a test needs a name", "expected a text", None);
    }
    Spanned::new(name, text.span)
}

fn set(line: &mut Line<'_>, pair: Pair<'_>) -> Item {
    let (name, value) = first_two(pair);
    let setting = match name.as_str() {
        "timeout" => value::duration_text(line, &value).map(|duration| {
            let span = line.span(&value);
            Setting::Timeout(value::refuse_zero(line, duration, span))
        }),
        "settle" => value::duration_text(line, &value).map(Setting::Settle),
        "leftovers" => leftovers(line, &value).map(Setting::Leftovers),
        other => {
            mistake::unknown_word(line, line.span(&name), "setting", other, &SETTINGS);
            None
        }
    };
    setting.map_or(Item::Nothing, |setting| Item::Statement(StatementKind::Set(setting)))
}

fn leftovers(line: &mut Line<'_>, pair: &Pair<'_>) -> Option<Leftovers> {
    match pair.as_str() {
        "fail" => Some(Leftovers::Fail),
        "allow" => Some(Leftovers::Allow),
        other => {
            let message = format!("unread lines cannot be treated as `{other}`");
            line.error(line.span(pair), &message, "expected `fail` or `allow`", None);
            None
        }
    }
}
