//! Commands as lines, which read back as the same commands.

use std::fmt;

use super::{Command, SendForm, secret};

impl fmt::Display for Command {
    /// The line that parses to this command; but passwords are not shown.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let keywords = self.kind().keywords();
        match self {
            Self::ListUsers
            | Self::ListRooms
            | Self::ListStats
            | Self::Token
            | Self::Quit
            | Self::Ping(None)
            | Self::Help(None) => f.write_str(keywords),
            Self::Register(_) | Self::SetPassword { .. } | Self::Unregister(_) => {
                write!(f, "{keywords} {}", secret::HIDDEN)
            }
            Self::ListMembers(room)
            | Self::JoinRoom(room)
            | Self::LeaveRoom(room)
            | Self::ShowRoom(room)
            | Self::Topic { room, topic: None } => write!(f, "{keywords} {room}"),
            Self::Topic { room, topic: Some(topic) } => write!(f, "{keywords} {room} {topic}"),
            Self::Invite { room, users } => write!(f, "{keywords} {room} {users}"),
            Self::Kick { room, user, reason: Some(reason) } => write!(f, "{keywords} {room} {user} {reason}"),
            Self::Kick { room, user, reason: None }
            | Self::Ban { room, user }
            | Self::Unban { room, user }
            | Self::GiveRoom { room, user } => write!(f, "{keywords} {room} {user}"),
            Self::SetRoom { room, private } => {
                write!(f, "{keywords} {room} {}", if *private { "private" } else { "open" })
            }
            Self::SetInvitations { ask } => write!(f, "{keywords} {}", if *ask { "ask" } else { "join" }),
            Self::SendMessage { to, text } => write!(f, "{keywords} {to} {}", text.as_str()),
            Self::CreateRoom { room, with: None } => write!(f, "{keywords} {room}"),
            Self::CreateRoom { room, with: Some(users) } => write!(f, "{keywords} {room} {users}"),
            Self::SendRoom { room, text, form: SendForm::Long } => write!(f, "{keywords} {room} {}", text.as_str()),
            Self::SendRoom { room, text, form: SendForm::Short } => write!(f, "send {room} {}", text.as_str()),
            Self::SendFile(request) => write!(f, "{keywords} {request}"),
            Self::RemoveFile(id) => write!(f, "{keywords} {id}"),
            Self::History { room, range, most } => {
                write!(f, "{keywords} room {room}{range}")?;
                most.map_or(Ok(()), |most| write!(f, " {most}"))
            }
            Self::Search { within, words, options: _ } => {
                f.write_str(keywords)?;
                within.as_ref().map_or(Ok(()), |within| write!(f, "{within}"))?;
                write!(f, " {words}")
            }
            Self::Resume { room, after } => write!(f, "{keywords} {room} #{after}"),
            Self::MessageHistory { with, range, most } => {
                write!(f, "{keywords} {with}{range}")?;
                most.map_or(Ok(()), |most| write!(f, " {most}"))
            }
            Self::ResumeMessages { with, after } => write!(f, "{keywords} {with} #{after}"),
            Self::Rename(name) => write!(f, "{keywords} {name}"),
            Self::SetEncoding(charset) => write!(f, "{keywords} {charset}"),
            Self::SetNumbers(on) => write!(f, "{keywords} {}", if *on { "on" } else { "off" }),
            Self::Ping(Some(token)) => write!(f, "{keywords} {}", token.as_str()),
            Self::Help(Some(topic)) => write!(f, "{keywords} {}", topic.as_str()),
            Self::Operate(operation) => write!(f, "{operation}"),
        }
    }
}
