//! Scripts whose users are at several servers, and servers at a socket of the file system.

use std::io::{BufRead, BufReader, Write};
use std::os::unix::net::UnixListener;
use std::path::Path;
use std::thread;

use assert_cmd::assert::Assert;
use predicates::str::contains;

use crate::support::Server;

/// A server that says each line back in capital letters.
fn shouting(path: &Path) {
    let listener = UnixListener::bind(path).unwrap();
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            thread::spawn(move || {
                for line in BufReader::new(&stream).lines().map_while(Result::ok) {
                    if (&stream).write_all(format!("{}\n", line.to_uppercase()).as_bytes()).is_err() {
                        break;
                    }
                }
            });
        }
    });
}

fn run(text: &str, arguments: &[&str]) -> Assert {
    let mut command = assert_cmd::Command::cargo_bin("chatctl").unwrap();
    command.args(["run", "-"]).args(arguments).write_stdin(text).assert()
}

#[test]
fn users_of_several_servers_meet_in_one_script() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("server.sock");
    shouting(&path);
    let (here, there) = (Server::embedded(), Server::embedded());
    let address = format!("unix:{}", path.display());
    let text = format!(
        "connect alice\nconnect bob at there\nopen eve at {address} with dialect lines\nalice> list users\n\
         alice< server: users (1): alice\nbob> list users\nbob< server: users (1): bob\neve> hello\neve< HELLO\n\
         eve disconnect\n"
    );
    let (here, there) = (here.addr.to_string(), format!("there={}", there.addr));
    run(&text, &["--server", &here, "--server", &there]).code(0);
    // The server of everybody is a new one, as always.
    run(&text, &["--server", &there]).code(0);
}

#[test]
fn a_socket_of_the_file_system_is_an_address() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("server.sock");
    let address = format!("unix:{}", path.display());
    let text = "set dialect lines\nopen eve\neve> hello\neve< HELLO\n";
    run(text, &["--server", &address]).code(4).stderr(contains(format!("cannot connect to {address}")));
    shouting(&path);
    run(text, &["--server", &address]).code(0);
}

#[test]
fn a_server_that_is_nowhere_is_told_before_anything_connects() {
    let said = "- has users at `there`, but no --server there=ADDRESS says where that is";
    run("connect bob at there\n", &[]).code(2).stderr(contains(said));
    let twice = ["--server", "127.0.0.1:1", "--server", "127.0.0.1:2"];
    run("connect bob\n", &twice).code(2).stderr(contains("--server is given twice without a name"));
    run("connect bob at\n", &[]).code(3);
}
