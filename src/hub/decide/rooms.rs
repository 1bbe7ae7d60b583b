//! Rooms: opening, entering and leaving them.

use super::Requester;
use crate::hub::Limits;
use crate::hub::change::{Change, Decision};
use crate::hub::people::UserEntry;
use crate::hub::place::Place;
use crate::hub::record::{PlaceId, Record};
use crate::hub::user_id::UserId;
use crate::protocol::command::{BadCommand, UserList};
use crate::protocol::event::{Departure, Event, RoomEvent};
use crate::protocol::name::{RoomName, UserName};
use crate::protocol::presence::Doing;
use crate::protocol::refusal::{Refusal, TooMany};
use crate::protocol::room_modes::RoomFlag;

impl<'a> Requester<'a> {
    /// The rooms that everybody may know, and the private ones that the caller is in.
    pub(super) fn list_rooms(self) -> Decision {
        let is_listed = |id: PlaceId, place: &Place| {
            (!place.settings.private && !place.settings.modes.has(RoomFlag::Secret))
                || self.user.places.contains_key(&id)
                || self.is_operator()
        };
        let listed = self.view.places.all_awake().filter(|(id, place)| is_listed(*id, place));
        self.answer(Event::Rooms(listed.map(|(_, place)| place.name.clone()).collect()))
    }

    pub(super) fn list_members(self, room: RoomName) -> Result<Decision, Refusal> {
        let (_, place) = self.room(room)?;
        let members = place.members.iter().filter_map(|member| self.view.people.get(*member));
        let mut users: Vec<UserName> = members.map(|user| user.name.clone()).collect();
        users.sort();
        Ok(self.answer(Event::Members { room: place.name.clone(), users }))
    }

    pub(super) fn create_room(self, room: &RoomName, with: Option<&UserList>) -> Result<Decision, Refusal> {
        room.check_look().map_err(BadCommand::from)?;
        let with = with.map_or(&[][..], UserList::as_slice);
        if with.len() > self.limits.max_recipients {
            return Err(Refusal::TooMany(TooMany::Users(self.limits.max_recipients)));
        }
        self.check_room_for_one_more()?;
        if let Some((_, existing)) = self.view.places.awake(room) {
            return Err(Refusal::RoomExists(existing.name.clone()));
        }
        self.check_room_in_all()?;
        let known = self.view.places.asleep(room).filter(|(id, place)| self.may_know(*id, place));
        if let Some((id, place)) = known {
            self.check_may_enter(id, place, None)?;
        }
        let mut decision = self.decision();
        let (mut others, mut asked) = (Vec::new(), Vec::new());
        for name in with {
            match self.put_in(name, known) {
                Ok((id, _)) if id == self.id => {}
                Ok((id, user)) if user.is_asked => asked.push((id, user)),
                Ok(member) => others.push(member),
                Err(refusal) => decision.refuse(self.session, refusal),
            }
        }
        if decision.is_empty() {
            self.tell_whom_he_asks(&mut decision, room, &asked);
            let place = self.open(&mut decision, room, known, &others);
            self.keep_invitations(&mut decision, place, &asked);
            self.tell_who_is_asked(&mut decision, room, &asked);
        }
        Ok(decision)
    }

    /// Opens a room with these others in it. If one of this name sleeps that the caller may know, it is that one, spelled as
    /// it is now; any other is gone, as nobody who may enter it is there.
    pub(super) fn open(
        self,
        decision: &mut Decision,
        name: &RoomName,
        known: Option<(PlaceId, &Place)>,
        others: &[(UserId, &UserEntry)],
    ) -> PlaceId {
        if let (None, Some((forgotten, _))) = (known, self.view.places.asleep(name)) {
            decision.change(Change::Kept(Record::PlaceGone(forgotten)));
        }
        let (place, number) = known.map_or((self.view.places.next_id(), 0), |(id, place)| (id, place.number));
        if known.is_none_or(|(_, known)| known.name.as_str() != name.as_str()) {
            decision.change(Change::Kept(Record::Place { place, name: name.clone(), number }));
        }
        let by = self.id;
        decision.change(Change::Entered { place, user: self.id, by });
        if known.is_none_or(|(_, known)| !known.of_server) {
            decision.change(Change::Owned { place, owner: self.id });
        }
        others.iter().for_each(|(user, _)| decision.change(Change::Entered { place, user: *user, by }));
        let with = others.iter().map(|(_, user)| user.name.clone()).collect();
        decision.line(place, number + 1, RoomEvent::Created { by: self.user.name.clone(), with });
        let inside = std::iter::once(self.user).chain(others.iter().map(|(_, user)| *user));
        inside.for_each(|user| self.tell_entered(decision, user, name));
        if let Some((id, place)) = known {
            self.tell_past(decision, id, place);
        }
        place
    }

    /// A user who can be put into one more room, or be asked to enter it. If nobody is asked, these are few, and none of the
    /// user's own places are taken by them.
    fn put_in(self, name: &UserName, known: Option<(PlaceId, &Place)>) -> Result<(UserId, &'a UserEntry), Refusal> {
        let (id, user) = self.view.people.named(name).ok_or_else(|| Refusal::NoSuchUser(name.clone()))?;
        let Limits { max_rooms_by_others, max_rooms_by_one, .. } = *self.limits;
        if id == self.id {
            return Ok((id, user));
        }
        if let Some((_, place)) = known.filter(|(_, place)| place.settings.bans.contains_key(&user.name)) {
            return Err(Refusal::UserIsBanned { user: user.name.clone(), room: place.name.clone() });
        }
        if user.is_asked {
            self.check_one_more_invitation(user)?;
            Ok((id, user))
        } else if user.put_into.len() >= max_rooms_by_others {
            Err(Refusal::TooMany(TooMany::PutIntoRooms(user.name.clone(), max_rooms_by_others)))
        } else if user.put_by(self.id) >= max_rooms_by_one {
            Err(Refusal::TooMany(TooMany::PutIntoRoomsByCaller(user.name.clone(), max_rooms_by_one)))
        } else {
            Ok((id, user))
        }
    }

    /// Enters a room, also one that sleeps.
    pub(super) fn join_room(self, room: RoomName) -> Result<Decision, Refusal> {
        self.check_room_for_one_more()?;
        let (id, place) = self.any_room(room)?;
        if self.user.places.contains_key(&id) {
            return Err(Refusal::AlreadyAMember(place.name.clone()));
        }
        self.check_may_enter(id, place, None)?;
        let mut decision = self.decision();
        self.enter(&mut decision, id, place);
        Ok(decision)
    }

    pub(super) fn enter(self, decision: &mut Decision, id: PlaceId, place: &Place) {
        decision.change(Change::Entered { place: id, user: self.id, by: self.id });
        // Nobody is there who could decide about it.
        if place.members.is_empty() && !place.of_server {
            decision.change(Change::Owned { place: id, owner: self.id });
        }
        decision.line(id, place.number + 1, RoomEvent::Joined(self.user.name.clone()));
        self.tell_entered(decision, self.user, &place.name);
        self.tell_past(decision, id, place);
    }

    /// Enters the lobby, which no limit counts as one more room. The first who comes opens it and joins it like the others:
    /// it is nobody's.
    pub(super) fn enter_lobby(self, lobby: &RoomName) -> Decision {
        let mut decision = self.decision();
        match self.view.places.named(lobby) {
            Some((id, _)) if self.user.places.contains_key(&id) => {}
            Some((id, place)) if self.check_may_enter(id, place, None).is_err() => {
                decision.refuse(self.session, Refusal::Banned(place.name.clone()));
            }
            Some((id, place)) => {
                self.enter(&mut decision, id, place);
                decision.change(Change::TakenFromAll(id));
            }
            None => {
                let place = self.view.places.next_id();
                decision.change(Change::Kept(Record::Place { place, name: lobby.clone(), number: 0 }));
                decision.change(Change::Entered { place, user: self.id, by: self.id });
                decision.change(Change::TakenFromAll(place));
                decision.line(place, 1, RoomEvent::Joined(self.user.name.clone()));
                self.tell_entered(&mut decision, self.user, lobby);
            }
        }
        decision
    }

    /// Leaves a room, with these words for those who hear such.
    pub(super) fn leave_room(self, room: RoomName, said: Option<Box<str>>) -> Result<Decision, Refusal> {
        let (id, place) = self.own_room(room)?;
        let mut decision = self.decision();
        let (user, why) = (self.user.name.clone(), Departure::LeftRoom);
        decision.line(id, place.number + 1, RoomEvent::Left { user, why, said: said.clone() });
        self.tell_attentive(&mut decision, place, || Doing::Left(place.name.clone(), said));
        decision.change(Change::Exited { place: id, user: self.id });
        let emptied = self.pass_on(&mut decision, (id, place), self.id);
        self.forget_oldest(&mut decision, emptied);
        Ok(decision)
    }

    /// Rooms that nobody returns to do not add up without end: `more` fall asleep.
    pub(super) fn forget_oldest(self, decision: &mut Decision, more: usize) {
        if more > 0 {
            let forgotten = self.view.places.too_many_asleep(more, self.limits.max_asleep);
            forgotten.for_each(|place| decision.change(Change::Kept(Record::PlaceGone(place))));
        }
    }

    /// The room of this name that has members, if the caller may know it.
    pub(super) fn room(self, name: RoomName) -> Result<(PlaceId, &'a Place), Refusal> {
        let found = self.view.places.awake(&name).filter(|(id, place)| self.may_know(*id, place));
        found.ok_or(Refusal::NoSuchRoom { room: name, suggestion: None })
    }

    /// Whether the caller may know of a room: of a private one only those do who are in it or invited.
    pub(super) fn may_know(self, id: PlaceId, place: &Place) -> bool {
        let is_of_it = self.user.places.contains_key(&id) || self.user.invitations.contains_key(&id);
        !place.settings.private || is_of_it || self.is_operator()
    }

    /// Whether the caller, who may know the room and has said this key, is not kept out of it.
    pub(super) fn check_may_enter(self, id: PlaceId, place: &Place, key: Option<&str>) -> Result<(), Refusal> {
        if place.settings.bans.contains_key(&self.user.name) && !self.is_operator() {
            return Err(Refusal::Banned(place.name.clone()));
        }
        self.check_modes(id, place, key)
    }

    /// The room of this name, also one that sleeps, if it may wake up.
    pub(super) fn any_room(self, name: RoomName) -> Result<(PlaceId, &'a Place), Refusal> {
        let asleep = self.view.places.asleep(&name).filter(|(id, place)| self.may_know(*id, place));
        if asleep.is_some() {
            self.check_room_in_all()?;
        }
        asleep.map_or_else(|| self.room(name), Ok)
    }

    /// The room of this name, if the caller is in it.
    pub(super) fn own_room(self, name: RoomName) -> Result<(PlaceId, &'a Place), Refusal> {
        let (id, place) = self.room(name)?;
        if self.user.places.contains_key(&id) { Ok((id, place)) } else { Err(Refusal::NotAMember(place.name.clone())) }
    }

    pub(super) fn check_room_for_one_more(self) -> Result<(), Refusal> {
        if self.user.own_places() < self.limits.max_rooms {
            Ok(())
        } else {
            Err(Refusal::TooMany(TooMany::Rooms(self.limits.max_rooms)))
        }
    }

    /// Whether one more room may have members.
    pub(super) fn check_room_in_all(self) -> Result<(), Refusal> {
        let most = self.limits.max_rooms_total;
        if self.view.places.number_awake() < most { Ok(()) } else { Err(Refusal::TooMany(TooMany::RoomsInAll(most))) }
    }
}
