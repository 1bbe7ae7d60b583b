//! Coming back to an account with a token: after the connection, and after the server.

use std::fs;
use std::net::SocketAddr;

use serde_json::{Value, json};

use super::log_in;
use crate::serve::control::Keeper;
use crate::support::socket::Socket;
use crate::support::{Client, PROMPT, Process, WELCOME};

const WRONG: &str = "error: wrong-token: no session has this token";

fn serve(folder: &tempfile::TempDir, flags: &[&str]) -> Process {
    let folder = folder.path().to_str().expect("a path in UTF-8");
    Process::serve(&[&["--data", folder], flags].concat())
}

/// Makes an account.
fn registered(server: &Process, name: &str) -> Client {
    let mut client = server.user(name);
    client.ask("register hunter22", &[&format!("server: {name} is registered")]);
    client
}

/// The token that a session is given.
fn token_of(client: &mut Client) -> String {
    client.say("token");
    let line = client.line();
    line.strip_prefix("server: token ").unwrap_or_else(|| panic!("a token in {line:?}")).to_owned()
}

/// Says a token in place of a name; the answers.
fn come_back(addr: SocketAddr, token: &str, answers: &[&str]) -> Client {
    let mut client = Client::connect(addr);
    client.expect(&[PROMPT]);
    client.ask(&format!("token {token}"), answers);
    client
}

#[test]
fn an_account_comes_back_with_its_token_after_the_server_was_killed() {
    let dir = tempfile::tempdir().unwrap();
    let server = serve(&dir, &[]);
    let mut alice = registered(&server, "alice");
    alice.ask("create room lobby", &["lobby/server: alice created the room"]);
    let token = token_of(&mut alice);
    let guest = token_of(&mut server.user("guest"));
    server.signal("KILL");
    server.wait();

    let server = serve(&dir, &[]);
    server.user("bob").ask("join room lobby", &["lobby/server: bob joined"]);
    come_back(server.addr, &guest, &[WRONG, PROMPT]);
    let mut alice = come_back(server.addr, &token, &[WELCOME]);
    alice.expect(&["server: new in lobby (3): #1 to #3"]);
    alice.ask("send lobby back", &["lobby/alice: back"]);
    // It is still the token of this session.
    let mut again = come_back(server.addr, &token, &[WELCOME]);
    alice.expect(&["error: replaced: logged in elsewhere"]);
    again.expect(&["server: new in lobby (4): #1 to #4"]);
    again.ask("set password hunter22 hunter33", &["server: the password is changed"]);
    drop(again);
    let (status, log) = server.stop();
    assert!(status.success(), "{log}");
    assert!(!log.contains(&token), "{log}");
    for file in fs::read_dir(dir.path()).unwrap() {
        let file = file.unwrap().path();
        let bytes = fs::read(&file).unwrap();
        assert!(!bytes.windows(token.len()).any(|part| part == token.as_bytes()), "{} holds a token", file.display());
    }
}

#[test]
fn a_token_ends_with_the_password_with_the_account_and_with_quit() {
    let dir = tempfile::tempdir().unwrap();
    let server = serve(&dir, &[]);
    let mut alice = registered(&server, "alice");
    let token = token_of(&mut alice);
    let mut other = log_in(Client::connect(server.addr), "alice", "hunter22");
    let of_other = token_of(&mut other);
    alice.ask("set password hunter22 hunter33", &["server: the password is changed"]);
    come_back(server.addr, &token, &[WRONG, PROMPT]);
    come_back(server.addr, &of_other, &[WRONG, PROMPT]);

    let [token, of_other] = [&mut alice, &mut other].map(token_of);
    other.ask("quit", &["server: bye"]);
    come_back(server.addr, &of_other, &[WRONG, PROMPT]);
    let mut operator = Keeper::log_in(dir.path(), "root");
    let password = operator.password("reset password alice", "alice");
    come_back(server.addr, &token, &[WRONG, PROMPT]);

    let token = token_of(&mut alice);
    alice.ask(&format!("unregister {password}"), &["server: alice is no longer registered"]);
    come_back(server.addr, &token, &[WRONG, PROMPT]);
    let (status, log) = server.stop();
    assert!(status.success(), "{log}");
    let server = serve(&dir, &[]);
    come_back(server.addr, &token, &[WRONG, PROMPT]);
}

#[test]
fn whoever_is_banned_or_has_asked_for_many_tokens_does_not_come_back() {
    let dir = tempfile::tempdir().unwrap();
    let server = serve(&dir, &[]);
    let first = token_of(&mut registered(&server, "alice"));
    let mut sessions: Vec<Client> =
        (0..16).map(|_| log_in(Client::connect(server.addr), "alice", "hunter22")).collect();
    let tokens: Vec<String> = sessions.iter_mut().map(token_of).collect();
    drop(sessions);
    come_back(server.addr, &first, &[WRONG, PROMPT]);
    let mut operator = Keeper::log_in(dir.path(), "root");
    operator.ask("ban server alice", &["server: banned alice from this server"]);
    come_back(server.addr, &tokens[0], &["error: banned: alice is banned from this server", PROMPT]);
    operator.ask("unban server alice", &["server: lifted the ban of alice from this server"]);
    come_back(server.addr, &tokens[0], &[WELCOME]);
}

#[test]
fn a_program_comes_back_over_json_with_the_token_of_its_login() {
    let dir = tempfile::tempdir().unwrap();
    let web = |server: &Process| -> SocketAddr {
        let line = server.lines(1).remove(0);
        line.split(' ').find_map(|word| word.parse().ok()).unwrap_or_else(|| panic!("an address in {line:?}"))
    };
    let server = serve(&dir, &[]);
    registered(&server, "alice");
    let login = |addr: SocketAddr, login: &Value| -> Value {
        let mut socket = Socket::connect(addr);
        assert_eq!(socket.said()["type"], "hello");
        socket.say(&login.to_string());
        socket.said()
    };
    let answer = login(web(&server), &json!({ "type": "login", "id": 1, "name": "alice", "password": "hunter22" }));
    server.signal("KILL");
    server.wait();

    let server = serve(&dir, &[]);
    let back = login(web(&server), &json!({ "type": "login", "id": 2, "token": answer["token"] }));
    assert_eq!((&back["name"], &back["token"]), (&json!("alice"), &answer["token"]), "{back}");
}
