//! A small chat server with a bug planted on purpose. It knows enough of the protocol for one room: login, `send room`,
//! `ping`, leaving. Each connection has a reading and a writing thread, so that lines to different users race as they
//! do on a real server.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
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
    /// Every message reaches bob twice.
    Duplicate,
    /// Every message reaches dave, who is not in the room.
    Leak,
    /// Two messages reach bob in the wrong order.
    Swap,
    /// The second message does not reach bob.
    Loss,
    /// A line that nobody sent reaches bob.
    Spurious,
}

/// Everybody is in the room but dave.
const STRANGER: &str = "dave";

struct Room {
    bug: Bug,
    users: BTreeMap<String, Sender<String>>,
    messages: usize,
    held: Option<String>,
}

/// Starts a server that lives as long as the test.
pub(crate) fn start(bug: Bug) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let room = Arc::new(Mutex::new(Room { bug, users: BTreeMap::new(), messages: 0, held: None }));
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let room = Arc::clone(&room);
            thread::spawn(move || converse(&stream, &room));
        }
    });
    address
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
        entered.users.insert(name.clone(), tx.clone());
        say(&tx, "server: let's start chatting!");
        drop(entered);
        for line in lines {
            if let Some(text) = line.strip_prefix("send room lobby ") {
                room.lock().unwrap().deliver(&name, text);
            } else if let Some(token) = line.strip_prefix("ping ") {
                say(&tx, &format!("server: pong {token}"));
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

fn say(tx: &Sender<String>, line: &str) {
    let _ = tx.send(format!("{line}\n"));
}

impl Room {
    fn deliver(&mut self, sender: &str, text: &str) {
        let line = format!("lobby/{sender}: {text}");
        self.messages += 1;
        for name in self.users.keys().cloned().collect::<Vec<_>>() {
            let copies = match (self.bug, name.as_str()) {
                (Bug::Leak, STRANGER) => vec![line.clone()],
                (_, STRANGER) => vec![],
                (Bug::Duplicate, "bob") => vec![line.clone(), line.clone()],
                (Bug::Spurious, "bob") => vec![line.clone(), "lobby/ghost: boo".to_owned()],
                (Bug::Loss, "bob") if self.messages.is_multiple_of(2) => vec![],
                (Bug::Swap, "bob") => match self.held.take() {
                    None => {
                        self.held = Some(line.clone());
                        vec![]
                    }
                    Some(held) => vec![line.clone(), held],
                },
                _ => vec![line.clone()],
            };
            copies.iter().for_each(|copy| say(&self.users[&name], copy));
        }
    }
}
