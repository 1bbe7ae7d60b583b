//! Lines that do not come, come late, or come although they must not.

use super::{on_a_chat_server, on_a_puppet};

#[test]
fn a_line_that_only_others_received() {
    insta::assert_snapshot!(on_a_puppet(
        r"connect alice, bob, carol, dave
set timeout 50ms
alice> tell carol,dave lobby/alice: hi
bob< lobby/alice: hi
"
    ));
}

#[test]
fn a_line_that_came_only_once() {
    insta::assert_snapshot!(on_a_puppet(
        r"connect alice, bob
set timeout 50ms
alice> tell bob alice: hi
bob< alice: hi
bob< alice: hi
"
    ));
}

#[test]
fn a_line_that_was_ignored() {
    insta::assert_snapshot!(on_a_puppet(
        r"connect alice, bob
set timeout 50ms
ignore bob< alice: {{_}}
alice> tell bob alice: hi
bob< alice: hi
"
    ));
}

#[test]
fn a_later_line_that_does_not_come() {
    insta::assert_snapshot!(on_a_puppet(
        r"connect alice, bob
set timeout 50ms
alice> tell bob alice: one
alice> tell bob alice: two
bob<.. alice: three
"
    ));
}

#[test]
fn a_line_that_comes_late() {
    insta::assert_snapshot!(on_a_puppet(
        r"connect alice, bob
alice> late bob alice: hi
bob<@1ms alice: hi
"
    ));
}

#[test]
fn the_server_closed_before_the_line_came() {
    insta::assert_snapshot!(on_a_puppet(
        r"connect alice, bob
alice> close bob
bob< alice: hi
"
    ));
}

#[test]
fn the_connection_broke_before_the_line_came() {
    insta::assert_snapshot!(on_a_puppet(
        r"connect alice, bob
alice> break bob
bob< alice: hi
"
    ));
}

#[test]
fn several_users_at_once() {
    insta::assert_snapshot!(on_a_puppet(
        r"connect alice, bob, carol, dave
set timeout 50ms
alice> tell bob lobby/alice: hi
alice> tell carol lobby/alice: ho
bob, carol, dave< lobby/alice: hi
"
    ));
}

#[test]
fn a_close_that_does_not_come() {
    insta::assert_snapshot!(on_a_chat_server(
        r"connect alice, bob
set timeout 50ms
alice> send message bob bye
bob< alice: bye
bob is closed
"
    ));
}

#[test]
fn a_line_that_must_not_come() {
    insta::assert_snapshot!(on_a_chat_server(
        r"connect alice, bob, carol
alice> send message bob,carol psst
bob< alice: psst
carol<! alice: {{_}}
"
    ));
}

#[test]
fn a_silence_that_is_broken() {
    insta::assert_snapshot!(on_a_chat_server(
        r"connect alice, bob, carol
alice> send message bob,carol one
alice> send message bob two
bob, carol is silent
"
    ));
}

#[test]
fn no_order_of_the_patterns_fits() {
    insta::assert_snapshot!(on_a_puppet(
        r"connect alice, bob
alice> tell bob alice: one
alice> tell bob alice: four
unordered
  bob< alice: two
  bob< alice: one
end
"
    ));
}

#[test]
fn some_of_several_lines_are_missing() {
    insta::assert_snapshot!(on_a_puppet(
        r"connect alice, bob, carol
set timeout 50ms
alice> tell bob alice: one
alice> tell carol alice: two
unordered
  bob< alice: one
  bob< alice: two
  bob<~ alice: [0-9]+
end
"
    ));
}

#[test]
fn late_in_any_order() {
    insta::assert_snapshot!(on_a_puppet(
        r"connect alice, bob
alice> tell bob alice: one
alice> late bob alice: two
unordered
  bob<@1ms alice: two
  bob< alice: one
end
"
    ));
}

#[test]
fn nothing_like_it_was_skipped() {
    insta::assert_snapshot!(on_a_puppet(
        r"connect alice, bob
set timeout 50ms
alice> tell bob lobby/server: alice created the room
bob<.. dave: psst
"
    ));
}

#[test]
fn the_sender_was_refused() {
    insta::assert_snapshot!(on_a_chat_server(
        r"connect alice, bob
set timeout 50ms
alice> msg bob hi
bob< alice: hi
"
    ));
}

#[test]
fn a_line_that_a_whole_group_received() {
    insta::assert_snapshot!(on_a_chat_server(
        r"connect alice, t[9]
set timeout 50ms
alice> send message {{t}} hi
alice< alice: hi
"
    ));
}
