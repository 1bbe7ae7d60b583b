//! The ways in which a statement can fail, each with what is known only at the place where it fails.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use super::{Received, StreamEnd};
use crate::client::transfer::TransferError;
use crate::delivery::finding::Finding;
use crate::lang::ast::{Comparison, Name};
use crate::protocol::charset::Charset;
use crate::run::matching::{Contradiction, Matcher};

/// A pattern that one user waited for.
#[derive(Clone, Debug)]
pub struct Expected {
    /// The user that was waited for.
    pub user: Name,
    /// The pattern, with its values inserted.
    pub pattern: Matcher,
}

/// One of several patterns for which no line has arrived.
#[derive(Clone, Debug)]
pub struct Wanted {
    /// Its line in the script.
    pub line: usize,
    /// The pattern, with its values inserted.
    pub pattern: Matcher,
}

/// The line of a dialect that a server did not follow.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DialectPlace {
    /// The name of the dialect.
    pub dialect: String,
    /// The file in which it stands.
    pub file: String,
    /// The line in that file, counted from 1.
    pub line: usize,
    /// The text of that line.
    pub text: String,
    /// Whether it belongs to `logout`, and not to `login`.
    pub is_logout: bool,
}

/// The way in which a statement failed. `waited` is how long the runner waited, `received` the line that came.
#[derive(Clone, Debug)]
#[allow(missing_docs, reason = "the name of a field and the comment of its variant say it")]
pub enum Problem {
    /// No connection could be made for this user.
    NoConnection { user: Name, error: String },
    /// The server refused the login: this line came instead of the expected one, or none.
    LoginRefused { user: Name, expected: String, received: Option<Received>, place: Option<Box<DialectPlace>> },
    /// The next unread line does not match.
    Different { expected: Expected, received: Received },
    /// The line matches, but a name would have two values in one statement.
    Contradiction { expected: Expected, received: Received, contradiction: Box<Contradiction> },
    /// No line came in time.
    Missing { expected: Expected, waited: Duration },
    /// The line came `by` this much after the expectation's own deadline, which `allowed` this much time.
    Late { expected: Expected, received: Received, allowed: Duration, by: Duration },
    /// The connection ended before the line came.
    Ended { expected: Expected, end: StreamEnd },
    /// The next bytes are other ones.
    OtherBytes { user: Name, expected: Vec<u8>, received: Vec<u8> },
    /// Not all of the bytes came in time, or before the connection ended.
    MissingBytes { user: Name, expected: Vec<u8>, received: Vec<u8>, waited: Duration, end: Option<StreamEnd> },
    /// The bytes came `by` this much after the expectation's own deadline, which `allowed` this much time.
    LateBytes { user: Name, expected: Vec<u8>, allowed: Duration, by: Duration },
    /// A line came although a `<!` excludes it.
    Unwanted { unwanted: Expected, received: Received },
    /// A user that must be silent has unread lines.
    NotSilent { user: Name, lines: Vec<Received> },
    /// At the end of the test, or where a user must be silent, bytes without a newline wait for these users.
    Unfinished { users: Vec<Name> },
    /// The server did not close the connection in time.
    NotClosed { user: Name, waited: Duration },
    /// In an `unordered` block, a line came that no assignment of lines to patterns can use. `left` are the patterns
    /// without a line.
    Unusable { user: Name, received: Received, left: Vec<Wanted> },
    /// In an `unordered` block, the patterns in `left` got no line in time, or before the connection ended.
    Incomplete { user: Name, left: Vec<Wanted>, waited: Duration, end: Option<StreamEnd> },
    /// Users have unread lines at the end of the test.
    Leftovers { lines: Vec<(Name, Vec<Received>)> },
    /// Connections ended although no `is closed` expected it.
    ClosedByServer { users: Vec<(Name, StreamEnd)> },
    /// The server did not answer the fence in time: the ping of our own dialects, or what `fence` of another dialect sent.
    NoPong { user: Name, waited: Duration, fence: Option<String> },
    /// The user has received more than its inbox holds.
    InboxFull { user: Name },
    /// Writing failed or took too long.
    NotWritten { user: Name, error: io::ErrorKind },
    /// What was to go out as one line has a line break.
    LineBreak { text: String },
    /// The charset that the user speaks lacks a character of what it was to send.
    NotInCharset { user: Name, character: char, charset: Charset },
    /// The comparison of an `assert` is false.
    NotAsserted { left: String, comparison: Comparison, right: String },
    /// A file was not sent or fetched.
    NotTransferred { user: Name, error: Arc<TransferError> },
    /// A file is another one than it should be.
    OtherContent { user: Name, difference: String },
    /// The dialect of the user has no files.
    NoFiles { user: Name, dialect: &'static str },
    /// A file of the script cannot be read.
    NoFile { path: String, error: String },
    /// A text is not the id of a file.
    NotAFileId { text: String },
    /// A text is not the name of a file, a room or a user.
    NotAName { text: String, error: String },
    /// A name has no value yet: the statement that captures it has not run.
    NoValue { name: Name },
    /// The pattern is too large to compile with its values inserted.
    PatternTooLarge,
    /// Stamped messages were not delivered correctly. The findings name users by their index in `users`.
    Stamps { users: Vec<Name>, findings: Vec<Finding> },
    /// The embedded server could not be started.
    NoServer { error: String },
}

impl Problem {
    /// Whether no connection could be made, or no server started.
    #[must_use]
    pub fn is_no_connection(&self) -> bool {
        matches!(self, Self::NoConnection { .. } | Self::NoServer { .. })
    }
}
