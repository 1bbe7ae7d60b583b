//! Whether somebody may have a name: it is free, looks like nobody else's, and is not banned.

use super::people::UserEntry;
use super::session::{SessionId, SessionOrigin};
use super::user_id::UserId;
use super::view::View;
use crate::protocol::command::BadCommand;
use crate::protocol::name::{NameError, UserName};
use crate::protocol::refusal::Refusal;

impl View {
    /// Whether a user may have this name. The one who asks may take another spelling of the own name.
    pub(super) fn check_free(&self, name: &UserName, asking: Option<UserId>) -> Result<(), Refusal> {
        name.check_look().map_err(BadCommand::from)?;
        let of_another = |found: Option<(UserId, &UserEntry)>| {
            found.filter(|(id, _)| Some(*id) != asking).map(|(_, holder)| holder.name.clone())
        };
        if let Some(holder) = of_another(self.people.named(name)) {
            return Err(Refusal::NameTaken(holder));
        }
        if let Some(holder) = self.people.looking_like(name, asking) {
            let looks = NameError::LooksLike(name.to_string(), holder.name.to_string());
            return Err(BadCommand::from(looks).into());
        }
        Ok(())
    }

    /// Whether this session may have the name as far as bans go. Whoever can open the folder of the server is never kept out.
    pub(super) fn check_not_banned(&self, session: SessionId, name: &UserName) -> Result<(), Refusal> {
        match self.bans.get_key_value(name) {
            Some((banned, _)) if self.sessions.origin(session) != Some(SessionOrigin::Operator) => {
                Err(Refusal::BannedFromServer(banned.clone()))
            }
            Some(_) | None => Ok(()),
        }
    }
}
