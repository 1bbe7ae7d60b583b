//! How far a person has read, as one of his clients says it.

use super::Requester;
use crate::hub::change::{Change, Decision};
use crate::hub::pair_ends::PairEnds;
use crate::hub::record::{PlaceId, Record};
use crate::hub::session::SessionId;
use crate::hub::{Hub, Now};
use crate::protocol::event::Event;
use crate::protocol::presence::Note;
use crate::protocol::read_mark::{ReadMark, ReadPlace};
use crate::protocol::refusal::Refusal;

impl Hub {
    /// What comes of a mark, without setting it. One of somebody who is not logged in comes to nothing.
    pub fn decide_read_mark(&self, id: SessionId, mark: &ReadMark, now: Now) -> Decision {
        let Some((user_id, user)) = self.view.user_of(id) else { return Decision::new(&self.view, now.wall) };
        let (view, limits) = (&self.view, &self.limits);
        let caller = Requester { view, limits, session: id, id: user_id, user, now };
        caller.note_mark(mark).unwrap_or_else(|refusal| caller.answer(Event::Refused(refusal)))
    }
}

impl Requester<'_> {
    /// The mark of an account is kept, and told to its other sessions; a guest has nothing to keep it for.
    fn note_mark(self, mark: &ReadMark) -> Result<Decision, Refusal> {
        let Some(place) = self.marked_place(mark)? else { return Ok(self.decision()) };
        let mut decision = self.decision();
        let is_news = self.user.read.get(&place).is_none_or(|known| *known < mark.number);
        if let Some(account) = self.user.account.as_ref().filter(|_| is_news) {
            decision.change(Change::Kept(Record::Member { place, account: account.id, read: mark.number }));
            for session in self.user.sessions.iter().filter(|session| **session != self.session) {
                decision.tell(*session, Event::Note(Box::new(Note::Read(mark.clone()))));
            }
        }
        Ok(decision)
    }

    /// The place of a mark; `None` if nothing is kept there.
    fn marked_place(self, mark: &ReadMark) -> Result<Option<PlaceId>, Refusal> {
        match &mark.of {
            ReadPlace::Room(room) => {
                let own = self.view.places.awake(room).filter(|(id, _)| self.user.places.contains_key(id));
                let (id, place) = own.ok_or_else(|| Refusal::NotAMember(room.clone()))?;
                if mark.number > place.number {
                    return Err(Refusal::BadNumber { room: place.name.clone(), last: place.number });
                }
                Ok(Some(id))
            }
            ReadPlace::With(with) => {
                let (_, other) = self.view.people.named(with).ok_or_else(|| Refusal::NoSuchUser(with.clone()))?;
                let ends = PairEnds::new(self.user.pair_end(), other.pair_end());
                let Some((id, pair)) = self.view.pairs.of(&ends) else { return Ok(None) };
                if mark.number > pair.number {
                    return Err(Refusal::BadMessageNumber { with: other.name.clone(), last: pair.number });
                }
                Ok(Some(id))
            }
        }
    }
}
