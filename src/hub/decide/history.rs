//! The past of rooms, which is asked of the store: pages and searches. What somebody has missed is in `missed`.

use std::num::NonZeroUsize;

use super::Requester;
use crate::hub::change::Decision;
use crate::hub::outputs::Output;
use crate::hub::place::Place;
use crate::hub::question::{PageName, PageQuestion, PageRange, Question, SearchQuestion, SearchedPlace};
use crate::hub::record::PlaceId;
use crate::protocol::command::{HistoryRange, SearchOptions, SearchedRoom};
use crate::protocol::name::RoomName;
use crate::protocol::refusal::Refusal;
use crate::text::words::Words;

/// Lines of a page, unless more or fewer are asked for.
pub(super) const USUAL_PAGE: usize = 20;

/// Lines of the longest page.
pub(super) const LONGEST_PAGE: usize = 1000;

/// Lines that a search finds, unless more or fewer are asked for.
const USUAL_HITS: usize = 20;

/// Lines that a search finds at most.
const MOST_HITS: usize = 200;

impl Requester<'_> {
    pub(super) fn history(
        self,
        room: RoomName,
        range: HistoryRange,
        most: Option<NonZeroUsize>,
    ) -> Result<Decision, Refusal> {
        let (id, place) = self.own_room(room)?;
        let most = most.map_or(USUAL_PAGE, NonZeroUsize::get).min(LONGEST_PAGE);
        let (name, range) = (PageName::Room(place.name.clone()), page_range(range));
        let question = PageQuestion { place: id, name, range, most, last: place.number };
        Ok(self.ask(Question::Page(question)))
    }

    pub(super) fn search(
        self,
        within: Option<SearchedRoom>,
        words: Words,
        options: SearchOptions,
    ) -> Result<Decision, Refusal> {
        let searched = |id: PlaceId, place: &Place, last: u64| SearchedPlace { id, room: place.name.clone(), last };
        let places = match within {
            Some(SearchedRoom { room, before }) => {
                let (id, place) = self.own_room(room)?;
                let last = before.map_or(place.number, |before| place.number.min(before.saturating_sub(1)));
                vec![searched(id, place, last)]
            }
            None => self.rooms_by_name().iter().map(|(id, place)| searched(*id, place, place.number)).collect(),
        };
        let SearchOptions { from, before, most } = options;
        let most = most.map_or(USUAL_HITS, NonZeroUsize::get).min(MOST_HITS);
        let before = before.unwrap_or(u64::MAX);
        Ok(self.ask(Question::Search(SearchQuestion { places, words, from, before, most })))
    }

    pub(super) fn ask(self, question: Question) -> Decision {
        let mut decision = self.decision();
        decision.say(Output::Ask(self.session, question));
        decision
    }
}

/// The lines of a place that a command asks for.
pub(super) fn page_range(range: HistoryRange) -> PageRange {
    match range {
        HistoryRange::Latest => PageRange::Latest,
        HistoryRange::Before(number) => PageRange::Before(number),
        HistoryRange::After(number) => PageRange::After(number),
    }
}
