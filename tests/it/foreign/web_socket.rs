//! Dialects of other servers over a WebSocket: a message is a line.

use std::io::Write;
use std::net::{SocketAddr, TcpListener};
use std::thread;

use assert_cmd::assert::Assert;
use chatctl::server::Config;
use predicates::str::contains;
use tungstenite::{Bytes, Message, accept};

use crate::support::Server;

fn chatctl(command: &str, text: &str, arguments: &[&str]) -> Assert {
    let mut chatctl = assert_cmd::Command::cargo_bin("chatctl").unwrap();
    chatctl.args([command, "-"]).args(arguments).write_stdin(text).assert()
}

#[test]
fn an_irc_server_is_reached_over_its_web_socket() {
    let server = Server::with_irc(Config::embedded());
    let address = format!("ws://{}/irc", server.web());
    let script = "set dialect irc\nconnect ann, ben\nann> JOIN #tea\nann<.. {{_}} 366 {{_}}\nben> JOIN #tea\nben<.. {{_}} 366 {{_}}\nann< :ben!{{_}} JOIN {{_}}#tea\nann> PRIVMSG #tea :渊 🦊\nben< :ann!{{_}} PRIVMSG #tea :渊 🦊\nann, ben is silent\nben disconnect\nann< :ben!{{_}} QUIT {{_}}\n";
    chatctl("run", script, &["--server", &address]).code(0);
    let load = "set dialect irc\nconnect u[2]\nsetup\n  u> JOIN #{{cast}}\n  u<.. {{_}} 366 {{_}}\n  u1<? {{_}} JOIN {{_}}\nend\nevery 100ms\n  u1> PRIVMSG {{u2}} :{{stamp u2}}\nend\n";
    let plan = ["--users", "4", "--warmup", "0s", "--duration", "500ms"];
    let load = chatctl("load", load, &[&plan[..], &["--server", &address]].concat());
    load.code(0).stdout(contains("lost 0, duplicated 0"));
}

/// A server that pings, and says a line once it is answered; and that closes when it is told to.
fn pinging() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            thread::spawn(move || {
                let mut socket = accept(stream).unwrap();
                socket.send(Message::Ping("x".into())).unwrap();
                loop {
                    match socket.read() {
                        Ok(Message::Pong(_)) => socket.send(Message::text("alive")).unwrap(),
                        Ok(Message::Text(text)) if text == "bytes" => {
                            socket.send(Message::Binary(Bytes::from_static(b"\xff\xfe"))).unwrap();
                        }
                        // The stream is closed once the client has answered.
                        Ok(Message::Text(_)) => socket.close(None).unwrap(),
                        Ok(_) => {}
                        Err(_) => return,
                    }
                }
            });
        }
    });
    address
}

#[test]
fn pings_and_closes_are_answered_though_the_user_says_nothing() {
    let address = format!("ws://{}", pinging());
    let script = "set dialect lines\nopen ann\nann< alive\nann> bye\nann is closed\n";
    chatctl("run", script, &["--server", &address]).code(0);
    let script = "set dialect lines\nopen ann\nann< alive\nann> bytes\nann< {{x:any}}\n";
    chatctl("run", script, &["--server", &address]).code(1).stderr(contains(r"\xff\xfe"));
}

#[test]
fn what_cannot_be_said_over_a_web_socket_is_told() {
    let address = format!("ws://{}", pinging());
    let arguments = ["--server", &address, "--encoding", "gbk", "--dialect", "lines"];
    chatctl("run", "open ann\nann< alive\n", &arguments).code(4).stderr(contains("utf-8, not in gbk"));
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("ws://{}", listener.local_addr().unwrap());
    thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            let _ = stream.write_all(b"HTTP/1.1 404 Not Found\r\n\r\n");
        }
    });
    let run = chatctl("run", "set dialect lines\nopen ann\n", &["--server", &address]);
    run.code(4).stderr(contains("expected a WebSocket, found 'HTTP/1.1 404 Not Found'"));
}
