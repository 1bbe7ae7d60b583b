//! Who waits for what came of a password.

use std::sync::Arc;

use super::caller::Caller;
use crate::hub::SessionId;
use crate::protocol::command::Command;
use crate::server::connection::Connection;

/// Who waits, and for what.
#[derive(Debug, Clone)]
pub(in crate::server) struct Waiting {
    pub(super) caller: Caller,
    pub(super) command: Option<Command>,
    pub(super) connection: Arc<Connection>,
}

impl Waiting {
    pub(super) fn session(&self) -> SessionId {
        self.caller.session
    }
}
