//! Text that cannot go over the wire as it is written: a line break in one line, and characters that the sender's charset
//! lacks.

use std::collections::{HashMap, HashSet};

use super::lines;
use crate::diagnostic::Diagnostic;
use crate::lang::ast::{
    Act, Name, Opening, OpeningKind, Part, PartKind, Script, SendText, Speech, Statement, StatementKind, Template,
};
use crate::protocol::charset::Charset;
use crate::protocol::dialect::Dialect;
use crate::text::visible::visible;

/// The errors of a script whose names are settled.
pub(super) fn find(script: &Script) -> Vec<Diagnostic> {
    let mut check = WireCheck { script, charsets: HashMap::new(), by_hand: HashSet::new(), errors: Vec::new() };
    script.statements().for_each(|statement| check.statement(statement));
    check.errors
}

struct WireCheck<'s> {
    script: &'s Script,
    /// The charset of each user, where the text says it.
    charsets: HashMap<Name, Charset>,
    /// Users that log in by hand or speak to another server: a line of theirs need not be a command.
    by_hand: HashSet<Name>,
    errors: Vec<Diagnostic>,
}

impl WireCheck<'_> {
    fn statement(&mut self, statement: &Statement) {
        match &statement.kind {
            StatementKind::Connect(opening) => self.opening(opening),
            StatementKind::By { users, act: Act::Send(text) } => {
                if let SendText::Line(line) = text {
                    self.one_line(line);
                }
                for line in lines(text) {
                    self.line(&users.labels(None), line);
                }
            }
            StatementKind::By { .. }
            | StatementKind::Block(_)
            | StatementKind::Value(_)
            | StatementKind::Wait(_)
            | StatementKind::Set(_) => {}
        }
    }

    fn opening(&mut self, opening: &Opening) {
        let encoding = opening.encoding.map(|encoding| encoding.value);
        let charset = encoding.or(opening.speech.as_ref().map(Speech::charset));
        for (declaration, label) in opening.members() {
            if opening.kind == OpeningKind::Open || opening.foreign().is_some() {
                self.by_hand.insert(label.clone());
            }
            if let Some(charset) = charset {
                self.charsets.insert(label.clone(), charset);
            }
            if let Some(name) = &declaration.wire_name {
                self.one_line(name);
                self.line(std::slice::from_ref(label), name);
            }
        }
    }

    /// Refuses a line break.
    fn one_line(&mut self, text: &Template) {
        let is_broken = |part: &&Part| written(part).is_some_and(|text| text.contains('\n'));
        if let Some(part) = text.parts.iter().find(is_broken) {
            let error = Diagnostic::error(&self.script.source, part.span, "a line break in one line", "not here");
            self.errors.push(error.help("several lines are sent between `\"\"\"` and `\"\"\"`, any bytes by `raw`"));
        }
    }

    /// Refuses what the charset of one of these users lacks, and follows a change of the charset.
    fn line(&mut self, users: &[Name], line: &Template) {
        for user in users {
            let Some(&charset) = self.charsets.get(user) else { continue };
            let lacking = line.parts.iter().find_map(|part| Some((part, charset.lacking(written(part)?)?)));
            if let Some((part, character)) = lacking {
                let shown = visible(&character.to_string());
                let message = format!("{charset} has no `{shown}` (U+{:04X})", u32::from(character));
                let mark = format!("{user} cannot send this");
                let error = Diagnostic::error(&self.script.source, part.span, message, mark);
                self.errors.push(error);
                break;
            }
        }
        let requested = line.literal().and_then(|text| Dialect::default().requested_charset(&text));
        for user in users.iter().filter(|_| requested.is_some()) {
            self.charsets.remove(user);
            let requested = requested.filter(|_| !self.by_hand.contains(user));
            self.charsets.extend(requested.map(|charset| (user.clone(), charset)));
        }
    }
}

/// The text of a part, if it is in the script as it is.
fn written(part: &Part) -> Option<&str> {
    match &part.kind {
        PartKind::Literal(text) | PartKind::Quoted(text) => Some(text),
        PartKind::Insert(_)
        | PartKind::Capture { .. }
        | PartKind::Anything(_)
        | PartKind::Generate(_)
        | PartKind::Stamp(_) => None,
    }
}
