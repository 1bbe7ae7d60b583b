//! Names of users that are written out in lines of a dialect of other servers. In a load they have other names; but what a name is
//! in a grammar that nobody knows here can only be guessed, so this warns.

use std::collections::HashSet;

use super::templates;
use crate::diagnostic::Diagnostic;
use crate::diagnostic::source::Span;
use crate::lang::ast::{Name, Opening, PartKind, Script, Statement, Template};

/// A warning for each statement of users of such a dialect that has a user's name in it.
pub(super) fn find(script: &Script) -> Vec<Diagnostic> {
    let openings = script.statements().filter_map(|statement| statement.kind.opening());
    let foreign = openings.filter(|opening| opening.foreign().is_some());
    // Who has a name of its own on the wire is not called by its label.
    let named_so = foreign.flat_map(Opening::members).filter(|(declared, _)| declared.wire_name.is_none());
    let labels: HashSet<&Name> = named_so.map(|(_, label)| label).collect();
    let of_these = |statement: &&Statement| {
        let users = statement.kind.users();
        users.is_some_and(|users| users.resolved.iter().any(|user| labels.contains(user)))
    };
    script.statements().filter(of_these).filter_map(|statement| warning(script, statement, &labels)).collect()
}

fn warning(script: &Script, statement: &Statement, labels: &HashSet<&Name>) -> Option<Diagnostic> {
    let texts = templates(&statement.kind);
    let mut found = texts.into_iter().flat_map(|text| names_in(script, text, labels));
    let (first, name) = found.next()?;
    let message = format!("`{name}` is the name of a user, who has another one in a load");
    let warning = Diagnostic::warning(&script.source, first, message, "written out");
    let warning = found.fold(warning, |warning, (span, _)| warning.mark(span, "here too"));
    Some(warning.help(format!("if it means the user, write `{{{{{name}}}}}`")))
}

/// The words of a text, outside of its placeholders, that are names of users.
fn names_in<'a>(script: &'a Script, text: &Template, labels: &HashSet<&Name>) -> Vec<(Span, &'a str)> {
    let mut found = Vec::new();
    for part in text.parts.iter().filter(|part| matches!(part.kind, PartKind::Literal(_))) {
        let written = script.source.slice(part.span);
        let is_word = |letter: char| letter.is_alphanumeric() || letter == '_';
        let mut at = 0;
        for word in written.split(|letter| !is_word(letter)) {
            let start = at + written[at..].find(word).unwrap_or_default();
            at = start + word.len();
            if !word.is_empty() && labels.contains(&Name::new(word)) {
                found.push((Span::new(part.span.start + start, part.span.start + at), word));
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnostic::source::Source;
    use crate::lang::parse;

    fn warnings(text: &str) -> Vec<String> {
        let script = parse(&Source::new("test.chat", text)).expect("the text is right");
        find(&script).into_iter().map(|warning| warning.message).collect()
    }

    #[test]
    fn a_name_is_found_where_it_is_a_word_and_only_in_other_dialects() {
        let irc = "set dialect irc\nconnect ann, ben, u[2], eve as \"eva\"\n";
        let is_told = |line: &str| warnings(&format!("{irc}{line}\n")).len();
        assert_eq!(is_told("ann> PRIVMSG ben :hi ben"), 1);
        assert_eq!(is_told("ben< :ann!{{_}} PRIVMSG {{ben}} :hi"), 1);
        assert_eq!(is_told("ben<~ :ann!.*"), 1);
        assert_eq!(is_told("ann> PRIVMSG u2 :hi"), 1);
        assert_eq!(is_told("ann> PRIVMSG {{ben}} :benign, eve"), 0);
        assert_eq!(warnings("connect ann, ben\nann> send message ben hi\nben< ann: hi\n"), [""; 0]);
    }
}
