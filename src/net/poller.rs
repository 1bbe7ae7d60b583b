//! The readiness of many sockets for one task: a set of sockets that the system watches together, asked once for all.
//!
//! The reactor wants to be told anew what to watch after each event: a system call for each read of each socket. Here a socket is
//! named once (edge-triggered epoll), and whoever reads it knows from what it reads whether something is left.

use std::io::{self, Read, Write};
use std::net::TcpStream;
use std::os::fd::{AsRawFd, OwnedFd};
use std::sync::atomic::{AtomicU8, Ordering};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll};

use async_io::Async;
use futures::task::AtomicWaker;
use rustix::buffer::spare_capacity;
use rustix::event::epoll::{self, CreateFlags, Event, EventData, EventFlags};
use rustix::event::{PollFd, PollFlags, Timespec, poll};

use super::attempt::without_waiting;
use crate::lock::Locked;

/// Events taken from the system at once.
const EVENTS_AT_ONCE: usize = 256;

/// There may be something to read.
const READABLE: u8 = 1;
/// There may be room to write.
const WRITABLE: u8 = 2;
/// A read that fills its buffer in part does not mean that nothing is left: the end may stand behind it, or urgent data
/// in the middle.
const NEVER_DRAINED: u8 = 4;

/// A set of sockets, and the system's word on which of them can be read or written.
#[derive(Debug)]
pub struct Poller {
    epoll: Async<OwnedFd>,
    /// By the number of the descriptor.
    sockets: Mutex<Vec<Option<Arc<Readiness>>>>,
}

/// What is known of a socket, and who waits for it.
#[derive(Debug, Default)]
struct Readiness {
    flags: AtomicU8,
    reader: AtomicWaker,
    writer: AtomicWaker,
}

/// A socket in a [`Poller`]'s set. It leaves the set when it is dropped.
#[derive(Debug)]
pub struct PolledSocket {
    socket: TcpStream,
    readiness: Arc<Readiness>,
    poller: Arc<Poller>,
}

impl Poller {
    /// An empty set.
    ///
    /// # Errors
    /// If the system has no descriptor or memory left.
    pub fn new() -> io::Result<Self> {
        let epoll = Async::new_nonblocking(epoll::create(CreateFlags::CLOEXEC)?)?;
        Ok(Self { epoll, sockets: Mutex::default() })
    }

    /// Wakes everybody who waits for a socket for which something has happened, and the calling task when something
    /// happens next.
    ///
    /// # Errors
    /// If the system cannot be asked.
    pub fn poll_events(&self, cx: &mut Context<'_>) -> io::Result<()> {
        loop {
            // The reactor is asked first, and the system in any case: it may know of more than the reactor does.
            let ready = self.epoll.poll_readable(cx);
            while self.take_events()? == EVENTS_AT_ONCE {}
            match ready {
                Poll::Ready(ready) => ready?,
                Poll::Pending => return Ok(()),
            }
        }
    }

    /// Takes some events; returns how many.
    fn take_events(&self) -> io::Result<usize> {
        let mut events: Vec<Event> = Vec::with_capacity(EVENTS_AT_ONCE);
        epoll::wait(self.epoll.get_ref(), spare_capacity(&mut events), Some(&Timespec::default()))?;
        for event in &events {
            let (flags, data) = (event.flags, event.data);
            let place = usize::try_from(data.u64()).unwrap_or(usize::MAX);
            let readiness = self.sockets.locked().get(place).cloned().flatten();
            // Woken without the lock: who is woken may drop its socket.
            if let Some(readiness) = readiness {
                readiness.note(flags);
            }
        }
        Ok(events.len())
    }

    fn forget(&self, socket: &TcpStream) {
        if let Some(place) = place(socket).and_then(|place| self.sockets.locked().get_mut(place).map(Option::take)) {
            drop(place);
        }
        // Closing takes it from the set as well, unless somebody else has the descriptor too.
        let _ = epoll::delete(self.epoll.get_ref(), socket);
    }
}

fn place(socket: &TcpStream) -> Option<usize> {
    usize::try_from(socket.as_raw_fd()).ok()
}

impl Readiness {
    fn note(&self, events: EventFlags) {
        let last = EventFlags::RDHUP | EventFlags::HUP | EventFlags::ERR | EventFlags::PRI;
        let mut flags = 0;
        if events.intersects(EventFlags::IN | last) {
            flags |= READABLE;
        }
        if events.intersects(last) {
            flags |= NEVER_DRAINED;
        }
        if events.intersects(EventFlags::OUT | EventFlags::HUP | EventFlags::ERR) {
            flags |= WRITABLE;
        }
        self.flags.fetch_or(flags, Ordering::SeqCst);
        if flags & READABLE != 0 {
            self.reader.wake();
        }
        if flags & WRITABLE != 0 {
            self.writer.wake();
        }
    }

    fn has(&self, flag: u8) -> bool {
        self.flags.load(Ordering::SeqCst) & flag != 0
    }

    fn poll(&self, flag: u8, waiting: &AtomicWaker, cx: &Context<'_>) -> Poll<()> {
        if !self.has(flag) {
            waiting.register(cx.waker());
            // It may have come meanwhile.
            if !self.has(flag) {
                return Poll::Pending;
            }
        }
        Poll::Ready(())
    }
}

impl PolledSocket {
    /// Puts a socket that never waits into a set.
    ///
    /// # Errors
    /// If the system has no memory left for it.
    pub fn new(socket: TcpStream, poller: Arc<Poller>) -> io::Result<Self> {
        let readiness = Arc::new(Readiness::default());
        let place = place(&socket).ok_or(io::ErrorKind::InvalidInput)?;
        {
            let mut sockets = poller.sockets.locked();
            if sockets.len() <= place {
                sockets.resize(place + 1, None);
            }
            sockets[place] = Some(Arc::clone(&readiness));
        }
        let socket = Self { socket, readiness, poller };
        let events = EventFlags::IN | EventFlags::OUT | EventFlags::RDHUP | EventFlags::PRI | EventFlags::ET;
        epoll::add(socket.poller.epoll.get_ref(), &socket.socket, EventData::new_u64(place as u64), events)?;
        Ok(socket)
    }

    /// The socket itself.
    pub(super) fn socket(&self) -> &TcpStream {
        &self.socket
    }

    /// Ready once there may be something to read.
    pub(super) fn poll_readable(&self, cx: &Context<'_>) -> Poll<()> {
        self.readiness.poll(READABLE, &self.readiness.reader, cx)
    }

    /// Ready once there may be room to write.
    pub(super) fn poll_writable(&self, cx: &Context<'_>) -> Poll<()> {
        self.readiness.poll(WRITABLE, &self.readiness.writer, cx)
    }

    /// Reads what has arrived; `None` if nothing has, 0 at the end.
    pub(super) fn try_read(&self, buf: &mut [u8]) -> io::Result<Option<usize>> {
        // Taken back first: what arrives during the read is noted anew.
        let before = self.readiness.flags.fetch_and(!READABLE, Ordering::SeqCst);
        let read = without_waiting(|| (&self.socket).read(buf));
        let is_drained = match &read {
            Ok(None) => true,
            Ok(Some(bytes)) => *bytes > 0 && *bytes < buf.len() && before & NEVER_DRAINED == 0,
            Err(_) => false,
        };
        if !is_drained {
            self.readiness.flags.fetch_or(READABLE, Ordering::SeqCst);
        }
        read
    }

    /// Writes what the socket takes; 0 if it takes nothing.
    pub(super) fn try_write(&self, bytes: &[u8]) -> io::Result<usize> {
        let written = without_waiting(|| (&self.socket).write(bytes)).map(Option::unwrap_or_default);
        if matches!(written, Ok(taken) if taken < bytes.len()) {
            self.readiness.flags.fetch_and(!WRITABLE, Ordering::SeqCst);
            // Room that was made before that has been noted for nothing.
            let mut polled = [PollFd::new(&self.socket, PollFlags::OUT)];
            if poll(&mut polled, Some(&Timespec::default())).is_ok_and(|ready| ready > 0) {
                self.readiness.flags.fetch_or(WRITABLE, Ordering::SeqCst);
            }
        }
        written
    }
}

impl Drop for PolledSocket {
    fn drop(&mut self) {
        self.poller.forget(&self.socket);
    }
}

#[cfg(test)]
mod tests {
    use std::net::TcpListener;
    use std::time::Duration;

    use async_io::Timer;
    use futures::executor::block_on;
    use futures::future::{Either, poll_fn, select};

    use super::*;

    /// A socket of a set, and its other end.
    fn pair(poller: &Arc<Poller>) -> (PolledSocket, TcpStream) {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let other = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
        let (socket, _) = listener.accept().unwrap();
        socket.set_nonblocking(true).unwrap();
        (PolledSocket::new(socket, Arc::clone(poller)).unwrap(), other)
    }

    /// Waits for what `poll` waits for; false if that does not come within ten seconds.
    fn comes<T>(poller: &Poller, mut poll: impl FnMut(&mut Context<'_>) -> Poll<T> + Unpin) -> bool {
        let wait = poll_fn(|cx| {
            poller.poll_events(cx).unwrap();
            poll(cx)
        });
        matches!(block_on(select(wait, Timer::after(Duration::from_secs(10)))), Either::Left(_))
    }

    fn is_readable_now(poller: &Poller, socket: &PolledSocket) -> bool {
        block_on(poll_fn(|cx| {
            poller.poll_events(cx).unwrap();
            Poll::Ready(socket.poll_readable(cx).is_ready())
        }))
    }

    #[test]
    fn a_socket_is_readable_until_it_is_drained_and_again_when_more_comes() {
        let poller = Arc::new(Poller::new().unwrap());
        let (socket, mut other) = pair(&poller);
        let mut buf = [0; 4];
        assert!(!is_readable_now(&poller, &socket));
        for _ in 0..3 {
            other.write_all(b"sixth!").unwrap();
            assert!(comes(&poller, |cx| socket.poll_readable(cx)));
            assert_eq!(socket.try_read(&mut buf).unwrap(), Some(4));
            assert!(is_readable_now(&poller, &socket), "a full buffer says nothing about the rest");
            assert_eq!(socket.try_read(&mut buf).unwrap(), Some(2));
            assert!(!is_readable_now(&poller, &socket), "a read that is short has found the end of what was there");
        }
    }

    #[test]
    fn the_end_that_comes_with_the_last_bytes_is_not_missed() {
        let poller = Arc::new(Poller::new().unwrap());
        let (socket, mut other) = pair(&poller);
        other.write_all(b"bye").unwrap();
        drop(other);
        let mut buf = [0; 64];
        let mut read = Vec::new();
        while read.last() != Some(&Some(0)) {
            assert!(comes(&poller, |cx| socket.poll_readable(cx)), "{read:?}");
            read.push(socket.try_read(&mut buf).unwrap());
        }
        assert!(read.contains(&Some(3)), "{read:?}");
        assert!(is_readable_now(&poller, &socket), "the end stays");
    }

    #[test]
    fn urgent_data_in_the_middle_hides_nothing_that_stands_behind_it() {
        let poller = Arc::new(Poller::new().unwrap());
        let (socket, mut other) = pair(&poller);
        other.write_all(b"one").unwrap();
        socket2::SockRef::from(&other).send_out_of_band(b"!").unwrap();
        other.write_all(b"two").unwrap();
        drop(other);
        let mut heard = Vec::new();
        loop {
            assert!(comes(&poller, |cx| socket.poll_readable(cx)), "{heard:?}");
            let mut buf = [0; 64];
            match socket.try_read(&mut buf).unwrap() {
                Some(0) => break,
                Some(bytes) => heard.extend_from_slice(&buf[..bytes]),
                None => {}
            }
        }
        assert_eq!(heard, b"onetwo");
    }

    #[test]
    fn a_full_socket_is_writable_again_when_the_other_side_has_read() {
        let poller = Arc::new(Poller::new().unwrap());
        let (socket, mut other) = pair(&poller);
        let block = vec![7; 1 << 20];
        let mut written = 0;
        loop {
            let taken = socket.try_write(&block).unwrap();
            written += taken;
            if taken < block.len() {
                break;
            }
        }
        let reader = std::thread::spawn(move || {
            let mut read = vec![0; written];
            other.read_exact(&mut read).map(|()| other)
        });
        assert!(comes(&poller, |cx| socket.poll_writable(cx)));
        let other = reader.join().unwrap().unwrap();
        assert!(socket.try_write(b"more").unwrap() > 0);
        drop(other);
    }

    #[test]
    fn a_descriptor_that_is_used_again_is_the_new_sockets() {
        let poller = Arc::new(Poller::new().unwrap());
        for _ in 0..5 {
            let (socket, mut other) = pair(&poller);
            assert!(!is_readable_now(&poller, &socket));
            other.write_all(b"x").unwrap();
            assert!(comes(&poller, |cx| socket.poll_readable(cx)));
        }
        assert!(poller.sockets.locked().iter().all(Option::is_none), "those that are gone have left the set");
    }
}
