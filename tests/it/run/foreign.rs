//! Scripts and loads against servers that are not ours: text without a line end, and stamps among users that only the
//! script knows to be there.

use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;

use assert_cmd::Command;
use predicates::prelude::PredicateBooleanExt;
use predicates::str::contains;

/// Listens and talks to each client on a thread of its own.
fn serve(talk: impl Fn(TcpStream) + Send + Sync + 'static) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let talk = Arc::new(talk);
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let talk = Arc::clone(&talk);
            thread::spawn(move || talk(stream));
        }
    });
    address
}

/// A game: it asks for a name and then for commands, both without a line end.
fn game() -> String {
    serve(|stream| {
        let lines = BufReader::new(stream.try_clone().unwrap()).lines().map_while(Result::ok);
        let say = |text: &str| (&stream).write_all(text.as_bytes());
        if say("Welcome to MUD\nlogin: ").is_err() {
            return;
        }
        for line in lines {
            if line == "quit" || say(&format!("hello {line}\n> ")).is_err() {
                return;
            }
        }
    })
}

/// A server that greets in words of its own, and passes each line on to everybody else.
fn relay() -> String {
    let clients = Arc::<Mutex<Vec<TcpStream>>>::default();
    serve(move |stream| {
        stream.set_nodelay(true).unwrap();
        clients.lock().unwrap().push(stream.try_clone().unwrap());
        let _ = (&stream).write_all(b"welcome\n");
        let me = stream.peer_addr().unwrap();
        for line in BufReader::new(stream).lines().map_while(Result::ok) {
            for mut other in clients.lock().unwrap().iter() {
                if other.peer_addr().is_ok_and(|other| other != me) {
                    let _ = other.write_all(format!("{line}\n").as_bytes());
                }
            }
        }
        clients.lock().unwrap().retain(|client| client.peer_addr().is_ok_and(|other| other != me));
    })
}

fn chatctl(subcommand: &str, text: &str, arguments: &[&str]) -> assert_cmd::assert::Assert {
    let mut command = Command::cargo_bin("chatctl").unwrap();
    command.arg(subcommand).args(arguments).arg("-").write_stdin(text.to_owned()).assert()
}

fn run(text: &str, server: &str) -> assert_cmd::assert::Assert {
    chatctl("run", text, &["--server", server])
}

#[test]
fn a_prompt_without_a_line_end_can_be_taken() {
    let text =
        "open p\np< Welcome to MUD\np<| login: \np> bob\np< hello bob\np<|@2s {{mark:any}} \nassert {{mark}} == >\n";
    run(&format!("{text}p> quit\np is closed\n"), &game()).code(0);
    let transcript = chatctl("run", text, &["-v", "--server", &game()]).code(0);
    transcript.stdout(contains("p<| login:{{\" \"}}\np> bob\n"));
}

#[test]
fn bytes_without_a_line_end_are_shown_where_a_line_is_missing() {
    let run = run("set timeout 300ms\nopen p\np< Welcome to MUD\np< login: \n", &game()).code(1);
    run.stderr(contains("note: and 7 bytes without a newline: \"login: \"\n"));
    let silent = serve(|mut stream| {
        let _ = stream.write_all(b"a\0b");
        let _ = BufReader::new(stream).read_line(&mut String::new());
    });
    let run = self::run("set timeout 300ms\nopen p\np< hello\n", &silent).code(1);
    run.stderr(contains("note: p has received 3 bytes without a newline: \"a\\u{0}b\"\n"));
}

#[test]
fn a_prompt_that_nobody_takes_is_left_unread() {
    let run = run("set settle 50ms\nopen p\np< Welcome to MUD\n", &game()).code(1);
    let run = run.stderr(contains("error: bytes without a newline are left unread by p\n"));
    run.stderr(contains("= help: p<| login:"));
    self::run("set settle 50ms\nopen p\np< Welcome to MUD\np is silent\n", &game()).code(1);
    self::run("set leftovers allow\nopen p\np< Welcome to MUD\n", &game()).code(0);
}

#[test]
fn stamps_reach_whom_the_script_names_and_whoever_is_open() {
    let text = "open u[3]\nu< welcome\nu1> {{stamp u2,u3}} hello\neach u\n  me> {{stamp all except me}} hi\nend\nu3> plain\nu1, u2< plain\n";
    run(text, &relay()).code(0);
}

#[test]
fn a_load_of_a_foreign_server_counts_its_deliveries() {
    let text = "open u[4]\nu< welcome\ntogether\n  each u\n    every ~50ms\n      me> {{stamp all except me}} hello\n    end\n  end\nend\n";
    let arguments = ["--users", "4", "--warmup", "100ms", "--duration", "600ms", "--seed", "1", "--server", &relay()];
    let load = chatctl("load", text, &arguments).code(0);
    let load = load.stdout(contains("lost 0, duplicated 0, reordered 0, misdelivered 0"));
    load.stdout(contains("delivered  0 ").not()).stdout(contains("connected  4 "));
}
