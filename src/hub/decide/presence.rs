//! Accounts that come and go stay members of their rooms, where no line tells of it. Here is who has to hear of it, and that is
//! told at once for all who have come or gone since the last time.

use std::collections::{BTreeMap, BTreeSet};

use crate::hub::Hub;
use crate::hub::change::{Change, Decision};
use crate::hub::pair_ends::PairEnd;
use crate::hub::people::UserEntry;
use crate::hub::session::SessionId;
use crate::protocol::event::Event;
use crate::protocol::name::UserName;
use crate::protocol::presence::Note;

/// In larger rooms it is not told who comes and goes.
const LARGEST_ROOM: usize = 200;

/// Correspondents who are told at most.
const MOST_CORRESPONDENTS: usize = 200;

impl Hub {
    /// Tells who has come and who has gone.
    pub(in crate::hub) fn tell_presence(&self, decision: &mut Decision) {
        let mut unrest = self.view.unrest.iter().peekable();
        if unrest.peek().is_none() {
            return;
        }
        let mut told: BTreeMap<SessionId, (Vec<UserName>, Vec<UserName>)> = BTreeMap::new();
        for (id, was_here) in unrest {
            let Some(user) = self.view.people.get(id).filter(|user| user.is_here() != was_here) else { continue };
            for session in self.acquainted_with(user) {
                let (here, gone) = told.entry(session).or_default();
                if user.is_here() { here } else { gone }.push(user.name.clone());
            }
        }
        for (session, (here, gone)) in told {
            decision.tell(session, Event::Note(Box::new(Note::Presence { here, gone })));
        }
        decision.change(Change::PresenceTold);
    }

    /// The sessions of others who share a room with an account, or write with it.
    fn acquainted_with(&self, user: &UserEntry) -> BTreeSet<SessionId> {
        let places = user.places.keys().filter_map(|place| self.view.places.get(*place));
        let small = places.filter(|place| place.members.len() <= LARGEST_ROOM);
        let mut sessions: BTreeSet<SessionId> = small.flat_map(|place| place.audience.iter().copied()).collect();
        if let Some(account) = &user.account {
            let own = PairEnd::Account(account.id);
            let pairs = self.view.pairs.of_account(account.id).take(MOST_CORRESPONDENTS);
            let others = pairs.filter_map(|(_, pair)| self.view.user_at(pair.ends.other(&own)));
            sessions.extend(others.flat_map(|(_, other)| other.sessions.iter().copied()));
        }
        sessions.retain(|session| !user.sessions.contains(session));
        sessions
    }
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, SystemTime};

    use super::*;
    use crate::hub::{Limits, Now, Output, Outputs, PasswordHash, SessionOrigin, Verdict};
    use crate::protocol::command::Command;
    use crate::protocol::password::Password;
    use crate::protocol::token::Epoch;

    const NOW: Now = Now { monotonic: Duration::ZERO, wall: SystemTime::UNIX_EPOCH };

    fn come(hub: &mut Hub, name: &str) -> SessionId {
        let (session, _) = hub.connect(SessionOrigin::Local, "text", NOW);
        let _ = hub.log_in(session, Ok(UserName::new(name).unwrap()));
        session
    }

    fn type_line(hub: &mut Hub, session: SessionId, line: &str) {
        let _ = hub.carry_out(session, Command::parse(line).unwrap().unwrap(), NOW);
    }

    /// An account that is in the room.
    fn account(hub: &mut Hub, name: &str) -> SessionId {
        let session = come(hub, name);
        type_line(hub, session, "register hunter22");
        let _ = hub.conclude(session, Verdict::Hashed(PasswordHash::new("$hash$")), NOW);
        type_line(hub, session, "create room lobby");
        type_line(hub, session, "join room lobby");
        session
    }

    fn come_back(hub: &mut Hub, name: &str) -> SessionId {
        let session = come(hub, name);
        let _ = hub.say_password(session, Ok(Password::new("hunter22").unwrap()));
        let _ = hub.conclude(session, Verdict::Right, NOW);
        session
    }

    fn go(hub: &mut Hub, session: SessionId) {
        let _ = hub.depart(session, crate::protocol::event::Departure::Quit, NOW);
    }

    fn told(outputs: Outputs) -> usize {
        outputs.into_iter().filter(|output| matches!(output, Output::Tell(..))).count()
    }

    #[test]
    fn who_comes_and_goes_between_two_calls_is_told_as_it_is_then() {
        let mut hub = Hub::new(Limits::default(), Epoch::new(1));
        let (bob, carol) = (account(&mut hub, "bob"), account(&mut hub, "carol"));
        assert_eq!(told(hub.expire(NOW)), 0, "whoever made an account was here before");
        let alice = come(&mut hub, "alice");
        type_line(&mut hub, alice, "join room lobby");
        go(&mut hub, bob);
        let bob = come_back(&mut hub, "bob");
        assert_eq!(told(hub.expire(NOW)), 0);
        go(&mut hub, bob);
        go(&mut hub, carol);
        let names = ["bob", "carol"].map(|name| UserName::new(name).unwrap()).to_vec();
        let note = Note::Presence { here: Vec::new(), gone: names };
        let outputs: Vec<Output> = hub.expire(NOW).into_iter().collect();
        assert_eq!(outputs, [Output::Tell(alice.into(), Event::Note(Box::new(note)))], "both in one");
        assert_eq!(told(hub.expire(NOW)), 0, "once");
    }

    #[test]
    fn in_a_large_room_it_is_not_told() {
        for (members, hearers) in [(LARGEST_ROOM, LARGEST_ROOM - 1), (LARGEST_ROOM + 1, 0)] {
            let mut hub = Hub::new(Limits::default(), Epoch::new(1));
            let bob = account(&mut hub, "bob");
            for number in 1..members {
                let session = come(&mut hub, &format!("u{number}"));
                type_line(&mut hub, session, "join room lobby");
            }
            go(&mut hub, bob);
            assert_eq!(told(hub.expire(NOW)), hearers);
        }
    }
}
