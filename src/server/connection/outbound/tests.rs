//! The outbound side over a real socket whose peer reads nothing.

use std::io::Read;
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::Wake;
use std::thread::{self, ThreadId};

use async_io::{Async, block_on};
use futures::future::{join, poll_fn};

use super::*;
use crate::net::tls::{Identity, NewCertificate, Trust};
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

    fn status(&self) -> OutboundStatus {
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

/// A client's end and the server's, with TLS.
fn secured() -> (Stream, Stream) {
    let (client, server) = connected();
    let made = NewCertificate::for_names(vec!["localhost".to_owned()], None).unwrap();
    let identity = Identity::from_pem(made.certificate.as_bytes(), made.key.as_bytes()).unwrap();
    let trust = Trust::key(identity.fingerprint());
    let client = Stream::securely_connected(Async::new(client).unwrap(), "localhost", &trust);
    let (client, server) = block_on(join(client, server.secure(&identity)));
    (client.unwrap(), server.unwrap())
}

/// Reads so many bytes.
async fn read(stream: &Stream, bytes: usize) {
    let mut left = bytes;
    while left > 0 {
        match stream.try_read(&mut vec![0; left.min(64 * 1024)]).unwrap() {
            Some(0) => panic!("the end, {left} bytes too early"),
            Some(read) => left -= read,
            None => poll_fn(|cx| stream.poll_readable(cx)).await.unwrap(),
        }
    }
}

#[test]
fn what_the_stream_has_taken_and_the_socket_has_not_is_not_delivered() {
    let (client, stream) = secured();
    let outbound = Outbound::new(Spelling::default(), NO_LIMITS, Duration::from_secs(60), Arc::default());
    let pool = &mut BufferPool::default();
    let line = vec![b'x'; 8000];
    let mut said = 0;
    let status = loop {
        outbound.append(Weight::Counted, CommitId::default(), pool, |_| &line);
        said += line.len();
        let _ = outbound.poll_write(&stream, CommitId::default(), pool);
        let status = outbound.status(&Context::from_waker(Waker::noop()));
        if status.waits {
            break status;
        }
    };
    assert_eq!((outbound.unread().0, status.delivered), (0, false), "the last line is in the stream");
    let reading = thread::spawn(move || block_on(read(&client, said)));
    let delivery = poll_fn(|cx| {
        loop {
            let status = outbound.status(cx);
            if status.delivered {
                return Poll::Ready(());
            }
            if outbound.poll_write(&stream, CommitId::default(), pool).is_pending() {
                return Poll::Pending;
            }
        }
    });
    block_on(delivery);
    reading.join().unwrap();
}
