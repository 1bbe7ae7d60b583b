//! `serve --lobby`: everybody meets in one room without a command.

use chatctl::protocol::name::RoomName;
use chatctl::server::Config;
use serde_json::{Value, json};

use crate::support::{Client, Process, Server};

fn with_lobby() -> Server {
    Server::with_web(Config { lobby: Some(RoomName::new("Lobby").unwrap()), ..Config::embedded() })
}

#[test]
fn friends_who_log_in_meet_in_the_lobby() {
    let server = Process::serve(&["--lobby", "Lobby"]);
    let mut alice = server.user("alice");
    alice.expect_line("Lobby/server: alice joined");
    let mut bob = server.user("bob");
    for user in [&mut alice, &mut bob] {
        user.expect_line("Lobby/server: bob joined");
    }
    bob.ask("send lobby hi", &["Lobby/bob: hi"]);
    alice.expect_line("Lobby/bob: hi");
    alice.ask("join room lobby", &["error: already-a-member: Lobby"]);
    alice.ask("leave room lobby", &["Lobby/server: alice left"]);
    bob.expect_line("Lobby/server: alice left");
    alice.ask("join room lobby", &["Lobby/server: alice joined"]);
}

#[test]
fn the_lobby_that_everybody_left_goes_on() {
    let server = with_lobby();
    server.user("alice").ask("quit", &["Lobby/server: alice joined", "server: bye"]);
    let mut bob = server.user("bob");
    bob.expect_line("Lobby/server: bob joined");
    bob.say("history lobby 1");
    let [line, summary] = [bob.line(), bob.line()];
    assert!(line.starts_with("history: #3 ") && line.ends_with(" Lobby/server: bob joined"), "{line}");
    assert_eq!(summary, "server: history of Lobby (1): #3 to #3 of #1 to #3");
}

#[test]
fn programs_learn_of_the_lobby_with_the_answer_to_their_login() {
    let server = with_lobby();
    let mut alice = Client::connect(server.web());
    alice.say(r#"{"type":"login","id":1,"name":"alice"}"#);
    let _hello = alice.line();
    let answer: Value = serde_json::from_str(&alice.line()).unwrap();
    assert_eq!(answer["rooms"][0]["room"], "Lobby", "{answer}");
    assert_eq!(answer["rooms"][0]["members"], json!(["alice"]), "{answer}");
    let joined: Value = serde_json::from_str(&alice.line()).unwrap();
    assert_eq!((&joined["type"], &joined["user"]), (&json!("joined"), &json!("alice")), "{joined}");
}
