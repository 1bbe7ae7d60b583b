//! Everything that the hub knows, for whoever decides. Only `apply` changes it.

use std::collections::BTreeMap;
use std::time::SystemTime;

use serde::{Deserialize, Serialize};

use super::Limits;
use super::attentive::Attentive;
use super::pair::Pairs;
use super::pair_ends::PairEnd;
use super::people::{People, UserEntry};
use super::place::Places;
use super::record::PlaceId;
use super::room_settings::Ban;
use super::session::{Session, SessionId, SessionOrigin, Sessions};
use super::tokens::{AccountTokens, Tokens};
use super::unrest::Unrest;
use super::user_id::UserId;
use super::verdict::Purpose;
use super::watches::Watches;
use crate::protocol::name::UserName;
use crate::protocol::token::Epoch;

#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct View {
    pub(super) sessions: Sessions,
    pub(super) people: People,
    pub(super) places: Places,
    pub(super) pairs: Pairs,
    pub(super) tokens: Tokens,
    /// The tokens that accounts can come back with.
    pub(super) account_tokens: AccountTokens,
    /// What sessions want with the passwords that are being computed.
    pub(super) purposes: BTreeMap<SessionId, Purpose>,
    /// Sessions without a name that have shown which user they are.
    pub(super) authenticated: BTreeMap<SessionId, UserId>,
    pub(super) watches: Watches,
    /// Sessions that hear what people do.
    pub(super) attentive: Attentive,
    /// Names that nobody is let in with.
    pub(super) bans: BTreeMap<UserName, Ban>,
    pub(super) unrest: Unrest,
    /// Names the numbering of the lines.
    pub(super) epoch: Epoch,
    /// The id of the last message.
    pub(super) last_message: u64,
    /// When the last message was.
    pub(super) latest: SystemTime,
}

impl View {
    /// Nobody is here.
    pub(super) fn new(epoch: Epoch) -> Self {
        Self {
            sessions: Sessions::default(),
            people: People::default(),
            places: Places::default(),
            pairs: Pairs::default(),
            tokens: Tokens::default(),
            account_tokens: AccountTokens::default(),
            purposes: BTreeMap::new(),
            authenticated: BTreeMap::new(),
            watches: Watches::default(),
            attentive: Attentive::default(),
            bans: BTreeMap::new(),
            unrest: Unrest::default(),
            epoch,
            last_message: 0,
            latest: SystemTime::UNIX_EPOCH,
        }
    }

    /// Whether it is the session of somebody who runs the server: in person, or appointed.
    pub(super) fn is_operator(&self, session: SessionId) -> bool {
        let is_appointed = |user: &UserEntry| user.account.as_ref().is_some_and(|account| account.is_operator);
        self.sessions.origin(session) == Some(SessionOrigin::Operator)
            || self.user_of(session).is_some_and(|(_, user)| is_appointed(user))
    }

    /// Whether nobody reads along when this session says a password, or nobody minds.
    pub(super) fn may_say_password(&self, session: SessionId, limits: &Limits) -> bool {
        limits.plain_passwords || self.sessions.origin(session).is_some_and(SessionOrigin::is_secure)
    }

    /// Whose session it is.
    pub(super) fn user_of(&self, session: SessionId) -> Option<(UserId, &UserEntry)> {
        let id = self.sessions.user(session)?;
        Some((id, self.people.get(id)?))
    }

    /// Who is one of a pair now.
    pub(super) fn user_at(&self, end: &PairEnd) -> Option<(UserId, &UserEntry)> {
        match end {
            PairEnd::Account(account) => {
                let id = self.people.of_account(*account)?;
                Some((id, self.people.get(id)?))
            }
            PairEnd::Guest(name) => self.people.named(name).filter(|(_, user)| user.account.is_none()),
        }
    }

    /// What one of a pair is called.
    pub(super) fn name_at(&self, end: &PairEnd) -> Option<UserName> {
        match end {
            PairEnd::Account(_) => self.user_at(end).map(|(_, user)| user.name.clone()),
            PairEnd::Guest(name) => Some(name.clone()),
        }
    }

    /// The number of the first line of a pair that a session hears; `None` if it hears none.
    pub(super) fn first_heard_of_pair(&self, session: SessionId, pair: PlaceId) -> Option<u64> {
        let Some(Session::Chatting { user: _, heard_from, numbered: _ }) = self.sessions.get(session) else {
            return None;
        };
        // A pair that was not there at the login was heard from its beginning.
        Some(heard_from.get(&pair).copied().unwrap_or(1))
    }

    /// The number of the first line that a session hears of a place since its user is in it; `None` if he is not.
    pub(super) fn first_heard(&self, session: SessionId, place: PlaceId) -> Option<u64> {
        let Some(Session::Chatting { user, heard_from, numbered: _ }) = self.sessions.get(session) else { return None };
        let since_entered = *self.people.get(*user)?.places.get(&place)?;
        let since_connected = heard_from.get(&place).copied();
        Some(since_entered.max(since_connected.unwrap_or(0)))
    }
}
