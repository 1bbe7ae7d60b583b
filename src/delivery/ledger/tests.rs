//! What the accounts say about every way in which a delivery can go.

use proptest::prelude::*;

use super::super::counts::Undelivered;
use super::*;

fn sending<'a>(sender: usize, recipients: &'a [usize]) -> Sending<'a> {
    Sending { sender, line: 1, targets: None, recipients, stalled: &[], written: 0, intended: 0, is_counted: true }
}

fn ledger(users: usize) -> Ledger {
    Ledger::new(users, 1024)
}

fn is_delivered(receipt: Receipt) -> bool {
    matches!(receipt, Receipt::Delivered(_))
}

#[test]
fn each_recipient_once_is_as_it_should_be() {
    let mut ledger = ledger(3);
    let number = ledger.issue(&sending(0, &[0, 1, 2]));
    let receipts = [0, 2, 1].map(|user| ledger.receive(number, user));
    let Receipt::Delivered(last) = receipts[2] else { panic!("{receipts:?}") };
    assert!(last.is_last && !last.is_reordered);
    let counts = ledger.close(false);
    assert_eq!(counts, Counts { sent: 1, expected: 3, delivered: 3, ..Counts::default() });
}

#[test]
fn whatever_goes_wrong_is_counted_as_what_it_is() {
    let mut ledger = ledger(3);
    let first = ledger.issue(&sending(0, &[1]));
    let second = ledger.issue(&sending(0, &[1]));
    let _lost = ledger.issue(&sending(0, &[1]));
    assert!(is_delivered(ledger.receive(second, 1)));
    let Receipt::Delivered(late) = ledger.receive(first, 1) else { panic!("it is the first arrival") };
    assert!(late.is_reordered);
    assert_eq!(ledger.receive(first, 1), Receipt::Duplicated);
    assert_eq!(ledger.receive(first, 2), Receipt::Misdelivered);
    assert_eq!(ledger.receive(99, 1), Receipt::Misdelivered);
    let counts = ledger.close(false);
    assert_eq!((counts.lost, counts.duplicated, counts.reordered, counts.misdelivered), (1, 1, 1, 2));
}

#[test]
fn an_old_stamp_that_arrives_again_is_still_a_duplicate() {
    let mut ledger = ledger(2);
    let first = ledger.issue(&sending(0, &[1]));
    assert!(is_delivered(ledger.receive(first, 1)));
    for _ in 0..10_000 {
        let number = ledger.issue(&sending(0, &[1]));
        assert!(is_delivered(ledger.receive(number, 1)));
    }
    assert!(ledger.recent.len() <= REMEMBERED && ledger.stragglers.is_empty());
    assert_eq!(ledger.receive(first, 1), Receipt::Duplicated);
}

#[test]
fn an_old_stamp_at_somebody_who_had_none_so_new_went_astray() {
    let mut ledger = ledger(3);
    let first = ledger.issue(&sending(0, &[1]));
    for _ in 0..10_000 {
        let number = ledger.issue(&sending(0, &[1]));
        let _ = ledger.receive(number, 1);
    }
    let _ = ledger.receive(first, 1);
    assert!(ledger.recent.len() <= REMEMBERED);
    assert_eq!(ledger.receive(first, 2), Receipt::Misdelivered);
    assert_eq!(ledger.receive(first, 1), Receipt::Duplicated);
}

#[test]
fn who_leaves_or_stalls_misses_nothing_and_what_still_comes_is_delivered() {
    let mut ledger = ledger(3);
    let number = ledger.issue(&sending(0, &[1, 2]));
    ledger.excuse(1, Excuse::Left, 0);
    ledger.excuse(2, Excuse::Stalled, 0);
    assert_eq!(ledger.counts().undelivered, Undelivered { left: 1, stalled: 1, ..Undelivered::default() });
    let unread = ledger.issue(&sending(0, &[2]));
    ledger.resume(2);
    assert!(is_delivered(ledger.receive(number, 2)) && is_delivered(ledger.receive(unread, 2)));
    let counts = ledger.close(false);
    assert_eq!((counts.delivered, counts.lost), (2, 0));
    assert_eq!(counts.undelivered, Undelivered { left: 1, ..Undelivered::default() });
}

#[test]
fn what_was_forgotten_while_nobody_read_is_no_duplicate() {
    let mut ledger = ledger(2);
    ledger.excuse(1, Excuse::Stalled, 0);
    let numbers: Vec<u64> = (0..1000).map(|_| ledger.issue(&sending(0, &[1]))).collect();
    ledger.resume(1);
    let receipts: Vec<Receipt> = numbers.iter().map(|&number| ledger.receive(number, 1)).collect();
    assert!(receipts.iter().all(|receipt| *receipt == Receipt::Forgotten || is_delivered(*receipt)));
    assert_eq!(ledger.counts().duplicated, 0);
}

#[test]
fn memory_is_bounded_when_nothing_arrives_any_more() {
    let mut ledger = Ledger::new(2, 100);
    for _ in 0..10_000 {
        ledger.issue(&sending(0, &[1]));
    }
    assert!(ledger.recent.len() + ledger.stragglers.len() <= 2 * 100);
    assert_eq!(ledger.receive(0, 1), Receipt::Forgotten);
    assert_eq!(ledger.close(false).lost, 10_000);
}

#[test]
fn a_message_whose_sender_lost_its_connection_is_not_lost_by_the_server() {
    let mut ledger = ledger(2);
    ledger.issue(&sending(0, &[1]));
    ledger.excuse(0, Excuse::Closed, GRACE / 2);
    let counts = ledger.close(false);
    assert_eq!((counts.lost, counts.undelivered.sender_gone), (0, 1));
}

#[test]
fn who_said_goodbye_is_no_excuse_for_what_it_had_sent() {
    let mut ledger = ledger(2);
    ledger.issue(&sending(0, &[1]));
    ledger.excuse(0, Excuse::Left, 1);
    ledger.excuse(0, Excuse::Closed, 2);
    assert_eq!(ledger.close(false).lost, 1);
}

#[test]
fn a_cast_that_is_cut_off_loses_nothing() {
    let mut ledger = ledger(2);
    ledger.issue(&sending(0, &[0, 1]));
    let counts = ledger.close(true);
    assert_eq!((counts.lost, counts.undelivered.cut_off), (0, 2));
}

#[test]
fn a_stamp_that_was_not_written_is_not_expected() {
    let mut ledger = ledger(2);
    ledger.issue(&sending(0, &[0, 1]));
    ledger.withdraw(0);
    assert_eq!(ledger.close(false), Counts::default());
}

#[test]
fn members_who_saw_two_orders_make_a_room_disordered() {
    let mut ledger = ledger(2);
    let [one, two] = [0, 1].map(|sender| ledger.issue(&sending(sender, &[0, 1])));
    for (number, user) in [(one, 0), (two, 0), (two, 1), (one, 1)] {
        assert!(is_delivered(ledger.receive(number, user)));
    }
    let counts = ledger.close(false);
    assert_eq!((counts.disordered, counts.reordered), (1, 0), "no sender's own messages changed places");
}

#[test]
fn a_loss_does_not_make_a_room_disordered() {
    let mut ledger = ledger(2);
    let numbers: Vec<u64> = (0..3).map(|_| ledger.issue(&sending(0, &[0, 1]))).collect();
    for &number in &numbers {
        let _ = ledger.receive(number, 0);
    }
    let _ = ledger.receive(numbers[2], 1);
    assert_eq!(ledger.close(false).disordered, 0);
}

proptest! {
    /// Whatever happens in whatever order, nothing that was expected is forgotten.
    #[test]
    fn every_expected_delivery_is_accounted_for(
        events in prop::collection::vec((0_u8..4, 0_usize..70, any::<prop::sample::Index>()), 1..400),
    ) {
        let users = 70;
        let everybody: Vec<usize> = (0..users).collect();
        let mut ledger = Ledger::new(users, 64);
        let mut issued = vec![ledger.issue(&sending(0, &everybody))];
        for (event, user, which) in events {
            match event {
                0 => issued.push(ledger.issue(&sending(user, &everybody))),
                1 => ledger.excuse(user, Excuse::Left, 0),
                _ => {
                    let _ = ledger.receive(*which.get(&issued), user);
                }
            }
            let counts = ledger.counts();
            let known = counts.delivered + counts.missing + counts.lost + counts.undelivered.total();
            prop_assert_eq!(counts.expected, known);
        }
        let counts = ledger.close(false);
        prop_assert_eq!(counts.expected, counts.delivered + counts.lost + counts.undelivered.total());
        prop_assert_eq!(counts.missing, 0);
    }
}
