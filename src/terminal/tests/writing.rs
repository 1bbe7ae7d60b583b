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

#[test]
fn what_one_says_is_seen_before_the_server_tells_of_it() {
    let mut stage = Stage::in_lobby(60, 8);
    stage.types("one");
    stage.types("two");
    stage.hears(ANN, "lobby/bob: between");
    assert_snapshot!(stage.seen());
    stage.hears(ANN, "lobby/ann: one");
    assert!(stage.seen().contains("bob: between") && stage.seen().contains("ann: one "), "{}", stage.seen());
    assert!(!stage.seen().contains("ann: one …") && stage.seen().contains("ann: two …"), "{}", stage.seen());
    stage.hears(ANN, "lobby/ann: two");
    assert_eq!((stage.seen().matches("ann: two").count(), stage.seen().matches('…').count()), (1, 0));
}

#[test]
fn what_is_refused_is_shown_no_longer() {
    let mut stage = Stage::in_lobby(60, 8);
    stage.done();
    stage.types("said to a room that is gone");
    stage.hears(ANN, "error: not-a-member: lobby");
    stage.answers_pings(ANN);
    assert!(!stage.seen().contains("ann: said to a room"), "{}", stage.seen());
    assert!(stage.seen().contains("error: not-a-member: lobby"), "{}", stage.seen());
}

#[test]
fn a_private_line_is_said_when_the_server_has_taken_it() {
    let mut stage = Stage::in_lobby(60, 8);
    stage.done();
    stage.types("/query bob");
    stage.types("psst");
    assert!(stage.seen().contains("ann: psst …"), "{}", stage.seen());
    stage.answers_pings(ANN);
    assert!(stage.seen().contains("ann: psst") && !stage.seen().contains('…'), "{}", stage.seen());
    stage.types("and this");
    stage.hears(ANN, "error: no-such-user: bob");
    assert!(stage.seen().contains("* this did not arrive: and this"), "{}", stage.seen());
    stage.answers_pings(ANN);
    assert_eq!(stage.seen().matches("and this").count(), 1, "{}", stage.seen());
}

#[test]
fn an_action_is_shown_once() {
    let mut stage = Stage::in_lobby(60, 8);
    stage.types("/me waves");
    assert!(stage.seen().contains("ann: * waves …") && !stage.seen().contains("> /me"), "{}", stage.seen());
}

#[test]
fn who_talks_to_the_server_is_told_where_to_talk() {
    let mut stage = Stage::ann(90, 8);
    stage.types("hello");
    stage.hears(ANN, "error: unknown-command: 'hello'; try 'help'");
    assert!(stage.seen().contains("* nobody reads this window; /join ROOM or /query USER"), "{}", stage.seen());
}

#[test]
fn the_help_has_a_key() {
    let mut stage = Stage::ann(100, 12);
    stage.presses(KeyCode::F(1));
    assert!(stage.seen().contains("* /join ROOM"), "{}", stage.seen());
}

#[test]
fn windows_keep_their_numbers() {
    let mut stage = Stage::in_lobby(60, 8);
    stage.types("/query bob");
    stage.types("/query dave");
    stage.alt('3');
    assert!(stage.seen().contains("@bob> "), "{}", stage.seen());
    stage.types("/close");
    stage.alt('4');
    assert!(stage.seen().contains("@dave> ") && stage.seen().contains(" 4 @dave"), "{}", stage.seen());
    stage.types("/window 3");
    assert!(stage.seen().contains("there is no window 3"), "{}", stage.seen());
    stage.types("/query eve");
    assert!(stage.seen().contains(" 3 @eve") && stage.seen().contains("@eve> "), "{}", stage.seen());
    assert_snapshot!(stage.seen());
}

#[test]
fn windows_that_do_not_fit_are_counted() {
    let mut stage = Stage::in_lobby(60, 7);
    (1..=5).for_each(|i| stage.hears(ANN, &format!("user{i}: psst")));
    assert_snapshot!(stage.seen());
    stage.alt('7');
    assert!(stage.seen().contains(" 7 @user5") && stage.seen().contains("3 more"), "{}", stage.seen());
}

#[test]
fn who_somebody_is_is_told_as_far_as_the_server_tells() {
    let mut stage = Stage::in_lobby(90, 10);
    stage.done();
    let mut asks = |name: &str, users: &str| {
        stage.types(&format!("/whois {name}"));
        let lines = stage.lines_by(ANN);
        assert_eq!(lines[1], "list users");
        stage.hears(ANN, &lines[0].replace("ping", "server: pong"));
        stage.hears(ANN, users);
        stage.hears(ANN, &lines[2].replace("ping", "server: pong"));
        let shown = stage.seen();
        shown.lines().rev().find_map(|line| Some(line.split_once("* ")?.1.trim_end_matches(['▏', ' ']).to_owned()))
    };
    let users = "server: users (3): ann, Bob, eve";
    assert_eq!(asks("bob", users).as_deref(), Some("Bob is here, and in lobby with you"));
    assert_eq!(asks("eve", users).as_deref(), Some("eve is here, in none of your rooms"));
    assert_eq!(asks("渊渊", users).as_deref(), Some("渊渊 is away, with an account; a member of lobby"));
    assert_eq!(asks("dave", users).as_deref(), Some("there is no dave here"));
    assert_eq!(asks("ANN", users).as_deref(), Some("ann is you"));
    stage.types("/whois a b");
    assert!(stage.seen().contains("'a b' is not a name"), "{}", stage.seen());
}

#[test]
fn a_click_goes_to_what_it_is_on() {
    let mut stage = Stage::in_lobby(110, 8);
    let click = |stage: &mut Stage, x, y| stage.happens(TerminalInput::Click { x, y });
    click(&mut stage, 3, 0);
    assert!(stage.seen().contains("│ online") && !stage.seen().contains("lobby> "), "{}", stage.seen());
    stage.types("list rooms");
    stage.hears(ANN, "server: rooms (2): den, lobby");
    // "09:05 server: rooms (2): den, lobby" begins in column 18.
    click(&mut stage, 18 + 25, 5);
    assert!(stage.seen().contains("> /join den"), "{}", stage.seen());
    click(&mut stage, 18 + 30, 5);
    assert!(stage.seen().contains("lobby> "), "{}", stage.seen());
    // The members are under "3 here": ann, bob, 渊渊.
    click(&mut stage, 100, 2);
    assert!(stage.seen().contains("@bob> "), "{}", stage.seen());
    click(&mut stage, 5, 6);
    assert!(stage.seen().contains("@bob> "), "{}", stage.seen());
}
