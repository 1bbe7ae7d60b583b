//! Users at all nodes who say numbered lines in rooms that they share, at a pace, and remember all that they hear.

use std::io::{BufRead, BufReader, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use anyhow::{Context, bail};

/// Users of each node.
const USERS: usize = 12;

/// Rooms; the users of every node are spread over all of them.
const ROOMS: usize = 6;

/// Between two lines of one user: 720 lines a second of all users of three nodes.
const EVERY: Duration = Duration::from_millis(50);

/// How long an answer may take that is waited for.
const PATIENCE: Duration = Duration::from_secs(30);

/// The last thing that a user asks.
const LAST: &str = "server: pong end";

/// One user.
pub(crate) struct User {
    pub(crate) name: String,
    pub(crate) room: String,
    /// Which node it is at.
    pub(crate) node: usize,
    /// When its lines were written; line `i` says `i`.
    pub(crate) said: Vec<Instant>,
    stream: TcpStream,
    heard: Arc<Heard>,
}

/// What one user has heard.
#[derive(Debug, Default)]
struct Heard {
    lines: Mutex<Ears>,
    more: Condvar,
}

/// What came so far.
#[derive(Debug, Default)]
pub(crate) struct Ears {
    pub(crate) lines: Vec<(Instant, String)>,
    pub(crate) has_ended: bool,
}

impl Ears {
    /// Whether it lived to hear the answer to its last question.
    pub(crate) fn lives(&self) -> bool {
        self.lines.iter().rev().any(|(_, line)| line == LAST)
    }
}

impl Heard {
    fn ears(&self) -> MutexGuard<'_, Ears> {
        self.lines.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn listen(&self, stream: TcpStream) {
        let mut lines = BufReader::new(stream).lines();
        loop {
            let line = lines.next();
            let mut ears = self.ears();
            match line {
                Some(Ok(line)) => ears.lines.push((Instant::now(), line)),
                Some(Err(_)) | None => ears.has_ended = true,
            }
            let has_ended = ears.has_ended;
            drop(ears);
            self.more.notify_all();
            if has_ended {
                return;
            }
        }
    }

    /// Waits until this was heard, or nothing can be heard any more; whether it was.
    fn wait_for(&self, wanted: &str) -> bool {
        let waits =
            |ears: &mut Ears| !ears.has_ended && !ears.lines.iter().rev().any(|(_, line)| line.ends_with(wanted));
        let waited = self.more.wait_timeout_while(self.ears(), PATIENCE, waits);
        let (ears, _) = waited.unwrap_or_else(PoisonError::into_inner);
        ears.lines.iter().rev().any(|(_, line)| line.ends_with(wanted))
    }
}

impl User {
    fn enter(addr: SocketAddr, node: usize, number: usize) -> anyhow::Result<Self> {
        let stream = TcpStream::connect(addr)?;
        stream.set_nodelay(true)?;
        stream.set_write_timeout(Some(PATIENCE))?;
        let heard = Arc::new(Heard::default());
        let (listener, from) = (Arc::clone(&heard), stream.try_clone()?);
        thread::spawn(move || listener.listen(from));
        let (name, room) = (format!("u{number}"), format!("r{}", number % ROOMS));
        let mut user = Self { name, room, node, said: Vec::new(), stream, heard };
        let entry = if number < ROOMS { "create" } else { "join" };
        user.write(&format!("{}\nset numbers on\n{entry} room {}\nping in\n", user.name, user.room))?;
        if !user.heard.wait_for("server: pong in") {
            bail!("{} cannot enter: {:?}", user.name, user.ears().lines);
        }
        Ok(user)
    }

    fn write(&mut self, text: &str) -> std::io::Result<()> {
        self.stream.write_all(text.as_bytes())
    }

    fn say_next(&mut self) {
        let line = format!("send room {} {}\n", self.room, self.said.len());
        // Whoever is closed says nothing more.
        if self.write(&line).is_ok() {
            self.said.push(Instant::now());
        }
    }

    /// What it has heard.
    pub(crate) fn ears(&self) -> MutexGuard<'_, Ears> {
        self.heard.ears()
    }
}

/// All users, who talk until they are told to stop.
pub(crate) struct Talk {
    stops: Arc<AtomicBool>,
    thread: JoinHandle<Vec<User>>,
}

impl Talk {
    /// Lets users into all nodes and has them talk.
    pub(crate) fn begin(nodes: &[SocketAddr]) -> anyhow::Result<Self> {
        let users = (0..nodes.len() * USERS).map(|number| {
            let node = number / ROOMS % nodes.len();
            User::enter(nodes[node], node, number).context("a user cannot enter")
        });
        let mut users = users.collect::<anyhow::Result<Vec<_>>>()?;
        let stops = Arc::new(AtomicBool::new(false));
        let until = Arc::clone(&stops);
        let thread = thread::spawn(move || {
            let (begun, mut turns) = (Instant::now(), 0);
            while !until.load(Ordering::Relaxed) {
                users.iter_mut().for_each(User::say_next);
                turns += 1;
                thread::sleep((EVERY * turns).saturating_sub(begun.elapsed()));
            }
            users
        });
        Ok(Self { stops, thread })
    }

    /// Ends the talk when all lines have come that come.
    pub(crate) fn end(self) -> anyhow::Result<Vec<User>> {
        self.stops.store(true, Ordering::Relaxed);
        let Ok(mut users) = self.thread.join() else { bail!("the thread of the users has panicked") };
        for user in &mut users {
            // Whoever is closed asks nothing more.
            let _ = user.write("ping end\n");
        }
        for user in &users {
            if !user.heard.wait_for(LAST) && !user.ears().has_ended {
                bail!("{} waits for an answer for {PATIENCE:?}", user.name);
            }
        }
        Ok(users)
    }
}

impl Drop for User {
    fn drop(&mut self) {
        // Ends the thread that listens.
        let _ = self.stream.shutdown(std::net::Shutdown::Both);
    }
}
