//! What a call of the hub decided: facts that become true, and what is said beside them, in order.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use super::outputs::Output;
use super::ranks::Ranks;
use super::record::{Line, PlaceId, Record};
use super::room_settings::RoomSetting;
use super::session::{SessionId, SessionOrigin};
use super::user_id::UserId;
use super::verdict::{PasswordCheck, Purpose};
use super::view::View;
use crate::protocol::command::Text;
use crate::protocol::event::{Event, Mark, RoomEvent};
use crate::protocol::file::FileInfo;
use crate::protocol::name::UserName;
use crate::protocol::profile::Profile;
use crate::protocol::recall_request::RecalledPlace;
use crate::protocol::refusal::Refusal;
use crate::protocol::token::SessionToken;

/// One fact. It holds all that it takes to make it true, so that nothing is decided when it is applied.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    /// The session of the next id was opened, and is asked for a name.
    Connected {
        /// The session.
        session: SessionId,
        /// Where it comes from.
        origin: SessionOrigin,
        /// What it speaks, in a word.
        door: &'static str,
        /// When it ends unless it has a name, since the server started.
        until: Duration,
    },
    /// The session gave a name that was refused.
    NameRefused(SessionId),
    /// The session gives a name from the beginning.
    NameWanted(SessionId),
    /// The session gave the name of this user's account, and is asked for the password.
    PasswordAwaited {
        /// The session.
        session: SessionId,
        /// Whose account.
        user: UserId,
    },
    /// A password of the session is being computed, for this.
    Checking {
        /// The session.
        session: SessionId,
        /// What for.
        purpose: Purpose,
    },
    /// What the session's password came to is known.
    Checked(SessionId),
    /// The user has read a place up to then.
    ReadTo {
        /// The user.
        user: UserId,
        /// Which place.
        place: RecalledPlace,
        /// Up to when.
        to: SystemTime,
    },
    /// The session has shown that it is this user, and has no name yet.
    Authenticated {
        /// The session.
        session: SessionId,
        /// Whose account it is.
        user: UserId,
    },
    /// A new user is here.
    Arrived {
        /// The user.
        user: UserId,
        /// The user's name.
        name: UserName,
    },
    /// The session is nobody's, and will be another user's in a moment.
    LoggedOut(SessionId),
    /// The session is one of this user's.
    LoggedIn {
        /// The session.
        session: SessionId,
        /// The user it belongs to.
        user: UserId,
    },
    /// The session has this token, and no other.
    TokenGiven {
        /// Which one.
        session: SessionId,
        /// Its token.
        token: SessionToken,
    },
    /// The session hears the numbers of lines, or does not.
    NumbersSet {
        /// The session.
        session: SessionId,
        /// Whether it hears them.
        on: bool,
    },
    /// The session is over.
    Ended(SessionId),
    /// The user is not here any more.
    Gone(UserId),
    /// The user is called otherwise.
    Renamed {
        /// The user.
        user: UserId,
        /// The user's name from now on.
        to: UserName,
    },
    /// The user is a member.
    Entered {
        /// The place.
        place: PlaceId,
        /// The user.
        user: UserId,
        /// Who wanted it: the user, or somebody who has put the user into the place.
        by: UserId,
    },
    /// The user is no member any more.
    Exited {
        /// The place.
        place: PlaceId,
        /// The user.
        user: UserId,
    },
    /// The member decides about the place from now on.
    Owned {
        /// The place.
        place: PlaceId,
        /// The owner.
        owner: UserId,
    },
    /// The place is the server's own from now on: nobody in it decides about it.
    TakenFromAll(PlaceId),
    /// The user, a guest, is asked to enter a place.
    Invited {
        /// The place.
        place: PlaceId,
        /// The user.
        user: UserId,
        /// Who asks.
        by: UserName,
    },
    /// The user is asked no more.
    Uninvited {
        /// The place.
        place: PlaceId,
        /// The user.
        user: UserId,
    },
    /// Others ask before they put the user, a guest, into a place, or do not.
    InvitationsSet {
        /// The user.
        user: UserId,
        /// Whether they ask.
        ask: bool,
    },
    /// Users were written to.
    Messaged {
        /// The recipients, each once.
        to: Vec<UserId>,
        /// The sender's name at that time.
        from: UserName,
        /// What was written.
        text: Text,
        /// Which message it is, and when.
        mark: Mark,
    },
    /// The user is described so.
    Described {
        /// The user.
        user: UserId,
        /// By what.
        profile: Box<Profile>,
    },
    /// The user has said something.
    Spoke(UserId, SystemTime),
    /// The session hears what people do, and what it needs to know of the rooms that its user enters.
    Attentive(SessionId),
    /// The session hears when these come and go, or does not any more.
    Watches {
        /// The session.
        session: SessionId,
        /// Whom.
        names: Vec<UserName>,
        /// Whether it does.
        on: bool,
    },
    /// The session hears of nobody any more who shares no room with its user.
    WatchesNobody(SessionId),
    /// Members of a room may do this.
    Ranked {
        /// The room.
        place: PlaceId,
        /// Which members are more than that.
        ranks: Ranks,
    },
    /// A message was counted that is no line of a place.
    Counted(Mark),
    /// Users were sent a file.
    FileGiven {
        /// The recipients, each once.
        to: Vec<UserId>,
        /// The sender.
        by: UserId,
        /// What was sent.
        file: Arc<FileInfo>,
        /// Which message it is, and when.
        mark: Mark,
    },
    /// It was told which accounts have come and gone.
    PresenceTold,
    /// A fact that outlives the server.
    Kept(Record),
    /// The server stops: nobody is here any more.
    Stopped,
}

/// One step of a decision: a change, or something to say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum DecisionStep {
    Change(Change),
    Say(Output),
}

/// What is to happen: changes, and what is said besides, in order. To be handed to [`super::Hub::apply`] before
/// anything else is decided, as it counts on from the state that it was decided by.
#[derive(Debug, Clone, PartialEq, Eq)]
#[must_use = "what was decided is to be applied"]
pub struct Decision {
    pub(super) steps: Vec<DecisionStep>,
    last_message: u64,
    at: SystemTime,
}

impl Decision {
    /// Nothing, yet. What is added is counted on from here.
    pub(super) fn new(view: &View, wall: SystemTime) -> Self {
        // The clock of the machine may be set back; what is kept is in the order of its times.
        Self { steps: Vec::new(), last_message: view.last_message, at: wall.max(view.latest) }
    }

    pub(super) fn change(&mut self, change: Change) {
        self.steps.push(DecisionStep::Change(change));
    }

    pub(super) fn say(&mut self, output: Output) {
        self.steps.push(DecisionStep::Say(output));
    }

    /// The lines that a session hears of rooms begin with their numbers from now on, or no longer.
    pub(super) fn set_numbers(&mut self, session: SessionId, on: bool) {
        self.change(Change::NumbersSet { session, on });
        self.say(Output::SetNumbers(session, on));
    }

    /// Has something computed of a password.
    pub(super) fn check(&mut self, session: SessionId, check: PasswordCheck, purpose: Purpose) {
        self.change(Change::Checking { session, purpose });
        self.say(Output::Check(session, check));
    }

    /// Asks for a name, though none was refused.
    pub(super) fn ask_name_again(&mut self, session: SessionId) {
        self.change(Change::NameWanted(session));
        self.tell(session, Event::NamePrompt);
    }

    pub(super) fn tell(&mut self, to: SessionId, event: Event) {
        self.say(Output::Tell(to.into(), event));
    }

    /// Tells a session something before any session ends, as it may be its own.
    pub(super) fn tell_before_the_end(&mut self, to: SessionId, event: Event) {
        let is_end = |step: &DecisionStep| matches!(step, DecisionStep::Change(Change::Ended(_)));
        let at = self.steps.iter().position(is_end).unwrap_or(self.steps.len());
        self.steps.insert(at, DecisionStep::Say(Output::Tell(to.into(), event)));
    }

    pub(super) fn refuse(&mut self, to: SessionId, refusal: Refusal) {
        self.tell(to, Event::Refused(refusal));
    }

    /// Something is decided about a place.
    pub(super) fn set(&mut self, place: PlaceId, setting: RoomSetting) {
        self.change(Change::Kept(Record::Setting { place, setting }));
    }

    /// Something is said or happens in a place, as its line of this number; its mark.
    pub(super) fn line(&mut self, place: PlaceId, number: u64, what: RoomEvent) -> Mark {
        let mark = self.mark();
        self.change(Change::Kept(Record::Line(Arc::new(Line { place, number, mark, what }))));
        mark
    }

    /// When it happens.
    pub(super) fn at(&self) -> SystemTime {
        self.at
    }

    /// The mark of one more message.
    pub(super) fn mark(&mut self) -> Mark {
        self.last_message += 1;
        Mark { id: self.last_message, at: self.at }
    }

    /// Whether the store would have to keep something of it, so that it can be refused while that is impossible. What ends
    /// a session happens in any case.
    #[must_use]
    pub fn can_wait(&self) -> bool {
        let is_end = |step: &DecisionStep| matches!(step, DecisionStep::Change(Change::Ended(_)));
        let is_kept = |step: &DecisionStep| matches!(step, DecisionStep::Change(Change::Kept(_)));
        self.steps.iter().any(is_kept) && !self.steps.iter().any(is_end)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.steps.is_empty()
    }
}
