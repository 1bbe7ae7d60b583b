//! Plays conversations between people called A, B, C, ... over real sockets, as `docs/protocol.md` writes them.
//!
//! ```text
//!     A  (connects)         A server: set your name please:
//!     A  alice              A server: let's start chatting!
//!     B  send lobby hi      A B lobby/bob: hi
//!                           C (end of stream)
//! ```
//!
//! Left who does what, right what is heard after it, each by one or several people; all that they hear is listed.

use std::collections::BTreeMap;
use std::net::SocketAddr;

use crate::support::Client;

/// The people and what they have heard.
pub(crate) struct Stage {
    addr: SocketAddr,
    people: BTreeMap<char, Client>,
    heard: Vec<String>,
}

impl Stage {
    pub(crate) fn new(addr: SocketAddr) -> Self {
        Self { addr, people: BTreeMap::new(), heard: Vec::new() }
    }

    /// A to D, called alice, bob, carol and dave.
    pub(crate) fn of_four(addr: SocketAddr) -> Self {
        let names = [('A', "alice"), ('B', "bob"), ('C', "carol"), ('D', "dave")];
        let people = names.map(|(who, name)| (who, Client::log_in(addr, name)));
        Self { people: people.into(), ..Self::new(addr) }
    }

    pub(crate) fn person(&mut self, who: char) -> &mut Client {
        self.people.get_mut(&who).unwrap_or_else(|| panic!("{who} is not here"))
    }

    /// Every line that anybody has heard so far.
    pub(crate) fn heard(&self) -> &[String] {
        &self.heard
    }

    /// Plays to the end, where nobody has heard anything that is not written.
    #[track_caller]
    pub(crate) fn play(&mut self, conversation: &str) {
        let mut step = "the beginning";
        for line in conversation.lines().map(str::trim_start).filter(|line| !line.is_empty()) {
            let (did, heard) = split(line);
            if let Some((who, what)) = did {
                step = line;
                self.act(who, what);
            }
            if let Some((who, text)) = heard {
                who.for_each(|who| self.hear(who, text, step));
            }
        }
        self.expect_nothing();
    }

    /// Nobody who can still be asked has heard more. Twice: what one has written may have been heard by another.
    #[track_caller]
    pub(crate) fn expect_nothing(&mut self) {
        for _ in 0..2 {
            self.people.values_mut().for_each(Client::expect_nothing);
        }
    }

    fn act(&mut self, who: char, what: &str) {
        match what {
            "(connects)" => drop(self.people.insert(who, Client::connect(self.addr))),
            "(finishes)" => self.person(who).finish(),
            "(resets)" => self.people.remove(&who).expect("whoever resets is here").reset(),
            line => self.person(who).say(line),
        }
    }

    #[track_caller]
    fn hear(&mut self, who: char, text: &str, step: &str) {
        if text == "(end of stream)" {
            let mut gone = self.people.remove(&who).unwrap_or_else(|| panic!("{who} is not here"));
            assert_eq!(gone.next_line(), None, "{who}, after {step}");
            return;
        }
        let line = self.person(who).next_line();
        assert_eq!(line.as_deref(), Some(text), "{who}, after {step}");
        self.heard.extend(line);
    }
}

type Heard<'a> = (std::vec::IntoIter<char>, &'a str);

/// `A  does this     A B hear that`, either of the two alone too.
fn split(line: &str) -> (Option<(char, &str)>, Option<Heard<'_>>) {
    let who = line.chars().next().expect("blank lines are left out");
    if !line[1..].starts_with("  ") {
        return (None, Some(listeners(line)));
    }
    match line[3..].split_once("  ") {
        Some((what, heard)) => (Some((who, what)), Some(listeners(heard.trim_start()))),
        None => (Some((who, &line[3..])), None),
    }
}

/// `A B text`: the single capitals, and the rest.
fn listeners(heard: &str) -> Heard<'_> {
    let mut who = Vec::new();
    let mut rest = heard;
    while let Some((word, tail)) = rest.split_once(' ').filter(|(word, _)| is_person(word)) {
        who.extend(word.chars());
        rest = tail;
    }
    assert!(!who.is_empty(), "nobody hears {heard:?}");
    (who.into_iter(), rest)
}

fn is_person(word: &str) -> bool {
    word.len() == 1 && word.starts_with(|c: char| c.is_ascii_uppercase())
}
