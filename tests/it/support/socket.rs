//! A WebSocket of a raw socket, which sends any bytes.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};

use serde_json::Value;

use super::PATIENCE;

pub(crate) const HANDSHAKE: &str = "GET /ws HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
    Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n";

/// One WebSocket.
pub(crate) struct Socket {
    stream: TcpStream,
}

impl Socket {
    /// Connects, and sends these bytes behind the handshake in the same write.
    pub(crate) fn connect_and_send(addr: SocketAddr, bytes: &[u8]) -> Self {
        Self::shake(addr, &[HANDSHAKE.as_bytes(), bytes].concat()).0
    }

    /// With another handshake; and the head of the response.
    pub(crate) fn of_handshake(addr: SocketAddr, handshake: &str) -> (Self, String) {
        Self::shake(addr, handshake.as_bytes())
    }

    fn shake(addr: SocketAddr, sent: &[u8]) -> (Self, String) {
        let mut stream = TcpStream::connect(addr).expect("the server listens");
        stream.set_read_timeout(Some(PATIENCE)).expect("a TCP socket");
        stream.write_all(sent).expect("the server takes bytes");
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            let mut byte = [0];
            stream.read_exact(&mut byte).expect("the head of a response");
            head.push(byte[0]);
        }
        let head = String::from_utf8(head).expect("a head is text");
        assert!(head.starts_with("HTTP/1.1 101 "), "{head}");
        assert!(head.contains("s3pPLMBiTxaQ9kYGzzhZRbK+xOo="), "{head}");
        (Self { stream }, head)
    }

    pub(crate) fn connect(addr: SocketAddr) -> Self {
        Self::connect_and_send(addr, b"")
    }

    pub(crate) fn log_in(addr: SocketAddr, name: &str) -> Self {
        let mut socket = Self::connect(addr);
        assert_eq!(socket.said()["type"], "hello");
        socket.say(&format!(r#"{{"type":"login","id":1,"name":"{name}"}}"#));
        assert_eq!(socket.said()["name"], name);
        socket
    }

    /// The same socket once more, to write while it is read.
    pub(crate) fn try_clone(&self) -> Self {
        Self { stream: self.stream.try_clone().expect("a descriptor is free") }
    }

    #[track_caller]
    pub(crate) fn send(&mut self, bytes: &[u8]) {
        self.stream.write_all(bytes).expect("the server takes bytes");
    }

    #[track_caller]
    pub(crate) fn say(&mut self, text: &str) {
        self.send(&frame(1, text.as_bytes()));
    }

    /// The kind and the payload of the next frame; `None` at the end of the stream.
    #[track_caller]
    pub(crate) fn next(&mut self) -> Option<(u8, Vec<u8>)> {
        let mut head = [0; 2];
        if self.stream.read(&mut head[..1]).expect("a frame or the end in time") == 0 {
            return None;
        }
        self.stream.read_exact(&mut head[1..]).expect("a whole head");
        let length = match head[1] {
            126 => u16::from_be_bytes(self.bytes()).into(),
            127 => u64::from_be_bytes(self.bytes()),
            short => short.into(),
        };
        let mut payload = vec![0; usize::try_from(length).unwrap()];
        self.stream.read_exact(&mut payload).expect("a whole frame");
        assert_eq!(head[0] & 0x70, 0, "no extension was agreed on");
        Some((head[0] & 0x0f, payload))
    }

    fn bytes<const N: usize>(&mut self) -> [u8; N] {
        let mut bytes = [0; N];
        self.stream.read_exact(&mut bytes).expect("a whole head");
        bytes
    }

    /// The next message.
    #[track_caller]
    pub(crate) fn said(&mut self) -> Value {
        let (kind, payload) = self.next().expect("a message before the end of the stream");
        assert_eq!(kind, 1, "{payload:?}");
        serde_json::from_slice(&payload).expect("the server speaks JSON")
    }

    /// The server closes with this code.
    #[track_caller]
    pub(crate) fn expect_close(&mut self, code: u16) {
        assert_eq!(self.next(), Some((8, code.to_be_bytes().to_vec())));
        assert_eq!(self.next(), None);
    }
}

/// A frame as a client sends it.
pub(crate) fn frame(kind: u8, payload: &[u8]) -> Vec<u8> {
    let mask = [1, 2, 3, 4];
    let mut frame = vec![0x80 | kind];
    match u8::try_from(payload.len()) {
        Ok(short @ 0..126) => frame.push(0x80 | short),
        _ => {
            frame.push(0x80 | 127);
            frame.extend((payload.len() as u64).to_be_bytes());
        }
    }
    frame.extend(mask);
    frame.extend(payload.iter().zip(mask.iter().cycle()).map(|(byte, mask)| byte ^ mask));
    frame
}
