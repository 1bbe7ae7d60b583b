//! The shapes of what a server says: answers and events. They are what is written, what is read, and what the schema is
//! made from.

use std::collections::BTreeMap;

#[cfg(test)]
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub use super::entry::{
    CommandEntry, Delivered, Failure, FileEntry, Members, MessageLimits, PasswordRule, PersonEntry, RoomEntry, Str,
};
pub use super::time::Time;

/// What a server says: an answer (`ok`, or `error` with an `id`) or an event.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(JsonSchema))]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum ServerMessage<'a> {
    /// The first event of a connection: a login is wanted.
    Hello {
        /// The version of the dialect.
        version: u32,
        /// The program and its version.
        server: Str<'a>,
        /// Whether a login needs a password.
        password: PasswordRule,
    },
    /// The answer to a request that was carried out.
    Ok(Box<Outcome<'a>>),
    /// The answer to a request that was not carried out; without `id`, an event that no request is at fault for.
    Error {
        /// The request.
        #[serde(skip_serializing_if = "Option::is_none")]
        id: Option<u64>,
        /// The word for programs.
        code: Str<'a>,
        /// More, for people.
        detail: Str<'a>,
        /// The reasons for each user, if several were addressed.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        failed: Vec<Failure<'a>>,
    },
    /// Somebody wrote, in a room or to the receiver.
    Message {
        /// The room.
        #[serde(skip_serializing_if = "Option::is_none")]
        room: Option<Str<'a>>,
        /// The other person of a pair.
        #[serde(skip_serializing_if = "Option::is_none")]
        with: Option<Str<'a>>,
        /// Its number in the conversation.
        #[serde(skip_serializing_if = "Option::is_none")]
        seq: Option<u64>,
        /// When.
        time: Time,
        /// Who.
        from: Str<'a>,
        /// What. May have several lines.
        text: Str<'a>,
    },
    /// A room was opened.
    Created {
        /// The room.
        room: Str<'a>,
        /// Its number in the room.
        seq: u64,
        /// When.
        time: Time,
        /// By whom.
        by: Str<'a>,
        /// Who is in it, the creator first.
        members: Vec<Str<'a>>,
    },
    /// A user entered a room.
    Joined {
        /// The room.
        room: Str<'a>,
        /// Its number in the room.
        seq: u64,
        /// When.
        time: Time,
        /// Who.
        user: Str<'a>,
    },
    /// A user is no longer in a room.
    Left {
        /// The room.
        room: Str<'a>,
        /// Its number in the room.
        seq: u64,
        /// When.
        time: Time,
        /// Who.
        user: Str<'a>,
        /// `left`, `quit`, `connection-closed`, `timeout`, `slow-consumer`, `removed`, `server-stopped` or `server-lost`.
        why: Str<'a>,
        /// What the user said of it, in a client that asks for that.
        #[serde(skip_serializing_if = "Option::is_none")]
        reason: Option<Str<'a>>,
    },
    /// Somebody sent a file, in a room or to a user.
    File {
        /// The room.
        #[serde(skip_serializing_if = "Option::is_none")]
        room: Option<Str<'a>>,
        /// The other person of a pair.
        #[serde(skip_serializing_if = "Option::is_none")]
        with: Option<Str<'a>>,
        /// Its number in the conversation.
        #[serde(skip_serializing_if = "Option::is_none")]
        seq: Option<u64>,
        /// When.
        time: Time,
        /// Who.
        from: Str<'a>,
        /// What.
        file: FileEntry<'a>,
    },
    /// A member of a room has another name.
    Renamed {
        /// The room.
        room: Str<'a>,
        /// Its number in the room.
        seq: u64,
        /// When.
        time: Time,
        /// The name until now.
        from: Str<'a>,
        /// The name from now on.
        to: Str<'a>,
    },
    /// What happened in a conversation between these numbers is not told again; `history` has it.
    Gap {
        /// The room.
        #[serde(skip_serializing_if = "Option::is_none")]
        room: Option<Str<'a>>,
        /// The other person of a pair.
        #[serde(skip_serializing_if = "Option::is_none")]
        with: Option<Str<'a>>,
        /// The first number.
        from: u64,
        /// The last one.
        to: u64,
    },
    /// It was said what a room is about, or that was taken away.
    Topic {
        /// The room.
        room: Str<'a>,
        /// Its number in the room.
        seq: u64,
        /// When.
        time: Time,
        /// Who did it.
        by: Str<'a>,
        /// What it is about; nothing if that is not said any more.
        #[serde(skip_serializing_if = "Option::is_none")]
        topic: Option<Str<'a>>,
    },
    /// A room is set otherwise by a client of the IRC door.
    Mode {
        /// The room.
        room: Str<'a>,
        /// Its number in the room.
        seq: u64,
        /// When.
        time: Time,
        /// Who did it.
        by: Str<'a>,
        /// What has changed, as letters with what belongs to them, like `+o-t bob`.
        modes: Str<'a>,
    },
    /// A member of a room was removed.
    Kicked {
        /// The room.
        room: Str<'a>,
        /// Its number in the room.
        seq: u64,
        /// When.
        time: Time,
        /// Who did it.
        by: Str<'a>,
        /// Who is no member any more.
        user: Str<'a>,
        /// Why.
        #[serde(skip_serializing_if = "Option::is_none")]
        reason: Option<Str<'a>>,
    },
    /// A user was removed from a room, if he was a member, and cannot enter it.
    Banned {
        /// The room.
        room: Str<'a>,
        /// Its number in the room.
        seq: u64,
        /// When.
        time: Time,
        /// Who did it.
        by: Str<'a>,
        /// Who cannot enter.
        user: Str<'a>,
    },
    /// A user can enter a room again.
    Unbanned {
        /// The room.
        room: Str<'a>,
        /// Its number in the room.
        seq: u64,
        /// When.
        time: Time,
        /// Who did it.
        by: Str<'a>,
        /// Who can enter.
        user: Str<'a>,
    },
    /// Only those who are invited can enter a room.
    Private {
        /// The room.
        room: Str<'a>,
        /// Its number in the room.
        seq: u64,
        /// When.
        time: Time,
        /// Who did it.
        by: Str<'a>,
    },
    /// Everybody can enter a room.
    Open {
        /// The room.
        room: Str<'a>,
        /// Its number in the room.
        seq: u64,
        /// When.
        time: Time,
        /// Who did it.
        by: Str<'a>,
    },
    /// A room has another owner.
    Owner {
        /// The room.
        room: Str<'a>,
        /// Its number in the room.
        seq: u64,
        /// When.
        time: Time,
        /// Who gave it away; nobody if the owner left.
        #[serde(skip_serializing_if = "Option::is_none")]
        by: Option<Str<'a>>,
        /// The owner.
        user: Str<'a>,
    },
    /// Accounts have come or gone that stay members of rooms that they share with the receiver, or that write with it.
    Presence {
        /// Who is here now.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        here: Vec<Str<'a>>,
        /// Who is not.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        gone: Vec<Str<'a>>,
    },
    /// The receiver has read so far, on another connection.
    Read {
        /// The room.
        #[serde(skip_serializing_if = "Option::is_none")]
        room: Option<Str<'a>>,
        /// The other person of a pair.
        #[serde(skip_serializing_if = "Option::is_none")]
        with: Option<Str<'a>>,
        /// The number of the last event that was read.
        seq: u64,
    },
    /// The receiver is asked to enter a room.
    Invitation {
        /// The room.
        room: Str<'a>,
        /// Who asks.
        by: Str<'a>,
    },
    /// The server cannot keep what is said, and takes nothing that it would have to keep.
    NotTaken {
        /// Why.
        detail: Str<'a>,
    },
    /// The server takes again what is said.
    TakenAgain {
        /// What is over.
        detail: Str<'a>,
    },
    /// The receiver is an operator of the server from now on, or is none any more.
    Operator {
        /// Whether he is.
        on: bool,
    },
    /// An operator of the server tells everybody something.
    Announcement {
        /// The operator.
        by: Str<'a>,
        /// What there is to tell.
        text: Str<'a>,
    },
    /// An operator of the server has ended a room: nobody is in it any more, and its history is gone.
    Closed {
        /// The room.
        room: Str<'a>,
        /// The operator.
        by: Str<'a>,
    },
    /// The server stops soon.
    StopsIn {
        /// After this time, or when everybody has left.
        seconds: u64,
    },
    /// The server stops.
    Shutdown,
}

/// What the answer to a request holds; which of the fields depends on the request.
#[derive(Debug, Default, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(JsonSchema))]
#[serde(default)]
pub struct Outcome<'a> {
    /// The request.
    pub id: u64,
    /// The caller's name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<Str<'a>>,
    /// Names the numbering of the server.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub epoch: Option<Str<'a>>,
    /// How large a message may be.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub limits: Option<MessageLimits>,
    /// What the server has beside the commands of version 1 that every server has.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub features: Option<Vec<Str<'a>>>,
    /// The password that the server has made for the account `name`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub password: Option<Str<'a>>,
    /// Names of all accounts.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub accounts: Option<Vec<Str<'a>>>,
    /// Names of the accounts of operators of the server.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub operators: Option<Vec<Str<'a>>>,
    /// Names that are banned, from the server or from `room`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bans: Option<Vec<Str<'a>>>,
    /// Names of users.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub users: Option<Vec<Str<'a>>>,
    /// Rooms.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rooms: Option<Vec<RoomEntry<'a>>>,
    /// Pairs that the caller is one of.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub people: Option<Vec<PersonEntry<'a>>>,
    /// The room that the request was about.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub room: Option<Str<'a>>,
    /// The other person of the pair that the request was about.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub with: Option<Str<'a>>,
    /// The number of what the request has caused in the room; of its last event, for `history` and `resume`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub seq: Option<u64>,
    /// The number of the first event that can be asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub first: Option<u64>,
    /// The members of the room.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub members: Option<Vec<Str<'a>>>,
    /// What the room is about.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub topic: Option<Str<'a>>,
    /// Who decides about the room.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub owner: Option<Str<'a>>,
    /// Whether only those may enter the room who are invited.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub private: Option<bool>,
    /// How many members the room has.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub size: Option<usize>,
    /// Who was asked to enter the room.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub invited: Option<Vec<Str<'a>>>,
    /// The counters of the server.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stats: Option<BTreeMap<Str<'a>, u64>>,
    /// When the text was taken.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub time: Option<Time>,
    /// To whom a message was delivered.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sent: Option<Vec<Delivered<'a>>>,
    /// To whom it was not.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub failed: Option<Vec<Failure<'a>>>,
    /// What the answer to a `ping` repeats; what `login` and `token` give to come back with; what
    /// the bytes of an announced file are brought with.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub token: Option<Str<'a>>,
    /// Where the bytes of the announced file are to be put.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub put: Option<Str<'a>>,
    /// Until when the first of them has to come.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expires: Option<Time>,
    /// What the commands do.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub commands: Option<Vec<CommandEntry<'a>>>,
    /// What happened, as when it happened: ascending, but what `search` has found begins with the newest.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub events: Option<Vec<ServerMessage<'a>>>,
    /// Whether there are further events in the direction that was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub more: Option<bool>,
    /// What the same `search` for older events says.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cursor: Option<Str<'a>>,
}
