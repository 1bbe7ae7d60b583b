//! A chat server that does something wrong to every five-hundredth line that it delivers, and counts how often.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;

/// What happens to one delivery of [`EVERY`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Bug {
    /// It does not happen.
    Lose,
    /// It happens twice.
    Duplicate,
    /// It happens after the next one to the same user.
    Swap,
    /// It happens to somebody else as well, who is in no room.
    Leak,
}

/// One delivery of so many goes wrong.
const EVERY: u64 = 500;
/// Whoever is called so is in no room.
pub(crate) const STRANGER: &str = "stranger";

/// Lives as long as the test.
pub(crate) struct Miscounting {
    pub(crate) addr: SocketAddr,
    room: Arc<Mutex<Room>>,
}

struct Room {
    bug: Bug,
    users: BTreeMap<String, User>,
    deliveries: u64,
    done: u64,
}

struct User {
    socket: TcpStream,
    held: Option<String>,
}

impl Miscounting {
    pub(crate) fn start(bug: Bug) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let addr = listener.local_addr().unwrap();
        let room = Arc::new(Mutex::new(Room { bug, users: BTreeMap::new(), deliveries: 0, done: 0 }));
        let shared = Arc::clone(&room);
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let room = Arc::clone(&shared);
                thread::spawn(move || converse(&stream, &room));
            }
        });
        Self { addr, room }
    }

    /// How often it did something wrong.
    pub(crate) fn done(&self) -> u64 {
        self.room.lock().unwrap().done
    }
}

fn converse(stream: &TcpStream, room: &Mutex<Room>) {
    stream.set_nodelay(true).unwrap();
    let mut lines = BufReader::new(stream).lines().map_while(Result::ok);
    let mut socket = stream.try_clone().unwrap();
    socket.write_all(b"server: set your name please:\n").unwrap();
    let Some(name) = lines.next() else { return };
    {
        let mut room = room.lock().unwrap();
        socket.write_all(b"server: let's start chatting!\n").unwrap();
        room.users.insert(name.clone(), User { socket, held: None });
    }
    for line in lines {
        let mut room = room.lock().unwrap();
        if let Some(text) = line.strip_prefix("send lobby ") {
            room.deliver(&format!("lobby/{name}: {text}\n"));
        } else if let Some(token) = line.strip_prefix("ping ") {
            room.answer(&name, &format!("server: pong {token}\n"));
        }
    }
    room.lock().unwrap().users.remove(&name);
}

impl Room {
    fn deliver(&mut self, line: &str) {
        let Self { bug, users, deliveries, done } = self;
        let mut leaked = 0;
        for (_, user) in users.iter_mut().filter(|(name, _)| !name.starts_with(STRANGER)) {
            *deliveries += 1;
            let is_chosen = deliveries.is_multiple_of(EVERY);
            let text = match (*bug, is_chosen) {
                (Bug::Swap, false) => match user.held.take() {
                    Some(held) => {
                        *done += 1;
                        format!("{line}{held}")
                    }
                    None => line.to_owned(),
                },
                (Bug::Swap, true) => {
                    user.held = Some(line.to_owned());
                    String::new()
                }
                (Bug::Lose, true) => {
                    *done += 1;
                    String::new()
                }
                (Bug::Duplicate, true) => {
                    *done += 1;
                    line.repeat(2)
                }
                (Bug::Leak, true) => {
                    leaked += 1;
                    line.to_owned()
                }
                (Bug::Lose | Bug::Duplicate | Bug::Leak, false) => line.to_owned(),
            };
            let _ = user.socket.write_all(text.as_bytes());
        }
        for (_, stranger) in users.iter_mut().filter(|(name, _)| name.starts_with(STRANGER)) {
            let _ = stranger.socket.write_all(line.repeat(leaked).as_bytes());
        }
        *done += leaked as u64;
    }

    /// What is held back goes first: whoever has the pong has everything before it.
    fn answer(&mut self, name: &str, pong: &str) {
        let Some(user) = self.users.get_mut(name) else { return };
        let held = user.held.take().unwrap_or_default();
        let _ = user.socket.write_all(format!("{held}{pong}").as_bytes());
    }
}
