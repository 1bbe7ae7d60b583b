//! Files in a recording: when the script is played, they have other ids, so each id that was heard is a value of the script.

use crate::protocol::dialect::{Dialect, RoomLine, ServerLine};

/// What became of a file on its way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RecordedTransfer<'a> {
    /// All of it is with the server.
    Sent {
        /// Where the script finds its bytes.
        path: String,
        /// Whom it is for.
        to: FileRecipient,
    },
    /// All of it is here.
    Fetched {
        /// The id of the file.
        id: &'a str,
    },
    /// The server did not want it.
    Refused {
        /// The line that announced it.
        line: &'a str,
    },
    /// Nobody has heard of it.
    Stopped,
}

/// Whom a file is for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FileRecipient {
    /// The room of this name.
    Room(String),
    /// These people of the recording.
    Users(Vec<usize>),
}

/// The ids that were heard, in this order.
#[derive(Debug, Clone, Default)]
pub(super) struct RecordedFiles {
    ids: Vec<String>,
    /// How many of them have been captured in the script.
    captured: Vec<bool>,
}

impl RecordedFiles {
    /// Somebody has received a line, which may tell of a file.
    pub(super) fn hear(&mut self, line: &str) {
        let (ServerLine::File { file, .. } | ServerLine::InRoom { what: RoomLine::File { file, .. }, .. }) =
            Dialect::default().read(line)
        else {
            return;
        };
        if !self.has(file.id) {
            self.ids.push(file.id.to_owned());
            self.captured.push(false);
        }
    }

    pub(super) fn has(&self, id: &str) -> bool {
        self.ids.iter().any(|known| known == id)
    }

    /// The spelled text, with the values of the script in place of ids that have been captured.
    pub(super) fn named(&self, spelled: &str) -> String {
        let captured = self.ids.iter().enumerate().filter(|(at, _)| self.captured[*at]);
        captured.fold(spelled.to_owned(), |text, (at, id)| text.replace(id, &value(at)))
    }

    /// The spelled text of a line that is received, which captures the ids that are new in it.
    pub(super) fn captured(&mut self, spelled: &str) -> String {
        let mut text = spelled.to_owned();
        for (at, id) in self.ids.iter().enumerate() {
            if !self.captured[at] && text.contains(id) {
                self.captured[at] = true;
                text = text.replacen(id, &capture(at), 1);
            }
        }
        self.named(&text)
    }

    /// The script, without the names of values that nothing in it needs.
    pub(super) fn without_unused(&self, script: &str) -> String {
        let unused = (0..self.ids.len()).filter(|at| !script.contains(&value(*at)));
        unused.fold(script.to_owned(), |script, at| script.replace(&capture(at), "{{_:word}}"))
    }
}

fn value(at: usize) -> String {
    format!("{{{{file_{}}}}}", at + 1)
}

fn capture(at: usize) -> String {
    format!("{{{{file_{}:word}}}}", at + 1)
}

/// A text in quotation marks, as `upload` has it.
pub(super) fn in_quotes(text: &str) -> String {
    format!("\"{}\"", escaped(text).replace("{{", r#"{{"{{"}}"#))
}

fn escaped(text: &str) -> String {
    let mut escaped = String::new();
    for character in text.chars() {
        if matches!(character, '"' | '\\') || character.is_control() {
            escaped.extend(character.escape_default());
        } else {
            escaped.push(character);
        }
    }
    escaped
}

/// A name where the script wants a word.
pub(super) fn one_word(name: &str) -> String {
    let is_plain = name.chars().all(|character| character.is_alphanumeric() || matches!(character, '_' | '-' | '.'));
    // They would be users.
    if is_plain && !matches!(name, "me" | "all") { name.to_owned() } else { in_hole(name) }
}

/// A name that the script does not take for one of its own.
pub(super) fn in_hole(name: &str) -> String {
    format!("{{{{\"{}\"}}}}", escaped(name))
}
