//! What became of the lines that users have said: each once, in one order for all, or its user was closed.

use std::collections::{BTreeMap, HashMap};
use std::time::{Duration, Instant};

use crate::talk::{Ears, User};

/// How a connection came to its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum End {
    /// It has not.
    Lives,
    /// Without a word.
    Reset,
    /// With `error: server-lost`, and the number of lines that were not carried out.
    ServerLost,
    /// With `error: history-lost`.
    HistoryLost,
}

/// What all users together have heard and not heard.
#[derive(Debug)]
pub(crate) struct Account {
    /// Lines that were carried out.
    pub(crate) lines: usize,
    /// Lines of users who live that nobody has heard, and numbers that somebody missed.
    pub(crate) lost: usize,
    /// Lines that were carried out again.
    pub(crate) doubled: usize,
    /// Numbers that came late, or that name different lines.
    pub(crate) disordered: usize,
    /// Between a line and its own return, of users who live.
    pub(crate) longest_wait: Duration,
    /// When the last of the users who are gone had left its room, as heard by those who live.
    pub(crate) gone_at: Option<Instant>,
    /// How the users of each node have ended.
    pub(crate) ends: Vec<BTreeMap<End, usize>>,
}

/// A numbered line of a room.
struct RoomLine<'a> {
    number: u64,
    room: &'a str,
    by: &'a str,
    text: &'a str,
}

impl<'a> RoomLine<'a> {
    /// `#12 r0/u3: 17`
    fn read(line: &'a str) -> Option<Self> {
        let (number, rest) = line.strip_prefix('#')?.split_once(' ')?;
        let (room, rest) = rest.split_once('/')?;
        let (by, text) = rest.split_once(": ")?;
        Some(Self { number: number.parse().ok()?, room, by, text })
    }
}

impl End {
    fn of(ears: &Ears) -> Self {
        match ears.lines.last() {
            _ if ears.lives() => Self::Lives,
            Some((_, line)) if line.starts_with("error: server-lost: ") => Self::ServerLost,
            Some((_, line)) if line.starts_with("error: history-lost: ") => Self::HistoryLost,
            _ => Self::Reset,
        }
    }
}

impl Account {
    pub(crate) fn of(users: &[User], nodes: usize) -> Self {
        let mut account = Self {
            lines: 0,
            lost: 0,
            doubled: 0,
            disordered: 0,
            longest_wait: Duration::ZERO,
            gone_at: None,
            ends: vec![BTreeMap::new(); nodes],
        };
        let mut rooms = HashMap::new();
        for user in users {
            *account.ends[user.node].entry(End::of(&user.ears())).or_default() += 1;
            account.hear(user, &mut rooms);
        }
        let mut times = HashMap::new();
        for line in rooms.values().flat_map(BTreeMap::values) {
            *times.entry(line.clone()).or_insert(0_usize) += 1;
        }
        for user in users {
            let lives = End::of(&user.ears()) == End::Lives;
            for i in 0..user.said.len() {
                match times.get(&(user.name.clone(), i.to_string())).copied().unwrap_or(0) {
                    0 if lives => account.lost += 1,
                    0 => {}
                    count => {
                        account.lines += 1;
                        account.doubled += count - 1;
                    }
                }
            }
        }
        account
    }

    /// Goes through what one user has heard. `rooms` has who has said what in each room, by its number.
    fn hear(&mut self, user: &User, rooms: &mut HashMap<String, BTreeMap<u64, (String, String)>>) {
        let ears = user.ears();
        let (lives, mut last) = (End::of(&ears) == End::Lives, None);
        for (at, line) in &ears.lines {
            let Some(RoomLine { number, room, by, text }) = RoomLine::read(line) else { continue };
            let said = (by.to_owned(), text.to_owned());
            let known = rooms.entry(room.to_owned()).or_default().entry(number).or_insert_with(|| said.clone());
            let is_late = last.is_some_and(|last| number <= last);
            self.disordered += usize::from(is_late || *known != said);
            self.lost += last.map_or(0, |last| number.saturating_sub(last + 1) as usize);
            last = Some(number);
            if lives && by == "server" && text.ends_with("left (server lost)") {
                self.gone_at = self.gone_at.max(Some(*at));
            }
            let own = if by == user.name { text.parse().ok() } else { None };
            if let Some(said) = own.and_then(|i: usize| user.said.get(i)).filter(|_| lives) {
                self.longest_wait = self.longest_wait.max(at.saturating_duration_since(*said));
            }
        }
    }

    pub(crate) fn is_exact(&self) -> bool {
        self.lost + self.doubled + self.disordered == 0
    }

    /// How all users of a node have ended; `None` if not all in the same way.
    pub(crate) fn end_of(&self, node: usize) -> Option<End> {
        let mut ends = self.ends[node].keys();
        ends.next().copied().filter(|_| ends.next().is_none())
    }
}
