//! Who decides about a room, and what: the owner, and the operators of the server.

use std::sync::Arc;

use super::Requester;
use crate::hub::account::Account;
use crate::hub::audience::hearers;
use crate::hub::change::{Change, Decision};
use crate::hub::outputs::Output;
use crate::hub::people::UserEntry;
use crate::hub::place::Place;
use crate::hub::question::{Extent, Question};
use crate::hub::record::{Line, PlaceId, Record};
use crate::hub::room_settings::{Ban, MOST_BANS, RoomSetting, Topic};
use crate::hub::user_id::UserId;
use crate::protocol::command::{Phrase, UserList};
use crate::protocol::event::{Event, RoomEvent, RoomSummary};
use crate::protocol::name::{RoomName, UserName};
use crate::protocol::refusal::{Refusal, TooMany};

/// Invitations that one user may have.
const MOST_INVITATIONS: usize = 100;

impl<'a> Requester<'a> {
    pub(super) fn topic(self, room: RoomName) -> Result<Decision, Refusal> {
        let (_, place) = self.room(room)?;
        let topic = place.settings.topic.as_ref().map(|topic| topic.text.clone());
        Ok(self.answer(Event::Topic { room: place.name.clone(), topic }))
    }

    pub(super) fn set_topic(self, room: RoomName, text: Phrase) -> Result<Decision, Refusal> {
        let governed = self.governed(room)?;
        Ok(self.say_topic(governed, text))
    }

    /// Says what a room is about, for somebody who may.
    pub(super) fn say_topic(self, (id, place): (PlaceId, &Place), text: Phrase) -> Decision {
        let (mut decision, by) = (self.decision(), self.user.name.clone());
        let topic = Topic { text: text.clone(), by: by.clone(), at: decision.at() };
        decision.set(id, RoomSetting::Topic(topic));
        self.announce(&mut decision, (id, place), RoomEvent::TopicSet { by, topic: Some(text) });
        decision
    }

    pub(super) fn set_room(self, room: RoomName, private: bool) -> Result<Decision, Refusal> {
        let (id, place) = self.governed(room)?;
        let mut decision = self.decision();
        decision.set(id, RoomSetting::Private(private));
        let what = RoomEvent::Opened { by: self.user.name.clone(), to_all: !private };
        self.announce(&mut decision, (id, place), what);
        Ok(decision)
    }

    pub(super) fn kick(self, room: RoomName, user: &UserName, reason: Option<Phrase>) -> Result<Decision, Refusal> {
        let (id, place) = self.governed(room)?;
        let (member, user) = self.member(user, id, place)?;
        let mut decision = self.decision();
        let what = RoomEvent::Removed { by: self.user.name.clone(), user: user.name.clone(), reason };
        self.announce(&mut decision, (id, place), what);
        self.remove(&mut decision, (id, place), member);
        Ok(decision)
    }

    /// A user who is not there is kept out by name.
    pub(super) fn ban(self, room: RoomName, user: UserName) -> Result<Decision, Refusal> {
        let (id, place) = self.governed(room)?;
        let found = self.view.people.named(&user);
        let user = found.map_or(user, |(_, user)| user.name.clone());
        if place.settings.bans.contains_key(&user) {
            return Err(Refusal::UserIsBanned { user, room: place.name.clone() });
        }
        if place.settings.bans.len() >= MOST_BANS {
            return Err(Refusal::TooMany(TooMany::Bans(place.name.clone(), MOST_BANS)));
        }
        let (mut decision, by) = (self.decision(), self.user.name.clone());
        decision.set(id, RoomSetting::Banned(user.clone(), Ban { by: by.clone(), at: decision.at() }));
        self.announce(&mut decision, (id, place), RoomEvent::Banned { by, user });
        if let Some((banned, user)) = found {
            decision.change(Change::Uninvited { place: id, user: banned });
            if user.places.contains_key(&id) {
                self.remove(&mut decision, (id, place), banned);
            }
        }
        Ok(decision)
    }

    /// Those who run the server do so in a room that sleeps as well: all who could wake it may be banned from it.
    pub(super) fn unban(self, room: RoomName, user: &UserName) -> Result<Decision, Refusal> {
        let asleep = self.view.places.asleep(&room).filter(|_| self.is_operator());
        let (id, place) = asleep.map_or_else(|| self.governed(room), Ok)?;
        let Some((user, _)) = place.settings.bans.get_key_value(user) else {
            return Err(Refusal::NotBanned { user: user.clone(), room: place.name.clone() });
        };
        let mut decision = self.decision();
        decision.set(id, RoomSetting::Unbanned(user.clone()));
        let what = RoomEvent::Unbanned { by: self.user.name.clone(), user: user.clone() };
        self.announce(&mut decision, (id, place), what);
        Ok(decision)
    }

    pub(super) fn give_room(self, room: RoomName, user: &UserName) -> Result<Decision, Refusal> {
        let (id, place) = self.governed(room)?;
        let (owner, user) = self.member(user, id, place)?;
        let mut decision = self.decision();
        decision.change(Change::Owned { place: id, owner });
        let what = RoomEvent::Owned { by: Some(self.user.name.clone()), owner: user.name.clone() };
        self.announce(&mut decision, (id, place), what);
        Ok(decision)
    }

    pub(super) fn show_room(self, room: RoomName) -> Result<Decision, Refusal> {
        let (id, place) = self.room(room)?;
        let owner = place.owner.and_then(|owner| self.view.people.get(owner)).map(|owner| owner.name.clone());
        let summary = RoomSummary {
            room: place.name.clone(),
            private: place.settings.private,
            owner,
            members: place.members.len(),
            kept: None,
        };
        Ok(self.ask(Question::Extent(Extent { place: id, last: place.number, summary })))
    }

    /// Asks those who can be asked, and names the others after it.
    pub(super) fn invite(self, room: RoomName, users: &UserList) -> Result<Decision, Refusal> {
        let (id, place) = if self.is_operator() { self.room(room)? } else { self.own_room(room)? };
        self.check_may_invite(place)?;
        if users.as_slice().len() > self.limits.max_recipients {
            return Err(Refusal::TooMany(TooMany::Users(self.limits.max_recipients)));
        }
        let (mut asked, mut refusals) = (Vec::new(), Vec::new());
        for name in users.as_slice() {
            match self.member_to_be(name, id, place) {
                Ok(user) => asked.push(user),
                Err(refusal) => refusals.push(refusal),
            }
        }
        let mut decision = self.decision();
        self.keep_invitations(&mut decision, id, &asked);
        self.tell_whom_he_asks(&mut decision, &place.name, &asked);
        self.tell_who_is_asked(&mut decision, &place.name, &asked);
        refusals.into_iter().for_each(|refusal| decision.refuse(self.session, refusal));
        Ok(decision)
    }

    /// Tells the caller whom he asks to enter a room, if he asks anybody.
    pub(super) fn tell_whom_he_asks(self, decision: &mut Decision, room: &RoomName, asked: &[(UserId, &UserEntry)]) {
        if !asked.is_empty() {
            let users = asked.iter().map(|(_, user)| user.name.clone()).collect();
            decision.tell(self.session, Event::Invited { room: room.clone(), users });
        }
    }

    /// Users are invited to a place from now on. Whoever is told of it is told after this, as it may have to be kept.
    pub(super) fn keep_invitations(self, decision: &mut Decision, place: PlaceId, asked: &[(UserId, &UserEntry)]) {
        let by = &self.user.name;
        for (user, entry) in asked {
            match &entry.account {
                Some(account) => {
                    let (account, at) = (account.id, decision.at());
                    decision.change(Change::Kept(Record::Invited { place, account, by: by.clone(), at }));
                }
                None => decision.change(Change::Invited { place, user: *user, by: by.clone() }),
            }
        }
    }

    /// Tells users that they are asked to enter a room.
    pub(super) fn tell_who_is_asked(self, decision: &mut Decision, room: &RoomName, asked: &[(UserId, &UserEntry)]) {
        let by = &self.user.name;
        for (_, entry) in asked {
            if let Some(audience) = hearers(entry) {
                decision.say(Output::Tell(audience, Event::Invitation { room: room.clone(), by: by.clone() }));
            }
        }
    }

    pub(super) fn set_invitations(self, ask: bool) -> Decision {
        let mut decision = self.answer(Event::InvitationsSet { ask });
        match &self.user.account {
            Some(account) => {
                let account = Account { is_asked: ask, ..Account::clone(account) };
                decision.change(Change::Kept(Record::Account(Arc::new(account))));
            }
            None => decision.change(Change::InvitationsSet { user: self.id, ask }),
        }
        decision
    }

    /// Whether there is room for one more invitation of this user. Those to places that are gone do not count.
    pub(super) fn check_one_more_invitation(self, user: &UserEntry) -> Result<(), Refusal> {
        let open = user.invitations.keys().filter(|place| self.view.places.get(**place).is_some());
        if open.count() < MOST_INVITATIONS {
            Ok(())
        } else {
            Err(Refusal::TooMany(TooMany::Invitations(user.name.clone(), MOST_INVITATIONS)))
        }
    }

    /// Whether the caller is one of those who run the server: they may what owners may.
    pub(super) fn is_operator(self) -> bool {
        self.view.is_operator(self.session)
    }

    /// What happens in a room once a member of it is no longer there: if that was the owner, the oldest of the others is. A
    /// private room without members is gone. Returns how many rooms fall asleep.
    pub(super) fn pass_on(self, decision: &mut Decision, (id, place): (PlaceId, &Place), from: UserId) -> usize {
        let heir = place.members.iter().find(|member| **member != from);
        match heir.and_then(|heir| Some((*heir, self.view.people.get(*heir)?))) {
            Some((owner, user)) if place.owner == Some(from) => {
                decision.change(Change::Owned { place: id, owner });
                // That he is gone was the line before.
                decision.line(id, place.number + 2, RoomEvent::Owned { by: None, owner: user.name.clone() });
                0
            }
            Some(_) => 0,
            None if place.settings.private => {
                decision.change(Change::Kept(Record::PlaceGone(id)));
                0
            }
            None => 1,
        }
    }

    /// Takes a member out of a room, after the line that says so.
    fn remove(self, decision: &mut Decision, (id, place): (PlaceId, &Place), member: UserId) {
        decision.change(Change::Exited { place: id, user: member });
        let emptied = self.pass_on(decision, (id, place), member);
        self.forget_oldest(decision, emptied);
    }

    /// Something is decided about a room. Who decides it without being a member hears it as well.
    pub(super) fn announce(self, decision: &mut Decision, (id, place): (PlaceId, &Place), what: RoomEvent) {
        let (number, mark) = (place.number + 1, decision.mark());
        let line = Line { place: id, number, mark, what: what.clone() };
        decision.change(Change::Kept(Record::Line(Arc::new(line))));
        if !self.user.places.contains_key(&id) {
            let room = place.name.clone();
            decision.tell(self.session, Event::InRoom { room, sequence: number, what, mark });
        }
    }

    /// The room of this name, if the caller may decide about it.
    pub(super) fn governed(self, name: RoomName) -> Result<(PlaceId, &'a Place), Refusal> {
        if self.is_operator() {
            return self.room(name);
        }
        let (id, place) = self.own_room(name)?;
        if place.rank_of(self.id).is_operator { Ok((id, place)) } else { Err(Refusal::NotTheOwner(place.name.clone())) }
    }

    /// The member of a room who has this name.
    pub(super) fn member(
        self,
        name: &UserName,
        id: PlaceId,
        place: &Place,
    ) -> Result<(UserId, &'a UserEntry), Refusal> {
        let (member, user) = self.view.people.named(name).ok_or_else(|| Refusal::NoSuchUser(name.clone()))?;
        if user.places.contains_key(&id) {
            Ok((member, user))
        } else {
            Err(Refusal::UserIsNoMember { user: user.name.clone(), room: place.name.clone() })
        }
    }

    /// The user of this name, if he can be asked to enter a room.
    pub(super) fn member_to_be(
        self,
        name: &UserName,
        id: PlaceId,
        place: &Place,
    ) -> Result<(UserId, &'a UserEntry), Refusal> {
        let (invited, user) = self.view.people.named(name).ok_or_else(|| Refusal::NoSuchUser(name.clone()))?;
        if user.places.contains_key(&id) {
            return Err(Refusal::UserIsMember { user: user.name.clone(), room: place.name.clone() });
        }
        if place.settings.bans.contains_key(&user.name) {
            return Err(Refusal::UserIsBanned { user: user.name.clone(), room: place.name.clone() });
        }
        if !user.invitations.contains_key(&id) {
            self.check_one_more_invitation(user)?;
        }
        Ok((invited, user))
    }
}
