//! A guest who shows that an account is his own: his connection is the account's from then on, and the guest is gone.

use super::Requester;
use crate::hub::change::{Change, Decision};
use crate::hub::people::UserEntry;
use crate::hub::session::SessionId;
use crate::hub::{Hub, Now};
use crate::protocol::event::{Departure, Event};
use crate::protocol::presence::{Deed, Doing};

/// What others hear of the guest at last.
const LAST_WORDS: &str = "Logged in to an account";

impl Hub {
    /// The guest of this session leaves his rooms and is gone; his client is told so, and what it is called from then on.
    pub(in crate::hub) fn hand_over(&self, decision: &mut Decision, session: SessionId, to: &UserEntry, now: Now) {
        let (view, limits) = (&self.view, &self.limits);
        let Some((id, user)) = view.user_of(session) else { return };
        let guest = Requester { view, limits, session, id, user, now };
        let deed = |what| Event::Deed(Box::new(Deed { who: user.source(), what, at: now.wall, is_watched: false }));
        for (_, place) in guest.rooms_by_name() {
            decision.tell(session, deed(Doing::Left(place.name.clone(), None)));
        }
        decision.tell(session, deed(Doing::Renamed(to.name.clone())));
        decision.change(Change::LoggedOut(session));
        guest.be_gone(decision, Departure::Quit, Some(LAST_WORDS));
    }
}
