//! What was said before: on entering a room, on scrolling up, and while the connection was lost.

use std::time::Duration;

use crossterm::event::KeyCode;
use insta::assert_snapshot;

use super::stage::{ANN, Stage};
use crate::terminal::{Effect, TerminalInput};

/// The answers to the questions between two pings: the pongs around these lines.
fn answers(stage: &mut Stage, lines: &[&str]) {
    let pings = stage.pings_by(ANN);
    let pong = |ping: &String| ping.replace("ping", "server: pong");
    stage.hears(ANN, &pong(&pings[0]));
    lines.iter().for_each(|line| stage.hears(ANN, line));
    stage.hears(ANN, &pong(&pings[1]));
}

/// Ann, on a server that numbers its lines, in a room in which others have talked before.
fn in_old_room(columns: u16, rows: u16) -> Stage {
    let mut stage = Stage::with(&["ann"], columns, rows);
    stage.happens(TerminalInput::Connected(ANN));
    stage.hears(ANN, "server: set your name please:");
    stage.hears(ANN, "server: let's start chatting!");
    answers(&mut stage, &["server: numbers are on, epoch b1c2", "server: token abc", "server: users (1): ann"]);
    stage.types("/clear");
    stage.types("join room den");
    stage.done();
    stage.hears(ANN, "#9 den/server: ann joined");
    let (sent, pings): (Vec<String>, Vec<String>) =
        stage.lines_by(ANN).into_iter().partition(|line| !line.starts_with("ping ~"));
    assert_eq!(sent, ["list members den", "history den before #9 50"]);
    stage.hears(ANN, &pings[0].replace("ping", "server: pong"));
    for line in [
        "server: members of den (2): ann, bob",
        "history: #7 2026-11-22T23:59:30Z den/bob: yesterday",
        "history: #8 2026-11-23T09:04:00Z den/bob: is ann here?",
        "server: history of den (2): #7 to #8 of #3 to #9",
    ] {
        stage.hears(ANN, line);
    }
    stage.hears(ANN, &pings[1].replace("ping", "server: pong"));
    stage
}

#[test]
fn the_last_lines_of_a_room_are_there_on_entering_it() {
    assert_snapshot!(in_old_room(70, 8).seen());
}

#[test]
fn scrolling_up_goes_on_into_the_past_until_it_ends() {
    let mut stage = in_old_room(70, 6);
    stage.presses(KeyCode::PageUp);
    let asked = stage.lines_by(ANN);
    assert_eq!(asked[1], "history den before #7 50");
    stage.happens(TerminalInput::Wheel { up: true });
    assert_eq!(stage.sent_by(ANN), [""; 0], "asked already");
    let pong = |ping: &str| ping.replace("ping", "server: pong");
    stage.hears(ANN, &pong(&asked[0]));
    for number in 3..=6 {
        stage.hears(ANN, &format!("history: #{number} 2026-11-22T10:00:0{number}Z den/bob: line {number}"));
    }
    stage.hears(ANN, "server: history of den (4): #3 to #6 of #3 to #9");
    stage.hears(ANN, &pong(&asked[2]));
    stage.presses(KeyCode::PageUp);
    stage.presses(KeyCode::PageUp);
    assert_snapshot!(stage.seen());
    assert_eq!(stage.sent_by(ANN), [""; 0], "nothing older is kept");
}

#[test]
fn what_was_missed_while_the_connection_was_lost_comes_once_and_is_new() {
    let mut stage = in_old_room(70, 14);
    stage.hears(ANN, "#10 den/bob: the last that ann saw");
    stage.happens(TerminalInput::Closed(ANN, None));
    stage.passes(Duration::from_secs(1));
    stage.happens(TerminalInput::Connected(ANN));
    stage.done();
    stage.hears(ANN, "server: set your name please:");
    assert_eq!(stage.sent_by(ANN), ["token abc"]);
    stage.hears(ANN, "server: let's start chatting!");
    let asked = stage.lines_by(ANN);
    assert_eq!(asked[1..5], ["set numbers on", "token", "list users", "list rooms"]);
    let pong = |ping: &str| ping.replace("ping", "server: pong");
    stage.hears(ANN, "#12 den/bob: said after ann came back");
    stage.hears(ANN, &pong(&asked[0]));
    stage.hears(ANN, "server: numbers are on, epoch b1c2");
    stage.hears(ANN, "server: token def");
    stage.hears(ANN, &pong(&asked[5]));
    let asked = stage.lines_by(ANN);
    assert_eq!(asked[1..3], ["resume den #9", "list members den"]);
    stage.hears(ANN, &pong(&asked[0]));
    stage.hears(ANN, "history: #10 2026-11-23T09:05:00Z den/bob: the last that ann saw");
    stage.hears(ANN, "history: #11 2026-11-23T09:05:01Z den/bob: ann missed this");
    stage.hears(ANN, "server: resumed den (2): #10 to #11");
    stage.hears(ANN, "server: members of den (2): ann, bob");
    stage.hears(ANN, &pong(&asked[3]));
    assert_snapshot!(stage.seen());
}

#[test]
fn a_token_that_the_server_has_forgotten_is_followed_by_the_name() {
    let mut stage = in_old_room(70, 10);
    stage.happens(TerminalInput::Closed(ANN, None));
    stage.passes(Duration::from_secs(1));
    stage.happens(TerminalInput::Connected(ANN));
    stage.done();
    stage.hears(ANN, "server: set your name please:");
    stage.hears(ANN, "error: wrong-token: no session has this token");
    stage.hears(ANN, "server: set your name please:");
    assert_eq!(stage.sent_by(ANN), ["token abc", "ann"]);
    stage.hears(ANN, "server: let's start chatting!");
    let asked = stage.lines_by(ANN);
    let pong = |ping: &str| ping.replace("ping", "server: pong");
    stage.hears(ANN, &pong(&asked[0]));
    stage.hears(ANN, "server: numbers are on, epoch 0001");
    stage.hears(ANN, &pong(asked.last().unwrap()));
    assert_eq!(stage.sent_by(ANN), ["join room den"], "another server's numbers mean nothing here");
    assert!(stage.seen().contains("the server began anew"), "{}", stage.seen());
}

#[test]
fn ctrl_z_suspends() {
    let mut stage = Stage::ann(60, 6);
    stage.done();
    stage.control('z');
    assert_eq!(stage.done(), [Effect::Suspend]);
}
