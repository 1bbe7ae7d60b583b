//! What a user sees, over real sockets and from the real binary: a file per behaviour.

mod stage;
mod support;

mod conversation;
mod hostile;
