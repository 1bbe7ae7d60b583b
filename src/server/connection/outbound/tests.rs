//! The outbound side over a real socket whose peer reads nothing.

use std::io::Read;
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::Wake;
use std::thread::{self, ThreadId};

use async_io::Async;

use super::*;
use crate::protocol::dialect::Dialect;

/// Counts how often a thread woke it.
struct Wakes(ThreadId, AtomicUsize);

impl Wake for Wakes {
    fn wake(self: Arc<Self>) {
        self.1.fetch_add(usize::from(thread::current().id() == self.0), Ordering::Relaxed);
    }
}

/// An owner that waits for a socket whose peer reads nothing.
struct Blocked {
    outbound: Outbound,
    stream: Stream,
    wakes: Arc<Wakes>,
    _reads_nothing: TcpStream,
}

const NO_LIMITS: QueueLimits = QueueLimits { soft: usize::MAX, hard: usize::MAX };

/// A client's end and the server's.
fn connected() -> (TcpStream, Stream) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let client = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
    let (stream, _) = listener.accept().unwrap();
    (client, Stream::accepted(Async::new(stream).unwrap()).unwrap())
}

impl Blocked {
    fn new(write_timeout: Duration) -> Self {
        let (reads_nothing, stream) = connected();
        let outbound = Outbound::new(Spelling::default(), NO_LIMITS, write_timeout, Arc::default());
        let more_than_the_system_takes = vec![b'x'; 32 << 20];
        let pool = &mut BufferPool::default();
        outbound.append(Weight::Counted, CommitId::default(), pool, |_| &more_than_the_system_takes);
        let wakes = Arc::new(Wakes(thread::current().id(), AtomicUsize::new(0)));
        Self { outbound, stream, wakes, _reads_nothing: reads_nothing }
    }

    fn status(&self) -> Status {
        self.outbound.status(&Context::from_waker(&Waker::from(Arc::clone(&self.wakes))))
    }

    fn poll_write(&self) -> Poll<Result<Flushed, Stuck>> {
        self.outbound.poll_write(&self.stream, CommitId::default(), &mut BufferPool::default())
    }

    /// Writes until the socket takes no more for good: the system moves bytes to the peer's buffer for a while.
    fn fill(&self) {
        while self.poll_write().is_ready() {}
        assert!(self.status().waits);
    }
}

#[test]
fn who_waits_for_a_full_socket_does_not_wake_itself() {
    let blocked = Blocked::new(Duration::from_secs(60));
    assert!(!blocked.status().waits);
    blocked.outbound.close(Closing { within: Duration::from_secs(60) });
    let by_closing = blocked.wakes.1.swap(0, Ordering::Relaxed);
    assert_eq!(by_closing, 1, "the owner has to know that the connection closes");
    blocked.fill();
    assert!(!blocked.status().delivered);
    assert_eq!(blocked.wakes.1.load(Ordering::Relaxed), 0);
}

#[test]
fn who_takes_nothing_for_too_long_is_given_up() {
    let blocked = Blocked::new(Duration::ZERO);
    blocked.status();
    let given_up = loop {
        if let Poll::Ready(Err(stuck)) = blocked.poll_write() {
            break stuck;
        }
    };
    assert_eq!(given_up, Stuck::TimedOut);
    assert_eq!(blocked.status().stuck, Some(Stuck::TimedOut));
}

#[test]
fn an_old_client_that_hears_one_event_alone_hears_no_newline() {
    for (dialect, expected) in [(Dialect::default(), "bye\n"), (Dialect::FOR_OLD_CLIENTS, "bye")] {
        let (mut client, stream) = connected();
        let outbound = Outbound::new(dialect.spelling(), NO_LIMITS, Duration::from_secs(60), Arc::default());
        let pool = &mut BufferPool::default();
        outbound.append(Weight::Exempt, CommitId::default(), pool, |_| b"bye\n");
        assert!(matches!(outbound.poll_write(&stream, CommitId::default(), pool), Poll::Ready(Ok(_))));
        stream.finish().unwrap();
        let mut heard = String::new();
        client.read_to_string(&mut heard).unwrap();
        assert_eq!(heard, expected);
    }
}
