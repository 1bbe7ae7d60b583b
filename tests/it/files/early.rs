//! A client that says what it wants before it is asked anything.

use std::time::Duration;

use chatctl::server::Config;

use crate::support::secure::{Certificate, SecureClient};
use crate::support::{PROMPT, Server};

/// Less than the server gives its prompt to get out.
const SOON: Duration = Duration::from_secs(15);

#[test]
fn whoever_asks_for_a_file_with_the_first_bytes_over_tls_is_answered_at_once() {
    let certificate = Certificate::new();
    let server = Server::with_tls(&certificate, Config::embedded());
    let mut client = SecureClient::connect(server.secure(), &certificate);
    client.reader.get_ref().sock.set_read_timeout(Some(SOON)).unwrap();
    // It arrives with the end of the handshake, before the prompt is written.
    client.ask("get aaaaaaaaaaaaaaaaaaaaaaaaaa", &[PROMPT, "error: no-such-file: aaaaaaaaaaaaaaaaaaaaaaaaaa"]);
}
