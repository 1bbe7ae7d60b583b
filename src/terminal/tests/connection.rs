//! Names, losses, coming back, and leaving.

use std::time::Duration;

use insta::assert_snapshot;

use super::stage::{ANN, BEN, Stage};
use crate::terminal::{Effect, TerminalInput};

fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

#[test]
fn a_name_is_asked_for() {
    let mut stage = Stage::with(&[], 60, 6);
    stage.types("two words");
    assert_snapshot!(stage.seen());
    stage.control('u');
    stage.types(" 渊渊 ");
    assert_eq!(stage.done(), [Effect::Connect(ANN)]);
    stage.logs_in(ANN);
    assert!(stage.seen().contains("渊渊 at chat.example:7667 │ online"), "{}", stage.seen());
}

#[test]
fn a_word_that_is_no_name_is_not_in_the_way_of_the_next() {
    let mut stage = Stage::with(&[], 90, 8);
    stage.types("help");
    assert!(stage.seen().contains("error: bad-name: 'help' is reserved"), "{}", stage.seen());
    assert_eq!(stage.seen().matches("* type a name").count(), 2, "{}", stage.seen());
    stage.types("ann");
    assert_eq!(stage.done(), [Effect::Connect(ANN)]);
}

#[test]
fn a_taken_name_asks_for_another() {
    let mut stage = Stage::with(&["ann"], 60, 6);
    stage.happens(TerminalInput::Connected(ANN));
    stage.hears(ANN, "server: set your name please:");
    assert_eq!(stage.sent_by(ANN), ["ann"]);
    stage.hears(ANN, "error: name-taken: ANN");
    assert_eq!(stage.done(), [Effect::Drop(ANN)]);
    assert_snapshot!(stage.seen());
    stage.types("anna");
    assert_eq!(stage.done(), [Effect::Connect(ANN)]);
}

#[test]
fn a_lost_connection_is_tried_again_with_growing_pauses() {
    let mut stage = Stage::in_lobby(60, 8);
    stage.writes("unsent");
    stage.done();
    stage.happens(TerminalInput::Closed(ANN, Some("connection reset by peer".to_owned())));
    assert_snapshot!(stage.seen());
    stage.types("");
    assert!(stage.seen().contains("not connected: your line is kept"), "{}", stage.seen());
    assert!(stage.seen().contains("lobby> unsent"), "{}", stage.seen());
    for pause in [1, 2, 4, 8, 16, 30, 30] {
        stage.passes(seconds(pause) - Duration::from_millis(1));
        assert_eq!(stage.done(), [], "not before {pause} s");
        stage.passes(Duration::from_millis(1));
        assert_eq!(stage.done(), [Effect::Connect(ANN)]);
        stage.happens(TerminalInput::Closed(ANN, Some("refused".to_owned())));
    }
}

#[test]
fn what_may_not_have_arrived_is_shown_after_a_loss() {
    let mut stage = Stage::in_lobby(60, 8);
    stage.passes(Duration::ZERO);
    stage.answers_pings(ANN);
    stage.types("this has arrived");
    stage.answers_pings(ANN);
    stage.types("this may not");
    stage.types("nor this");
    stage.happens(TerminalInput::Closed(ANN, None));
    assert_snapshot!(stage.seen());
}

#[test]
fn rooms_are_entered_again_after_a_loss() {
    let mut stage = Stage::in_lobby(60, 10);
    stage.writes("unsent");
    stage.happens(TerminalInput::Closed(ANN, None));
    stage.passes(seconds(1));
    stage.done();
    stage.happens(TerminalInput::Connected(ANN));
    stage.hears(ANN, "server: set your name please:");
    stage.hears(ANN, "server: let's start chatting!");
    assert_eq!(stage.sent_by(ANN)[1], "join room lobby");
    stage.hears(ANN, "error: no-such-room: lobby");
    assert_eq!(stage.sent_by(ANN), ["create room lobby"]);
    stage.hears(ANN, "error: room-exists: lobby");
    assert_eq!(stage.sent_by(ANN), ["join room lobby"], "somebody else was faster");
    stage.hears(ANN, "lobby/server: ann joined");
    assert_snapshot!(stage.seen());
}

#[test]
fn the_servers_memory_of_a_lost_connection_is_waited_for() {
    let mut stage = Stage::ann(60, 6);
    stage.happens(TerminalInput::Closed(ANN, None));
    stage.passes(seconds(1));
    stage.happens(TerminalInput::Connected(ANN));
    stage.hears(ANN, "server: set your name please:");
    stage.done();
    stage.hears(ANN, "error: name-taken: ann");
    assert_eq!(stage.done(), [Effect::Drop(ANN)]);
    stage.passes(seconds(2));
    assert_eq!(stage.done(), [Effect::Connect(ANN)]);
}

#[test]
fn the_lag_is_measured_and_grows_while_there_is_no_answer() {
    let mut stage = Stage::ann(100, 6);
    stage.passes(Duration::ZERO);
    let ping = stage.pings_by(ANN).pop().unwrap();
    stage.passes(Duration::from_millis(42));
    stage.hears(ANN, &ping.replace("ping", "server: pong"));
    assert!(stage.seen().contains("lag 42 ms"), "{}", stage.seen());
    stage.passes(seconds(15));
    assert_eq!(stage.pings_by(ANN).len(), 1);
    stage.passes(seconds(7));
    assert!(stage.seen().contains("lag 7.0 s"), "{}", stage.seen());
    stage.passes(seconds(53));
    assert_eq!(stage.done(), [Effect::Drop(ANN)], "dead after a minute");
    assert!(stage.seen().contains("connection lost (the server does not answer)"), "{}", stage.seen());
}

#[test]
fn leaving_says_goodbye_and_waits_for_the_server() {
    let mut stage = Stage::with(&["ann", "ben"], 60, 6);
    stage.logs_in(ANN);
    stage.logs_in(BEN);
    stage.done();
    stage.control('c');
    let quit = |user| Effect::Send { user, line: "quit".to_owned() };
    assert_eq!(stage.done(), [quit(ANN), quit(BEN)]);
    stage.happens(TerminalInput::Closed(ANN, None));
    assert_eq!(stage.done(), []);
    stage.happens(TerminalInput::Closed(BEN, None));
    assert_eq!(stage.done(), [Effect::Quit]);
}

#[test]
fn leaving_does_not_wait_for_ever() {
    let mut stage = Stage::ann(60, 6);
    stage.happens(TerminalInput::Leave);
    stage.done();
    stage.passes(seconds(2));
    assert_eq!(stage.done(), [Effect::Quit]);
    let mut stage = Stage::ann(60, 6);
    stage.control('c');
    stage.done();
    stage.control('c');
    assert_eq!(stage.done(), [Effect::Quit], "asked twice, at once");
}

#[test]
fn a_typed_quit_of_the_only_user_ends_the_program() {
    let mut stage = Stage::ann(60, 6);
    stage.types("quit");
    stage.hears(ANN, "server: bye");
    stage.done();
    stage.happens(TerminalInput::Closed(ANN, None));
    assert_eq!(stage.done(), [Effect::Quit]);
}

#[test]
fn another_charset_and_another_name_are_in_the_status() {
    let mut stage = Stage::in_lobby(70, 6);
    stage.hears(ANN, "server: you are now rob");
    stage.hears(ANN, "server: encoding is gbk");
    assert_snapshot!(stage.seen());
}

#[test]
fn what_was_seen_and_may_not_have_arrived_is_not_in_its_window_after_a_loss() {
    let mut stage = Stage::in_lobby(110, 8);
    stage.types("into the dark");
    assert!(stage.seen().contains("ann: into the dark …"), "{}", stage.seen());
    stage.happens(TerminalInput::Closed(ANN, None));
    assert!(!stage.seen().contains("ann: into the dark"), "{}", stage.seen());
    assert!(stage.seen().contains("this may not have arrived: to lobby: into the"), "{}", stage.seen());
}

#[test]
fn a_server_that_closes_without_asking_for_a_name_is_told_as_a_stranger() {
    let mut stage = Stage::with(&["ann"], 130, 6);
    stage.happens(TerminalInput::Connected(ANN));
    stage.happens(TerminalInput::Closed(ANN, None));
    assert!(
        stage.seen().contains("it closed without asking for a name: is this a chatctl server?"),
        "{}",
        stage.seen()
    );
}

#[test]
fn a_line_that_was_not_sent_is_told_as_it_was_typed() {
    let mut stage = Stage::in_lobby(130, 8);
    stage.types("too much");
    stage.happens(TerminalInput::NotSent(ANN, "send room lobby too much".to_owned()));
    assert!(stage.seen().contains("lines are waiting: to lobby: too much"), "{}", stage.seen());
    assert!(!stage.seen().contains("ann: too much"), "{}", stage.seen());
}
