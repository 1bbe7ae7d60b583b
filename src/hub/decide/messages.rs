//! Writing: to users, and to rooms.

use super::Requester;
use crate::hub::change::{Change, Decision};
use crate::protocol::command::{CommandKind, SendForm, Text, UserList};
use crate::protocol::event::RoomEvent;
use crate::protocol::name::RoomName;
use crate::protocol::refusal::Refusal;

impl Requester<'_> {
    /// One message, whoever it is for, is one event with one mark. The users that are missing are named after it.
    pub(super) fn send_message(self, to: &UserList, text: &Text) -> Result<Decision, Refusal> {
        if to.as_slice().len() > self.limits.max_recipients {
            return Err(Refusal::TooManyRecipients(self.limits.max_recipients));
        }
        let mut decision = self.decision();
        let (mut found, mut missing) = (Vec::new(), Vec::new());
        for name in to.as_slice() {
            match self.view.people.named(name) {
                Some((user, _)) => found.push(user),
                None => missing.push(name),
            }
        }
        let mark = decision.mark();
        decision.change(Change::Messaged { to: found, from: self.user.name.clone(), text: text.clone(), mark });
        missing.into_iter().for_each(|name| decision.refuse(self.session, Refusal::NoSuchUser(name.clone())));
        Ok(decision)
    }

    pub(super) fn send_room(self, room: RoomName, text: Text, form: SendForm) -> Result<Decision, Refusal> {
        let (id, place) = self.own_room(room).map_err(|refusal| match refusal {
            Refusal::NoSuchRoom { room, .. } if form == SendForm::Short => {
                let suggestion = CommandKind::meant_by_room(room.key());
                Refusal::NoSuchRoom { room, suggestion }
            }
            other => other,
        })?;
        self.check_may_speak(id, place)?;
        let mut decision = self.decision();
        decision.line(id, place.number + 1, RoomEvent::Said { from: self.user.name.clone(), text });
        Ok(decision)
    }
}
