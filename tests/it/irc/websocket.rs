//! IRC over the WebSocket of the web door: by the names of its subprotocols, or at a path of its own.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};

use chatctl::server::Config;

use super::user::IrcUser;
use crate::support::Server;
use crate::support::socket::{Socket, frame};

/// The kind of a frame of text, and of one of bytes.
const TEXT: u8 = 1;
const BYTES: u8 = 2;

/// Asks for a WebSocket with these headers.
fn handshake(path: &str, headers: &str) -> String {
    format!(
        "GET {path} HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
         Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n{headers}\r\n"
    )
}

fn said(socket: &mut Socket) -> (u8, String) {
    let (kind, payload) = socket.next().expect("a message before the end of the stream");
    (kind, String::from_utf8(payload).expect("what the server says is UTF-8"))
}

/// Comes in over this socket, in frames of this kind, and says something.
fn talks(addr: SocketAddr, socket: (&str, &str, Option<&str>), kind: u8) {
    let (path, headers, chosen) = socket;
    let (mut socket, head) = Socket::of_handshake(addr, &handshake(path, headers));
    let answered = head.lines().find_map(|line| line.strip_prefix("sec-websocket-protocol: "));
    assert_eq!(answered, chosen, "{head}");
    let name = format!("u{}", headers.len());
    // Some clients end a message as they would a line.
    socket.send(&frame(kind, format!("NICK {name}\r\n").as_bytes()));
    socket.send(&frame(kind, b"USER u 0 * :Real"));
    assert_eq!(said(&mut socket), (kind, format!(":chatctl.local 001 {name} :Welcome to chatctl, {name}")));
    while !said(&mut socket).1.contains(" 422 ") {}
    socket.send(&frame(kind, "PING :渊 1".as_bytes()));
    assert_eq!(said(&mut socket), (kind, ":chatctl.local PONG chatctl.local :渊 1".to_owned()));
    socket.send(&frame(kind, b"CAP REQ :labeled-response batch"));
    assert_eq!(said(&mut socket).1, format!(":chatctl.local CAP {name} ACK :labeled-response batch"));
    socket.send(&frame(kind, b"@label=x JOIN #tea"));
    let joined: Vec<String> = (0..5).map(|_| said(&mut socket).1).collect();
    assert_eq!(joined[0], "@label=x :chatctl.local BATCH +label labeled-response");
    assert!(joined[1].ends_with(" JOIN #tea"), "{joined:?}");
    assert_eq!(joined[4], ":chatctl.local BATCH -label");
    socket.send(&frame(kind, b"@label=y PONG"));
    assert_eq!(said(&mut socket).1, "@label=y :chatctl.local ACK");
    socket.send(&frame(kind, b"PART #tea"));
    said(&mut socket);
    socket.send(&frame(kind, b"QUIT"));
    assert_eq!(said(&mut socket).1, "ERROR :Closing link: (Quit)");
    socket.expect_close(1000);
}

#[test]
fn clients_come_by_the_names_of_the_subprotocols_or_at_a_path_of_their_own() {
    let server = Server::with_irc(Config::embedded());
    for (path, headers, chosen, kind) in [
        ("/irc", "", None, TEXT),
        ("/", "Sec-WebSocket-Protocol: text.ircv3.net\r\n", Some("text.ircv3.net"), TEXT),
        ("/ws", "Sec-WebSocket-Protocol: chat, binary.ircv3.net, text.ircv3.net\r\n", Some("binary.ircv3.net"), BYTES),
    ] {
        talks(server.web(), (path, headers, chosen), kind);
    }
}

#[test]
fn bytes_that_are_no_text_are_refused_in_frames_of_bytes_and_end_the_connection_in_frames_of_text() {
    let server = Server::with_irc(Config::embedded());
    let binary = handshake("/irc", "Sec-WebSocket-Protocol: binary.ircv3.net\r\n");
    let (mut socket, _) = Socket::of_handshake(server.web(), &binary);
    socket.send(&frame(BYTES, b"PING \xff"));
    let refused = ":chatctl.local FAIL PING INVALID_UTF8 :Message rejected: it is not UTF-8";
    assert_eq!(said(&mut socket), (BYTES, refused.to_owned()));
    socket.send(&frame(BYTES, b"PING 1"));
    assert_eq!(said(&mut socket).1, ":chatctl.local PONG chatctl.local 1");
    let (mut socket, _) = Socket::of_handshake(server.web(), &handshake("/irc", ""));
    socket.send(&frame(BYTES, b"PING 1"));
    socket.expect_close(1003);
}

#[test]
fn the_page_of_another_site_may_not_connect() {
    let server = Server::with_irc(Config::embedded());
    let mut stream = TcpStream::connect(server.web()).unwrap();
    let asked = handshake("/irc", "Sec-WebSocket-Protocol: text.ircv3.net\r\nOrigin: http://evil.example\r\n");
    stream.write_all(asked.as_bytes()).unwrap();
    let mut head = [0; 12];
    stream.read_exact(&mut head).unwrap();
    assert_eq!(&head, b"HTTP/1.1 403");
}

/// What the web client gamja asks for if it is there.
const OF_GAMJA: &str = "away-notify batch echo-message invite-notify labeled-response message-tags multi-prefix \
    server-time setname draft/chathistory draft/event-playback draft/read-marker";

/// Says a line, and gives what comes up to the one that ends so.
fn asked(socket: &mut Socket, line: &str, last: &str) -> Vec<String> {
    socket.send(&frame(TEXT, line.as_bytes()));
    let mut lines = Vec::new();
    while !lines.last().is_some_and(|line: &String| line.ends_with(last)) {
        lines.push(said(socket).1);
    }
    lines
}

/// The client itself is not at hand: these are the lines that it sends, in its order, without waiting where it does not.
#[test]
fn the_web_client_gamja_is_answered_what_it_waits_for() {
    let server = Server::with_irc(Config::embedded());
    let (mut gamja, _) = Socket::of_handshake(server.web(), &handshake("/irc", ""));
    for line in ["CAP LS 302", "NICK gam"] {
        gamja.send(&frame(TEXT, line.as_bytes()));
    }
    let offered = asked(&mut gamja, "USER gam 0 * gam", "").remove(0);
    let offered: Vec<&str> = offered.strip_prefix(":chatctl.local CAP * LS :").unwrap().split(' ').collect();
    assert!(OF_GAMJA.split_ascii_whitespace().all(|cap| offered.contains(&cap)), "{offered:?}");
    assert!(!offered.iter().any(|cap| cap.starts_with("soju.im/")), "there are no networks to choose from");
    gamja.send(&frame(TEXT, format!("CAP REQ :{OF_GAMJA}").as_bytes()));
    let greeting = asked(&mut gamja, "CAP END", " :No message of the day");
    assert_eq!(greeting[0], format!(":chatctl.local CAP * ACK :{OF_GAMJA}"));
    assert_eq!(greeting[1], ":chatctl.local 001 gam :Welcome to chatctl, gam");
    for token in ["CASEMAPPING=ascii", "CHANTYPES=#", "CHATHISTORY=100", "MONITOR=100", "PREFIX=(ov)@+", "WHOX"] {
        assert!(greeting.iter().any(|line| line.contains(" 005 ") && line.contains(token)), "{token}");
    }
    let joined = asked(&mut gamja, "JOIN #tea", " :End of /NAMES list");
    assert!(joined.contains(&":chatctl.local MARKREAD #tea *".to_owned()), "{joined:?}");
    let mut bob = IrcUser::log_in(server.irc(), "bob");
    bob.join("#tea");
    bob.say("PRIVMSG #tea :hello");
    assert!(said(&mut gamja).1.ends_with(" JOIN #tea"));
    let live = said(&mut gamja).1;
    let history = asked(&mut gamja, "@label=1 CHATHISTORY LATEST #tea * 100", " BATCH -past");
    assert_eq!(history[0], "@label=1 :chatctl.local BATCH +past chathistory #tea");
    assert_eq!(history[history.len() - 2].replacen("batch=past;", "", 1), live);
    let time = live.split(['=', ';']).nth(1).unwrap();
    let older = asked(&mut gamja, &format!("@label=2 CHATHISTORY BEFORE #tea timestamp={time} 100"), " BATCH -past");
    assert!(older.len() > 2 && older.iter().all(|line| !line.contains(" PRIVMSG ")), "{older:?}");
    let who = asked(&mut gamja, "@label=3 WHO #tea", " BATCH -label");
    assert_eq!(who[0], "@label=3 :chatctl.local BATCH +label labeled-response");
    assert_eq!(who[3], "@batch=label :chatctl.local 315 gam #tea :End of /WHO list");
    let echo = asked(&mut gamja, "@label=4 PRIVMSG #tea :hi", " PRIVMSG #tea :hi").remove(0);
    assert!(echo.starts_with("@label=4;time="), "{echo}");
    let read = asked(&mut gamja, &format!("MARKREAD #tea timestamp={time}"), "Z").remove(0);
    assert_eq!(read, format!(":chatctl.local MARKREAD #tea timestamp={time}"));
    asked(&mut gamja, "PING gamja", " PONG chatctl.local gamja");
}

/// The same client with an account: what it sends then, as its source has it.
#[test]
fn the_web_client_gamja_logs_in_and_watches_whom_it_writes_with() {
    let server = Server::with_irc(Config::embedded());
    let mut bob = server.user("bob");
    let mut gam = server.user("gam");
    gam.ask("register hunter22", &["server: gam is registered"]);
    gam.ask("quit", &["server: bye"]);
    bob.ask("send message gam psst", &["server: kept for gam"]);
    let (mut gamja, _) = Socket::of_handshake(server.web(), &handshake("/irc", ""));
    for line in ["CAP LS 302", "NICK gam", "USER gam 0 * gam"] {
        gamja.send(&frame(TEXT, line.as_bytes()));
    }
    assert!(said(&mut gamja).1.contains(" sasl=PLAIN "));
    let acknowledged = asked(&mut gamja, &format!("CAP REQ :sasl {OF_GAMJA}"), OF_GAMJA).remove(0);
    assert_eq!(acknowledged, format!(":chatctl.local CAP * ACK :sasl {OF_GAMJA}"));
    assert_eq!(asked(&mut gamja, "AUTHENTICATE PLAIN", "+"), ["AUTHENTICATE +"]);
    let secret = data_encoding::BASE64.encode(b"\0gam\0hunter22");
    let told = asked(&mut gamja, &format!("AUTHENTICATE {secret}"), " :SASL authentication successful");
    assert_eq!(told[0], ":chatctl.local 900 * * gam :You are now logged in as gam");
    let greeting = asked(&mut gamja, "CAP END", " :psst");
    assert_eq!(greeting[0], ":chatctl.local 001 gam :Welcome to chatctl, gam");
    // With whom it has written, and what since the time that it remembers.
    let (from, to) = ("timestamp=2000-01-01T00:00:00.000Z", "timestamp=2100-01-01T00:00:00.000Z");
    let places = asked(&mut gamja, &format!("@label=1 CHATHISTORY TARGETS {from} {to} 1000"), " BATCH -past");
    assert_eq!(places[0], "@label=1 :chatctl.local BATCH +past draft/chathistory-targets");
    assert!(places[1].starts_with("@batch=past :chatctl.local CHATHISTORY TARGETS bob 20"), "{places:?}");
    let missed = asked(&mut gamja, &format!("@label=2 CHATHISTORY AFTER bob {from} 100"), " BATCH -past");
    assert_eq!(missed[0], "@label=2 :chatctl.local BATCH +past chathistory bob");
    assert!(missed[1].ends_with(" :bob!text@chatctl PRIVMSG gam :psst") && missed.len() == 3, "{missed:?}");
    assert_eq!(asked(&mut gamja, "MONITOR + bob", "@chatctl"), [":chatctl.local 730 gam bob!text@chatctl"]);
    let seen = asked(&mut gamja, "@label=3 WHOIS bob", " BATCH -label");
    assert_eq!(seen[0], "@label=3 :chatctl.local BATCH +label labeled-response");
    assert_eq!(seen[1], "@batch=label :chatctl.local 311 gam bob text chatctl * bob");
    assert_eq!(seen[seen.len() - 2], "@batch=label :chatctl.local 318 gam bob :End of /WHOIS list");
    let nobody = asked(&mut gamja, "@label=4 WHO nobody", " :End of /WHO list").remove(0);
    assert_eq!(nobody, "@label=4 :chatctl.local 315 gam nobody :End of /WHO list");
    bob.ask("quit", &["server: bye"]);
    assert_eq!(said(&mut gamja).1, ":chatctl.local 731 gam bob");
    gamja.send(&frame(TEXT, b"MONITOR - bob"));
    asked(&mut gamja, "PING gamja", " PONG chatctl.local gamja");
}
