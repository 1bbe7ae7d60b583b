//! What is typed: lines, commands, completion, history, pastes.

use crossterm::event::KeyCode;
use insta::assert_snapshot;

use super::stage::{ANN, Stage};
use crate::terminal::{Effect, TerminalInput};

#[test]
fn what_arrives_does_not_disturb_what_is_being_written() {
    let mut stage = Stage::in_lobby(60, 7);
    stage.writes("half a 渊 line");
    stage.presses(KeyCode::Left);
    stage.presses(KeyCode::Left);
    (1..=5).for_each(|i| stage.hears(ANN, &format!("lobby/bob: line {i}")));
    assert_snapshot!(stage.seen());
}

#[test]
fn a_line_wider_than_the_screen_follows_the_cursor() {
    let mut stage = Stage::in_lobby(40, 4);
    stage.writes("天地玄黄宇宙洪荒日月盈昃辰宿列张 and then some more");
    assert_snapshot!(stage.seen());
}

#[test]
fn text_goes_to_the_window_and_commands_to_the_server() {
    let mut stage = Stage::in_lobby(60, 8);
    stage.done();
    stage.types("hello  there ");
    stage.types("//slash");
    stage.types("/msg bob,渊渊 psst");
    stage.types("/ping x");
    assert_eq!(
        stage.sent_by(ANN),
        ["send room lobby hello  there ", "send room lobby /slash", "send message bob,渊渊 psst", "ping x"]
    );
    stage.types("/query bob");
    stage.types("again");
    assert_eq!(stage.sent_by(ANN), ["send message bob again"]);
    assert_snapshot!(stage.seen());
}

#[test]
fn a_private_line_that_is_typed_in_a_room_is_not_shown_there() {
    let mut stage = Stage::in_lobby(60, 8);
    stage.types("/msg bob psst");
    assert!(!stage.seen().contains("psst"), "{}", stage.seen());
    stage.types("/ping aloud");
    assert!(stage.seen().contains("> /ping aloud"), "{}", stage.seen());
}

#[test]
fn a_mistake_is_explained_and_comes_back_with_up() {
    let mut stage = Stage::in_lobby(60, 8);
    stage.done();
    stage.types("/jion den");
    assert_eq!(stage.sent_by(ANN), [""; 0]);
    assert_snapshot!(stage.seen());
    stage.presses(KeyCode::Up);
    assert!(stage.seen().contains("lobby> /jion den"), "{}", stage.seen());
}

#[test]
fn a_refusal_is_shown_where_one_looks() {
    let mut stage = Stage::in_lobby(60, 8);
    stage.types("/msg dave hi");
    stage.hears(ANN, "error: no-such-user: dave");
    assert_snapshot!(stage.seen());
}

#[test]
fn tab_offers_what_fits() {
    let mut stage = Stage::in_lobby(60, 7);
    stage.hears(ANN, "lobby/server: bobby joined");
    stage.writes("hello bo");
    stage.presses(KeyCode::Tab);
    assert_snapshot!("tab_the_first", stage.seen());
    stage.presses(KeyCode::Tab);
    assert_snapshot!("tab_the_second", stage.seen());
    stage.writes("!");
    assert!(stage.seen().contains("lobby> hello bobby !"), "{}", stage.seen());
}

#[test]
fn tab_completes_commands_users_and_rooms() {
    let mut stage = Stage::in_lobby(60, 7);
    stage.hears(ANN, "dave: hi");
    stage.writes("/mem");
    stage.presses(KeyCode::Tab);
    stage.writes("lo");
    stage.presses(KeyCode::Tab);
    assert!(stage.seen().contains("lobby> /members lobby"), "{}", stage.seen());
    stage.control('u');
    stage.writes("/msg da");
    stage.presses(KeyCode::Tab);
    assert!(stage.seen().contains("lobby> /msg dave "), "{}", stage.seen());
}

#[test]
fn a_paste_of_several_lines_asks_first() {
    let mut stage = Stage::in_lobby(60, 12);
    stage.done();
    stage.happens(TerminalInput::Paste("fn main() {\r\n    \u{1b}[31m你好\r\n\r\n}\r\n4\n5\n6\n7\n".to_owned()));
    assert_snapshot!("a_paste_asks", stage.seen());
    assert_eq!(stage.sent_by(ANN), [""; 0]);
    stage.presses(KeyCode::Enter);
    assert_eq!(stage.sent_by(ANN).len(), 7);
    stage.happens(TerminalInput::Paste("one\ntwo".to_owned()));
    stage.presses(KeyCode::Esc);
    stage.happens(TerminalInput::Paste("one\ntwo".to_owned()));
    stage.presses(KeyCode::Char('j'));
    assert_eq!(stage.sent_by(ANN), [""; 0]);
    assert!(stage.seen().contains("lobby> one two"), "{}", stage.seen());
}

#[test]
fn one_pasted_line_is_written_at_the_cursor() {
    let mut stage = Stage::in_lobby(60, 6);
    stage.writes("ac");
    stage.presses(KeyCode::Left);
    stage.happens(TerminalInput::Paste("b\u{7}b\n".to_owned()));
    assert!(stage.seen().contains("lobby> abbc"), "{}", stage.seen());
}

#[test]
fn earlier_lines_come_back() {
    let mut stage = Stage::in_lobby(60, 6);
    stage.types("one");
    stage.types("/ping two");
    assert!(stage.done().contains(&Effect::Remember("/ping two".to_owned())));
    stage.writes("draft");
    stage.presses(KeyCode::Up);
    stage.presses(KeyCode::Up);
    assert!(stage.seen().contains("lobby> one"), "{}", stage.seen());
    stage.presses(KeyCode::Down);
    stage.presses(KeyCode::Down);
    assert!(stage.seen().contains("lobby> draft"), "{}", stage.seen());
}

#[test]
fn each_window_keeps_its_own_half_line() {
    let mut stage = Stage::in_lobby(60, 6);
    stage.writes("for the lobby");
    stage.alt('1');
    assert!(stage.seen().lines().nth(5).unwrap().starts_with("▏>  "), "{}", stage.seen());
    stage.alt('2');
    assert!(stage.seen().contains("lobby> for the lobby"), "{}", stage.seen());
}

#[test]
fn help_is_here() {
    let mut stage = Stage::ann(100, 28);
    stage.types("/help");
    assert_snapshot!(stage.seen());
}

#[test]
fn a_private_line_does_not_come_back_in_a_room() {
    let mut stage = Stage::in_lobby(60, 6);
    stage.types("in the room");
    stage.types("/query bob");
    stage.types("my secret password");
    stage.alt('2');
    stage.presses(KeyCode::Up);
    assert!(stage.seen().contains("lobby> /query bob"), "{}", stage.seen());
    stage.presses(KeyCode::Up);
    assert!(stage.seen().contains("lobby> in the room"), "{}", stage.seen());
    stage.alt('3');
    stage.presses(KeyCode::Up);
    assert!(stage.seen().contains("@bob> my secret password"), "{}", stage.seen());
}

#[test]
fn control_c_clears_a_line_before_it_leaves() {
    let mut stage = Stage::in_lobby(60, 6);
    stage.done();
    stage.writes("half a line");
    stage.control('c');
    assert_eq!(stage.done(), []);
    assert!(!stage.seen().contains("half a line"), "{}", stage.seen());
    stage.control('y');
    assert!(stage.seen().contains("lobby> half a line"), "{}", stage.seen());
    stage.control('c');
    stage.control('c');
    assert_eq!(stage.sent_by(ANN), ["quit"]);
}

#[test]
fn a_command_typed_as_a_text_asks_first() {
    let mut stage = Stage::in_lobby(80, 8);
    stage.done();
    stage.types("list users");
    assert_eq!(stage.sent_by(ANN), [""; 0]);
    assert_snapshot!(stage.seen());
    stage.presses(KeyCode::Enter);
    assert_eq!(stage.sent_by(ANN), ["send room lobby list users"]);
    stage.types("list users");
    stage.presses(KeyCode::Char('/'));
    assert_eq!(stage.sent_by(ANN), ["list users"]);
    stage.types("quit");
    stage.presses(KeyCode::Esc);
    assert!(stage.seen().contains("lobby> quit"), "{}", stage.seen());
    assert_eq!(stage.sent_by(ANN), [""; 0]);
}

#[test]
fn pasted_lines_are_texts() {
    let mut stage = Stage::in_lobby(60, 8);
    stage.done();
    stage.happens(TerminalInput::Paste("one\n/quit\nlist users".to_owned()));
    stage.presses(KeyCode::Enter);
    assert_eq!(stage.sent_by(ANN), ["send room lobby one", "send room lobby /quit", "send room lobby list users"]);
    stage.happens(TerminalInput::Paste("/etc/hosts\n".to_owned()));
    stage.presses(KeyCode::Enter);
    assert_eq!(stage.sent_by(ANN), ["send room lobby /etc/hosts"]);
}

#[test]
fn a_line_feed_is_enter() {
    let mut stage = Stage::in_lobby(60, 6);
    stage.done();
    stage.writes("one");
    stage.control('j');
    assert_eq!(stage.sent_by(ANN), ["send room lobby one"]);
}

#[test]
fn a_window_that_is_not_there_is_told() {
    let mut stage = Stage::in_lobby(60, 6);
    stage.types("/window 77");
    assert!(stage.seen().contains("there is no window 77"), "{}", stage.seen());
}
