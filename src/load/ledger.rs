//! The accounts of one cast: which stamp is still to reach whom, what came twice, late, out of order or to the wrong
//! user. A pure value: times are arguments, in nanoseconds from the start of the load.
//!
//! Its memory is bounded. Stamps that have reached everybody are forgotten soon, those that have not only when there
//! are too many; then the oldest counts as lost, and what arrives of it later counts for nothing.

mod bits;
mod room;

#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, VecDeque};

use self::bits::{Bits, Entries};
use self::room::Room;
use crate::run::accounts::Excuse;

/// How many of the newest stamps are kept even if they have reached everybody, to tell a second arrival from a wrong
/// recipient.
const REMEMBERED: usize = 64;
/// How many of the newest are found at once, without a search; older ones are stragglers.
const AT_HAND: usize = 4096;
/// How long after a sender's connection ended its messages may be missing because of that, in nanoseconds.
const GRACE: u64 = 5_000_000_000;

/// The accounts of one cast.
#[derive(Debug)]
pub struct Ledger {
    users: usize,
    /// How many stamps may be under way at once.
    most: usize,
    /// The number of the first stamp in `recent`.
    base: u64,
    recent: VecDeque<Stamp>,
    /// Older ones that have not reached everybody.
    stragglers: BTreeMap<u64, Stamp>,
    entries: Entries,
    /// For each sender that has sent, the highest number (plus 1) that each recipient has of it.
    highest: Vec<Option<Box<[u64]>>>,
    rooms: Vec<Room>,
    users_state: Vec<UserState>,
    /// Stamps up to here were given up while something of them was missing.
    given_up: u64,
    counts: Counts,
}

/// What is known about a user, for the stamps that were forgotten.
#[derive(Clone, Copy, Debug, Default)]
struct UserState {
    is_stalled: bool,
    /// Stamps from this on have not reached it.
    newest: u64,
    /// Why it was excused last.
    excused_as: Option<Excuse>,
    /// Stamps below this were excused for it, and may still come.
    excused_below: u64,
    /// When its connection ended, and which stamp was next.
    gone: Option<(u64, u64)>,
}

#[derive(Debug)]
struct Stamp {
    sender: usize,
    room: Option<usize>,
    written: u64,
    intended: u64,
    is_counted: bool,
    missing: u32,
    bits: Bits,
}

/// A stamp that is given out.
#[derive(Clone, Copy, Debug)]
pub struct Sending<'a> {
    /// Who sends.
    pub sender: usize,
    /// Who is meant; everybody if `None`.
    pub targets: Option<&'a [usize]>,
    /// Who must receive it.
    pub recipients: &'a [usize],
    /// Who may, as it does not read at the moment.
    pub stalled: &'a [usize],
    /// When it is written.
    pub written: u64,
    /// When it should have been.
    pub intended: u64,
    /// Whether its latencies count.
    pub is_counted: bool,
}

/// What an arrival was.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Receipt {
    /// The first one of a recipient.
    Delivered(Delivery),
    /// A further one of a recipient.
    Duplicated,
    /// Of somebody for whom it was not meant.
    Misdelivered,
    /// So late that it is not known any more what it was.
    Forgotten,
}

/// A message that has arrived.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Delivery {
    /// When it was written.
    pub written: u64,
    /// When it should have been.
    pub intended: u64,
    /// Whether its latencies count.
    pub is_counted: bool,
    /// It was the last recipient.
    pub is_last: bool,
    /// A later one of the same sender had come before.
    pub is_reordered: bool,
}

/// What the accounts come to. At any time `expected = delivered + missing + lost + undelivered`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Stamps given out.
    pub sent: u64,
    /// Arrivals that there should be.
    pub expected: u64,
    /// First arrivals.
    pub delivered: u64,
    /// What has not arrived yet.
    pub missing: u64,
    /// What should have arrived and never will.
    pub lost: u64,
    /// Second arrivals.
    pub duplicated: u64,
    /// Arrivals after a later message of the same sender.
    pub reordered: u64,
    /// Arrivals at the wrong user.
    pub misdelivered: u64,
    /// Rooms whose members saw the same messages in different orders.
    pub disordered: u64,
    /// What need not arrive, by the reason.
    pub undelivered: Undelivered,
}

/// What need not arrive any more, by the reason.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Undelivered {
    /// The recipient had left.
    pub left: u64,
    /// The recipient had reset its connection.
    pub reset: u64,
    /// The recipient's connection had ended.
    pub closed: u64,
    /// The recipient did not read.
    pub stalled: u64,
    /// The sender's connection ended soon after the message was written.
    pub sender_gone: u64,
    /// The cast was ended before it could arrive.
    pub cut_off: u64,
}

impl Undelivered {
    /// For whatever reason.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.left + self.reset + self.closed + self.stalled + self.sender_gone + self.cut_off
    }

    fn of(&mut self, excuse: Excuse) -> &mut u64 {
        match excuse {
            Excuse::Left => &mut self.left,
            Excuse::Reset => &mut self.reset,
            Excuse::Closed => &mut self.closed,
            Excuse::Stalled => &mut self.stalled,
        }
    }
}

impl Ledger {
    /// For so many users, with at most so many stamps under way.
    #[must_use]
    pub fn new(users: usize, most: usize) -> Self {
        Self {
            users,
            most: most.max(REMEMBERED),
            base: 0,
            recent: VecDeque::new(),
            stragglers: BTreeMap::new(),
            entries: Entries::new(users),
            highest: vec![None; users],
            rooms: Vec::new(),
            users_state: vec![UserState::default(); users],
            given_up: 0,
            counts: Counts::default(),
        }
    }

    /// Gives out a stamp and returns its number.
    pub fn issue(&mut self, sending: &Sending<'_>) -> u64 {
        let number = self.base + self.recent.len() as u64;
        let mut bits = self.entries.take();
        let mut missing = 0;
        for &user in sending.recipients.iter().chain(sending.stalled) {
            bits.expect(user);
        }
        for &user in sending.recipients.iter().filter(|&&user| !self.users_state[user].is_stalled) {
            missing += u32::from(bits.miss(user));
        }
        let all = bits.expected();
        self.counts.sent += 1;
        self.counts.expected += u64::from(all);
        self.counts.missing += u64::from(missing);
        self.counts.undelivered.stalled += u64::from(all - missing);
        let room = Room::find_or_add(&mut self.rooms, sending.targets, self.users);
        let &Sending { sender, written, intended, is_counted, .. } = sending;
        self.recent.push_back(Stamp { sender, room, written, intended, is_counted, missing, bits });
        self.forget_old();
        number
    }

    /// The stamp that this sender was given last was not written after all.
    pub fn withdraw(&mut self, sender: usize) {
        let last = self.recent.iter_mut().rev().find(|stamp| stamp.sender == sender);
        if let Some(stamp) = last.filter(|stamp| stamp.missing > 0) {
            self.counts.sent -= 1;
            self.counts.expected -= u64::from(stamp.missing);
            self.counts.missing -= u64::from(stamp.missing);
            stamp.bits.excuse_all();
            stamp.missing = 0;
        }
    }

    /// A stamp has arrived.
    pub fn receive(&mut self, number: u64, recipient: usize) -> Receipt {
        let stamp = match number.checked_sub(self.base) {
            Some(position) => usize::try_from(position).ok().and_then(|position| self.recent.get_mut(position)),
            None => self.stragglers.get_mut(&number),
        };
        let Some(stamp) = stamp else { return self.receive_unknown(number, recipient) };
        if !stamp.bits.is_expected(recipient) {
            self.counts.misdelivered += 1;
            return Receipt::Misdelivered;
        }
        if !stamp.bits.arrive(recipient) {
            self.counts.duplicated += 1;
            return Receipt::Duplicated;
        }
        self.counts.delivered += 1;
        if stamp.bits.take_missing(recipient) {
            self.counts.missing -= 1;
            stamp.missing -= 1;
        } else {
            // It was excused, and comes all the same.
            let reason = self.users_state[recipient].excused_as.unwrap_or(Excuse::Stalled);
            let excused = self.counts.undelivered.of(reason);
            *excused = excused.saturating_sub(1);
        }
        let highest = self.highest[stamp.sender].get_or_insert_with(|| vec![0; self.users].into_boxed_slice());
        let is_reordered = number < highest[recipient];
        highest[recipient] = highest[recipient].max(number + 1);
        let newest = &mut self.users_state[recipient].newest;
        *newest = (*newest).max(number + 1);
        self.counts.reordered += u64::from(is_reordered);
        if let Some(room) = stamp.room {
            self.rooms[room].arrive(recipient, number);
        }
        Receipt::Delivered(Delivery {
            written: stamp.written,
            intended: stamp.intended,
            is_counted: stamp.is_counted,
            is_last: stamp.missing == 0,
            is_reordered,
        })
    }

    /// What this user has not received by now need not come.
    pub fn excuse(&mut self, user: usize, reason: Excuse, at: u64) {
        let next = self.base + self.recent.len() as u64;
        let state = &mut self.users_state[user];
        let has_left = state.excused_as == Some(Excuse::Left);
        (state.excused_below, state.excused_as) = (next, Some(reason));
        match reason {
            Excuse::Stalled => state.is_stalled = true,
            Excuse::Reset => state.gone = Some((at, next)),
            Excuse::Closed if !has_left => state.gone = Some((at, next)),
            Excuse::Closed | Excuse::Left => {}
        }
        let mut excused = 0;
        for stamp in self.stragglers.values_mut().chain(&mut self.recent) {
            if stamp.bits.take_missing(user) {
                stamp.missing -= 1;
                excused += 1;
            }
        }
        self.counts.missing -= excused;
        *self.counts.undelivered.of(reason) += excused;
    }

    /// The user has a new connection.
    pub fn connect(&mut self, user: usize) {
        self.users_state[user].excused_as = None;
    }

    /// It has been waited for long enough: what is missing is lost.
    pub fn give_up_missing(&mut self) {
        self.given_up = self.base + self.recent.len() as u64;
        let base = self.base;
        let recent = std::mem::take(&mut self.recent);
        let numbered = recent.into_iter().enumerate().map(|(position, stamp)| (base + position as u64, stamp));
        let unfinished = numbered.filter(|(_, stamp)| stamp.missing > 0);
        let stragglers = std::mem::take(&mut self.stragglers);
        for (number, stamp) in stragglers.into_iter().chain(unfinished) {
            self.give_up(number, &stamp);
        }
        self.base = self.given_up;
    }

    /// The user reads again.
    pub fn resume(&mut self, user: usize) {
        let next = self.base + self.recent.len() as u64;
        let state = &mut self.users_state[user];
        (state.is_stalled, state.excused_below) = (false, next);
    }

    /// What the accounts come to now.
    #[must_use]
    pub fn counts(&self) -> Counts {
        self.counts
    }

    /// Closes the accounts: what is missing is lost, or was cut off.
    #[must_use]
    pub fn close(mut self, is_cut_off: bool) -> Counts {
        if is_cut_off {
            self.counts.undelivered.cut_off += self.counts.missing;
            self.counts.missing = 0;
        } else {
            self.give_up_missing();
        }
        self.counts.disordered = self.rooms.iter().filter(|room| room.is_disordered()).count() as u64;
        self.counts
    }

    /// Of a forgotten stamp that everybody has had for whom it was meant, or of one that was never given out. Who has had
    /// none so new was not meant. For others it is taken as the second arrival: that a wrong recipient gets so late what
    /// was said before something that did reach it is not told from it.
    fn receive_unknown(&mut self, number: u64, recipient: usize) -> Receipt {
        let is_issued = number < self.base;
        let user = &self.users_state[recipient];
        let may_be_first = number < self.given_up || number < user.excused_below || user.is_stalled;
        if is_issued && may_be_first {
            return Receipt::Forgotten;
        }
        // Everybody for whom it was meant has had it.
        if number < user.newest {
            self.counts.duplicated += 1;
            return Receipt::Duplicated;
        }
        self.counts.misdelivered += 1;
        Receipt::Misdelivered
    }

    /// Keeps the memory bounded.
    fn forget_old(&mut self) {
        while self.recent.len() > REMEMBERED {
            let is_finished = self.recent.front().is_some_and(|stamp| stamp.missing == 0);
            if !is_finished && self.recent.len() <= self.most.min(AT_HAND) {
                break;
            }
            let Some(stamp) = self.recent.pop_front() else { return };
            let number = self.base;
            self.base += 1;
            if stamp.missing == 0 {
                self.entries.give_back(stamp.bits);
            } else {
                self.stragglers.insert(number, stamp);
            }
        }
        if self.stragglers.len() > self.most {
            self.stragglers.retain(|_, stamp| stamp.missing > 0);
        }
        while self.stragglers.len() > self.most {
            let Some((number, stamp)) = self.stragglers.pop_first() else { return };
            self.given_up = number + 1;
            self.give_up(number, &stamp);
        }
    }

    fn give_up(&mut self, number: u64, stamp: &Stamp) {
        let missing = u64::from(stamp.missing);
        self.counts.missing -= missing;
        let is_senders_end = self.users_state[stamp.sender]
            .gone
            .is_some_and(|(at, next)| number < next && at.saturating_sub(stamp.written) < GRACE);
        if is_senders_end {
            self.counts.undelivered.sender_gone += missing;
        } else {
            self.counts.lost += missing;
        }
    }
}
