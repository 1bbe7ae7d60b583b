//! Clients that lose their connection and come back: what each has seen in the end is the room's order, each line once.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use crate::support::{Client, PROMPT, Server, WELCOME};

/// A member of the lobby who writes down what is said there, by number.
struct Member {
    addr: SocketAddr,
    client: Client,
    token: String,
    /// The line of each number from the first on.
    seen: Vec<String>,
    first: u64,
}

impl Member {
    /// Enters the lobby; `seen` begins with the line of that.
    fn join(addr: SocketAddr, name: &str) -> Self {
        let mut client = Client::log_in(addr, name);
        client.say("token");
        let token = client.line().strip_prefix("server: ").unwrap().to_owned();
        client.say("set numbers on");
        client.line();
        client.say("join room lobby");
        let (first, line) = numbered(&client.line());
        Self { addr, client, token, seen: vec![line], first }
    }

    fn last(&self) -> u64 {
        self.first + self.seen.len() as u64 - 1
    }

    /// Takes a line of the room, which must be the next one.
    fn take(&mut self, line: &str) {
        let (number, text) = numbered(line);
        assert_eq!(number, self.last() + 1, "{line}");
        self.seen.push(text);
    }

    fn listen(&mut self, lines: usize) {
        for _ in 0..lines {
            let line = self.client.line();
            self.take(&line);
        }
    }

    /// The link breaks, with lines under way that nobody will ever read. The server notices before the member is back,
    /// so that somebody new takes the name and enters again; or it does not, and the session is taken over.
    fn lose_the_link(&mut self, name: &str, is_noticed: bool) {
        let lost = std::mem::replace(&mut self.client, Client::connect(self.addr));
        self.client.expect(&[PROMPT]);
        if is_noticed {
            lost.reset();
            while !self.log_in(name) {}
        } else {
            self.client.ask(&self.token, &[WELCOME]);
            drop(lost);
        }
        self.client.say("set numbers on");
        self.resume();
        self.client.say("token");
        self.token = self.listen_until("server: token ").strip_prefix("server: ").unwrap().to_owned();
    }

    /// Whether the name is free: the server may not have noticed yet.
    fn log_in(&mut self, name: &str) -> bool {
        self.client.say(name);
        if self.client.line() == WELCOME {
            return true;
        }
        self.client = Client::connect(self.addr);
        self.client.expect(&[PROMPT]);
        false
    }

    /// What was missed comes first, then what was heard live before the answer.
    fn resume(&mut self) {
        let after = self.last();
        self.client.say(&format!("resume lobby #{after}"));
        let mut live = Vec::new();
        loop {
            let line = self.client.line();
            if let Some(past) = line.strip_prefix("history: ") {
                let [number, _time, text] = past.splitn(3, ' ').collect::<Vec<_>>()[..] else { panic!("{line}") };
                self.take(&format!("{number} {text}"));
            } else if line.starts_with("server: resumed lobby (") {
                let shown = match self.last() - after {
                    0 => "(0)".to_owned(),
                    missed => format!("({missed}): #{} to #{}", after + 1, self.last()),
                };
                assert_eq!(line, format!("server: resumed lobby {shown}"));
                break;
            } else if !line.starts_with("server: numbers are on") {
                live.push(line);
            }
        }
        live.iter().for_each(|line| self.take(line));
    }

    fn listen_until(&mut self, end: &str) -> String {
        loop {
            let line = self.client.line();
            if line.starts_with(end) {
                return line;
            }
            self.take(&line);
        }
    }
}

/// `#44 lobby/bob: hello`
fn numbered(line: &str) -> (u64, String) {
    let (number, text) = line.strip_prefix('#').and_then(|line| line.split_once(' ')).expect(line);
    (number.parse().expect(line), text.to_owned())
}

/// Loses the link four times at random, and listens to the end.
fn live_through_it(addr: SocketAddr, number: u64, through: &AtomicUsize) -> Member {
    let name = format!("m{number}");
    let mut random = fastrand::Rng::with_seed(number);
    let mut member = Member::join(addr, &name);
    for _ in 0..4 {
        member.listen(random.usize(0..20));
        member.lose_the_link(&name, random.bool());
    }
    through.fetch_add(1, Ordering::SeqCst);
    while member.seen.last().is_none_or(|line| line != "lobby/owner: the end") {
        member.listen(1);
    }
    member
}

#[test]
fn clients_that_lose_their_link_at_random_and_resume_see_each_line_once_and_in_order() {
    const MEMBERS: usize = 100;
    let server = Server::embedded();
    let addr = server.addr;
    let mut owner = server.user("owner");
    owner.say("set numbers on");
    assert!(owner.line().starts_with("server: numbers are on, epoch "));
    owner.ask("create room lobby", &["#1 lobby/server: owner created the room"]);
    let through = Arc::new(AtomicUsize::new(0));
    let members: Vec<_> = (0..MEMBERS as u64)
        .map(|number| {
            let through = Arc::clone(&through);
            thread::spawn(move || live_through_it(addr, number, &through))
        })
        .collect();
    // The owner loses nothing, so what the owner hears is the room's order.
    let mut order = vec!["lobby/server: owner created the room".to_owned()];
    let mut say = |line: &str| {
        owner.say(&format!("send lobby {line}"));
        owner.say("ping");
        let heard = owner.lines_until("server: pong");
        for line in &heard[..heard.len() - 1] {
            let (number, text) = numbered(line);
            order.push(text);
            assert_eq!(number, order.len() as u64, "{line}");
        }
    };
    // Before the end nobody is finished but who has failed.
    while through.load(Ordering::SeqCst) < MEMBERS && !members.iter().any(thread::JoinHandle::is_finished) {
        say("a line");
    }
    say("the end");
    for member in members {
        let Member { first, seen, .. } = member.join().unwrap();
        let from = first as usize - 1;
        assert_eq!(seen, order[from..from + seen.len()]);
    }
}
