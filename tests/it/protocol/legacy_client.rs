//! `chatctl` as a client of the Python chat room.

use assert_cmd::Command;
use assert_cmd::assert::Assert;
use predicates::str::contains;

use crate::support::Server;
use crate::support::fake::old_server::OldServer;

fn chatctl(arguments: &[&str], input: &str) -> Assert {
    Command::cargo_bin("chatctl").unwrap().args(arguments).write_stdin(input).assert()
}

fn run(server: &OldServer, script: &str) -> Assert {
    chatctl(&["run", "-v", "--dialect", "legacy", "--legacy-server", &server.addr.to_string(), "-"], script)
}

#[test]
fn a_script_drives_the_old_server() {
    let server = OldServer::start();
    let script = "\
connect alice, ben as \"渊渊\"
alice> list users
alice< server: alice, 渊渊
alice> send message 渊渊,alice 你好, 渊渊
alice, ben< alice: 你好, 渊渊
ben> create room lobby alice
ben> send room lobby 一
alice, ben< lobby: 一
ben> \"\"\"
  send room lobby 二
  list rooms
  \"\"\"
ben< lobby: 二
ben< server: lobby
alice< lobby: 二
alice> nonsense
all is silent
ben disconnect
";
    run(&server, script).code(0).stdout(contains("# a quiet window of 150ms: alice speaks a dialect without ping"));
    let expected = [
        "list users",
        "send message 渊渊,alice 你好, 渊渊",
        "create room lobby alice",
        "send room lobby 一",
        "send room lobby 二",
        "list rooms",
        "nonsense",
    ];
    assert_eq!(server.received(), expected, "each message is one read of the server's");
}

#[test]
fn a_message_to_nobody_ends_the_connection_to_the_old_server() {
    let server = OldServer::start();
    run(&server, "connect alice\nalice> send message nobody hi\nalice is closed\n").code(0);
}

#[test]
fn what_the_old_server_would_take_as_two_messages_is_refused() {
    let server = OldServer::start();
    let long = "渊".repeat(506);
    let script = format!("connect alice\nalice> send message a {long}\n");
    run(&server, &script).code(1).stderr(contains("a legacy server reads more than 1024 bytes as two messages"));
    let at_most = format!("connect alice\nalice> nothing with {}\nalice is silent\n", "渊".repeat(505));
    run(&server, &at_most).code(0);
    assert_eq!(server.received().len(), 1, "the long one was not sent");
}

#[test]
fn each_user_needs_a_door_of_its_dialect() {
    let server = OldServer::start();
    let addr = server.addr.to_string();
    let mixed = "connect alice\nconnect ben with dialect legacy\n";
    chatctl(&["run", "--legacy-server", &addr, "-"], mixed)
        .code(2)
        .stderr("chatctl: - has users of the text dialect, but no --server says where they connect\n");
    chatctl(&["run", "--server", &addr, "-"], mixed)
        .code(2)
        .stderr("chatctl: - has users of the legacy dialect, but no --legacy-server says where they connect\n");
}

#[test]
fn a_run_that_mixes_both_goes_to_both_doors_of_a_running_server() {
    let server = Server::with_legacy();
    let (text, legacy) = (server.addr.to_string(), server.legacy().to_string());
    let arguments = ["run", "--server", &text, "--legacy-server", &legacy, "scripts/old_and_new.chat"];
    chatctl(&arguments, "").code(0);
}

#[test]
fn a_pipe_is_a_client_of_the_old_server() {
    let server = OldServer::start();
    let addr = server.addr.to_string();
    let talk =
        chatctl(&["interactive", &addr, "--dialect", "legacy", "--name", "渊渊"], "list users\nsend message 渊渊 一\n");
    let shown = String::from_utf8(talk.code(0).get_output().stdout.clone()).unwrap();
    // Where one event ends is for the network to say: the old server says nothing.
    let expected = "server: set your name please:server: let's start chatting!server: 渊渊渊渊: 一";
    assert_eq!(shown.replace('\n', ""), expected);
    assert_eq!(server.received().concat(), "list userssend message 渊渊 一");
    let long = format!("list users\n{}\n", "x".repeat(1025));
    let refused = chatctl(&["interactive", &addr, "--dialect", "legacy", "--name", "ben"], &long);
    refused.code(1).stderr(contains("cannot send a line of more than 1024 bytes to an old server"));
}
