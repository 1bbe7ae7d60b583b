//! Files: who may send one and take it back, and what happens once all its bytes are there.

use std::sync::Arc;
use std::time::SystemTime;

use super::Requester;
use crate::hub::change::{Change, Decision};
use crate::hub::file::{FileSender, FileWish};
use crate::hub::outputs::Output;
use crate::hub::people::UserEntry;
use crate::hub::place::Place;
use crate::hub::record::{KeptFile, Record};
use crate::hub::session::SessionId;
use crate::hub::user_id::UserId;
use crate::hub::{Hub, Now};
use crate::protocol::command::{FileRequest, FileTarget, UserList};
use crate::protocol::event::RoomEvent;
use crate::protocol::file::FileInfo;
use crate::protocol::name::UserName;
use crate::protocol::refusal::{Refusal, TooMany};

impl Requester<'_> {
    /// Whether there is anybody who would see it; whether there is room for it is for the server to know.
    pub(super) fn send_file(self, request: FileRequest) -> Result<Decision, Refusal> {
        let mut decision = self.decision();
        let to = match request.to {
            FileTarget::Room(room) => FileTarget::Room(self.own_room(room)?.1.name.clone()),
            FileTarget::Users(users) => {
                if users.as_slice().len() > self.limits.max_recipients {
                    return Err(Refusal::TooMany(TooMany::Recipients(self.limits.max_recipients)));
                }
                let (found, missing) = present(self.view.people.named_all(&users));
                missing.into_iter().for_each(|name| decision.refuse(self.session, Refusal::NoSuchUser(name)));
                match UserList::new(found.into_iter().map(|(_, user)| user.name.clone())) {
                    Some(users) => FileTarget::Users(users),
                    None => return Ok(decision),
                }
            }
        };
        let by = FileSender { user: Some(self.id), name: self.user.name.clone() };
        decision.say(Output::TakeFile(self.session, FileWish { by, request: FileRequest { to, ..request } }));
        Ok(decision)
    }
}

impl Hub {
    /// What comes of a file whose bytes are all there, which is then kept until it expires.
    ///
    /// # Errors
    /// If whoever announced it is not there any more, or nobody whom it is for.
    pub fn decide_file(
        &self,
        wish: &FileWish,
        info: &Arc<FileInfo>,
        expires: Option<SystemTime>,
        now: Now,
    ) -> Result<(Decision, KeptFile), Refusal> {
        let mut decision = Decision::new(&self.view, now.wall);
        let sender = self.sender(&wish.by);
        let kept = |(id, user): (UserId, &UserEntry)| KeptFile {
            info: Arc::clone(info),
            line: None,
            place: None,
            by: Some(FileSender { user: Some(id), name: user.name.clone() }),
            expires,
        };
        match &wish.request.to {
            FileTarget::Room(room) => {
                let found = sender.zip(self.view.places.awake(room));
                let Some(((id, user), (place_id, place))) =
                    found.filter(|((_, user), (place, _))| user.places.contains_key(place))
                else {
                    return Err(Refusal::NotAMember(room.clone()));
                };
                let line = Some(self.view.last_message + 1);
                let kept = KeptFile { line, place: Some(place_id), ..kept((id, user)) };
                decision.change(Change::Kept(Record::File(Arc::new(kept.clone()))));
                let what = RoomEvent::File { from: user.name.clone(), file: Arc::clone(info) };
                decision.line(place_id, place.number + 1, what);
                Ok((decision, kept))
            }
            FileTarget::Users(users) => {
                let (by, user) = sender.ok_or_else(|| Refusal::NoSuchUser(wish.by.name.clone()))?;
                let (found, missing) = present(self.view.people.named_all(users));
                if let (true, Some(name)) = (found.is_empty(), missing.into_iter().next()) {
                    return Err(Refusal::NoSuchUser(name));
                }
                let kept = kept((by, user));
                decision.change(Change::Kept(Record::File(Arc::new(kept.clone()))));
                let (to, mark) = (found.into_iter().map(|(id, _)| id).collect(), decision.mark());
                decision.change(Change::FileGiven { to, by, file: Arc::clone(info), mark });
                Ok((decision, kept))
            }
        }
    }

    /// Whether a session may take a file away from everybody: its sender may, the owner and the operators of the room, and
    /// an operator of the server. A sender from before a restart is known by the account.
    #[must_use]
    pub fn may_remove(&self, session: SessionId, file: &KeptFile) -> bool {
        let Some((id, user)) = self.view.user_of(session) else { return false };
        let is_operator = self.view.is_operator(session);
        let decides = |place: &Place| place.owner == Some(id) || place.rank_of(id).is_operator;
        let is_moderator = file.place.and_then(|place| self.view.places.get(place)).is_some_and(decides);
        let is_sender = file.by.as_ref().is_some_and(|by| match by.user {
            Some(sender) => sender == id,
            None => user.account.is_some() && user.name == by.name,
        });
        is_operator || is_moderator || is_sender
    }

    /// Whoever has announced a file, if still here, or here again under the same name: whoever knows the token is the same.
    fn sender(&self, by: &FileSender) -> Option<(UserId, &UserEntry)> {
        let people = &self.view.people;
        let is_here = |found: &(UserId, &UserEntry)| found.1.is_here();
        let same = by.user.and_then(|id| Some((id, people.get(id)?))).filter(is_here);
        same.or_else(|| people.named(&by.name).filter(is_here))
    }
}

type Found<'a> = Vec<(UserId, &'a UserEntry)>;

/// Those who are here, and the names of the others.
fn present<'a>(
    named: impl Iterator<Item = (&'a UserName, Option<(UserId, &'a UserEntry)>)>,
) -> (Found<'a>, Vec<UserName>) {
    let (mut found, mut missing) = (Vec::new(), Vec::new());
    for (name, user) in named {
        match user.filter(|(_, user)| user.is_here()) {
            Some(user) => found.push(user),
            None => missing.push(name.clone()),
        }
    }
    (found, missing)
}
