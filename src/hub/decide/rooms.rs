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
use crate::protocol::refusal::Refusal;

impl<'a> Requester<'a> {
    pub(super) fn list_members(self, room: RoomName) -> Result<Decision, Refusal> {
        let (_, place) = self.room(room)?;
        let members = place.members.iter().filter_map(|member| self.view.people.get(*member));
        let mut users: Vec<UserName> = members.map(|user| user.name.clone()).collect();
        users.sort();
        Ok(self.answer(Event::Members { room: place.name.clone(), users }))
    }

    pub(super) fn create_room(self, room: RoomName, with: Option<&UserList>) -> Result<Decision, Refusal> {
        room.check_look().map_err(BadCommand::from)?;
        let with = with.map_or(&[][..], UserList::as_slice);
        if with.len() > self.limits.max_recipients {
            return Err(Refusal::TooManyUsers(self.limits.max_recipients));
        }
        self.check_room_for_one_more()?;
        if let Some((_, existing)) = self.view.places.awake(&room) {
            return Err(Refusal::RoomExists(existing.name.clone()));
        }
        self.check_room_in_all()?;
        let mut decision = self.decision();
        let mut others = Vec::new();
        for name in with {
            match self.invited(name) {
                Ok((id, _)) if id == self.id => {}
                Ok(member) => others.push(member),
                Err(refusal) => decision.refuse(self.session, refusal),
            }
        }
        if decision.is_empty() {
            self.open(&mut decision, room, &others);
        }
        Ok(decision)
    }

    /// Opens a room with these others in it. If one of this name sleeps, it is that one, spelled as it is now.
    fn open(self, decision: &mut Decision, name: RoomName, others: &[(UserId, &UserEntry)]) {
        let known = self.view.places.asleep(&name);
        let (place, number) = known.map_or((self.view.places.next_id(), 0), |(id, place)| (id, place.number));
        if known.is_none_or(|(_, known)| known.name.as_str() != name.as_str()) {
            decision.change(Change::Kept(Record::Place { place, name, number }));
        }
        let by = self.id;
        decision.change(Change::Entered { place, user: self.id, by });
        others.iter().for_each(|(user, _)| decision.change(Change::Entered { place, user: *user, by }));
        let with = others.iter().map(|(_, user)| user.name.clone()).collect();
        decision.line(place, number + 1, RoomEvent::Created { by: self.user.name.clone(), with });
    }

    /// A user who can be put into one more room. Nobody is asked, so these are few, and none of the user's own places
    /// are taken by them.
    fn invited(self, name: &UserName) -> Result<(UserId, &'a UserEntry), Refusal> {
        let (id, user) = self.view.people.named(name).ok_or_else(|| Refusal::NoSuchUser(name.clone()))?;
        let Limits { max_rooms_by_others, max_rooms_by_one, .. } = *self.limits;
        if id == self.id {
            Ok((id, user))
        } else if user.put_into.len() >= max_rooms_by_others {
            Err(Refusal::PutIntoTooManyRooms(user.name.clone(), max_rooms_by_others))
        } else if user.put_by(self.id) >= max_rooms_by_one {
            Err(Refusal::PutIntoTooManyRoomsByCaller(user.name.clone(), max_rooms_by_one))
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
        let mut decision = self.decision();
        self.enter(&mut decision, id, place);
        Ok(decision)
    }

    pub(super) fn enter(self, decision: &mut Decision, id: PlaceId, place: &Place) {
        decision.change(Change::Entered { place: id, user: self.id, by: self.id });
        decision.line(id, place.number + 1, RoomEvent::Joined(self.user.name.clone()));
    }

    /// Enters the lobby, which no limit counts as one more room. The first who comes opens it and joins it like the others.
    pub(super) fn enter_lobby(self, lobby: &RoomName) -> Decision {
        let mut decision = self.decision();
        match self.view.places.awake(lobby).or_else(|| self.view.places.asleep(lobby)) {
            Some((id, _)) if self.user.places.contains_key(&id) => {}
            Some((id, place)) => self.enter(&mut decision, id, place),
            None => {
                let place = self.view.places.next_id();
                decision.change(Change::Kept(Record::Place { place, name: lobby.clone(), number: 0 }));
                decision.change(Change::Entered { place, user: self.id, by: self.id });
                decision.line(place, 1, RoomEvent::Joined(self.user.name.clone()));
            }
        }
        decision
    }

    pub(super) fn leave_room(self, room: RoomName) -> Result<Decision, Refusal> {
        let (id, place) = self.own_room(room)?;
        let mut decision = self.decision();
        decision.line(id, place.number + 1, RoomEvent::Left(self.user.name.clone(), Departure::LeftRoom));
        decision.change(Change::Exited { place: id, user: self.id });
        self.forget_oldest(&mut decision, usize::from(place.members.len() == 1));
        Ok(decision)
    }

    /// Rooms that nobody returns to do not add up without end: `more` fall asleep.
    pub(super) fn forget_oldest(self, decision: &mut Decision, more: usize) {
        if more > 0 {
            let forgotten = self.view.places.too_many_asleep(more, self.limits.max_asleep);
            forgotten.for_each(|place| decision.change(Change::Kept(Record::PlaceGone(place))));
        }
    }

    fn room(self, name: RoomName) -> Result<(PlaceId, &'a Place), Refusal> {
        self.view.places.awake(&name).ok_or(Refusal::NoSuchRoom { room: name, suggestion: None })
    }

    /// The room of this name, also one that sleeps, if it may wake up.
    pub(super) fn any_room(self, name: RoomName) -> Result<(PlaceId, &'a Place), Refusal> {
        let asleep = self.view.places.asleep(&name);
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
            Err(Refusal::TooManyRooms(self.limits.max_rooms))
        }
    }

    /// Whether one more room may have members.
    fn check_room_in_all(self) -> Result<(), Refusal> {
        let most = self.limits.max_rooms_total;
        if self.view.places.number_awake() < most { Ok(()) } else { Err(Refusal::TooManyRoomsInAll(most)) }
    }
}
