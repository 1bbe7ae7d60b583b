//! The lines that a user has received, and what the script has done with each.
//!
//! Every line goes in when it is read from the socket and stays until the script takes it: nothing is dropped between
//! two steps. The answers to the fence's own pings are recognized by their token and hidden from matching. The last lines
//! that were taken are kept, because a failure shows them. The inbox is bounded: a full one takes no more and says so.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};
use std::task::Poll;
use std::time::Instant;

use futures::future::poll_fn;
use futures::task::AtomicWaker;
use smol::Timer;
use smol::future::FutureExt;

use crate::client::EncodedLine;
use crate::lock::Locked;
use crate::protocol::charset::Charset;
use crate::protocol::dialect::{Dialect, ServerLine};
use crate::run::foreign::Reflexes;
use crate::run::matching::Matcher;
use crate::run::outcome::{Defect, Fate, Received, StreamEnd, Unfinished};

/// The most unread lines a user may have.
pub(in crate::run) const MAX_LINES: usize = 100_000;
/// The most bytes of unread lines a user may have.
pub(in crate::run) const MAX_BYTES: usize = 64 << 20;
/// How many lines that were taken are kept for failures to show.
const HISTORY: usize = 200;
/// The most bytes that all inboxes that share their room may hold together.
pub(in crate::run) const MAX_BYTES_OF_ALL: usize = 256 << 20;

/// The room that several inboxes share, so that a server that floods all users of a load fills no more than this.
#[derive(Debug, Clone, Default)]
pub struct InboxRoom(Arc<AtomicUsize>);

impl InboxRoom {
    /// Takes room for a line; false if there is none.
    fn take(&self, line: &Received) -> bool {
        let bytes = weight(line);
        let before = self.0.fetch_add(bytes, Ordering::Relaxed);
        let fits = before + bytes <= MAX_BYTES_OF_ALL;
        if !fits {
            self.0.fetch_sub(bytes, Ordering::Relaxed);
        }
        fits
    }

    fn give_back(&self, line: &Received) {
        self.0.fetch_sub(weight(line), Ordering::Relaxed);
    }
}

/// What a line takes of the memory.
fn weight(line: &Received) -> usize {
    size_of::<Received>() + line.text.len() + line.bytes.as_ref().map_or(0, |bytes| bytes.len())
}

/// One user's inbox: filled by its reader, emptied by its lane.
#[derive(Debug, Default)]
pub(in crate::run) struct Inbox {
    contents: Mutex<InboxContents>,
    /// One lane waits at a time: a user is never in two.
    waiting: AtomicWaker,
    /// How many bytes of the line that is not whole yet the script has taken. Changed with the contents locked.
    taken: AtomicUsize,
    /// Whether something has come of a line that is not whole yet. Changed with the contents locked.
    has_begun: AtomicBool,
    /// Whether the script looks at bytes, so that lines keep theirs.
    keeps_bytes: bool,
}

/// What is in an inbox.
#[derive(Debug, Default)]
pub(in crate::run) struct InboxContents {
    /// Each of them has its part of the room.
    lines: VecDeque<Received>,
    room: InboxRoom,
    /// Where the unread lines begin in `lines`; everything before it has a fate.
    next: usize,
    unread_bytes: usize,
    ignores: Vec<(Matcher, usize)>,
    /// The answer that the fence waits for.
    pong: Option<AwaitedAnswer>,
    /// What the dialect of another server does with lines as they arrive.
    reflexes: Option<Reflexes>,
    /// What has come of a line that is not whole yet, without what the script has taken of it.
    unfinished: Option<Unfinished>,
    /// The bytes of that, if the script looks at bytes.
    unfinished_bytes: Vec<u8>,
    /// What bytes are text in, if the script looks at bytes.
    charset: Option<Charset>,
    /// The server has asked for a name.
    pub(in crate::run) prompted: bool,
    /// The welcome has passed.
    pub(in crate::run) logged_in: bool,
    /// Nothing more will come.
    pub(in crate::run) end: Option<(StreamEnd, Instant)>,
    /// Lines were refused because there was no room.
    pub(in crate::run) full: bool,
    /// How many lines that were taken are kept, if not as many as usual.
    history: Option<usize>,
}

/// A line that came: its text, and its bytes with the line end if the script looks at bytes.
type Came<'a> = (&'a str, LineBytes);
/// The bytes of a line, with its end.
type LineBytes = Option<Arc<Vec<u8>>>;

/// The answer that a fence waits for, and when it came.
#[derive(Debug)]
struct AwaitedAnswer {
    lines: AnswerLines,
    /// Whether the answer is this fence's alone, so that a second one is a fault of the server.
    is_unique: bool,
    /// What may be the first lines of the answer, until the next one shows it.
    held: Vec<(String, LineBytes, Instant)>,
    came: Option<Instant>,
}

/// What an answer to a fence looks like.
#[derive(Debug)]
enum AnswerLines {
    /// The pong of our own dialects, with this token.
    Pong(String),
    /// Lines that match these, one right after another.
    Matching(Vec<Matcher>),
}

impl Inbox {
    /// An empty one that shares this room. If the script looks at bytes, lines keep theirs.
    pub(in crate::run) fn sharing(room: InboxRoom, keeps_bytes: bool) -> Self {
        let inbox = Self { keeps_bytes, ..Self::default() };
        inbox.contents().room = room;
        inbox
    }

    /// Locks the contents.
    pub(in crate::run) fn contents(&self) -> MutexGuard<'_, InboxContents> {
        self.contents.locked()
    }

    /// Adds a line that has just been read.
    pub(in crate::run) fn push(&self, text: &str, defect: Option<Defect>, at: Instant) {
        self.push_with_bytes(text, None, defect, at);
    }

    /// Adds a line that has just been read, with its bytes if the script looks at them.
    pub(in crate::run) fn push_with_bytes(
        &self,
        text: &str,
        bytes: Option<(&[u8], Charset)>,
        defect: Option<Defect>,
        at: Instant,
    ) {
        let mut contents = self.contents();
        if let Some((_, charset)) = bytes {
            contents.charset = Some(charset);
        }
        contents.push((text, bytes.map(|(bytes, _)| Arc::new(bytes.to_vec()))), defect, at);
        drop(contents);
        self.waiting.wake();
    }

    /// Whether the script looks at bytes.
    pub(in crate::run) fn keeps_bytes(&self) -> bool {
        self.keeps_bytes
    }

    /// Notes the bytes of a line that is not whole yet, all of them; `None` if the last line is whole.
    pub(in crate::run) fn note_unfinished(&self, line: Option<EncodedLine<'_>>, at: Instant) {
        let mut contents = self.contents();
        let taken = self.taken.load(Ordering::SeqCst);
        let line = line.map(|line| line.without(taken)).filter(|line| !line.bytes.is_empty());
        if line.is_none() && contents.unfinished.is_none() {
            return;
        }
        self.has_begun.store(line.is_some(), Ordering::SeqCst);
        if self.keeps_bytes {
            contents.unfinished_bytes = line.map_or(Vec::new(), |line| line.bytes.to_vec());
            contents.charset = line.map(|line| line.charset).or(contents.charset);
        }
        contents.unfinished =
            line.map(|line| Unfinished { text: line.text_or_bytes().into(), bytes: line.bytes.len(), at });
        drop(contents);
        self.waiting.wake();
    }

    /// How many bytes the script has taken of the line that has just become whole. From here on it takes no more of it.
    pub(in crate::run) fn taken_of_line(&self) -> usize {
        if self.taken.load(Ordering::SeqCst) == 0 && !self.has_begun.load(Ordering::SeqCst) {
            return 0;
        }
        let mut contents = self.contents();
        contents.forget_unfinished();
        self.has_begun.store(false, Ordering::SeqCst);
        self.taken.swap(0, Ordering::SeqCst)
    }

    /// Takes the next bytes, of lines and of what waits without a newline; when the last of them came. `None` if there are
    /// fewer.
    pub(in crate::run) fn take_bytes(&self, count: usize, fate: Fate) -> Option<Instant> {
        let mut contents = self.contents();
        let mut left = count;
        let mut at = None;
        while left > 0 {
            let Some((taken, came)) = contents.take_of_line(left, fate) else { break };
            left -= taken;
            at = Some(came);
        }
        if left > 0 {
            at = Some(contents.take_of_unfinished(left, fate)?);
            self.taken.fetch_add(left, Ordering::SeqCst);
        }
        at
    }

    /// Takes the bytes that wait without a newline, all of them.
    pub(in crate::run) fn take_unfinished(&self, fate: Fate) -> Option<Received> {
        let mut contents = self.contents();
        let Unfinished { text, bytes, at } = contents.unfinished.take()?;
        contents.unfinished_bytes.clear();
        self.taken.fetch_add(bytes, Ordering::SeqCst);
        let received = Received { text, bytes: None, defect: None, at, fate };
        contents.add_taken(received.clone());
        Some(received)
    }

    /// Nothing more will come.
    pub(in crate::run) fn end(&self, end: StreamEnd, at: Instant) {
        self.contents().end.get_or_insert((end, at));
        self.waiting.wake();
    }

    /// Waits until `check` finds something in it. `None` when the deadline passes first.
    pub(in crate::run) async fn when<T>(
        &self,
        deadline: Instant,
        mut check: impl FnMut(&mut InboxContents) -> Option<T>,
    ) -> Option<T> {
        let found = poll_fn(|context| {
            self.waiting.register(context.waker());
            check(&mut self.contents()).map_or(Poll::Pending, |found| Poll::Ready(Some(found)))
        });
        let passed = async {
            Timer::at(deadline).await;
            None
        };
        found.or(passed).await
    }
}

impl InboxContents {
    /// The next unread line, if one has arrived. Lines to be ignored are set aside on the way.
    pub(in crate::run) fn next_unread(&mut self) -> Option<&Received> {
        self.set_aside();
        self.lines.get(self.next)
    }

    /// The bytes that wait without a newline, if there are any.
    pub(in crate::run) fn unfinished(&self) -> Option<&Unfinished> {
        self.unfinished.as_ref()
    }

    fn forget_unfinished(&mut self) {
        self.unfinished = None;
        self.unfinished_bytes.clear();
    }

    /// The next unread bytes, up to so many. Lines to be ignored have none.
    pub(in crate::run) fn next_bytes(&mut self, most: usize) -> Vec<u8> {
        self.set_aside();
        let mut found = Vec::new();
        for line in self.unread() {
            let Some(bytes) = line.bytes.as_ref().filter(|_| found.len() < most) else {
                found.truncate(most);
                return found;
            };
            found.extend_from_slice(bytes);
        }
        found.extend_from_slice(&self.unfinished_bytes);
        found.truncate(most);
        found
    }

    /// Takes the next unread line, or if it has more bytes than these its beginning; how many bytes were taken, and when
    /// they came.
    fn take_of_line(&mut self, most: usize, fate: Fate) -> Option<(usize, Instant)> {
        self.set_aside();
        let line = self.lines.get_mut(self.next)?;
        let (bytes, at) = (line.bytes.clone()?, line.at);
        if bytes.len() <= most {
            line.fate = fate;
            self.advance();
            return Some((bytes.len(), at));
        }
        let charset = self.charset.unwrap_or(Charset::UTF_8);
        let (taken, rest) = bytes.split_at(most);
        let end = if rest.ends_with(b"\r\n") { 2 } else { usize::from(rest.ends_with(b"\n")) };
        let text = EncodedLine::new(&rest[..rest.len() - end], charset);
        self.room.give_back(line);
        self.unread_bytes -= line.text.len();
        (line.text, line.bytes) = (text.text_or_bytes().into(), Some(Arc::new(rest.to_vec())));
        line.defect = text.text().is_err().then_some(Defect::Undecodable);
        self.unread_bytes += line.text.len();
        self.full |= !self.room.take(line);
        let text = EncodedLine::new(taken, charset).text_or_bytes().into();
        self.add_taken(Received { text, bytes: None, defect: None, at, fate });
        Some((most, at))
    }

    /// Takes the first bytes of what waits without a newline; when the last of them came.
    fn take_of_unfinished(&mut self, count: usize, fate: Fate) -> Option<Instant> {
        let at = self.unfinished.as_ref().filter(|_| count <= self.unfinished_bytes.len())?.at;
        let charset = self.charset.unwrap_or(Charset::UTF_8);
        let rest = self.unfinished_bytes.split_off(count);
        let taken = std::mem::replace(&mut self.unfinished_bytes, rest);
        let text = |bytes: &[u8]| EncodedLine::new(bytes, charset).text_or_bytes().into();
        let left = self.unfinished_bytes.as_slice();
        let text_of_left = text(left);
        let received = Received { text: text(&taken), bytes: None, defect: None, at, fate };
        self.unfinished = (!left.is_empty()).then_some(Unfinished { text: text_of_left, bytes: left.len(), at });
        self.add_taken(received);
        Some(at)
    }

    /// Adds something that came and is taken at once.
    fn add_taken(&mut self, received: Received) {
        if !self.room.take(&received) {
            self.full = true;
            return;
        }
        self.unread_bytes += received.text.len();
        self.lines.insert(self.next, received);
        self.advance();
    }

    /// The unread lines, in order, without those to be ignored.
    pub(in crate::run) fn unread(&self) -> impl Iterator<Item = &Received> {
        self.lines.range(self.next..).filter(|line| line.fate == Fate::Unread && self.ignored_by(line).is_none())
    }

    /// Everything that is still known, the oldest first.
    pub(in crate::run) fn history(&self) -> impl Iterator<Item = &Received> {
        self.lines.iter()
    }

    /// Takes the next unread line.
    pub(in crate::run) fn take(&mut self, fate: Fate) -> Option<Received> {
        self.set_aside();
        let line = self.lines.get_mut(self.next)?;
        line.fate = fate;
        let taken = line.clone();
        self.advance();
        Some(taken)
    }

    /// Takes the first unread line that is wanted, of those behind the first `known` ones, wherever it stands.
    pub(in crate::run) fn take_first(
        &mut self,
        known: usize,
        fate: Fate,
        is_wanted: impl Fn(&Received) -> bool,
    ) -> Option<Received> {
        let unread = self.lines.range_mut(self.next..).filter(|line| line.fate == Fate::Unread);
        let line = unread.skip(known).find(|line| is_wanted(line))?;
        line.fate = fate;
        Some(line.clone())
    }

    /// Takes all unread lines.
    pub(in crate::run) fn take_all(&mut self, fate: Fate) -> Vec<Received> {
        std::iter::from_fn(|| self.take(fate)).collect()
    }

    /// The lines that the block at `block` took last turn out to belong to the expectations in these lines, in order.
    pub(in crate::run) fn attribute(&mut self, block: usize, lines: &[usize]) {
        let taken = self.lines.range_mut(..self.next).rev().filter(|line| line.fate == Fate::Matched(block));
        taken.zip(lines.iter().rev()).for_each(|(line, by)| line.fate = Fate::Matched(*by));
    }

    /// How many lines have no fate yet.
    pub(in crate::run) fn pending(&self) -> usize {
        self.lines.range(self.next..).filter(|line| line.fate == Fate::Unread).count()
    }

    /// Lets all unread lines after the first `kept` ones count for nothing: they came when the user was leaving.
    pub(in crate::run) fn leave(&mut self, kept: usize) {
        let unread = self.lines.range_mut(self.next..).filter(|line| line.fate == Fate::Unread);
        unread.skip(kept).for_each(|line| line.fate = Fate::Left);
    }

    /// How many lines that were taken are kept for failures to show.
    pub(in crate::run) fn keep_history(&mut self, lines: usize) {
        self.history = Some(lines);
    }

    /// From here on, such lines are set aside before matching; `line` is where the script says so.
    pub(in crate::run) fn ignore(&mut self, matcher: Matcher, line: usize) {
        self.ignores.push((matcher, line));
    }

    /// A pong with this token is the fence's.
    pub(in crate::run) fn await_pong(&mut self, token: &str) {
        let lines = AnswerLines::Pong(token.to_owned());
        self.pong = Some(AwaitedAnswer { lines, is_unique: false, held: Vec::new(), came: None });
    }

    /// Lines like these, one right after another, are the fence's.
    pub(in crate::run) fn await_answer(&mut self, patterns: Vec<Matcher>, is_unique: bool) {
        let lines = AnswerLines::Matching(patterns);
        self.pong = Some(AwaitedAnswer { lines, is_unique, held: Vec::new(), came: None });
    }

    /// From here on, lines are answered and ignored as a dialect says.
    pub(in crate::run) fn react(&mut self, reflexes: Option<Reflexes>) {
        self.reflexes = reflexes;
    }

    /// The next answer of the dialect that is to be sent.
    pub(in crate::run) fn next_reply(&mut self) -> Option<String> {
        self.reflexes.as_mut().and_then(Reflexes::next_reply)
    }

    /// When the fence's pong came, if it has.
    pub(in crate::run) fn pong_came(&self) -> Option<Instant> {
        self.pong.as_ref().and_then(|answer| answer.came)
    }

    /// A new connection begins: what was known about the end of the old one is over.
    pub(in crate::run) fn begin_again(&mut self) {
        self.end = None;
        self.logged_in = false;
        self.prompted = false;
        self.pong = None;
        self.forget_unfinished();
    }

    fn push(&mut self, line: Came<'_>, defect: Option<Defect>, at: Instant) {
        self.forget_unfinished();
        if defect.is_none() && (self.is_pong(line.0, at) || self.is_answer(&line, at)) {
            return;
        }
        self.keep(line, defect, at);
    }

    /// Keeps a line that is not the fence's.
    fn keep(&mut self, line: Came<'_>, mut defect: Option<Defect>, at: Instant) {
        let text = line.0;
        let mut fate = Fate::Unread;
        if defect.is_none() {
            if self.is_second_answer(text) {
                defect = Some(Defect::AnsweredTwice);
            } else if let Some(reflexes) = &mut self.reflexes {
                if reflexes.answers(text) {
                    fate = Fate::Answered;
                } else if reflexes.is_noise(text) {
                    fate = Fate::Noise;
                }
            }
        }
        self.add(line, defect, at, fate);
    }

    fn add(&mut self, (text, bytes): Came<'_>, defect: Option<Defect>, at: Instant, fate: Fate) {
        if self.lines.len() - self.next >= MAX_LINES || self.unread_bytes + text.len() > MAX_BYTES {
            self.full = true;
            return;
        }
        let received = Received { text: text.into(), bytes, defect, at, fate };
        if !self.room.take(&received) {
            self.full = true;
            return;
        }
        if !self.logged_in {
            let said = read(text);
            self.logged_in = said == ServerLine::Welcome;
            self.prompted |= said == ServerLine::NamePrompt;
        }
        self.unread_bytes += text.len();
        self.lines.push_back(received);
    }

    fn is_pong(&mut self, text: &str, at: Instant) -> bool {
        match &mut self.pong {
            Some(AwaitedAnswer { lines: AnswerLines::Pong(awaited), came: came @ None, .. })
                if read(text) == ServerLine::Pong(Some(awaited)) =>
            {
                *came = Some(at);
                true
            }
            Some(_) | None => false,
        }
    }

    /// Whether the line is the next one of the answer of a dialect. Lines that only looked like its beginning are kept
    /// like any other.
    fn is_answer(&mut self, line: &Came<'_>, at: Instant) -> bool {
        let text = line.0;
        let Some(AwaitedAnswer { lines: AnswerLines::Matching(patterns), held, came: came @ None, .. }) =
            &mut self.pong
        else {
            return false;
        };
        if patterns[held.len()].accepts(text) {
            held.push((text.to_owned(), line.1.clone(), at));
            if held.len() == patterns.len() {
                *came = Some(at);
                let lines = std::mem::take(held);
                lines.into_iter().for_each(|(text, _, at)| self.add((&text, None), None, at, Fate::Fence));
            }
            return true;
        }
        let held = std::mem::take(held);
        let had_begun = !held.is_empty();
        held.into_iter().for_each(|(text, bytes, at)| self.keep((&text, bytes), None, at));
        had_begun && self.is_answer(line, at)
    }

    /// Whether the line answers a fence again that was answered.
    fn is_second_answer(&self, text: &str) -> bool {
        let Some(AwaitedAnswer { lines: AnswerLines::Matching(patterns), is_unique: true, came: Some(_), .. }) =
            &self.pong
        else {
            return false;
        };
        patterns.last().is_some_and(|pattern| pattern.accepts(text))
    }

    fn set_aside(&mut self) {
        while let Some(line) = self.lines.get(self.next) {
            if line.fate == Fate::Unread {
                let Some(by) = self.ignored_by(line) else { return };
                self.lines[self.next].fate = Fate::Ignored(by);
            }
            self.advance();
        }
    }

    fn ignored_by(&self, line: &Received) -> Option<usize> {
        let ignores = self.ignores.iter().filter(|_| line.defect.is_none());
        ignores.into_iter().find(|(matcher, _)| matcher.accepts(&line.text)).map(|(_, by)| *by)
    }

    fn advance(&mut self) {
        self.unread_bytes -= self.lines[self.next].text.len();
        self.next += 1;
        while self.next > self.history.unwrap_or(HISTORY) {
            if let Some(forgotten) = self.lines.pop_front() {
                self.room.give_back(&forgotten);
            }
            self.next -= 1;
        }
    }
}

impl Drop for InboxContents {
    fn drop(&mut self) {
        self.lines.iter().for_each(|line| self.room.give_back(line));
    }
}

/// The welcome and the answer to `ping` are spelled alike in every dialect that has them.
fn read(line: &str) -> ServerLine<'_> {
    Dialect::default().read(line)
}

#[cfg(test)]
mod tests;
