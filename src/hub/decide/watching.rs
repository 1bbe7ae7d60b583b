//! What a session asks to hear of others, and what it is told at once.

use super::Requester;
use crate::hub::change::{Change, Decision};
use crate::hub::watches::MOST_WATCHED;
use crate::protocol::act::Watch;
use crate::protocol::event::Event;
use crate::protocol::name::UserName;
use crate::protocol::presence::Note;

impl Requester<'_> {
    pub(super) fn watch(self, watch: Watch) -> Decision {
        match watch {
            Watch::Add(names) => self.watch_more(names),
            Watch::Remove(names) => {
                let mut decision = self.decision();
                decision.change(Change::Watches { session: self.session, names, on: false });
                decision
            }
            Watch::Clear => {
                let mut decision = self.decision();
                decision.change(Change::WatchesNobody(self.session));
                decision
            }
            Watch::List => self.note(Note::Watched(self.watched())),
            Watch::Look => self.note(Note::Looked(self.watched())),
        }
    }

    /// Each name is watched as long as there is room for one more.
    fn watch_more(self, names: Vec<UserName>) -> Decision {
        let known = self.watched();
        let (mut new, mut told, mut refused) = (Vec::new(), Vec::new(), Vec::new());
        for name in names {
            if known.contains(&name) || new.contains(&name) {
                told.push(name);
            } else if known.len() + new.len() < MOST_WATCHED {
                told.push(name.clone());
                new.push(name);
            } else {
                refused.push(name);
            }
        }
        let mut decision = self.decision();
        if !told.is_empty() {
            decision.tell(self.session, Event::Note(Box::new(Note::Looked(told))));
        }
        if !refused.is_empty() {
            decision.tell(self.session, Event::Note(Box::new(Note::NotWatched(refused))));
        }
        decision.change(Change::Watches { session: self.session, names: new, on: true });
        decision
    }

    fn watched(self) -> Vec<UserName> {
        self.view.watches.of(self.session).cloned().collect()
    }
}
