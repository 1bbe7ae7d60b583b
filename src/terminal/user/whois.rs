//! Who somebody is, as far as the server tells: whether the user is here, and in which rooms of ours.

use super::{LinkState, LocalUser};
use crate::protocol::dialect::Listed;
use crate::protocol::name::UserName;
use crate::terminal::now::TerminalTime;
use crate::terminal::pings::PingPurpose;
use crate::terminal::text::{key, shown};
use crate::terminal::window::LineKind;

/// A question about somebody that the server has not answered yet.
#[derive(Debug, Clone)]
pub(super) struct Inquiry {
    /// The name, as the server spells it if it has come.
    name: String,
    /// Whether it is in the list of users that has come.
    is_here: bool,
}

impl LocalUser {
    /// The lines that ask about somebody.
    ///
    /// # Errors
    /// If nothing can be asked now.
    pub(in crate::terminal) fn ask_who(&mut self, name: &str) -> Result<Vec<String>, String> {
        let name = UserName::new(name).map_err(|_| format!("'{}' is not a name", shown(name)))?;
        if self.connection != LinkState::Online {
            return Err("not connected".to_owned());
        }
        if let Some(other) = &self.inquiry {
            return Err(format!("the server has not told yet who {} is", shown(&other.name)));
        }
        self.inquiry = Some(Inquiry { name: name.to_string(), is_here: false });
        let mut lines = vec![self.pings.ping(PingPurpose::QuestionsBegin), "list users".to_owned()];
        lines.push(self.pings.ping(PingPurpose::InquiryEnd));
        Ok(lines)
    }

    /// Users who are here.
    pub(super) fn note_here(&mut self, users: &Listed<'_>) {
        let Some(inquiry) = &mut self.inquiry else { return };
        let wanted = key(&inquiry.name);
        if let Some(found) = users.names.iter().find(|name| key(name) == wanted) {
            (*found).clone_into(&mut inquiry.name);
            inquiry.is_here = true;
        }
    }

    /// The server has answered: tells what is known.
    pub(super) fn tell_inquiry(&mut self, now: TerminalTime) {
        let Some(Inquiry { name, is_here }) = self.inquiry.take() else { return };
        let rooms: Vec<&str> =
            self.rooms().filter(|(_, window)| window.members.contains(&name)).map(|(room, _)| room).collect();
        let rooms = rooms.join(", ");
        let name = shown(&name);
        let text = match (is_here, rooms.as_str()) {
            (true, _) if self.is(&name) => format!("{name} is you"),
            (true, "") => format!("{name} is here, in none of your rooms"),
            (true, rooms) => format!("{name} is here, and in {rooms} with you"),
            (false, "") => format!("there is no {name} here"),
            // Only an account stays in its rooms while nobody is connected.
            (false, rooms) => format!("{name} is away, with an account; a member of {rooms}"),
        };
        self.show(LineKind::Local, &text, now);
    }
}
