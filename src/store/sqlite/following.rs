//! A log that is carried out again from an earlier entry on: what is kept of it already is not kept twice.

use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::lock::Locked;
use crate::store::LogPosition;

/// A log, and the entry to which a store has come in it.
#[derive(Debug)]
pub(super) struct Following {
    /// The last entry that is kept, until it is reached again.
    kept: Mutex<Option<LogPosition>>,
    /// Beside the lock, as it is looked at for each record.
    is_behind: AtomicBool,
}

impl Following {
    /// All is kept up to this entry.
    pub(super) fn after(kept: LogPosition) -> Self {
        let is_behind = kept != LogPosition::default();
        Self { kept: Mutex::new(Some(kept).filter(|_| is_behind)), is_behind: AtomicBool::new(is_behind) }
    }

    /// Whether what the log holds is kept already.
    pub(super) fn is_behind(&self) -> bool {
        self.is_behind.load(Ordering::Relaxed)
    }

    /// The log was carried out up to this entry; false if all of it is kept longer since.
    pub(super) fn reached(&self, position: &LogPosition) -> bool {
        if self.is_behind() && self.kept.locked().take_if(|kept| kept == position).is_some() {
            self.is_behind.store(false, Ordering::Relaxed);
        }
        !self.is_behind()
    }
}
