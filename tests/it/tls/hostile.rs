//! Who does not mean well, or has a bad network: nobody else notices.

use std::io::{self, Read, Write};
use std::net::TcpStream;
use std::thread;

use chatctl::server::{Config, QueueLimits};

use crate::support::secure::{Certificate, SecureClient, connected};
use crate::support::{PROMPT, Server, WELCOME};

/// A socket that is written to byte by byte.
struct Trickle(TcpStream);

impl Read for Trickle {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        self.0.read(buf)
    }
}

impl Write for Trickle {
    fn write(&mut self, buf: &[u8]) -> io::Result<usize> {
        self.0.write(&buf[..1])
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[test]
fn a_hello_and_lines_that_come_byte_by_byte_are_understood() {
    let certificate = Certificate::new();
    let server = Server::with_tls(&certificate, Config::embedded());
    let mut client = SecureClient::over(Trickle(connected(server.secure())), &certificate);
    client.say("alice");
    client.expect(&[PROMPT, WELCOME]);
    client.ask("ping slowly", &["server: pong slowly"]);
}

#[test]
fn half_a_record_and_then_silence_holds_nobody_up() {
    let certificate = Certificate::new();
    let server = Server::with_tls(&certificate, Config::embedded());
    let mut slow = SecureClient::log_in(server.secure(), &certificate, "slow");
    let mut witness = SecureClient::log_in(server.secure(), &certificate, "witness");
    let stream = slow.reader.get_mut();
    let mut record = Vec::new();
    stream.conn.writer().write_all(b"ping late\n").unwrap();
    stream.conn.write_tls(&mut record).unwrap();
    let (first, second) = record.split_at(record.len() / 2);
    stream.sock.write_all(first).unwrap();
    witness.ask("send message slow hello", &[]);
    witness.ask("ping", &["server: pong"]);
    slow.expect(&["witness: hello"]);
    slow.reader.get_mut().sock.write_all(second).unwrap();
    slow.expect(&["server: pong late"]);
}

#[test]
fn of_a_thousand_handshakes_that_stop_only_the_last_ones_are_kept() {
    let certificate = Certificate::new();
    let server = Server::with_tls(&certificate, Config::embedded());
    let mut hello = Vec::new();
    certificate.session().write_tls(&mut hello).unwrap();
    let mut stopped: Vec<TcpStream> = Vec::new();
    for _ in 0..1000 {
        let mut stream = connected(server.secure());
        stream.write_all(&hello[..40]).unwrap();
        stopped.push(stream);
    }
    // 256 may go on at once, of which this is one.
    let mut honest = SecureClient::log_in(server.secure(), &certificate, "honest");
    for stream in &mut stopped[..744] {
        let end = stream.read(&mut [0; 64]);
        assert!(matches!(end, Ok(0)) || end.is_err_and(|error| error.kind() == io::ErrorKind::ConnectionReset));
    }
    honest.ask("ping", &["server: pong"]);
}

#[test]
fn who_does_not_speak_tls_is_told_so_and_disturbs_nobody() {
    let certificate = Certificate::new();
    let server = Server::with_tls(&certificate, Config::embedded());
    let mut witness = SecureClient::log_in(server.secure(), &certificate, "witness");
    for bytes in [&b"alice\nping\n"[..], b"GET / HTTP/1.1\r\n\r\n", &[0x16, 3, 1, 0xff, 0xff], &[0; 2000]] {
        let mut stream = connected(server.secure());
        stream.write_all(bytes).unwrap();
        if bytes.len() > 5 {
            let mut said = Vec::new();
            let _ = stream.read_to_end(&mut said);
            assert_eq!(said.first(), Some(&0x15), "an alert: {said:?}");
        }
    }
    witness.ask("ping", &["server: pong"]);
}

#[test]
fn who_says_that_nothing_more_comes_still_gets_the_answers() {
    let certificate = Certificate::new();
    let server = Server::with_tls(&certificate, Config::embedded());
    let mut client = SecureClient::connect(server.secure(), &certificate);
    client.send(b"alice\nping 1\nping 2\n");
    client.finish();
    client.expect(&[PROMPT, WELCOME, "server: pong 1", "server: pong 2"]);
    assert_eq!(client.next_line(), None, "an end that is announced");
}

#[test]
fn large_bursts_arrive_whole_in_both_directions() {
    const LINES: usize = 1000;
    let certificate = Certificate::new();
    let limits = QueueLimits { soft: 64 << 20, hard: 64 << 20 };
    let config = Config { queue: limits, max_queued_bytes: 256 << 20, ..Config::embedded() };
    let server = Server::with_tls(&certificate, config);
    let mut reader = SecureClient::log_in(server.secure(), &certificate, "reader");
    let mut sender = SecureClient::log_in(server.secure(), &certificate, "sender");
    let text = |number: usize| format!("{number}-{}", "x".repeat(1 + number * 37 % 5000));
    let burst: String = (0..LINES).map(|number| format!("send message reader {}\n", text(number))).collect();
    sender.send(burst.as_bytes());
    // All of it waits in the server before the first byte is read.
    sender.ask("ping", &["server: pong"]);
    for number in 0..LINES {
        assert_eq!(reader.next_line(), Some(format!("sender: {}", text(number))));
    }
    let pings: String = (0..LINES).map(|number| format!("ping {}\n", text(number))).collect();
    let talking = thread::spawn(move || {
        sender.send(pings.as_bytes());
        sender
    });
    let mut sender = talking.join().unwrap();
    for number in 0..LINES {
        assert_eq!(sender.next_line(), Some(format!("server: pong {}", text(number))));
    }
}
