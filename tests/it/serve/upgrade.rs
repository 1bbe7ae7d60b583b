//! A new server takes the sockets of the old one over while people talk: who comes back has each line once.

use std::collections::BTreeMap;
use std::fs;
use std::net::{SocketAddr, TcpListener};
use std::os::fd::AsRawFd;
use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Instant;

use assert_cmd::cargo::cargo_bin;

use crate::support::{Client, PATIENCE, PROMPT, Process, WELCOME, skipped};

const TALKERS: usize = 20;
const LINES: usize = 100;

/// A server at this socket, which is not its own: it stays open when the server ends, as those of systemd do.
fn serve(socket: &TcpListener, data: &Path) -> Process {
    let script =
        "exec 3<&\"$FD\" && LISTEN_PID=$$ LISTEN_FDS=1 LISTEN_FDNAMES=text exec \"$0\" serve --web none \"$@\"";
    let mut command = Command::new("bash");
    command.args(["-c", script]).arg(cargo_bin!("chatctl")).arg("--data").arg(data);
    command.args(["--message-rate", "1000000", "--log-file"]).arg(data.join("log"));
    command.env("FD", socket.as_raw_fd().to_string());
    Process::listening(command)
}

/// Somebody in the lobby who says lines, and writes down by their numbers those that are heard.
struct Talker {
    addr: SocketAddr,
    name: String,
    client: Client,
    heard: BTreeMap<u64, String>,
    /// How often a connection was lost.
    losses: usize,
}

impl Talker {
    fn enter(addr: SocketAddr, name: String) -> Self {
        let mut client = Client::log_in(addr, &name);
        client.say("set numbers on");
        client.line();
        client.say("join room lobby");
        let mut talker = Self { addr, name, client, heard: BTreeMap::new(), losses: 0 };
        while talker.heard.is_empty() {
            let line = talker.next().expect("nobody has stopped the server yet");
            talker.take(&line);
        }
        talker
    }

    /// The next whole line, or nothing if the connection is lost.
    fn next(&mut self) -> Option<String> {
        let bytes = self.client.next_bytes().ok()?;
        String::from_utf8(bytes).ok()?.strip_suffix('\n').map(str::to_owned)
    }

    /// Notes a line of the lobby, heard now or told of the past; others are of no concern.
    fn take(&mut self, line: &str) {
        let told = line.strip_prefix("history: ").and_then(|past| {
            let [number, _time, text] = past.splitn(3, ' ').collect::<Vec<_>>()[..] else { return None };
            Some((number, text))
        });
        let Some((number, text)) = told.or_else(|| line.split_once(' ')) else { return };
        let Some(number) = number.strip_prefix('#').and_then(|number| number.parse().ok()) else {
            assert!(!line.starts_with("error: "), "{line}");
            return;
        };
        if let Some(last) = self.heard.keys().last() {
            assert_eq!(number, last + 1, "a line is lost or doubled: {line}");
        }
        self.heard.insert(number, text.to_owned());
    }

    fn has(&self, said: &str) -> bool {
        self.heard.values().rev().any(|text| text == said)
    }

    /// Logs in again and asks for what was missed.
    fn come_back(&mut self) {
        self.losses += 1;
        let begun = Instant::now();
        while self.try_to_come_back().is_none() {
            assert!(begun.elapsed() < PATIENCE, "{} does not get in again", self.name);
        }
    }

    fn try_to_come_back(&mut self) -> Option<()> {
        self.client = Client::connect(self.addr);
        self.client.try_send(format!("{}\nset numbers on\n", self.name).as_bytes()).ok()?;
        if self.next()? != PROMPT || self.next()? != WELCOME {
            return None;
        }
        let last = self.heard.keys().last()?;
        self.client.try_send(format!("resume lobby #{last}\n").as_bytes()).ok()?;
        // What is said meanwhile comes before the answer, and behind it in the order of the room.
        let mut live = Vec::new();
        loop {
            let line = self.next()?;
            match () {
                () if line.starts_with("history: ") => self.take(&line),
                () if line.starts_with("server: resumed lobby ") => break,
                () => live.push(line),
            }
        }
        live.iter().for_each(|line| self.take(line));
        Some(())
    }

    /// Says each line until it is heard, and listens until everybody has said all of theirs.
    fn talk(mut self, said: &AtomicUsize) -> Self {
        for number in 0..LINES {
            let line = format!("lobby/{}: {number}", self.name);
            let mut is_sent = false;
            while !self.has(&line) {
                if !std::mem::replace(&mut is_sent, true) {
                    // Whether it arrived shows when the connection is read.
                    let _ = self.client.try_send(format!("send lobby {number}\n").as_bytes());
                }
                match self.next() {
                    Some(line) => self.take(&line),
                    None => {
                        self.come_back();
                        is_sent = false;
                    }
                }
            }
            said.fetch_add(1, Ordering::SeqCst);
        }
        while self.texts() < TALKERS * LINES {
            match self.next() {
                Some(line) => self.take(&line),
                None => self.come_back(),
            }
        }
        self
    }

    /// How many lines of people it has heard.
    fn texts(&self) -> usize {
        self.heard.values().filter(|text| text.starts_with("lobby/t")).count()
    }
}

#[test]
fn no_line_is_lost_or_doubled_by_upgrades_under_load() {
    let folder = tempfile::tempdir().unwrap();
    let socket = TcpListener::bind("127.0.0.1:0").unwrap();
    rustix::io::fcntl_setfd(&socket, rustix::io::FdFlags::empty()).unwrap();
    let addr = socket.local_addr().unwrap();
    let mut server = serve(&socket, folder.path());
    let mut owner = server.user("owner");
    owner.ask("create room lobby", &["lobby/server: owner created the room"]);
    // All are there before the first line, so that each of them hears all.
    let talkers: Vec<Talker> = (0..TALKERS).map(|number| Talker::enter(addr, format!("t{number}"))).collect();
    let said = Arc::new(AtomicUsize::new(0));
    let talking: Vec<_> = talkers
        .into_iter()
        .map(|talker| {
            let said = Arc::clone(&said);
            thread::spawn(move || talker.talk(&said))
        })
        .collect();
    for part in 1..=2 {
        while said.load(Ordering::SeqCst) < part * TALKERS * LINES / 3 {
            assert!(!talking.iter().any(thread::JoinHandle::is_finished), "somebody has failed");
            thread::yield_now();
        }
        server.signal("TERM");
        assert_eq!(server.wait().0.code(), Some(0));
        server = serve(&socket, folder.path());
    }
    let talkers: Vec<Talker> = talking.into_iter().map(|talker| talker.join().unwrap()).collect();
    let (first, others) = talkers.split_first().unwrap();
    for number in 0..TALKERS {
        for line in 0..LINES {
            let said = format!("lobby/t{number}: {line}");
            assert_eq!(first.heard.values().filter(|text| **text == said).count(), 1, "{said}");
        }
    }
    for other in others {
        let both = other.heard.iter().filter(|(number, _)| first.heard.contains_key(number));
        assert!(both.clone().count() >= TALKERS * LINES);
        both.for_each(|(number, text)| assert_eq!(first.heard.get(number), Some(text)));
    }
    assert!(talkers.iter().all(|talker| talker.losses >= 2), "everybody was there for both upgrades");
    let log = fs::read_to_string(folder.path().join("log")).unwrap();
    assert!(!log.contains("ERROR") && !log.contains("WARN"), "{log}");
}

/// What the script of the operators says about this program, which it upgrades to itself; `None` if it cannot be run here.
fn tried(program: &Path) -> Option<(Option<i32>, String)> {
    for needed in ["perl", "awk"] {
        let Ok(_) = Command::new(needed).args(["-e", "1"]).output() else {
            skipped(needed);
            return None;
        };
    }
    let mut script = Command::new("bash");
    script.arg(concat!(env!("CARGO_MANIFEST_DIR"), "/contrib/upgrade/try"));
    script.env("CHATCTL", program).env("TALKERS", "4").env("LINES", "20").env("UPGRADES", "2");
    let output = script.output().unwrap();
    let said = [output.stdout, output.stderr].map(|bytes| String::from_utf8(bytes).unwrap()).concat();
    Some((output.status.code(), said))
}

#[test]
fn operators_can_try_an_upgrade_by_a_script() {
    let Some((code, said)) = tried(cargo_bin!("chatctl").as_ref()) else { return };
    assert_eq!(code, Some(0), "{said}");
    let (first, rest) = said.split_once('\n').unwrap();
    let count = first.strip_prefix("4 users said ").and_then(|rest| rest.strip_suffix(" lines, through 2 upgrades"));
    assert!(count.is_some_and(|count| count.parse::<usize>().unwrap() >= 3 * 4 * 20), "{said}");
    assert_eq!(rest, "lost 0, doubled 0, heard otherwise 0\n");
}

#[test]
fn the_script_for_upgrades_says_what_is_lost() {
    let folder = tempfile::tempdir().unwrap();
    let forgetful = folder.path().join("chatctl");
    // A server that has forgotten at each start what it has kept.
    let script = format!(
        "#!/bin/bash\nfor word; do [ \"$last\" != --data ] || rm -rf \"$word\"; last=$word; done\nexec {} \"$@\"\n",
        cargo_bin!("chatctl").display()
    );
    // Written by another process: a file that this one writes may be open in a child that another test starts meanwhile.
    let writing = Command::new("sh")
        .args(["-c", r#"printf %s "$1" >"$0" && chmod 755 "$0""#])
        .arg(&forgetful)
        .arg(script)
        .status();
    assert!(writing.unwrap().success());
    let Some((code, said)) = tried(&forgetful) else { return };
    assert_eq!(code, Some(1), "{said}");
    let lines: Vec<_> = said.lines().collect();
    assert_eq!(lines[1], "the server has begun anew: its rooms and their numbers were gone");
}
