//! The words of a line, and the keywords among them.

use crate::diagnostic::source::Span;
use crate::lang::ast::{Script, Template};

/// A word of a line with its place; a hole is never torn apart.
#[derive(Clone, Copy)]
pub(super) struct Word<'a> {
    pub(super) text: &'a str,
    pub(super) span: Span,
}

impl Word<'_> {
    pub(super) fn is(&self, keyword: &str) -> bool {
        self.text.eq_ignore_ascii_case(keyword)
    }
}

pub(super) fn is_command(verb: Word<'_>, noun: Word<'_>, known_verb: &str, known_noun: &str) -> bool {
    verb.is(known_verb) && noun.is(known_noun)
}

/// Whether the name of a room follows these two words.
pub(super) fn is_about_room(verb: Word<'_>, noun: Word<'_>) -> bool {
    let verbs = ["join", "leave", "send", "give", "show", "set", "history"];
    verbs.iter().any(|known| is_command(verb, noun, known, "room"))
        || is_command(verb, noun, "list", "members")
        || is_command(verb, noun, "search", "in")
}

/// The words of a text.
pub(super) fn words<'a>(script: &'a Script, text: &Template) -> Vec<Word<'a>> {
    let all = Word { text: script.source.slice(text.span), span: text.span };
    pieces(all, &[' ', '\t']).into_iter().filter(|word| !word.text.is_empty()).collect()
}

/// The pieces of a text between these characters, which count only outside of holes.
pub(super) fn pieces<'a>(word: Word<'a>, separators: &[char]) -> Vec<Word<'a>> {
    let mut pieces = Vec::new();
    let (mut start, mut depth) = (0, 0usize);
    let mut push = |start: usize, end: usize| {
        let span = Span::new(word.span.start + start, word.span.start + end);
        pieces.push(Word { text: &word.text[start..end], span });
    };
    for (at, character) in word.text.char_indices() {
        match character {
            '{' if word.text[at..].starts_with("{{") => depth += 1,
            '}' if word.text[at..].starts_with("}}") => depth = depth.saturating_sub(1),
            _ if depth == 0 && separators.contains(&character) => {
                push(start, at);
                start = at + character.len_utf8();
            }
            _ => {}
        }
    }
    push(start, word.text.len());
    pieces
}
