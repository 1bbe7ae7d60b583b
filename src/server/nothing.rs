//! What channels carry that only say, by closing, that something has ended.

/// Never carried: such a channel closes when the last task that holds it ends.
#[derive(Debug)]
pub(in crate::server) enum Nothing {}
