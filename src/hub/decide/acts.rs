//! What clients of some dialects want that no line of the text dialect says.

use std::sync::Arc;

use super::Requester;
use super::acquaintances::WithOneself;
use super::letters::Letters;
use crate::hub::audience::{Audience, hearers};
use crate::hub::change::{Change, Decision};
use crate::hub::outputs::Output;
use crate::hub::place::Place;
use crate::hub::record::PlaceId;
use crate::hub::session::SessionId;
use crate::hub::{Hub, Now};
use crate::protocol::act::{Act, Addressee, Sign};
use crate::protocol::command::{Manner, Text};
use crate::protocol::event::{Departure, Event, RoomEvent};
use crate::protocol::name::{RoomName, UserName};
use crate::protocol::presence::{Doing, Note, Signal};
use crate::protocol::profile::Profile;
use crate::protocol::refusal::{Refusal, TooMany};
use crate::protocol::room_modes::RoomFlag;
use crate::protocol::sight::Rank;

impl Hub {
    /// What comes of an act, without doing it. Acts of somebody who is not logged in come to nothing.
    pub fn decide_act(&self, id: SessionId, act: Act, now: Now) -> Decision {
        let Some((user_id, user)) = self.view.user_of(id) else { return Decision::new(&self.view, now.wall) };
        let (view, limits) = (&self.view, &self.limits);
        let caller = Requester { view, limits, session: id, id: user_id, user, now };
        caller.act(act).unwrap_or_else(|refusal| caller.answer(Event::Refused(refusal)))
    }
}

impl<'a> Requester<'a> {
    fn act(self, act: Act) -> Result<Decision, Refusal> {
        match act {
            Act::Enter { room, key } => match self.enter_or_open(room.clone(), key.as_deref()) {
                Err(Refusal::TooMany(TooMany::Rooms(_)) | Refusal::TooMany(TooMany::RoomsInAll(_))) => {
                    Ok(self.note(Note::NoMoreRooms(room)))
                }
                entered => entered,
            },
            Act::SetModes { room, changes } => self.set_modes(room, changes),
            Act::Describe { room, topic } => self.describe_room(room, topic),
            Act::Remove { room, user, why } => self.kick(room, &user, why),
            Act::Invite { room, user } => self.invite_one(room, &user),
            Act::Watch(watch) => Ok(self.watch(watch)),
            Act::ListInvitations => Ok(self.list_invitations()),
            Act::Leave { room, said } => self.leave_room(room, said),
            Act::LeaveAll => Ok(self.leave_all()),
            Act::Say { to, text } => {
                let is_notice = text.manner() == Manner::Notices;
                let said = self.say(to, text);
                // Whoever answers a notice by another could do so for ever.
                if is_notice { said.or_else(|_| Ok(self.decision())) } else { said }
            }
            Act::Signal { to, what } => self.signal(to, what),
            Act::Away(text) => Ok(self.away(text.as_deref())),
            Act::RealName(name) => Ok(self.describe(Doing::RealName(name.clone()), WithOneself::Yes, |profile| {
                profile.real_name = name;
            })),
            Act::Appear { of, is_bot, is_invisible } => self.appear(of, is_bot, is_invisible),
            Act::MarkRead { place, to } => self.mark_read(place, to),
            Act::Recall(request) => Ok(self.recall(&request)),
            Act::Register { name: Some(name), .. } if name != self.user.name => {
                Ok(self.note(Note::NameOfAnother(name)))
            }
            Act::Register { name: _, password } => self.register(password),
            Act::Rename(name) if name.as_str() == self.user.name.as_str() => Ok(self.decision()),
            Act::Rename(name) => self.rename(&name),
            Act::Quit(said) => {
                let mut decision = self.note(Note::Farewell(said.clone()));
                self.depart(&mut decision, Departure::Quit, said.as_deref());
                decision.say(Output::Close(self.session));
                Ok(decision)
            }
        }
    }

    /// What the caller alone is told.
    pub(super) fn note(self, note: Note) -> Decision {
        self.answer(Event::Note(Box::new(note)))
    }

    /// Enters a room, or opens it if there is none of this name. A member stays one, and nothing is said.
    fn enter_or_open(self, room: RoomName, key: Option<&str>) -> Result<Decision, Refusal> {
        match self.view.places.awake(&room) {
            Some((id, _)) if self.user.places.contains_key(&id) => Ok(self.decision()),
            // It is there, and nobody may say so.
            Some((id, place)) if !self.may_know(id, place) => Err(Refusal::OnlyInvited(place.name.clone())),
            Some((id, place)) => {
                self.check_room_for_one_more()?;
                self.check_may_enter(id, place, key)?;
                let mut decision = self.decision();
                self.enter(&mut decision, id, place);
                Ok(decision)
            }
            None if room.check_look().is_err() => Err(Refusal::NoSuchRoom { room, suggestion: None }),
            None => self.create_room(&room, None),
        }
    }

    fn leave_all(self) -> Decision {
        let mut decision = self.decision();
        self.leave_every_room(&mut decision);
        decision
    }

    /// Leaves all rooms by name, as if by a command for each.
    pub(super) fn leave_every_room(self, decision: &mut Decision) {
        let mut emptied = 0;
        for (id, place) in self.rooms_by_name() {
            let left = RoomEvent::Left { user: self.user.name.clone(), why: Departure::LeftRoom, said: None };
            decision.line(id, place.number + 1, left);
            self.tell_attentive(decision, place, || Doing::Left(place.name.clone(), None));
            decision.change(Change::Exited { place: id, user: self.id });
            emptied += self.pass_on(decision, (id, place), self.id);
        }
        self.forget_oldest(decision, emptied);
    }

    fn say(self, to: Addressee, text: Text) -> Result<Decision, Refusal> {
        match to {
            Addressee::User(name) => self.say_to_user(&name, text),
            Addressee::Room(room) => {
                let (id, place) = self.room_to_speak_in(room)?;
                let mut decision = self.decision();
                decision.line(id, place.number + 1, RoomEvent::Said { from: self.user.name.clone(), text });
                self.spoke(&mut decision);
                Ok(decision)
            }
            Addressee::Voices(_) | Addressee::Operators(_) => {
                let is_notice = text.manner() == Manner::Notices;
                let original = text.original().cloned().unwrap_or_default();
                let written = original.written.unwrap_or_else(|| text.as_str().into());
                self.signal(to, Sign { text: Some(written), is_notice, tags: original.tags })
            }
        }
    }

    fn say_to_user(self, name: &UserName, text: Text) -> Result<Decision, Refusal> {
        let (id, user) = self.view.people.named(name).ok_or_else(|| Refusal::NoSuchUser(name.clone()))?;
        let mut decision = self.decision();
        let is_kept = self.user.account.is_some() || user.account.is_some();
        let mark = if is_kept {
            let mut letters = Letters::new(self.view);
            let mark = self.write_to(&mut decision, &mut letters, user, &text)?;
            letters.finish(&mut decision);
            mark
        } else {
            decision.mark()
        };
        let echo = Note::Echo { to: user.name.clone(), text: text.clone(), mark };
        decision.tell(self.session, Event::Note(Box::new(echo)));
        if let Some(away) = user.profile.as_ref().and_then(|profile| profile.away.clone())
            && text.manner() != Manner::Notices
        {
            decision.tell(self.session, Event::Note(Box::new(Note::IsAway(user.name.clone(), away))));
        }
        if !is_kept {
            decision.change(Change::Messaged { to: vec![id], from: self.user.name.clone(), text, mark });
        }
        self.spoke(&mut decision);
        Ok(decision)
    }

    /// Hands something to the programs of others.
    fn signal(self, to: Addressee, what: Sign) -> Result<Decision, Refusal> {
        let mut decision = self.decision();
        let (to, audience) = match to {
            Addressee::User(name) => {
                let (_, user) = self.view.people.named(&name).ok_or(Refusal::NoSuchUser(name))?;
                if what.text.is_some() && !self.has_programs(user) {
                    let name = user.name.clone();
                    return Ok(if what.is_notice { self.decision() } else { self.note(Note::NoPrograms(name)) });
                }
                (Addressee::User(user.name.clone()), hearers(user))
            }
            Addressee::Room(room) => {
                let (_, place) = self.room_to_speak_in(room)?;
                if what.text.is_some() && place.settings.modes.has(RoomFlag::NoRequests) {
                    return Err(Refusal::CannotSpeak(place.name.clone()));
                }
                (Addressee::Room(place.name.clone()), Some(Audience::from(&place.audience)))
            }
            Addressee::Voices(room) => {
                let (_, place) = self.room_to_speak_in(room)?;
                (
                    Addressee::Voices(place.name.clone()),
                    self.members_who(place, |rank| rank.is_operator || rank.has_voice),
                )
            }
            Addressee::Operators(room) => {
                let (_, place) = self.room_to_speak_in(room)?;
                (Addressee::Operators(place.name.clone()), self.members_who(place, |rank| rank.is_operator))
            }
        };
        let mark = decision.mark();
        decision.change(Change::Counted(mark));
        let signal = Signal { from: self.user.name.clone(), to, what, mark };
        if matches!(signal.to, Addressee::User(_)) {
            decision.tell(self.session, Event::Note(Box::new(Note::SignalEcho(signal.clone()))));
        }
        if let Some(audience) = audience {
            decision.say(Output::Tell(audience, Event::Signal(Box::new(signal))));
        }
        Ok(decision)
    }

    fn members_who(self, place: &Place, may: impl Fn(Rank) -> bool) -> Option<Audience> {
        let members = place.members.iter().filter(|member| may(place.rank_of(**member)));
        let users = members.filter_map(|member| self.view.people.get(*member));
        let sessions: Vec<SessionId> = users.flat_map(|user| user.sessions.iter().copied()).collect();
        (!sessions.is_empty()).then(|| Audience::Many(Arc::new(sessions)))
    }

    fn room_to_speak_in(self, room: RoomName) -> Result<(PlaceId, &'a Place), Refusal> {
        let (id, place) = self.room(room)?;
        self.check_may_speak(id, place)?;
        Ok((id, place))
    }

    /// Notes when the caller last said something.
    fn spoke(self, decision: &mut Decision) {
        decision.change(Change::Spoke(self.id, self.now.wall));
    }

    fn away(self, text: Option<&str>) -> Decision {
        let away = || text.map(Into::into);
        let mut decision = self.describe(Doing::Away(away()), WithOneself::No, |profile| profile.away = away());
        decision.tell(self.session, Event::Note(Box::new(Note::AwaySet(text.is_some()))));
        decision
    }

    fn appear(self, of: UserName, is_bot: Option<bool>, is_invisible: Option<bool>) -> Result<Decision, Refusal> {
        if of != self.user.name {
            let is_here = self.view.people.named(&of).is_some();
            return if is_here { Ok(self.note(Note::NotOneself)) } else { Err(Refusal::NoSuchUser(of)) };
        }
        let Some(profile) = &self.user.profile else { return Ok(self.decision()) };
        let is_bot = is_bot.filter(|on| *on != profile.is_bot);
        let is_invisible = is_invisible.filter(|on| *on != profile.is_invisible);
        let mut described = profile.clone();
        described.is_bot = is_bot.unwrap_or(profile.is_bot);
        described.is_invisible = is_invisible.unwrap_or(profile.is_invisible);
        let mut decision = self.note(Note::Appears(is_bot, is_invisible));
        decision.change(Change::Described { user: self.id, profile: described });
        Ok(decision)
    }

    /// Describes the caller otherwise, and tells it to those who know him.
    fn describe(self, what: Doing, oneself: WithOneself, change: impl FnOnce(&mut Profile)) -> Decision {
        let mut decision = self.decision();
        if let Some(profile) = &self.user.profile {
            let mut profile = profile.clone();
            change(&mut profile);
            decision.change(Change::Described { user: self.id, profile });
            self.tell_acquaintances(&mut decision, oneself, || what.clone());
            self.tell_watchers(&mut decision, what);
        }
        decision
    }
}
