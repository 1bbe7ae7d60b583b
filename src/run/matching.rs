//! Is this line what was expected? A pure question, answered without sockets, users or time.
//!
//! A [`Matcher`] is a pattern whose insertions have been made. The whole line must match; captures are leftmost and
//! shortest; text is compared code point by code point.

use std::sync::Arc;

use regex::{Regex, RegexBuilder};

use crate::lang::ast::{CaptureKind, Name};

/// A pattern ready to be compared with lines. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Matcher(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    shape: Shape,
    shown: String,
}

#[derive(Debug)]
enum Shape {
    Exact,
    /// The pieces are those of a text pattern; a regular expression has none.
    Compiled {
        regex: Regex,
        captures: Vec<(usize, Name)>,
        pieces: Vec<Piece>,
    },
}

/// A part of a text pattern.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Piece {
    /// Exactly this text.
    Text(String),
    /// Something of this kind, to be kept under this name.
    Capture(Name, CaptureKind),
    /// Something of this kind, which is not kept.
    Anything(CaptureKind),
}

/// The result of comparing a line with a matcher.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Match {
    /// The line does not match.
    No,
    /// The line matches, but a name would have two values.
    Contradiction(Contradiction),
    /// The line matches; these are the captures, in order.
    Yes(Vec<(Name, String)>),
}

/// Two values for one name within one statement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Contradiction {
    /// The name of the capture.
    pub name: Name,
    /// The value that it had first.
    pub first: String,
    /// Its second value, which differs.
    pub second: String,
}

/// The most bytes that one compiled pattern may take: more than any sensible pattern needs.
const COMPILED_LIMIT: usize = 32 << 20;

impl Matcher {
    /// The pattern made of these pieces.
    ///
    /// # Errors
    /// If it would be too large to compile.
    pub fn text(pieces: &[Piece]) -> Result<Self, regex::Error> {
        let shown = pieces.iter().map(Piece::shown).collect();
        if pieces.iter().all(|piece| matches!(piece, Piece::Text(_))) {
            return Ok(Self::new(Shape::Exact, shown));
        }
        let mut captures = Vec::new();
        let mut source = String::new();
        for piece in pieces {
            source.push_str(&piece.source());
            if let Piece::Capture(name, _) = piece {
                captures.push((captures.len() + 1, name.clone()));
            }
        }
        Ok(Self::new(Shape::Compiled { regex: whole_line(&source)?, captures, pieces: pieces.to_vec() }, shown))
    }

    /// The pattern that a regular expression is; `names` are its groups that are kept.
    ///
    /// # Errors
    /// If it is no regular expression, or too large.
    pub fn regex(source: &str, names: &[Name]) -> Result<Self, regex::Error> {
        let regex = whole_line(source)?;
        let captures = regex.capture_names().enumerate().filter_map(|(group, name)| {
            let kept = names.iter().find(|kept| Some(kept.as_str()) == name)?;
            Some((group, kept.clone()))
        });
        let captures = captures.collect();
        Ok(Self::new(Shape::Compiled { regex, captures, pieces: Vec::new() }, source.to_owned()))
    }

    fn new(shape: Shape, shown: String) -> Self {
        Self(Arc::new(Inner { shape, shown }))
    }

    /// Compares the line with the pattern.
    #[must_use]
    pub fn compare(&self, line: &str) -> Match {
        let (regex, captures) = match &self.0.shape {
            Shape::Exact => return if line == self.0.shown { Match::Yes(Vec::new()) } else { Match::No },
            Shape::Compiled { regex, captures, pieces: _ } => (regex, captures),
        };
        let Some(groups) = regex.captures(line) else { return Match::No };
        let mut found: Vec<(Name, String)> = Vec::new();
        for (group, name) in captures {
            let Some(value) = groups.get(*group) else { continue };
            if let Err(contradiction) = add_capture(&mut found, name, value.as_str()) {
                return Match::Contradiction(contradiction);
            }
        }
        Match::Yes(found)
    }

    /// Whether the line is what the pattern says.
    #[must_use]
    pub fn accepts(&self, line: &str) -> bool {
        matches!(self.compare(line), Match::Yes(_))
    }

    /// The pattern with its values inserted, as it would be written.
    #[must_use]
    pub fn shown(&self) -> &str {
        &self.0.shown
    }

    /// The one line it accepts, if it is only text.
    #[must_use]
    pub fn exact(&self) -> Option<&str> {
        match self.0.shape {
            Shape::Exact => Some(&self.0.shown),
            Shape::Compiled { .. } => None,
        }
    }

    /// Its source, if it is a regular expression.
    #[must_use]
    pub fn expression(&self) -> Option<&str> {
        match &self.0.shape {
            Shape::Compiled { pieces, .. } if pieces.is_empty() => Some(&self.0.shown),
            Shape::Exact | Shape::Compiled { .. } => None,
        }
    }

    /// What it is made of, if it is a text pattern with holes; else nothing.
    #[must_use]
    pub fn pieces(&self) -> &[Piece] {
        match &self.0.shape {
            Shape::Exact => &[],
            Shape::Compiled { pieces, .. } => pieces,
        }
    }
}

impl Piece {
    /// As it is written in a script.
    #[must_use]
    pub fn shown(&self) -> String {
        match self {
            Self::Text(text) => text.clone(),
            Self::Capture(name, kind) => format!("{{{{{name}:{}}}}}", kind_word(*kind)),
            Self::Anything(CaptureKind::Any) => "{{_}}".to_owned(),
            Self::Anything(kind) => format!("{{{{_:{}}}}}", kind_word(*kind)),
        }
    }

    /// The regular expression of what it takes, as little as possible.
    pub(super) fn source(&self) -> String {
        match self {
            Self::Text(text) => regex::escape(text),
            Self::Capture(_, kind) => format!("({})", shortest(*kind)),
            Self::Anything(kind) => shortest(*kind).to_owned(),
        }
    }
}

/// The regular expression of something of this kind, as little as possible.
fn shortest(kind: CaptureKind) -> &'static str {
    match kind {
        CaptureKind::Int => "-?[0-9]+?",
        CaptureKind::Word => r"[^\s,:/]+?",
        CaptureKind::Any => ".*?",
    }
}

fn kind_word(kind: CaptureKind) -> &'static str {
    match kind {
        CaptureKind::Int => "int",
        CaptureKind::Word => "word",
        CaptureKind::Any => "any",
    }
}

/// Adds a capture to those of one statement.
///
/// # Errors
/// If the name has another value there.
pub fn add_capture(found: &mut Vec<(Name, String)>, name: &Name, value: &str) -> Result<(), Contradiction> {
    match found.iter().find(|(other, _)| other == name) {
        Some((_, first)) if first != value => {
            Err(Contradiction { name: name.clone(), first: first.clone(), second: value.to_owned() })
        }
        Some(_) => Ok(()),
        None => {
            found.push((name.clone(), value.to_owned()));
            Ok(())
        }
    }
}

fn whole_line(source: &str) -> Result<Regex, regex::Error> {
    RegexBuilder::new(&format!(r"\A(?:{source})\z")).dot_matches_new_line(true).size_limit(COMPILED_LIMIT).build()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(text: &str) -> Name {
        Name::new(text)
    }

    fn text(text: &str) -> Piece {
        Piece::Text(text.to_owned())
    }

    fn capture(label: &str, kind: CaptureKind) -> Piece {
        Piece::Capture(name(label), kind)
    }

    fn captured(pieces: &[Piece], line: &str) -> Option<Vec<String>> {
        match Matcher::text(pieces).unwrap().compare(line) {
            Match::Yes(found) => Some(found.into_iter().map(|(_, value)| value).collect()),
            Match::No | Match::Contradiction(_) => None,
        }
    }

    #[test]
    fn text_is_compared_as_a_whole_and_literally() {
        let dots = Matcher::text(&[text("a.c")]).unwrap();
        assert!(dots.accepts("a.c"));
        assert!(!dots.accepts("abc") && !dots.accepts("a.c ") && !dots.accepts(" a.c"));
        assert_eq!(dots.exact(), Some("a.c"));
    }

    #[test]
    fn captures_are_leftmost_and_shortest() {
        let pieces = [capture("a", CaptureKind::Any), text(":"), capture("b", CaptureKind::Any)];
        assert_eq!(captured(&pieces, "x:y:z").unwrap(), ["x", "y:z"]);
        assert_eq!(captured(&pieces, ":").unwrap(), ["", ""]);
        assert_eq!(captured(&pieces, "xyz"), None);
    }

    #[test]
    fn kinds_say_what_they_take() {
        let int = [text("n="), capture("n", CaptureKind::Int)];
        assert_eq!(captured(&int, "n=-12").unwrap(), ["-12"]);
        assert_eq!(captured(&int, "n=1x"), None);
        assert_eq!(captured(&int, "n=١"), None);
        let unnamed = [Piece::Anything(CaptureKind::Word), text("!")];
        assert!(Matcher::text(&unnamed).unwrap().accepts("渊!") && !Matcher::text(&unnamed).unwrap().accepts("a b!"));
        let word = [capture("w", CaptureKind::Word), Piece::Anything(CaptureKind::Any)];
        assert_eq!(captured(&word, "渊 b").unwrap(), ["渊"]);
        assert_eq!(captured(&word, " b"), None);
    }

    #[test]
    fn one_name_has_one_value_within_a_line() {
        let pieces = [capture("a", CaptureKind::Word), text(" "), capture("a", CaptureKind::Word)];
        let matcher = Matcher::text(&pieces).unwrap();
        assert!(matcher.accepts("x x"));
        assert!(matches!(matcher.compare("x y"), Match::Contradiction(c) if c.first == "x" && c.second == "y"));
    }

    #[test]
    fn a_regex_must_match_the_whole_line_and_keeps_its_named_groups() {
        let matcher = Matcher::regex(r"a|(?<n>\d+)b", &[name("n")]).unwrap();
        assert_eq!(matcher.compare("12b"), Match::Yes(vec![(name("n"), "12".to_owned())]));
        assert_eq!(matcher.compare("a"), Match::Yes(Vec::new()));
        assert_eq!(matcher.compare("ab"), Match::No);
    }
}
