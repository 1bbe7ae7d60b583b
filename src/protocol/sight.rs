//! What may be seen of the chat while something is spelled: for dialects whose lines say more than an event holds.

use std::fmt;
use std::time::SystemTime;

use serde::{Deserialize, Serialize};

use crate::protocol::name::{RoomName, UserName};
use crate::protocol::profile::MessageSource;
use crate::protocol::room_modes::{RoomFlag, RoomModes};

/// The chat, seen by one hearer at one moment.
pub trait Sight: fmt::Debug {
    /// Who hears what is spelled; `None` before the login.
    fn hearer(&self) -> Option<&UserName>;
    /// The server itself.
    fn house(&self) -> &House;
    /// The time of day.
    fn now(&self) -> SystemTime;
    /// Who and what is here, counted.
    fn census(&self) -> Census;
    /// The hearer; `None` before the login.
    fn oneself(&self) -> Option<Person<'_>>;
    /// The user of this name.
    fn person(&self, name: &UserName) -> Option<Person<'_>>;
    /// Everybody, sorted by name.
    fn people(&self) -> Vec<Person<'_>>;
    /// The room of this name, if it has members.
    fn room(&self, name: &RoomName) -> Option<RoomSight<'_>>;
    /// The rooms that have members, sorted by name.
    fn rooms(&self) -> Vec<RoomSight<'_>>;
    /// The rooms that a user is in, sorted by name.
    fn rooms_of(&self, name: &UserName) -> Vec<RoomSight<'_>>;
    /// Up to when the hearer has read a room, if a client has said so.
    fn read_to(&self, room: &RoomName) -> Option<SystemTime>;
    /// Who had this name and has left or is called otherwise, the latest first.
    fn former(&self, name: &UserName) -> Vec<FormerPerson>;
}

/// What a server says of itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct House {
    /// What it calls itself as the source of lines.
    pub name: String,
    /// What users call it.
    pub network: String,
    /// What newcomers are told, a line each.
    pub motd: Vec<String>,
    /// When it was started.
    pub started: SystemTime,
    /// Names the numbering of its lines.
    pub epoch: String,
    /// Rooms that one user may be in.
    pub max_rooms: usize,
    /// Users that one message may be addressed to.
    pub max_recipients: usize,
    /// Whether users may log in with a name that has no account.
    pub guests: bool,
}

/// How many of what are here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Census {
    /// Users.
    pub users: usize,
    /// Those of them who are found by the exact name alone.
    pub invisible: usize,
    /// Those of them who may do what operators of the server may.
    pub operators: usize,
    /// Connections without a name.
    pub nameless: usize,
    /// Rooms that have members.
    pub rooms: usize,
    /// As many users as there ever were at once.
    pub most_users: usize,
}

/// A user, as others see him.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Person<'a> {
    /// The name.
    pub name: &'a UserName,
    /// The word that the client calls its user by, or what it speaks.
    pub user: &'a str,
    /// What stands for where the user comes from.
    pub host: &'a str,
    /// A line that says who the user is.
    pub real_name: &'a str,
    /// The account that the user is logged in to.
    pub account: Option<&'a UserName>,
    /// What others are told while the user is away.
    pub away: Option<&'a str>,
    /// A program, not a person.
    pub is_bot: bool,
    /// Found by the exact name and in shared rooms alone.
    pub is_invisible: bool,
    /// Everything that comes from the user and goes there is encrypted.
    pub is_secure: bool,
    /// When the user came and when he last said something, if that is known.
    pub times: Option<(SystemTime, SystemTime)>,
}

/// What a member may do in a room.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Rank {
    /// May change the room.
    pub is_operator: bool,
    /// May speak where only some do.
    pub has_voice: bool,
}

/// A member of a room.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Member<'a> {
    /// Who.
    pub person: Person<'a>,
    /// What the member may do.
    pub rank: Rank,
}

/// A room, as its members see it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RoomSight<'a> {
    /// Its name.
    pub name: &'a RoomName,
    /// Its members, in the order of arrival.
    pub members: Vec<Member<'a>>,
    /// What it is about, with who said so and when.
    pub topic: Option<(&'a str, &'a UserName, SystemTime)>,
    /// How it is set.
    pub modes: &'a RoomModes,
    /// Who is banned by name, with who banned him and when.
    pub bans: Vec<(&'a UserName, &'a UserName, SystemTime)>,
    /// Whether only those may know of it who are in it.
    pub is_private: bool,
    /// When it was opened, if that is known.
    pub created: Option<SystemTime>,
}

/// Somebody who is not here any more under that name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FormerPerson {
    /// Who, with the name that he had.
    pub who: MessageSource,
    /// The line that said who the user was.
    pub real_name: Box<str>,
    /// Until when.
    pub until: SystemTime,
}

impl RoomSight<'_> {
    /// Whether nobody but its members is told of it.
    #[must_use]
    pub fn is_secret(&self) -> bool {
        self.is_private || self.modes.has(RoomFlag::Secret)
    }

    /// The member of this name.
    #[must_use]
    pub fn member(&self, name: &UserName) -> Option<&Member<'_>> {
        self.members.iter().find(|member| member.person.name == name)
    }
}
