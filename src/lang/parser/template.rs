//! Text with holes, quoted texts and their escapes.

use super::context::{LineContext, first, first_two};
use super::expression::{self, ExpressionError, Group};
use super::grammar::{Pair, Rule};

use super::{users, value};
use crate::diagnostic::source::{Span, Spanned};
use crate::lang::ast::{CaptureKind, Generator, Insert, Name, Part, PartKind, RegexPattern, Template};
use crate::text::nearest::nearest;

/// What a hole can say, for messages.
const HOLES: &str = "`{{name}}` inserts, `{{name:int}}`, `{{name:word}}` and `{{name:any}}` capture, `{{_}}` matches \
                     anything, `{{_:word}}` a word, `{{\"\\t\"}}` is a text with escapes";

/// Reads a match of the rule `template`, or of `left` of an assertion.
pub(super) fn read(line: &mut LineContext<'_>, pair: Pair<'_>) -> Template {
    let span = line.span(&pair);
    Template { span, parts: pair.into_inner().map(|pair| part(line, pair)).collect() }
}

/// Reads a match of the rule `quoted`. Its span has the quotes; neighboring texts and escapes are one literal.
pub(super) fn quoted(line: &mut LineContext<'_>, pair: Pair<'_>) -> Template {
    let span = line.span(&pair);
    let mut parts: Vec<Part> = Vec::new();
    for pair in pair.into_inner() {
        let part = part(line, pair);
        match (parts.last_mut(), part) {
            (
                Some(Part { span, kind: PartKind::Literal(before) }),
                Part { span: next, kind: PartKind::Literal(text) },
            ) => {
                before.push_str(&text);
                *span = span.to(next);
            }
            (_, part) => parts.push(part),
        }
    }
    Template { span, parts }
}

/// Reads a match of the rule `bytes`.
pub(super) fn bytes(line: &mut LineContext<'_>, pair: Pair<'_>) -> Vec<u8> {
    let mut bytes = Vec::new();
    for part in pair.into_inner() {
        match part.as_rule() {
            Rule::byte_escape => bytes.push(hexadecimal(&part.as_str()[2..]) as u8),
            Rule::escape => bytes.extend(escape(line, part).encode_utf8(&mut [0; 4]).bytes()),
            _ => bytes.extend(part.as_str().bytes()),
        }
    }
    bytes
}

fn part(line: &mut LineContext<'_>, pair: Pair<'_>) -> Part {
    let span = line.span(&pair);
    let kind = match pair.as_rule() {
        Rule::hole => hole(line, span, first(pair)),
        Rule::escape => PartKind::Literal(escape(line, pair).to_string()),
        Rule::unclosed_hole => {
            let help = "a placeholder ends with `}}`; two braces as text are written `{{\"{{\"}}`";
            line.error(Span::new(span.start, span.start + 2), "`{{` is not closed", "expected `}}` after it", help);
            unreadable()
        }
        _ => PartKind::Literal(pair.as_str().to_owned()),
    };
    Part { span, kind }
}

fn hole(line: &mut LineContext<'_>, span: Span, pair: Pair<'_>) -> PartKind {
    match pair.as_rule() {
        Rule::string => PartKind::Quoted(string(line, pair)),
        Rule::anything => PartKind::Anything(CaptureKind::Any),
        Rule::capture => capture(line, pair),
        Rule::text_range => PartKind::Generate(value::text_range(line, pair)),
        Rule::int_range => PartKind::Generate(value::int_range(line, pair)),
        Rule::stamp => PartKind::Stamp(pair.into_inner().next().map(|targets| users::read(line, targets))),
        Rule::insert => insert(line, span, pair.as_str()),
        _ => {
            explain_hole(line, span, pair.as_str());
            unreadable()
        }
    }
}

/// What stands for a placeholder with an error: a text, with which nothing further is wrong.
fn unreadable() -> PartKind {
    PartKind::Quoted("?".to_owned())
}

fn string(line: &mut LineContext<'_>, pair: Pair<'_>) -> String {
    let mut text = String::new();
    for part in pair.into_inner() {
        match part.as_rule() {
            Rule::escape => text.push(escape(line, part)),
            _ => text.push_str(part.as_str()),
        }
    }
    text
}

fn capture(line: &mut LineContext<'_>, pair: Pair<'_>) -> PartKind {
    let (name, kind) = first_two(pair);
    let kind = match kind.as_str() {
        "int" => CaptureKind::Int,
        "word" => CaptureKind::Word,
        _ => CaptureKind::Any,
    };
    if name.as_str() == "_" {
        return PartKind::Anything(kind);
    }
    PartKind::Capture { name: line.new_name(&name).value, kind }
}

/// What a name inserts. That of a user, a group or a value is a value until the checks know better.
fn insert(line: &mut LineContext<'_>, span: Span, name: &str) -> PartKind {
    match name {
        "me" => PartKind::Insert(Insert::Me),
        "i" => PartKind::Insert(Insert::Iteration),
        "cast" => PartKind::Insert(Insert::Cast),
        "word" => PartKind::Generate(Generator::Word),
        "text" | "int" => {
            let help = format!("write `{{{{{name} 1..9}}}}`");
            line.error(span, &format!("`{name}` needs a range"), "expected two numbers", help.as_str());
            unreadable()
        }
        "all" => {
            line.error(span, "`all` is not a value", "expected a name", "insert the name of a group instead");
            unreadable()
        }
        name => PartKind::Insert(Insert::Value(Name::new(name))),
    }
}

/// Says what is wrong with an unknown hole.
fn explain_hole(line: &mut LineContext<'_>, span: Span, content: &str) {
    let trimmed = content.trim();
    if let Some(inner) = content.find("{{") {
        let help = "a placeholder ends with `}}`; two braces as text are written `{{\"{{\"}}`";
        let second = span.start + 2 + inner;
        line.error(Span::new(span.start, span.start + 2), "`{{` is not closed", "expected `}}` after it", help);
        line.errors.last_mut().expect("just noted").marks.push(crate::diagnostic::Underline {
            span: Span::new(second, second + 2),
            text: "the next one begins here".to_owned(),
        });
    } else if trimmed.is_empty() {
        line.error(span, "an empty placeholder", "expected a name", HOLES);
    } else if trimmed != content {
        let help = format!("write `{{{{{trimmed}}}}}`");
        line.error(span, "unexpected spaces inside `{{ }}`", "expected no spaces", help.as_str());
    } else if let Some((name, kind)) = content.split_once(':').filter(|(name, _)| !name.starts_with('"')) {
        let kind_span = Span::new(span.start + 2 + name.len() + 1, span.end - 2);
        let mark = match nearest(kind, ["int", "word", "any"]) {
            Some(meant) => format!("did you mean `{meant}`?"),
            None => "expected `int`, `word` or `any`".to_owned(),
        };
        line.error(kind_span, &format!("nothing is captured as `{kind}`"), &mark, HOLES);
    } else if let Some(escape) = content.strip_prefix('"').and_then(unknown_escape) {
        let start = span.start + 3 + escape.at;
        let place = Span::new(start, start + escape.text.len());
        let message = format!("unknown escape `{}`", escape.text);
        line.error(place, &message, &format!("expected one of {ESCAPES}"), escape.help().as_deref());
    } else {
        line.error(span, "unknown placeholder", "expected a name, a capture or a quoted text", HOLES);
    }
}

/// The escapes of a text in quotes, for messages.
const ESCAPES: &str = "`\\n`, `\\r`, `\\t`, `\\0`, `\\\\`, `\\\"` and `\\u{1F98A}`";

/// An escape that means nothing.
pub(super) struct UnknownEscape<'t> {
    /// Where it begins.
    pub(super) at: usize,
    pub(super) text: &'t str,
}

impl UnknownEscape<'_> {
    /// What to write instead, where that is known.
    pub(super) fn help(&self) -> Option<String> {
        let digits = self.text.strip_prefix("\\x").filter(|digits| digits.len() == 2)?;
        let code = u32::from_str_radix(digits, 16).ok()?;
        Some(format!("bytes such as `{}` stand in `raw` only; the character is `\\u{{{code:X}}}`", self.text))
    }
}

/// The first escape of a text that means nothing.
pub(super) fn unknown_escape(text: &str) -> Option<UnknownEscape<'_>> {
    let mut rest = text;
    while let Some(backslash) = rest.find('\\') {
        let at = text.len() - rest.len() + backslash;
        let after = &text[at + 1..];
        let length = match after.chars().next()? {
            'n' | 'r' | 't' | '0' | '\\' | '"' => 1,
            'u' if after.starts_with("u{") && after.find('}').is_some_and(|end| end <= 8) => after.find('}')? + 1,
            'x' => {
                let digits = after[1..].bytes().take(2).take_while(u8::is_ascii_hexdigit).count();
                return Some(UnknownEscape { at, text: &text[at..at + 2 + digits] });
            }
            other => return Some(UnknownEscape { at, text: &text[at..at + 1 + other.len_utf8()] }),
        };
        rest = &after[length..];
    }
    None
}

fn escape(line: &mut LineContext<'_>, pair: Pair<'_>) -> char {
    let span = line.span(&pair);
    let inner = first(pair);
    match inner.as_rule() {
        Rule::unicode_escape => {
            let digits = inner.as_str().trim_start_matches("u{").trim_end_matches('}');
            char::from_u32(hexadecimal(digits)).unwrap_or_else(|| {
                line.error(span, "this is not a character", "expected a code point up to 10FFFF", None);
                char::REPLACEMENT_CHARACTER
            })
        }
        _ => match inner.as_str() {
            "n" => '\n',
            "r" => '\r',
            "t" => '\t',
            "0" => '\0',
            "\\" => '\\',
            _ => '"',
        },
    }
}

fn hexadecimal(digits: &str) -> u32 {
    u32::from_str_radix(digits, 16).expect("the grammar allows at most six hexadecimal digits")
}

/// Reads a match of the rule `template` as a regular expression with holes.
pub(super) fn regex(line: &mut LineContext<'_>, pair: Pair<'_>) -> RegexPattern {
    let template = read(line, pair);
    let mut expression = String::new();
    for part in &template.parts {
        match &part.kind {
            PartKind::Literal(text) => expression.push_str(text),
            PartKind::Quoted(_) | PartKind::Insert(_) | PartKind::Anything(_) => {
                expression.push_str(&placeholder(part));
            }
            PartKind::Capture { .. } => {
                let help = "a named group captures: `(?<name>[0-9]+)`";
                line.error(part.span, "a placeholder in a regular expression cannot capture", "not here", help);
                expression.push_str(&placeholder(part));
            }
            PartKind::Generate(_) | PartKind::Stamp(_) => expression.push_str(&placeholder(part)),
        }
    }
    let captures = groups(line, template.span, &expression);
    RegexPattern { template, captures }
}

/// As many bytes as the hole has, so that places in the expression are places in the line.
fn placeholder(part: &Part) -> String {
    "x".repeat(part.span.end - part.span.start)
}

/// Looks at the expression's syntax and finds its named groups.
fn groups(line: &mut LineContext<'_>, span: Span, text: &str) -> Vec<Spanned<Name>> {
    match expression::groups(text) {
        Ok(groups) => groups.into_iter().map(|group| self::group(line, span, &group)).collect(),
        Err(ExpressionError { start, end, reason }) => {
            let mark = Span::new(span.start + start, span.start + end);
            line.error(mark, "this is not a regular expression", &reason, None);
            Vec::new()
        }
    }
}

fn group(line: &mut LineContext<'_>, span: Span, group: &Group) -> Spanned<Name> {
    let start = span.start + group.start;
    let span = Span::new(start, start + group.name.len());
    if super::vocabulary::is_reserved(&group.name) {
        line.error(span, &format!("`{}` is a word of the language", group.name), "expected a name", None);
    }
    Spanned::new(Name::new(&group.name), span)
}
