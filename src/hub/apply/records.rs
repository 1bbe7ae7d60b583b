//! What must survive, as it happens and as it is read again after a restart.

use std::collections::btree_map::Entry;

use crate::hub::account::AccountId;
use crate::hub::audience::hearers;
use crate::hub::outputs::{Output, Outputs};
use crate::hub::people::UserEntry;
use crate::hub::record::{Line, PlaceId, Record};
use crate::hub::room_settings::RoomSetting;
use crate::hub::user_id::UserId;
use crate::hub::view::View;
use crate::protocol::event::{Event, Mark, RoomEvent};

impl View {
    /// What must survive is handed out before anybody is told of it.
    pub(in crate::hub) fn keep(&mut self, record: Record, outputs: &mut Outputs) {
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
    pub(super) fn remember(&mut self, record: &Record) {
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
            Record::PlaceGone(place) => self.forget_place(*place),
            Record::File(_) | Record::FileGone(_) => {}
            Record::Account(account) => self.people.set_account(account),
            Record::Token { hash, account, used } => self.account_tokens.keep(*hash, *account, *used),
            Record::TokenGone(hash) => self.account_tokens.forget(hash),
            Record::TokensGone(account) => self.forget_tokens(*account),
            Record::AccountGone(account) => self.forget_account(*account),
            Record::Member { place, account, read } => self.remember_member(*place, *account, *read),
            Record::NotMember { place, account } => self.forget_member(*place, *account),
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

    fn forget_place(&mut self, place: PlaceId) {
        if let Some(pair) = self.pairs.forget(place) {
            for account in pair.ends.accounts() {
                if let Some(user) = self.people.of_account(account).and_then(|user| self.people.get_mut(user)) {
                    user.read.remove(&place);
                }
            }
        }
        self.places.forget(place);
    }

    fn forget_account(&mut self, account: AccountId) {
        self.forget_tokens(account);
        if let Some(user) = self.people.of_account(account).and_then(|user| self.people.get(user)) {
            user.places.keys().for_each(|place| self.places.forget_rank(*place, account));
        }
        // Who is here goes on as a guest.
        if let Some(id) = self.people.forget_account(account)
            && let Some(user) = self.people.get(id).filter(|user| !user.is_here())
        {
            user.places.keys().for_each(|place| self.places.exit(*place, id, &[]));
            self.people.remove(id);
        }
    }

    fn forget_member(&mut self, place: PlaceId, account: AccountId) {
        if let Some(user) = self.people.of_account(account)
            && let Some(leaving) = self.people.get_mut(user)
        {
            leaving.places.remove(&place);
            leaving.read.remove(&place);
            self.places.exit(place, user, &leaving.sessions);
            self.places.forget_rank(place, account);
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

    pub(super) fn count(&mut self, mark: Mark) {
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
}
