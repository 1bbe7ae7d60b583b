//! What systemd and the server tell each other: sockets that are open already, and how the server is doing. Without systemd,
//! nothing happens here.

use std::cell::RefCell;
use std::env;
use std::ffi::OsStr;
use std::net::TcpListener;
use std::os::linux::net::SocketAddrExt;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::net::{SocketAddr, UnixDatagram};
use std::time::Duration;

use async_io::Timer;
use futures::future::pending;
use listenfd::ListenFd;

/// The doors that a socket may be for, by the name that its unit gives it.
const DOORS: [&str; 7] = ["text", "legacy", "web", "tls", "admin", "irc", "irc-tls"];

/// How long last words may take after the time that users are given.
const LAST_WORDS: Duration = Duration::from_secs(10);

/// The sockets that systemd has opened for this process.
pub(super) struct OpenSockets {
    sockets: RefCell<ListenFd>,
    /// The door of each.
    doors: Vec<String>,
}

impl OpenSockets {
    /// A socket without the name of a door is the text door's, if none is called so.
    pub(super) fn from_environment() -> Self {
        let sockets = ListenFd::from_env();
        let names = env::var("LISTEN_FDNAMES").unwrap_or_default();
        let mut doors: Vec<String> = names.split(':').map(str::to_owned).collect();
        doors.resize(sockets.len(), String::new());
        let is_known = |door: &String| DOORS.contains(&door.as_str());
        if !doors.iter().any(|door| door == DOORS[0])
            && let Some(unnamed) = doors.iter_mut().find(|door| !is_known(door))
        {
            DOORS[0].clone_into(unnamed);
        }
        Self { sockets: RefCell::new(sockets), doors }
    }

    /// The socket of this door, if there is one.
    pub(super) fn take(&self, door: &str) -> Option<TcpListener> {
        let at = self.doors.iter().position(|known| known == door)?;
        self.sockets.borrow_mut().take_tcp_listener(at).ok().flatten()
    }
}

/// Tells systemd how the server is doing, if it wants to know.
pub(super) fn notify(state: &str) {
    let Some(place) = env::var_os("NOTIFY_SOCKET") else { return };
    if let Err(error) = send(&place, state) {
        tracing::warn!("cannot tell systemd {state}: {error}");
    }
}

/// Tells systemd again and again that the server lives, if it asks for that; never ready. It is looked at by the thread that
/// serves, so that it stops when that hangs.
pub(super) async fn keep_alive() {
    let asked = env::var("WATCHDOG_USEC").ok().and_then(|micros| micros.parse().ok());
    let Some(within) = asked.map(Duration::from_micros).filter(|within| !within.is_zero()) else {
        return pending().await;
    };
    loop {
        Timer::after(within / 2).await;
        notify("WATCHDOG=1");
    }
}

fn send(place: &OsStr, state: &str) -> std::io::Result<()> {
    let address = match place.as_bytes() {
        [b'@', name @ ..] => SocketAddr::from_abstract_name(name)?,
        _ => SocketAddr::from_pathname(place)?,
    };
    UnixDatagram::unbound()?.send_to_addr(state.as_bytes(), &address).map(drop)
}

/// What is told when the server stops: systemd waits for those who are given time to leave, and some more for last words.
pub(super) fn stopping(drain: Option<Duration>) -> String {
    match drain.and_then(|drain| drain.checked_add(LAST_WORDS)) {
        Some(time) => format!("STOPPING=1\nEXTEND_TIMEOUT_USEC={}", time.as_micros()),
        None => "STOPPING=1".to_owned(),
    }
}

/// What is told when files are read again: systemd wants to know since when.
pub(super) fn reloading() -> String {
    let now = rustix::time::clock_gettime(rustix::time::ClockId::Monotonic);
    let micros = i128::from(now.tv_sec) * 1_000_000 + i128::from(now.tv_nsec) / 1_000;
    format!("RELOADING=1\nMONOTONIC_USEC={micros}")
}
