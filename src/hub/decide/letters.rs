//! Writing to users who are accounts, or as one: what is written is kept, and waits for who is away.

use std::collections::BTreeSet;
use std::num::NonZeroUsize;

use super::Requester;
use super::history::{LONGEST_PAGE, USUAL_PAGE, page_range};
use crate::hub::account::AccountId;
use crate::hub::change::{Change, Decision};
use crate::hub::pair::Pair;
use crate::hub::pair_ends::{PairEnd, PairEnds};
use crate::hub::people::UserEntry;
use crate::hub::question::{PageName, PageQuestion, Question};
use crate::hub::record::{PlaceId, Record};
use crate::hub::view::View;
use crate::protocol::command::{HistoryRange, Text};
use crate::protocol::event::{Event, Mark, PastEnd, PastEvent, RoomEvent};
use crate::protocol::name::UserName;
use crate::protocol::refusal::Refusal;

/// Messages that wait for one account that is away.
const MAILBOX: usize = 1000;

/// Users with whom one account has messages that are kept. Past it, the pair is forgotten that has been silent for longest.
const MOST_PAIRS: usize = 1000;

/// What one command has written, as the decision is made before anything of it is true.
#[derive(Debug)]
pub(super) struct Letters {
    next: PlaceId,
    written: BTreeSet<PlaceId>,
    forgotten: BTreeSet<PlaceId>,
}

impl Letters {
    pub(super) fn new(view: &View) -> Self {
        Self { next: view.places.next_id(), written: BTreeSet::new(), forgotten: BTreeSet::new() }
    }

    /// Forgets the pairs that others have taken the place of.
    pub(super) fn finish(self, decision: &mut Decision) {
        let gone = self.forgotten.difference(&self.written);
        gone.for_each(|place| decision.change(Change::Kept(Record::PlaceGone(*place))));
    }
}

/// Whom somebody has messages with, and which, if there are any.
pub(super) type OwnPair<'a> = (UserName, Option<(PlaceId, &'a Pair)>);

impl Requester<'_> {
    /// Writes to a user. One of the two is an account. The mark of the message.
    pub(super) fn write_to(
        self,
        decision: &mut Decision,
        letters: &mut Letters,
        user: &UserEntry,
        text: &Text,
    ) -> Result<Mark, Refusal> {
        if !user.is_here() && user.waiting >= MAILBOX {
            return Err(Refusal::MailboxFull(user.name.clone()));
        }
        let ends = PairEnds::new(self.user.pair_end(), user.pair_end());
        let (place, number) = match self.view.pairs.of(&ends) {
            Some((place, pair)) => (place, pair.number),
            None => (self.open_pair(decision, letters, ends, user)?, 0),
        };
        letters.written.insert(place);
        let said = RoomEvent::Said { from: self.user.name.clone(), text: text.clone() };
        let mark = decision.line(place, number + 1, said);
        if !user.is_here() {
            decision.tell(self.session, Event::KeptFor(user.name.clone()));
        }
        Ok(mark)
    }

    fn open_pair(
        self,
        decision: &mut Decision,
        letters: &mut Letters,
        ends: PairEnds,
        user: &UserEntry,
    ) -> Result<PlaceId, Refusal> {
        for account in ends.accounts().filter(|account| self.view.pairs.number_of(*account) >= MOST_PAIRS) {
            let silent = self.view.pairs.of_account(account).filter(|(place, pair)| !self.waits(*place, pair));
            let silent = silent.min_by_key(|(_, pair)| pair.last_message);
            let (place, _) = silent.ok_or_else(|| Refusal::MailboxFull(user.name.clone()))?;
            letters.forgotten.insert(place);
        }
        let place = letters.next;
        letters.next = place.next();
        decision.change(Change::Kept(Record::Pair { place, ends, number: 0 }));
        Ok(place)
    }

    /// Whether something of the pair waits for somebody who is away.
    fn waits(self, place: PlaceId, pair: &Pair) -> bool {
        let mut users = pair.ends.both().into_iter().filter_map(|end| self.view.user_at(end));
        users.any(|(_, user)| !user.is_here() && user.read.get(&place).copied().unwrap_or(0) < pair.number)
    }

    pub(super) fn message_history(
        self,
        with: UserName,
        range: HistoryRange,
        most: Option<NonZeroUsize>,
    ) -> Result<Decision, Refusal> {
        let (with, found) = self.own_pair(with)?;
        let Some((place, pair)) = found else {
            return Ok(self.answer(Event::Past(PastEvent::Messages {
                with,
                lines: Vec::new(),
                end: PastEnd::Kept(None),
            })));
        };
        let most = most.map_or(USUAL_PAGE, NonZeroUsize::get).min(LONGEST_PAGE);
        let (name, range) = (PageName::Messages { with, own: self.user.name.clone() }, page_range(range));
        Ok(self.ask(Question::Page(PageQuestion { place, name, range, most, last: pair.number })))
    }

    /// What the caller, who is an account, and this user wrote to each other, if anything.
    pub(super) fn own_pair(&self, with: UserName) -> Result<OwnPair<'_>, Refusal> {
        let own = PairEnd::Account(self.account()?.id);
        let known = self.view.people.named(&with);
        let other = known.map_or_else(|| PairEnd::Guest(with.clone()), |(_, user)| user.pair_end());
        match (known, self.view.pairs.of(&PairEnds::new(own, other))) {
            (None, None) => Err(Refusal::NoSuchUser(with)),
            (known, found) => Ok((known.map_or(with, |(_, user)| user.name.clone()), found)),
        }
    }

    /// Notes that the caller has read everything. What is read already is not noted again.
    pub(super) fn read_all(self, decision: &mut Decision, account: AccountId) {
        let rooms = self.rooms_by_name().into_iter().map(|(place, at)| (place, at.number));
        let pairs = self.view.pairs.of_account(account).map(|(place, pair)| (place, pair.number));
        for (place, read) in rooms.chain(pairs).filter(|(place, read)| self.user.read.get(place) != Some(read)) {
            decision.change(Change::Kept(Record::Member { place, account, read }));
        }
    }

    /// Notes that the caller has read so far, where he is known to have read less. Where he is no member any more, nobody
    /// wants to know.
    pub(super) fn read_until(self, decision: &mut Decision, account: AccountId, read: &[(PlaceId, u64)]) {
        let is_known = |place: PlaceId| self.user.places.contains_key(&place) || self.view.pairs.get(place).is_some();
        let is_news = |place: PlaceId, number: u64| self.user.read.get(&place).is_none_or(|known| *known < number);
        for (place, read) in read.iter().copied().filter(|(place, read)| is_known(*place) && is_news(*place, *read)) {
            decision.change(Change::Kept(Record::Member { place, account, read }));
        }
    }

    /// What was kept between an account that is given up and others is, for the others, what they and a guest of this name
    /// wrote.
    pub(super) fn give_up_pairs(self, decision: &mut Decision, account: AccountId, name: &UserName) {
        let own = PairEnd::Account(account);
        for (place, pair) in self.view.pairs.of_account(account) {
            let other = pair.ends.other(&own);
            let ends = PairEnds::new(PairEnd::Guest(name.clone()), other.clone());
            if ends.accounts().next().is_none() || *other == own {
                decision.change(Change::Kept(Record::PlaceGone(place)));
                continue;
            }
            if let Some((older, _)) = self.view.pairs.of(&ends) {
                decision.change(Change::Kept(Record::PlaceGone(older)));
            }
            decision.change(Change::Kept(Record::Pair { place, ends, number: pair.number }));
        }
    }
}
