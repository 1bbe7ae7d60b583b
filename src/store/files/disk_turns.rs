//! Whose bytes go to the disk: one upload at a time and not all the time. In between the disk is free for what is said in
//! the chat, which has to be kept before it is told.

use std::fs::File;
use std::io;
use std::sync::Mutex;
use std::thread;
use std::time::{Duration, Instant};

use crate::lock::Locked;

/// Bytes that an upload may have written and not yet put on the disk: whoever syncs a message may have to wait for them.
pub(super) const UNSYNCED: u64 = 1024 * 1024;

/// The shortest time that so many bytes take, from one turn to the next: 160 MiB/s for all uploads together, which is more
/// than a network of a gigabit a second brings.
const TURN: Duration = Duration::from_micros(6250);

/// The turns of all uploads.
#[derive(Debug, Default)]
pub(super) struct DiskTurns(Mutex<()>);

impl DiskTurns {
    /// Puts what was written to the file on the disk, when its turn has come, and leaves the disk alone for the rest of it.
    ///
    /// # Errors
    /// If the disk does not take it.
    pub(super) fn sync(&self, file: &File) -> io::Result<()> {
        let _turn = self.0.locked();
        let begun = Instant::now();
        file.sync_data()?;
        thread::sleep(TURN.saturating_sub(begun.elapsed()));
        Ok(())
    }
}
