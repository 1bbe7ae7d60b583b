//! What servers cannot have together is refused in a sentence.

use assert_cmd::Command;
use predicates::str::contains;

use super::redis::Redis;
use super::{door, node};
use crate::support::{Client, PATIENCE, Process};

fn serve(flags: &[&str]) -> assert_cmd::assert::Assert {
    let mut command = Command::cargo_bin("chatctl").unwrap();
    command.args(["serve", "--listen", "127.0.0.1:0", "--web", "none"]).args(flags).timeout(PATIENCE).assert()
}

#[test]
fn a_server_with_other_rules_does_not_begin() {
    let Some(redis) = Redis::start() else { return };
    let first = node(&redis, &[]);
    let mut alice = first.user("alice");
    let refused = "cannot serve: the servers of the cluster go by other rules: version 0.1.0, --lost-after 5s";
    for flags in [["--lost-after", "7s"], ["--max-rooms", "3"]] {
        let url = redis.url();
        serve(&[&["--cluster", &url], &flags[..]].concat()).code(4).stderr(contains(refused));
    }
    alice.ask("ping", &["server: pong"]);
}

#[test]
fn an_engine_that_forgets_is_refused_or_warned_about() {
    let Some(redis) = Redis::start_with(&["--maxmemory-policy", "allkeys-lru", "--maxmemory", "100mb"]) else { return };
    let why = "Redis must not evict keys: set maxmemory-policy to noeviction, it is allkeys-lru";
    serve(&["--cluster", &redis.url()]).code(4).stderr(contains(why));
    let Some(redis) = Redis::start_with(&["--appendfsync", "everysec"]) else { return };
    node(&redis, &[]).wait_for_log("Redis may lose its last second");
}

#[test]
fn the_password_of_the_engine_is_read_from_a_file() {
    let Some(redis) = Redis::start() else { return };
    assert_eq!(redis.ask("CONFIG SET requirepass p@ss:w/rd").as_deref(), Some("+OK\r\n"));
    serve(&["--cluster", &redis.url()]).code(4).stderr(contains("NOAUTH"));
    let file = redis.folder().join("password");
    let flags = ["--cluster-password-file", file.to_str().unwrap()];
    let url = redis.url();
    std::fs::write(&file, "another\n").unwrap();
    serve(&[&["--cluster", &url], &flags[..]].concat()).code(4).stderr(contains("Password authentication failed"));
    std::fs::write(&file, "").unwrap();
    serve(&[&["--cluster", &url], &flags[..]].concat()).code(2).stderr(contains("the file is empty"));
    std::fs::write(&file, "p@ss:w/rd\n").unwrap();
    let nodes = [node(&redis, &flags), node(&redis, &flags)];
    let (mut alice, mut bob) = (nodes[0].user("alice"), nodes[1].user("bob"));
    alice.ask("send message bob hi", &[]);
    bob.expect(&["alice: hi"]);
}

#[test]
fn what_a_cluster_cannot_have_is_said() {
    serve(&["--cluster", "redis://127.0.0.1:1"]).code(4).stderr(contains("no cluster at redis://127.0.0.1:1"));
    serve(&["--cluster", "http://127.0.0.1"]).code(2).stderr(contains("expected redis://HOST:PORT"));
    let flags = ["--cluster", "redis://127.0.0.1:1", "--lost-after", "1500ms"];
    serve(&flags).code(2).stderr(contains("expected 2 to 60 whole seconds"));
    let Some(redis) = Redis::start() else { return };
    let server = node(&redis, &[]);
    let mut alice = server.user("alice");
    alice.ask("create room lobby", &["lobby/server: alice created the room"]);
    let refusal = "error: unavailable: files cannot be sent while several servers are one chat";
    alice.ask("send file room lobby 10 tea.txt", &[refusal]);
}

#[test]
fn no_door_takes_a_file() {
    let Some(redis) = Redis::start() else { return };
    let server = Process::serve(&["--web", "127.0.0.1:0", "--cluster", &redis.url()]);
    let refusal = "files cannot be sent while several servers are one chat";
    let token = "q4zj7w2m5x3k6v8n9p0r1t2y3u";
    let mut bringing = Client::connect(server.addr);
    bringing.say(&format!("put {token}"));
    bringing.expect(&["server: set your name please:", &format!("error: unavailable: {refusal}")]);
    let web = door(&server.lines(1), "browsers");
    let mut alice = Client::connect(web);
    alice.say(r#"{"id":1,"type":"login","name":"alice"}"#);
    alice.say(r#"{"id":2,"type":"create_room","room":"den"}"#);
    alice.say(r#"{"id":3,"type":"send_file","room":"den","name":"a.png","size":5}"#);
    let answer = std::iter::from_fn(|| alice.next_line()).find(|line| line.contains("\"id\":3")).unwrap();
    assert!(answer.contains(r#""code":"unavailable""#) && answer.contains(refusal), "{answer}");
    let mut put = Client::connect(web);
    put.send(
        format!("PUT /files/{token} HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2\r\nConnection: close\r\n\r\nhi")
            .as_bytes(),
    );
    let response = put.rest().join("\n");
    assert!(response.starts_with("HTTP/1.1 503 ") && response.contains(refusal), "{response}");
}
