//! The past of a room, which is asked of the store.

use std::num::NonZeroUsize;

use super::Requester;
use crate::hub::change::Decision;
use crate::hub::outputs::Output;
use crate::hub::question::{PageQuestion, Question};
use crate::protocol::command::HistoryRange;
use crate::protocol::name::RoomName;
use crate::protocol::refusal::Refusal;

/// Lines of a page, unless more or fewer are asked for.
const USUAL_PAGE: usize = 20;

/// Lines of the longest page.
const LONGEST_PAGE: usize = 1000;

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
