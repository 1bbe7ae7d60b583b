//! The only code that changes what the hub knows. It refuses nothing and never panics: a change that names what is
//! not there changes nothing.

mod messages;
mod places;
mod records;
mod sessions;

use super::change::{Change, Decision, DecisionStep};
use super::outputs::Outputs;
use super::record::Past;
use super::{Hub, Limits};
use crate::protocol::token::Epoch;

impl Hub {
    /// Makes true what was decided, and returns what to do about it, in order.
    pub fn apply(&mut self, decision: Decision) -> Outputs {
        self.changing = true;
        let mut outputs = Outputs::with_room_for(decision.steps.len());
        for step in decision.steps {
            match step {
                DecisionStep::Say(output) => outputs.push(output),
                DecisionStep::Change(change) => self.make_true(change, &mut outputs),
            }
        }
        self.changing = false;
        outputs
    }

    /// A chat with the rooms, histories and numbers of an earlier one, which had this epoch. Nobody is there.
    #[must_use]
    pub fn restore(limits: Limits, epoch: Epoch, past: &Past) -> Self {
        let mut hub = Self::new(limits, epoch);
        past.records.iter().for_each(|record| hub.view.remember(record));
        hub.view.last_message = hub.view.last_message.max(past.last_message);
        hub.view.places.skip_to(past.last_place);
        hub.view.people.skip_account(past.last_account);
        hub.view.places.reset_the_empty();
        hub.view.rank_as_kept();
        past.waiting.iter().for_each(|(account, messages)| hub.view.people.set_waiting(*account, *messages));
        hub
    }

    fn make_true(&mut self, change: Change, outputs: &mut Outputs) {
        let view = &mut self.view;
        match change {
            Change::Connected { session, origin, door, until } => {
                view.sessions.open_next(origin, door);
                self.awaiting_name.push(until, session, &view.sessions);
            }
            Change::NameRefused(session) => view.ask_again(session, 1),
            Change::NameWanted(session) => view.ask_again(session, 0),
            Change::PasswordAwaited { session, user } => view.await_password(session, user),
            Change::Checking { session, purpose } => _ = view.purposes.insert(session, purpose),
            Change::Checked(session) => _ = view.purposes.remove(&session),
            Change::ReadTo { user, place, to } => {
                view.people.change(user, |reader| _ = reader.markers.insert(place, to));
            }
            Change::Authenticated { session, user } => _ = view.authenticated.insert(session, user),
            Change::Arrived { user, name } => view.people.add(user, name),
            Change::LoggedOut(session) => view.log_out(session, outputs),
            Change::LoggedIn { session, user } => view.log_in(session, user, outputs),
            Change::TokenGiven { session, token } => view.tokens.give(session, token),
            Change::NumbersSet { session, on } => view.set_numbers(session, on),
            Change::Ended(session) => view.end(session, outputs),
            Change::Gone(user) => {
                view.people.remember(user, view.latest);
                view.people.remove(user);
            }
            Change::Renamed { user, to } => view.rename(user, to, outputs),
            Change::Entered { place, user, by } => view.enter((place, user), by, outputs),
            Change::Exited { place, user } => view.exit(place, user, outputs),
            Change::Owned { place, owner } => view.let_decide(place, owner, outputs),
            Change::TakenFromAll(place) => {
                view.places.take_from_all(place);
                view.settle(place, outputs);
            }
            Change::Invited { place, user, by } => view.invite(place, user, by),
            Change::Uninvited { place, user } => view.uninvite(place, user, outputs),
            Change::InvitationsSet { user, ask } => view.people.change(user, |asked| asked.is_asked = ask),
            Change::Messaged { to, from, text, mark } => view.give_message(to, (from, text), mark, outputs),
            Change::Described { user, profile } => {
                view.people.change(user, |described| described.profile = Some(profile));
            }
            Change::Spoke(user, at) => view.people.change(user, |speaker| {
                speaker.profile.iter_mut().for_each(|profile| profile.spoke = at);
            }),
            Change::Attentive(session) => view.attentive.insert(session),
            Change::Watches { session, names, on: true } => {
                names.into_iter().for_each(|name| view.watches.add(session, name));
            }
            Change::Watches { session, names, on: false } => {
                names.iter().for_each(|name| view.watches.remove(session, name));
            }
            Change::WatchesNobody(session) => view.watches.clear(session),
            Change::Ranked { place, ranks } => view.rank(place, ranks, outputs),
            Change::Counted(mark) => view.count(mark),
            Change::FileGiven { to, by, file, mark } => view.give_file((&to, by), &file, mark, outputs),
            Change::PresenceTold => view.unrest.clear(),
            Change::Kept(record) => view.keep(record, outputs),
            Change::Stopped => view.stop(),
        }
    }
}
