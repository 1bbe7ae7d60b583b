//! What is refused, as the numbers that clients know.

use super::writer::IrcWriter;
use crate::protocol::command::BadCommand;
use crate::protocol::refusal::{AccountRefusal, Refusal, TooMany};

/// Writes why something was not done.
pub(super) fn refused(writer: &mut IrcWriter<'_>, refusal: &Refusal) {
    let room = |room: &crate::protocol::name::RoomName| format!("#{room}");
    match refusal {
        Refusal::NameTaken(name) => writer.numbered(433, &[name.as_str(), "Nickname is already in use"]),
        Refusal::BadCommand(wrong @ BadCommand::Name(_)) => writer.numbered(432, &["*", &wrong.to_string()]),
        Refusal::NoSuchUser(name) => writer.numbered(401, &[name.as_str(), "No such nick/channel"]),
        Refusal::NoSuchRoom { room: name, suggestion: _ } => writer.numbered(403, &[&room(name), "No such channel"]),
        Refusal::NotAMember(name) => writer.numbered(442, &[&room(name), "You're not on that channel"]),
        Refusal::CannotSpeak(name) => writer.numbered(404, &[&room(name), "Cannot send to channel"]),
        Refusal::OnlyInvited(name) => writer.numbered(473, &[&room(name), "Cannot join channel (+i)"]),
        Refusal::WrongKey(name) => writer.numbered(475, &[&room(name), "Cannot join channel (+k)"]),
        Refusal::RoomFull(name) => writer.numbered(471, &[&room(name), "Cannot join channel (+l)"]),
        Refusal::Banned(name) => writer.numbered(474, &[&room(name), "Cannot join channel (+b)"]),
        Refusal::BannedFromServer(_) => writer.numbered(465, &["You are banned from this server"]),
        Refusal::NotTheOwner(name) => writer.numbered(482, &[&room(name), "You're not channel operator"]),
        Refusal::UserIsMember { user, room: name } => {
            writer.numbered(443, &[user.as_str(), &room(name), "is already on channel"]);
        }
        Refusal::UserIsNoMember { user, room: name } => {
            writer.numbered(441, &[user.as_str(), &room(name), "They aren't on that channel"]);
        }
        Refusal::TooMany(TooMany::Bans(name, _)) => writer.numbered(478, &[&room(name), "b", "Channel list is full"]),
        Refusal::TooMany(TooMany::Rooms(_)) => writer.numbered(405, &["*", "You have joined too many channels"]),
        Refusal::TooMany(TooMany::Recipients(_)) => writer.numbered(407, &["*", "Too many targets"]),
        Refusal::Account(why) => account_refused(writer, why, refusal),
        Refusal::Disconnected(_) => writer.closing(&refusal.to_string()),
        Refusal::BadCommand(_)
        | Refusal::RoomExists(_)
        | Refusal::AlreadyAMember(_)
        | Refusal::BadNumber { .. }
        | Refusal::BadMessageNumber { .. }
        | Refusal::MailboxFull(_)
        | Refusal::WrongToken
        | Refusal::NoNumbers(_)
        | Refusal::NotInCharset(_)
        | Refusal::NameNotInCharset(_)
        | Refusal::CharsetIsFixed(_)
        | Refusal::BadJson(_)
        | Refusal::JsonIsUtf8
        | Refusal::LineTooLong(_)
        | Refusal::NotKept(_)
        | Refusal::UserIsBanned { .. }
        | Refusal::NotBanned { .. }
        | Refusal::NotBannedFromServer(_)
        | Refusal::TooMany(_)
        | Refusal::File(_)
        | Refusal::NotInCluster(_)
        | Refusal::Unavailable(_) => unnamed(writer, refusal),
    }
}

fn account_refused(writer: &mut IrcWriter<'_>, why: &AccountRefusal, refusal: &Refusal) {
    match why {
        AccountRefusal::AlreadyRegistered(name) => {
            let why = "You have an account already";
            writer.plain("FAIL", &["REGISTER", "ALREADY_AUTHENTICATED", name.as_str(), why]);
        }
        AccountRefusal::RegistrationClosed | AccountRefusal::Insecure | AccountRefusal::Busy(_) => {
            let nick = writer.nick();
            writer.plain("FAIL", &["REGISTER", "TEMPORARILY_UNAVAILABLE", &nick, &refusal.to_string()]);
        }
        // Only those may come who have an account.
        AccountRefusal::NotRegistered(_) => writer.plain("FAIL", &["*", "ACCOUNT_REQUIRED", &refusal.to_string()]),
        AccountRefusal::WrongPassword(_)
        | AccountRefusal::TooManyPasswords(_)
        | AccountRefusal::AlreadyOperator(_)
        | AccountRefusal::NotAnOperator(_) => unnamed(writer, refusal),
    }
}

/// `ERR_UNKNOWNERROR`: IRC has no number of its own for it.
fn unnamed(writer: &mut IrcWriter<'_>, refusal: &Refusal) {
    writer.numbered(400, &[refusal.code(), &refusal.detail()]);
}
