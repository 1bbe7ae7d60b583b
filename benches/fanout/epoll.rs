//! Readiness of many sockets, level-triggered, so that nothing has to be armed again after an event.

use std::io;
use std::net::TcpStream;
use std::os::fd::{AsFd, OwnedFd};
use std::time::Duration;

use rustix::event::Timespec;
use rustix::event::epoll::{self, CreateFlags, Event, EventData, EventFlags};

/// Events taken at once.
const EVENTS: usize = 1024;

pub(crate) struct Epoll {
    fd: OwnedFd,
    ready: Vec<Event>,
}

impl Epoll {
    pub(crate) fn new() -> io::Result<Self> {
        Ok(Self { fd: epoll::create(CreateFlags::CLOEXEC)?, ready: Vec::with_capacity(EVENTS) })
    }

    /// Reports this source under `key` when it can be read.
    pub(crate) fn add(&self, source: impl AsFd, key: usize) -> io::Result<()> {
        Ok(epoll::add(&self.fd, source, EventData::new_u64(key as u64), EventFlags::IN)?)
    }

    /// Reports a socket when it can be written as well, or no longer.
    pub(crate) fn also_writable(&self, stream: &TcpStream, key: usize, writable: bool) -> io::Result<()> {
        let flags = if writable { EventFlags::IN | EventFlags::OUT } else { EventFlags::IN };
        Ok(epoll::modify(&self.fd, stream, EventData::new_u64(key as u64), flags)?)
    }

    /// Waits for at most this long, and gives the keys of what is ready.
    pub(crate) fn wait(&mut self, timeout: Option<Duration>) -> io::Result<impl Iterator<Item = usize> + '_> {
        let timeout = timeout.map(|timeout| Timespec {
            tv_sec: i64::try_from(timeout.as_secs()).unwrap_or(i64::MAX),
            tv_nsec: timeout.subsec_nanos().into(),
        });
        self.ready.clear();
        match epoll::wait(&self.fd, rustix::buffer::spare_capacity(&mut self.ready), timeout.as_ref()) {
            Ok(_) | Err(rustix::io::Errno::INTR) => {}
            Err(error) => return Err(error.into()),
        }
        let key = |event: &Event| usize::try_from(event.data.u64()).expect("the keys were given as usize");
        Ok(self.ready.iter().map(key))
    }
}
