//! Where passwords stand in a script, so that no message about it shows one. Known by the looks of each line: a script that is
//! wrong has them too. A value that is inserted is none: nobody reads it there.

use crate::diagnostic::source::{Source, Span};
use crate::protocol::command::secret;

/// What stands before lines that are typed as they stand, and behind them.
const BLOCK: &str = "\"\"\"";

/// What begins the password of a login.
const LOGIN: &str = "password \"";

/// What the name of a parameter is that is a password.
const PARAM: &str = "param password";

/// The passwords of a source that are written out.
pub(super) fn of(source: &Source) -> Vec<Span> {
    let mut is_block = false;
    let mut secrets = Vec::new();
    for number in 1..=source.line_count_of_all() {
        let (line, begins) = (source.line(number), source.line_span(number).start);
        let ends_block = is_block && line.trim() == BLOCK;
        let found = if is_block && !ends_block { typed(line, 0) } else { of_line(line) };
        if let Some((start, end)) = found.filter(|(start, end)| is_written_out(&line[*start..*end])) {
            secrets.push(Span::new(begins + start, begins + end));
        }
        is_block = !ends_block && (is_block || begins_block(line));
    }
    secrets
}

/// Whether the lines after this one are typed as they stand, up to one that is [`BLOCK`].
fn begins_block(line: &str) -> bool {
    line.trim_end().strip_suffix(BLOCK).is_some_and(|before| before.trim_end().ends_with('>'))
}

/// Nobody reads a value that is inserted.
fn is_written_out(text: &str) -> bool {
    !text.is_empty() && !text.contains("{{")
}

fn of_line(line: &str) -> Option<(usize, usize)> {
    said(line).or_else(|| given(line)).or_else(|| parameter(line))
}

/// `alice> register PASSWORD`.
fn said(line: &str) -> Option<(usize, usize)> {
    typed(line, line.find("> ")? + 2)
}

/// `register PASSWORD`, from this byte of the line on.
fn typed(line: &str, at: usize) -> Option<(usize, usize)> {
    let command = &line[at..];
    let keywords = secret::keywords_of(command)?;
    let rest = command.trim_start().get(keywords..)?;
    let start = line.len() - rest.trim_start().len();
    Some((start, start + line[start..].trim_end().len()))
}

/// `connect alice with password "PASSWORD"`.
fn given(line: &str) -> Option<(usize, usize)> {
    let start = line.find(LOGIN)? + LOGIN.len();
    let length = line[start..].find('"').unwrap_or(line.len() - start);
    Some((start, start + length))
}

/// `param password = PASSWORD`.
fn parameter(line: &str) -> Option<(usize, usize)> {
    let rest = line.trim_start().strip_prefix(PARAM)?.trim_start().strip_prefix('=')?.trim();
    let start = line.rfind(rest).filter(|_| !rest.is_empty())?;
    Some((start, start + rest.len()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn passwords_are_found_and_what_only_looks_like_one_is_not() {
        let secrets = |text: &str| {
            let source = Source::new("a.chat", text);
            of(&source).into_iter().map(|span| source.slice(span).to_owned()).collect::<Vec<_>>()
        };
        let text = "connect alice with password \"hunter22\"\nalice> register hunter33\nalice, bob> Set  PASSWORD old-secret new ";
        assert_eq!(secrets(text), ["hunter22", "hunter33", "old-secret new"]);
        assert_eq!(secrets("connect bob with password \"never closed"), ["never closed"]);
        assert_eq!(secrets("param password = battery-staple\nparam n = 5"), ["battery-staple"]);
        let block = "alice> \"\"\"\n  send lobby hi\n  register hunter44\n  \"\"\"\nregister outside\nal> \"\"\"\nset password a b";
        assert_eq!(secrets(block), ["hunter44", "a b"]);
        let harmless = "connect al with password \"{{password}}\"\nal> send lobby register me\nal< register hunter22\nal> register";
        assert_eq!(secrets(harmless), [""; 0]);
    }
}
