//! How many bytes each user has sent within a day.

use std::collections::HashMap;
use std::time::{Duration, SystemTime};

use serde::{Deserialize, Serialize};

/// Users whose bytes are remembered; past it, those whose day is over are forgotten.
const MOST_DAYS: usize = 10_000;

const DAY: Duration = Duration::from_secs(24 * 3600);

/// By the keys of names: when the day of this user began, and the bytes since.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(super) struct Days(HashMap<String, (SystemTime, u64)>);

impl Days {
    /// What this user has sent today.
    pub(super) fn sent(&self, user: &str, now: SystemTime) -> u64 {
        self.0.get(user).filter(|(since, _)| !is_over(*since, now)).map_or(0, |(_, bytes)| *bytes)
    }

    /// This user has sent so many more.
    pub(super) fn add(&mut self, user: &str, bytes: u64, now: SystemTime) {
        if self.0.len() >= MOST_DAYS {
            self.0.retain(|_, (since, _)| !is_over(*since, now));
        }
        let day = self.0.entry(user.to_owned()).or_insert((now, 0));
        if is_over(day.0, now) {
            *day = (now, 0);
        }
        day.1 = day.1.saturating_add(bytes);
    }
}

/// Also if the clock was set back to before it began.
fn is_over(since: SystemTime, now: SystemTime) -> bool {
    now.duration_since(since).map_or(true, |passed| passed >= DAY)
}
