//! A script that is written by playing it: what people send and receive, put down in the order in which it happened.
//!
//! It owns the text and the labels. It trusts its caller in one thing: that a line is sent only when everything that
//! the line before it caused has been received, so that playing the script again can only go the same way. What several
//! people receive between two lines is put down once, in an order that does not depend on who was faster.

mod files;

use std::collections::{BTreeSet, VecDeque};
use std::fmt::Write;
use std::time::SystemTime;

use self::files::RecordedFiles;
pub use self::files::{FileRecipient, RecordedTransfer};
use crate::lang::parser::vocabulary::is_reserved;
use crate::lang::quote::literal;
use crate::protocol::dialect::Dialect;
use crate::protocol::event::{Event, Mark, RoomEvent};
use crate::protocol::name::{RoomName, UserName};

/// The longest script that is recorded, in bytes. After that, nothing more is put down, and the script says so.
const MAX_BYTES: usize = 16 << 20;

/// Lines that are held back until the next line is sent, so that they can be put in order.
const MAX_RECEIVED: usize = 1000;

/// A script in the making.
#[derive(Debug, Clone)]
pub struct Recording {
    labels: Vec<String>,
    /// What each of them has received since the last line was sent.
    received: Vec<VecDeque<RecordedLine>>,
    body: String,
    strangers: BTreeSet<String>,
    flaws: Vec<String>,
    files: RecordedFiles,
    /// Where in the body the statement of the file belongs that is on its way.
    transfer_at: Option<usize>,
    full: bool,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum RecordedLine {
    Line(String),
    Closed,
}

impl Recording {
    /// Begins with these people connecting, under these names. They are numbered in this order from here on.
    #[must_use]
    pub fn new<'a>(names: impl IntoIterator<Item = &'a str>) -> Self {
        let mut recording = Self {
            labels: Vec::new(),
            received: Vec::new(),
            body: String::new(),
            strangers: BTreeSet::new(),
            flaws: Vec::new(),
            files: RecordedFiles::default(),
            transfer_at: None,
            full: false,
        };
        let mut declarations = Vec::new();
        for name in names {
            let label = recording.free_label(name);
            declarations.push(if label == name { label.clone() } else { format!("{label} as \"{name}\"") });
            recording.labels.push(label);
            recording.received.push(VecDeque::new());
        }
        recording.put(&format!("connect {}", declarations.join(", ")));
        recording
    }

    /// A room was there before the recording, with these people in it: the script opens it anew.
    pub fn room_exists(&mut self, room: &str, members: &[(usize, &str)]) {
        let [(creator, by), others @ ..] = members else { return };
        let names: Vec<&str> = others.iter().map(|(_, name)| *name).collect();
        self.sent(*creator, format!("create room {room} {}", names.join(",")).trim_end());
        let labels: Vec<&str> = members.iter().map(|(who, _)| self.labels[*who].as_str()).collect();
        let labels = labels.join(", ");
        match creation(room, by, &names) {
            Some(line) => self.put(&format!("{labels}< {}", quoted(&line))),
            None => self.put(&format!("{labels} drain")),
        }
    }

    /// Somebody sends a line. What was received until then was caused by what was sent before.
    pub fn sent(&mut self, who: usize, text: &str) {
        self.put_received();
        let text = self.files.named(&quoted(text));
        self.put(&format!("{}> {text}", self.labels[who]));
    }

    /// Whether it is known of which file of the script this id tells.
    #[must_use]
    pub fn knows_file(&self, id: &str) -> bool {
        self.files.has(id)
    }

    /// Somebody begins to send or to fetch a file. Nothing else is sent before [its end](Self::end_transfer).
    pub fn begin_transfer(&mut self) {
        self.put_received();
        self.transfer_at = Some(self.body.len());
    }

    /// What became of the file. What was received meanwhile was caused by it.
    pub fn end_transfer(&mut self, who: usize, what: &RecordedTransfer<'_>) {
        let Some(at) = self.transfer_at.take() else { return };
        let label = &self.labels[who];
        let line = match what {
            RecordedTransfer::Sent { path, to } => {
                format!("{label} upload {} to {}", files::in_quotes(path), self.recipient(to))
            }
            RecordedTransfer::Fetched { id } => format!("{label} download {}", self.files.named(id)),
            RecordedTransfer::Refused { line } => format!("{label}> {}", self.files.named(&quoted(line))),
            RecordedTransfer::Stopped => format!("# a file of {label} was stopped"),
        };
        if self.has_room(&line) {
            self.body.insert_str(at, &format!("{line}\n"));
        }
    }

    /// Whom a file is for, as the script says it.
    fn recipient(&self, to: &FileRecipient) -> String {
        match to {
            FileRecipient::Users(users) => {
                let labels: Vec<&str> = users.iter().map(|user| self.labels[*user].as_str()).collect();
                labels.join(", ")
            }
            // A name of the script would be that user.
            FileRecipient::Room(room) if self.labels.iter().any(|label| label == room) => files::in_hole(room),
            FileRecipient::Room(room) => files::one_word(room),
        }
    }

    /// Somebody sends a line that has values of the script in it.
    pub fn sent_template(&mut self, who: usize, template: &str) {
        self.put_received();
        self.put(&format!("{}> {template}", self.labels[who]));
    }

    /// Somebody receives a line.
    pub fn received(&mut self, who: usize, text: &str) {
        self.files.hear(text);
        self.receive(who, RecordedLine::Line(text.to_owned()));
    }

    /// The server has closed somebody's connection, as it was asked to.
    pub fn closed(&mut self, who: usize) {
        self.receive(who, RecordedLine::Closed);
    }

    /// These people have a part in it and are not of this recording.
    pub fn set_strangers(&mut self, names: impl IntoIterator<Item = String>) {
        self.strangers = names.into_iter().collect();
    }

    /// Something happened that playing the script does not repeat.
    pub fn flaw(&mut self, what: impl Into<String>) {
        let what = what.into();
        if !self.flaws.contains(&what) {
            self.put_received();
            self.put(&format!("# {what}"));
            self.flaws.push(what);
        }
    }

    /// Whether playing the script on a fresh server can pass.
    #[must_use]
    pub fn can_be_replayed(&self) -> bool {
        self.strangers.is_empty() && self.flaws.is_empty() && !self.full
    }

    /// The script so far.
    #[must_use]
    pub fn text(&self) -> String {
        let mut whole = self.clone();
        whole.put_received();
        whole.preamble() + &whole.files.without_unused(&whole.body)
    }

    /// Comments: what to know before playing it.
    fn preamble(&self) -> String {
        let mut text = String::new();
        if !self.strangers.is_empty() {
            let names: Vec<&str> = self.strangers.iter().map(String::as_str).take(10).collect();
            let more = if self.strangers.len() > 10 { ", ..." } else { "" };
            let _ =
                writeln!(text, "# Recorded among strangers ({}{more}): it cannot be replayed alone.", names.join(", "));
        }
        for flaw in &self.flaws {
            let _ = writeln!(text, "# It cannot be replayed as it is: {flaw}.");
        }
        if self.full {
            let _ = writeln!(text, "# It cannot be replayed as it is: it ends in the middle, at {MAX_BYTES} bytes.");
        }
        text.push_str("# Recorded with chatctl interactive.\n\n");
        text
    }

    fn receive(&mut self, who: usize, what: RecordedLine) {
        self.received[who].push_back(what);
        if self.received.iter().map(VecDeque::len).sum::<usize>() > MAX_RECEIVED {
            self.put_received();
        }
    }

    /// Puts down what was received, each line once for all who receive it next.
    fn put_received(&mut self) {
        while let Some(next) = self.received.iter().find_map(|received| received.front().cloned()) {
            let is_next = |received: &VecDeque<RecordedLine>| received.front() == Some(&next);
            let who: Vec<usize> = (0..self.labels.len()).filter(|who| is_next(&self.received[*who])).collect();
            let labels: Vec<&str> = who.iter().map(|who| self.labels[*who].as_str()).collect();
            let labels = labels.join(", ");
            for who in who {
                self.received[who].pop_front();
            }
            match next {
                RecordedLine::Line(line) => {
                    let line = self.files.captured(&quoted(&line));
                    self.put(&format!("{labels}< {line}"));
                }
                RecordedLine::Closed => self.put(&format!("{labels} is closed")),
            }
        }
    }

    fn put(&mut self, line: &str) {
        if self.has_room(line) {
            self.body.push_str(line);
            self.body.push('\n');
        }
    }

    fn has_room(&mut self, line: &str) -> bool {
        self.full |= self.body.len() + line.len() >= MAX_BYTES;
        !self.full
    }

    /// What the script calls this name: the name itself where the language lets it.
    fn free_label(&self, name: &str) -> String {
        let begins_well = name.starts_with(|c: char| c == '_' || c.is_alphabetic());
        let mut label = if begins_well && !is_reserved(name) { name.to_owned() } else { format!("u_{name}") };
        while self.labels.contains(&label) {
            label.push('_');
        }
        label
    }
}

/// The text as a script says it; three quotation marks alone would begin a block.
fn quoted(text: &str) -> String {
    let quoted = literal(text);
    match quoted.trim_end().strip_prefix('"') {
        Some("\"\"") => format!("{{{{\"\\u{{22}}\"}}}}{}", &quoted[1..]),
        Some(_) | None => quoted,
    }
}

/// What the server says to the members of a new room, if these are names.
fn creation(room: &str, by: &str, with: &[&str]) -> Option<String> {
    let with = with.iter().map(|name| UserName::new(name).ok()).collect::<Option<_>>()?;
    let what = RoomEvent::Created { by: UserName::new(by).ok()?, with };
    // Neither number nor mark is in the line.
    let mark = Mark { id: 0, at: SystemTime::UNIX_EPOCH };
    let event = Event::InRoom { room: RoomName::new(room).ok()?, sequence: 0, what, mark };
    Some(Dialect::default().spelled(&event).trim_end().to_owned())
}

#[cfg(test)]
mod tests;
