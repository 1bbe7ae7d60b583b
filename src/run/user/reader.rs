//! What a connection receives, on its way into the inbox: stamped lines are counted, all others are kept.

use std::cell::RefCell;
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::inbox::Inbox;
use super::{SharedConnection, framed, within};
use crate::client::{Arrival, LineReader, ReadOutcome};
use crate::delivery::accounts::{Accounts, Excuse};
use crate::lang::ast::LineEnd;
use crate::protocol::charset::Charset;
use crate::run::outcome::{Defect, StreamEnd};

/// How many bytes are read at once.
const READ_BUFFER: usize = 64 * 1024;

thread_local! {
    static BUFFER: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
}

/// Reads one connection and puts what comes into the inbox of its user.
pub(super) struct InboxReader {
    pub(super) inbox: Arc<Inbox>,
    pub(super) accounts: Arc<dyn Accounts>,
    pub(super) number: usize,
    /// Where the answers of the user's dialect go.
    pub(super) link: SharedConnection,
    pub(super) line_end: LineEnd,
    /// Texts that are lines without a line end.
    pub(super) prompts: Vec<String>,
}

/// How long an answer of a dialect may take to be sent.
const REPLY_WITHIN: Duration = Duration::from_secs(5);

impl InboxReader {
    pub(super) async fn run(self, mut reader: LineReader) {
        // What was taken of the last line of an earlier connection is gone with it.
        self.inbox.taken_of_line();
        let end = loop {
            let progress = self.read(&mut reader).await;
            self.answer(reader.take_answers()).await;
            self.reply().await;
            match progress {
                Ok(Some(ReadOutcome::Received)) if self.inbox.contents().full => return,
                // A peer that never pauses must not keep the other tasks of this thread waiting.
                Ok(Some(ReadOutcome::Received)) => smol::future::yield_now().await,
                Ok(Some(ReadOutcome::End)) => break StreamEnd::Closed,
                Ok(None) => {}
                Err(error) => break StreamEnd::Broken(error.kind()),
            }
        };
        self.inbox.end(end, Instant::now());
        self.accounts.excuse(self.number, Excuse::Closed);
    }

    /// The buffer belongs to the thread and is borrowed for one read, so that a user who waits needs none.
    async fn read(&self, reader: &mut LineReader) -> std::io::Result<Option<ReadOutcome>> {
        reader.ready().await?;
        BUFFER.with_borrow_mut(|buf| {
            buf.resize(READ_BUFFER, 0);
            let progress = reader.try_read(buf, &mut |arrival, at| self.take(arrival, at))?;
            self.take_prompt(reader);
            self.inbox.note_unfinished(reader.unfinished(), Instant::now());
            Ok(progress)
        })
    }

    fn take(&self, arrival: Arrival<'_>, at: Instant) {
        let line = match arrival {
            Arrival::TooLong => {
                self.inbox.taken_of_line();
                return self.inbox.push("", Some(Defect::TooLong), at);
            }
            Arrival::Line(line) => line,
        };
        let taken = self.inbox.taken_of_line();
        let whole = if self.inbox.keeps_bytes() { [line.bytes, line.end].concat() } else { Vec::new() };
        let (line, mut bytes) = (line.without(taken), whole.get(taken..).unwrap_or_default());
        if self.accounts.count(line.bytes, self.number, at) {
            return;
        }
        let defect = line.text().is_err().then_some(Defect::Undecodable);
        let text = line.text_or_bytes();
        let mut rest: &str = &text;
        while let Some(prompt) = self.prompt_of(rest) {
            let (own, others) = bytes.split_at(prompt.len().min(bytes.len()));
            self.push((prompt, own, line.charset), None, at);
            (rest, bytes) = (&rest[prompt.len()..], others);
        }
        self.push((rest, bytes, line.charset), defect, at);
    }

    fn push(&self, (text, bytes, charset): (&str, &[u8], Charset), defect: Option<Defect>, at: Instant) {
        let bytes = self.inbox.keeps_bytes().then_some((bytes, charset));
        self.inbox.push_with_bytes(text, bytes, defect, at);
    }

    /// The prompt that a text begins with.
    fn prompt_of(&self, text: &str) -> Option<&String> {
        self.prompts.iter().find(|prompt| text.starts_with(prompt.as_str()))
    }

    /// Takes prompts that have arrived and have no line end.
    fn take_prompt(&self, reader: &mut LineReader) {
        loop {
            let Some(unfinished) = reader.unfinished() else { return };
            let bytes = unfinished.bytes;
            let Some(prompt) = self.prompts.iter().find(|prompt| bytes.starts_with(prompt.as_bytes())) else { return };
            self.push((prompt, prompt.as_bytes(), unfinished.charset), None, Instant::now());
            reader.skip_unfinished(prompt.len());
        }
    }

    /// Sends what the server's options, or its WebSocket, are answered with.
    async fn answer(&self, answers: Vec<u8>) {
        if answers.is_empty() {
            return;
        }
        if let Some(open) = self.link.lock().await.as_mut() {
            let _ = within(Instant::now() + REPLY_WITHIN, open.writer.send_answers(&answers)).await;
        }
    }

    /// Sends what the dialect answers to the lines that were read.
    async fn reply(&self) {
        loop {
            let Some(reply) = self.inbox.contents().next_reply() else { return };
            let mut link = self.link.lock().await;
            let Some(open) = link.as_mut() else { return };
            let text = framed(&reply, self.line_end);
            // If the server takes no more, the reader sees how the connection ends.
            let _ = within(Instant::now() + REPLY_WITHIN, open.writer.send(&text)).await;
        }
    }
}
