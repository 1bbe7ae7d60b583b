//! A server on strings: its users tell it, line by line, what to send to whom. So a test can have any line arrive at
//! anybody, or any misbehavior, in a fixed order.
//!
//! ```text
//! tell bob,carol TEXT   TEXT to bob and to carol        late bob TEXT     the same, 300 ms later
//! hold bob TEXT         TEXT to bob after the next tell  bytes bob 66ff    these bytes, and a newline
//! close bob             close bob's connection           break bob         the same with a reset
//! flood bob COUNT       so many lines                    mute bob          bob's pings are answered no more
//! count bob             how many pings were answered, to bob
//! ```
//!
//! `ping` is answered, `leave` ends a connection, anything else is ignored. Whoever calls itself `unwelcome` is turned away.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{BufRead, BufReader, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

#[derive(Default)]
struct Stage {
    users: BTreeMap<String, TcpStream>,
    muted: BTreeSet<String>,
    /// Whose connection ends with a reset.
    broken: BTreeSet<String>,
    pings: usize,
    held: Vec<(String, String)>,
}

/// Starts one that lives as long as the test.
pub(crate) fn start() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let stage = Arc::<Mutex<Stage>>::default();
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let stage = Arc::clone(&stage);
            thread::spawn(move || converse(&stream, &stage));
        }
    });
    address
}

fn converse(stream: &TcpStream, stage: &Mutex<Stage>) {
    stream.set_nodelay(true).unwrap();
    let mut lines = BufReader::new(stream).lines().map_while(Result::ok);
    write(stream, b"server: set your name please:\n");
    let Some(name) = lines.next() else { return };
    if name == "unwelcome" {
        write(stream, b"error: server-full: 3 connections\n");
        let _ = stream.shutdown(Shutdown::Write);
        return;
    }
    {
        let mut stage = stage.lock().unwrap();
        stage.users.insert(name.clone(), stream.try_clone().unwrap());
        stage.muted.remove(&name);
        stage.tell(&name, "server: let's start chatting!");
    }
    for line in lines {
        stage.lock().unwrap().obey(&name, &line);
    }
    let mut stage = stage.lock().unwrap();
    stage.users.remove(&name);
    if !stage.broken.remove(&name) {
        let _ = stream.shutdown(Shutdown::Write);
    }
}

impl Stage {
    fn obey(&mut self, caller: &str, line: &str) {
        let mut words = line.splitn(3, ' ');
        let (verb, who, text) = (words.next().unwrap(), words.next().unwrap_or(""), words.next().unwrap_or(""));
        match verb {
            "ping" if !self.muted.contains(caller) => {
                self.pings += 1;
                self.tell(caller, &format!("server: pong {who}"));
            }
            "count" => self.tell(who, &format!("{} pings", self.pings)),
            "tell" => {
                who.split(',').for_each(|who| self.tell(who, text));
                for (who, text) in std::mem::take(&mut self.held) {
                    self.tell(&who, &text);
                }
            }
            "hold" => self.held.push((who.to_owned(), text.to_owned())),
            "late" => {
                thread::sleep(Duration::from_millis(300));
                self.tell(who, text);
            }
            "bytes" => {
                let digits = text.as_bytes().chunks(2).map(|pair| std::str::from_utf8(pair).unwrap());
                let mut bytes: Vec<u8> = digits.map(|pair| u8::from_str_radix(pair, 16).unwrap()).collect();
                bytes.push(b'\n');
                self.send(who, &bytes);
            }
            "flood" => self.send(who, "x\n".repeat(text.parse().unwrap()).as_bytes()),
            "mute" => drop(self.muted.insert(who.to_owned())),
            "close" => self.users[who].shutdown(Shutdown::Write).unwrap(),
            // Without lingering, closing resets; that the input has ended lets the reading thread close.
            "break" => {
                socket2::SockRef::from(&self.users[who]).set_linger(Some(Duration::ZERO)).unwrap();
                self.users[who].shutdown(Shutdown::Read).unwrap();
                self.broken.insert(who.to_owned());
            }
            _ => {}
        }
    }

    fn tell(&self, who: &str, text: &str) {
        self.send(who, format!("{text}\n").as_bytes());
    }

    fn send(&self, who: &str, bytes: &[u8]) {
        if let Some(stream) = self.users.get(who) {
            write(stream, bytes);
        }
    }
}

/// Whoever has gone hears nothing.
fn write(mut stream: &TcpStream, bytes: &[u8]) {
    let _ = stream.write_all(bytes);
}
