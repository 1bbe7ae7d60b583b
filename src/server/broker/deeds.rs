//! What the log says of those who run the server, who did what to whom, and of commands that are refused. Never a text or a
//! password.

use super::state::BrokerState;
use crate::hub::{HostWish, SessionId};
use crate::protocol::command::{Operation, OperationKind};
use crate::protocol::name::{RoomName, UserName};
use crate::protocol::refusal::Refusal;

/// What is called the operator who is not in the chat.
const OUTSIDE: &str = "chatctl admin";

/// Something that an operator wanted done, until it is known what came of it.
pub(super) struct PendingOperation {
    operator: String,
    what: &'static str,
    whom: String,
}

impl PendingOperation {
    /// What is wanted from outside of the chat.
    pub(super) fn of_host(wish: &HostWish) -> Self {
        let (what, whom) = match wish {
            HostWish::Kick(name) => (OperationKind::KickFromServer.keywords(), name.to_string()),
            HostWish::Ban(name) => (OperationKind::BanFromServer.keywords(), name.to_string()),
            HostWish::Unban(name) => (OperationKind::UnbanFromServer.keywords(), name.to_string()),
            HostWish::CloseRoom(room) => ("close-room", room.to_string()),
            HostWish::SetPassword(name, _) => ("set-password", name.to_string()),
        };
        Self { operator: OUTSIDE.to_owned(), what, whom }
    }

    /// It was done, or refused with this code.
    pub(super) fn log(self, refused: Option<&str>) {
        let Self { operator, what, whom } = self;
        match refused {
            None => tracing::info!(operator, what, whom, "operator command carried out"),
            Some(code) => tracing::info!(operator, what, whom, code, "operator command refused"),
        }
    }
}

impl BrokerState {
    /// Says what was refused to whom: never what was said.
    pub(super) fn log_refusal(&self, id: SessionId, room: Option<&RoomName>, refusal: &Refusal) {
        let connection = self.connection(id).map(|connection| connection.number);
        let (user, code) = (self.hub.name_of(id).map_or("-", UserName::as_str), refusal.code());
        tracing::debug!(connection, user, room = room.map(RoomName::as_str), code, "a command was refused");
    }

    /// What a session wants, if it is an operator's and more than a question.
    pub(super) fn deed(&self, id: SessionId, operation: &Operation) -> Option<PendingOperation> {
        let whom = match operation {
            Operation::CreateAccount(name)
            | Operation::ResetPassword(name)
            | Operation::DropAccount(name)
            | Operation::Appoint(name)
            | Operation::Dismiss(name)
            | Operation::KickFromServer(name)
            | Operation::BanFromServer(name)
            | Operation::UnbanFromServer(name) => name.to_string(),
            Operation::Announce(_) => "everybody".to_owned(),
            Operation::ListAccounts | Operation::ListBans(_) => return None,
        };
        let operator = self.hub.name_of(id).filter(|_| self.hub.is_operator(id))?.to_string();
        Some(PendingOperation { operator, what: operation.kind().keywords(), whom })
    }
}
