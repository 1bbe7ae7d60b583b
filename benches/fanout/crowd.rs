//! All connections of a run, in their rooms: connected, joined, and read from one thread.

use std::io;
use std::net::SocketAddr;
use std::ops::Range;
use std::time::{Duration, Instant};

use anyhow::{Context, ensure};
use memchr::memmem;

use crate::contestant::Contestant;
use crate::entry::Member;
use crate::epoll::Epoll;
use crate::link::Link;
use crate::stamp;

/// How long one step of joining may take, for all members together.
const STEP_WITHIN: Duration = Duration::from_secs(120);

/// Bytes per read.
pub(crate) const SCRATCH: usize = 256 * 1024;

pub(crate) struct Crowd {
    pub(crate) contestant: Contestant,
    pub(crate) links: Vec<Link>,
    /// By room: its members, who follow each other.
    pub(crate) rooms: Vec<Range<usize>>,
    /// Who speaks in an open loop, in turn.
    pub(crate) talkers: Vec<usize>,
    epoll: Epoll,
    scratch: Vec<u8>,
    /// By connection.
    room_of: Vec<usize>,
}

impl Crowd {
    /// Connects everybody and brings them into their rooms, which have so many members each.
    pub(crate) fn gather(contestant: Contestant, addr: SocketAddr, sizes: &[usize]) -> anyhow::Result<Self> {
        let epoll = Epoll::new()?;
        let (mut links, mut rooms, mut room_of) = (Vec::new(), Vec::new(), Vec::new());
        for (room, size) in sizes.iter().enumerate() {
            rooms.push(links.len()..links.len() + size);
            for _ in 0..*size {
                let link = contestant.link(addr).context("cannot connect")?;
                epoll.add(&link.stream, links.len())?;
                links.push(link);
                room_of.push(room);
            }
        }
        let talkers = (0..links.len()).collect();
        let scratch = vec![0; SCRATCH];
        let mut crowd = Self { contestant, links, rooms, talkers, epoll, scratch, room_of };
        crowd.join()?;
        Ok(crowd)
    }

    pub(crate) fn room_of(&self, key: usize) -> usize {
        self.room_of[key]
    }

    /// The member whose turn it is when a room's `turn`-th message is due.
    pub(crate) fn speaker(&self, room: usize, turn: usize) -> usize {
        self.rooms[room].start + turn % self.rooms[room].len()
    }

    /// Writes a message, as far as the socket takes it.
    pub(crate) fn say(&mut self, key: usize, number: u32) -> io::Result<()> {
        let room = self.room_of(key);
        let link = &mut self.links[key];
        self.contestant.say(room, &stamp::text(number), link.outgoing());
        self.flush(key)
    }

    fn flush(&mut self, key: usize) -> io::Result<()> {
        let link = &mut self.links[key];
        let was_blocked = link.blocked;
        link.flush()?;
        if link.blocked != was_blocked {
            self.epoll.also_writable(&link.stream, key, link.blocked)?;
        }
        Ok(())
    }

    /// Waits for at most this long, reads what has come, and gives each text's connection, number and time.
    pub(crate) fn turn(
        &mut self,
        timeout: Option<Duration>,
        mut each: impl FnMut(usize, u32, Instant) -> anyhow::Result<()>,
    ) -> anyhow::Result<()> {
        let mut blocked = Vec::new();
        let mut outcome = Ok(());
        for key in self.epoll.wait(timeout)? {
            let link = &mut self.links[key];
            if link.blocked {
                blocked.push(key);
            }
            let received = link.receive(&mut self.scratch, |number, now| {
                if outcome.is_ok() {
                    outcome = each(key, number, now);
                }
            });
            received.with_context(|| format!("connection {key} was ended"))?;
        }
        blocked.into_iter().try_for_each(|key| self.flush(key))?;
        outcome
    }

    fn join(&mut self) -> anyhow::Result<()> {
        let members = (0..self.links.len()).map(|key| Member {
            room: self.room_of[key],
            user: key,
            first: self.rooms[self.room_of[key]].start == key,
        });
        let steps: Vec<_> = members.map(|member| self.contestant.steps(member)).collect();
        for step in 0..steps[0].len() {
            let untils: Vec<_> = steps.iter().map(|steps| steps[step].until).collect();
            for (key, steps) in steps.iter().enumerate() {
                self.links[key].outgoing().extend_from_slice(&steps[step].say);
                self.flush(key)?;
            }
            self.wait_for_all(&untils)?;
        }
        Ok(())
    }

    /// Reads until every connection has received what it waits for.
    fn wait_for_all(&mut self, untils: &[&[u8]]) -> anyhow::Result<()> {
        let started = Instant::now();
        let mut seen = vec![Some(Vec::new()); untils.len()];
        let mut waiting = untils.len();
        while waiting > 0 {
            ensure!(started.elapsed() < STEP_WITHIN, "{waiting} connections got no answer in {STEP_WITHIN:?}");
            let mut blocked = Vec::new();
            for key in self.epoll.wait(Some(Duration::from_secs(1)))? {
                let link = &mut self.links[key];
                if link.blocked {
                    blocked.push(key);
                }
                let bytes =
                    link.receive_bytes(&mut self.scratch).with_context(|| format!("connection {key} was ended"))?;
                let Some(tail) = &mut seen[key] else { continue };
                tail.extend_from_slice(&self.scratch[..bytes.unwrap_or(0)]);
                if memmem::find(tail, untils[key]).is_some() {
                    seen[key] = None;
                    waiting -= 1;
                } else {
                    tail.drain(..tail.len().saturating_sub(untils[key].len()));
                }
            }
            blocked.into_iter().try_for_each(|key| self.flush(key))?;
        }
        Ok(())
    }
}
