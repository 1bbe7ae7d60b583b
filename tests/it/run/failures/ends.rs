//! Failures away from an expectation: at the end of a test, in blocks, of values.

use super::{on_a_chat_server, on_a_puppet};

#[test]
fn unread_lines_of_several_users() {
    insta::assert_snapshot!(on_a_chat_server(
        r#"connect alice, bob, carol
alice> create room lobby bob,carol
alice< lobby/server: alice created the room with bob, carol
alice> send lobby {{"\t"}}{{"{{"}}hi}}
"#
    ));
}

#[test]
fn more_unread_lines_than_anybody_reads() {
    insta::assert_snapshot!(on_a_chat_server(
        r"connect alice
repeat 25
  alice> ping {{i}}
end
"
    ));
}

#[test]
fn a_close_that_nobody_expected() {
    insta::assert_snapshot!(on_a_chat_server(
        r"connect alice, bob
alice, bob> quit
alice, bob< server: bye
"
    ));
}

#[test]
fn stamped_lines_that_went_astray() {
    insta::assert_snapshot!(on_a_puppet(
        r"connect alice, bob, carol
alice> tell nobody {{stamp bob}}
alice> tell bob,bob {{stamp bob}}
alice> tell carol,bob {{stamp bob}}
alice> hold bob {{stamp bob}}
alice> tell bob {{stamp bob}}
"
    ));
}

#[test]
fn in_setup_of_the_second_test() {
    insta::assert_snapshot!(on_a_puppet(
        r#"connect alice
setup
  alice> tell alice server: {{word}}
  alice< server: {{greeting:word}}
  assert {{greeting}} != {{greeting}}
end
test "first"
alice is silent
test "second"
alice is silent
"#
    ));
}

#[test]
fn in_finally_after_a_pass() {
    insta::assert_snapshot!(on_a_chat_server(
        r#"connect alice
finally
  alice> leave room lobby
  alice< lobby/server: alice left
end
test "nothing is created"
alice> list rooms
alice< server: rooms (0)
"#
    ));
}

#[test]
fn an_assertion_about_numbers() {
    insta::assert_snapshot!(on_a_chat_server(
        r"connect alice
alice> list users
alice< server: users ({{count:int}}): {{_}}
assert {{count}} > 3
"
    ));
}

#[test]
fn an_assertion_about_text() {
    insta::assert_snapshot!(on_a_chat_server(
        r"connect alice
alice> list users
alice< server: {{said:any}}
assert {{said}} contains bob
"
    ));
}

#[test]
fn in_the_turn_of_one_of_several() {
    insta::assert_snapshot!(on_a_chat_server(
        r"connect talker[3]
each talker
  repeat 2
    me> ping {{me}} {{i}}
    me< server: pong talker{{i}} {{i}}
  end
end
"
    ));
}

#[test]
fn in_two_lanes() {
    insta::assert_snapshot!(on_a_chat_server(
        r"connect alice, bob, carol
set timeout 50ms
together
  alice> ping a
  bob> ping b
  carol> ping c
  alice< server: pong x
  bob< server: pong b
  bob< server: pong b
  carol< server: pong c
end
"
    ));
}

#[test]
fn a_value_that_the_matching_line_did_not_have() {
    insta::assert_snapshot!(on_a_puppet(
        r"connect alice, bob
alice> tell bob room
bob<~ room|room (?<number>[0-9]+)
bob> tell alice {{number}}
"
    ));
}

#[test]
fn an_assertion_that_two_texts_are_the_same() {
    insta::assert_snapshot!(on_a_puppet(
        r#"connect alice, bob
alice> tell bob alice: cafe{{"\u{301}"}}
bob< alice: {{said:any}}
assert {{said}} == café
"#
    ));
}
