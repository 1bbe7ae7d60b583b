//! Names that would collide when several casts of a script run at once: in each cast but a single one, a user's name
//! on the wire is its label and the cast's number, so nothing may be called by a fixed name.

mod words;

use std::collections::{BTreeMap, HashMap, HashSet};

use self::words::{Word, is_about_room, is_command, pieces, words};
use super::{declarations_of, lines};
use crate::diagnostic::Diagnostic;
use crate::diagnostic::source::Span;
use crate::lang::ast::{
    Act, Declaration, Expectation, Insert, Name, OpeningKind, Part, PartKind, Script, Statement, StatementKind,
    Template, Value,
};
use crate::protocol::dialect::{Dialect, ServerLine};
use crate::protocol::name::{MAX_NAME_CHARS, UserName};

/// How many casts there may be when nobody says how many there are.
const ASSUMED_CASTS: u64 = 99_999;

/// What keeps a script from running in several casts.
pub(super) fn find(script: &Script, casts: Option<u64>) -> Vec<Diagnostic> {
    let mut check = LoadCheck::new(script, casts.unwrap_or(ASSUMED_CASTS));
    script.statements().for_each(|statement| check.collect_names(statement));
    script.statements().for_each(|statement| check.statement(statement));
    check.errors
}

/// The text of the script with all that has to become another one.
pub(super) fn fixed(script: &Script) -> Option<String> {
    let mut check = LoadCheck::new(script, ASSUMED_CASTS);
    script.statements().for_each(|statement| check.collect_names(statement));
    script.statements().for_each(|statement| check.statement(statement));
    let mut text = script.source.text().to_owned();
    // Included files are those of other scripts as well.
    let mut changes = check.changes;
    changes.retain(|span, _| !script.source.is_included(span.start));
    // From the end on, so that the places before stay what they are.
    for (span, instead) in changes.iter().rev() {
        text.replace_range(span.range(), instead);
    }
    (!changes.is_empty()).then_some(text)
}

struct LoadCheck<'a> {
    script: &'a Script,
    casts: u64,
    labels: HashSet<Name>,
    /// The users that log in by hand.
    opened: HashSet<Name>,
    constants: HashMap<&'a Name, (Span, &'a Template)>,
    /// The keys of rooms that are created under a fixed name.
    fixed_rooms: HashSet<String>,
    /// Fixed names that users take by `rename`.
    taken_names: HashSet<String>,
    /// The keys of fixed names on the wire, and whose they are.
    wire_names: HashMap<String, Name>,
    errors: Vec<Diagnostic>,
    /// What to write where.
    changes: BTreeMap<Span, String>,
}

/// The words before the source of a line of the past: `history:`, its number and its time.
const HISTORY_WORDS: usize = 3;

/// A text of a line that has to become another one.
struct Replacement {
    span: Span,
    instead: String,
    reason: &'static str,
}

impl<'a> LoadCheck<'a> {
    fn new(script: &'a Script, casts: u64) -> Self {
        let (mut labels, mut opened, mut constants) = (HashSet::new(), HashSet::new(), HashMap::new());
        for statement in script.statements() {
            match &statement.kind {
                StatementKind::Connect(opening) => {
                    labels.extend(opening.members().map(|(_, member)| member.clone()));
                    if opening.kind == OpeningKind::Open {
                        opened.extend(opening.members().map(|(_, member)| member.clone()));
                    }
                }
                StatementKind::Value(Value::Let(constant)) => {
                    constants.insert(&constant.name.value, (statement.span, &constant.value));
                }
                StatementKind::Value(Value::Param(param)) => {
                    constants.insert(&param.name.value, (statement.span, &param.default));
                }
                StatementKind::By { .. }
                | StatementKind::Block(_)
                | StatementKind::Value(Value::Assert(_))
                | StatementKind::Wait(_)
                | StatementKind::Set(_) => {}
            }
        }
        Self {
            script,
            casts,
            labels,
            opened,
            constants,
            fixed_rooms: HashSet::new(),
            taken_names: HashSet::new(),
            wire_names: HashMap::new(),
            errors: Vec::new(),
            changes: BTreeMap::new(),
        }
    }

    /// Whether the text of a part differs from cast to cast.
    fn varies(&self, part: &Part) -> bool {
        match &part.kind {
            PartKind::Insert(Insert::Cast | Insert::Me | Insert::User(_) | Insert::Group(_)) => true,
            PartKind::Insert(Insert::Value(name)) => match self.constants.get(name) {
                Some((_, value)) => value.parts.iter().any(|part| self.varies(part)),
                None => true,
            },
            PartKind::Stamp(_) => true,
            PartKind::Insert(Insert::Iteration)
            | PartKind::Literal(_)
            | PartKind::Quoted(_)
            | PartKind::Capture { .. }
            | PartKind::Anything(_)
            | PartKind::Generate(_) => false,
        }
    }

    fn varies_within(&self, template: &Template, span: Span) -> bool {
        let within = |part: &&Part| part.span.start >= span.start && part.span.end <= span.end;
        template.parts.iter().filter(within).any(|part| self.varies(part))
    }

    fn collect_names(&mut self, statement: &'a Statement) {
        for declaration in declarations_of(statement) {
            if let (Some(name), [member]) = (&declaration.wire_name, declaration.members.as_slice())
                && !name.parts.iter().any(|part| self.varies(part))
            {
                let written = self.script.source.slice(name.span).trim_matches('"');
                if !self.labels.contains(written) {
                    self.wire_names.entry(name_key(written)).or_insert_with(|| member.clone());
                }
            }
        }
        for text in sent(statement) {
            match words(self.script, text).as_slice() {
                [create, room, name, ..]
                    if is_command(*create, *room, "create", "room") && !self.varies_within(text, name.span) =>
                {
                    self.fixed_rooms.insert(name_key(name.text));
                }
                [rename, name]
                    if rename.is("rename")
                        && !self.labels.contains(name.text)
                        && !self.varies_within(text, name.span) =>
                {
                    self.taken_names.insert(name.text.to_owned());
                }
                _ => {}
            }
        }
    }

    fn statement(&mut self, statement: &'a Statement) {
        for declaration in declarations_of(statement) {
            self.declaration(statement, declaration);
        }
        for text in sent(statement) {
            let changes = self.in_sent(statement, text);
            self.report(&changes);
        }
        if let StatementKind::Value(Value::Assert(assert)) = &statement.kind {
            for side in [&assert.left, &assert.right] {
                let changes = self.in_expected(side);
                self.report(&changes);
            }
        }
        if let StatementKind::By { act: Act::Upload(upload), .. } = &statement.kind
            && upload.to.users.is_none()
        {
            let span = upload.to.room.span;
            let room = Word { text: self.script.source.slice(span), span };
            let changes = self.room(room);
            self.report(&changes);
        }
        if let StatementKind::By { act: Act::Expect(Expectation { pattern, .. }) | Act::Ignore(pattern), .. } =
            &statement.kind
        {
            let changes = self.in_expected(pattern.template());
            self.report(&changes);
        }
    }

    fn declaration(&mut self, statement: &Statement, declaration: &Declaration) {
        let source = &self.script.source;
        if let Some(name) = &declaration.wire_name {
            let written = source.slice(name.span).trim_matches('"');
            if self.labels.contains(written) && !declaration.members.iter().any(|member| member.as_str() == written) {
                let instead = format!("\"{{{{{written}}}}}\"");
                self.report(&[Replacement {
                    span: name.span,
                    instead,
                    reason: "in a cast this user has another name",
                }]);
            } else if !name.parts.iter().any(|part| self.varies(part)) {
                let end = name.span.end - 1;
                let instead = source.slice(Span::new(name.span.start, end)).to_owned() + "_{{cast}}\"";
                self.report(&[Replacement { span: name.span, instead, reason: "every cast would use this name" }]);
            }
            return;
        }
        let digits = self.casts.to_string().len();
        let longest = declaration.members.iter().map(|member| member.as_str().chars().count()).max().unwrap_or(0);
        if longest + 1 + digits > MAX_NAME_CHARS {
            let label = declaration.label.value.as_str();
            let room = MAX_NAME_CHARS - 1 - digits - (longest - label.chars().count());
            let shorter: String = label.chars().take(room).collect();
            let line = source.slice(statement.span).replacen(label, &shorter, 1);
            let message = format!("`{label}` is too long for the number of a cast");
            let mark = format!("{longest} characters, `_` and {digits} digits are more than {MAX_NAME_CHARS}");
            let error = Diagnostic::error(source, declaration.label.span, message, mark);
            self.errors.push(error.help(format!("write `{line}`")));
        }
    }

    fn in_sent(&self, statement: &Statement, text: &Template) -> Vec<Replacement> {
        let words = words(self.script, text);
        let by_hand =
            statement.kind.users().is_some_and(|users| users.resolved.iter().any(|u| self.opened.contains(u)));
        match words.as_slice() {
            [name] if by_hand => self.label(*name, "every cast would log in under this name").into_iter().collect(),
            [send, message, users, ..] if is_command(*send, *message, "send", "message") => self.users(*users),
            [create, room, name, rest @ ..] if is_command(*create, *room, "create", "room") => {
                let mut changes: Vec<Replacement> = self.new_room(text, *name).into_iter().collect();
                changes.extend(rest.first().into_iter().flat_map(|users| self.users(*users)));
                changes
            }
            [rename, name] if rename.is("rename") && self.labels.contains(name.text) => {
                self.label(*name, "in a cast this user has another name").into_iter().collect()
            }
            [rename, name] if rename.is("rename") && !self.varies_within(text, name.span) => {
                vec![with_cast(*name, "every cast would take this name")]
            }
            [send, file, kind, to, ..] if is_command(*send, *file, "send", "file") => {
                if kind.is("room") {
                    self.room(*to)
                } else {
                    self.users(*to)
                }
            }
            [verb, noun, name, rest @ ..] if is_about_room(*verb, *noun) => {
                let mut changes = self.room(*name);
                if verb.is("give") {
                    changes.extend(rest.first().into_iter().flat_map(|user| self.users(*user)));
                }
                changes
            }
            [verb, message, user, ..]
                if ["history", "resume"].iter().any(|known| is_command(*verb, *message, known, "message")) =>
            {
                self.users(*user)
            }
            [verb, room, rest @ ..] if ["topic", "history", "resume", "send"].iter().any(|known| verb.is(known)) => {
                // A text goes to the room; what else there is needs no text.
                let is_whole = !verb.is("send") || !rest.is_empty();
                if is_whole { self.room(*room) } else { Vec::new() }
            }
            [verb, room, rest @ ..] if ["invite", "kick", "ban", "unban"].iter().any(|known| verb.is(known)) => {
                let mut changes = self.room(*room);
                changes.extend(rest.first().into_iter().flat_map(|users| self.users(*users)));
                changes
            }
            _ => Vec::new(),
        }
    }

    /// A room that is created: its name has to have the cast in it, or the constant that it comes from.
    fn new_room(&self, text: &Template, name: Word<'_>) -> Option<Replacement> {
        if self.varies_within(text, name.span) {
            return None;
        }
        let reason = "every cast would create this room";
        let constant = text.parts.iter().find(|part| part.span == name.span).and_then(|part| match &part.kind {
            PartKind::Insert(Insert::Value(value)) => self.constants.get(value),
            _ => None,
        });
        Some(match constant {
            Some((_, value)) => {
                let instead = self.script.source.slice(value.span).to_owned() + "_{{cast}}";
                Replacement { span: value.span, instead, reason: "every cast would create the room of this name" }
            }
            None => with_cast(name, reason),
        })
    }

    fn room(&self, name: Word<'_>) -> Vec<Replacement> {
        let is_literal = !name.text.contains("{{");
        let fixed = is_literal && self.fixed_rooms.contains(&name_key(name.text));
        fixed.then(|| with_cast(name, "this room has another name in every cast")).into_iter().collect()
    }

    fn users(&self, list: Word<'_>) -> Vec<Replacement> {
        pieces(list, &[','])
            .into_iter()
            .filter_map(|user| self.label(user, "in a cast this user has another name"))
            .collect()
    }

    fn label(&self, word: Word<'_>, reason: &'static str) -> Option<Replacement> {
        if self.taken_names.contains(word.text) {
            return Some(with_cast(word, reason));
        }
        let key = name_key(word.text);
        let spelled_otherwise = || self.labels.iter().find(|label| name_key(label.as_str()) == key);
        let label = self.labels.get(word.text).or_else(|| self.wire_names.get(&key)).or_else(spelled_otherwise)?;
        Some(Replacement { span: word.span, instead: format!("{{{{{label}}}}}"), reason })
    }

    /// The source of an expected line, and the users and rooms that an answer or a notice speaks of.
    fn in_expected(&self, text: &Template) -> Vec<Replacement> {
        self.in_line(&words(self.script, text))
    }

    fn in_line(&self, words: &[Word<'_>]) -> Vec<Replacement> {
        let Some(&first) = words.first() else { return Vec::new() };
        if first.text == "history:" {
            return self.in_line(words.get(HISTORY_WORDS..).unwrap_or_default());
        }
        if first.text.starts_with('#') {
            // The number of a line that was asked for.
            return self.in_line(&words[1..]);
        }
        let whole = self.script.source.slice(Span::new(first.span.start, words[words.len() - 1].span.end));
        if matches!(Dialect::default().read(whole), ServerLine::Refused { .. }) {
            // Behind its code, the first word is what it is about.
            return words.get(2).map_or(Vec::new(), |about| self.in_names(std::slice::from_ref(about)));
        }
        if first.text == "server:" {
            return self.in_answer(words);
        }
        let Some(origin) = first.text.strip_suffix(':') else { return Vec::new() };
        let origin = Word { text: origin, span: Span::new(first.span.start, first.span.end - 1) };
        let reason = "in a cast this user has another name";
        let parts = pieces(origin, &['/']);
        let mut changes: Vec<Replacement> = Vec::new();
        if let [room, _] = parts.as_slice() {
            changes.extend(self.room(*room));
        }
        changes.extend(parts.last().and_then(|user| self.label(*user, reason)));
        if parts.len() == 2 && parts[1].text == "server" {
            let told = words[1..].iter().flat_map(|word| pieces(*word, &[',']));
            changes.extend(told.filter_map(|word| self.label(word, reason)));
        }
        changes
    }

    /// The users and rooms in what the server answers. What it only gives back says nothing of them.
    fn in_answer(&self, words: &[Word<'_>]) -> Vec<Replacement> {
        if let Some(listing) = listing(words) {
            return vec![listing];
        }
        let echoes = words.get(1).is_some_and(|what| ["pong", "others"].contains(&what.text));
        if echoes { Vec::new() } else { self.in_names(&words[1..]) }
    }

    fn in_names(&self, words: &[Word<'_>]) -> Vec<Replacement> {
        let reason = "in a cast this has another name";
        let names = words.iter().flat_map(|word| pieces(*word, &[',', ':', '/']));
        names
            .flat_map(|name| match self.room(name) {
                rooms if rooms.is_empty() => self.label(name, reason).into_iter().collect(),
                rooms => rooms,
            })
            .collect()
    }

    /// One error for all that has to change in a line, with the line to write instead.
    fn report(&mut self, changes: &[Replacement]) {
        let Some(first) = changes.first() else { return };
        self.changes.extend(changes.iter().map(|change| (change.span, change.instead.clone())));
        let source = &self.script.source;
        let mut line = source.line_span(source.line_of(first.span.start));
        line.start += source.slice(line).len() - source.slice(line).trim_start().len();
        let mut instead = String::new();
        let mut written = line.start;
        for change in changes {
            instead.push_str(source.slice(Span::new(written, change.span.start)));
            instead.push_str(&change.instead);
            written = change.span.end;
        }
        instead.push_str(source.slice(Span::new(written, line.end)));
        let message = format!("`{}` is the same in every cast", source.slice(first.span).trim_matches('"'));
        let mut error = Diagnostic::error(source, first.span, message, first.reason);
        for change in &changes[1..] {
            error = error.mark(change.span, change.reason);
        }
        let error = error.help(format!("write `{instead}`"));
        if !self.errors.contains(&error) {
            self.errors.push(error);
        }
    }
}

fn with_cast(name: Word<'_>, reason: &'static str) -> Replacement {
    Replacement { span: name.span, instead: format!("{}_{{{{cast}}}}", name.text), reason }
}

/// Two spellings of a name are the same name; rooms and users follow the same rule.
fn name_key(name: &str) -> String {
    UserName::new(name).map_or_else(|_| name.to_lowercase(), |name| name.key().to_owned())
}

/// What follows `server: rooms` or `server: users`, if it begins with a fixed number: the other casts are in it too.
fn listing(expected: &[Word<'_>]) -> Option<Replacement> {
    let [server, what, number, ..] = expected else { return None };
    let is_listing = server.text == "server:" && ["rooms", "users"].contains(&what.text);
    let is_fixed = number.text.starts_with('(') && !number.text.contains("{{");
    (is_listing && is_fixed).then(|| Replacement {
        span: Span::new(number.span.start, expected[expected.len() - 1].span.end),
        instead: if number.text == "(0)" { "{{_}}" } else { "({{_}}): {{_}}" }.to_owned(),
        reason: "the list has what belongs to other casts too",
    })
}

/// The lines that a statement sends.
fn sent(statement: &Statement) -> Vec<&Template> {
    match &statement.kind {
        StatementKind::By { act: Act::Send(text), .. } => lines(text),
        _ => Vec::new(),
    }
}
