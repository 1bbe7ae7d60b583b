//! Empty buffers on their way from queues that were written to queues that are about to be filled.
//!
//! An idle connection has none. Those of a round serve the next one, so under load nothing is allocated; what is kept is
//! bounded for all connections together.

/// As many buffers are kept at most.
const MOST: usize = 1024;

/// A buffer that has grown beyond this is not kept: 64 events of a busy room have room in it, in frames as well.
const LARGEST: usize = 64 * 1024;

/// Bytes of all that are kept.
const MOST_BYTES: usize = 16 * 1024 * 1024;

#[derive(Debug, Default)]
pub(in crate::server) struct BufferPool {
    buffers: Vec<Vec<u8>>,
    /// Their capacities together.
    bytes: usize,
}

impl BufferPool {
    /// An empty buffer, as large as one that was kept.
    pub(in crate::server) fn take(&mut self) -> Vec<u8> {
        let buffer = self.buffers.pop().unwrap_or_default();
        self.bytes -= buffer.capacity();
        buffer
    }

    /// Keeps an empty buffer for the next queue, if it is worth it.
    pub(in crate::server) fn keep(&mut self, buffer: Vec<u8>) {
        let bytes = self.bytes + buffer.capacity();
        if self.buffers.len() < MOST && bytes <= MOST_BYTES && (1..=LARGEST).contains(&buffer.capacity()) {
            self.bytes = bytes;
            self.buffers.push(buffer);
        }
    }

    /// Takes over what the other has, as far as there is room.
    pub(in crate::server) fn take_over(&mut self, other: &mut Self) {
        std::mem::take(other).buffers.into_iter().for_each(|buffer| self.keep(buffer));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_kept_is_bounded_in_number_and_size() {
        let mut buffer_pool = BufferPool::default();
        buffer_pool.keep(Vec::new());
        buffer_pool.keep(Vec::with_capacity(LARGEST + 1));
        assert_eq!(buffer_pool.take().capacity(), 0);
        (0..=MOST).for_each(|_| buffer_pool.keep(Vec::with_capacity(8)));
        let mut others = BufferPool::default();
        others.keep(Vec::with_capacity(8));
        others.take_over(&mut buffer_pool);
        assert_eq!((buffer_pool.buffers.len(), others.buffers.len()), (0, MOST));
        assert!(others.take().capacity() >= 8);
    }

    #[test]
    fn all_that_are_kept_have_so_many_bytes_at_most() {
        let mut buffer_pool = BufferPool::default();
        (0..MOST).for_each(|_| buffer_pool.keep(Vec::with_capacity(LARGEST)));
        assert_eq!(buffer_pool.buffers.len(), MOST_BYTES / LARGEST);
        buffer_pool.take();
        buffer_pool.keep(Vec::with_capacity(LARGEST));
        assert_eq!((buffer_pool.buffers.len(), buffer_pool.bytes), (MOST_BYTES / LARGEST, MOST_BYTES));
    }
}
