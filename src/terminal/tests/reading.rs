//! Conversations on the screen: rooms, people, what is new, scrolling and searching.

use std::time::Duration;

use crossterm::event::KeyCode;
use insta::assert_snapshot;

use super::stage::{ANN, BEN, Stage};
use crate::terminal::{Effect, TerminalInput};

#[test]
fn the_first_screen_is_the_servers() {
    let mut stage = Stage::with(&["ann"], 80, 8);
    stage.logs_in(ANN);
    assert_snapshot!(stage.seen());
}

#[test]
fn a_room_has_its_members_and_everybody_a_name() {
    let mut stage = Stage::in_lobby(100, 10);
    stage.hears(ANN, "lobby/bob: hello ann");
    stage.hears(ANN, "lobby/渊渊: 你好，世界");
    stage.hears(ANN, "lobby/server: bob left (connection closed)");
    stage.hears(ANN, "lobby/server: carol joined");
    stage.hears(ANN, "lobby/server: carol is now caroline");
    assert_snapshot!(stage.seen());
}

#[test]
fn what_is_unread_is_counted_and_marked() {
    let mut stage = Stage::in_lobby(80, 10);
    stage.hears(ANN, "lobby/bob: seen");
    stage.alt('1');
    stage.hears(ANN, "lobby/bob: one");
    stage.hears(ANN, "lobby/bob: two");
    stage.hears(ANN, "lobby/server: bob joined");
    stage.hears(ANN, "bob: psst");
    assert_snapshot!("what_is_unread_is_counted", stage.seen());
    stage.alt('a');
    stage.alt('a');
    assert_snapshot!("what_is_unread_is_marked", stage.seen());
}

#[test]
fn long_lines_are_broken_under_themselves() {
    let mut stage = Stage::in_lobby(60, 12);
    stage.hears(ANN, "lobby/bob: the quick brown fox jumps over the lazy dog and back again");
    stage.hears(ANN, "lobby/bob: https://example.org/a/very/long/address/without/any/blank");
    stage.hears(ANN, "lobby/渊渊: 天地玄黄，宇宙洪荒。日月盈昃，辰宿列张。寒来暑往，秋收冬藏。");
    assert_snapshot!(stage.seen());
}

#[test]
fn emoji_and_combining_marks_keep_their_columns() {
    let mut stage = Stage::in_lobby(60, 12);
    stage.hears(ANN, "lobby/bob: 🦊🦊 fox e\u{301}tude a\u{308} 👩\u{200d}👩\u{200d}👧 family ❤\u{fe0f} 🇯🇵 flag");
    stage.hears(ANN, "lobby/नमस्ते: नमस्ते दुनिया");
    stage.hears(ANN, "lobby/ﾊﾝｶｸ: ｶﾞｷﾞ 半角");
    stage.hears(ANN, "lobby/bob: tab\there");
    assert_snapshot!(stage.seen());
}

#[test]
fn text_of_others_cannot_move_the_cursor_or_color_the_screen() {
    let mut stage = Stage::in_lobby(60, 8);
    stage.hears(ANN, "lobby/eve: \u{1b}[2J\u{1b}[31mred\u{7}\u{8}\r over \u{202e}backwards");
    stage.hears(ANN, "\u{1b}]0;title\u{7}");
    assert_snapshot!(stage.seen());
}

#[test]
fn in_forty_columns_there_is_only_the_conversation() {
    let mut stage = Stage::in_lobby(40, 10);
    stage.hears(ANN, "lobby/bob: the quick brown fox jumps over the lazy dog");
    stage.hears(ANN, "lobby/渊渊: 天地玄黄，宇宙洪荒。日月盈昃，辰宿列张。");
    stage.hears(ANN, "bob: psst");
    stage.writes("half a li");
    assert_snapshot!(stage.seen());
}

#[test]
fn the_screen_follows_the_size_of_the_terminal() {
    let mut stage = Stage::in_lobby(80, 8);
    stage.hears(ANN, "lobby/bob: the quick brown fox jumps over the lazy dog and is gone for good");
    stage.writes("unsent 渊");
    stage.resizes(24, 6);
    assert_snapshot!("a_small_screen", stage.seen());
    stage.resizes(5, 2);
    assert_snapshot!("a_tiny_screen", stage.seen());
    for (columns, rows) in [(1, 1), (3, 1), (200, 1), (1, 50), (2, 3)] {
        stage.resizes(columns, rows);
        stage.presses(KeyCode::PageUp);
        let _ = stage.seen();
    }
    stage.presses(KeyCode::Esc);
    stage.resizes(60, 7);
    assert_snapshot!("a_larger_screen_again", stage.seen());
}

#[test]
fn scrolled_back_the_view_stays_where_it_is() {
    let mut stage = Stage::in_lobby(60, 8);
    (1..=30).for_each(|i| stage.hears(ANN, &format!("lobby/bob: line {i}")));
    stage.presses(KeyCode::PageUp);
    stage.presses(KeyCode::PageUp);
    assert!(stage.seen().contains("│ 09:05 bob: line 15"), "{}", stage.seen());
    stage.hears(ANN, "lobby/bob: new");
    stage.hears(ANN, "lobby/bob: newer");
    assert_snapshot!(stage.seen());
    stage.presses(KeyCode::PageDown);
    stage.presses(KeyCode::PageDown);
    stage.presses(KeyCode::PageDown);
    assert!(stage.seen().contains("newer") && !stage.seen().contains("below"), "{}", stage.seen());
}

#[test]
fn the_rest_of_a_long_message_is_below_as_well() {
    let mut stage = Stage::in_lobby(60, 8);
    stage.hears(ANN, &format!("lobby/bob: {}", "word ".repeat(200)));
    stage.presses(KeyCode::PageUp);
    assert!(stage.seen().contains(" more below "), "{}", stage.seen());
}

#[test]
fn an_error_of_mine_is_shown_also_while_i_read_older_lines() {
    let mut stage = Stage::in_lobby(60, 8);
    (1..=30).for_each(|i| stage.hears(ANN, &format!("lobby/bob: line {i}")));
    stage.presses(KeyCode::PageUp);
    stage.types("/msg dave hi");
    stage.hears(ANN, "error: no-such-user: dave");
    assert!(stage.seen().contains("no-such-user: dave"), "{}", stage.seen());
}

#[test]
fn a_search_goes_upwards_from_hit_to_hit() {
    let mut stage = Stage::in_lobby(60, 8);
    (1..=30).for_each(|i| stage.hears(ANN, &format!("lobby/bob: {} {i}", if i % 10 == 0 { "FOX" } else { "hen" })));
    stage.types("/find fox");
    stage.presses(KeyCode::F(3));
    assert_snapshot!("a_search_and_its_hit", stage.seen());
    stage.types("/find wolf");
    assert_snapshot!("a_search_without_hits", stage.seen());
    stage.presses(KeyCode::Esc);
    assert!(stage.seen().contains("hen 29") && !stage.seen().contains("nowhere"), "{}", stage.seen());
}

#[test]
fn another_day_is_said() {
    let mut stage = Stage::in_lobby(60, 8);
    stage.hears(ANN, "lobby/bob: good night");
    stage.passes(Duration::from_secs(16 * 3600));
    stage.hears(ANN, "lobby/bob: good morning");
    assert_snapshot!(stage.seen());
}

#[test]
fn several_users_have_their_own_windows() {
    let mut stage = Stage::with(&["ann", "ben"], 80, 9);
    stage.logs_in(ANN);
    stage.logs_in(BEN);
    stage.types("create room lobby ben");
    for user in [ANN, BEN] {
        stage.hears(user, "lobby/server: ann created the room with ben");
        stage.hears(user, "lobby/ann: hi ben");
    }
    stage.writes("half of ann's line");
    assert_snapshot!("several_users_the_first", stage.seen());
    stage.control('x');
    stage.alt('a');
    stage.writes("of ben's");
    assert_snapshot!("several_users_the_second", stage.seen());
    stage.control('x');
    assert!(stage.seen().contains("lobby> half of ann's line"), "{}", stage.seen());
}

#[test]
fn a_room_with_many_members_says_how_many_more() {
    let mut stage = Stage::in_lobby(100, 8);
    (1..=20).for_each(|i| stage.hears(ANN, &format!("lobby/server: user_{i:02}_with_a_long_name joined")));
    assert_snapshot!(stage.seen());
}

#[test]
fn what_nobody_asked_for_is_not_shown() {
    let mut stage = Stage::ann(60, 8);
    stage.types("join room den");
    stage.done();
    stage.hears(ANN, "den/server: ann joined");
    let asked = stage.lines_by(ANN);
    let [begin, question, end] = &asked[..] else { panic!("{asked:?}") };
    assert_eq!(question, "list members den");
    stage.hears(ANN, &begin.replace("ping", "server: pong"));
    stage.hears(ANN, "den/bob: in between");
    stage.hears(ANN, "server: members of den (2): ann, bob");
    stage.hears(ANN, &end.replace("ping", "server: pong"));
    stage.types("/members");
    stage.hears(ANN, "server: members of den (2): ann, bob");
    assert_snapshot!(stage.seen());
    stage.resizes(99, 8);
    assert!(!stage.seen().contains("2 here"), "{}", stage.seen());
    stage.resizes(100, 8);
    assert!(stage.seen().contains("2 here"), "{}", stage.seen());
}

#[test]
fn a_room_that_is_left_goes_away() {
    let mut stage = Stage::in_lobby(60, 8);
    stage.types("/leave");
    assert_eq!(stage.sent_by(ANN).last().unwrap(), "leave room lobby");
    stage.writes("half");
    stage.hears(ANN, "lobby/server: ann left");
    assert_snapshot!(stage.seen());
}

#[test]
fn a_flood_of_strangers_does_not_open_windows_without_end() {
    let mut stage = Stage::ann(60, 8);
    (0..1000).for_each(|i| stage.hears(ANN, &format!("stranger{i}: psst")));
    stage.happens(TerminalInput::Tick);
    assert!(stage.seen().contains("stranger999: psst"), "in the server's window");
    stage.alt('a');
    (0..300).for_each(|_| stage.control('n'));
    assert!(stage.seen().contains("@stranger"), "{}", stage.seen());
}

#[test]
fn a_message_to_me_rings_the_bell_unless_it_is_seen() {
    let mut stage = Stage::in_lobby(80, 8);
    stage.done();
    stage.hears(ANN, "lobby/bob: hello ann");
    assert!(!stage.done().contains(&Effect::Bell), "it is on the screen");
    stage.alt('1');
    stage.hears(ANN, "lobby/bob: hello all");
    assert!(!stage.done().contains(&Effect::Bell), "it is for everybody");
    stage.hears(ANN, "lobby/bob: hello ann");
    stage.hears(ANN, "bob: psst");
    assert_eq!(stage.done(), [Effect::Bell], "once a second");
    stage.passes(Duration::from_secs(1));
    stage.done();
    stage.types("/set bell off");
    stage.hears(ANN, "bob: psst");
    assert!(!stage.done().contains(&Effect::Bell));
    assert!(stage.seen().contains("lobby   1 !1"), "{}", stage.seen());
    assert!(stage.seen().contains("@bob      !2"), "{}", stage.seen());
}

#[test]
fn an_ignored_user_is_not_shown() {
    let mut stage = Stage::in_lobby(80, 8);
    stage.types("/ignore BOB");
    stage.done();
    stage.hears(ANN, "lobby/bob: hello ann");
    stage.hears(ANN, "bob: psst");
    assert_eq!(stage.done(), []);
    stage.hears(ANN, "trap/server: bob created the room with ann");
    assert_eq!(stage.lines_by(ANN), ["leave room trap"]);
    assert!(!stage.seen().contains("hello ann") && !stage.seen().contains("@bob"), "{}", stage.seen());
    assert!(!stage.seen().contains("trap"), "{}", stage.seen());
    stage.types("/unignore bob");
    stage.hears(ANN, "lobby/bob: hello again");
    assert!(stage.seen().contains("hello again"), "{}", stage.seen());
}

#[test]
fn a_newcomer_is_greeted() {
    let mut stage = Stage::with(&[], 80, 12);
    stage.types("ann");
    stage.happens(TerminalInput::Connected(ANN));
    stage.hears(ANN, "server: set your name please:");
    stage.done();
    stage.hears(ANN, "server: let's start chatting!");
    let asked = stage.lines_by(ANN);
    let [begin, .., end] = &asked[..] else { panic!("{asked:?}") };
    stage.hears(ANN, &begin.replace("ping", "server: pong"));
    stage.hears(ANN, "server: users (2): ann, bob");
    stage.hears(ANN, "server: rooms (1): lobby");
    stage.hears(ANN, &end.replace("ping", "server: pong"));
    assert_snapshot!(stage.seen());
}

#[test]
fn the_members_of_a_room_are_bounded() {
    let mut stage = Stage::in_lobby(100, 8);
    (0..10_100).for_each(|i| stage.hears(ANN, &format!("lobby/server: user{i} joined")));
    assert!(stage.seen().contains("10000 here"), "{}", stage.seen());
}
