//! Stamps: short tokens in the text of a message by which every single delivery is accounted for.
//!
//! A line with a stamp of this ledger is counted where it is read and never enters an inbox. Users are known by their
//! number in the test. A stamp that went to nobody it was meant for, twice to somebody, to somebody else, or after a
//! later one of the same sender, is a finding.

use std::collections::{BTreeSet, HashMap};
use std::sync::{Mutex, PoisonError};

use memchr::memmem;

/// As many findings as are kept: a peer that repeats a line for ever must not fill our memory.
const MAX_FINDINGS: usize = 1_000;

/// The stamps of one test.
#[derive(Debug)]
pub struct Stamps {
    /// What a stamp of this test begins with.
    prefix: String,
    ledger: Mutex<Ledger>,
}

#[derive(Debug, Default)]
struct Ledger {
    sent: Vec<Stamp>,
    /// The highest number that a recipient has from a sender.
    highest: HashMap<(usize, usize), usize>,
    findings: Vec<Finding>,
}

#[derive(Debug)]
struct Stamp {
    sender: usize,
    line: usize,
    recipients: BTreeSet<usize>,
    /// Who is still to receive it.
    missing: BTreeSet<usize>,
    /// Who need not receive it any more.
    excused: BTreeSet<usize>,
}

/// A delivery that was not right.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// In which way.
    pub kind: FindingKind,
    /// The line of the script that sent it.
    pub line: usize,
    /// Who sent it.
    pub sender: usize,
    /// Who received it, or should have.
    pub recipient: usize,
}

/// The ways in which a delivery can be wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum FindingKind {
    /// It never came.
    Lost,
    /// It came again.
    Duplicated,
    /// It came after a later one of the same sender.
    Reordered,
    /// It came to somebody for whom it was not meant.
    Misdelivered,
}

impl FindingKind {
    /// As reports call it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Lost => "lost",
            Self::Duplicated => "duplicated",
            Self::Reordered => "reordered",
            Self::Misdelivered => "misdelivered",
        }
    }
}

impl Stamps {
    /// No stamps yet. `number` is what tells them from those of other ledgers.
    #[must_use]
    pub fn new(number: u64) -> Self {
        Self { prefix: format!("*{number:016x}."), ledger: Mutex::default() }
    }

    /// A new stamp from a sender to these recipients, in this line of the script.
    #[must_use]
    pub fn issue(&self, sender: usize, line: usize, recipients: BTreeSet<usize>) -> String {
        let mut ledger = self.lock();
        ledger.sent.push(Stamp { sender, line, missing: recipients.clone(), recipients, excused: BTreeSet::new() });
        format!("{}{}*", self.prefix, ledger.sent.len() - 1)
    }

    /// Counts the line if it bears a stamp. False if it is an ordinary line.
    #[must_use]
    pub fn count(&self, line: &[u8], recipient: usize) -> bool {
        let Some(number) = self.number_in(line) else { return false };
        let mut ledger = self.lock();
        if number >= ledger.sent.len() {
            return false;
        }
        ledger.count(number, recipient);
        true
    }

    /// The user has left or reads no more: what it has not received by now need not come.
    pub fn excuse(&self, recipient: usize) {
        for stamp in self.lock().sent.iter_mut().filter(|stamp| stamp.missing.contains(&recipient)) {
            stamp.excused.insert(recipient);
        }
    }

    /// Everything that was wrong. What has not come by now is lost.
    #[must_use]
    pub fn findings(&self) -> Vec<Finding> {
        let ledger = self.lock();
        let lost = ledger.sent.iter().flat_map(|stamp| {
            let of =
                |&recipient| Finding { kind: FindingKind::Lost, line: stamp.line, sender: stamp.sender, recipient };
            stamp.missing.difference(&stamp.excused).map(of)
        });
        lost.chain(ledger.findings.iter().cloned()).collect()
    }

    fn number_in(&self, line: &[u8]) -> Option<usize> {
        let start = memmem::find(line, self.prefix.as_bytes())? + self.prefix.len();
        let rest = &line[start..];
        let digits = &rest[..memchr::memchr(b'*', rest)?];
        std::str::from_utf8(digits).ok()?.parse().ok()
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Ledger> {
        self.ledger.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Ledger {
    fn count(&mut self, number: usize, recipient: usize) {
        let stamp = &mut self.sent[number];
        let (sender, line) = (stamp.sender, stamp.line);
        let kind = if !stamp.recipients.contains(&recipient) {
            Some(FindingKind::Misdelivered)
        } else if !stamp.missing.remove(&recipient) {
            Some(FindingKind::Duplicated)
        } else {
            let highest = self.highest.entry((sender, recipient)).or_insert(number);
            let reordered = number < *highest;
            *highest = number.max(*highest);
            reordered.then_some(FindingKind::Reordered)
        };
        let finding = kind.map(|kind| Finding { kind, line, sender, recipient });
        self.findings.extend(finding.filter(|_| self.findings.len() < MAX_FINDINGS));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kinds(stamps: &Stamps) -> Vec<FindingKind> {
        stamps.findings().iter().map(|finding| finding.kind).collect()
    }

    fn deliver(stamps: &Stamps, stamp: &str, recipient: usize) {
        assert!(stamps.count(format!("lobby/alice: {stamp} hi").as_bytes(), recipient));
    }

    #[test]
    fn each_recipient_once_is_as_it_should_be() {
        let stamps = Stamps::new(1);
        let stamp = stamps.issue(0, 4, BTreeSet::from([0, 1]));
        deliver(&stamps, &stamp, 0);
        assert_eq!(kinds(&stamps), [FindingKind::Lost]);
        deliver(&stamps, &stamp, 1);
        assert_eq!(kinds(&stamps), []);
    }

    #[test]
    fn whatever_goes_wrong_is_found() {
        let stamps = Stamps::new(1);
        let first = stamps.issue(0, 4, BTreeSet::from([1]));
        let second = stamps.issue(0, 5, BTreeSet::from([1]));
        for (stamp, recipient) in [(&second, 1), (&first, 1), (&first, 1), (&first, 2)] {
            deliver(&stamps, stamp, recipient);
        }
        assert_eq!(kinds(&stamps), [FindingKind::Reordered, FindingKind::Duplicated, FindingKind::Misdelivered]);
    }

    #[test]
    fn who_has_left_misses_nothing() {
        let stamps = Stamps::new(1);
        let stamp = stamps.issue(0, 4, BTreeSet::from([1]));
        stamps.excuse(1);
        assert_eq!(kinds(&stamps), []);
        deliver(&stamps, &stamp, 1);
        assert_eq!(kinds(&stamps), [], "it may still come");
    }

    #[test]
    fn other_lines_are_left_alone() {
        let stamps = Stamps::new(1);
        for line in ["hi", "*0000000000000002.0*", "*0000000000000001.0*", "*0000000000000001.99999999999999999999999*"]
        {
            assert!(!stamps.count(line.as_bytes(), 0), "{line}");
        }
    }
}
