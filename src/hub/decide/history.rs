//! The past of a room, which is asked of the store.

use std::num::NonZeroUsize;

use super::Requester;
use crate::hub::Hub;
use crate::hub::change::Decision;
use crate::hub::outputs::Output;
use crate::hub::question::{Found, Page, PageQuestion, Question};
use crate::hub::session::SessionId;
use crate::protocol::command::HistoryRange;
use crate::protocol::event::{Event, PastLine};
use crate::protocol::name::RoomName;
use crate::protocol::refusal::Refusal;

/// Lines of a page, unless more or fewer are asked for.
const USUAL_PAGE: usize = 20;

/// Lines of the longest page.
const LONGEST_PAGE: usize = 1000;

impl Hub {
    /// What comes of what was found out; nothing, if the session is gone.
    pub(in crate::hub) fn decide_found(&self, id: SessionId, found: Found) -> Decision {
        let mut decision = Decision::new(&self.view, self.view.latest);
        if self.is_logged_in(id) {
            match found {
                Found::Page(page) => decision.tell(id, told(page)),
            }
        }
        decision
    }
}

impl Requester<'_> {
    pub(super) fn history(
        self,
        room: RoomName,
        range: HistoryRange,
        most: Option<NonZeroUsize>,
    ) -> Result<Decision, Refusal> {
        let (id, place) = self.own_room(room)?;
        let most = most.map_or(USUAL_PAGE, NonZeroUsize::get).min(LONGEST_PAGE);
        let question = PageQuestion { place: id, room: place.name.clone(), range, most, last: place.number };
        let mut decision = self.decision();
        decision.say(Output::Ask(self.session, Question::Page(question)));
        Ok(decision)
    }
}

fn told(page: Page) -> Event {
    let Page { of, lines, first } = page;
    let lines = lines.iter().map(|line| PastLine { number: line.number, at: line.mark.at, what: line.what.clone() });
    Event::History { room: of.room, lines: lines.collect(), kept: first.map(|first| (first, of.last)) }
}
