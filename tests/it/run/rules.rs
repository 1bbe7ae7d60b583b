//! The rules of the language, one by one: what passes, and what must not. The puppet sends what it is told to.

use chatctl::diagnostic::Color;
use chatctl::run::RunOptions;
use chatctl::run::report::failure_text;

use crate::support::fake::puppet;
use crate::support::player;

/// What the failures of a run say; nothing if it passed.
fn complaints(script: &str) -> String {
    let outcome = player::play(script, puppet::start(), RunOptions::default());
    outcome.failures().map(|failure| failure_text(&outcome, failure, Color::Plain)).collect()
}

#[track_caller]
fn passes(script: &str) {
    assert_eq!(complaints(script), "", "of\n{script}");
}

#[track_caller]
fn fails(script: &str, saying: &str) {
    let complaints = complaints(script);
    assert!(complaints.contains(saying), "`{saying}` in\n{complaints}\nof\n{script}");
}

#[test]
fn a_line_is_literal_up_to_its_end() {
    let text = "x: # \"quoted\" 'too' \\n \\ } {  ";
    passes(&format!("connect alice, bob\nalice> tell bob {text}\nbob< {text}\n"));
    fails(&format!("connect alice, bob\nalice> tell bob {text}\nbob< {}\n", text.trim_end()), "invisible characters");
}

#[test]
fn only_together_runs_side_by_side() {
    let lanes = "  alice< go\n  bob> tell alice go\n";
    passes(&format!("connect alice, bob\ntogether\n{lanes}end\n"));
    fails(&format!("connect alice, bob\nset timeout 50ms\n{lanes}"), "alice did not receive the line");
}

#[test]
fn a_block_in_together_is_a_lane_of_its_own() {
    passes(
        "connect alice, bob\ntogether\n  repeat 2\n    alice< {{i}}\n  end\n  bob> tell alice 1\n  bob> tell alice 2\nend\n",
    );
}

#[test]
fn what_was_captured_last_counts_and_also_what_was_captured_while_skipping() {
    passes(
        "connect alice, bob\nalice> tell bob a 1\nalice> tell bob b 2\nalice> tell bob c 3\n\
         bob< a {{n:int}}\nbob<.. c {{n:int}}\nassert {{n}} == 3\n",
    );
}

#[test]
fn every_way_to_expect_can_be_a_regular_expression() {
    passes(
        "connect alice, bob\nalice> tell bob one\nalice> tell bob two\nalice> tell bob three\n\
         bob<?~ t.*\nbob<!~ f(our|ive)\nbob<..~@5s t(?<rest>..)\nassert {{rest}} == wo\nbob<?~ th.{3}\n",
    );
}

#[test]
fn perhaps_takes_the_next_line_only() {
    passes("connect alice, bob\nalice> tell bob one\nalice> tell bob two\nbob<? two\nbob< one\nbob<? two\n");
}

#[test]
fn never_takes_nothing() {
    fails("connect alice, bob\nalice> tell bob one\nbob<! two\n", "1 line left unread by bob");
}

#[test]
fn what_is_drained_is_gone_and_what_comes_later_is_not() {
    fails(
        "connect alice, bob\nalice> tell bob one\nbob drain\nbob is silent\nalice> tell bob two\n",
        "1 line left unread by bob",
    );
}

#[test]
fn a_line_is_ignored_up_to_the_end_of_its_test() {
    let one = "test \"one\"\nignore bob< x{{_}}\nalice> tell bob x1\nbob<! x1\nbob is silent\nalice> tell bob x2\n";
    passes(&format!("connect alice, bob\n{one}"));
    let two = "test \"two\"\nalice> tell bob x1\n";
    fails(&format!("connect alice, bob\n{one}{two}"), "1 line left unread by bob");
}

#[test]
fn what_was_unread_when_leaving_counts_and_when_resetting_does_not() {
    let unread = "connect alice, bob\nalice> tell bob one\nalice is silent\n";
    fails(&format!("{unread}bob disconnect\n"), "1 line left unread by bob");
    passes(&format!("{unread}bob reset\n"));
}

#[test]
fn who_was_thrown_out_can_neither_leave_nor_stay() {
    fails("connect alice, bob\nalice> close bob\nbob disconnect\n", "the connection of bob ended unexpectedly");
    fails("connect alice, bob\nset leftovers allow\nalice> close bob\n", "the connection of bob ended");
    passes("connect alice, bob\nalice> close bob\nbob is closed\n");
}

#[test]
fn unordered_takes_as_many_lines_as_it_has_patterns() {
    let three = "connect alice, bob\nalice> tell bob b 2\nalice> tell bob a 1\nalice> tell bob a 3\n";
    let block = "unordered\n  bob< a {{first:int}}\n  bob< {{letter:word}} {{second:int}}\nend\n";
    passes(&format!("{three}{block}bob< a 3\nassert {{{{first}}}} {{{{letter}}}} {{{{second}}}} == 1 b 2\n"));
    fails(&format!("{three}{block}"), "bob< a 3");
}

#[test]
fn unordered_is_for_each_user_alone() {
    passes(
        "connect alice, bob, carol\nalice> tell bob,carol one\nalice> tell carol,bob two\n\
         unordered\n  bob, carol< two\n  bob, carol< one\nend\n",
    );
}

#[test]
fn each_is_one_after_another_and_i_is_that_of_the_innermost_repeat() {
    passes(
        "connect t[2], bob\nrepeat 2\n  each t\n    repeat 2\n      me> tell bob {{me}} {{i}}\n      \
         bob< {{last:any}}\n      assert {{last}} == {{me}} {{i}}\n    end\n  end\n  bob> tell bob {{i}}\n  \
         bob< {{n:int}}\nend\nassert {{n}} == 2\n",
    );
}

#[test]
fn what_each_captures_stays_inside() {
    passes(
        "connect t[2]\nt1> tell t1 0\nt1< {{n:int}}\neach t\n  me> tell {{me}} 7\n  me< {{n:int}}\n  assert {{n}} == 7\nend\n\
         assert {{n}} == 0\n",
    );
}

#[test]
fn a_block_of_lines_is_one_write_without_its_indent() {
    passes(
        "connect alice\nalice> \"\"\"\n    tell alice one\n      tell alice two\n    tell alice  three\n    \"\"\"\nalice< one\nalice<  three\n",
    );
}

#[test]
fn stamped_lines_never_enter_an_inbox() {
    passes("connect alice, bob\nalice> tell bob x {{stamp bob}} y\nbob is silent\n");
    passes("connect alice, bob\nalice> tell bob,alice x {{stamp}} y\n");
    fails("connect alice, bob\nalice> tell bob x {{stamp}} y\n", "lost: alice never received");
}

#[test]
fn who_has_left_misses_no_stamp() {
    passes("connect alice, bob\nalice> tell alice {{stamp}}\nbob disconnect\n");
}

#[test]
fn a_fence_is_one_ping_of_each_who_has_written_and_one_of_whom_it_is_about() {
    passes(
        "connect alice, bob, carol\nall drain\nalice> count alice\nalice< {{start:int}} pings\nbob is silent\n\
         alice> count alice\nalice< {{one:int}} pings\nbob is silent\nbob is silent\nalice> count alice\n\
         alice< {{three:int}} pings\nassert {{start}}, {{one}}, {{three}} == 6, 8, 11\n",
    );
}
