//! The shapes of what a client says, and commands as such. `request` is the inverse.

use std::collections::BTreeMap;
use std::num::NonZeroUsize;

#[cfg(test)]
use schemars::JsonSchema;
use serde::Serialize;

use super::MAX_HISTORY;
use super::message::Str;
use crate::protocol::answer::RequestId;
use crate::protocol::command::{
    Command, FileRequest, FileTarget, HelpTopic, HistoryRange, Operation, Phrase, SearchOptions, SearchedRoom, Text,
    Token, UserList,
};
use crate::protocol::name::{RoomName, UserName};
use crate::text::words::Words;

/// What a client says. Each may have an `id`; then it has one answer, which carries it.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(test, derive(JsonSchema))]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum ClientMessage<'a> {
    /// The first request of a connection.
    Login {
        /// Who it is.
        #[serde(skip_serializing_if = "Option::is_none")]
        name: Option<Str<'a>>,
        /// The password, if the name is an account.
        #[serde(skip_serializing_if = "Option::is_none")]
        password: Option<Str<'a>>,
        /// Takes over the session that was given it; then the name does not count.
        #[serde(skip_serializing_if = "Option::is_none")]
        token: Option<Str<'a>>,
        /// Which numbering the numbers of `have` are of.
        #[serde(skip_serializing_if = "Option::is_none")]
        epoch: Option<Str<'a>>,
        /// What the client has already: what it misses of that follows.
        #[serde(skip_serializing_if = "Option::is_none")]
        have: Option<HadNumbers<'a>>,
    },
    /// Who is here.
    ListUsers,
    /// Which rooms there are.
    ListRooms,
    /// Who is in a room.
    ListMembers {
        /// The room.
        room: Str<'a>,
    },
    /// The counters of the server.
    ListStats,
    /// Write to users.
    SendMessage {
        /// To whom.
        to: Vec<Str<'a>>,
        /// What. May have several lines.
        text: Str<'a>,
        /// Makes it happen once, however often it is sent; at most 64 characters.
        #[serde(skip_serializing_if = "Option::is_none")]
        nonce: Option<Str<'a>>,
    },
    /// Open a room.
    CreateRoom {
        /// Its name.
        room: Str<'a>,
        /// Who else is in it.
        #[serde(skip_serializing_if = "Vec::is_empty")]
        with: Vec<Str<'a>>,
    },
    /// Enter a room.
    JoinRoom {
        /// The room.
        room: Str<'a>,
    },
    /// Leave a room.
    LeaveRoom {
        /// The room.
        room: Str<'a>,
    },
    /// Write in a room.
    SendRoom {
        /// The room.
        room: Str<'a>,
        /// What. May have several lines.
        text: Str<'a>,
        /// Makes it happen once, however often it is sent; at most 64 characters.
        #[serde(skip_serializing_if = "Option::is_none")]
        nonce: Option<Str<'a>>,
    },
    /// What a room is about, or from now on.
    Topic {
        /// The room.
        room: Str<'a>,
        /// What it is about from now on: one line of at most 390 bytes.
        #[serde(skip_serializing_if = "Option::is_none")]
        text: Option<Str<'a>>,
    },
    /// Ask users to enter a room.
    Invite {
        /// The room.
        room: Str<'a>,
        /// Whom.
        users: Vec<Str<'a>>,
    },
    /// Remove a member from a room.
    Kick {
        /// The room.
        room: Str<'a>,
        /// The member.
        user: Str<'a>,
        /// What everybody is told about it: one line of at most 390 bytes.
        #[serde(skip_serializing_if = "Option::is_none")]
        text: Option<Str<'a>>,
    },
    /// Remove a user from a room and keep the user out.
    Ban {
        /// The room.
        room: Str<'a>,
        /// The user.
        user: Str<'a>,
    },
    /// Let a banned user enter again.
    Unban {
        /// The room.
        room: Str<'a>,
        /// The user.
        user: Str<'a>,
    },
    /// Make another member the owner of a room.
    GiveRoom {
        /// The room.
        room: Str<'a>,
        /// The member.
        user: Str<'a>,
    },
    /// Who owns a room, who may enter and how much was said.
    ShowRoom {
        /// The room.
        room: Str<'a>,
    },
    /// Let only invited users enter a room, or everybody.
    SetRoom {
        /// The room.
        room: Str<'a>,
        /// Whether only those may enter who are invited.
        private: bool,
    },
    /// Be asked before others put the caller into a room, or not.
    SetInvitations {
        /// Whether to be asked.
        ask: bool,
    },
    /// Announce a file.
    SendFile {
        /// The room that is to see it.
        #[serde(skip_serializing_if = "Option::is_none")]
        room: Option<Str<'a>>,
        /// The users who are to see it, if it is no room.
        #[serde(skip_serializing_if = "Vec::is_empty")]
        to: Vec<Str<'a>>,
        /// What it is called.
        name: Str<'a>,
        /// Its bytes.
        size: u64,
        /// How wide it is, if it is a picture.
        #[serde(skip_serializing_if = "Option::is_none")]
        width: Option<u16>,
        /// How high it is, if it is a picture.
        #[serde(skip_serializing_if = "Option::is_none")]
        height: Option<u16>,
    },
    /// Take back a file.
    RemoveFile {
        /// Its id.
        file: Str<'a>,
    },
    /// What happened in a room or was written between two: the last events, or those before or after a number.
    History {
        /// The room.
        #[serde(skip_serializing_if = "Option::is_none")]
        room: Option<Str<'a>>,
        /// The other person of the pair.
        #[serde(skip_serializing_if = "Option::is_none")]
        with: Option<Str<'a>>,
        /// Events before this number.
        #[serde(skip_serializing_if = "Option::is_none")]
        before: Option<u64>,
        /// Events after this number.
        #[serde(skip_serializing_if = "Option::is_none")]
        after: Option<u64>,
        /// Events before and after this number.
        #[serde(skip_serializing_if = "Option::is_none")]
        around: Option<u64>,
        /// The most events; at most 1,000.
        #[serde(skip_serializing_if = "Option::is_none")]
        limit: Option<usize>,
    },
    /// What people said that holds all of some words, the newest first.
    Search {
        /// The words.
        text: Str<'a>,
        /// Where; in all rooms of the caller without it.
        #[serde(skip_serializing_if = "Option::is_none")]
        room: Option<Str<'a>>,
        /// Who said it; anybody without it.
        #[serde(skip_serializing_if = "Option::is_none")]
        from: Option<Str<'a>>,
        /// As the answer to the same search has it: what is older.
        #[serde(skip_serializing_if = "Option::is_none")]
        cursor: Option<Str<'a>>,
        /// The most events; 20 without it, at most 200.
        #[serde(skip_serializing_if = "Option::is_none")]
        limit: Option<usize>,
    },
    /// Enter a room, and hear what happened there after a number and before what this connection hears anyway.
    Resume {
        /// The room.
        room: Str<'a>,
        /// The number of the last event that the client has.
        after: u64,
    },
    /// Note how far the user has read: in a room, or of what was written with another user.
    Read {
        /// The room.
        #[serde(skip_serializing_if = "Option::is_none")]
        room: Option<Str<'a>>,
        /// The other user.
        #[serde(skip_serializing_if = "Option::is_none")]
        with: Option<Str<'a>>,
        /// The number of the last event that was read.
        seq: u64,
    },
    /// What this session can be taken over with.
    Token,
    /// Make the own name an account.
    Register {
        /// Its password.
        password: Str<'a>,
    },
    /// Give the own account another password.
    SetPassword {
        /// The password until now.
        password: Str<'a>,
        /// The password from now on.
        new: Str<'a>,
    },
    /// Be a guest again.
    Unregister {
        /// The password of the account.
        password: Str<'a>,
    },
    /// Take another name.
    Rename {
        /// The name from now on.
        name: Str<'a>,
    },
    /// Is answered once everything before it is done.
    Ping {
        /// What the answer repeats.
        #[serde(skip_serializing_if = "Option::is_none")]
        token: Option<Str<'a>>,
    },
    /// What the commands do.
    Help {
        /// The words that they begin with; all commands without it.
        #[serde(skip_serializing_if = "Option::is_none")]
        topic: Option<Str<'a>>,
    },
    /// Leave.
    Quit,
    /// Make an account, whose password the answer tells; for operators of the server, like all that follows.
    CreateAccount {
        /// Its name.
        user: Str<'a>,
    },
    /// Give an account another password, which the answer tells.
    ResetPassword {
        /// The account.
        user: Str<'a>,
    },
    /// Give somebody's account up.
    DropAccount {
        /// The account.
        user: Str<'a>,
    },
    /// Make an account an operator of the server.
    Appoint {
        /// The account.
        user: Str<'a>,
    },
    /// Make an operator of the server a user like any other.
    Dismiss {
        /// The account.
        user: Str<'a>,
    },
    /// Close all connections of a user.
    KickServer {
        /// The user.
        user: Str<'a>,
    },
    /// The same, and let nobody in with this name.
    BanServer {
        /// The name.
        user: Str<'a>,
    },
    /// Lift the ban of a name.
    UnbanServer {
        /// The name.
        user: Str<'a>,
    },
    /// Tell everybody something.
    Announce {
        /// What: one line of at most 390 bytes.
        text: Str<'a>,
    },
    /// Which accounts there are.
    ListAccounts,
    /// Who is banned.
    ListBans {
        /// From which room; from the server without it.
        #[serde(skip_serializing_if = "Option::is_none")]
        room: Option<Str<'a>>,
    },
}

/// The number of the last event that a client has.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(test, derive(JsonSchema))]
pub struct HadNumbers<'a> {
    /// Of each room.
    pub rooms: BTreeMap<Str<'a>, u64>,
    /// Of what was written with each other user.
    pub people: BTreeMap<Str<'a>, u64>,
}

/// A request, and what its answer is to carry.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(test, derive(JsonSchema))]
pub struct Numbered<'a> {
    /// From 1 to 2^53 - 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<u64>,
    /// The request.
    #[serde(flatten)]
    pub request: ClientMessage<'a>,
}

impl<'a> ClientMessage<'a> {
    /// The request for a command; `None` for one that JSON does not have.
    #[must_use]
    pub fn of(command: &'a Command) -> Option<Self> {
        let room = |room: &'a RoomName| Str::from(room.as_str());
        let text = |text: &'a Text| Str::from(text.as_str());
        Some(match command {
            Command::ListUsers => Self::ListUsers,
            Command::ListRooms => Self::ListRooms,
            Command::ListMembers(name) => Self::ListMembers { room: room(name) },
            Command::ListStats => Self::ListStats,
            Command::SendMessage { to, text: what } => {
                Self::SendMessage { to: names(to), text: text(what), nonce: None }
            }
            Command::CreateRoom { room: name, with } => {
                Self::CreateRoom { room: room(name), with: with.as_ref().map(names).unwrap_or_default() }
            }
            Command::JoinRoom(name) => Self::JoinRoom { room: room(name) },
            Command::LeaveRoom(name) => Self::LeaveRoom { room: room(name) },
            Command::SendRoom { room: name, text: what, form: _ } => {
                Self::SendRoom { room: room(name), text: text(what), nonce: None }
            }
            Command::Topic { room: name, topic } => Self::Topic { room: room(name), text: phrase(topic) },
            Command::Invite { room: name, users } => Self::Invite { room: room(name), users: names(users) },
            Command::Kick { room: name, user, reason } => {
                Self::Kick { room: room(name), user: user.as_str().into(), text: phrase(reason) }
            }
            Command::Ban { room: name, user } => Self::Ban { room: room(name), user: user.as_str().into() },
            Command::Unban { room: name, user } => Self::Unban { room: room(name), user: user.as_str().into() },
            Command::GiveRoom { room: name, user } => Self::GiveRoom { room: room(name), user: user.as_str().into() },
            Command::ShowRoom(name) => Self::ShowRoom { room: room(name) },
            Command::SetRoom { room: name, private } => Self::SetRoom { room: room(name), private: *private },
            Command::SetInvitations { ask } => Self::SetInvitations { ask: *ask },
            Command::SendFile(request) => Self::of_file(request),
            Command::RemoveFile(id) => Self::RemoveFile { file: id.to_string().into() },
            Command::History { room: name, range, most } => {
                Self::of_page((Some(room(name)), None), ends(range), most.map(NonZeroUsize::get))
            }
            Command::MessageHistory { with, range, most } => {
                Self::of_page((None, Some(with.as_str().into())), ends(range), most.map(NonZeroUsize::get))
            }
            Command::ResumeMessages { with, after } => {
                Self::of_page((None, Some(with.as_str().into())), (None, Some(*after)), Some(MAX_HISTORY))
            }
            Command::Search { within, words, options } => Self::of_search(within.as_ref(), words, options),
            Command::Resume { room: name, after } => Self::Resume { room: room(name), after: *after },
            Command::Token => Self::Token,
            Command::Register(password) => Self::Register { password: password.reveal().into() },
            Command::SetPassword { old, new } => {
                Self::SetPassword { password: old.reveal().into(), new: new.reveal().into() }
            }
            Command::Unregister(password) => Self::Unregister { password: password.reveal().into() },
            Command::Rename(name) => Self::Rename { name: name.as_str().into() },
            Command::SetEncoding(_) | Command::SetNumbers(_) => return None,
            Command::Ping(token) => Self::Ping { token: token.as_ref().map(Token::as_str).map(Str::from) },
            Command::Help(topic) => Self::Help { topic: topic.map(HelpTopic::as_str).map(Str::from) },
            Command::Quit => Self::Quit,
            Command::Operate(operation) => Self::of_operation(operation),
        })
    }

    /// Lines of a room, or of what somebody and the caller wrote to each other.
    fn of_page(
        (room, with): (Option<Str<'a>>, Option<Str<'a>>),
        (before, after): (Option<u64>, Option<u64>),
        limit: Option<usize>,
    ) -> Self {
        Self::History { room, with, before, after, around: None, limit }
    }

    fn of_file(request: &'a FileRequest) -> Self {
        let (room, to) = match &request.to {
            FileTarget::Room(room) => (Some(room.as_str().into()), Vec::new()),
            FileTarget::Users(users) => (None, names(users)),
        };
        let (width, height) = request.pixels.map(|pixels| (pixels.width, pixels.height)).unzip();
        Self::SendFile { room, to, name: request.name.as_str().into(), size: request.size, width, height }
    }

    fn of_search(within: Option<&'a SearchedRoom>, words: &'a Words, options: &'a SearchOptions) -> Self {
        let before = within.map_or(options.before, |within| within.before);
        Self::Search {
            text: words.as_str().into(),
            room: within.map(|within| within.room.as_str().into()),
            from: options.from.as_ref().map(|from| from.as_str().into()),
            cursor: before.map(|before| before.to_string().into()),
            limit: options.most.map(NonZeroUsize::get),
        }
    }

    fn of_operation(operation: &'a Operation) -> Self {
        let name = |name: &'a UserName| Str::from(name.as_str());
        match operation {
            Operation::CreateAccount(user) => Self::CreateAccount { user: name(user) },
            Operation::ResetPassword(user) => Self::ResetPassword { user: name(user) },
            Operation::DropAccount(user) => Self::DropAccount { user: name(user) },
            Operation::Appoint(user) => Self::Appoint { user: name(user) },
            Operation::Dismiss(user) => Self::Dismiss { user: name(user) },
            Operation::KickFromServer(user) => Self::KickServer { user: name(user) },
            Operation::BanFromServer(user) => Self::BanServer { user: name(user) },
            Operation::UnbanFromServer(user) => Self::UnbanServer { user: name(user) },
            Operation::Announce(text) => Self::Announce { text: text.as_str().into() },
            Operation::ListAccounts => Self::ListAccounts,
            Operation::ListBans(room) => Self::ListBans { room: room.as_ref().map(|room| room.as_str().into()) },
        }
    }

    /// The request as a line, without its newline.
    #[must_use]
    pub fn spelled(self, id: Option<RequestId>) -> String {
        serde_json::to_string(&Numbered { id: id.map(RequestId::get), request: self }).expect("all keys are texts")
    }
}

/// The number that the lines come before, and the one that they come after.
fn ends(range: &HistoryRange) -> (Option<u64>, Option<u64>) {
    match range {
        HistoryRange::Latest => (None, None),
        HistoryRange::Before(number) => (Some(*number), None),
        HistoryRange::After(number) => (None, Some(*number)),
    }
}

fn phrase(phrase: &Option<Phrase>) -> Option<Str<'_>> {
    phrase.as_ref().map(|phrase| phrase.as_str().into())
}

fn names(users: &UserList) -> Vec<Str<'_>> {
    users.as_slice().iter().map(|user| user.as_str().into()).collect()
}
