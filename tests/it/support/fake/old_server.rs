//! The server of the Python chat room, as far as a client sees it: each `recv(1024)` is one command, decoded strictly;
//! answers have no newline; unknown commands get none; a message to an unknown user ends that connection.

use std::collections::BTreeMap;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;

use crate::support::fake::old_client::{decode, encode};

/// Serves until the test ends.
pub(crate) struct OldServer {
    pub(crate) addr: SocketAddr,
    state: Arc<Mutex<State>>,
}

#[derive(Default)]
struct State {
    users: BTreeMap<String, TcpStream>,
    rooms: BTreeMap<String, Vec<String>>,
    received: Vec<String>,
}

impl OldServer {
    pub(crate) fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let (addr, state) = (listener.local_addr().unwrap(), Arc::<Mutex<State>>::default());
        let shared = Arc::clone(&state);
        thread::spawn(move || {
            for socket in listener.incoming() {
                let (socket, state) = (socket.unwrap(), Arc::clone(&shared));
                thread::spawn(move || serve(socket, &state));
            }
        });
        Self { addr, state }
    }

    /// What each read of a connection took, names left out.
    pub(crate) fn received(&self) -> Vec<String> {
        self.state.lock().unwrap().received.clone()
    }
}

/// `recv(1024).decode("gbk")`; `None` at the end.
fn receive(socket: &mut TcpStream) -> Option<String> {
    let mut buf = [0; 1024];
    match socket.read(&mut buf) {
        Ok(0) | Err(_) => None,
        Ok(length) => Some(decode(&buf[..length])),
    }
}

fn say(mut socket: &TcpStream, text: &str) {
    // Whoever has left is not told.
    let _ = socket.write_all(&encode(text));
}

fn serve(mut socket: TcpStream, state: &Mutex<State>) {
    say(&socket, "server: set your name please:");
    let Some(name) = receive(&mut socket) else { return };
    state.lock().unwrap().users.insert(name.clone(), socket.try_clone().unwrap());
    say(&socket, "server: let's start chatting!");
    while let Some(command) = receive(&mut socket) {
        let mut state = state.lock().unwrap();
        state.received.push(command.clone());
        if carry_out(&mut state, &name, &command, &socket).is_none() {
            break;
        }
    }
    state.lock().unwrap().users.remove(&name);
    let _ = socket.shutdown(std::net::Shutdown::Both);
}

/// `None` if Python would have raised an exception.
fn carry_out(state: &mut State, name: &str, command: &str, socket: &TcpStream) -> Option<()> {
    let words: Vec<&str> = command.splitn(4, ' ').collect();
    match words[..] {
        ["list", "users"] => {
            let users: Vec<_> = state.users.keys().cloned().collect();
            say(socket, &format!("server: {}", users.join(", ")));
        }
        ["list", "rooms"] => {
            let rooms: Vec<_> = state.rooms.keys().cloned().collect();
            say(socket, &format!("server: {}", rooms.join(", ")));
        }
        ["send", "message", users, text] => {
            for user in users.split(',') {
                say(state.users.get(user)?, &format!("{name}: {text}"));
            }
        }
        ["create", "room", room, users] => {
            let members = users.split(',').map(str::to_owned).chain([name.to_owned()]).collect();
            state.rooms.insert(room.to_owned(), members);
        }
        ["send", "room", room, text] => {
            for member in state.rooms.get(room)? {
                say(state.users.get(member)?, &format!("{room}: {text}"));
            }
        }
        _ => {}
    }
    Some(())
}
