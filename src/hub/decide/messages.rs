//! Writing: to users, and to rooms.

use super::Requester;
use super::letters::Letters;
use crate::hub::change::{Change, Decision};
use crate::protocol::command::{CommandKind, SendForm, Text, UserList};
use crate::protocol::event::RoomEvent;
use crate::protocol::name::RoomName;
use crate::protocol::refusal::{Refusal, TooMany};

impl Requester<'_> {
    /// What guests write to guests is one event with one mark, whoever it is for; between accounts, each pair has its own.
    /// The users to whom it cannot be said are named after it.
    pub(super) fn send_message(self, to: &UserList, text: &Text) -> Result<Decision, Refusal> {
        if to.as_slice().len() > self.limits.max_recipients {
            return Err(Refusal::TooMany(TooMany::Recipients(self.limits.max_recipients)));
        }
        let mut decision = self.decision();
        let mut letters = Letters::new(self.view);
        let (mut guests, mut refusals) = (Vec::new(), Vec::new());
        for name in to.as_slice() {
            match self.view.people.named(name) {
                Some((id, user)) if self.user.account.is_none() && user.account.is_none() => guests.push(id),
                Some((_, user)) => refusals.extend(self.write_to(&mut decision, &mut letters, user, text).err()),
                None => refusals.push(Refusal::NoSuchUser(name.clone())),
            }
        }
        if !guests.is_empty() {
            let mark = decision.mark();
            decision.change(Change::Messaged { to: guests, from: self.user.name.clone(), text: text.clone(), mark });
        }
        letters.finish(&mut decision);
        refusals.into_iter().for_each(|refusal| decision.refuse(self.session, refusal));
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
