//! The only code that changes what the hub knows. It refuses nothing and never panics: a change that names what is
//! not there changes nothing.

use std::collections::btree_map::Entry;
use std::sync::Arc;

use super::account::AccountId;
use super::audience::{Audience, hearers, hearers_of_all};
use super::change::{Change, Decision, Step};
use super::outputs::{Output, Outputs};
use super::people::UserEntry;
use super::record::{Line, Past, PlaceId, Record};
use super::room_settings::RoomSetting;
use super::session::{Session, SessionId};
use super::tokens::Tokens;
use super::user_id::UserId;
use super::view::View;
use super::watches::Watches;
use super::{Hub, Limits};
use crate::protocol::event::{Event, Mark, RoomEvent};
use crate::protocol::file::FileInfo;
use crate::protocol::name::UserName;
use crate::protocol::presence::Note;
use crate::protocol::token::Epoch;

impl Hub {
    /// Makes true what was decided, and returns what to do about it, in order.
    pub fn apply(&mut self, decision: Decision) -> Outputs {
        self.changing = true;
        let mut outputs = Outputs::with_room_for(decision.steps.len());
        for step in decision.steps {
            match step {
                Step::Say(output) => outputs.push(output),
                Step::Change(change) => self.make_true(change, &mut outputs),
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
            Change::NameRefused(session) => {
                if let Some(refused) = view.sessions.refused(session) {
                    view.ask_again(session, refused + 1);
                }
            }
            Change::NameWanted(session) => {
                if let Some(refused) = view.sessions.refused(session) {
                    view.ask_again(session, refused);
                }
            }
            Change::PasswordAwaited { session, user } => view.await_password(session, user),
            Change::Checking { session, purpose } => {
                view.purposes.insert(session, purpose);
            }
            Change::Checked(session) => {
                view.purposes.remove(&session);
            }
            Change::ReadTo { user, place, to } => {
                if let Some(reader) = view.people.get_mut(user) {
                    reader.markers.insert(place, to);
                }
            }
            Change::Authenticated { session, user } => {
                view.authenticated.insert(session, user);
            }
            Change::Arrived { user, name } => view.people.add(user, name),
            Change::LoggedOut(session) => view.log_out(session, outputs),
            Change::LoggedIn { session, user } => view.log_in(session, user, outputs),
            Change::TokenGiven { session, token } => view.tokens.give(session, token),
            Change::NumbersSet { session, on } => {
                if let Some(Session::Chatting { numbered, .. }) = view.sessions.get_mut(session) {
                    *numbered = on;
                }
            }
            Change::Ended(session) => view.end(session, outputs),
            Change::Gone(user) => {
                view.people.remember(user, view.latest);
                view.people.remove(user);
            }
            Change::Renamed { user, to } => view.rename(user, to, outputs),
            Change::Entered { place, user, by } => view.enter((place, user), by, outputs),
            Change::Exited { place, user } => view.exit(place, user, outputs),
            Change::Owned { place, owner } => {
                let before = view.places.get(place).and_then(|place| place.owner);
                view.places.own(place, owner);
                view.settle(place, outputs);
                before.into_iter().for_each(|before| view.settle_rank(place, before, outputs));
            }
            Change::TakenFromAll(place) => {
                view.places.take_from_all(place);
                view.settle(place, outputs);
            }
            Change::Invited { place, user, by } => view.invite(place, user, by),
            Change::Uninvited { place, user } => view.uninvite(place, user, outputs),
            Change::InvitationsSet { user, ask } => {
                if let Some(asked) = view.people.get_mut(user) {
                    asked.is_asked = ask;
                }
            }
            Change::Messaged { to, from, text, mark } => {
                view.count(mark);
                let users = to.into_iter().filter_map(|user| view.people.get(user));
                if let Some(audience) = hearers_of_all(users) {
                    outputs.tell(audience, Event::Message { from, text, number: None, mark });
                }
            }
            Change::Described { user, profile } => {
                if let Some(described) = view.people.get_mut(user) {
                    described.profile = Some(profile);
                }
            }
            Change::Spoke(user, at) => {
                if let Some(profile) = view.people.get_mut(user).and_then(|user| user.profile.as_mut()) {
                    profile.spoke = at;
                }
            }
            Change::Attentive(session) => {
                view.attentive.insert(session);
            }
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

impl View {
    /// The session has no name: it gives one from the beginning.
    fn ask_again(&mut self, session: SessionId, refused: u8) {
        if let Some(state) = self.sessions.get_mut(session) {
            *state = Session::AwaitingName { refused };
        }
    }

    fn await_password(&mut self, session: SessionId, user: UserId) {
        let refused = self.sessions.refused(session);
        if let (Some(refused), Some(state)) = (refused, self.sessions.get_mut(session)) {
            *state = Session::AwaitingPassword { refused, user };
        }
    }

    fn enter(&mut self, (place, user): (PlaceId, UserId), by: UserId, outputs: &mut Outputs) {
        let Some(entering) = self.people.get_mut(user) else { return };
        let number = self.places.get(place).map_or(0, |place| place.number);
        entering.places.insert(place, number + 1);
        if by != user {
            entering.put_into.insert(place, by);
        }
        self.places.enter(place, user, &entering.sessions);
        if let Some(account) = &entering.account {
            let record = Record::Member { place, account: account.id, read: number };
            self.keep(record, outputs);
        }
        self.uninvite(place, user, outputs);
    }

    fn exit(&mut self, place: PlaceId, user: UserId, outputs: &mut Outputs) {
        let Some(leaving) = self.people.get_mut(user) else { return };
        leaving.places.remove(&place);
        leaving.put_into.remove(&place);
        leaving.read.remove(&place);
        self.places.exit(place, user, &leaving.sessions);
        if let Some(account) = &leaving.account {
            self.places.forget_rank(place, account.id);
            outputs.push(Output::Keep(Record::NotMember { place, account: account.id }));
        }
        self.settle(place, outputs);
    }

    /// A user may enter a place because somebody asks.
    fn invite(&mut self, place: PlaceId, user: UserId, by: UserName) {
        if let Some(invited) = self.people.get_mut(user) {
            // Those to places that are gone make room.
            invited.invitations.retain(|place, _| self.places.get(*place).is_some());
            invited.invitations.insert(place, by);
        }
    }

    fn uninvite(&mut self, place: PlaceId, user: UserId, outputs: &mut Outputs) {
        let Some(invited) = self.people.get_mut(user) else { return };
        if invited.invitations.remove(&place).is_some()
            && let Some(account) = &invited.account
        {
            outputs.push(Output::Keep(Record::NotInvited { place, account: account.id }));
        }
    }

    fn log_in(&mut self, session: SessionId, user: UserId, outputs: &mut Outputs) {
        let door = self.sessions.door(session);
        let (Some(state), Some(owner)) = (self.sessions.get_mut(session), self.people.get_mut(user)) else { return };
        self.authenticated.remove(&session);
        if owner.sessions.is_empty() {
            owner.door = door;
        }
        owner.sessions.push(session);
        owner.waiting = 0;
        let mut heard_from = self.places.tune_in(session, &owner.places);
        if let Some(account) = &owner.account {
            heard_from.extend(self.pairs.of_account(account.id).map(|(place, pair)| (place, pair.number + 1)));
        }
        *state = Session::Chatting { user, heard_from, numbered: false };
        if owner.sessions.len() == 1 {
            if owner.account.is_some() {
                self.unrest.note(user, false);
            }
            self.tell_watchers(user, true, outputs);
        }
    }

    /// Tells those who watch a user that he is here, or that he is not any more.
    fn tell_watchers(&self, user: UserId, is_here: bool, outputs: &mut Outputs) {
        let Some(user) = self.people.get(user) else { return };
        let watchers = self.watches.watchers(&user.name);
        if !watchers.is_empty() {
            let note = Event::Note(Box::new(Note::Seen { who: user.source(), is_here }));
            outputs.tell(Audience::Many(Arc::new(watchers)), note);
        }
    }

    fn end(&mut self, session: SessionId, outputs: &mut Outputs) {
        self.tokens.take(session);
        self.purposes.remove(&session);
        self.authenticated.remove(&session);
        self.attentive.remove(session);
        self.watches.clear(session);
        if let Some(Session::Chatting { user, .. }) = self.sessions.remove(session) {
            self.hang_up(session, user, outputs);
        }
    }

    fn log_out(&mut self, session: SessionId, outputs: &mut Outputs) {
        if let Some(state @ Session::Chatting { .. }) = self.sessions.get_mut(session)
            && let Session::Chatting { user, .. } = std::mem::replace(state, Session::AwaitingName { refused: 0 })
        {
            self.hang_up(session, user, outputs);
        }
    }

    /// The session is not this user's any more.
    fn hang_up(&mut self, session: SessionId, user: UserId, outputs: &mut Outputs) {
        let Some(owner) = self.people.get_mut(user) else { return };
        owner.sessions.retain(|one| *one != session);
        self.places.hang_up(session, &owner.places);
        if owner.sessions.is_empty() {
            if owner.account.is_some() {
                self.unrest.note(user, true);
            }
            self.tell_watchers(user, false, outputs);
            self.forget_profile(user);
        }
    }

    /// What was known of an account's user by its last session is not true of the next one. A guest goes as a whole.
    fn forget_profile(&mut self, user: UserId) {
        if self.people.get(user).is_some_and(|user| user.account.is_some() && user.profile.is_some()) {
            self.people.remember(user, self.latest);
            if let Some(user) = self.people.get_mut(user) {
                user.profile = None;
            }
        }
    }

    fn rename(&mut self, user: UserId, to: UserName, outputs: &mut Outputs) {
        let is_another = self.people.get(user).is_some_and(|user| user.name != to);
        if is_another {
            self.people.remember(user, self.latest);
            self.tell_watchers(user, false, outputs);
        }
        self.people.rename(user, to.clone());
        if is_another {
            self.tell_watchers(user, true, outputs);
        }
        if let Some(audience) = self.people.get(user).and_then(hearers) {
            outputs.tell(audience, Event::Renamed(to));
        }
    }

    /// The recipients hear of the file, and the sender of each of them.
    fn give_file(&mut self, (to, by): (&[UserId], UserId), file: &Arc<FileInfo>, mark: Mark, outputs: &mut Outputs) {
        self.count(mark);
        let Some(sender) = self.people.get(by) else { return };
        let recipients = || to.iter().filter_map(|user| self.people.get(*user));
        if let Some(audience) = hearers_of_all(recipients()) {
            outputs.tell(audience, Event::File { from: sender.name.clone(), file: Arc::clone(file), mark });
        }
        for recipient in recipients().filter(|recipient| recipient.name != sender.name) {
            if let Some(audience) = hearers(sender) {
                let (to, from, file) = (recipient.name.clone(), sender.name.clone(), Arc::clone(file));
                outputs.tell(audience, Event::FileSent { to, from, file, mark });
            }
        }
    }

    /// What must survive is handed out before anybody is told of it.
    pub(super) fn keep(&mut self, record: Record, outputs: &mut Outputs) {
        let concerned = self.places_of_account(&record);
        self.remember(&record);
        let joined = match &record {
            Record::Member { place, account, read: _ } => Some((*place, *account)),
            _ => None,
        };
        outputs.push(Output::Keep(record.clone()));
        if let Record::Line(line) = record {
            self.tell_place(&line, outputs);
        }
        concerned.into_iter().for_each(|place| self.settle(place, outputs));
        if let Some((place, account)) = joined
            && let Some(member) = self.people.of_account(account)
        {
            self.settle_rank(place, member, outputs);
        }
    }

    /// Where the fact can change whether the owner is an account.
    fn places_of_account(&self, record: &Record) -> Vec<PlaceId> {
        match record {
            Record::Member { place, .. } => vec![*place],
            Record::AccountGone(account) => {
                let user = self.people.of_account(*account).and_then(|user| self.people.get(user));
                user.into_iter().flat_map(|user| user.places.keys().copied()).collect()
            }
            _ => Vec::new(),
        }
    }

    /// The same for what happens and for what happened before a restart.
    fn remember(&mut self, record: &Record) {
        match record {
            Record::Line(line) => {
                self.count(line.mark);
                if self.places.count(line).is_none() {
                    self.pairs.count(line);
                }
            }
            Record::Place { place, name, number } => self.places.open(*place, name, *number),
            Record::Setting { place: PlaceId::SERVER, setting } => self.set_server(setting),
            Record::Setting { place, setting } => {
                self.places.set(*place, setting.clone());
                if let RoomSetting::Owner(Some(account)) = setting {
                    self.let_own(*place, *account);
                }
            }
            Record::Pair { place, ends, number } => {
                self.places.skip_to(*place);
                self.pairs.open(*place, ends, *number);
            }
            Record::PlaceGone(place) => {
                if let Some(pair) = self.pairs.forget(*place) {
                    for account in pair.ends.accounts() {
                        if let Some(user) = self.people.of_account(account).and_then(|user| self.people.get_mut(user)) {
                            user.read.remove(place);
                        }
                    }
                }
                self.places.forget(*place);
            }
            Record::File(_) | Record::FileGone(_) => {}
            Record::Account(account) => self.people.set_account(account),
            Record::Token { hash, account, used } => self.account_tokens.keep(*hash, *account, *used),
            Record::TokenGone(hash) => self.account_tokens.forget(hash),
            Record::TokensGone(account) => self.forget_tokens(*account),
            Record::AccountGone(account) => {
                self.forget_tokens(*account);
                if let Some(user) = self.people.of_account(*account).and_then(|user| self.people.get(user)) {
                    user.places.keys().for_each(|place| self.places.forget_rank(*place, *account));
                }
                // Who is here goes on as a guest.
                if let Some(id) = self.people.forget_account(*account)
                    && let Some(user) = self.people.get(id).filter(|user| !user.is_here())
                {
                    user.places.keys().for_each(|place| self.places.exit(*place, id, &[]));
                    self.people.remove(id);
                }
            }
            Record::Member { place, account, read } => self.remember_member(*place, *account, *read),
            Record::NotMember { place, account } => {
                if let Some(user) = self.people.of_account(*account)
                    && let Some(leaving) = self.people.get_mut(user)
                {
                    leaving.places.remove(place);
                    leaving.read.remove(place);
                    self.places.exit(*place, user, &leaving.sessions);
                    self.places.forget_rank(*place, *account);
                }
            }
            Record::Invited { place, account, by, at: _ } => {
                if let Some(user) = self.people.of_account(*account) {
                    self.invite(*place, user, by.clone());
                }
            }
            Record::NotInvited { place, account } => {
                if let Some(invited) = self.people.of_account(*account).and_then(|user| self.people.get_mut(user)) {
                    invited.invitations.remove(place);
                }
            }
        }
    }

    /// No token that an account has is valid any more, not even one of a session that goes on.
    fn forget_tokens(&mut self, account: AccountId) {
        self.account_tokens.forget_all(account);
        let user = self.people.of_account(account).and_then(|user| self.people.get(user));
        for session in user.into_iter().flat_map(|user| &user.sessions) {
            self.tokens.take(*session);
        }
    }

    /// An account decides about a place from now on, if it is a member.
    fn let_own(&mut self, place: PlaceId, account: AccountId) {
        if let Some(user) = self.people.of_account(account)
            && self.places.get(place).is_some_and(|place| place.members.contains(&user))
        {
            self.places.own(place, user);
        }
    }

    /// What was decided about the server itself: who is kept out.
    fn set_server(&mut self, setting: &RoomSetting) {
        match setting {
            RoomSetting::Banned(user, ban) => {
                self.bans.insert(user.clone(), ban.clone());
            }
            RoomSetting::Unbanned(user) => {
                self.bans.remove(user);
            }
            RoomSetting::Topic(_)
            | RoomSetting::NoTopic
            | RoomSetting::Modes(_)
            | RoomSetting::Owner(_)
            | RoomSetting::Ranked(..)
            | RoomSetting::Private(_) => {}
        }
    }

    fn remember_member(&mut self, place: PlaceId, account: AccountId, read: u64) {
        let Some(user) = self.people.of_account(account) else { return };
        let Some(member) = self.people.get_mut(user) else { return };
        member.read.insert(place, read);
        if self.pairs.get(place).is_some() {
            return;
        }
        if let Entry::Vacant(vacant) = member.places.entry(place) {
            // It was so before a restart, so nobody has heard anything yet.
            vacant.insert(1);
            self.places.enter(place, user, &member.sessions);
            self.places.own_if_nobody_does(place, user);
            if self.places.get(place).is_some_and(|place| place.settings.owner == Some(account)) {
                self.places.own(place, user);
            }
        }
    }

    fn count(&mut self, mark: Mark) {
        self.last_message = self.last_message.max(mark.id);
        self.latest = self.latest.max(mark.at);
    }

    fn tell_place(&mut self, line: &Line, outputs: &mut Outputs) {
        let Some(place) = self.places.get(line.place) else { return self.tell_pair(line, outputs) };
        if place.audience.is_empty() {
            return;
        }
        let event =
            Event::InRoom { room: place.name.clone(), sequence: line.number, what: line.what.clone(), mark: line.mark };
        outputs.tell(&place.audience, event);
    }

    /// Tells who was written to.
    fn tell_pair(&mut self, line: &Line, outputs: &mut Outputs) {
        let (Some(pair), RoomEvent::Said { from, text }) = (self.pairs.get(line.place), &line.what) else { return };
        let [one, other] = pair.ends.both().map(|end| self.user_at(end));
        let is_other = |user: &(UserId, &UserEntry)| user.1.name != *from;
        let Some((id, user)) = other.filter(is_other).or(one) else { return };
        if let Some(audience) = hearers(user) {
            let (from, text, number) = (from.clone(), text.clone(), Some(line.number));
            outputs.tell(audience, Event::Message { from, text, number, mark: line.mark });
        } else if let Some(away) = self.people.get_mut(id) {
            away.waiting += 1;
        }
    }

    fn stop(&mut self) {
        let sessions: Vec<SessionId> = self.sessions.ids().collect();
        for session in sessions {
            self.sessions.remove(session);
        }
        self.people.clear();
        self.tokens = Tokens::default();
        self.purposes.clear();
        self.authenticated.clear();
        self.attentive.clear();
        self.watches = Watches::default();
        self.unrest.clear();
        self.places.empty_all();
    }
}
