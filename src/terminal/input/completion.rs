//! The completions that Tab offers. The usage of each command, read word by word, says what may stand at the cursor.

use crate::protocol::command::CommandKind;
use crate::terminal::names::Names;
use crate::terminal::slash::{SLASHES, Slash};
use crate::terminal::text::key;
use crate::terminal::window::Place;

/// The charsets that are offered. Every label of the encoding standard can be typed.
const CHARSETS: &[&str] =
    &["big5", "euc-jp", "euc-kr", "gb18030", "gbk", "koi8-r", "shift_jis", "utf-8", "windows-1252"];

/// What is known where the line is written.
#[derive(Debug, Clone, Copy)]
pub(in crate::terminal) struct CompletionContext<'a> {
    pub(in crate::terminal) users: &'a Names,
    pub(in crate::terminal) rooms: &'a Names,
    pub(in crate::terminal) place: &'a Place,
    /// Whom nobody means who writes to somebody.
    pub(in crate::terminal) own_name: &'a str,
}

/// A completion under way: Tab goes to the next candidate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::terminal) struct Completion {
    /// The byte at which the word begins.
    start: usize,
    /// The byte at which the present candidate ends.
    end: usize,
    candidates: Vec<String>,
    at: usize,
}

impl Completion {
    /// The completions of `before`, the text before the cursor. `None` if there is none.
    pub(in crate::terminal) fn new(before: &str, known: CompletionContext<'_>) -> Option<Self> {
        let start = before.rfind([' ', ',']).map_or(0, |blank| blank + 1);
        let (done, word) = before.split_at(start);
        let mut candidates = candidates(done, word, known);
        candidates.sort_by_key(|candidate| candidate.to_lowercase());
        candidates.dedup();
        (!candidates.is_empty()).then_some(Self { start, end: before.len(), candidates, at: 0 })
    }

    /// The range of bytes to replace, and the new text.
    pub(in crate::terminal) fn replacement(&self) -> (std::ops::Range<usize>, &str) {
        (self.start..self.end, &self.candidates[self.at])
    }

    /// The replacement has been made.
    pub(in crate::terminal) fn made(&mut self) {
        self.end = self.start + self.candidates[self.at].len();
    }

    /// Goes to the next candidate, or to the previous one.
    pub(in crate::terminal) fn next(&mut self, forward: bool) {
        let count = self.candidates.len();
        self.at = (self.at + if forward { 1 } else { count - 1 }) % count;
    }

    /// All candidates, without the blanks after them, and the index of the present one.
    pub(in crate::terminal) fn candidates(&self) -> (impl Iterator<Item = &str>, usize) {
        (self.candidates.iter().map(|candidate| candidate.trim_end()), self.at)
    }
}

fn candidates(done: &str, word: &str, known: CompletionContext<'_>) -> Vec<String> {
    let usages: Vec<&str> = match (done.strip_prefix('/'), known.place) {
        (Some(_), _) => all_usages().collect(),
        (None, _) if done.is_empty() && word.starts_with('/') => {
            let found = matching(all_usages(), "", &word[1..], known);
            return found.into_iter().map(|candidate| format!("/{candidate}")).collect();
        }
        (None, Place::Server) => protocol_usages().collect(),
        (None, Place::Room(_) | Place::Person(_)) => return mentioned(done, word, known),
    };
    matching(usages.into_iter(), done.strip_prefix('/').unwrap_or(done), word, known)
}

fn protocol_usages() -> impl Iterator<Item = &'static str> {
    CommandKind::ALL.iter().map(|kind| kind.usage())
}

fn all_usages() -> impl Iterator<Item = &'static str> {
    SLASHES.iter().map(|slash: &Slash| slash.usage).chain(protocol_usages())
}

/// The names that fit into a text.
fn mentioned(done: &str, word: &str, known: CompletionContext<'_>) -> Vec<String> {
    let tail = if done.is_empty() { ": " } else { " " };
    match word.strip_prefix('@') {
        Some(word) => beginning(known.users.iter(), word, " ").into_iter().map(|name| format!("@{name}")).collect(),
        None => beginning(known.users.iter(), word, tail),
    }
}

fn matching<'a>(
    usages: impl Iterator<Item = &'a str>,
    done: &str,
    word: &str,
    known: CompletionContext<'_>,
) -> Vec<String> {
    let in_list = done.ends_with(',');
    let before: Vec<&str> = done.split_whitespace().collect();
    let position = if in_list { before.len().saturating_sub(1) } else { before.len() };
    usages.flat_map(|usage| offered(usage, &before[..position], in_list, word, known)).collect()
}

/// The candidates that this usage has after these words.
fn offered(usage: &str, before: &[&str], in_list: bool, word: &str, known: CompletionContext<'_>) -> Vec<String> {
    let mut shape = usage.split(' ');
    let fits = before
        .iter()
        .all(|typed| shape.next().is_some_and(|wanted| is_placeholder(wanted) || wanted == typed.to_lowercase()));
    let Some(wanted) = shape.next().filter(|_| fits) else { return Vec::new() };
    let many = wanted.contains("USER[,");
    let tail = if shape.next().is_some() { " " } else { "" };
    match wanted.trim_start_matches('[') {
        _ if in_list && !many => Vec::new(),
        users if users.starts_with("USER") => {
            let others = known.users.iter().filter(|name| key(name) != key(known.own_name));
            beginning(others, word, tail)
        }
        room if room.starts_with("ROOM") => beginning(known.rooms.iter(), word, tail),
        charset if charset.starts_with("CHARSET") || usage == "set encoding NAME" && charset == "NAME" => {
            beginning(CHARSETS.iter().copied(), word, tail)
        }
        topic if topic.starts_with("COMMAND") => beginning(CommandKind::ALL.iter().map(|kind| kind.verb()), word, ""),
        keyword if !is_placeholder(keyword) => beginning(keyword.split('/'), word, tail),
        _ => Vec::new(),
    }
}

fn is_placeholder(word: &str) -> bool {
    !word.chars().any(char::is_lowercase)
}

fn beginning<'a>(names: impl Iterator<Item = &'a str>, word: &str, tail: &str) -> Vec<String> {
    let word = word.to_lowercase();
    names.filter(|name| name.to_lowercase().starts_with(&word)).map(|name| format!("{name}{tail}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(names: &[&str]) -> Names {
        let mut found = Names::default();
        names.iter().for_each(|name| found.add(name));
        found
    }

    fn offers(before: &str, place: &Place) -> Vec<String> {
        let users = names(&["alice", "Alina", "bob", "渊渊"]);
        let rooms = names(&["lobby", "love"]);
        let known = CompletionContext { users: &users, rooms: &rooms, place, own_name: "me" };
        Completion::new(before, known).map_or(Vec::new(), |completion| completion.candidates)
    }

    #[test]
    fn commands_are_completed_word_by_word() {
        let server = Place::Server;
        assert_eq!(offers("l", &server), ["leave ", "list "]);
        assert_eq!(offers("list ", &server), ["members ", "rooms", "users"]);
        assert_eq!(offers("list members lob", &server), ["lobby"]);
        assert_eq!(offers("send message al", &server), ["alice ", "Alina "]);
        assert_eq!(offers("send message alice,b", &server), ["bob "]);
        assert_eq!(offers("send message alice hello b", &server), [""; 0]);
        assert_eq!(offers("set encoding gb", &server), ["gb18030", "gbk"]);
        assert_eq!(offers("rename al", &server), [""; 0]);
    }

    #[test]
    fn slashes_are_completed_everywhere() {
        let room = Place::Room("lobby".into());
        assert_eq!(offers("/jo", &room), ["/join "]);
        assert_eq!(offers("/join l", &room), ["lobby", "love"]);
        assert_eq!(offers("/msg 渊", &room), ["渊渊 "]);
        assert_eq!(offers("/create den alice,b", &room), ["bob"]);
        assert_eq!(offers("/re", &room), ["/reconnect", "/record ", "/register ", "/remove ", "/rename ", "/resume "]);
    }

    #[test]
    fn names_are_completed_in_a_text() {
        let room = Place::Room("lobby".into());
        assert_eq!(offers("al", &room), ["alice: ", "Alina: "]);
        assert_eq!(offers("hi bo", &room), ["bob "]);
        assert_eq!(offers("hi zo", &room), [""; 0]);
    }

    #[test]
    fn tab_goes_round() {
        let place = Place::Room("lobby".into());
        let (users, rooms) = (names(&["alice", "Alina"]), Names::default());
        let known = CompletionContext { users: &users, rooms: &rooms, place: &place, own_name: "me" };
        let mut completion = Completion::new("hi al", known).unwrap();
        assert_eq!(completion.replacement(), (3..5, "alice "));
        completion.made();
        completion.next(true);
        assert_eq!(completion.replacement(), (3..9, "Alina "));
        completion.made();
        completion.next(true);
        assert_eq!(completion.replacement(), (3..9, "alice "));
        completion.next(false);
        assert_eq!(completion.replacement(), (3..9, "Alina "));
    }
}
