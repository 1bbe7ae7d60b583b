//! Connections that are refused, are lost, do not answer or bring too much.

use super::{on_a_chat_server, on_a_puppet};

#[test]
fn a_name_that_is_taken() {
    insta::assert_snapshot!(on_a_chat_server(
        r#"connect alice
connect bob as "ALICE"
"#
    ));
}

#[test]
fn a_name_that_is_refused() {
    insta::assert_snapshot!(on_a_chat_server(
        r#"connect alice as "not one"
"#
    ));
}

#[test]
fn a_server_that_is_full() {
    insta::assert_snapshot!(on_a_puppet(
        r#"connect alice
connect bob as "unwelcome"
"#
    ));
}

#[test]
fn a_name_that_is_taken_when_coming_back() {
    insta::assert_snapshot!(on_a_chat_server(
        r#"connect alice
alice disconnect
connect eve as "alice"
alice reconnect
"#
    ));
}

#[test]
fn sending_after_the_server_has_closed() {
    insta::assert_snapshot!(on_a_puppet(
        r"connect alice
alice> close alice
alice is silent
alice> list users
"
    ));
}

#[test]
fn a_fence_that_is_not_answered() {
    insta::assert_snapshot!(on_a_puppet(
        r"connect alice, bob
set timeout 50ms
alice> mute bob
bob is silent
"
    ));
}

#[test]
fn an_inbox_that_is_full() {
    insta::assert_snapshot!(on_a_puppet(
        r"connect alice, bob
alice> flood bob 100001
bob is silent
"
    ));
}

#[test]
fn a_line_that_a_reset_lost() {
    insta::assert_snapshot!(on_a_chat_server(
        r"connect alice, bob
set timeout 50ms
alice> send message bob one
bob< alice: one
bob reset
alice> send message bob two
bob reconnect
bob< alice: two
"
    ));
}
