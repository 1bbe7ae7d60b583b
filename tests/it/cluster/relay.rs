//! A way to an engine over TCP that can be cut: the network of one node. Also the benchmark of clusters uses it.

use std::io::{self, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;

/// What becomes of what is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Link {
    /// It is passed on.
    Open,
    /// It is swallowed without a word, and comes when the link is open again, as TCP sends it again.
    BlackHole,
    /// All connections are reset, and no other is taken.
    Refused,
}

/// Listens on a port of its own and passes everything on to one address.
#[derive(Debug)]
pub(crate) struct Relay {
    pub(crate) addr: SocketAddr,
    to: SocketAddr,
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Debug)]
struct State {
    link: Link,
    /// Both ends of every connection.
    ends: Vec<TcpStream>,
}

impl Relay {
    /// A link to this address that is open.
    pub(crate) fn to(to: SocketAddr) -> io::Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0")?;
        let addr = listener.local_addr()?;
        let state = State { link: Link::Open, ends: Vec::new() };
        let relay = Self { addr, to, shared: Arc::new(Shared { state: Mutex::new(state), changed: Condvar::new() }) };
        relay.listen(listener);
        Ok(relay)
    }

    /// Changes what becomes of what is sent from now on.
    pub(crate) fn set(&self, link: Link) -> io::Result<()> {
        let mut state = self.shared.state();
        let before = std::mem::replace(&mut state.link, link);
        if link == Link::Refused {
            for end in state.ends.drain(..) {
                // It may be closed already.
                let _ = end.shutdown(Shutdown::Both);
            }
        }
        drop(state);
        self.shared.changed.notify_all();
        match (before, link) {
            // Wakes the thread that listens, which then closes its socket.
            (Link::Open | Link::BlackHole, Link::Refused) => {
                drop(TcpStream::connect(self.addr));
                while TcpStream::connect(self.addr).is_ok() {
                    thread::yield_now();
                }
            }
            (Link::Refused, Link::Open | Link::BlackHole) => self.listen(TcpListener::bind(self.addr)?),
            _ => {}
        }
        Ok(())
    }

    fn listen(&self, listener: TcpListener) {
        let (shared, to) = (Arc::clone(&self.shared), self.to);
        thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                if shared.state().link == Link::Refused {
                    return;
                }
                // An engine that is gone closes the connection.
                let _ = shared.join(&stream, to);
            }
        });
    }
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Passes on what comes from either end.
    fn join(self: &Arc<Self>, client: &TcpStream, to: SocketAddr) -> io::Result<()> {
        let server = TcpStream::connect(to)?;
        for (from, to) in [(client, &server), (&server, client)] {
            from.set_nodelay(true)?;
            self.state().ends.push(from.try_clone()?);
            let (shared, from, to) = (Arc::clone(self), from.try_clone()?, to.try_clone()?);
            thread::spawn(move || shared.pass(from, to));
        }
        Ok(())
    }

    fn pass(&self, mut from: TcpStream, mut to: TcpStream) {
        let mut bytes = [0; 64 * 1024];
        while let Ok(length @ 1..) = from.read(&mut bytes) {
            let held = self.changed.wait_while(self.state(), |state| state.link == Link::BlackHole);
            drop(held);
            if to.write_all(&bytes[..length]).is_err() {
                break;
            }
        }
        // Either may be closed already.
        let _ = (from.shutdown(Shutdown::Both), to.shutdown(Shutdown::Both));
    }
}
