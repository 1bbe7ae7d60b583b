//! Members as they enter and leave places and are asked into them, and who decides there.

use crate::hub::outputs::{Output, Outputs};
use crate::hub::record::{PlaceId, Record};
use crate::hub::user_id::UserId;
use crate::hub::view::View;
use crate::protocol::name::UserName;

impl View {
    pub(super) fn enter(&mut self, (place, user): (PlaceId, UserId), by: UserId, outputs: &mut Outputs) {
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

    pub(super) fn exit(&mut self, place: PlaceId, user: UserId, outputs: &mut Outputs) {
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
    pub(super) fn invite(&mut self, place: PlaceId, user: UserId, by: UserName) {
        if let Some(invited) = self.people.get_mut(user) {
            // Those to places that are gone make room.
            invited.invitations.retain(|place, _| self.places.get(*place).is_some());
            invited.invitations.insert(place, by);
        }
    }

    pub(super) fn uninvite(&mut self, place: PlaceId, user: UserId, outputs: &mut Outputs) {
        let Some(invited) = self.people.get_mut(user) else { return };
        if invited.invitations.remove(&place).is_some()
            && let Some(account) = &invited.account
        {
            outputs.push(Output::Keep(Record::NotInvited { place, account: account.id }));
        }
    }

    pub(super) fn let_decide(&mut self, place: PlaceId, owner: UserId, outputs: &mut Outputs) {
        let before = self.places.get(place).and_then(|place| place.owner);
        self.places.own(place, owner);
        self.settle(place, outputs);
        before.into_iter().for_each(|before| self.settle_rank(place, before, outputs));
    }
}
