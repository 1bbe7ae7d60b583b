//! Accounts as they are seen from elsewhere: what is said in clear over a network, who guesses, and what flags decide.

use std::net::{IpAddr, SocketAddr, TcpStream};

use chatctl::server::Config;
use socket2::{Domain, Socket, Type};

use super::{PASSWORD_PROMPT, log_in};
use crate::irc::user::IrcUser;
use crate::support::{Client, PROMPT, Process, Server, WELCOME, network_address, skipped};

/// The same port at another address of this machine.
fn from_elsewhere(server: &Process, address: IpAddr) -> SocketAddr {
    SocketAddr::from((address, server.addr.port()))
}

#[test]
fn passwords_are_not_taken_in_clear_over_a_network_unless_they_are_to_be() {
    let Some(address) = network_address() else { return skipped("a network") };
    let dir = tempfile::tempdir().unwrap();
    let flags = ["--data", dir.path().to_str().unwrap(), "--web", "none"];
    let server = Process::serve_at("0.0.0.0:0", &flags);
    let here = SocketAddr::from(([127, 0, 0, 1], server.addr.port()));
    let mut alice = Client::log_in(here, "alice");
    alice.ask("register hunter22", &["server: alice is registered"]);
    let there = from_elsewhere(&server, address);
    let mut bob = Client::log_in(there, "bob");
    let insecure = "error: insecure: passwords only over TLS";
    bob.ask("register hunter22", &[insecure]);
    // It is not even asked for.
    let mut alice = Client::connect(there);
    alice.expect(&[PROMPT]);
    alice.ask("alice", &[insecure, PROMPT]);
    server.stop();

    let server = Process::serve_at("0.0.0.0:0", &[&flags[..], &["--plain-passwords"]].concat());
    let mut alice = Client::connect(from_elsewhere(&server, address));
    alice.say("alice");
    alice.expect(&[PROMPT, PASSWORD_PROMPT]);
    alice.ask("hunter22", &[WELCOME]);
}

#[test]
fn an_irc_client_says_its_password_over_a_network_with_tls_alone() {
    let Some(address) = network_address() else { return skipped("a network") };
    let server = Process::serve(&["--web", "none", "--irc", "0.0.0.0:0"]);
    let said = server.lines(1);
    let door: SocketAddr = said[0].split(' ').find_map(|word| word.parse().ok()).unwrap_or_else(|| panic!("{said:?}"));
    server.user("alice").ask("register hunter22", &["server: alice is registered"]);
    let mut al = IrcUser::connect(SocketAddr::from((address, door.port())));
    al.ask("CAP REQ sasl", &[":chatctl.local CAP * ACK sasl"]);
    al.ask("AUTHENTICATE PLAIN", &["AUTHENTICATE +"]);
    let secret = data_encoding::BASE64.encode(b"\0alice\0hunter22");
    al.ask(
        &format!("AUTHENTICATE {secret}"),
        &[":chatctl.local 904 * :SASL authentication failed: passwords only over TLS"],
    );
    al.say("NICK al");
    al.say("USER al 0 * :Al");
    al.say("CAP END");
    while !al.line().contains(" 422 ") {}
    al.say("REGISTER * * hunter22");
    let line = al.line();
    assert!(line.starts_with(":chatctl.local FAIL REGISTER TEMPORARILY_UNAVAILABLE al :"), "{line}");
}

/// A connection from this address of the machine's own network.
fn connect_from(last: u8, to: SocketAddr) -> Client {
    let socket = Socket::new(Domain::IPV4, Type::STREAM, None).unwrap();
    socket.bind(&SocketAddr::from(([127, 0, 0, last], 0)).into()).unwrap();
    socket.connect(&to.into()).unwrap();
    Client::of(TcpStream::from(socket))
}

#[test]
fn whoever_guesses_locks_nobody_out_who_knows() {
    let server = Server::start(Config::embedded());
    server.user("alice").ask("register hunter22", &["server: alice is registered"]);
    drop(log_in(server.connect(), "alice", "hunter22"));
    let guess = |last: u8| -> String {
        let mut guesser = connect_from(last, server.addr);
        guesser.expect(&[PROMPT]);
        guesser.ask("alice", &[PASSWORD_PROMPT]);
        guesser.say("hunter33");
        guesser.line()
    };
    // Five of an address, ten for a name.
    for address in [2, 3] {
        for _ in 0..5 {
            assert_eq!(guess(address), "error: wrong-password: alice");
        }
        assert!(guess(address).starts_with("error: too-many: wrong passwords; wait "));
    }
    let told = guess(4);
    assert!(told.starts_with("error: too-many: wrong passwords; wait "), "a third address has none left: {told}");
    // Even the right one is not looked at from there, and from where the account was last it is.
    let mut stranger = connect_from(4, server.addr);
    stranger.expect(&[PROMPT]);
    stranger.ask("alice", &[PASSWORD_PROMPT]);
    stranger.say("hunter22");
    assert!(stranger.line().starts_with("error: too-many: "));
    drop(log_in(server.connect(), "alice", "hunter22"));
    // Nor does it matter to other names.
    server.user("bob").ask("register hunter22", &["server: bob is registered"]);
}

#[test]
fn flags_say_who_may_come_and_who_makes_accounts() {
    let server = Process::serve(&["--web", "none", "--guests", "no"]);
    let mut alice = Client::connect(server.addr);
    alice.expect(&[PROMPT]);
    alice.ask("alice", &["error: not-registered: alice", PROMPT]);
    let server = Process::serve(&["--web", "none", "--registration", "closed"]);
    let mut alice = server.user("alice");
    alice.say("register hunter22");
    assert!(alice.line().starts_with("error: registration-closed: "));
    for flag in ["--guests", "--registration"] {
        let mut serve = assert_cmd::cargo::cargo_bin_cmd!("chatctl");
        let output = serve.args(["serve", flag, "maybe"]).output().unwrap();
        assert_eq!(output.status.code(), Some(2), "{flag}");
    }
}

#[test]
fn an_empty_line_in_place_of_a_password_is_passed_over_and_the_next_one_counts() {
    let server = Server::embedded();
    server.user("alice").ask("register hunter22", &["server: alice is registered"]);
    let mut alice = server.connect();
    alice.say("alice");
    alice.expect(&[PROMPT, PASSWORD_PROMPT]);
    // Nothing comes for these: the welcome is the next line.
    alice.send(b"\n\r\n  \n\t\n");
    alice.ask("hunter22", &[WELCOME]);
    alice.ask("set password hunter22 ", &["error: bad-command: usage: set password OLD NEW"]);
    alice.ask("unregister", &["error: bad-command: usage: unregister PASSWORD"]);
    drop(log_in(server.connect(), "alice", "hunter22"));
}
