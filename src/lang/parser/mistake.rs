//! What is wrong with a line that the grammar refuses: the usual mistakes by rules of their own, anything else by the
//! furthest place that was understood and what was expected there.

use pest::Parser;
use pest::error::{ErrorVariant, InputLocation};

use super::context::{LineContext, first_two};
use super::grammar::{Grammar, Pair, Rule};
use super::template;
use super::vocabulary::{PLAN_WORDS, STATEMENT_WORDS, VERBS, is_reserved, usage};
use crate::diagnostic::source::Span;
use crate::text::nearest::nearest;

type PestError = pest::error::Error<Rule>;

/// Words of other tools, and what to write here.
const FOREIGN: [(&str, &str); 6] = [
    ("sleep", PAUSE),
    ("wait", PAUSE),
    ("delay", PAUSE),
    ("send", "write `alice> text`: the user, `>`, a blank and what it says"),
    ("expect", "write `bob< text`: the user, `<`, a blank and the line"),
    ("loop", "write `repeat 5` ... `end`"),
];
/// The help for a word that means to wait.
const PAUSE: &str = "an expectation waits by itself, up to `set timeout 5s`; a pause is written `pause 200ms`";

/// Explains a line that is not a statement.
pub(super) fn explain(line: &mut LineContext<'_>, text: &str, error: &PestError) {
    let mistake = Grammar::parse(Rule::mistake_line, text).ok().and_then(|mut pairs| pairs.next());
    let mistake = mistake.and_then(|found| found.into_inner().next()).filter(is_about_users);
    let Some(mistake) = mistake else { return unknown(line, text, error) };
    match mistake.as_rule() {
        Rule::crowded_send => crowded(line, mistake, "send"),
        Rule::crowded_operator => crowded(line, mistake, "expect"),
        Rule::wrong_operator => wrong_operator(line, mistake),
        Rule::loose_operator => loose_operator(line, mistake),
        Rule::colon => colon(line, &mistake),
        Rule::unquoted_test => unquoted_test(line, mistake),
        _ => unknown(line, text, error),
    }
}

/// Explains a line of a `load` block that is not a setting.
pub(super) fn explain_plan(line: &mut LineContext<'_>, text: &str, error: &PestError) {
    explain_entry(line, text, "entry of a `load` block", &PLAN_WORDS, error);
}

/// Explains a line that is none of a block whose lines begin with these words.
pub(super) fn explain_entry(
    line: &mut LineContext<'_>,
    text: &str,
    what: &str,
    words: &[&'static str],
    error: &PestError,
) {
    let (start, word) = first_word(text);
    let span = Span::new(line.base + start, line.base + start + word.len());
    if words.contains(&word) {
        incomplete(line, text, word, error);
    } else {
        unknown_word(line, span, what, word, words);
    }
}

/// The word of a block that a line begins with, or was probably meant to.
pub(super) fn intended_entry(text: &str, words: &[&'static str]) -> Option<&'static str> {
    let word = first_word(text).1;
    words.iter().find(|known| **known == word).copied().or_else(|| nearest(word, words.iter().copied()))
}

/// Explains a flag that is not written as the entry `word` of a `load` block.
pub(super) fn explain_flag(line: &mut LineContext<'_>, text: &str, word: &str, error: &PestError) {
    incomplete(line, text, word, error);
}

/// Notes that `word` is unknown, with the known word that was probably meant.
pub(super) fn unknown_word(line: &mut LineContext<'_>, span: Span, what: &str, word: &str, known: &[&str]) {
    let mark = match nearest(word, known.iter().copied()) {
        Some(meant) => format!("did you mean `{meant}`?"),
        None => format!("expected one of {}", list(known)),
    };
    line.error(span, &format!("unknown {what} `{word}`"), &mark, None);
}

/// The word of a statement that a line begins with, or was probably meant to.
pub(super) fn intended_word(text: &str) -> Option<&'static str> {
    let word = first_word(text).1;
    if word == "loop" {
        return Some("repeat");
    }
    STATEMENT_WORDS.into_iter().find(|known| *known == word).or_else(|| nearest(word, STATEMENT_WORDS))
}

fn list(words: &[&str]) -> String {
    words.iter().map(|word| format!("`{word}`")).collect::<Vec<_>>().join(", ")
}

/// Whether the line begins with users and not with a word of the language that only looks like one.
fn is_about_users(mistake: &Pair<'_>) -> bool {
    let word = first_word(mistake.as_str()).1;
    let word = word.split([',', '<', '>', ':']).next().unwrap_or(word);
    mistake.as_rule() == Rule::unquoted_test || !is_reserved(word) || matches!(word, "all" | "me")
}

fn crowded(line: &mut LineContext<'_>, pair: Pair<'_>, verb: &str) {
    let whole = pair.as_str();
    let begin = pair.as_span().start();
    let (users, mark) = first_two(pair);
    let (users, operator) = (users.as_str(), mark.as_span());
    let rest = &whole[operator.end() - begin..];
    let place = Span::new(line.base + operator.end(), line.base + operator.end());
    let operator = operator.as_str();
    if rest.trim().is_empty() {
        let help = format!("an empty line is written `{users}{operator} {{{{\"\"}}}}`");
        line.error(place, &format!("nothing to {verb}"), "expected a blank and the text", help.as_str());
    } else {
        // Blanks of another kind are meant to be the one after the operator, and could not be seen in the help.
        let rest = rest.trim_start();
        let help = format!("write `{users}{operator} {rest}`; the operator ends at the first blank");
        line.error(place, &format!("no blank after `{operator}`"), "expected a blank", help.as_str());
    }
}

/// Puts the parts of an operator into their order, if they are such.
fn wrong_operator(line: &mut LineContext<'_>, pair: Pair<'_>) {
    let (_, operator) = first_two(pair);
    let span = line.span(&operator);
    let parts = operator.as_str()[1..].to_owned();
    let deadline_start = parts.find('@');
    let deadline = deadline_start.map_or("", |at| {
        let digits = &parts[at + 1..];
        let end = digits.find(|character: char| !character.is_ascii_alphanumeric() && character != '.');
        digits[..end.unwrap_or(digits.len())].trim_end_matches('.')
    });
    let rest = deadline_start.map_or(parts.clone(), |at| parts[..at].to_owned() + &parts[at + 1 + deadline.len()..]);
    let mode = [("..", ".."), ("?", "?"), ("!", "!"), ("|", "|")].into_iter().find(|(mark, _)| rest.contains(mark));
    let (mode, left) = mode.map_or(("", rest.clone()), |(mark, mode)| (mode, rest.replacen(mark, "", 1)));
    let tilde = if left.contains('~') { "~" } else { "" };
    let known = left.replacen('~', "", 1).is_empty();
    let deadline_is_right = deadline.is_empty() == deadline_start.is_none()
        && (deadline.is_empty() || Grammar::parse(Rule::duration_flag, deadline).is_ok());
    match (known, deadline_is_right) {
        (true, true) => {
            let at = if deadline.is_empty() { String::new() } else { format!("@{deadline}") };
            let help = format!("write `<{mode}{tilde}{at} `: which line, then `~`, then the deadline");
            let message = "the parts of the operator are in the wrong order";
            line.error(span, message, &format!("expected `<{mode}{tilde}{at}`"), help.as_str());
        }
        (true, false) => {
            let mark = "expected a duration such as `50ms` after `@`";
            line.error(span, &format!("`{deadline}` is not a duration"), mark, None);
        }
        (false, _) => {
            let mark = "expected `<`, `<..`, `<?`, `<!` or `<|`, then `~`, then `@50ms`, then a blank";
            line.error(span, "unknown operator", mark, None);
        }
    }
}

fn loose_operator(line: &mut LineContext<'_>, pair: Pair<'_>) {
    let (users, blank) = first_two(pair);
    let operator = if line.source.text()[line.base + blank.as_span().end()..].starts_with('>') { '>' } else { '<' };
    let help = format!("write `{}{operator} ...`", users.as_str());
    let message = format!("unexpected space before `{operator}`");
    line.error(line.span(&blank), &message, "expected the operator right after the name", help.as_str());
}

fn colon(line: &mut LineContext<'_>, pair: &Pair<'_>) {
    let name = pair.as_str().split(':').next().unwrap_or_default().to_owned();
    let start = line.base + pair.as_span().start() + name.len();
    let help = format!("write `{name}> text` to send, `{name}< text` to expect");
    line.error(Span::new(start, start + 1), "unexpected `:`", "expected `>` or `<`", help.as_str());
}

fn unquoted_test(line: &mut LineContext<'_>, pair: Pair<'_>) {
    let name = pair.into_inner().next().expect("the rule has the name");
    let help = format!("write `test \"{}\"`", name.as_str().replace(['"', '\\'], ""));
    line.error(line.span(&name), "the name of a test must be in quotes", "expected `\"`", help.as_str());
}

fn unknown(line: &mut LineContext<'_>, text: &str, error: &PestError) {
    let (start, word) = first_word(text);
    let span = Span::new(line.base + start, line.base + start + word.len());
    if STATEMENT_WORDS.contains(&word) {
        incomplete(line, text, word, error);
    } else if let Some((_, help)) = FOREIGN.iter().find(|(foreign, _)| *foreign == word) {
        line.error(span, &format!("unknown statement `{word}`"), "not a statement of this language", *help);
    } else if let Some(meant) = nearest(word, STATEMENT_WORDS).filter(|meant| !VERBS.contains(meant)) {
        let message = format!("unknown statement `{word}`");
        line.error(span, &message, &format!("did you mean `{meant}`?"), None);
    } else {
        after_users(line, text, span, error);
    }
}

/// A line that may begin with users, but whose verb is unknown or incomplete.
fn after_users(line: &mut LineContext<'_>, text: &str, first: Span, error: &PestError) {
    let users = Grammar::parse(Rule::users, text.trim_start()).ok().and_then(|mut pairs| pairs.next());
    let end = users.map_or(0, |users| text.len() - text.trim_start().len() + users.as_span().end());
    let (start, word) = first_word(&text[end..]);
    let is_verb_like = end > 0 && start > 0 && word.starts_with(|character: char| character.is_alphabetic());
    if !is_verb_like {
        let help = "a line begins with a statement such as `connect`, or with users: `alice> hi`, `bob< hi`";
        line.error(first, "expected a statement", "expected a statement", help);
    } else if let Some(operator) = meant_operator(word) {
        let span = Span::new(line.base + end + start, line.base + end + start + word.len());
        let users = text[..end].trim_start_matches([' ', '\t']);
        let rest = text[end + start + word.len()..].trim_start();
        let help = format!("write `{users}{operator} {rest}`");
        line.error(span, &format!("unknown statement `{word}`"), "not a statement of this language", help.as_str());
    } else if VERBS.contains(&word) {
        incomplete(line, text, word, error);
    } else {
        let span = Span::new(line.base + end + start, line.base + end + start + word.len());
        unknown_word(line, span, "statement", word, &VERBS);
    }
}

/// The operator that stands for a word of other languages.
fn meant_operator(word: &str) -> Option<char> {
    match word {
        "send" | "sends" | "say" | "says" | "write" | "writes" => Some('>'),
        "expect" | "expects" | "receive" | "receives" | "get" | "gets" | "hear" | "hears" => Some('<'),
        _ => None,
    }
}

/// What is wrong at the furthest place of a statement, where many make the same mistake.
fn usual_slip(line: &mut LineContext<'_>, text: &str, word: &str, furthest: usize) -> bool {
    let rest = text[furthest..].trim_start_matches([' ', '\t']);
    let start = line.base + text.len() - rest.len();
    if let Some(escape) = text.find('"').and_then(|quote| template::unknown_escape(&text[quote..])) {
        let start = line.base + text.find('"').unwrap_or(0) + escape.at;
        let span = Span::new(start, start + escape.text.len());
        let message = format!("unknown escape `{}`", escape.text);
        if word != "raw" || !escape.text.starts_with("\\x") || escape.text.len() < 4 {
            let expected = if word == "raw" { ", `\\xFF`" } else { "" };
            let mark = format!("expected `\\n`, `\\r`, `\\t`, `\\0`, `\\\\`, `\\\"`{expected} or `\\u{{1F98A}}`");
            line.error(span, &message, &mark, None);
            return true;
        }
    }
    if rest.starts_with('#') {
        let span = Span::new(start, start + 1);
        line.error(span, "a comment behind a statement", "not here", "a comment stands on a line of its own");
        return true;
    }
    if matches!(word, "connect" | "open")
        && rest.starts_with(['-', '.', '@', '+'])
        && text[..furthest].ends_with(name_character)
    {
        let span = Span::new(line.base + furthest, line.base + furthest + 1);
        let help = "a name in a script has letters, digits and `_` only; `as \"...\"` gives the name on the wire";
        line.error(span, "this is not a name", "not part of a name", help);
        return true;
    }
    if missing_comma(line, text, word, furthest) {
        return true;
    }
    let assigned = text.find(" = ").filter(|_| word == "assert");
    if let Some(at) = assigned {
        let span = Span::new(line.base + at + 1, line.base + at + 2);
        line.error(span, "`=` compares nothing", "expected `==`", "write `==` to require that both sides are equal");
        return true;
    }
    false
}

/// Explains users that are declared one behind the other, with only a blank between them.
fn missing_comma(line: &mut LineContext<'_>, text: &str, word: &str, furthest: usize) -> bool {
    let before = text[..furthest].trim_end_matches([' ', '\t']);
    let rest = text[furthest..].trim_start_matches([' ', '\t']);
    let last = before.rsplit([' ', '\t']).next().unwrap_or_default();
    let is_declared = !before.contains(" with ") && !["as", "at", word].contains(&last) && before.len() < furthest;
    if !matches!(word, "connect" | "open") || !is_declared || !rest.starts_with(name_character) {
        return false;
    }
    let start = line.base + text.len() - rest.len();
    let second = first_word(rest).1;
    let span = Span::new(start, start + second.len());
    match nearest(second, ["with", "as", "at"]) {
        Some(meant) => line.error(span, &format!("malformed `{word}`"), &format!("did you mean `{meant}`?"), None),
        None => {
            let help = format!("write `{}, {rest}`", before.trim_start());
            line.error(span, "no comma between users", "expected `,` before it", help.as_str());
        }
    }
    true
}

fn name_character(character: char) -> bool {
    character.is_alphanumeric() || character == '_'
}

/// A statement that is known, but wrong somewhere behind its word.
fn incomplete(line: &mut LineContext<'_>, text: &str, word: &str, error: &PestError) {
    let trimmed = text.trim_end_matches([' ', '\t']);
    let furthest = match error.location {
        InputLocation::Pos(at) | InputLocation::Span((at, _)) => at.min(trimmed.len()),
    };
    if usual_slip(line, trimmed, word, furthest) {
        return;
    }
    let expected = expectations(error);
    let is_assignment = matches!(word, "let" | "param") && trimmed[furthest..].contains('=');
    let rest = &trimmed[furthest..];
    let at = if expected.is_none() && !is_assignment && !rest.contains([' ', '\t']) { trimmed.len() } else { furthest };
    let length = if trimmed[at..].starts_with([' ', '\t']) { 0 } else { first_word(&trimmed[at..]).1.len() };
    let problem = if at == trimmed.len() { "incomplete" } else { "malformed" };
    let mark = match expected {
        _ if is_assignment => "expected ` = `, with a blank on either side".to_owned(),
        Some(expected) => expected,
        None if at == trimmed.len() => "expected more".to_owned(),
        None => "not understood from here on".to_owned(),
    };
    let help = usage(word).map(|usage| format!("usage: {usage}"));
    let span = Span::new(line.base + at, line.base + at + length);
    line.error(span, &format!("{problem} `{word}`"), &mark, help.as_deref());
}

/// What the grammar would have taken at the furthest place, where it can be named.
fn expectations(error: &PestError) -> Option<String> {
    let ErrorVariant::ParsingError { positives, .. } = &error.variant else { return None };
    let mut phrases: Vec<&str> = positives.iter().filter_map(|&rule| phrase(rule)).collect();
    phrases.sort_unstable();
    phrases.dedup();
    phrases.split_last().map(|(last, others)| match others {
        [] => format!("expected {last}"),
        others => format!("expected {} or {last}", others.join(", ")),
    })
}

/// What a rule is called in a message; nothing for those that only lead to others.
fn phrase(rule: Rule) -> Option<&'static str> {
    Some(match rule {
        Rule::declaration | Rule::name => "a name",
        Rule::users | Rule::mention => "users",
        Rule::number => "a whole number",
        Rule::size_hole => "the value of a `param`, such as `{{n}}`",
        Rule::decimal => "a number",
        Rule::per_second => "a rate such as `200/s` or `500/m`",
        Rule::duration => "a duration such as `200ms`",
        Rule::quoted | Rule::bytes => "a text in quotes",
        Rule::amount => "a size such as `64KiB`",
        Rule::to_users => "a room, or users",
        Rule::to => "`to`",
        Rule::state => "`silent` or `closed`",
        Rule::off => "`off`",
        Rule::comparison | Rule::threshold_comparison => "a comparison",
        Rule::left => "what to compare",
        Rule::setting => "the name of a setting",
        Rule::value | Rule::option_value => "a value",
        Rule::connection_option => "`encoding` or `dialect`",
        Rule::over_tls => "`tls`",
        Rule::server_name => "a server",
        Rule::password => "`password`",
        Rule::figure => "a figure such as `delivery.p99`",
        Rule::limit => "a limit such as `250ms`",
        Rule::tag => "a tag",
        Rule::rest => "a text",
        Rule::escape => "an escape",
        Rule::EOI => "the end of the line",
        _ => return None,
    })
}

/// The first word of a text and where it begins.
fn first_word(text: &str) -> (usize, &str) {
    let trimmed = text.trim_start_matches([' ', '\t']);
    let end = trimmed.find([' ', '\t']).unwrap_or(trimmed.len());
    (text.len() - trimmed.len(), &trimmed[..end])
}
