//! The accounts of one conversation: which stamp is still to reach whom, what came twice, late, out of order or to the
//! wrong user. A pure value: times are arguments, in nanoseconds from the start of the load.
//!
//! The memory of a ledger that only counts is bounded. It forgets stamps that have reached everybody soon, and those
//! that have not only if there are too many; then the oldest counts as lost, and what arrives of it later counts for
//! nothing. A ledger that also lists findings keeps every stamp: its script decides how many there are, not a peer.

#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, VecDeque};

use super::accounts::Excuse;
use super::bits::{Bits, Entries};
use super::counts::Counts;
use super::finding::{Finding, FindingKind};
use super::room_order::RoomOrder;

/// How many of the newest stamps are kept even if they have reached everybody, to tell a second arrival from a wrong
/// recipient.
const REMEMBERED: usize = 64;
/// How many of the newest are found at once, without a search; older ones are stragglers.
const AT_HAND: usize = 4096;
/// How many findings are kept: a peer that repeats a line for ever must not fill our memory.
const MOST_FINDINGS: usize = 1_000;
/// How long after a sender's connection ended its messages may be missing because of that, in nanoseconds.
const GRACE: u64 = 5_000_000_000;

/// The accounts of one conversation.
#[derive(Debug)]
pub struct Ledger {
    users: usize,
    /// How many stamps may be under way at once.
    most: usize,
    /// How many of the newest stamps are kept even if they have reached everybody.
    remembered: usize,
    /// The arrivals that were wrong; `None` if they are only counted.
    findings: Option<Vec<Finding>>,
    /// The number of the first stamp in `recent`.
    base: u64,
    recent: VecDeque<Stamp>,
    /// Older ones that have not reached everybody.
    stragglers: BTreeMap<u64, Stamp>,
    entries: Entries,
    /// For each sender that has sent, the highest number (plus 1) that each recipient has of it.
    highest: Vec<Option<Box<[u64]>>>,
    rooms: Vec<RoomOrder>,
    users_state: Vec<UserAccount>,
    /// Stamps up to here were given up while something of them was missing.
    given_up: u64,
    counts: Counts,
}

/// What is known about a user, for the stamps that were forgotten.
#[derive(Clone, Copy, Debug, Default)]
struct UserAccount {
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
    line: usize,
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
    /// The user that sends.
    pub sender: usize,
    /// The line of the script that sends.
    pub line: usize,
    /// The users that are meant; everybody if `None`.
    pub targets: Option<&'a [usize]>,
    /// The users that must receive it.
    pub recipients: &'a [usize],
    /// The users that may receive it, as they do not read at the moment.
    pub stalled: &'a [usize],
    /// When it is written.
    pub written: u64,
    /// When it should have been written.
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
    /// The line of the script that sent it.
    pub line: usize,
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

impl Ledger {
    /// A ledger that only counts, for this many users, with at most `most` stamps under way.
    #[must_use]
    pub fn new(users: usize, most: usize) -> Self {
        Self::keeping(users, most.max(REMEMBERED), REMEMBERED, None)
    }

    /// A ledger that also lists what went wrong, for this many users.
    #[must_use]
    pub fn listing(users: usize) -> Self {
        Self::keeping(users, usize::MAX, usize::MAX, Some(Vec::new()))
    }

    fn keeping(users: usize, most: usize, remembered: usize, findings: Option<Vec<Finding>>) -> Self {
        Self {
            users,
            most,
            remembered,
            findings,
            base: 0,
            recent: VecDeque::new(),
            stragglers: BTreeMap::new(),
            entries: Entries::new(users),
            highest: vec![None; users],
            rooms: Vec::new(),
            users_state: vec![UserAccount::default(); users],
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
        self.counts.uncounted += if sending.is_counted { 0 } else { u64::from(all) };
        self.counts.missing += u64::from(missing);
        self.counts.undelivered.stalled += u64::from(all - missing);
        let room = RoomOrder::find_or_add(&mut self.rooms, sending.targets, self.users);
        let &Sending { sender, line, written, intended, is_counted, .. } = sending;
        self.recent.push_back(Stamp { sender, line, room, written, intended, is_counted, missing, bits });
        self.forget_old();
        number
    }

    /// The stamp that this sender was given last was not written after all.
    pub fn withdraw(&mut self, sender: usize) {
        let last = self.recent.iter_mut().rev().find(|stamp| stamp.sender == sender);
        if let Some(stamp) = last.filter(|stamp| stamp.missing > 0) {
            self.counts.sent -= 1;
            self.counts.expected -= u64::from(stamp.missing);
            self.counts.uncounted -= if stamp.is_counted { 0 } else { u64::from(stamp.missing) };
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
        let (sender, line) = (stamp.sender, stamp.line);
        let finding = |kind| Finding { kind, line, sender, recipient };
        if !stamp.bits.is_expected(recipient) {
            self.counts.misdelivered += 1;
            note(&mut self.findings, finding(FindingKind::Misdelivered));
            return Receipt::Misdelivered;
        }
        if !stamp.bits.arrive(recipient) {
            self.counts.duplicated += 1;
            note(&mut self.findings, finding(FindingKind::Duplicated));
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
        // Allocated at the first message: of many users, few may ever write.
        let highest = self.highest[stamp.sender].get_or_insert_with(|| vec![0; self.users].into_boxed_slice());
        let is_reordered = number < highest[recipient];
        highest[recipient] = highest[recipient].max(number + 1);
        let newest = &mut self.users_state[recipient].newest;
        *newest = (*newest).max(number + 1);
        if is_reordered {
            self.counts.reordered += 1;
            note(&mut self.findings, finding(FindingKind::Reordered));
        }
        if let Some(room) = stamp.room {
            self.rooms[room].arrive(recipient, number);
        }
        Receipt::Delivered(Delivery {
            line,
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

    /// Whether a stamp with this number was given out.
    #[must_use]
    pub fn has_issued(&self, number: u64) -> bool {
        number < self.base + self.recent.len() as u64
    }

    /// The deliveries that went wrong, if this ledger lists them: first what is missing now, then the wrong arrivals in
    /// their order, of which the first 1,000 are kept.
    #[must_use]
    pub fn findings(&self) -> Vec<Finding> {
        let Some(findings) = &self.findings else { return Vec::new() };
        let unfinished = self.stragglers.values().chain(&self.recent).filter(|stamp| stamp.missing > 0);
        let lost = unfinished.flat_map(|stamp| {
            let missing = (0..self.users).filter(|&user| stamp.bits.is_missing(user));
            missing.map(|recipient| Finding {
                kind: FindingKind::Lost,
                line: stamp.line,
                sender: stamp.sender,
                recipient,
            })
        });
        lost.chain(findings.iter().cloned()).collect()
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

    /// Classifies an arrival whose stamp is no longer stored, or was never given out: misdelivered if this user never
    /// received one so new, else duplicated. A very late arrival at a wrong user that did receive a newer stamp cannot be
    /// told from a second arrival.
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
        while self.recent.len() > self.remembered {
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

fn note(findings: &mut Option<Vec<Finding>>, finding: Finding) {
    if let Some(findings) = findings.as_mut().filter(|findings| findings.len() < MOST_FINDINGS) {
        findings.push(finding);
    }
}
