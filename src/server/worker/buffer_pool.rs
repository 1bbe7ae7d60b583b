//! Empty buffers on their way from queues that were written to queues that are about to be filled.
//!
//! An idle connection has none. Those of a round serve the next one, so under load nothing is allocated; what is kept is
//! bounded for all connections together.

/// As many buffers are kept at most.
const MOST: usize = 1024;

/// A buffer that has grown beyond this is not kept.
const LARGEST: usize = 16 * 1024;

#[derive(Debug, Default)]
pub(in crate::server) struct BufferPool(Vec<Vec<u8>>);

impl BufferPool {
    /// An empty buffer, as large as one that was kept.
    pub(in crate::server) fn take(&mut self) -> Vec<u8> {
        self.0.pop().unwrap_or_default()
    }

    /// Keeps an empty buffer for the next queue, if it is worth it.
    pub(in crate::server) fn keep(&mut self, buffer: Vec<u8>) {
        if self.0.len() < MOST && (1..=LARGEST).contains(&buffer.capacity()) {
            self.0.push(buffer);
        }
    }

    /// Takes over what the other has, as far as there is room.
    pub(in crate::server) fn take_over(&mut self, other: &mut Self) {
        let room = MOST.saturating_sub(self.0.len());
        self.0.extend(other.0.drain(..).take(room));
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
        assert_eq!((buffer_pool.0.len(), others.0.len()), (0, MOST));
        assert!(others.take().capacity() >= 8);
    }
}
