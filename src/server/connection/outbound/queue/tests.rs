//! The queue as its writers see it, without a store whose commits it waits for.

use super::*;
use proptest::prelude::*;

fn queue(soft: usize, hard: usize) -> OutboundQueue {
    OutboundQueue::new(QueueLimits { soft, hard }, Framing::Lines)
}

/// Writes up to `room` bytes to `out`, as a socket would take them.
fn write(queue: &mut OutboundQueue, room: usize, out: &mut Vec<u8>) {
    let Some(mut batch) = begin(queue) else { return };
    let bytes = room.min(batch.rest().len());
    out.extend_from_slice(&batch.rest()[..bytes]);
    batch.advance(bytes);
    queue.finish_write(batch);
}

/// Appends lines that wait for no commit.
fn tell(queue: &mut OutboundQueue, lines: &[u8]) -> Appended {
    queue.append(lines, Weight::Counted, CommitId::default(), &mut BufferPool::default())
}

/// Appends the answer to a command.
fn answer(queue: &mut OutboundQueue, lines: &[u8]) -> Appended {
    queue.append(lines, Weight::Exempt, CommitId::default(), &mut BufferPool::default())
}

fn begin(queue: &mut OutboundQueue) -> Option<WriteBatch> {
    queue.begin_write(CommitId::default(), &mut BufferPool::default())
}

#[test]
fn one_writer_is_called_for_many_appends_and_takes_them_all() {
    let mut queue = queue(100, 200);
    assert_eq!(tell(&mut queue, b"one\n"), Appended::WasIdle);
    assert_eq!(tell(&mut queue, b"two\n"), Appended::Queued);
    let mut batch = begin(&mut queue).unwrap();
    assert_eq!(batch.rest(), b"one\ntwo\n");
    assert!(begin(&mut queue).is_none(), "one writer at a time");
    assert_eq!(tell(&mut queue, b"three\n"), Appended::Queued);
    batch.advance(8);
    assert!(matches!(queue.finish_write(batch), AfterWrite::Written(_)));
    let mut out = Vec::new();
    write(&mut queue, 100, &mut out);
    assert_eq!(out, b"three\n");
    assert_eq!(tell(&mut queue, b"four\n"), Appended::WasIdle);
}

#[test]
fn past_the_hard_limit_the_line_in_progress_is_finished_and_the_last_word_follows() {
    let mut queue = queue(5, 3);
    let mut out = Vec::new();
    tell(&mut queue, b"aaaaaaaa\nbbbbbbbb\n");
    write(&mut queue, 4, &mut out);
    assert_eq!(tell(&mut queue, b"cccccccccccc\n"), Appended::TooMuch);
    queue.cut(b"cut\n");
    assert_eq!(tell(&mut queue, b"ignored\n"), Appended::Queued);
    write(&mut queue, 100, &mut out);
    write(&mut queue, 100, &mut out);
    assert_eq!(out, b"aaaaaaaa\ncut\n");
    assert_eq!(queue.len(), 0);
}

#[test]
fn a_cut_between_two_lines_drops_the_next_and_one_during_a_write_comes_after_it() {
    let mut out = Vec::new();
    let mut blocked = queue(5, 2);
    tell(&mut blocked, b"aaaa\nbbbb\n");
    write(&mut blocked, 5, &mut out);
    blocked.cut(b"cut\n");
    write(&mut blocked, 100, &mut out);
    assert_eq!(out, b"aaaa\ncut\n");

    let mut busy = queue(5, 2);
    tell(&mut busy, b"aaaa\nbbbb\n");
    let mut batch = begin(&mut busy).unwrap();
    busy.cut(b"cut\n");
    batch.advance(2);
    assert_eq!(busy.finish_write(batch), AfterWrite::Blocked);
    out.clear();
    write(&mut busy, 100, &mut out);
    write(&mut busy, 100, &mut out);
    assert_eq!(out, b"aa\ncut\n");
}

#[test]
fn a_last_word_that_finds_the_socket_full_is_not_cut_off_itself() {
    let mut queue = queue(5, 2);
    let mut out = Vec::new();
    tell(&mut queue, b"aaaa\nbbbb\n");
    write(&mut queue, 5, &mut out);
    queue.cut(b"cut\n");
    write(&mut queue, 0, &mut out);
    write(&mut queue, 2, &mut out);
    write(&mut queue, 100, &mut out);
    assert_eq!(out, b"aaaa\ncut\n");
}

#[test]
fn an_exempt_answer_makes_room_for_itself_until_it_is_written() {
    let mut queue = queue(10, 20);
    answer(&mut queue, &[b'x'; 500]);
    assert_eq!(tell(&mut queue, &[b'y'; 20]), Appended::Queued);
    assert_eq!(tell(&mut queue, &[b'y'; 140]), Appended::PastHard);
    assert_eq!(tell(&mut queue, b"z"), Appended::TooMuch);
    let mut out = Vec::new();
    write(&mut queue, 650, &mut out);
    assert_eq!(queue.len(), 10);
    assert_eq!(tell(&mut queue, &[b'y'; 150]), Appended::Queued);
    assert_eq!(tell(&mut queue, b"z"), Appended::TooMuch);
}

#[test]
fn answers_that_were_written_make_no_room_for_others() {
    let mut queue = queue(10, 20);
    let mut out = Vec::new();
    answer(&mut queue, b"x");
    for _ in 0..100 {
        answer(&mut queue, &[b'x'; 5]);
        write(&mut queue, 5, &mut out);
    }
    assert!(queue.len() < 10);
    assert_eq!(tell(&mut queue, &[b'y'; 170]), Appended::TooMuch);
}

#[test]
fn past_the_hard_limit_a_queue_is_watched_until_it_is_below() {
    let mut queue = queue(5, 20);
    let mut out = Vec::new();
    tell(&mut queue, &[b'x'; 20]);
    assert_eq!(tell(&mut queue, b"x"), Appended::PastHard);
    assert_eq!(tell(&mut queue, b"x"), Appended::Queued, "it is said once");
    assert_eq!(queue.look_again(), Watched::Past);
    write(&mut queue, 2, &mut out);
    tell(&mut queue, &[b'x'; 20]);
    assert_eq!(queue.look_again(), Watched::WasBelow);
    assert_eq!(queue.look_again(), Watched::Past);
    write(&mut queue, 20, &mut out);
    assert_eq!(queue.look_again(), Watched::Below);
    assert_eq!(tell(&mut queue, b"x"), Appended::PastHard, "and once again");
}

#[test]
fn a_command_waits_from_the_soft_limit_to_half_of_it() {
    let mut queue = queue(10, 100);
    let mut out = Vec::new();
    tell(&mut queue, &[b'x'; 9]);
    assert!(queue.takes_command());
    tell(&mut queue, b"x");
    assert!(!queue.takes_command());
    write(&mut queue, 4, &mut out);
    assert!(!queue.takes_command() && !queue.reader_may_go_on());
    write(&mut queue, 1, &mut out);
    assert!(queue.reader_may_go_on() && queue.takes_command());
}

#[test]
fn a_large_queue_has_room_for_a_quarter_more_at_most() {
    let mut queue = queue(usize::MAX, usize::MAX / 2);
    for _ in 0..1000 {
        tell(&mut queue, &[b'x'; 1000]);
        let most = GROWS_BY_A_QUARTER + queue.len() + queue.len() / 4;
        assert!(queue.waiting.capacity() <= most, "{} bytes for {}", queue.waiting.capacity(), queue.len());
    }
}

proptest! {
    #[test]
    fn whatever_the_socket_takes_the_stream_is_what_was_appended(
        steps in prop::collection::vec(prop_oneof![(1_usize..30).prop_map(Some), Just(None)], 1..60),
        rooms in prop::collection::vec(0_usize..40, 60),
    ) {
        let mut queue = queue(50, usize::MAX / 2);
        let (mut appended, mut out) = (Vec::new(), Vec::new());
        for (i, step) in steps.iter().enumerate() {
            match step {
                Some(len) => {
                    let line = vec![u8::try_from(i).unwrap(); *len];
                    tell(&mut queue, &line);
                    appended.extend(line);
                }
                None => write(&mut queue, rooms[i], &mut out),
            }
            prop_assert_eq!(queue.len(), appended.len() - out.len());
        }
        while queue.len() > 0 {
            write(&mut queue, 7, &mut out);
        }
        prop_assert_eq!(out, appended);
    }
}
