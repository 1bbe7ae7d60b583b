//! What a dialect of another server says, with its holes filled for one user.

use std::collections::VecDeque;

use fastrand::Rng;

use crate::lang::ast::{ForeignDialect, Insert, Name, Part, PartKind, Pattern, SendText, Template};
use crate::run::matching::{Match, Matcher, Piece};
use crate::run::outcome::Problem;

/// The most answers that wait to be sent.
const MAX_REPLIES: usize = 1_000;

/// Names and what they stand for.
pub(super) type NamedValues = Vec<(Name, String)>;

/// The text of a template for the user `me`.
pub(super) fn text(template: &Template, me: &str, values: &[(Name, String)]) -> String {
    let pieces = template.parts.iter().map(|part| match piece(part, me, values) {
        Piece::Text(text) => text,
        Piece::Capture(..) | Piece::Anything(_) => String::new(),
    });
    pieces.collect()
}

/// The text of a step that sends.
pub(super) fn sent(said: &SendText, me: &str, values: &NamedValues) -> String {
    match said {
        SendText::Line(line) => text(line, me, values),
        SendText::Block { lines, .. } => lines.iter().map(|line| text(line, me, values)).collect::<Vec<_>>().join("\n"),
    }
}

/// A pattern for the user `me`.
pub(super) fn matcher(pattern: &Pattern, me: &str, values: &[(Name, String)]) -> Result<Matcher, Problem> {
    let compiled = match pattern {
        Pattern::Text(template) => of_template(template, me, values),
        Pattern::Regex(regex) => {
            let parts = regex.template.parts.iter().map(|part| match (&part.kind, piece(part, me, values)) {
                (PartKind::Literal(text), _) => text.clone(),
                (_, Piece::Text(text)) => regex::escape(&text),
                (_, Piece::Capture(..) | Piece::Anything(_)) => String::new(),
            });
            let names: Vec<Name> = regex.captures.iter().map(|capture| capture.value.clone()).collect();
            Matcher::regex(&parts.collect::<String>(), &names)
        }
    };
    compiled.map_err(|_| Problem::PatternTooLarge)
}

fn of_template(template: &Template, me: &str, values: &[(Name, String)]) -> Result<Matcher, regex::Error> {
    Matcher::text(&template.parts.iter().map(|part| piece(part, me, values)).collect::<Vec<Piece>>())
}

fn piece(part: &Part, me: &str, values: &[(Name, String)]) -> Piece {
    match &part.kind {
        PartKind::Literal(text) | PartKind::Quoted(text) => Piece::Text(text.clone()),
        PartKind::Insert(Insert::Value(name)) => Piece::Text(value(name, values)),
        PartKind::Insert(Insert::Me | Insert::User(_) | Insert::Group(_)) => Piece::Text(me.to_owned()),
        PartKind::Insert(Insert::Cast | Insert::Iteration) => Piece::Text("1".to_owned()),
        PartKind::Capture { name, kind } => Piece::Capture(name.clone(), *kind),
        PartKind::Anything(kind) => Piece::Anything(*kind),
        PartKind::Generate(generator) => Piece::Text(generator.generate(&mut Rng::new())),
        PartKind::Stamp(_) => Piece::Text(String::new()),
    }
}

fn value(name: &Name, values: &[(Name, String)]) -> String {
    values.iter().rev().find(|(known, _)| known == name).map_or(String::new(), |(_, value)| value.clone())
}

/// What a dialect does with lines as they arrive, whatever the script does.
#[derive(Debug, Default)]
pub(super) struct Reflexes {
    answers: Vec<(Matcher, Template)>,
    noise: Vec<Matcher>,
    me: String,
    replies: VecDeque<String>,
}

impl Reflexes {
    /// Those of the user `me`.
    pub(super) fn new(dialect: &ForeignDialect, me: &str) -> Result<Self, Problem> {
        let answers = dialect.answers.iter().map(|answer| {
            let pattern = of_template(&answer.pattern, me, &[]).map_err(|_| Problem::PatternTooLarge)?;
            Ok((pattern, answer.reply.clone()))
        });
        let noise = dialect.ignored.iter().map(|pattern| matcher(pattern, me, &[]));
        Ok(Self {
            answers: answers.collect::<Result<_, Problem>>()?,
            noise: noise.collect::<Result<_, Problem>>()?,
            me: me.to_owned(),
            replies: VecDeque::new(),
        })
    }

    /// Whether the dialect answers this line; the answer then waits to be sent.
    pub(super) fn answers(&mut self, line: &str) -> bool {
        for (pattern, reply) in &self.answers {
            if let Match::Yes(found) = pattern.compare(line) {
                if self.replies.len() < MAX_REPLIES {
                    self.replies.push_back(text(reply, &self.me, &found));
                }
                return true;
            }
        }
        false
    }

    /// Whether the line means nothing.
    pub(super) fn is_noise(&self, line: &str) -> bool {
        self.noise.iter().any(|pattern| pattern.accepts(line))
    }

    /// The next answer to be sent.
    pub(super) fn next_reply(&mut self) -> Option<String> {
        self.replies.pop_front()
    }
}
