//! How a room is set, and what follows from it: who may enter, who may speak, who says what it is about.

use super::Requester;
use crate::hub::change::{Change, Decision};
use crate::hub::place::Place;
use crate::hub::record::PlaceId;
use crate::hub::room_settings::RoomSetting;
use crate::protocol::command::Phrase;
use crate::protocol::event::{Event, RoomEvent};
use crate::protocol::name::{RoomName, UserName};
use crate::protocol::presence::{Doing, Note};
use crate::protocol::refusal::{Refusal, TooMany};
use crate::protocol::room_modes::{MOST_MASKS, MaskKind, ModeChange, RoomFlag};

impl Requester<'_> {
    /// Carries out what can be, and names what cannot after it.
    pub(super) fn set_modes(self, room: RoomName, changes: Vec<ModeChange>) -> Result<Decision, Refusal> {
        let (id, place) = self.governed(room)?;
        let mut decision = self.decision();
        let (mut modes, mut ranks, mut done, mut refusals) =
            (place.settings.modes.clone(), place.ranks.clone(), Vec::new(), Vec::new());
        for change in changes {
            match &change {
                ModeChange::Rank(user, role, on) => match self.member(user, id, place) {
                    Ok((member, user)) if ranks.set(member, *role, *on) => {
                        done.push(ModeChange::Rank(user.name.clone(), *role, *on));
                    }
                    Ok(_) => {}
                    Err(refusal) => refusals.push(refusal),
                },
                ModeChange::Mask(MaskKind::Banned, mask, false) if banned_by_name(place, mask).is_some() => {
                    let user = banned_by_name(place, mask).unwrap_or_else(|| self.user.name.clone());
                    decision.set(id, RoomSetting::Unbanned(user));
                    done.push(change);
                }
                ModeChange::Mask(kind, mask, true) if modes.is_full(*kind) && !modes.has_mask(*kind, mask) => {
                    refusals.push(Refusal::TooMany(TooMany::Bans(place.name.clone(), MOST_MASKS)));
                }
                other => {
                    if modes.set(other, &self.user.name, self.now.wall) {
                        done.push(change);
                    }
                }
            }
        }
        if !done.is_empty() {
            if modes != place.settings.modes {
                decision.set(id, RoomSetting::Modes(Box::new(modes)));
            }
            decision.change(Change::Ranked { place: id, ranks });
            let changes = done.iter().map(ModeChange::without_key).collect();
            let moded = RoomEvent::Moded { by: self.user.name.clone(), changes };
            self.announce(&mut decision, (id, place), moded);
            self.tell_attentive(&mut decision, place, || Doing::Moded(place.name.clone(), done));
        }
        refusals.into_iter().for_each(|refusal| decision.refuse(self.session, refusal));
        Ok(decision)
    }

    /// Says what a room is about, where every member may who is not kept from it.
    pub(super) fn describe_room(self, room: RoomName, topic: Option<Phrase>) -> Result<Decision, Refusal> {
        let (id, place) = self.own_room(room)?;
        let may = !place.settings.modes.has(RoomFlag::TopicLocked)
            || place.rank_of(self.id).is_operator
            || self.is_operator();
        if !may {
            return Err(Refusal::NotTheOwner(place.name.clone()));
        }
        match topic {
            Some(text) => Ok(self.say_topic((id, place), text)),
            None => {
                let mut decision = self.decision();
                // Nothing changes if nothing was said of it.
                if place.settings.topic.is_some() {
                    decision.set(id, RoomSetting::NoTopic);
                    let what = RoomEvent::TopicSet { by: self.user.name.clone(), topic: None };
                    self.announce(&mut decision, (id, place), what);
                }
                Ok(decision)
            }
        }
    }

    /// Asks one user to enter a room.
    pub(super) fn invite_one(self, room: RoomName, user: &UserName) -> Result<Decision, Refusal> {
        let (id, place) = self.own_room(room)?;
        self.check_may_invite(place)?;
        let (invited, entry) = self.member_to_be(user, id, place)?;
        let mut decision = self.decision();
        self.keep_invitations(&mut decision, id, &[(invited, entry)]);
        self.tell_whom_he_asks(&mut decision, &place.name, &[(invited, entry)]);
        if let Some(away) = entry.profile.as_ref().and_then(|profile| profile.away.clone()) {
            decision.tell(self.session, Event::Note(Box::new(Note::IsAway(entry.name.clone(), away))));
        }
        self.tell_who_is_asked(&mut decision, &place.name, &[(invited, entry)]);
        let room = place.name.clone();
        self.tell_others(&mut decision, place, || Doing::Invited(room, entry.name.clone()));
        Ok(decision)
    }

    /// Into a room that only those enter who are invited, its operators alone invite.
    pub(super) fn check_may_invite(self, place: &Place) -> Result<(), Refusal> {
        let is_for_all = !place.settings.modes.has(RoomFlag::InvitedOnly);
        if is_for_all || place.rank_of(self.id).is_operator || self.is_operator() {
            return Ok(());
        }
        Err(Refusal::NotTheOwner(place.name.clone()))
    }

    /// The rooms that the caller is invited to.
    pub(super) fn list_invitations(self) -> Decision {
        let places = self.user.invitations.keys().filter_map(|id| self.view.places.get(*id));
        let rooms = places.map(|place| place.name.clone()).collect();
        let mut decision = self.decision();
        decision.tell(self.session, Event::Note(Box::new(Note::InvitedTo(rooms))));
        decision
    }

    /// Whether the caller, who may know the room and has said this key, may enter it. An invitation passes everything.
    pub(super) fn check_modes(self, id: PlaceId, place: &Place, key: Option<&str>) -> Result<(), Refusal> {
        let modes = &place.settings.modes;
        if self.user.invitations.contains_key(&id) || self.is_operator() {
            return Ok(());
        }
        if !modes.masks.is_empty() && modes.keeps_out(&self.user.full_name()) {
            return Err(Refusal::Banned(place.name.clone()));
        }
        if modes.has(RoomFlag::InvitedOnly) && !modes.fits(MaskKind::Invited, &self.user.full_name()) {
            return Err(Refusal::OnlyInvited(place.name.clone()));
        }
        if modes.key.as_deref().is_some_and(|wanted| key != Some(wanted)) {
            return Err(Refusal::WrongKey(place.name.clone()));
        }
        if modes.limit.is_some_and(|limit| place.members.len() >= limit) {
            return Err(Refusal::RoomFull(place.name.clone()));
        }
        Ok(())
    }

    /// Whether the caller may speak in a room that he may know.
    pub(super) fn check_may_speak(self, id: PlaceId, place: &Place) -> Result<(), Refusal> {
        let modes = &place.settings.modes;
        let is_free = !modes.has(RoomFlag::Moderated) && modes.masks.is_empty();
        let is_member = self.user.places.contains_key(&id);
        if is_free && is_member {
            return Ok(());
        }
        let rank = place.rank_of(self.id);
        let may = (is_member || !modes.has(RoomFlag::MembersOnly))
            && (rank.is_operator
                || rank.has_voice
                || (!modes.has(RoomFlag::Moderated) && !modes.keeps_out(&self.user.full_name())));
        if may { Ok(()) } else { Err(Refusal::CannotSpeak(place.name.clone())) }
    }
}

/// Who is banned by name whom this mask names.
fn banned_by_name(place: &Place, mask: &str) -> Option<UserName> {
    let name = UserName::new(mask.strip_suffix("!*@*")?).ok()?;
    place.settings.bans.get_key_value(&name).map(|(name, _)| name.clone())
}
