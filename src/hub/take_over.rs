//! Coming back with a token: to the session that has it, or to the account that was given it. What was missed meanwhile
//! is in `decide/missed`.

use std::time::{Duration, SystemTime};

use super::change::{Change, Decision};
use super::decide::tell_missed;
use super::login::refuse_name;
use super::outputs::Output;
use super::people::UserEntry;
use super::record::Record;
use super::session::{Session, SessionId};
use super::user_id::UserId;
use super::{Hub, Now};
use crate::protocol::event::Event;
use crate::protocol::refusal::{AccountRefusal, DisconnectReason, Refusal};
use crate::protocol::token::SessionToken;

/// A token that is used is noted as used again only after this time, so that not each login is written.
const NOTED_EVERY: Duration = Duration::from_secs(24 * 60 * 60);

/// Who comes back with a token.
struct Returning<'a> {
    user: UserId,
    entry: &'a UserEntry,
    /// The session that still has the token, and whether it hears numbers.
    before: Option<(SessionId, bool)>,
}

impl Hub {
    /// The first line of a session: it is the one of this token from now on, which ends, if there still is one. Nobody else
    /// hears of it.
    pub(super) fn decide_take_over(&self, session: SessionId, token: SessionToken, now: Now) -> Decision {
        let mut decision = Decision::new(&self.view, now.wall);
        let Some(refused) = self.view.sessions.refused(session) else { return decision };
        let returning = match self.returning(session, token, decision.at()) {
            Ok(returning) => returning,
            Err(refusal) => {
                refuse_name(&mut decision, session, refused, refusal);
                return decision;
            }
        };
        let Returning { user, entry, before } = returning;
        before.into_iter().for_each(|(before, _)| decision.change(Change::Ended(before)));
        decision.change(Change::LoggedIn { session, user });
        decision.change(Change::TokenGiven { session, token });
        self.note_use(&mut decision, token);
        if let Some((before, numbered)) = before {
            // What is said before the client asks for numbers again has them too.
            if numbered {
                decision.set_numbers(session, true);
            }
            decision.refuse(before, Refusal::Disconnected(DisconnectReason::Replaced));
            decision.say(Output::Close(before));
        }
        decision.tell(session, Event::Welcome);
        tell_missed(&self.view, &mut decision, session, entry);
        decision
    }

    /// Who this session belongs to if it says this token.
    fn returning(&self, session: SessionId, token: SessionToken, now: SystemTime) -> Result<Returning<'_>, Refusal> {
        let view = &self.view;
        let before = view.tokens.session(token).and_then(|before| match view.sessions.get(before)? {
            Session::Chatting { user, heard_from: _, numbered } => Some((*user, (before, *numbered))),
            Session::AwaitingName { .. } | Session::AwaitingPassword { .. } => None,
        });
        let (user, before) = match before {
            Some((user, before)) => (Some(user), Some(before)),
            None => {
                let account = view.account_tokens.find(&token.hash(), now);
                (account.and_then(|(account, _)| view.people.of_account(account)), None)
            }
        };
        let found = user.and_then(|user| Some((user, view.people.get(user)?)));
        let (user, entry) = found.ok_or(Refusal::WrongToken)?;
        // It does what a password does, so nobody may read along either.
        if entry.account.is_some() && !view.may_say_password(session, &self.limits) {
            return Err(Refusal::Account(AccountRefusal::Insecure));
        }
        view.check_not_banned(session, &entry.name)?;
        Ok(Returning { user, entry, before })
    }

    fn note_use(&self, decision: &mut Decision, token: SessionToken) {
        let (hash, now) = (token.hash(), decision.at());
        if let Some((account, used)) = self.view.account_tokens.find(&hash, now)
            && now.duration_since(used).is_ok_and(|since| since > NOTED_EVERY)
        {
            decision.change(Change::Kept(Record::Token { hash, account, used: now }));
        }
    }

    /// A token was made for a session. That of an account outlives the session, unless nothing can be kept now.
    pub(super) fn decide_token(&self, session: SessionId, token: SessionToken, can_keep: bool, now: Now) -> Decision {
        let mut decision = Decision::new(&self.view, now.wall);
        let Some((_, user)) = self.view.user_of(session) else { return decision };
        if let Some(account) = user.account.as_ref().filter(|_| can_keep) {
            let (hash, now) = (token.hash(), decision.at());
            let mut ends = self.view.account_tokens.surplus(account.id, now);
            ends.extend(self.view.tokens.of(session).map(SessionToken::hash).filter(|before| *before != hash));
            ends.into_iter().for_each(|hash| decision.change(Change::Kept(Record::TokenGone(hash))));
            decision.change(Change::Kept(Record::Token { hash, account: account.id, used: now }));
        }
        decision.change(Change::TokenGiven { session, token });
        decision.tell(session, Event::Token(token));
        decision
    }
}
