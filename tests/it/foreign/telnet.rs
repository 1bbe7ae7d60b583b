//! Servers that speak Telnet between their lines.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener};
use std::thread;

/// What a client without options answers to what [`server`] asks of it.
const REFUSALS: [&[u8]; 3] = [b"\xff\xfc\x18", b"\xff\xfe\x01", b"\xff\xfc\x1f"];

/// A server that asks for options before it asks for a name, and welcomes who has refused them all.
fn server() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        stream.write_all(b"\xff\xfd\x18\xff\xfb\x01\xff\xfd\x1flogin: ").unwrap();
        let (mut received, mut buf) = (Vec::new(), [0; 100]);
        let has = |received: &[u8], part: &[u8]| received.windows(part.len()).any(|bytes| bytes == part);
        while !has(&received, b"ann\r\n") || !REFUSALS.iter().all(|refusal| has(&received, refusal)) {
            match stream.read(&mut buf) {
                Ok(0) | Err(_) => return,
                Ok(length) => received.extend(&buf[..length]),
            }
        }
        stream.write_all(b"wel\xff\xf1come\r\n").unwrap();
        let _ = stream.read_to_end(&mut received);
    });
    address
}

#[test]
fn options_are_refused_and_the_rest_is_text() {
    let script = "dialect mud\n  line telnet\n  prompt \"login: \"\n  login\n    me< login: \n    me> {{me}}\n    me< welcome\n  end\nend\nset dialect mud\nconnect ann\nann is silent\n";
    let mut command = assert_cmd::Command::cargo_bin("chatctl").unwrap();
    command.args(["run", "-", "--server", &server().to_string()]).write_stdin(script).assert().code(0);
}
