//! The client against sockets of the standard library.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::num::NonZeroUsize;
use std::time::{Duration, Instant};

use super::{Arrival, ConnectOptions, Connection, ReadOutcome, connect, resolve};
use crate::protocol::charset::Charset;
use crate::protocol::dialect::Dialect;

/// A connection, and its other end.
async fn connected() -> (Connection, TcpStream) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let connection = connect(&vec![address].into(), &ConnectOptions::default()).await.unwrap();
    (connection, listener.accept().unwrap().0)
}

/// Reads until this many lines have arrived, or to the end.
async fn lines(connection: &mut Connection, wanted: usize) -> Vec<String> {
    let mut found = Vec::new();
    let mut buf = [0; 1024];
    while found.len() < wanted {
        let mut keep = |arrival: Arrival<'_>, _| match arrival {
            Arrival::Line(line) => found.push(line.text().unwrap().into_owned()),
            Arrival::TooLong => found.push("(too long)".to_owned()),
        };
        if connection.reader.read(&mut buf, &mut keep).await.unwrap() == ReadOutcome::End {
            break;
        }
    }
    found
}

#[test]
fn every_address_is_tried_in_turn() {
    smol::block_on(async {
        let unused = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let both = [unused, listener.local_addr().unwrap()];
        assert!(connect(&both.to_vec().into(), &ConnectOptions::default()).await.is_ok());
        let error = connect(&vec![unused].into(), &ConnectOptions::default()).await.unwrap_err();
        assert_eq!(error.to_string(), format!("cannot connect to {unused}"));
        assert!(resolve("nowhere").await.is_err());
        assert_eq!(resolve("127.0.0.1:80").await.unwrap().addresses.len(), 1);
    });
}

#[test]
fn lines_come_whole_whatever_the_packets() {
    smol::block_on(async {
        let (mut connection, mut peer) = connected().await;
        peer.write_all(b"one\r\ntw").unwrap();
        assert_eq!(lines(&mut connection, 1).await, ["one"]);
        peer.write_all(b"o\nthr").unwrap();
        peer.shutdown(Shutdown::Write).unwrap();
        assert_eq!(lines(&mut connection, 9).await, ["two"]);
        assert_eq!(connection.reader.unfinished().unwrap().bytes, b"thr");
    });
}

#[test]
fn an_endless_line_is_reported_and_skipped() {
    smol::block_on(async {
        let (mut connection, mut peer) = connected().await;
        let writing = std::thread::spawn(move || {
            peer.write_all(&vec![b'x'; 1 << 20]).unwrap();
            peer.write_all(b"\nnext\n").unwrap();
        });
        assert_eq!(lines(&mut connection, 2).await, ["(too long)", "next"]);
        writing.join().unwrap();
    });
}

#[test]
fn a_closed_gate_leaves_what_comes_in_the_socket() {
    smol::block_on(async {
        let (mut connection, mut peer) = connected().await;
        let gate = connection.reader.gate();
        gate.close();
        peer.write_all(b"held\n").unwrap();
        let mut buf = [0; 16];
        let mut ignore = |_: Arrival<'_>, _| {};
        let reading = Box::pin(connection.reader.read(&mut buf, &mut ignore));
        assert!(futures::poll!(reading).is_pending());
        gate.open();
        assert_eq!(lines(&mut connection, 1).await, ["held"]);
    });
}

#[test]
fn a_half_close_leaves_the_other_direction_open() {
    smol::block_on(async {
        let (mut connection, mut peer) = connected().await;
        connection.writer.set_chunk(NonZeroUsize::new(2));
        connection.writer.send("hello").await.unwrap();
        connection.writer.half_close().unwrap();
        let mut received = String::new();
        peer.read_to_string(&mut received).unwrap();
        assert_eq!(received, "hello\n");
        peer.write_all(b"bye\n").unwrap();
        assert_eq!(lines(&mut connection, 1).await, ["bye"]);
    });
}

#[test]
fn a_reset_is_one() {
    smol::block_on(async {
        let (connection, mut peer) = connected().await;
        drop(connection.reader);
        connection.writer.reset().unwrap();
        let error = peer.read(&mut [0; 1]).unwrap_err();
        assert_eq!(error.kind(), std::io::ErrorKind::ConnectionReset);
    });
}

/// A connection in the legacy dialect, and its other end.
async fn legacy() -> (Connection, TcpStream) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let options =
        ConnectOptions { dialect: Dialect::FOR_OLD_CLIENTS, charset: Charset::GBK, ..ConnectOptions::default() };
    let connection = connect(&vec![listener.local_addr().unwrap()].into(), &options).await.unwrap();
    (connection, listener.accept().unwrap().0)
}

#[test]
fn in_the_legacy_dialect_a_read_is_an_event() {
    smol::block_on(async {
        let (mut connection, mut peer) = legacy().await;
        peer.write_all(b"server: one").unwrap();
        assert_eq!(lines(&mut connection, 1).await, ["server: one"]);
        peer.write_all(b"server: two\nserver: three").unwrap();
        assert_eq!(lines(&mut connection, 2).await, ["server: two", "server: three"]);
        peer.write_all(b"last").unwrap();
        drop(peer);
        assert_eq!(lines(&mut connection, 9).await, ["last"]);
    });
}

#[test]
fn in_the_legacy_dialect_the_blocks_of_a_backlog_are_joined() {
    smol::block_on(async {
        let (mut connection, mut peer) = legacy().await;
        let event = "x".repeat(2500);
        let (head, tail) = event.split_at(2048);
        peer.write_all(head.as_bytes()).unwrap();
        let mut buf = [0; 4096];
        let mut found = Vec::new();
        let mut keep = |arrival: Arrival<'_>, _| found.push(matches!(arrival, Arrival::Line(_)));
        assert_eq!(connection.reader.read(&mut buf, &mut keep).await.unwrap(), ReadOutcome::Received);
        assert!(found.is_empty(), "the event goes on");
        peer.write_all(tail.as_bytes()).unwrap();
        assert_eq!(lines(&mut connection, 1).await, [event]);
        let whole = "y".repeat(1024 - 2500 % 1024);
        peer.write_all(whole.as_bytes()).unwrap();
        assert_eq!(lines(&mut connection, 1).await, [whole], "nothing more came, so this was all");
    });
}

#[test]
fn in_the_legacy_dialect_each_line_is_a_write_without_newline() {
    smol::block_on(async {
        let (mut connection, mut peer) = legacy().await;
        let begun = Instant::now();
        connection.writer.send("one\n\ntwo").await.unwrap();
        assert!(begun.elapsed() >= Duration::from_millis(60), "an old server takes what comes together as one");
        let mut read = [0; 6];
        peer.read_exact(&mut read).unwrap();
        assert_eq!(&read, b"onetwo");
        let too_long = connection.writer.send(&"渊".repeat(513)).await.unwrap_err();
        assert_eq!(too_long.kind(), std::io::ErrorKind::InvalidInput);
    });
}
