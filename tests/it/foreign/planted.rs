//! An IRC server with a planted fault: each is caught by a script in the shipped dialect, and leaks in every
//! run.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{BufRead, BufReader, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::mpsc::{Sender, channel};
use std::sync::{Arc, Mutex};
use std::thread;

use chatctl::delivery::finding::FindingKind;
use chatctl::run::RunOptions;
use chatctl::run::outcome::{FileOutcome, Problem, TestVerdict};

use crate::support::{is_everything_demanded, player};

/// How often a leak must be caught: as often as docs/script-language.md says, if every test is to be run in full.
fn runs() -> u32 {
    if is_everything_demanded() { 1_000 } else { 200 }
}

/// Nobody waits for anything before the fence: a leaked line races with its answer.
const LISTENING: &str = "set dialect irc
set leftovers allow
connect ann, ben, eve
ann> JOIN #tea
ann<.. :{{_}} 366 ann #tea :{{_}}
ben> JOIN #tea
ben<.. :{{_}} 366 ben #tea :{{_}}
ben> PRIVMSG #tea :milk or lemon?
eve is silent
";

const STAMPED: &str = "set dialect irc
set leftovers allow
connect ann, ben, eve
ann, ben> JOIN #tea
ann, ben<.. :{{_}} 366 {{_}} #tea :{{_}}
ben> PRIVMSG #tea :{{stamp ann}}
";

/// What is wrong with the server.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Fault {
    None,
    /// Who is not in the channel has the line as well.
    Leaks,
    Doubles,
    Loses,
}

#[derive(Default)]
struct Network {
    /// What goes to each user, by nick; a thread of each writes it.
    users: BTreeMap<String, Sender<String>>,
    members: BTreeSet<String>,
}

impl Network {
    fn tell(&self, nick: &str, line: &str) {
        if let Some(user) = self.users.get(nick) {
            let _ = user.send(format!("{line}\r\n"));
        }
    }

    /// What the line of a user leads to. Returns false if it leaves.
    fn obey(&mut self, nick: &str, line: &str, fault: Fault) -> bool {
        let (command, rest) = line.split_once(' ').unwrap_or((line, ""));
        match command {
            "USER" => self.tell(nick, &format!(":irc.example 376 {nick} :welcome")),
            "PING" => self.tell(nick, &format!(":irc.example PONG irc.example {rest}")),
            "JOIN" => {
                self.members.insert(nick.to_owned());
                self.members.iter().for_each(|member| self.tell(member, &format!(":{nick}!u@h JOIN :{rest}")));
                self.tell(nick, &format!(":irc.example 366 {nick} {rest} :end of names"));
            }
            "PRIVMSG" => {
                let times = match fault {
                    Fault::None | Fault::Leaks => 1,
                    Fault::Doubles => 2,
                    Fault::Loses => 0,
                };
                let is_meant = |other: &&String| self.members.contains(*other) || fault == Fault::Leaks;
                for other in self.users.keys().filter(|other| *other != nick).filter(is_meant) {
                    (0..times).for_each(|_| self.tell(other, &format!(":{nick}!u@h PRIVMSG {rest}")));
                }
            }
            "QUIT" => {
                self.tell(nick, "ERROR :goodbye");
                self.members.remove(nick);
                self.users.remove(nick);
                return false;
            }
            _ => {}
        }
        true
    }
}

fn serve(fault: Fault) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let network = Arc::<Mutex<Network>>::default();
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let network = Arc::clone(&network);
            thread::spawn(move || talk(&stream, &network, fault));
        }
    });
    address
}

fn talk(stream: &TcpStream, network: &Mutex<Network>, fault: Fault) {
    stream.set_nodelay(true).unwrap();
    let (tx, rx) = channel::<String>();
    let mut out = stream.try_clone().unwrap();
    let writing = thread::spawn(move || {
        while let Ok(line) = rx.recv() {
            if out.write_all(line.as_bytes()).is_err() {
                break;
            }
        }
    });
    let mut lines = BufReader::new(stream).lines().map_while(Result::ok);
    let Some(first) = lines.next() else { return };
    let nick = first.trim_start_matches("NICK ").to_owned();
    network.lock().unwrap().users.insert(nick.clone(), tx);
    lines.all(|line| network.lock().unwrap().obey(&nick, &line, fault));
    network.lock().unwrap().obey(&nick, "QUIT", fault);
    writing.join().unwrap();
    let _ = stream.shutdown(Shutdown::Both);
}

fn play(text: &str, fault: Fault, repeat: u32) -> FileOutcome {
    player::play(text, serve(fault), RunOptions { repeat, ..RunOptions::default() })
}

fn findings(fault: Fault) -> Vec<FindingKind> {
    let outcome = play(STAMPED, fault, 1);
    let problems = outcome.failures().map(|failure| &failure.problem);
    let found = problems.map(|problem| match problem {
        Problem::Stamps { findings, .. } => findings.iter().map(|finding| finding.kind).collect::<Vec<_>>(),
        other => panic!("{other:?}"),
    });
    found.flatten().collect()
}

fn caught(outcome: &FileOutcome) -> usize {
    outcome.tests.iter().filter(|test| matches!(test.verdict, TestVerdict::Failed(_))).count()
}

#[test]
fn a_leak_is_caught_in_every_run() {
    let good = play(LISTENING, Fault::None, 20);
    assert_eq!((good.tests.len(), caught(&good)), (20, 0));
    let outcome = play(LISTENING, Fault::Leaks, runs());
    assert_eq!((outcome.tests.len(), caught(&outcome)), (runs() as usize, runs() as usize));
    assert!(outcome.failures().all(|failure| matches!(failure.problem, Problem::NotSilent { .. })));
}

#[test]
fn what_is_lost_doubled_or_leaked_is_found_by_stamps() {
    assert_eq!(findings(Fault::None), []);
    assert_eq!(findings(Fault::Leaks), [FindingKind::Misdelivered]);
    assert_eq!(findings(Fault::Doubles), [FindingKind::Duplicated]);
    assert_eq!(findings(Fault::Loses), [FindingKind::Lost]);
}
