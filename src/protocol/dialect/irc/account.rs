//! Accounts at this door: how a user comes to have one, and what is said of that.

use super::instruction::{Saying, Step};
use super::line::IrcLine;
use super::registration::too_few;
use super::writer::IrcWriter;
use crate::protocol::act::Act;
use crate::protocol::name::UserName;
use crate::protocol::password::Password;
use crate::protocol::refusal::Refusal;

/// `REGISTER * * PASSWORD`: the name is the nick, and mail addresses are not asked for.
pub(super) fn register(line: &IrcLine<'_>) -> Step {
    let (Some(name), Some(_), Some(password)) = (line.param(0), line.param(1), line.param(2)) else {
        return too_few("REGISTER");
    };
    let Ok(password) = Password::new(password) else {
        let why = "A password has 8 to 128 characters and no blanks";
        return Saying::plain("FAIL", &["REGISTER", "UNACCEPTABLE_PASSWORD", &shown(name), why]);
    };
    match UserName::new(name) {
        _ if name == "*" => Step::Do(Act::Register { name: None, password }),
        Ok(name) => Step::Do(Act::Register { name: Some(name), password }),
        Err(_) => Saying::plain("FAIL", &["REGISTER", "BAD_ACCOUNT_NAME", &shown(name), "This is no name"]),
    }
}

/// `REGISTER` of somebody who has no name yet.
pub(super) fn too_early(line: &IrcLine<'_>) -> Step {
    let name = shown(line.param(0).unwrap_or("*"));
    let why = "Connect first: the account has the name that you have then";
    Saying::plain("FAIL", &["REGISTER", "COMPLETE_CONNECTION_REQUIRED", &name, why])
}

/// `VERIFY ACCOUNT CODE`: no account waits for a code.
pub(super) fn verify(line: &IrcLine<'_>) -> Step {
    match (line.param(0), line.param(1)) {
        (Some(name), Some(_)) => {
            Saying::plain("FAIL", &["VERIFY", "INVALID_CODE", &shown(name), "No account waits for a code"])
        }
        _ => too_few("VERIFY"),
    }
}

/// A word of a client as it can stand in a line.
fn shown(word: &str) -> String {
    if word.is_empty() || word.starts_with(':') || word.contains(' ') { "*".to_owned() } else { word.to_owned() }
}

/// The hearer has an account now.
pub(super) fn registered(writer: &mut IrcWriter<'_>, name: &UserName) {
    writer.plain("REGISTER", &["SUCCESS", name.as_str(), "The account is registered"]);
    logged_in(writer, name);
}

/// The hearer has shown that the account is its own.
pub(super) fn authenticated(writer: &mut IrcWriter<'_>, name: &UserName) {
    logged_in(writer, name);
    writer.numbered(903, &["SASL authentication successful"]);
}

fn logged_in(writer: &mut IrcWriter<'_>, name: &UserName) {
    let source = writer.sight.hearer().map_or_else(|| "*".to_owned(), |own| writer.source_of(own));
    writer.numbered(900, &[&source, name.as_str(), &format!("You are now logged in as {name}")]);
}

/// The hearer has not shown whose account it is.
pub(super) fn not_authenticated(writer: &mut IrcWriter<'_>, why: &Refusal) {
    writer.numbered(904, &[&format!("SASL authentication failed: {}", why.detail())]);
}

/// An account has the name of who makes it.
pub(super) fn name_of_another(writer: &mut IrcWriter<'_>, name: &UserName) {
    let why = "The account has the name that you have";
    writer.plain("FAIL", &["REGISTER", "ACCOUNT_NAME_MUST_BE_NICK", name.as_str(), why]);
}
