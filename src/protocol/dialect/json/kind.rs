//! What the commands are called in `type`.

use crate::protocol::command::{CommandKind, OperationKind};

/// The `type` of a request for this command.
pub(in crate::protocol::dialect) fn type_of(kind: CommandKind) -> &'static str {
    match kind {
        CommandKind::ListUsers => "list_users",
        CommandKind::ListRooms => "list_rooms",
        CommandKind::ListMembers => "list_members",
        CommandKind::ListStats => "list_stats",
        CommandKind::SendMessage => "send_message",
        CommandKind::CreateRoom => "create_room",
        CommandKind::JoinRoom => "join_room",
        CommandKind::LeaveRoom => "leave_room",
        CommandKind::SendRoom => "send_room",
        CommandKind::Topic => "topic",
        CommandKind::Invite => "invite",
        CommandKind::Kick => "kick",
        CommandKind::Ban => "ban",
        CommandKind::Unban => "unban",
        CommandKind::GiveRoom => "give_room",
        CommandKind::ShowRoom => "show_room",
        CommandKind::SendFile => "send_file",
        CommandKind::RemoveFile => "remove_file",
        CommandKind::History | CommandKind::MessageHistory => "history",
        CommandKind::Search => "search",
        CommandKind::Resume | CommandKind::ResumeMessages => "resume",
        CommandKind::Rename => "rename",
        CommandKind::SetRoom => "set_room",
        CommandKind::SetInvitations => "set_invitations",
        CommandKind::SetEncoding => "set_encoding",
        CommandKind::SetNumbers => "set_numbers",
        CommandKind::Register => "register",
        CommandKind::SetPassword => "set_password",
        CommandKind::Unregister => "unregister",
        CommandKind::Token => "token",
        CommandKind::Ping => "ping",
        CommandKind::Help => "help",
        CommandKind::Quit => "quit",
        CommandKind::Operate(kind) => type_of_operation(kind),
    }
}

fn type_of_operation(kind: OperationKind) -> &'static str {
    match kind {
        OperationKind::CreateAccount => "create_account",
        OperationKind::ResetPassword => "reset_password",
        OperationKind::DropAccount => "drop_account",
        OperationKind::Appoint => "appoint",
        OperationKind::Dismiss => "dismiss",
        OperationKind::KickFromServer => "kick_server",
        OperationKind::BanFromServer => "ban_server",
        OperationKind::UnbanFromServer => "unban_server",
        OperationKind::Announce => "announce",
        OperationKind::ListAccounts => "list_accounts",
        OperationKind::ListBans => "list_bans",
    }
}

/// The commands that JSON has. Its events have their numbers in any case.
pub(super) const KINDS: &[CommandKind] = &[
    CommandKind::ListUsers,
    CommandKind::ListRooms,
    CommandKind::ListMembers,
    CommandKind::ListStats,
    CommandKind::SendMessage,
    CommandKind::CreateRoom,
    CommandKind::JoinRoom,
    CommandKind::LeaveRoom,
    CommandKind::SendRoom,
    CommandKind::Topic,
    CommandKind::Invite,
    CommandKind::Kick,
    CommandKind::Ban,
    CommandKind::Unban,
    CommandKind::GiveRoom,
    CommandKind::ShowRoom,
    CommandKind::SendFile,
    CommandKind::RemoveFile,
    CommandKind::History,
    CommandKind::Search,
    CommandKind::Resume,
    CommandKind::Rename,
    CommandKind::SetRoom,
    CommandKind::SetInvitations,
    CommandKind::Register,
    CommandKind::SetPassword,
    CommandKind::Unregister,
    CommandKind::SetEncoding,
    CommandKind::Token,
    CommandKind::Ping,
    CommandKind::Help,
    CommandKind::Quit,
    CommandKind::Operate(OperationKind::CreateAccount),
    CommandKind::Operate(OperationKind::ResetPassword),
    CommandKind::Operate(OperationKind::DropAccount),
    CommandKind::Operate(OperationKind::Appoint),
    CommandKind::Operate(OperationKind::Dismiss),
    CommandKind::Operate(OperationKind::KickFromServer),
    CommandKind::Operate(OperationKind::BanFromServer),
    CommandKind::Operate(OperationKind::UnbanFromServer),
    CommandKind::Operate(OperationKind::Announce),
    CommandKind::Operate(OperationKind::ListAccounts),
    CommandKind::Operate(OperationKind::ListBans),
];

/// The command that a request of this `type` is for.
pub(super) fn kind_of(type_: &str) -> Option<CommandKind> {
    KINDS.iter().copied().find(|kind| type_of(*kind) == type_)
}
