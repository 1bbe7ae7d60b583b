//! One line as what it says. Which block it stands in is not known here, but for the lines that belong to another
//! grammar: those of a `load` block and those between `"""` marks.

use pest::Parser;

use super::context::{LineContext, first, first_two};
use super::grammar::{Grammar, Pair, Rule};
use super::sizes::Sizes;
use super::vocabulary::{BLOCK_WORDS, SETTINGS};
use super::{act, mistake, opening, template, transfer, users, value};
use crate::diagnostic::Diagnostic;
use crate::diagnostic::source::{Source, Span, Spanned};
use crate::lang::ast::{
    Assert, BlockKind, Leftovers, Let, Name, OpeningKind, Param, Setting, StatementKind, Users, Value,
};

/// What a line says.
pub(super) enum Item {
    /// Nothing: it is blank or a comment.
    Nothing,
    /// A statement that is complete.
    Statement(StatementKind, Option<Spanned<String>>),
    /// A line that `end` answers.
    Block(BlockKind),
    /// A line that was not understood, but begins with the word of a block, or nearly so.
    BrokenBlock(&'static str),
    /// The same for `test`.
    BrokenTest,
    /// The same for `end`.
    BrokenEnd,
    /// `alice> """`
    TextBlock(Users),
    /// `load`
    Load,
    /// `dialect irc`
    Dialect(Spanned<Name>),
    /// `set dialect irc`
    SetDialect(Spanned<Name>),
    /// `include "login.chat"`
    Include(Spanned<String>),
    /// `end`
    End,
    /// `test "name"`
    Test(Spanned<String>),
    /// `title ...`
    Title(Spanned<String>),
    /// `tags ...`
    Tags(Vec<Spanned<String>>),
}

/// Reads a line of a script. `None` for a line that is wrong, which has left an error.
pub(super) fn read(source: &Source, span: Span, errors: &mut Vec<Diagnostic>, sizes: &mut Sizes) -> Item {
    let (line, text) = LineContext::new(source, span, errors);
    let mut line = line.with_sizes(sizes);
    match Grammar::parse(Rule::line, text) {
        Ok(mut pairs) => {
            let found = pairs.next().and_then(|line| line.into_inner().next());
            item(&mut line, found.expect("the grammar's `line` holds one statement, or `empty`"))
        }
        Err(error) => {
            mistake::explain(&mut line, text, &error);
            match mistake::intended_word(text) {
                Some("test") => Item::BrokenTest,
                Some("load") => Item::Load,
                Some("end") => Item::BrokenEnd,
                Some(word) if BLOCK_WORDS.contains(&word) => Item::BrokenBlock(word),
                Some(_) | None => Item::Nothing,
            }
        }
    }
}

fn item(line: &mut LineContext<'_>, pair: Pair<'_>) -> Item {
    let label = label(line, &pair);
    let statement = match pair.as_rule() {
        Rule::send_block => {
            let users = first(pair);
            return Item::TextBlock(users::read(line, users));
        }
        Rule::send => act::send(line, pair),
        Rule::expect => act::expect(line, pair),
        Rule::expect_bytes => act::expect_bytes(line, pair),
        Rule::raw => act::raw(line, pair),
        Rule::is => act::is(line, pair),
        Rule::chunk => act::chunk(line, pair),
        Rule::upload => transfer::upload(line, pair),
        Rule::download => transfer::download(line, pair),
        Rule::action => act::action(line, pair),
        Rule::ignore => act::ignore(line, pair),
        Rule::connect => StatementKind::Connect(opening::read(line, OpeningKind::Connect, pair)),
        Rule::open => StatementKind::Connect(opening::read(line, OpeningKind::Open, pair)),
        Rule::let_ => StatementKind::Value(let_(line, pair)),
        Rule::param => StatementKind::Value(param(line, pair)),
        Rule::assert => StatementKind::Value(assert(line, pair)),
        Rule::pause => StatementKind::Wait(value::pause(line, first(pair))),
        Rule::set => return set(line, pair),
        Rule::unordered => return Item::Block(BlockKind::Unordered),
        Rule::together => return Item::Block(BlockKind::Together(Vec::new())),
        Rule::setup => return Item::Block(BlockKind::Setup),
        Rule::finally => return Item::Block(BlockKind::Finally),
        Rule::each => return Item::Block(BlockKind::Each(users::read(line, first(pair)))),
        Rule::repeat => return Item::Block(BlockKind::Repeat(value::positive(line, &first(pair)))),
        Rule::every => return Item::Block(BlockKind::Every(value::interval(line, first(pair)))),
        Rule::load => return Item::Load,
        Rule::dialect => return Item::Dialect(line.new_name(&first(pair))),
        Rule::include => return Item::Include(include(line, pair)),
        Rule::end => return Item::End,
        Rule::test => return Item::Test(test(line, pair)),
        Rule::title => return Item::Title(line.text(&first(pair))),
        Rule::tags => return Item::Tags(pair.into_inner().map(|tag| line.text(&tag)).collect()),
        _ => return Item::Nothing,
    };
    Item::Statement(statement, label)
}

/// `as "search"` behind the text of a statement.
fn label(line: &mut LineContext<'_>, pair: &Pair<'_>) -> Option<Spanned<String>> {
    let written = pair.clone().into_inner().find(|part| part.as_rule() == Rule::label)?;
    let name = line.text(&first(written.clone()));
    if pair.as_rule() == Rule::ignore {
        line.error(line.span(&written), "`ignore` takes no label", "nothing is measured here", None);
    }
    Some(name)
}

fn let_(line: &mut LineContext<'_>, pair: Pair<'_>) -> Value {
    let (name, text) = first_two(pair);
    Value::Let(Let { name: line.new_name(&name), value: template::read(line, text) })
}

fn param(line: &mut LineContext<'_>, pair: Pair<'_>) -> Value {
    let (name, text) = first_two(pair);
    Value::Param(Param { name: line.new_name(&name), default: template::read(line, text) })
}

fn assert(line: &mut LineContext<'_>, pair: Pair<'_>) -> Value {
    let mut inner = pair.into_inner();
    let (left, operator) = inner.next().zip(inner.next()).expect("`assert` has a left side and an operator");
    let right = inner.next().expect("`assert` has a right side");
    let comparison = Spanned::new(value::comparison(operator.as_str()), line.span(&operator));
    Value::Assert(Assert { left: template::read(line, left), comparison, right: template::read(line, right) })
}

fn test(line: &mut LineContext<'_>, pair: Pair<'_>) -> Spanned<String> {
    let text = template::quoted(line, first(pair));
    let name = text.literal().unwrap_or_else(|| {
        line.error(text.span, "the name of a test cannot contain `{{ }}`", "expected a plain text", None);
        String::new()
    });
    if name.is_empty() && text.is_literal() {
        line.error(text.span, "a test needs a name", "expected a text", None);
    }
    Spanned::new(name, text.span)
}

fn include(line: &mut LineContext<'_>, pair: Pair<'_>) -> Spanned<String> {
    let text = template::quoted(line, first(pair));
    let path = text.literal().unwrap_or_else(|| {
        line.error(text.span, "the path of a file to include cannot contain `{{ }}`", "expected a plain text", None);
        String::new()
    });
    if path.is_empty() && text.is_literal() {
        line.error(text.span, "`include` needs a path", "expected one such as `\"login.chat\"`", None);
    }
    Spanned::new(path, text.span)
}

fn set(line: &mut LineContext<'_>, pair: Pair<'_>) -> Item {
    let (name, value) = first_two(pair);
    let setting = match name.as_str() {
        "timeout" => value::duration_text(line, &value).map(|duration| {
            let span = line.span(&value);
            Setting::Timeout(value::refuse_zero(line, duration, span))
        }),
        "settle" => value::duration_text(line, &value).map(Setting::Settle),
        "leftovers" => leftovers(line, &value).map(Setting::Leftovers),
        "dialect" => return Item::SetDialect(Spanned::new(Name::new(value.as_str()), line.span(&value))),
        other => {
            mistake::unknown_word(line, line.span(&name), "setting", other, &SETTINGS);
            None
        }
    };
    setting.map_or(Item::Nothing, |setting| Item::Statement(StatementKind::Set(setting), None))
}

fn leftovers(line: &mut LineContext<'_>, pair: &Pair<'_>) -> Option<Leftovers> {
    match pair.as_str() {
        "fail" => Some(Leftovers::Fail),
        "allow" => Some(Leftovers::Allow),
        other => {
            let message = format!("unknown value of `leftovers`: `{other}`");
            line.error(line.span(pair), &message, "expected `fail` or `allow`", None);
            None
        }
    }
}
