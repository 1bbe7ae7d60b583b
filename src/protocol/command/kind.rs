//! The commands as a list: their keywords, their usage and what they do, for answers, suggestions and `help`.

use super::{HelpTopic, OperationKind};
use crate::text::nearest::{nearest, slips};

/// One of the commands, without its arguments.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum CommandKind {
    /// `list users`
    ListUsers,
    /// `list rooms`
    ListRooms,
    /// `list members ROOM`
    ListMembers,
    /// `list stats`
    ListStats,
    /// `send message USER[,USER...] TEXT`
    SendMessage,
    /// `create room ROOM [USER[,USER...]]`
    CreateRoom,
    /// `join room ROOM`
    JoinRoom,
    /// `leave room ROOM`
    LeaveRoom,
    /// `send room ROOM TEXT`
    SendRoom,
    /// `topic ROOM [TEXT]`
    Topic,
    /// `invite ROOM USER[,USER...]`
    Invite,
    /// `kick ROOM USER [REASON]`
    Kick,
    /// `ban ROOM USER`
    Ban,
    /// `unban ROOM USER`
    Unban,
    /// `give room ROOM USER`
    GiveRoom,
    /// `show room ROOM`
    ShowRoom,
    /// `send file room/user TO SIZE NAME`
    SendFile,
    /// `remove file ID`
    RemoveFile,
    /// `history room ROOM [before/after #N] [COUNT]`
    History,
    /// `history message USER [before/after #N] [COUNT]`
    MessageHistory,
    /// `search [in ROOM [before #N]] WORDS`
    Search,
    /// `resume ROOM #N`
    Resume,
    /// `resume message USER #N`
    ResumeMessages,
    /// `rename NAME`
    Rename,
    /// `set room ROOM private/open`
    SetRoom,
    /// `set invitations ask/join`
    SetInvitations,
    /// `set encoding NAME`
    SetEncoding,
    /// `set numbers on/off`
    SetNumbers,
    /// `register PASSWORD`
    Register,
    /// `set password OLD NEW`
    SetPassword,
    /// `unregister PASSWORD`
    Unregister,
    /// `token`
    Token,
    /// `ping [TOKEN]`
    Ping,
    /// `help [COMMAND]`
    Help,
    /// `quit`
    Quit,
    /// One of those that are for the operators of the server.
    Operate(OperationKind),
}

/// Characters of a word that are compared with keywords.
const LONGEST_SLIP: usize = 16;

impl CommandKind {
    /// Every command that is for everybody (so not `list stats`, and none of the operators'), in the order of the protocol's table.
    pub const ALL: &[Self] = &[
        Self::ListUsers,
        Self::ListRooms,
        Self::ListMembers,
        Self::SendMessage,
        Self::CreateRoom,
        Self::JoinRoom,
        Self::LeaveRoom,
        Self::SendRoom,
        Self::Topic,
        Self::Invite,
        Self::Kick,
        Self::Ban,
        Self::Unban,
        Self::GiveRoom,
        Self::ShowRoom,
        Self::SendFile,
        Self::RemoveFile,
        Self::History,
        Self::MessageHistory,
        Self::Search,
        Self::Resume,
        Self::ResumeMessages,
        Self::Rename,
        Self::SetRoom,
        Self::SetInvitations,
        Self::SetEncoding,
        Self::SetNumbers,
        Self::Register,
        Self::SetPassword,
        Self::Unregister,
        Self::Token,
        Self::Ping,
        Self::Help,
        Self::Quit,
    ];

    /// The words that it begins with.
    #[must_use]
    pub fn keywords(self) -> &'static str {
        match self {
            Self::ListUsers => "list users",
            Self::ListRooms => "list rooms",
            Self::ListMembers => "list members",
            Self::ListStats => "list stats",
            Self::SendMessage => "send message",
            Self::CreateRoom => "create room",
            Self::JoinRoom => "join room",
            Self::LeaveRoom => "leave room",
            Self::SendRoom => "send room",
            Self::Topic => "topic",
            Self::Invite => "invite",
            Self::Kick => "kick",
            Self::Ban => "ban",
            Self::Unban => "unban",
            Self::GiveRoom => "give room",
            Self::ShowRoom => "show room",
            Self::SendFile => "send file",
            Self::RemoveFile => "remove file",
            Self::History => "history",
            Self::MessageHistory => "history message",
            Self::Search => "search",
            Self::Resume => "resume",
            Self::ResumeMessages => "resume message",
            Self::Rename => "rename",
            Self::SetRoom => "set room",
            Self::SetInvitations => "set invitations",
            Self::SetEncoding => "set encoding",
            Self::SetNumbers => "set numbers",
            Self::Register => "register",
            Self::SetPassword => "set password",
            Self::Unregister => "unregister",
            Self::Token => "token",
            Self::Ping => "ping",
            Self::Help => "help",
            Self::Quit => "quit",
            Self::Operate(kind) => kind.keywords(),
        }
    }

    /// The first of its keywords.
    #[must_use]
    pub fn verb(self) -> &'static str {
        self.keywords().split(' ').next().unwrap_or_default()
    }

    /// Its shape: keywords, and what stands for the rest in capitals.
    #[must_use]
    pub fn usage(self) -> &'static str {
        match self {
            Self::ListUsers => "list users",
            Self::ListRooms => "list rooms",
            Self::ListMembers => "list members ROOM",
            Self::ListStats => "list stats",
            Self::SendMessage => "send message USER[,USER...] TEXT",
            Self::CreateRoom => "create room ROOM [USER[,USER...]]",
            Self::JoinRoom => "join room ROOM",
            Self::LeaveRoom => "leave room ROOM",
            Self::SendRoom => "send room ROOM TEXT",
            Self::Topic => "topic ROOM [TEXT]",
            Self::Invite => "invite ROOM USER[,USER...]",
            Self::Kick => "kick ROOM USER [REASON]",
            Self::Ban => "ban ROOM USER",
            Self::Unban => "unban ROOM USER",
            Self::GiveRoom => "give room ROOM USER",
            Self::ShowRoom => "show room ROOM",
            Self::SendFile => "send file room/user TO SIZE NAME",
            Self::RemoveFile => "remove file ID",
            Self::History => "history room ROOM [before/after #N] [COUNT]",
            Self::MessageHistory => "history message USER [before/after #N] [COUNT]",
            Self::Search => "search [in ROOM [before #N]] WORDS",
            Self::Resume => "resume ROOM #N",
            Self::ResumeMessages => "resume message USER #N",
            Self::Rename => "rename NAME",
            Self::SetRoom => "set room ROOM private/open",
            Self::SetInvitations => "set invitations ask/join",
            Self::SetEncoding => "set encoding NAME",
            Self::SetNumbers => "set numbers on/off",
            Self::Register => "register PASSWORD",
            Self::SetPassword => "set password OLD NEW",
            Self::Unregister => "unregister PASSWORD",
            Self::Token => "token",
            Self::Ping => "ping [TOKEN]",
            Self::Help => "help [COMMAND]",
            Self::Quit => "quit",
            Self::Operate(kind) => kind.usage(),
        }
    }

    /// The shorter way to say the same, where there is one.
    #[must_use]
    pub fn short_usage(self) -> Option<&'static str> {
        match self {
            Self::SendRoom => Some("send ROOM TEXT"),
            Self::History => Some("history ROOM [before/after #N] [COUNT]"),
            Self::ListUsers
            | Self::ListRooms
            | Self::ListMembers
            | Self::ListStats
            | Self::SendMessage
            | Self::CreateRoom
            | Self::JoinRoom
            | Self::LeaveRoom
            | Self::Topic
            | Self::Invite
            | Self::Kick
            | Self::Ban
            | Self::Unban
            | Self::GiveRoom
            | Self::ShowRoom
            | Self::MessageHistory
            | Self::SendFile
            | Self::RemoveFile
            | Self::Search
            | Self::Resume
            | Self::ResumeMessages
            | Self::Rename
            | Self::SetRoom
            | Self::SetInvitations
            | Self::SetEncoding
            | Self::SetNumbers
            | Self::Register
            | Self::SetPassword
            | Self::Unregister
            | Self::Token
            | Self::Ping
            | Self::Help
            | Self::Quit
            | Self::Operate(_) => None,
        }
    }

    /// Its shape, and the short one.
    pub(crate) fn shapes(self) -> impl Iterator<Item = &'static str> {
        std::iter::once(self.usage()).chain(self.short_usage())
    }

    /// What it does, in a few words.
    #[must_use]
    pub fn summary(self) -> &'static str {
        match self {
            Self::ListUsers => "who is here",
            Self::ListRooms => "which rooms there are",
            Self::ListMembers => "who is in a room",
            Self::ListStats => "the counters of the server",
            Self::SendMessage => "write to one or several users",
            Self::CreateRoom => "open a room, with these users in it",
            Self::JoinRoom => "enter a room",
            Self::LeaveRoom => "leave a room",
            Self::SendRoom => "write to everybody in a room",
            Self::Topic => "what a room is about, or from now on",
            Self::Invite => "ask users to enter a room",
            Self::Kick => "remove a member from your room",
            Self::Ban => "remove a user from your room and keep the user out",
            Self::Unban => "let a banned user enter again",
            Self::GiveRoom => "make another member the owner of your room",
            Self::ShowRoom => "who owns a room, who may enter and how much was said",
            Self::SendFile => {
                "announce a file of SIZE bytes to a room or to USER[,USER...]; its bytes come on another connection"
            }
            Self::RemoveFile => "take back a file that you have sent",
            Self::History => "what was said in a room: the last lines, or those before or after line N",
            Self::MessageHistory => "what you and another user wrote to each other, if one of you is registered",
            Self::Search => "find these words in what was said in your rooms",
            Self::Resume => "enter a room again: first what was said there after line N",
            Self::ResumeMessages => "what you and another user wrote to each other after line N",
            Self::Rename => "take another name",
            Self::SetRoom => "let only invited users enter your room, or everybody",
            Self::SetInvitations => "be asked before others put you into a room, or not",
            Self::SetEncoding => "read and write in another charset, like gbk",
            Self::SetNumbers => "have each line of a room begin with its number",
            Self::Register => "make your name an account, which nobody has without this password",
            Self::SetPassword => "take another password",
            Self::Unregister => "give the account up",
            Self::Token => "a word to say instead of a name, to come back to this session",
            Self::Ping => "get a pong once everything sent before it is processed",
            Self::Help => "this list, or one command of it",
            Self::Quit => "leave",
            Self::Operate(kind) => kind.summary(),
        }
    }

    /// What `help` explains.
    #[must_use]
    pub fn explained(topic: Option<HelpTopic>) -> Vec<Self> {
        topic.map_or_else(|| Self::ALL.to_vec(), |topic| topic.kinds().collect())
    }

    /// What `help` explains to operators of the server beside that.
    #[must_use]
    pub fn explained_to_operators(topic: Option<HelpTopic>) -> Vec<Self> {
        match topic {
            Some(topic) => Self::of_operators(topic.as_str()).collect(),
            None => OperationKind::ALL.iter().map(|kind| Self::Operate(*kind)).collect(),
        }
    }

    /// The commands of operators whose keywords begin with these words, in lower case with one blank between.
    pub(super) fn of_operators(words: &str) -> impl Iterator<Item = Self> {
        OperationKind::ALL.iter().map(|kind| Self::Operate(*kind)).filter(move |kind| begins(*kind, words))
    }

    /// The commands whose keywords begin with these words, in lower case with one blank between.
    pub(crate) fn beginning_with(words: &str) -> impl Iterator<Item = Self> {
        Self::ALL.iter().copied().filter(move |kind| begins(*kind, words))
    }

    /// The keywords, or at least the verb, that the beginning of this line may have been meant for.
    #[must_use]
    pub fn suggestion(line: &str) -> Option<&'static str> {
        // A slip is as long as what was meant: the rest of a long word says nothing and would be costly.
        let beginning_of = |word: &str| word.chars().take(LONGEST_SLIP).flat_map(char::to_lowercase).collect();
        let words: Vec<String> = line.split_whitespace().take(2).map(beginning_of).collect();
        let beginning = |count: usize| words.iter().take(count).map(String::as_str).collect::<Vec<_>>().join(" ");
        let keywords = Self::ALL.iter().map(|kind| kind.keywords());
        let slips =
            keywords.filter_map(|keywords| Some((slips(&beginning(keywords.split(' ').count()), keywords)?, keywords)));
        let whole = slips.min_by_key(|(slips, _)| *slips).map(|(_, keywords)| keywords);
        whole.or_else(|| nearest(&beginning(1), Self::ALL.iter().map(|kind| kind.verb())))
    }

    /// The command that this may have been meant for when it stands where `send ROOM TEXT` has its room.
    #[must_use]
    pub fn meant_by_room(room: &str) -> Option<Self> {
        let keyword = nearest(room, ["message", "room"])?;
        Some(if keyword == "room" { Self::SendRoom } else { Self::SendMessage })
    }
}

/// Whether the keywords of a command begin with these whole words.
fn begins(kind: CommandKind, words: &str) -> bool {
    let rest = kind.keywords().strip_prefix(words);
    rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(' '))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slips_of_the_finger_are_understood() {
        assert_eq!(CommandKind::suggestion("lsit users"), Some("list users"));
        assert_eq!(CommandKind::suggestion("sned message bob hi"), Some("send message"));
        assert_eq!(CommandKind::suggestion("Creat room lobby"), Some("create room"));
        assert_eq!(CommandKind::suggestion("snd bob hi"), Some("send"));
        assert_eq!(CommandKind::suggestion("pnig"), Some("ping"));
        assert_eq!(CommandKind::suggestion("hello all"), None);
        assert_eq!(CommandKind::suggestion("你好"), None);
    }

    #[test]
    fn a_room_near_a_keyword_is_understood() {
        assert_eq!(CommandKind::meant_by_room("mesage"), Some(CommandKind::SendMessage));
        assert_eq!(CommandKind::meant_by_room("roon"), Some(CommandKind::SendRoom));
        assert_eq!(CommandKind::meant_by_room("lobby"), None);
    }

    #[test]
    fn beginnings_are_whole_words() {
        assert_eq!(CommandKind::beginning_with("list").count(), 3);
        assert_eq!(CommandKind::beginning_with("list users").count(), 1);
        assert_eq!(CommandKind::beginning_with("li").count(), 0);
    }
}
