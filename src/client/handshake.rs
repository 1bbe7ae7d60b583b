//! The step from HTTP to WebSocket, as a client takes it.

use std::io;

use tungstenite::handshake::client::generate_key;
use tungstenite::handshake::derive_accept_key;

use super::wire::{read, write_all};
use crate::net::Stream;

/// The longest head of a response, in bytes.
const MAX_HEAD: usize = 16 * 1024;

/// Asks for a WebSocket, and returns what came behind the server's consent.
///
/// # Errors
/// If the connection breaks, or the server does not consent; the error then says what it answered.
pub(super) async fn upgrade(stream: &Stream, host: &str, path: &str) -> io::Result<Vec<u8>> {
    let key = generate_key();
    let request = format!(
        "GET {path} HTTP/1.1\r\nHost: {host}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
         Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {key}\r\n\r\n"
    );
    write_all(stream, request.as_bytes()).await?;
    let (mut received, mut buf) = (Vec::new(), [0; 1024]);
    let end = loop {
        if let Some(end) = received.windows(4).position(|bytes| bytes == b"\r\n\r\n") {
            break end;
        }
        match read(stream, &mut buf).await? {
            0 => return Err(io::ErrorKind::UnexpectedEof.into()),
            length => received.extend_from_slice(&buf[..length]),
        }
        if received.len() > MAX_HEAD {
            return Err(io::Error::other(format!("the head of the answer has more than {MAX_HEAD} bytes")));
        }
    };
    let rest = received.split_off(end + 4);
    check(&String::from_utf8_lossy(&received), &key)?;
    Ok(rest)
}

/// Whether the server consents to what was asked with this key.
fn check(head: &str, key: &str) -> io::Result<()> {
    let mut lines = head.split("\r\n");
    let status = lines.next().unwrap_or_default();
    if status.split(' ').nth(1) != Some("101") {
        return Err(io::Error::other(format!("expected a WebSocket, found '{status}'")));
    }
    let accept = derive_accept_key(key.as_bytes());
    let mut headers = lines.filter_map(|line| line.split_once(':'));
    let is_ours = |(name, value): (&str, &str)| {
        name.eq_ignore_ascii_case("sec-websocket-accept") && value.trim() == accept.as_str()
    };
    if headers.any(is_ours) {
        return Ok(());
    }
    Err(io::Error::other("expected the answer to our key in Sec-WebSocket-Accept"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_an_answer_to_our_key_is_consent() {
        // The example of RFC 6455.
        let key = "dGhlIHNhbXBsZSBub25jZQ==";
        let told = |head: &str| check(head, key).map_err(|error| error.to_string());
        let accept = "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=";
        assert_eq!(told(&format!("HTTP/1.1 101 Hi\r\nsec-websocket-ACCEPT: {accept}\r\n\r\n")), Ok(()));
        let wrong = "expected the answer to our key in Sec-WebSocket-Accept";
        assert_eq!(told("HTTP/1.1 101 Hi\r\nUpgrade: websocket\r\n\r\n"), Err(wrong.to_owned()));
        let refused = "expected a WebSocket, found 'HTTP/1.1 404 Not Found'";
        assert_eq!(told("HTTP/1.1 404 Not Found\r\n\r\n"), Err(refused.to_owned()));
    }
}
