//! Statements that begin with users: what they do, and what is demanded of them.

use super::context::{LineContext, first, first_two};
use super::grammar::{Pair, Rule};
use super::{template, users, value};
use crate::diagnostic::source::{Span, Spanned};
use crate::lang::ast::{
    Act, BytesExpectation, Expectation, Mode, Part, PartKind, Pattern, SendText, StatementKind, Template, Users,
};

/// `alice> text`
pub(super) fn send(line: &mut LineContext<'_>, pair: Pair<'_>) -> StatementKind {
    let mut inner = pair.into_inner();
    let (users, text) = inner.next().zip(inner.next()).expect("`send` has users and a text");
    let users = users::read(line, users);
    StatementKind::By { users, act: Act::Send(SendText::Line(template::read(line, text))) }
}

/// `bob<..~@50ms regex`
pub(super) fn expect(line: &mut LineContext<'_>, pair: Pair<'_>) -> StatementKind {
    let (users, expectation) = expectation(line, pair);
    if let Pattern::Text(template) = &expectation.pattern {
        refuse_bad_bytes(line, template);
    }
    StatementKind::By { users, act: Act::Expect(expectation) }
}

/// A text that looks like bytes is a slip, not a line.
fn refuse_bad_bytes(line: &mut LineContext<'_>, text: &Template) {
    let begins_so = |part: &Part| matches!(&part.kind, PartKind::Literal(text) if text.starts_with("bytes \""));
    if text.parts.first().is_some_and(begins_so) {
        let mark = r#"expected `bytes "..."` with nothing but `\n \r \t \0 \\ \" \xFF \u{1F98A}` after a backslash"#;
        let help = r#"a line that begins so is written `{{"bytes"}} "..."`"#;
        line.error(text.span, "these bytes are not written so", mark, help);
    }
}

/// `bob<@50ms bytes "\x00\x05hello"`
pub(super) fn expect_bytes(line: &mut LineContext<'_>, pair: Pair<'_>) -> StatementKind {
    let mut inner = pair.into_inner();
    let (users, operator) = inner.next().zip(inner.next()).expect("`expect_bytes` has users and an operator");
    let text = inner.next().expect("`expect_bytes` has bytes");
    let users = users::read(line, users);
    let operator_span = line.span(&operator);
    let mut deadline = None;
    for part in operator.into_inner() {
        match part.as_rule() {
            Rule::duration => deadline = Some(value::nonzero_duration(line, &part)),
            _ => {
                let help = "bytes have no lines that could be passed over or be left out";
                line.error(operator_span, "`bytes` takes a plain `<`", "expected `<` or `<@50ms`", help);
            }
        }
    }
    let span = line.span(&text);
    let span = Span::new(span.start - "bytes ".len(), span.end);
    let bytes = Spanned::new(template::bytes(line, text), span);
    if bytes.value.is_empty() {
        line.error(span, "there are no bytes to expect", "expected at least one", None);
    }
    StatementKind::By { users, act: Act::ExpectBytes(BytesExpectation { deadline, bytes }) }
}

fn expectation(line: &mut LineContext<'_>, pair: Pair<'_>) -> (Users, Expectation) {
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
            Rule::prompt => mode = Mode::Prompt,
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
    (users, Expectation { operator: span, mode, deadline, pattern })
}

fn refuse_deadline(line: &mut LineContext<'_>, mode: Mode, span: Span) {
    let operator = if mode == Mode::Absent { "<!" } else { "<?" };
    let message = format!("`{operator}` takes no deadline");
    let help = "a fence decides that nothing more is coming, without waiting; leave the deadline out";
    line.error(Span::new(span.start - 1, span.end), &message, "not here", help);
}

/// `alice raw "\xff\n"`
pub(super) fn raw(line: &mut LineContext<'_>, pair: Pair<'_>) -> StatementKind {
    let (users, text) = first_two(pair);
    let bytes = Spanned::new(template::bytes(line, text.clone()), line.span(&text));
    if bytes.value.is_empty() {
        line.error(bytes.span, "there are no bytes to send", "expected at least one", None);
    }
    StatementKind::By { users: users::read(line, users), act: Act::Raw(bytes) }
}

/// `bob is silent`
pub(super) fn is(line: &mut LineContext<'_>, pair: Pair<'_>) -> StatementKind {
    let (users, state) = first_two(pair);
    let users = users::read(line, users);
    let act = match first(state).as_rule() {
        Rule::silent => Act::Silent,
        _ => Act::Closed,
    };
    StatementKind::By { users, act }
}

/// `bob chunk 3`
pub(super) fn chunk(line: &mut LineContext<'_>, pair: Pair<'_>) -> StatementKind {
    let (users, size) = first_two(pair);
    let users = users::read(line, users);
    let size = match size.as_rule() {
        Rule::off => None,
        _ => Some(value::positive_size(line, &size, usize::MAX).value),
    };
    StatementKind::By { users, act: Act::Chunk(size) }
}

/// `bob drain` and the other statements of one verb.
pub(super) fn action(line: &mut LineContext<'_>, pair: Pair<'_>) -> StatementKind {
    let (users, verb) = first_two(pair);
    let users = users::read(line, users);
    let act = match first(verb).as_rule() {
        Rule::drain => Act::Drain,
        Rule::disconnect => Act::Disconnect,
        Rule::reset => Act::Reset,
        Rule::reconnect => Act::Reconnect,
        Rule::stall => Act::Stall,
        _ => Act::Resume,
    };
    StatementKind::By { users, act }
}

/// `ignore bob< pattern`
pub(super) fn ignore(line: &mut LineContext<'_>, pair: Pair<'_>) -> StatementKind {
    let (users, expectation) = expectation(line, first(pair));
    if expectation.mode != Mode::Next || expectation.deadline.is_some() {
        let help = "lines are set aside whenever they come: only `<` and `<~` stand after `ignore`";
        line.error(expectation.operator, "`ignore` takes a plain pattern", "expected `<` or `<~`", help);
    }
    StatementKind::By { users, act: Act::Ignore(expectation.pattern) }
}
