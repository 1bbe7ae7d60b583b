//! The pace of a client that needs its bytes in blocks, with pauses between them: a [`PacedWriter`] with a clock.

use std::time::{Duration, Instant};

use super::queue::{AfterWrite, OutboundQueue};
use crate::protocol::dialect::{NextWrite, PacedWriter};
use crate::server::worker::buffer_pool::BufferPool;
use crate::store::CommitId;

/// What to write next.
#[derive(Debug)]
pub(super) enum NextBlock {
    /// These bytes, as far as the socket takes them.
    Write(Vec<u8>),
    /// Nothing before this time has passed.
    After(Duration),
    /// Nothing.
    Nothing,
}

/// Takes from a queue and gives blocks.
#[derive(Debug)]
pub(super) struct Blocks {
    writer: Box<PacedWriter>,
    started: Instant,
}

impl Blocks {
    pub(super) fn new(writer: Box<PacedWriter>) -> Self {
        Self { writer, started: Instant::now() }
    }

    /// Takes what the writer has room for; returns how many bytes.
    pub(super) fn take_from(&mut self, queue: &mut OutboundQueue, durable: CommitId, pool: &mut BufferPool) -> usize {
        let mut taken = 0;
        while let Some(mut batch) = queue.begin_write(durable, pool) {
            let bytes = self.writer.take(batch.rest());
            batch.advance(bytes);
            taken += bytes;
            match queue.finish_write(batch) {
                AfterWrite::Written(buffer) => pool.keep(buffer),
                AfterWrite::Blocked => break,
            }
        }
        taken
    }

    /// What to write now, in a buffer of the pool.
    pub(super) fn next(&mut self, pool: &mut BufferPool) -> NextBlock {
        match self.writer.next_write(self.started.elapsed()) {
            NextWrite::Write(bytes) => {
                let mut block = pool.take();
                block.extend_from_slice(bytes);
                NextBlock::Write(block)
            }
            NextWrite::After(wait) => NextBlock::After(wait),
            NextWrite::Nothing => NextBlock::Nothing,
        }
    }

    /// Notes that this many bytes of the block were written.
    pub(super) fn written(&mut self, bytes: usize) {
        self.writer.written(bytes, self.started.elapsed());
    }

    /// Whether everything that was taken is written.
    pub(super) fn is_empty(&self) -> bool {
        self.writer.is_empty()
    }
}
