//! Writing to users who are accounts, or as one: what is written is kept, and waits for who is away.

use std::collections::BTreeSet;
use std::num::NonZeroUsize;

use super::Requester;
use super::history::{LONGEST_PAGE, USUAL_PAGE, page_range};
use crate::hub::account::AccountId;
use crate::hub::change::{Change, Decision};
use crate::hub::outputs::Output;
use crate::hub::pair::Pair;
use crate::hub::pair_ends::{PairEnd, PairEnds};
use crate::hub::people::UserEntry;
use crate::hub::question::{MissedQuestion, PageName, PageQuestion, PageRange, Question};
use crate::hub::record::{PlaceId, Record};
use crate::hub::session::SessionId;
use crate::hub::view::View;
use crate::protocol::command::{HistoryRange, Text};
use crate::protocol::event::{Event, Mark, PastEnd, PastEvent, RoomEvent};
use crate::protocol::name::UserName;
use crate::protocol::refusal::Refusal;

/// Messages that wait for one account that is away.
const MAILBOX: usize = 1000;

/// Users with whom one account has messages that are kept. Past it, the pair is forgotten that has been silent for longest.
const MOST_PAIRS: usize = 1000;

/// Lines of what one person wrote that are told at a login.
const MISSED_OF_ONE: usize = 100;

/// Users whose lines are told at a login; of others it is told which there are.
const MISSED_OF: usize = 100;

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
type OwnPair<'a> = (UserName, Option<(PlaceId, &'a Pair)>);

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

    /// What was written after a line and before the first that this session heard as it was written.
    pub(super) fn resume_messages(self, with: UserName, after: u64) -> Result<Decision, Refusal> {
        let (with, found) = self.own_pair(with)?;
        let last = found.map_or(0, |(_, pair)| pair.number);
        if after > last {
            return Err(Refusal::BadMessageNumber { with, last });
        }
        let Some((place, _)) = found else {
            return Ok(self.answer(Event::Past(PastEvent::Messages {
                with,
                lines: Vec::new(),
                end: PastEnd::LeftOut(None),
            })));
        };
        let last = self.view.first_heard_of_pair(self.session, place).map_or(last, |first| first - 1);
        let (name, range) = (PageName::Messages { with, own: self.user.name.clone() }, PageRange::Missed(after));
        Ok(self.ask(Question::Page(PageQuestion { place, name, range, most: LONGEST_PAGE, last })))
    }

    /// What the caller, who is an account, and this user wrote to each other, if anything.
    fn own_pair(&self, with: UserName) -> Result<OwnPair<'_>, Refusal> {
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

/// Has an account told what it has missed, and where it is asked to come, which logs in with this session.
pub(in crate::hub) fn tell_missed(view: &View, decision: &mut Decision, session: SessionId, user: &UserEntry) {
    let Some(account) = &user.account else { return };
    let mut invitations: Vec<_> =
        user.invitations.iter().filter_map(|(id, by)| Some((view.places.get(*id)?, by))).collect();
    invitations.sort_by(|(a, _), (b, _)| a.name.cmp(&b.name));
    for (place, by) in invitations {
        decision.tell(session, Event::Invitation { room: place.name.clone(), by: by.clone() });
    }
    let own = PairEnd::Account(account.id);
    let read = |place: PlaceId| user.read.get(&place).copied();
    let missed = view.pairs.of_account(account.id).filter_map(|(place, pair)| {
        let after = read(place).unwrap_or(0);
        let with = view.name_at(pair.ends.other(&own)).filter(|_| after < pair.number)?;
        let name = PageName::Messages { with, own: user.name.clone() };
        Some(PageQuestion { place, name, range: PageRange::Unread(after), most: MISSED_OF_ONE, last: pair.number })
    });
    let mut pages: Vec<PageQuestion> = missed.collect();
    pages.sort_by(|a, b| a.name.cmp(&b.name));
    pages.iter_mut().skip(MISSED_OF).for_each(|page| page.most = 0);
    let rooms = user.places.keys().filter_map(|id| {
        let place = view.places.get(*id)?;
        let from = read(*id)? + 1;
        (from <= place.number).then(|| (place.name.clone(), (from, place.number)))
    });
    let mut rooms: Vec<_> = rooms.collect();
    rooms.sort();
    if !(pages.is_empty() && rooms.is_empty()) {
        decision.say(Output::Ask(session, Question::Missed(MissedQuestion { pages, rooms })));
    }
}
