//! All servers are replaced, one after the other, while users talk who come back to another one and resume.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;

use super::node;
use super::redis::Redis;
use crate::support::{Client, Process, WELCOME};

/// The servers that users may log in at.
type Addresses = Arc<Mutex<Vec<SocketAddr>>>;

/// A user who says numbers, each once the one before it was heard, and says again what was not carried out.
struct Talker {
    name: String,
    client: Client,
    addresses: Addresses,
    /// The lines of the room by their numbers.
    heard: BTreeMap<u64, String>,
    said: usize,
    logins: usize,
}

impl Talker {
    fn new(name: &str, place: usize, addresses: &Addresses) -> Self {
        let addr = addresses.lock().unwrap()[place];
        let mut client = Client::log_in(addr, name);
        client.say("set numbers on");
        assert!(client.line().starts_with("server: numbers are on"));
        let (name, addresses) = (name.to_owned(), Arc::clone(addresses));
        Self { name, client, addresses, heard: BTreeMap::new(), said: 0, logins: 1 }
    }

    /// Takes a line; false at the end of the connection.
    fn hear(&mut self) -> bool {
        let Some(line) = self.client.next_bytes().ok().filter(|line| !line.is_empty()) else { return false };
        let line = String::from_utf8(line).unwrap();
        let line = line.trim_end();
        if let Some((number, text)) = numbered(line) {
            let before = self.heard.insert(number, text.to_owned());
            assert_eq!(before, None, "{line} came twice");
        }
        true
    }

    /// Whether all that it has said was carried out.
    fn is_heard(&self) -> bool {
        let last = format!("den/{}: {}", self.name, self.said);
        self.said == 0 || self.heard.values().rev().any(|line| *line == last)
    }

    /// Says the next number and waits until it is heard, however often it has to log in.
    fn say_one(&mut self) {
        self.said += 1;
        loop {
            let line = format!("send den {}\n", self.said);
            let sent = self.client.try_send(line.as_bytes()).is_ok();
            while sent && !self.is_heard() && self.hear() {}
            if self.is_heard() {
                return;
            }
            while self.hear() {}
            self.come_back();
            if self.is_heard() {
                return;
            }
        }
    }

    /// Logs in at a server that lives, and hears what it has missed.
    fn come_back(&mut self) {
        let last = *self.heard.keys().next_back().unwrap();
        loop {
            let places = self.addresses.lock().unwrap().clone();
            let addr = places[self.logins % places.len()];
            self.logins += 1;
            let Ok(stream) = std::net::TcpStream::connect(addr) else { continue };
            self.client = Client::of(stream);
            let asked = format!("{}\nset numbers on\nresume den #{last}\n", self.name);
            if self.client.try_send(asked.as_bytes()).is_err() {
                continue;
            }
            let Some(answers) = self.answers() else { continue };
            if answers.iter().any(|line| line == WELCOME) {
                return self.learn(&answers);
            }
        }
    }

    /// What it is told up to the end of the resumption, or up to another prompt; `None` if the server goes.
    fn answers(&mut self) -> Option<Vec<String>> {
        let mut lines: Vec<String> = Vec::new();
        let is_over = |line: &str| line.starts_with("server: resumed den") || line.starts_with("error: name-taken");
        while lines.last().is_none_or(|line| !is_over(line)) {
            let line = self.client.next_bytes().ok().filter(|line| !line.is_empty())?;
            lines.push(String::from_utf8(line).unwrap().trim_end().to_owned());
        }
        Some(lines)
    }

    fn learn(&mut self, answers: &[String]) {
        for line in answers {
            assert!(!line.contains("left out"), "{line}");
            // Shown with its time.
            let shown = line.strip_prefix("history: ").and_then(|line| line.split_once(' '));
            let shown = shown.and_then(|(number, rest)| Some(format!("{number} {}", rest.split_once(' ')?.1)));
            if let Some((number, text)) = numbered(shown.as_deref().unwrap_or(line)) {
                let before = self.heard.insert(number, text.to_owned());
                assert_eq!(before, None, "{line} came twice");
            }
        }
    }
}

/// `#12 den/alice: 5`
fn numbered(line: &str) -> Option<(u64, &str)> {
    let (number, text) = line.strip_prefix('#')?.split_once(' ')?;
    text.starts_with("den/").then_some((number.parse().ok()?, text))
}

/// Every number names one line for all, none is missing, and whatever somebody said was carried out once.
fn check(talkers: &[Talker]) {
    let mut all = BTreeMap::new();
    for talker in talkers {
        for (number, line) in &talker.heard {
            assert_eq!(all.entry(*number).or_insert(line), &line, "#{number}");
        }
        let numbers: Vec<_> = talker.heard.keys().copied().collect();
        assert_eq!(numbers, (numbers[0]..numbers[0] + numbers.len() as u64).collect::<Vec<_>>(), "{}", talker.name);
    }
    for Talker { name, said, .. } in talkers {
        let begins = format!("den/{name}: ");
        let found: Vec<_> = all.values().filter_map(|line| line.strip_prefix(&begins)).collect();
        assert_eq!(found, (1..=*said).map(|i| i.to_string()).collect::<Vec<_>>());
    }
}

#[test]
fn a_rolling_restart_loses_and_doubles_nothing_for_users_who_resume() {
    let Some(redis) = Redis::start() else { return };
    let flags = ["--message-rate", "0"];
    let mut nodes: Vec<Process> = (0..3).map(|_| node(&redis, &flags)).collect();
    let addresses: Addresses = Arc::new(Mutex::new(nodes.iter().map(|node| node.addr).collect()));
    let mut talkers =
        [("alice", 0), ("bob", 1), ("carol", 2)].map(|(name, place)| Talker::new(name, place, &addresses));
    talkers[0].client.say("create room den bob,carol");
    talkers.iter_mut().for_each(|talker| while talker.heard.is_empty() && talker.hear() {});
    let (over, said) = (AtomicBool::new(false), AtomicUsize::new(0));
    // Waits until so many lines more are said.
    let talk = |lines: usize| {
        let until = said.load(Ordering::Relaxed) + lines;
        while said.load(Ordering::Relaxed) < until {
            assert!(!over.load(Ordering::Relaxed), "a user cannot go on");
            thread::yield_now();
        }
    };
    thread::scope(|scope| {
        for talker in &mut talkers {
            scope.spawn(|| {
                // Also if it panics.
                let _over = Over(&over);
                while !over.load(Ordering::Relaxed) {
                    talker.say_one();
                    said.fetch_add(1, Ordering::Relaxed);
                }
            });
        }
        let _over = Over(&over);
        for (place, last) in nodes.iter_mut().enumerate() {
            talk(100);
            let next = node(&redis, &flags);
            addresses.lock().unwrap()[place] = next.addr;
            let (status, log) = std::mem::replace(last, next).stop();
            assert!(status.success(), "{log}");
        }
        talk(100);
    });
    assert!(talkers.iter().all(|talker| talker.logins > 1), "somebody was never away");
    check(&talkers);
}

/// Says at its end that all is over.
struct Over<'a>(&'a AtomicBool);

impl Drop for Over<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}
