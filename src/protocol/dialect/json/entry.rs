//! The parts of answers and events: files, rooms, people, commands as JSON objects.

use std::borrow::Cow;

#[cfg(test)]
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A text that is borrowed from what is told.
pub type Str<'a> = Cow<'a, str>;

/// A file that was sent.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(JsonSchema))]
pub struct FileEntry<'a> {
    /// What it is fetched by.
    pub id: Str<'a>,
    /// What it is called.
    pub name: Str<'a>,
    /// Its bytes.
    pub size: u64,
    /// The SHA-256 of its bytes, in hexadecimal digits.
    pub sha256: Str<'a>,
    /// Its media type: that of a picture, or `application/octet-stream`.
    pub kind: Str<'a>,
    /// Where this server has it.
    pub url: Str<'a>,
    /// How wide it is, if it is a picture and its sender says so.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub width: Option<u16>,
    /// How high it is, if it is a picture and its sender says so.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub height: Option<u16>,
}

/// Whether a login needs a password.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum PasswordRule {
    /// There are none.
    None,
    /// Accounts have one, guests have none.
    Optional,
    /// Everybody needs one.
    Required,
}

/// How large a message may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(JsonSchema))]
pub struct MessageLimits {
    /// Bytes of a text.
    pub text: usize,
    /// Lines of a text.
    pub lines: usize,
    /// Users that one message is addressed to.
    pub recipients: usize,
    /// Bytes of a file.
    pub file: u64,
}

/// A room in a list.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(JsonSchema))]
pub struct RoomEntry<'a> {
    /// Its name.
    pub room: Str<'a>,
    /// The number of its last event; at login.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub seq: Option<u64>,
    /// The number of the first event that can be asked for; at login.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub first: Option<u64>,
    /// The number of the last event that the caller has read, at the login to an account.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub read: Option<u64>,
    /// Who is in it at login, how many in `list_rooms`.
    pub members: Members<'a>,
}

/// The members of a room: how many, or who.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(JsonSchema))]
#[serde(untagged)]
pub enum Members<'a> {
    /// How many.
    Count(usize),
    /// Who.
    Names(Vec<Str<'a>>),
}

/// A pair that the caller is one of.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(JsonSchema))]
pub struct PersonEntry<'a> {
    /// The other one.
    pub with: Str<'a>,
    /// The number of the last event.
    pub seq: u64,
    /// The number of the last event that the caller has read.
    pub read: u64,
}

/// A user to whom a message was delivered.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(JsonSchema))]
pub struct Delivered<'a> {
    /// Who.
    pub with: Str<'a>,
    /// The number of the message in the pair, if that is kept.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub seq: Option<u64>,
}

/// A user for whom something was not done, and why.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(JsonSchema))]
pub struct Failure<'a> {
    /// Who.
    pub with: Str<'a>,
    /// The word for programs.
    pub code: Str<'a>,
    /// More, for people.
    pub detail: Str<'a>,
}

/// A command and what it does.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(JsonSchema))]
pub struct CommandEntry<'a> {
    /// The `type` of a request for it.
    #[serde(rename = "type")]
    pub kind: Str<'a>,
    /// Its shape as a line of the text dialect.
    pub usage: Str<'a>,
    /// What it does.
    pub summary: Str<'a>,
}
