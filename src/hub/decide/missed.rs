//! What somebody is told who comes back: `resume` of a room and of messages, and what an account has missed when it logs in.

use super::Requester;
use super::history::LONGEST_PAGE;
use crate::hub::change::Decision;
use crate::hub::outputs::Output;
use crate::hub::pair_ends::PairEnd;
use crate::hub::people::UserEntry;
use crate::hub::question::{MissedQuestion, PageName, PageQuestion, PageRange, Question};
use crate::hub::record::PlaceId;
use crate::hub::session::SessionId;
use crate::hub::view::View;
use crate::protocol::event::{Event, PastEnd, PastEvent};
use crate::protocol::name::{RoomName, UserName};
use crate::protocol::refusal::Refusal;

/// Lines of what one person wrote that are told at a login.
const MISSED_OF_ONE: usize = 100;

/// Users whose lines are told at a login; of others it is told which there are.
const MISSED_OF: usize = 100;

impl Requester<'_> {
    /// What was said after a line and before the first line that this session hears; then the caller is a member.
    pub(super) fn resume(self, room: RoomName, after: u64) -> Result<Decision, Refusal> {
        let found = self.any_room(room);
        let first_heard = found.as_ref().ok().and_then(|(id, _)| self.view.first_heard(self.session, *id));
        if first_heard.is_none() {
            self.check_room_for_one_more()?;
        }
        let (id, place) = found?;
        if first_heard.is_none() {
            self.check_may_enter(id, place, None)?;
        }
        if after > place.number {
            return Err(Refusal::BadNumber { room: place.name.clone(), last: place.number });
        }
        let last = first_heard.map_or(place.number, |first| first - 1);
        let (name, range) = (PageName::Room(place.name.clone()), PageRange::Missed(after));
        let mut decision = self.ask(Question::Page(PageQuestion { place: id, name, range, most: LONGEST_PAGE, last }));
        if first_heard.is_none() {
            self.enter(&mut decision, id, place);
        }
        Ok(decision)
    }

    /// What was written after a line and before the first that this session heard as it was written.
    pub(super) fn resume_messages(self, with: UserName, after: u64) -> Result<Decision, Refusal> {
        let (with, found) = self.own_pair(with)?;
        let last = found.map_or(0, |(_, pair)| pair.number);
        if after > last {
            return Err(Refusal::BadMessageNumber { with, last });
        }
        let Some((place, _)) = found else {
            return Ok(self.answer(Event::Past(PastEvent::Messages {
                with,
                lines: Vec::new(),
                end: PastEnd::LeftOut(None),
            })));
        };
        let last = self.view.first_heard_of_pair(self.session, place).map_or(last, |first| first - 1);
        let (name, range) = (PageName::Messages { with, own: self.user.name.clone() }, PageRange::Missed(after));
        Ok(self.ask(Question::Page(PageQuestion { place, name, range, most: LONGEST_PAGE, last })))
    }
}

/// Has an account told what it has missed, and where it is asked to come, which logs in with this session.
pub(in crate::hub) fn tell_missed(view: &View, decision: &mut Decision, session: SessionId, user: &UserEntry) {
    let Some(account) = &user.account else { return };
    let mut invitations: Vec<_> =
        user.invitations.iter().filter_map(|(id, by)| Some((view.places.get(*id)?, by))).collect();
    invitations.sort_by(|(a, _), (b, _)| a.name.cmp(&b.name));
    for (place, by) in invitations {
        decision.tell(session, Event::Invitation { room: place.name.clone(), by: by.clone() });
    }
    let own = PairEnd::Account(account.id);
    let read = |place: PlaceId| user.read.get(&place).copied();
    let missed = view.pairs.of_account(account.id).filter_map(|(place, pair)| {
        let after = read(place).unwrap_or(0);
        let with = view.name_at(pair.ends.other(&own)).filter(|_| after < pair.number)?;
        let name = PageName::Messages { with, own: user.name.clone() };
        Some(PageQuestion { place, name, range: PageRange::Unread(after), most: MISSED_OF_ONE, last: pair.number })
    });
    let mut pages: Vec<PageQuestion> = missed.collect();
    pages.sort_by(|a, b| a.name.cmp(&b.name));
    pages.iter_mut().skip(MISSED_OF).for_each(|page| page.most = 0);
    let rooms = user.places.keys().filter_map(|id| {
        let place = view.places.get(*id)?;
        let from = read(*id)? + 1;
        (from <= place.number).then(|| (place.name.clone(), (from, place.number)))
    });
    let mut rooms: Vec<_> = rooms.collect();
    rooms.sort();
    if !(pages.is_empty() && rooms.is_empty()) {
        decision.say(Output::Ask(session, Question::Missed(MissedQuestion { pages, rooms })));
    }
}
