//! Messages of several lines (`draft/multiline`): gathered until their batch ends, and then one.

use super::instruction::{Saying, Step};
use super::line::IrcLine;

/// Bytes of one message, and its lines.
const MOST_BYTES: usize = 8192;
const MOST_LINES: usize = 100;

/// A message of which some lines have come.
#[derive(Debug)]
pub(super) struct Gathering {
    reference: Box<str>,
    pub(super) target: Box<str>,
    pub(super) label: Option<Box<str>>,
    /// What the client says of it to other clients.
    pub(super) tags: Box<str>,
    pub(super) is_notice: bool,
    pub(super) text: String,
    /// Where a line goes on in the next one.
    pub(super) cuts: Vec<usize>,
    lines: usize,
    /// Why it cannot be said, as soon as that is known.
    wrong: Option<Step>,
}

/// `FAIL BATCH CODE [CONTEXT] :why`
pub(super) fn failed(code: &str, context: &[&str], why: &str) -> Step {
    let params: Vec<&str> = ["BATCH", code].into_iter().chain(context.iter().copied()).chain([why]).collect();
    Saying::plain("FAIL", &params)
}

/// Whether a line says that it is one of a message of several lines.
pub(super) fn is_of_batch(line: &IrcLine<'_>) -> bool {
    matches!(&*line.command, "PRIVMSG" | "NOTICE") && line.tag("batch").is_some()
}

impl Gathering {
    /// `BATCH +1 draft/multiline #a`
    pub(super) fn begun(line: &IrcLine<'_>, tags: &str, label: Option<Box<str>>) -> Result<Self, Step> {
        let invalid = || failed("MULTILINE_INVALID", &[], "A batch is '+REFERENCE draft/multiline TARGET'");
        let reference = line.param(0).and_then(|word| word.strip_prefix('+')).filter(|word| !word.is_empty());
        let (Some(reference), Some("draft/multiline"), Some(target)) = (reference, line.param(1), line.param(2)) else {
            return Err(invalid());
        };
        Ok(Self {
            reference: reference.into(),
            target: target.into(),
            label,
            tags: tags.into(),
            is_notice: false,
            text: String::new(),
            cuts: Vec::new(),
            lines: 0,
            wrong: None,
        })
    }

    /// Whether a line is one of the message.
    pub(super) fn holds(&self, line: &IrcLine<'_>) -> bool {
        is_of_batch(line) && line.tag("batch").is_some_and(|batch| *batch == *self.reference)
    }

    /// Whether a line ends the message.
    pub(super) fn ends_with(&self, line: &IrcLine<'_>) -> bool {
        line.command == "BATCH" && line.param(0).and_then(|word| word.strip_prefix('-')) == Some(&*self.reference)
    }

    /// Takes one line of the message.
    pub(super) fn take(&mut self, line: &IrcLine<'_>) {
        let is_notice = line.command == "NOTICE";
        let [target, said, ..] = line.params.as_slice() else {
            return self.fail(|| failed("MULTILINE_INVALID", &[], "A line has a target and a text"));
        };
        if **target != *self.target {
            let (own, other) = (self.target.clone(), *target);
            return self.fail(|| failed("MULTILINE_INVALID_TARGET", &[&own, other], "All lines have one target"));
        }
        let goes_on = line.tag("draft/multiline-concat").is_some();
        if (self.lines > 0 && is_notice != self.is_notice) || said.starts_with('\u{1}') || goes_on && said.is_empty() {
            return self.fail(|| failed("MULTILINE_INVALID", &[], "All lines are of one kind"));
        }
        self.is_notice = is_notice;
        match (self.lines, goes_on) {
            (0, _) => {}
            (_, true) => self.cuts.push(self.text.len()),
            (_, false) => self.text.push('\n'),
        }
        self.lines += 1;
        if self.text.len() + said.len() > MOST_BYTES {
            return self.fail(|| failed("MULTILINE_MAX_BYTES", &["8192"], "A message has at most 8192 bytes"));
        }
        if self.lines > MOST_LINES {
            return self.fail(|| failed("MULTILINE_MAX_LINES", &["100"], "A message has at most 100 lines"));
        }
        self.text.push_str(said);
    }

    /// Why the message cannot be said, if it cannot.
    pub(super) fn wrong(&self) -> Option<Step> {
        let is_blank = || self.text.split('\n').all(str::is_empty);
        self.wrong
            .clone()
            .or_else(|| is_blank().then(|| failed("MULTILINE_INVALID", &[], "A message has a line that is not blank")))
    }

    fn fail(&mut self, why: impl FnOnce() -> Step) {
        self.wrong.get_or_insert_with(why);
    }
}
