//! Three sets of users in one piece of memory: for whom a stamp is meant, who has not got it, who has.

/// The sets of one stamp.
#[derive(Debug)]
pub(super) struct Bits(Box<[u64]>);

impl Bits {
    fn words(&self) -> usize {
        self.0.len() / 3
    }

    fn set(&mut self, set: usize, user: usize) -> bool {
        let word = &mut self.0[set * (self.0.len() / 3) + user / 64];
        let bit = 1 << (user % 64);
        let is_new = *word & bit == 0;
        *word |= bit;
        is_new
    }

    /// It is meant for this user.
    pub(super) fn expect(&mut self, user: usize) {
        self.set(0, user);
    }

    /// Whether it is meant for this user.
    pub(super) fn is_expected(&self, user: usize) -> bool {
        self.0[user / 64] & (1 << (user % 64)) != 0
    }

    /// For how many it is meant.
    pub(super) fn expected(&self) -> u32 {
        self.0[..self.words()].iter().map(|word| word.count_ones()).sum()
    }

    /// This user has not got it. False if that is known.
    pub(super) fn miss(&mut self, user: usize) -> bool {
        self.set(1, user)
    }

    /// Whether this user has not got it.
    pub(super) fn is_missing(&self, user: usize) -> bool {
        self.0[self.words() + user / 64] & (1 << (user % 64)) != 0
    }

    /// Whether this user had not got it; from here on it is not missed any more.
    pub(super) fn take_missing(&mut self, user: usize) -> bool {
        let word = &mut self.0[self.0.len() / 3 + user / 64];
        let bit = 1 << (user % 64);
        let was_missing = *word & bit != 0;
        *word &= !bit;
        was_missing
    }

    /// Nobody misses it any more.
    pub(super) fn excuse_all(&mut self) {
        let words = self.words();
        self.0[words..2 * words].fill(0);
    }

    /// This user has got it. False if it had before.
    pub(super) fn arrive(&mut self, user: usize) -> bool {
        self.set(2, user)
    }
}

/// Hands out sets for the users of a cast, and takes them back to be used again.
#[derive(Debug)]
pub(super) struct Entries {
    length: usize,
    spare: Vec<Bits>,
}

/// As many sets as are kept for later.
const SPARE: usize = 64;

impl Entries {
    pub(super) fn new(users: usize) -> Self {
        Self { length: 3 * users.div_ceil(64).max(1), spare: Vec::new() }
    }

    /// Three empty sets.
    pub(super) fn take(&mut self) -> Bits {
        match self.spare.pop() {
            Some(mut bits) => {
                bits.0.fill(0);
                bits
            }
            None => Bits(vec![0; self.length].into_boxed_slice()),
        }
    }

    pub(super) fn give_back(&mut self, bits: Bits) {
        if self.spare.len() < SPARE {
            self.spare.push(bits);
        }
    }
}
