//! What is in an inbox, and what is taken from it.

use super::*;
use crate::run::matching::Piece;

fn inbox(lines: &[&str]) -> Inbox {
    let inbox = Inbox::default();
    for line in lines {
        inbox.push(line, None, Instant::now());
    }
    inbox
}

fn unread(inbox: &Inbox) -> Vec<String> {
    inbox.contents().unread().map(|line| line.text.to_string()).collect()
}

#[test]
fn inboxes_that_share_their_room_hold_no_more_than_that_together() {
    let room = InboxRoom::default();
    let [one, other] = [0, 1].map(|_| Inbox::sharing(room.clone(), false));
    let line = "x".repeat(1 << 20);
    let fills = |inbox: &Inbox| {
        (0..60)
            .take_while(|_| {
                inbox.push(&line, None, Instant::now());
                !inbox.contents().full
            })
            .count()
    };
    let more: Vec<Inbox> = (0..5).map(|_| Inbox::sharing(room.clone(), false)).collect();
    let held: usize = more.iter().map(fills).sum::<usize>() + fills(&one);
    assert_eq!(held, (MAX_BYTES_OF_ALL >> 20) - 1);
    assert_eq!(fills(&other), 0);
    drop(more);
    assert_eq!(fills(&Inbox::sharing(room.clone(), false)), 60, "what is dropped makes room");
    drop((one, other));
    assert_eq!(room.0.load(Ordering::Relaxed), 0);
}

#[test]
fn lines_that_are_taken_and_forgotten_make_room() {
    let room = InboxRoom::default();
    let inbox = Inbox::sharing(room.clone(), false);
    inbox.contents().keep_history(0);
    inbox.push("one", None, Instant::now());
    assert!(room.0.load(Ordering::Relaxed) > 3);
    inbox.contents().take_all(Fate::Drained(1));
    assert_eq!(room.0.load(Ordering::Relaxed), 0);
}

#[test]
fn lines_stay_until_they_are_taken() {
    let inbox = inbox(&["a", "b", "c"]);
    assert_eq!(&*inbox.contents().take(Fate::Matched(1)).unwrap().text, "a");
    assert_eq!(unread(&inbox), ["b", "c"]);
    assert_eq!(inbox.contents().history().count(), 3);
}

#[test]
fn ignored_lines_are_set_aside_also_those_that_were_there_before() {
    let inbox = inbox(&["noise", "b", "noise"]);
    let noise = Matcher::text(&[Piece::Text("noise".to_owned())]).unwrap();
    inbox.contents().ignore(noise, 7);
    assert_eq!(unread(&inbox), ["b"]);
    assert_eq!(&*inbox.contents().next_unread().unwrap().text, "b");
    assert_eq!(inbox.contents().history().next().unwrap().fate, Fate::Ignored(7));
}

#[test]
fn a_pong_of_the_fence_is_invisible_and_any_other_is_a_line() {
    let inbox = inbox(&[]);
    inbox.contents().await_pong("t1");
    for line in ["server: pong other", "server: pong t1", "server: pong t1"] {
        inbox.push(line, None, Instant::now());
    }
    assert_eq!(unread(&inbox), ["server: pong other", "server: pong t1"]);
    assert!(inbox.contents().pong_came().is_some());
}

fn waiting(inbox: &Inbox) -> Option<(String, usize)> {
    inbox.contents().unfinished().map(|unfinished| (unfinished.text.to_string(), unfinished.bytes))
}

#[test]
fn bytes_without_a_newline_are_kept_and_taken_from_their_line() {
    let inbox = inbox(&["hello"]);
    inbox.note_unfinished(Some(EncodedLine::new(b"login: ", Charset::UTF_8)), Instant::now());
    assert_eq!(waiting(&inbox), Some(("login: ".to_owned(), 7)));
    assert_eq!(&*inbox.take_unfinished(Fate::Matched(1)).unwrap().text, "login: ");
    assert_eq!(waiting(&inbox), None);
    inbox.note_unfinished(Some(EncodedLine::new(b"login: x", Charset::UTF_8)), Instant::now());
    assert_eq!(waiting(&inbox), Some(("x".to_owned(), 1)));
    assert_eq!((inbox.taken_of_line(), inbox.taken_of_line()), (7, 0));
    assert_eq!(unread(&inbox), ["hello"]);
}

#[test]
fn a_full_inbox_takes_no_more_and_says_so() {
    let inbox = inbox(&[]);
    for _ in 0..=MAX_LINES {
        inbox.push("x", None, Instant::now());
    }
    assert!(inbox.contents().full);
    assert_eq!(inbox.contents().unread().count(), MAX_LINES);
}

#[test]
fn what_was_taken_is_forgotten_in_time() {
    let inbox = inbox(&[]);
    for _ in 0..10_000 {
        inbox.push("x", None, Instant::now());
        inbox.contents().take(Fate::Matched(1)).unwrap();
    }
    assert_eq!(inbox.contents().history().count(), HISTORY);
}
