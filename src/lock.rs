//! Locks that a panic elsewhere does not spoil. What a mutex of this crate guards is whole after each statement, so the
//! data of a thread that has panicked is still good, and every other thread goes on.

use std::sync::{Mutex, MutexGuard, PoisonError};

/// Locking that ignores poison.
pub(crate) trait Locked<T: ?Sized> {
    /// Waits for the lock and takes it, whether or not a thread has panicked while it held the lock.
    fn locked(&self) -> MutexGuard<'_, T>;
}

impl<T: ?Sized> Locked<T> for Mutex<T> {
    fn locked(&self) -> MutexGuard<'_, T> {
        self.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use std::panic::{AssertUnwindSafe, catch_unwind};

    use super::*;

    #[test]
    fn a_lock_outlives_a_panic_of_its_holder() {
        let number = Mutex::new(1);
        let holder = catch_unwind(AssertUnwindSafe(|| {
            let mut held = number.locked();
            *held = 2;
            panic!("while the lock is held");
        }));
        assert!(holder.is_err() && number.is_poisoned());
        assert_eq!(*number.locked(), 2);
    }
}
