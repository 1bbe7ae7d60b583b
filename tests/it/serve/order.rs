//! Order and endings: one order in each room, nothing lost at an end, and everyone told when the server stops.

use std::collections::BTreeSet;
use std::net::{SocketAddr, TcpStream};
use std::sync::{Arc, Barrier};
use std::thread;

use chatctl::protocol::command::CommandKind;
use chatctl::server::{Config, QueueLimits};
use socket2::{Domain, Socket, Type};

use crate::support::{Client, PROMPT, Process, Server, WELCOME};

/// Everybody talks at once, and half of them change their names; returns what each has heard in the room after that.
fn everybody_talks(people: usize, lines: usize) -> Vec<Vec<String>> {
    // Several workers, so that they race for the hub.
    let server = Server::start(Config { workers: 4, ..Config::embedded() });
    let names: Vec<String> = (0..people).map(|number| format!("user{number}")).collect();
    let mut clients: Vec<Client> = names.iter().map(|name| server.user(name)).collect();
    clients[0].say(&format!("create room lobby {}", names.join(",")));
    let start = Arc::new(Barrier::new(people));
    let talk = |(number, mut client): (usize, Client)| {
        let start = Arc::clone(&start);
        thread::spawn(move || {
            client.line();
            start.wait();
            for line in 0..lines {
                client.say(&format!("send lobby {number} {line}"));
            }
            if number % 2 == 0 {
                client.say(&format!("rename renamed{number}"));
            }
            let total = people * lines + people.div_ceil(2);
            let lines = std::iter::repeat_with(|| client.line());
            let heard: Vec<String> = lines.filter(|line| line.starts_with("lobby/")).take(total).collect();
            (client, heard)
        })
    };
    let talking: Vec<_> = clients.into_iter().enumerate().map(talk).collect();
    // Nobody leaves before all have heard all.
    let heard: Vec<_> = talking.into_iter().map(|talker| talker.join().unwrap()).collect();
    heard.into_iter().map(|(_, heard)| heard).collect()
}

#[test]
fn all_members_see_one_order_however_many_talk_at_once() {
    for _ in 0..10 {
        let heard = everybody_talks(10, 100);
        let (first, others) = heard.split_first().unwrap();
        for other in others {
            let differs = first.iter().zip(other).position(|(a, b)| a != b);
            assert_eq!(differs, None, "two members saw two orders");
        }
        assert_eq!(first.iter().collect::<BTreeSet<_>>().len(), 1005, "each line once");
    }
}

/// A user whose system takes little that is not read, so that its queue in the server is often full.
fn slow_user(addr: SocketAddr, name: &str) -> Client {
    let socket = Socket::new(Domain::for_address(addr), Type::STREAM, None).unwrap();
    socket.set_recv_buffer_size(4096).unwrap();
    socket.connect(&addr.into()).unwrap();
    let mut client = Client::of(TcpStream::from(socket));
    client.ask(name, &[PROMPT, WELCOME]);
    client
}

/// Whoever waits for room in a queue, for the socket or for the end has to be woken each time: a wake-up that is lost
/// shows as a line that never comes.
#[test]
fn no_wake_up_is_lost_between_full_queues_slow_readers_and_ends() {
    let queue = QueueLimits { soft: 2 * 1024, hard: 64 * 1024 * 1024 };
    let server = Server::start(Config { queue, workers: 4, ..Config::embedded() });
    let mut bystander = server.user("bystander");
    let addr = server.addr;
    let readers: Vec<_> = (0..8)
        .map(|number| {
            thread::spawn(move || {
                for round in 0..4 {
                    let mut client = slow_user(addr, &format!("slow{number}_{round}"));
                    client.send("help\n".repeat(500).as_bytes());
                    match round % 2 {
                        0 => client.finish(),
                        _ => client.say("quit"),
                    }
                    let answers = client.rest().iter().filter(|line| line.starts_with("server: ")).count();
                    assert_eq!(answers, 500 * CommandKind::ALL.len() + round % 2);
                }
            })
        })
        .collect();
    // Broadcasts come between the answers, from another task.
    for number in 0..8 {
        bystander.say(&format!("send message slow{number}_0,slow{number}_1,slow{number}_2 hi"));
    }
    readers.into_iter().for_each(|reader| reader.join().unwrap());
    bystander.ask("ping done", &[]);
    assert!(bystander.lines_until("server: pong done").iter().all(|line| !line.contains("slow-consumer")));
}

#[test]
fn a_limit_of_nothing_still_lets_commands_through() {
    let queue = QueueLimits { soft: 0, hard: 64 * 1024 };
    let server = Server::start(Config { queue, ..Config::embedded() });
    let mut alice = server.user("alice");
    // Blank lines have no answer whose writing would wake anybody.
    alice.send(b"\n\n\nping through\n");
    alice.expect(&["server: pong through"]);
}

#[test]
fn all_that_is_queued_arrives_before_the_end_after_quit() {
    let server = Server::embedded();
    let mut alice = server.user("alice");
    // Input that nobody takes any more must not take back what is on its way.
    let input = format!("{}quit\n{}", "help\n".repeat(2000), "send message nobody hi\n".repeat(1000));
    alice.send(input.as_bytes());
    let lines = alice.rest();
    assert_eq!(lines.len(), 2000 * CommandKind::ALL.len() + 1);
    assert_eq!(lines.last().unwrap(), "server: bye");
}

#[test]
fn all_that_is_queued_arrives_before_the_end_after_a_half_close() {
    let server = Server::embedded();
    let mut alice = server.user("alice");
    alice.send("help\n".repeat(2000).as_bytes());
    alice.send(b"ping last\n");
    alice.finish();
    let lines = alice.rest();
    assert_eq!(lines.len(), 2000 * CommandKind::ALL.len() + 1);
    assert_eq!(lines.last().unwrap(), "server: pong last");
}

#[test]
fn whoever_sees_the_end_knows_that_all_have_been_told() {
    let server = Server::embedded();
    let mut witness = server.user("witness");
    for round in 0..200 {
        let mut bob = server.user("bob");
        let created = "den/server: bob created the room with witness";
        bob.ask("create room den witness", &[created]);
        let left = if round % 2 == 0 {
            bob.finish();
            "den/server: bob left (connection closed)"
        } else {
            bob.ask("quit", &["server: bye"]);
            "den/server: bob left (quit)"
        };
        bob.expect_end();
        let has = "den/server: witness has the room";
        witness.ask("leave room den", &[created, left, has, "den/server: witness left"]);
    }
}

#[test]
fn a_shutdown_tells_everyone_and_ends_every_stream() {
    let mut server = Server::embedded();
    let mut alice = server.user("alice");
    let mut nameless = server.connect();
    let mut waiting = server.user("waiting");
    nameless.expect(&[PROMPT]);
    alice.ask("create room lobby waiting", &["lobby/server: alice created the room with waiting"]);
    waiting.expect(&["lobby/server: alice created the room with waiting"]);
    server.begin_to_stop();
    for client in [&mut alice, &mut nameless, &mut waiting] {
        client.expect(&["server: server is shutting down"]);
        client.expect_end();
    }
    drop((alice, nameless, waiting));
    server.wait();
    assert!(TcpStream::connect(server.addr).is_err(), "nobody listens any more");
}

#[test]
fn a_shutdown_delivers_what_is_queued() {
    let mut server = Server::embedded();
    let mut alice = server.user("alice");
    alice.send("help\n".repeat(100).as_bytes());
    alice.ask("ping queued", &[]);
    let mut other = server.user("other");
    other.ask("send message alice last", &[]);
    other.expect_nothing();
    server.begin_to_stop();
    let lines = alice.rest();
    assert_eq!(lines.last().unwrap(), "server: server is shutting down");
    assert!(lines.contains(&"other: last".to_owned()));
}

#[test]
fn connections_that_come_while_the_server_stops_are_told_or_refused() {
    let mut server = Server::embedded();
    let addr = server.addr;
    let start = Arc::new(Barrier::new(9));
    let crowd: Vec<_> = (0..8)
        .map(|_| {
            let start = Arc::clone(&start);
            thread::spawn(move || {
                start.wait();
                while let Ok(stream) = TcpStream::connect(addr) {
                    // Prompt, goodbye and end; or a reset of who was never accepted.
                    Client::of(stream).ends_by_reset();
                }
            })
        })
        .collect();
    start.wait();
    server.begin_to_stop();
    server.wait();
    crowd.into_iter().for_each(|client| client.join().unwrap());
}

#[test]
fn either_signal_stops_the_server_with_0() {
    for signal in ["INT", "TERM"] {
        let server = Process::serve(&[]);
        let mut alice = server.user("alice");
        server.signal(signal);
        alice.expect(&["server: server is shutting down"]);
        alice.expect_end();
        drop(alice);
        assert_eq!(server.wait().0.code(), Some(0), "after SIG{signal}");
    }
}

#[test]
fn a_second_signal_does_not_wait_for_last_words() {
    for (signal, code) in [("INT", 130), ("TERM", 143)] {
        let server = Process::serve(&["--message-rate", "0"]);
        let mut stalled = server.user("stalled");
        // More than the system takes of what nobody reads: its delivery would last 5 s.
        stalled.send("help\n".repeat(2000).as_bytes());
        let mut other = server.user("other");
        other.expect_nothing();
        server.signal(signal);
        other.expect(&["server: server is shutting down"]);
        server.signal(signal);
        assert_eq!(server.wait().0.code(), Some(code), "after a second SIG{signal}");
    }
}
