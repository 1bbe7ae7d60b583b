//! A small chat server with a bug planted on purpose, which counts how often the bug struck. It knows enough of the
//! protocol for one room: login, `send lobby` or `send room lobby`, `ping`, leaving. Each connection has a reading and a
//! writing thread, so that lines to different users race as they do on a real server.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Write};
use std::net::{Ipv4Addr, Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

/// What is wrong with the server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Bug {
    /// Nothing.
    None,
    /// Nothing, but every line takes its time.
    Slow,
    /// A delivery happens twice.
    Duplicate,
    /// A delivery also reaches a stranger, who is not in the room.
    Leak,
    /// A delivery happens after the next one to the same user.
    Swap,
    /// A delivery does not happen.
    Lose,
    /// A line that nobody sent follows a delivery.
    Spurious,
}

/// Which deliveries the bug strikes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Strikes {
    /// Those to bob; of [`Bug::Lose`] every second one.
    Bob,
    /// One of five hundred.
    Rarely,
}

const RARELY: u64 = 500;

/// Lives as long as the test.
pub(crate) struct Chat {
    pub(crate) addr: SocketAddr,
    room: Arc<Mutex<Room>>,
}

struct Room {
    bug: Bug,
    strikes: Strikes,
    users: BTreeMap<String, User>,
    messages: u64,
    deliveries: u64,
    struck: u64,
}

struct User {
    lines: Sender<String>,
    held: Option<String>,
}

impl Chat {
    pub(crate) fn start(bug: Bug, strikes: Strikes) -> Self {
        let listener = TcpListener::bind("0.0.0.0:0").unwrap();
        let addr = SocketAddr::from((Ipv4Addr::LOCALHOST, listener.local_addr().unwrap().port()));
        let room = Room { bug, strikes, users: BTreeMap::new(), messages: 0, deliveries: 0, struck: 0 };
        let room = Arc::new(Mutex::new(room));
        let shared = Arc::clone(&room);
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let room = Arc::clone(&shared);
                thread::spawn(move || converse(&stream, &room));
            }
        });
        Self { addr, room }
    }

    /// How often the bug struck.
    pub(crate) fn struck(&self) -> u64 {
        self.room.lock().unwrap().struck
    }
}

fn converse(stream: &TcpStream, room: &Mutex<Room>) {
    stream.set_nodelay(true).unwrap();
    let bug = room.lock().unwrap().bug;
    let (tx, rx) = channel();
    let socket = stream.try_clone().unwrap();
    let writing = thread::spawn(move || write_all(socket, &rx, bug));
    let mut lines = BufReader::new(stream).lines().map_while(Result::ok);
    say(&tx, "server: set your name please:");
    if let Some(name) = lines.next() {
        // Under the lock, so that whoever is welcome is in the room.
        let mut entered = room.lock().unwrap();
        entered.users.insert(name.clone(), User { lines: tx.clone(), held: None });
        say(&tx, "server: let's start chatting!");
        drop(entered);
        for line in lines {
            let text = line.strip_prefix("send room lobby ").or(line.strip_prefix("send lobby "));
            if let Some(text) = text {
                room.lock().unwrap().deliver(&format!("lobby/{name}: {text}"));
            } else if let Some(token) = line.strip_prefix("ping ") {
                room.lock().unwrap().answer(&name, &format!("server: pong {token}"));
            }
        }
        room.lock().unwrap().users.remove(&name);
    }
    drop(tx);
    writing.join().unwrap();
}

fn write_all(mut socket: TcpStream, lines: &Receiver<String>, bug: Bug) {
    for line in lines {
        if bug == Bug::Slow {
            thread::sleep(Duration::from_millis(20));
        }
        let _ = socket.write_all(line.as_bytes());
    }
    let _ = socket.shutdown(Shutdown::Write);
}

fn say(lines: &Sender<String>, line: &str) {
    let _ = lines.send(format!("{line}\n"));
}

/// Everybody else is in the room.
fn is_stranger(name: &str) -> bool {
    name == "dave" || name.starts_with("stranger")
}

impl Room {
    fn deliver(&mut self, line: &str) {
        self.messages += 1;
        let mut leaks = 0;
        for (name, user) in self.users.iter_mut().filter(|(name, _)| !is_stranger(name)) {
            self.deliveries += 1;
            let is_struck = match self.strikes {
                Strikes::Bob => name == "bob" && (self.bug != Bug::Lose || self.messages.is_multiple_of(2)),
                Strikes::Rarely => self.deliveries.is_multiple_of(RARELY),
            };
            let held = user.held.take();
            self.struck += u64::from(is_struck && self.bug != Bug::Swap) + u64::from(held.is_some());
            let copies = match (self.bug, is_struck, held) {
                (_, _, Some(held)) => vec![line.to_owned(), held],
                (Bug::Swap, true, None) => {
                    user.held = Some(line.to_owned());
                    vec![]
                }
                (Bug::Lose, true, None) => vec![],
                (Bug::Duplicate, true, None) => vec![line.to_owned(), line.to_owned()],
                (Bug::Spurious, true, None) => vec![line.to_owned(), "lobby/ghost: boo".to_owned()],
                (Bug::Leak, true, None) => {
                    leaks += 1;
                    vec![line.to_owned()]
                }
                (Bug::None | Bug::Slow, true, None) | (_, false, None) => vec![line.to_owned()],
            };
            copies.iter().for_each(|copy| say(&user.lines, copy));
        }
        for (_, stranger) in self.users.iter().filter(|(name, _)| is_stranger(name)) {
            (0..leaks).for_each(|_| say(&stranger.lines, line));
        }
    }

    /// What is held back goes first: whoever has the pong has everything before it.
    fn answer(&mut self, name: &str, pong: &str) {
        let Some(user) = self.users.get_mut(name) else { return };
        if let Some(held) = user.held.take() {
            say(&user.lines, &held);
        }
        say(&user.lines, pong);
    }
}
