//! Passwords hashed and verified beside the workers: two at a time, a bounded number waiting, and each guess paid for
//! before it is looked at. Its threads end when nothing waits. Knows nothing of sessions and connections.

mod guesses;
mod scheme;

use std::collections::VecDeque;
use std::fmt;
use std::net::IpAddr;
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Instant;

pub use scheme::Hashing;

use crate::hub::{PasswordCheck, PasswordHash, PasswordWork, Verdict};
use crate::lock::Locked;
use crate::protocol::password::Password;
use guesses::Guesses;

/// Threads at once.
const THREADS: usize = 2;

/// Checks that wait at most: the last of them for a few seconds.
const WAITING: usize = 256;

/// How much less important the threads are than the others, as `nice` counts.
const NICE: i32 = 10;

/// Something to compute, and whom to tell.
pub(in crate::server) struct HashJob {
    pub(in crate::server) check: PasswordCheck,
    /// Who pays if the password is wrong.
    pub(in crate::server) address: IpAddr,
    /// Called once, from another thread.
    pub(in crate::server) done: Box<dyn FnOnce(Verdict) + Send>,
}

/// Computes what passwords need.
#[derive(Debug)]
pub(in crate::server) struct Hasher {
    hashing: Hashing,
    started: Instant,
    state: Mutex<HasherState>,
}

#[derive(Debug, Default)]
struct HasherState {
    waiting: VecDeque<HashJob>,
    threads: usize,
    guesses: Guesses,
}

impl Hasher {
    pub(in crate::server) fn new(hashing: Hashing) -> Self {
        Self { hashing, started: Instant::now(), state: Mutex::default() }
    }

    /// Takes a check, which is done later; refuses it, with how many wait, if too many do.
    pub(in crate::server) fn take(self: &Arc<Self>, job: HashJob) -> Result<(), usize> {
        let mut state = self.state.locked();
        if state.waiting.len() >= WAITING {
            return Err(state.waiting.len());
        }
        if state.threads < THREADS {
            let hasher = Arc::clone(self);
            let thread = thread::Builder::new().name("password hasher".to_owned());
            // Without a thread of its own it waits for the other one.
            state.threads += usize::from(thread.spawn(move || hasher.work()).is_ok());
        }
        if state.threads == 0 {
            return Err(state.waiting.len());
        }
        state.waiting.push_back(job);
        Ok(())
    }

    /// Works as long as something waits.
    fn work(&self) {
        // The thread alone, not the process. That it cannot be had is no harm.
        let _ = rustix::process::setpriority_process(Some(rustix::thread::gettid()), NICE);
        while let Some(job) = self.next() {
            let HashJob { check: PasswordCheck { name, work }, address, done } = job;
            let paid = match &work {
                PasswordWork::Hash(_) => Ok(()),
                PasswordWork::Verify(..) | PasswordWork::Replace { .. } => {
                    self.state.locked().guesses.pay(address, &name, self.started.elapsed())
                }
            };
            let verdict = match paid {
                Ok(()) => self.compute(work),
                Err(wait) => Verdict::TooMany(wait),
            };
            if matches!(verdict, Verdict::Right | Verdict::Hashed(_)) {
                self.state.locked().guesses.was_right(address, &name, self.started.elapsed());
            }
            done(verdict);
        }
    }

    fn next(&self) -> Option<HashJob> {
        let mut state = self.state.locked();
        let job = state.waiting.pop_front();
        if job.is_none() {
            state.threads -= 1;
        }
        job
    }

    fn compute(&self, work: PasswordWork) -> Verdict {
        let is_right = |password: &Password, hash: &PasswordHash| scheme::is_right(password, hash.as_str());
        match work {
            PasswordWork::Hash(password) => Verdict::Hashed(self.hashing.hash(&password)),
            PasswordWork::Verify(password, hash) if is_right(&password, &hash) => Verdict::Right,
            PasswordWork::Replace { old, hash, new } if is_right(&old, &hash) => {
                Verdict::Hashed(self.hashing.hash(&new))
            }
            PasswordWork::Verify(..) | PasswordWork::Replace { .. } => Verdict::Wrong,
        }
    }
}

impl fmt::Debug for HashJob {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HashJob").field("address", &self.address).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;

    use super::*;
    use crate::protocol::name::UserName;

    fn job(work: PasswordWork, told: &mpsc::Sender<Verdict>) -> HashJob {
        let told = told.clone();
        let done = Box::new(move |verdict| told.send(verdict).expect("the test waits for it"));
        let check = PasswordCheck { name: UserName::new("alice").unwrap(), work };
        HashJob { check, address: [192, 0, 2, 1].into(), done }
    }

    #[test]
    fn a_password_is_right_by_its_hash_and_no_other_is() {
        let password = |text| Password::new(text).unwrap();
        for hashing in [Hashing::Slow, Hashing::Cheap] {
            let hasher = Arc::new(Hasher::new(hashing));
            let (told, heard) = mpsc::channel();
            hasher.take(job(PasswordWork::Hash(password("correct-horse")), &told)).unwrap();
            let Verdict::Hashed(hash) = heard.recv().unwrap() else { panic!("a hash") };
            assert!(!hash.as_str().contains("correct"));
            hasher.take(job(PasswordWork::Verify(password("correct-horse"), hash.clone()), &told)).unwrap();
            assert_eq!(heard.recv().unwrap(), Verdict::Right);
            hasher.take(job(PasswordWork::Verify(password("battery-staple"), hash), &told)).unwrap();
            assert_eq!(heard.recv().unwrap(), Verdict::Wrong);
        }
    }

    #[test]
    fn the_sixth_wrong_password_of_an_address_is_not_even_looked_at() {
        let hasher = Arc::new(Hasher::new(Hashing::Cheap));
        let (told, heard) = mpsc::channel();
        let wrong = || PasswordWork::Verify(Password::new("battery-staple").unwrap(), PasswordHash::new("$x"));
        for _ in 0..6 {
            hasher.take(job(wrong(), &told)).unwrap();
        }
        let verdicts: Vec<Verdict> = heard.iter().take(6).collect();
        assert_eq!(verdicts.iter().filter(|verdict| **verdict == Verdict::Wrong).count(), 5);
        assert!(verdicts.iter().any(|verdict| matches!(verdict, Verdict::TooMany(_))));
    }
}
