//! What follows from a change of a room's members for what is kept of them: who decides about it, and who may do what.

use std::collections::BTreeSet;

use super::outputs::Outputs;
use super::ranks::Ranks;
use super::record::{PlaceId, Record};
use super::room_settings::RoomSetting;
use super::user_id::UserId;
use super::view::View;
use crate::protocol::room_modes::RoomModes;

impl View {
    /// Keeps which account decides about a place, if that has changed; of a place that nobody is in any more, that it is set
    /// as new ones are.
    pub(super) fn settle(&mut self, id: PlaceId, outputs: &mut Outputs) {
        let Some(place) = self.places.get(id) else { return };
        let owner = place.owner.and_then(|owner| self.people.get(owner)?.account.as_ref()).map(|account| account.id);
        let is_another = owner != place.settings.owner;
        let is_set_otherwise = place.members.is_empty() && place.settings.modes != RoomModes::default();
        let owned = is_another.then_some(RoomSetting::Owner(owner));
        let reset = is_set_otherwise.then(|| RoomSetting::Modes(Box::default()));
        let owner = place.owner;
        for setting in owned.into_iter().chain(reset) {
            self.keep(Record::Setting { place: id, setting }, outputs);
        }
        owner.into_iter().for_each(|owner| self.settle_rank(id, owner, outputs));
    }

    /// Keeps what a member may do whose user is an account, if that has changed.
    pub(super) fn settle_rank(&mut self, id: PlaceId, member: UserId, outputs: &mut Outputs) {
        let (Some(place), Some(user)) = (self.places.get(id), self.people.get(member)) else { return };
        let Some(account) = user.account.as_ref().filter(|_| user.places.contains_key(&id)) else { return };
        let (account, rank) = (account.id, place.rank_of(member));
        if place.settings.ranks.get(&account).copied().unwrap_or_default() != rank {
            self.keep(Record::Setting { place: id, setting: RoomSetting::Ranked(account, rank) }, outputs);
        }
    }

    /// The members of a place may do this from now on.
    pub(super) fn rank(&mut self, id: PlaceId, ranks: Ranks, outputs: &mut Outputs) {
        let before = self.places.get(id).map(|place| place.ranks.clone()).unwrap_or_default();
        let concerned: BTreeSet<UserId> = before.all().chain(ranks.all()).collect();
        self.places.set_ranks(id, ranks);
        concerned.into_iter().for_each(|member| self.settle_rank(id, member, outputs));
    }

    /// The accounts that are members may do what is known of them.
    pub(super) fn rank_as_kept(&mut self) {
        self.places.rank_as_kept(|account| self.people.of_account(account));
    }
}
