use std::time::SystemTime;

use super::*;
use crate::hub::PageRange;
use crate::hub::{Hub, Limits, Now, Output, SessionOrigin};
use crate::protocol::command::Command;
use crate::protocol::name::UserName;
use crate::protocol::token::Epoch;

/// A hub with alice in it, whose records a store keeps.
struct Chat {
    hub: Hub,
    alice: crate::hub::SessionId,
    store: Memory,
}

const NOW: Now = Now { monotonic: std::time::Duration::ZERO, wall: SystemTime::UNIX_EPOCH };

impl Chat {
    fn new(limits: Limits, bounds: Bounds) -> Self {
        let mut hub = Hub::new(limits, Epoch::new(1));
        let (alice, _) = hub.connect(SessionOrigin::Remote, "text", NOW);
        let _ = hub.log_in(alice, Ok(UserName::new("alice").unwrap()));
        Self { hub, alice, store: Memory::new(bounds) }
    }

    /// The numbers of the lines that the answer to this line has, and the first that can be asked for.
    fn says(&mut self, line: &str) -> Option<(Vec<u64>, Option<u64>)> {
        let mut answer = None;
        for output in self.hub.carry_out(self.alice, Command::parse(line).unwrap().unwrap(), NOW) {
            match output {
                Output::Keep(record) => drop(self.store.keep(record)),
                Output::Ask(_, question) => {
                    let (found, answers) = std::sync::mpsc::channel();
                    self.store.ask(question, CommitId::MAX, Box::new(move |page| found.send(page).unwrap()));
                    // A search is answered by another thread.
                    answer = Some(match answers.recv_timeout(std::time::Duration::from_secs(60)).unwrap() {
                        Found::Page(page) => (page.lines.iter().map(|line| line.number).collect(), page.first),
                        Found::Search(hits) => {
                            (hits.lines.iter().map(|line| line.number).collect(), hits.more.then_some(0))
                        }
                        Found::Extent(of, first) => (vec![of.last], first),
                        Found::Missed(missed) => panic!("{missed:?}"),
                        Found::Failed(why) => panic!("{why}"),
                    });
                }
                Output::Tell(..)
                | Output::TakeFile(..)
                | Output::RemoveFile(..)
                | Output::TellStats(_)
                | Output::Check(..)
                | Output::MakeToken(_)
                | Output::MakePassword(..)
                | Output::SetNumbers(..)
                | Output::SetCharset(..)
                | Output::Close(_) => {}
            }
        }
        answer
    }

    fn talks(&mut self, room: &str, lines: usize) {
        (0..lines).for_each(|_| drop(self.says(&format!("send {room} hi"))));
    }
}

fn numbers(range: std::ops::RangeInclusive<u64>, first: u64) -> Option<(Vec<u64>, Option<u64>)> {
    Some((range.collect(), Some(first)))
}

#[test]
fn a_page_is_the_last_lines_or_those_before_or_after_one() {
    let mut chat = Chat::new(Limits::default(), Bounds::default());
    chat.says("create room lobby");
    chat.talks("lobby", 42);
    assert_eq!(chat.says("history lobby"), numbers(24..=43, 1));
    assert_eq!(chat.says("history lobby 2"), numbers(42..=43, 1));
    assert_eq!(chat.says("history lobby before #10 3"), numbers(7..=9, 1));
    assert_eq!(chat.says("history lobby before #3"), numbers(1..=2, 1));
    assert_eq!(chat.says("history lobby after #40"), numbers(41..=43, 1));
    assert_eq!(chat.says("history lobby after #0 2"), numbers(1..=2, 1));
    assert_eq!(chat.says("history lobby after #43"), Some((vec![], Some(1))));
    assert_eq!(chat.says("history lobby before #1"), Some((vec![], Some(1))));
    assert_eq!(chat.says("history lobby before #99999999999999999999 1"), numbers(43..=43, 1));
    assert_eq!(chat.says("history lobby after #99999999999999999999"), Some((vec![], Some(1))));
    assert_eq!(chat.says("history lobby 5000"), numbers(1..=43, 1));
}

#[test]
fn a_search_finds_the_newest_lines_that_hold_the_words() {
    let mut chat = Chat::new(Limits::default(), Bounds::default());
    chat.says("create room lobby");
    for text in ["Hello world", "我们在聊天室", "world peace", "hello again"] {
        chat.says(&format!("send lobby {text}"));
    }
    chat.says("rename hello");
    assert_eq!(chat.says("search HELLO"), Some((vec![2, 5], None)), "a notice is nothing that was said");
    assert_eq!(chat.says("search hello wor"), Some((vec![2], None)));
    assert_eq!(chat.says("search in lobby 聊天"), Some((vec![3], None)));
    assert_eq!(chat.says("search in lobby before #5 hello"), Some((vec![2], None)));
    assert_eq!(chat.says("search ello"), Some((vec![], None)));
    chat.says("create room den");
    chat.says("send den hello");
    chat.says("send lobby hello");
    assert_eq!(chat.says("search hello"), Some((vec![2, 5, 2, 7], None)), "all rooms, in one order");
    assert_eq!(chat.says("search in lobby before #0 hello"), Some((vec![], None)));
    chat.talks("lobby", 21);
    assert_eq!(chat.says("search hi"), Some(((9..=28).collect(), Some(0))), "and there are more");
}

#[test]
fn what_was_missed_is_what_came_after_a_line_and_the_last_of_it_if_it_is_much() {
    let mut chat = Chat::new(Limits::default(), Bounds { lines: 10, ..Bounds::default() });
    chat.says("create room lobby");
    chat.talks("lobby", 19);
    chat.says("leave room lobby");
    assert_eq!(chat.says("resume lobby #18"), numbers(19..=21, 12));
    chat.says("leave room lobby");
    assert_eq!(chat.says("resume lobby #1"), numbers(14..=23, 14));
    assert_eq!(chat.says("resume lobby #1"), numbers(15..=23, 15), "the line of the return was heard");
}

#[test]
fn a_place_keeps_its_last_lines() {
    let mut chat = Chat::new(Limits::default(), Bounds { lines: 10, ..Bounds::default() });
    chat.says("create room lobby");
    chat.talks("lobby", 24);
    assert_eq!(chat.says("history lobby"), numbers(16..=25, 16));
    assert_eq!(chat.says("history lobby after #3 2"), numbers(16..=17, 16));
    assert_eq!(chat.says("history lobby before #16"), Some((vec![], Some(16))));
}

#[test]
fn of_all_places_the_oldest_lines_are_dropped_first() {
    let mut chat = Chat::new(Limits::default(), Bounds { bytes: 10 * size_of::<Line>(), ..Bounds::default() });
    chat.says("create room old");
    chat.says("create room lobby");
    chat.talks("old", 2);
    chat.talks("lobby", 4);
    assert_eq!(chat.says("history old"), numbers(1..=3, 1));
    chat.talks("lobby", 2);
    assert_eq!(chat.says("history old"), numbers(2..=3, 2));
    chat.talks("lobby", 20);
    assert_eq!(chat.says("history old"), Some((vec![], None)));
    assert!(chat.store.kept.locked().bytes <= 10 * size_of::<Line>());
}

#[test]
fn a_page_of_long_lines_ends_early_at_its_far_end() {
    let mut chat = Chat::new(Limits::default(), Bounds::default());
    chat.says("create room lobby");
    let text = "x".repeat(8000);
    (0..60).for_each(|_| drop(chat.says(&format!("send lobby {text}"))));
    let (latest, _) = chat.says("history lobby 60").unwrap();
    assert!(latest.len() < 40 && latest.last() == Some(&61), "{latest:?}");
    let (after, _) = chat.says("history lobby after #1 60").unwrap();
    assert!(after.len() < 40 && after.first() == Some(&2), "{after:?}");
}

#[test]
fn a_room_that_was_left_keeps_its_history_until_it_is_forgotten() {
    let mut chat = Chat::new(Limits { max_asleep: 1, ..Limits::default() }, Bounds::default());
    chat.says("create room lobby");
    chat.says("leave room lobby");
    chat.says("join room lobby");
    assert_eq!(chat.says("history lobby"), numbers(1..=3, 1));
    chat.says("leave room lobby");
    chat.says("create room den");
    chat.says("leave room den");
    chat.says("create room lobby");
    assert_eq!(chat.says("history lobby"), numbers(1..=1, 1), "den was left later");
    assert_eq!(chat.store.kept.locked().rings.len(), 2);
}

#[test]
fn a_busy_room_leaves_nothing_behind() {
    let mut chat = Chat::new(Limits::default(), Bounds { lines: 10, ..Bounds::default() });
    chat.says("create room lobby");
    chat.talks("lobby", 20_000);
    let kept = chat.store.kept.locked();
    let ring = kept.rings.values().next().unwrap();
    assert_eq!((kept.rings.len(), ring.len(), kept.oldest.len()), (1, 10, 1));
    assert_eq!(kept.bytes, ring.total_weight());
}

#[test]
fn rooms_that_come_and_go_leave_nothing_behind() {
    let mut chat = Chat::new(Limits { max_asleep: 1, ..Limits::default() }, Bounds::default());
    for number in 0..2000 {
        chat.says(&format!("create room r{number}"));
        chat.says(&format!("leave room r{number}"));
    }
    let kept = chat.store.kept.locked();
    assert!(kept.oldest.len() <= 1010, "{}", kept.oldest.len());
    assert_eq!(kept.bytes, kept.rings.values().map(Ring::total_weight).sum::<usize>());
}

#[test]
fn what_is_said_after_the_question_is_no_answer_to_it() {
    let mut chat = Chat::new(Limits::default(), Bounds::default());
    chat.says("create room lobby");
    let asked = chat.hub.carry_out(chat.alice, Command::parse("history lobby").unwrap().unwrap(), NOW);
    chat.talks("lobby", 3);
    let Some(Output::Ask(_, Question::Page(of))) = asked.into_iter().next() else { panic!("it is asked for") };
    assert_eq!((of.range, of.last), (PageRange::Latest, 1));
    assert_eq!(chat.store.kept.locked().page(of).lines.len(), 1);
}
