//! The queue against an exact model that knows the commit of each byte: nothing is told too early, nothing later than
//! possible, and the order is kept.

use std::collections::VecDeque;

use proptest::prelude::*;

use super::*;

#[derive(Debug, Clone)]
enum GateStep {
    /// The store collects something: from now on, what is said waits for the commit that it is in.
    Keep,
    /// The store begins to make the commit that was collected, unless it is making one.
    Seal,
    /// The commit in the making is made.
    Commit,
    /// A line of this length is said.
    Say(usize),
    /// A line of this length is told ahead.
    SayAhead(usize),
    /// An answer is sought.
    Hold,
    /// The answer, of this length, is found.
    Release(usize),
    /// The socket takes up to this many bytes.
    Write(usize),
}

fn step() -> impl Strategy<Value = GateStep> {
    prop_oneof![
        3 => Just(GateStep::Keep),
        2 => Just(GateStep::Seal),
        2 => Just(GateStep::Commit),
        6 => (1_usize..20).prop_map(GateStep::Say),
        1 => (1_usize..20).prop_map(GateStep::SayAhead),
        1 => Just(GateStep::Hold),
        1 => (0_usize..20).prop_map(GateStep::Release),
        5 => (0_usize..60).prop_map(GateStep::Write),
    ]
}

/// Bytes, each with the commit that it waits for.
type Bytes = VecDeque<(u8, i64)>;

/// What waits for no commit at all.
const NEVER_WAITS: i64 = -2;

/// A store and a queue, both as simple as can be.
#[derive(Debug, Default)]
struct Model {
    durable: i64,
    /// The commit that the last record is in.
    kept: i64,
    collecting: i64,
    waiting: Bytes,
    /// The last commit that a byte of `waiting` had.
    last: i64,
    held: Option<Bytes>,
    unwritten: VecDeque<u8>,
    written: usize,
    next_byte: u8,
}

impl Model {
    fn line(&mut self, length: usize) -> Vec<u8> {
        let bytes = (0..length).map(|_| {
            self.next_byte = self.next_byte.wrapping_add(1);
            self.next_byte
        });
        bytes.collect()
    }

    fn say(&mut self, line: &[u8]) {
        let bytes = line.iter().map(|byte| (*byte, self.kept));
        match &mut self.held {
            Some(held) => held.extend(bytes),
            None => {
                self.waiting.extend(bytes);
                self.last = self.kept;
            }
        }
    }

    /// In front of what may have to wait.
    fn say_ahead(&mut self, line: &[u8]) {
        let at = self.waiting.iter().filter(|(_, commit)| commit + 2 <= self.last).count();
        let behind = self.waiting.split_off(at);
        self.waiting.extend(line.iter().map(|byte| (*byte, NEVER_WAITS)));
        self.waiting.extend(behind);
    }

    fn release(&mut self, answer: &[u8]) {
        let Some(held) = self.held.take() else { return };
        self.waiting.extend(answer.iter().map(|byte| (*byte, self.last)));
        self.last = held.back().map_or(self.last, |(_, commit)| *commit);
        self.waiting.extend(held);
    }

    /// What a writer takes.
    fn begin_write(&mut self) -> Vec<u8> {
        if self.unwritten.is_empty() {
            while let Some((byte, _)) = self.waiting.pop_front_if(|(_, commit)| *commit <= self.durable) {
                self.unwritten.push_back(byte);
            }
        }
        self.unwritten.iter().copied().collect()
    }

    fn len(&self) -> usize {
        self.waiting.len() + self.unwritten.len() + self.held.as_ref().map_or(0, VecDeque::len)
    }
}

fn commit(number: i64) -> CommitId {
    CommitId::numbered(number.try_into().expect("commits are counted from 0"))
}

/// Does the same with both; what a writer takes of the queue is what it takes of the model.
fn take(step: &GateStep, queue: &mut OutboundQueue, model: &mut Model) -> Result<(), TestCaseError> {
    let pool = &mut BufferPool::default();
    match *step {
        GateStep::Keep => model.kept = model.collecting + 1,
        GateStep::Seal if model.durable == model.collecting => model.collecting += 1,
        GateStep::Commit if model.durable < model.collecting => model.durable += 1,
        GateStep::Seal | GateStep::Commit => {}
        GateStep::Say(length) => {
            let line = model.line(length);
            model.say(&line);
            queue.append(&line, Weight::Counted, commit(model.kept), pool);
        }
        GateStep::SayAhead(length) => {
            let line = model.line(length);
            model.say_ahead(&line);
            queue.tell_ahead(&line);
        }
        GateStep::Hold => {
            model.held.get_or_insert_default();
            queue.hold();
        }
        GateStep::Release(length) => {
            let answer = model.line(length);
            model.release(&answer);
            queue.release(&answer, pool);
        }
        GateStep::Write(room) => {
            let expected = model.begin_write();
            let batch = queue.begin_write(commit(model.durable), pool);
            prop_assert_eq!(batch.as_ref().map_or(&[][..], WriteBatch::rest), &expected);
            let Some(mut batch) = batch else { return Ok(()) };
            let bytes = room.min(expected.len());
            batch.advance(bytes);
            model.unwritten.drain(..bytes);
            model.written += bytes;
            queue.finish_write(batch);
        }
    }
    prop_assert_eq!(queue.len(), model.len());
    Ok(())
}

proptest! {
    #[test]
    fn bytes_go_as_soon_as_their_commit_is_made_and_no_sooner(steps in prop::collection::vec(step(), 1..200)) {
        let mut queue = OutboundQueue::new(QueueLimits { soft: usize::MAX, hard: usize::MAX / 2 }, Framing::Lines);
        let mut model = Model::default();
        for step in &steps {
            take(step, &mut queue, &mut model)?;
        }
        for step in [GateStep::Release(3), GateStep::Commit, GateStep::Seal, GateStep::Commit, GateStep::Write(9999), GateStep::Write(9999)] {
            take(&step, &mut queue, &mut model)?;
        }
        prop_assert_eq!(queue.len(), 0, "nothing is forgotten");
    }
}

#[test]
fn what_waits_for_the_disk_is_somebodys_to_come_again_for() {
    let mut queue = OutboundQueue::new(QueueLimits { soft: 100, hard: 100 }, Framing::Lines);
    let pool = &mut BufferPool::default();
    assert_eq!(queue.append(b"one\n", Weight::Counted, CommitId::numbered(1), pool), Appended::WasIdle);
    assert!(queue.begin_write(CommitId::numbered(0), pool).is_none());
    assert!(queue.is_gated(), "the worker keeps it until the next commit");
    assert_eq!(queue.append(b"two\n", Weight::Counted, CommitId::numbered(1), pool), Appended::Queued);
    assert_eq!(queue.tell_ahead(b"server: the disk is full\n"), Appended::WasIdle);
    let batch = queue.begin_write(CommitId::numbered(0), pool).unwrap();
    assert_eq!(batch.rest(), b"server: the disk is full\n");
    queue.finish_write(WriteBatch { written: batch.bytes.len(), ..batch });
    assert_eq!(queue.cut(b"cut\n"), Appended::Queued, "a writer is to look again");
    assert_eq!(queue.begin_write(CommitId::numbered(0), pool).unwrap().rest(), b"cut\n");
}

#[test]
fn what_is_said_during_an_errand_stands_behind_its_answer() {
    let mut queue = OutboundQueue::new(QueueLimits { soft: 100, hard: 100 }, Framing::Lines);
    let pool = &mut BufferPool::default();
    queue.hold();
    assert_eq!(queue.append(b"news\n", Weight::Counted, CommitId::numbered(0), pool), Appended::Queued);
    assert!(queue.begin_write(CommitId::default(), pool).is_none());
    assert_eq!(queue.release(b"answer\n", pool), Appended::WasIdle);
    assert_eq!(queue.begin_write(CommitId::default(), pool).unwrap().rest(), b"answer\nnews\n");
}
