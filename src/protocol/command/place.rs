//! Where a command belongs.

use super::{Command, FileTarget};
use crate::protocol::name::RoomName;

impl Command {
    /// The room that it is about, if it names one.
    #[must_use]
    pub fn room(&self) -> Option<&RoomName> {
        match self {
            Self::ListMembers(room)
            | Self::JoinRoom(room)
            | Self::LeaveRoom(room)
            | Self::ShowRoom(room)
            | Self::CreateRoom { room, .. }
            | Self::SendRoom { room, .. }
            | Self::Topic { room, .. }
            | Self::Invite { room, .. }
            | Self::Kick { room, .. }
            | Self::Ban { room, .. }
            | Self::Unban { room, .. }
            | Self::GiveRoom { room, .. }
            | Self::History { room, .. }
            | Self::Resume { room, .. }
            | Self::SetRoom { room, .. } => Some(room),
            Self::Search { within, .. } => within.as_ref().map(|within| &within.room),
            Self::SendFile(request) => match &request.to {
                FileTarget::Room(room) => Some(room),
                FileTarget::Users(_) => None,
            },
            Self::ListUsers
            | Self::ListRooms
            | Self::ListStats
            | Self::SendMessage { .. }
            | Self::RemoveFile(_)
            | Self::MessageHistory { .. }
            | Self::ResumeMessages { .. }
            | Self::Rename(_)
            | Self::SetInvitations { .. }
            | Self::SetEncoding(_)
            | Self::SetNumbers(_)
            | Self::Register(_)
            | Self::SetPassword { .. }
            | Self::Unregister(_)
            | Self::Token
            | Self::Ping(_)
            | Self::Help(_)
            | Self::Quit
            | Self::Operate(_) => None,
        }
    }
}
