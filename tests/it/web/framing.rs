//! The rules of RFC 6455 from a raw socket, in the order of the cases of the Autobahn test suite, whose numbers the tests
//! name. Instead of an echo, a `ping` of the dialect is answered; binary messages (1.2) are refused by it.

use chatctl::server::Config;
use serde_json::json;

use crate::support::Server;
use crate::support::socket::{Socket, frame};

const PING: &str = r#"{"type":"ping","id":7}"#;

fn server() -> Server {
    Server::with_web(Config::embedded())
}

fn log_in(server: &Server) -> Socket {
    let mut socket = Socket::connect(server.web());
    assert_eq!(socket.said()["type"], "hello");
    let name = format!("u{}", fastrand::u64(..));
    socket.say(&format!(r#"{{"type":"login","id":1,"name":"{name}"}}"#));
    assert_eq!(socket.said()["id"], 1);
    socket
}

#[track_caller]
fn expect_pong(socket: &mut Socket) {
    assert_eq!(socket.said(), json!({ "type": "ok", "id": 7 }));
}

/// A frame whose first byte is another: no end, reserved bits, any kind.
fn beginning_with(first: u8, payload: &[u8]) -> Vec<u8> {
    let mut bytes = frame(1, payload);
    bytes[0] = first;
    bytes
}

/// Sends these bytes on a connection of their own and expects its end.
#[track_caller]
fn expect_end(server: &Server, bytes: &[u8], code: u16) {
    let mut socket = log_in(server);
    socket.send(bytes);
    socket.expect_close(code);
}

#[test]
fn cases_1_messages_of_every_size() {
    let server = server();
    let mut socket = log_in(&server);
    socket.send(&frame(1, b""));
    for size in [PING.len(), 125, 126, 127, 128, 1000, 65_535, 65_536] {
        let message = PING.to_owned() + &" ".repeat(size - PING.len());
        socket.say(&message);
        expect_pong(&mut socket);
        let bytes = frame(1, message.as_bytes());
        bytes.chunks(bytes.len() / 60 + 1).for_each(|piece| socket.send(piece));
        expect_pong(&mut socket);
    }
}

#[test]
fn cases_2_pings_and_pongs() {
    let server = server();
    let mut socket = log_in(&server);
    for payload in [b"".as_slice(), b"Hello", b"\x00\xff\xfe\xfd\xfc\xfb\x00\xff", &[b'x'; 125]] {
        socket.send(&frame(9, payload));
        assert_eq!(socket.next(), Some((10, payload.to_vec())));
        frame(9, payload).iter().for_each(|byte| socket.send(&[*byte]));
        assert_eq!(socket.next(), Some((10, payload.to_vec())));
    }
    // Pongs that nobody asked for say nothing.
    socket.send(&[frame(10, b""), frame(10, b"unsolicited"), frame(9, b"asked")].concat());
    assert_eq!(socket.next(), Some((10, b"asked".to_vec())));
    let ten: Vec<u8> = (0..10).flat_map(|i| frame(9, &[i])).collect();
    socket.send(&ten);
    (0..10).for_each(|i| assert_eq!(socket.next(), Some((10, vec![i]))));
    expect_end(&server, &frame(9, &[b'x'; 126]), 1002);
}

#[test]
fn cases_3_and_4_reserved_bits_and_kinds() {
    let server = server();
    for bits in 1..=7 {
        expect_end(&server, &beginning_with(0x81 | bits << 4, PING.as_bytes()), 1002);
        expect_end(&server, &beginning_with(0x89 | bits << 4, b""), 1002);
    }
    for kind in (3..=7).chain(11..=15) {
        expect_end(&server, &frame(kind, b""), 1002);
        expect_end(&server, &frame(kind, b"x"), 1002);
        // What came before is answered.
        let mut socket = log_in(&server);
        socket.send(&[frame(1, PING.as_bytes()), frame(kind, b""), frame(9, b"")].concat());
        expect_pong(&mut socket);
        socket.expect_close(1002);
    }
}

#[test]
fn cases_5_messages_in_pieces() {
    let server = server();
    let (head, tail) = PING.split_at(9);
    let (head, tail) = (beginning_with(0x01, head.as_bytes()), beginning_with(0x80, tail.as_bytes()));
    let mut socket = log_in(&server);
    socket.send(&[&head[..], &tail].concat());
    expect_pong(&mut socket);
    [&head[..], &tail].concat().iter().for_each(|byte| socket.send(&[*byte]));
    expect_pong(&mut socket);
    socket.send(&[&head[..], &frame(9, b"between"), &tail].concat());
    assert_eq!(socket.next(), Some((10, b"between".to_vec())));
    expect_pong(&mut socket);
    let mut many: Vec<u8> =
        PING.bytes().flat_map(|byte| [beginning_with(0x00, &[byte]), frame(9, &[byte])].concat()).collect();
    many[0] = 0x01;
    many.extend(beginning_with(0x80, b""));
    socket.send(&many);
    PING.bytes().for_each(|byte| assert_eq!(socket.next(), Some((10, vec![byte]))));
    expect_pong(&mut socket);

    expect_end(&server, &beginning_with(0x09, b"a ping in pieces"), 1002);
    expect_end(&server, &beginning_with(0x0a, b"a pong in pieces"), 1002);
    for orphan in [beginning_with(0x80, b"x"), beginning_with(0x00, b"x"), beginning_with(0x80, b"")] {
        expect_end(&server, &orphan, 1002);
        let mut socket = log_in(&server);
        socket.send(&[&head[..], &tail, &orphan].concat());
        expect_pong(&mut socket);
        socket.expect_close(1002);
    }
    expect_end(&server, &[&head[..], &head].concat(), 1002);
    expect_end(&server, &[&head[..], &frame(1, PING.as_bytes())].concat(), 1002);
}

#[test]
fn cases_6_text_is_utf_8() {
    let server = server();
    let mut socket = log_in(&server);
    let pieces = [beginning_with(0x01, b""), beginning_with(0x00, b""), beginning_with(0x80, b"")];
    socket.send(&pieces.concat());
    for text in [
        "κόσμε",
        "\u{0}",
        "\u{80}",
        "\u{7ff}",
        "\u{800}",
        "\u{ffff}",
        "\u{10000}",
        "\u{10ffff}",
        "\u{d7ff}\u{e000}",
        "\u{fffd}\u{fffe}",
        "\u{1fffe}",
        "🦊",
    ] {
        let message = json!({ "type": "ping", "id": 7, "x": text }).to_string();
        socket.say(&message);
        expect_pong(&mut socket);
        // Cut anywhere, in the middle of characters as well.
        let mut cut: Vec<u8> = message.bytes().flat_map(|byte| beginning_with(0x00, &[byte])).collect();
        cut[0] = 0x01;
        cut.extend(beginning_with(0x80, b""));
        socket.send(&cut);
        expect_pong(&mut socket);
    }
    let wrong: [&[u8]; 22] = [
        b"\xce\xba\xe1\xbd\xb9\xcf\x83\xce\xbc\xce\xb5\xed\xa0\x80edited",
        b"\xce",
        b"\xe1\xbd",
        b"\xf0\x90\x80",
        b"\xf8\x88\x80\x80\x80",
        b"\xfc\x84\x80\x80\x80\x80",
        b"\xf4\x90\x80\x80",
        b"\xf7\xbf\xbf\xbf",
        b"\x80",
        b"\xbf",
        b"\x80\xbf\x80\xbf",
        b"\xc0\x20",
        b"\xe0\x20",
        b"\xfe",
        b"\xff",
        b"\xfe\xfe\xff\xff",
        b"\xc0\xaf",
        b"\xe0\x80\xaf",
        b"\xc1\xbf",
        b"\xf0\x8f\xbf\xbf",
        b"\xed\xa0\x80\xed\xb0\x80",
        b"\xed\xbf\xbf",
    ];
    for bytes in wrong {
        expect_end(&server, &frame(1, bytes), 1007);
        expect_end(&server, &[beginning_with(0x01, bytes), beginning_with(0x80, b"x")].concat(), 1007);
    }
    // It is said as soon as it is known, before the message has ended.
    expect_end(
        &server,
        &[beginning_with(0x01, "κόσμε".as_bytes()), beginning_with(0x00, b"\xf4\x90\x80\x80")].concat(),
        1007,
    );
}

#[test]
fn cases_7_the_end() {
    let server = server();
    let close = |code: u16, reason: &[u8]| frame(8, &[&code.to_be_bytes(), reason].concat());
    for after in [close(1000, b""), frame(9, b"x"), frame(1, PING.as_bytes()), b"no frame at all".to_vec()] {
        expect_end(&server, &[close(1000, b""), after].concat(), 1000);
    }
    expect_end(&server, &[beginning_with(0x01, b"{"), close(1000, b""), beginning_with(0x80, b"}")].concat(), 1000);
    let mut socket = log_in(&server);
    socket.send(&frame(8, b""));
    assert_eq!(socket.next().map(|(kind, _)| kind), Some(8));
    assert_eq!(socket.next(), None);
    expect_end(&server, &frame(8, b"x"), 1002);
    for reason in [b"Hello World!".as_slice(), &[b'*'; 123], "渊".as_bytes()] {
        let mut socket = log_in(&server);
        socket.send(&close(1000, reason));
        assert_eq!(socket.next().map(|(kind, payload)| (kind, payload[..2].to_vec())), Some((8, vec![3, 0xe8])));
    }
    expect_end(&server, &frame(8, &[&1000_u16.to_be_bytes()[..], &[b'*'; 124]].concat()), 1002);
    expect_end(&server, &close(1000, b"\xce\xba\xed\xa0\x80"), 1007);
    for code in [1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 3000, 3999, 4000, 4999] {
        expect_end(&server, &close(code, b""), code);
    }
    for code in [0, 999, 1004, 1005, 1006, 1016, 1100, 2000, 2999, 5000, 65_535] {
        let mut socket = log_in(&server);
        socket.send(&close(code, b""));
        assert_eq!(
            socket.next().map(|(kind, payload)| (kind, payload[..2].to_vec())),
            Some((8, vec![3, 0xea])),
            "{code}"
        );
    }
}

#[test]
fn cases_9_and_10_limits() {
    let server = server();
    let pieces = |size: usize| {
        let message = PING.to_owned() + &" ".repeat(size - PING.len());
        let mut pieces: Vec<Vec<u8>> =
            message.as_bytes().chunks(1300).map(|piece| beginning_with(0x00, piece)).collect();
        pieces[0][0] = 0x01;
        pieces.push(beginning_with(0x80, b""));
        pieces.concat()
    };
    let mut socket = log_in(&server);
    socket.send(&pieces(65_536));
    expect_pong(&mut socket);
    expect_end(&server, &pieces(65_537), 1009);
    // Nothing of it has to come: its length is enough.
    for length in [65_537_u64, 1 << 40, (1 << 63) - 1] {
        let head = [&[0x81, 0xff], &length.to_be_bytes()[..], &[1, 2, 3, 4]].concat();
        expect_end(&server, &head, 1009);
    }
}
