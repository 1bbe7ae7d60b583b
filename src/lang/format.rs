//! The one layout of a script: two blanks for each block, one blank between words, lists with `, `, no two empty lines
//! in a row. Comments and literal text stay as they are, so the meaning does.

use pest::Parser;

use crate::diagnostic::Diagnostic;
use crate::diagnostic::source::Source;
use crate::lang::ast::Reading;
use crate::lang::parser::grammar::{Grammar, Pair, Rule};
use crate::lang::parser::{parse_syntax, with_files};

/// What one block is indented by.
const INDENTATION: &str = "  ";

/// How wide the words of a `load` block are, so that its values stand below each other.
const PLAN_COLUMN: usize = 13;

/// The script in its one layout: with newlines alone and no byte order mark. Of a file that is in it already, it is the
/// very text.
///
/// # Errors
/// All errors of syntax: what is not understood is not touched. Names are not looked at.
pub fn format(source: &Source) -> Result<String, Vec<Diagnostic>> {
    // What other files say is no matter of this one's layout.
    let alone = with_files(source, &mut |_| Ok(String::new()));
    let errors = parse_syntax(&alone, &Reading::default()).errors;
    if !errors.is_empty() {
        return Err(errors);
    }
    let mut layout =
        Layout { out: String::with_capacity(source.text().len()), level: 0, gap: false, inside: Inside::Script };
    let mut line = 1;
    while line <= source.line_count() {
        line = layout.line(source, line);
    }
    Ok(layout.out)
}

struct Layout {
    out: String,
    /// How many blocks are open.
    level: usize,
    /// Whether an empty line is due before the next one.
    gap: bool,
    inside: Inside,
}

/// Whose lines come next.
#[derive(Clone, Copy, PartialEq)]
enum Inside {
    Script,
    Plan,
    Dialect,
    /// A `login`, `fence` or `logout` of a dialect.
    Dialogue,
}

impl Layout {
    /// Lays out the statement that begins at `line`, and returns the line after it.
    fn line(&mut self, source: &Source, line: usize) -> usize {
        let rule = match self.inside {
            Inside::Script | Inside::Dialogue => Rule::line,
            Inside::Plan => Rule::plan_line,
            Inside::Dialect => Rule::dialect_line,
        };
        let statement = parsed(rule, source.line(line));
        match statement.as_rule() {
            Rule::empty => self.gap = !self.out.is_empty(),
            Rule::send_block => {
                self.push(&canonical(statement));
                return self.text_block(source, line + 1);
            }
            Rule::end => {
                self.level = self.level.saturating_sub(1);
                self.inside = if self.inside == Inside::Dialogue { Inside::Dialect } else { Inside::Script };
                self.push("end");
            }
            Rule::load
            | Rule::unordered
            | Rule::together
            | Rule::setup
            | Rule::finally
            | Rule::each
            | Rule::repeat
            | Rule::every
            | Rule::dialect
            | Rule::login
            | Rule::fence
            | Rule::logout => {
                self.inside = match statement.as_rule() {
                    Rule::load => Inside::Plan,
                    Rule::dialect => Inside::Dialect,
                    Rule::login | Rule::fence | Rule::logout => Inside::Dialogue,
                    _ => Inside::Script,
                };
                self.push(&canonical(statement));
                self.level += 1;
            }
            _ => self.push(&canonical(statement)),
        }
        line + 1
    }

    /// Lays out the lines up to the closing `"""`, and returns the line after it.
    fn text_block(&mut self, source: &Source, first: usize) -> usize {
        let is_closing = |line: &usize| source.line(*line).trim_matches([' ', '\t']) == "\"\"\"";
        let closing = (first..=source.line_count()).find(is_closing).expect("the syntax was right: it is closed");
        let old = source.line(closing);
        let old = &old[..old.len() - old.trim_start_matches([' ', '\t']).len()];
        let new = INDENTATION.repeat(self.level + 1);
        for line in first..closing {
            match source.line(line).strip_prefix(old).unwrap_or_default() {
                "" => self.finish_line(),
                text => {
                    self.out.push_str(&new);
                    self.out.push_str(text);
                    self.finish_line();
                }
            }
        }
        self.out.push_str(&new);
        self.out.push_str("\"\"\"\n");
        closing + 1
    }

    fn push(&mut self, text: &str) {
        if std::mem::take(&mut self.gap) {
            self.out.push('\n');
        }
        for _ in 0..self.level {
            self.out.push_str(INDENTATION);
        }
        self.out.push_str(text);
        self.finish_line();
    }

    /// A carriage return that is the last character of a text would be taken for a part of the line's end: with a
    /// second one it is not.
    fn finish_line(&mut self) {
        if self.out.ends_with('\r') {
            self.out.push('\r');
        }
        self.out.push('\n');
    }
}

/// The statement of a line, whose syntax is right.
fn parsed(rule: Rule, text: &str) -> Pair<'_> {
    let line = Grammar::parse(rule, text).ok().and_then(|mut pairs| pairs.next());
    line.and_then(|line| line.into_inner().next()).expect("the syntax was right: the line holds a statement")
}

/// The one way to write a statement.
fn canonical(pair: Pair<'_>) -> String {
    let rule = pair.as_rule();
    let text = pair.as_str();
    let mut inner = pair.into_inner();
    let mut next = || inner.next().map(piece).unwrap_or_default();
    match rule {
        Rule::send_block => format!("{}> \"\"\"", next()),
        Rule::send => format!("{}> {}{}", next(), next(), next()),
        Rule::expect => format!("{}{} {}{}", next(), next(), next(), next()),
        Rule::expect_bytes => format!("{}{} bytes {}", next(), next(), next()),
        Rule::raw => format!("{} raw {}", next(), next()),
        Rule::is => format!("{} is {}", next(), next()),
        Rule::chunk => format!("{} chunk {}", next(), next()),
        Rule::upload => format!("{} upload {} {} {}", next(), next(), next(), next()),
        Rule::download => format!("{} download {}{}", next(), next(), compared(inner)),
        Rule::action => format!("{} {}", next(), next()),
        Rule::ignore => format!("ignore {}", next()),
        Rule::let_ => format!("let {} = {}", next(), next()),
        Rule::param => format!("param {} = {}", next(), next()),
        Rule::assert => format!("assert {} {} {}", next(), next(), next()),
        Rule::each => format!("each {}", next()),
        Rule::repeat => format!("repeat {}", next()),
        Rule::every => format!("every {}", next()),
        Rule::pause => format!("pause {}", next()),
        Rule::test => format!("test {}", next()),
        Rule::title => format!("title {}", next()),
        Rule::set => format!("set {} {}", next(), next()),
        Rule::tags => format!("tags {}", list(inner)),
        Rule::connect => format!("connect {}", opening(inner)),
        Rule::open => format!("open {}", opening(inner)),
        Rule::dialect => format!("dialect {}", next()),
        Rule::include => format!("include {}", next()),
        Rule::line_end => format!("line {}", next()),
        Rule::longest_name => format!("name up to {}", next()),
        Rule::load_name => format!("name {}", next()),
        Rule::answer => format!("answer {} with {}", next(), next()),
        Rule::noise => format!("ignore{}", noise(inner)),
        Rule::prompt_text => format!("prompt {}", next()),
        Rule::plan_users => entry("users", &next()),
        Rule::stages => entry("stages", &list(inner)),
        Rule::plan_duration => entry("duration", &next()),
        Rule::connect_rate => entry("connect-rate", &next()),
        Rule::rate => entry("rate", &list(inner)),
        Rule::warmup => entry("warmup", &next()),
        Rule::seed => entry("seed", &next()),
        Rule::fail_if => entry("fail if", &next()),
        _ => text.trim_matches([' ', '\t']).to_owned(),
    }
}

/// The one way to write a part of a statement; literal text and quoted text stay as they are.
fn piece(pair: Pair<'_>) -> String {
    let rule = pair.as_rule();
    let text = pair.as_str();
    let mut inner = pair.into_inner();
    let mut next = || inner.next().map(piece).unwrap_or_default();
    match rule {
        Rule::expect => format!("{}{} {}{}", next(), next(), next(), next()),
        Rule::label => format!(" as \"{}\"", next()),
        Rule::users => list(inner),
        Rule::to_users => next(),
        Rule::made_up => format!("{} as {}", next(), next()),
        Rule::all_except => format!("all except {}", list(inner)),
        Rule::stage | Rule::rate_stage => next(),
        Rule::rate_ramp => format!("{} -> {} in {}", next(), next(), next()),
        Rule::ramp => format!("{} -> {} in {}", next(), next(), next()),
        Rule::hold => format!("hold {}", next()),
        Rule::threshold => format!("{} {} {}", next(), next(), next()),
        Rule::declaration => declaration(inner),
        Rule::connection_option => format!("{} {}", next(), next()),
        _ => text.to_owned(),
    }
}

/// ` pattern` or `~ regex`.
fn noise<'a>(parts: impl Iterator<Item = Pair<'a>>) -> String {
    parts
        .map(|part| if part.as_rule() == Rule::tilde { "~".to_owned() } else { format!(" {}", part.as_str()) })
        .collect()
}

/// ` as "x.bin"`, if it is written.
fn compared<'a>(mut parts: impl Iterator<Item = Pair<'a>>) -> String {
    parts.next().map(|path| format!(" as {}", path.as_str())).unwrap_or_default()
}

fn declaration<'a>(parts: impl Iterator<Item = Pair<'a>>) -> String {
    let written = parts.map(|part| match part.as_rule() {
        Rule::quoted => format!(" as {}", part.as_str()),
        _ => part.as_str().to_owned(),
    });
    written.collect()
}

fn opening<'a>(parts: impl Iterator<Item = Pair<'a>>) -> String {
    let (users, options): (Vec<_>, Vec<_>) = parts.partition(|part| part.as_rule() == Rule::declaration);
    let (server, options): (Vec<_>, Vec<_>) = options.into_iter().partition(|part| part.as_rule() == Rule::at_server);
    let server: String = server.into_iter().map(|part| format!(" {}", piece(part))).collect();
    let users = format!("{}{server}", list(users.into_iter()));
    if options.is_empty() {
        return users;
    }
    let options: Vec<String> = options.into_iter().map(piece).collect();
    format!("{users} with {}", options.join(" "))
}

fn list<'a>(parts: impl Iterator<Item = Pair<'a>>) -> String {
    parts.map(piece).collect::<Vec<_>>().join(", ")
}

fn entry(word: &str, value: &str) -> String {
    format!("{word:PLAN_COLUMN$}{value}")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::lang::ast::Unresolved;

    /// Lines of every kind, in their one layout. Blocks open and close in it.
    const CANONICAL: &str = include_str!("format/every_statement.chat");

    fn formatted(text: &str) -> String {
        format(&Source::new("test.chat", text)).expect("the syntax is right")
    }

    /// What a script says, without where it says it.
    fn meaning(text: &str) -> String {
        let Unresolved(script) = parse_syntax(&Source::new("test.chat", text), &Reading::default()).tree;
        let tree = format!("{:?}", (script.title, script.tags, script.plan, script.preamble, script.tests));
        let places = regex::Regex::new(r"@\d+\.\.\d+|line: \d+").expect("the expression is right");
        places.replace_all(&tree, "").into_owned()
    }

    #[test]
    fn what_is_in_the_one_layout_stays() {
        assert_eq!(formatted(CANONICAL), CANONICAL);
    }

    #[test]
    fn a_script_is_put_in_order() {
        let text = "\u{feff}\r\n\n  title   A  b \nconnect  alice,bob  as \"x  y\" , talker[2]\twith encoding  gbk\n\n\n# one\n together \n#two\nalice,bob>  hi  \n  repeat  2\nalice<  x \nend\nend\n";
        insta::assert_snapshot!(formatted(text).replace(' ', "·"), @r#"
        title·A··b
        connect·alice,·bob·as·"x··y",·talker[2]·with·encoding·gbk

        #·one
        together
        ··#two
        ··alice,·bob>··hi··
        ··repeat·2
        ····alice<··x·
        ··end
        end
        "#);
    }

    #[test]
    fn lines_to_send_move_with_their_statement() {
        let text = "repeat 2\nalice> \"\"\"\n\t\ta\n\t\t  b\n\n\t\t\"\"\"\nend\n";
        assert_eq!(formatted(text), "repeat 2\n  alice> \"\"\"\n    a\n      b\n\n    \"\"\"\nend\n");
        assert_eq!(meaning(&formatted(text)), meaning(text));
    }

    #[test]
    fn a_carriage_return_that_is_text_stays_text() {
        let text = "alice> x\r\r\nbob> y\r\n";
        assert_eq!(meaning(&formatted(text)), meaning(text));
    }

    /// A script in another layout: other indentation, more blanks, empty lines, comments, other ends of lines.
    fn disordered() -> impl Strategy<Value = String> {
        let lines: Vec<&'static str> = CANONICAL.lines().collect();
        let noise = (0usize..6, 0usize..3, any::<bool>(), any::<bool>());
        prop::collection::vec(noise, lines.len()).prop_map(move |noise| {
            let mut text = String::new();
            let mut is_quoted = false;
            for (line, (blanks, empty, comment, carriage_return)) in lines.iter().zip(noise) {
                if is_quoted {
                    text.push_str(line);
                } else {
                    text.push_str(&"\n".repeat(empty));
                    if comment {
                        text.push_str("   # a comment, \"\"\" and {{\n");
                    }
                    text.push_str(&" ".repeat(blanks));
                    text.push_str(&line.trim_start().replace(", bob", " ,\tbob"));
                }
                is_quoted = if is_quoted { line.trim() != "\"\"\"" } else { line.ends_with("> \"\"\"") };
                text.push_str(if carriage_return { "\r\n" } else { "\n" });
            }
            text
        })
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn the_meaning_stays_and_a_second_time_changes_nothing(text in disordered()) {
            let once = formatted(&text);
            prop_assert_eq!(meaning(&once), meaning(&text));
            prop_assert_eq!(formatted(&once), once);
        }
    }
}
