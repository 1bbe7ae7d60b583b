//! What was said before, for clients that ask for it by moments, or that are told it when they come in.

use std::time::SystemTime;

use super::Requester;
use crate::hub::Limits;
use crate::hub::change::{Change, Decision};
use crate::hub::outputs::Output;
use crate::hub::pair_ends::PairEnd;
use crate::hub::people::UserEntry;
use crate::hub::place::Place;
use crate::hub::question::{MissedQuestion, PageName, PageQuestion, PageRange, Question};
use crate::hub::record::PlaceId;
use crate::hub::session::SessionId;
use crate::hub::view::View;
use crate::protocol::event::Event;
use crate::protocol::name::UserName;
use crate::protocol::presence::Note;
use crate::protocol::recall::{MessageMoment, RecallReason, RecallSpan, SpanEnd};
use crate::protocol::recall_request::{NamedMoment, RecallRequest, RecalledPlace, RequestedEnd};
use crate::protocol::refusal::Refusal;

/// Places of which one user is known to have read something.
const MOST_MARKERS: usize = 1000;

impl Requester<'_> {
    /// Messages of a place, or where there are some.
    pub(super) fn recall(self, request: &RecallRequest) -> Decision {
        let not_recalled = || self.note(Note::NotRecalled { asked_as: request.asked_as, place: request.place.clone() });
        let Some(span) = self.span(request) else { return not_recalled() };
        let question = match &request.place {
            Some(place) => self.recalled(place, span, request.most).map(Question::Page),
            None => Some(Question::Missed(MissedQuestion { pages: self.everywhere(span), rooms: Vec::new() })),
        };
        question.map_or_else(not_recalled, |question| self.ask(question))
    }

    /// The span of a request; `None` if it names a message of another server.
    fn span(self, request: &RecallRequest) -> Option<RecallSpan> {
        let epoch = self.view.epoch.to_string();
        let moment = |named: &NamedMoment| match named {
            NamedMoment::Time(at) => Some(MessageMoment::Time(*at)),
            NamedMoment::Message { epoch: of, id } => (**of == *epoch).then_some(MessageMoment::Message(*id)),
        };
        let bound = |named: &Option<NamedMoment>| match named {
            Some(named) => moment(named).map(Some),
            None => Some(None),
        };
        let end = match &request.end {
            RequestedEnd::Latest => SpanEnd::Latest,
            RequestedEnd::Earliest => SpanEnd::Earliest,
            RequestedEnd::Around(named) => SpanEnd::Around(moment(named)?),
        };
        let why = if request.place.is_some() { RecallReason::Asked } else { RecallReason::Places };
        let with_events = request.with_events && request.place.is_some();
        Some(RecallSpan { after: bound(&request.after)?, before: bound(&request.before)?, end, why, with_events })
    }

    fn recalled(self, place: &RecalledPlace, span: RecallSpan, most: usize) -> Option<PageQuestion> {
        let range = PageRange::Of(span);
        match place {
            RecalledPlace::Room(room) => {
                let (id, place) = self.own_room(room.clone()).ok()?;
                Some(PageQuestion {
                    place: id,
                    name: PageName::Room(place.name.clone()),
                    range,
                    most,
                    last: place.number,
                })
            }
            RecalledPlace::With(other) => {
                let pairs = self.pairs();
                let (name, id, last) = pairs.into_iter().find(|(name, ..)| name == other)?;
                let name = PageName::Messages { with: name, own: self.user.name.clone() };
                Some(PageQuestion { place: id, name, range, most, last })
            }
        }
    }

    /// The last message of each place.
    fn everywhere(self, span: RecallSpan) -> Vec<PageQuestion> {
        let range = PageRange::Of(RecallSpan { end: SpanEnd::Latest, ..span });
        let rooms = self.rooms_by_name().into_iter().map(|(id, place)| PageQuestion {
            place: id,
            name: PageName::Room(place.name.clone()),
            range,
            most: 1,
            last: place.number,
        });
        let pairs = self.pairs().into_iter().map(|(with, id, last)| {
            let name = PageName::Messages { with, own: self.user.name.clone() };
            PageQuestion { place: id, name, range, most: 1, last }
        });
        rooms.chain(pairs).collect()
    }

    /// Those with whom the caller has messages, where these are and the number of the last one.
    fn pairs(self) -> Vec<(UserName, PlaceId, u64)> {
        let Some(account) = &self.user.account else { return Vec::new() };
        let own = PairEnd::Account(account.id);
        let pairs = self.view.pairs.of_account(account.id);
        pairs.filter_map(|(id, pair)| Some((self.view.name_at(pair.ends.other(&own))?, id, pair.number))).collect()
    }

    /// Notes up to when a place is read, and tells all clients of the caller; one that is behind is told what holds.
    pub(super) fn mark_read(self, place: RecalledPlace, to: Option<SystemTime>) -> Result<Decision, Refusal> {
        let place = match place {
            RecalledPlace::Room(room) if to.is_some() => RecalledPlace::Room(self.own_room(room)?.1.name.clone()),
            asked => asked,
        };
        let known = self.user.markers.get(&place).copied();
        let is_new = known.is_some() || self.user.markers.len() < MOST_MARKERS;
        let Some(to) = to.filter(|to| is_new && known.is_none_or(|known| *to > known)) else {
            return Ok(self.note(Note::ReadTo(place, known)));
        };
        let mut decision = self.decision();
        decision.change(Change::ReadTo { user: self.id, place: place.clone(), to });
        for session in self.attentive_of(&self.user.sessions) {
            decision.tell(session, Event::Note(Box::new(Note::ReadTo(place.clone(), Some(to)))));
        }
        Ok(decision)
    }

    /// Has the caller told what was said in a room that he enters.
    pub(super) fn tell_past(self, decision: &mut Decision, id: PlaceId, place: &Place) {
        for session in self.attentive_of(&self.user.sessions) {
            ask_past(decision, session, (id, place), self.limits);
        }
    }
}

/// Has a session told what was said in the rooms of its user, which it comes back to.
pub(in crate::hub) fn tell_past_of_rooms(
    view: &View,
    decision: &mut Decision,
    session: SessionId,
    (user, limits): (&UserEntry, &Limits),
) {
    for id in user.places.keys() {
        if let Some(place) = view.places.get(*id) {
            ask_past(decision, session, (*id, place), limits);
        }
    }
}

fn ask_past(decision: &mut Decision, session: SessionId, (id, place): (PlaceId, &Place), limits: &Limits) {
    if place.number == 0 || limits.replay == 0 {
        return;
    }
    let (end, why) = (SpanEnd::Latest, RecallReason::Entered);
    let range = PageRange::Of(RecallSpan { after: None, before: None, end, why, with_events: false });
    let name = PageName::Room(place.name.clone());
    let question = PageQuestion { place: id, name, range, most: limits.replay, last: place.number };
    decision.say(Output::Ask(session, Question::Page(question)));
}
