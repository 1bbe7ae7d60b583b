//! The servers that are compared: how to start each, and how to join a room and speak in it.
//!
//! Each is given what makes it fastest: no persistence, no replies that nobody reads, no limit that would bite.

use std::env;
use std::ffi::OsString;
use std::io::{self, Write};
use std::net::SocketAddr;
use std::process::{Command, Stdio};

use crate::entry::{Member, Step};
use crate::floor;
use crate::kept::servers as kept;
use crate::link::Link;
use crate::process::{Server, chatctl_program};
use crate::secure::CERTIFICATE;
use crate::shape::Shape;

/// The throttle runs and does not bite.
const UNTHROTTLED: &[&str] = &["--message-rate", "1000000"];

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Contestant {
    /// `chatctl serve`, with all its checks and limits
    Chatctl,
    /// `chatctl serve --data`: each message is synced before it is told
    Kept,
    /// Another build of it, whose path is in `BASELINE`
    Baseline,
    /// `chatctl serve`, over JSON lines
    Json,
    /// `chatctl serve`, over JSON in WebSockets
    Websocket,
    /// `chatctl serve` with TLS
    ChatctlTls,
    /// `chatctl serve`, over IRC without tags
    Irc,
    /// `chatctl serve`, over IRC with the time, the id and the account of each message
    IrcTags,
    /// A bare broadcaster: what the system calls alone cost
    Floor,
    /// `redis-server`, publish and subscribe
    Redis,
    /// `redis-server`, each message in a stream (XADD) and published, `appendfsync always`
    RedisKept,
    /// `nats-server`
    Nats,
    /// `nats-server`, each message in a stream of JetStream on the disk, from which it is delivered
    NatsKept,
}

impl Contestant {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Chatctl => "chatctl",
            Self::Kept => "kept",
            Self::Baseline => "baseline",
            Self::Json => "json",
            Self::Websocket => "websocket",
            Self::ChatctlTls => "tls",
            Self::Irc => "irc",
            Self::IrcTags => "irc-tags",
            Self::Floor => "floor",
            Self::Redis => "redis",
            Self::RedisKept => "redis-kept",
            Self::Nats => "nats",
            Self::NatsKept => "nats-kept",
        }
    }

    /// Whether all members of a room receive its messages in one order. NATS promises that for each sender alone.
    pub(crate) fn orders_rooms(self) -> bool {
        match self {
            Self::Chatctl
            | Self::Kept
            | Self::Baseline
            | Self::ChatctlTls
            | Self::Irc
            | Self::IrcTags
            | Self::Json
            | Self::Websocket
            | Self::Floor
            | Self::Redis
            | Self::RedisKept
            | Self::NatsKept => true,
            Self::Nats => false,
        }
    }

    /// Starts it, or says how it could be.
    pub(crate) fn start(self, shape: &Shape) -> Result<Server, String> {
        let started = match self {
            Self::Chatctl => serve(chatctl_program(), UNTHROTTLED, Stdio::null()),
            Self::Kept => kept::chatctl(UNTHROTTLED),
            Self::Baseline => match env::var_os("BASELINE") {
                Some(program) => serve(program, UNTHROTTLED, Stdio::null()),
                None => return Err("left out, as BASELINE does not say where it is".to_owned()),
            },
            Self::Json | Self::Websocket => web_door(),
            Self::ChatctlTls => chatctl_with_tls(),
            Self::Irc | Self::IrcTags => irc_door(UNTHROTTLED, Stdio::null()),
            Self::Floor => floor::start(shape),
            Self::Redis => redis(),
            Self::RedisKept => kept::redis(),
            Self::Nats => nats(),
            Self::NatsKept => kept::nats(),
        };
        started.map_err(|error| match (self, error.kind()) {
            (Self::Redis | Self::RedisKept | Self::Nats | Self::NatsKept, io::ErrorKind::NotFound) => {
                let name = self.name().trim_end_matches("-kept");
                format!("left out, as {name}-server is not installed (Debian: apt install {name}-server)")
            }
            _ => format!("left out, as it does not start: {error}"),
        })
    }

    /// A connection to it, at this address.
    pub(crate) fn link(self, addr: SocketAddr) -> io::Result<Link> {
        if self == Self::ChatctlTls { Link::connect_securely(addr) } else { Link::connect(addr) }
    }

    /// How a member gets into its room.
    pub(crate) fn steps(self, member: Member) -> Vec<Step> {
        let Member { room, user, first } = member;
        let step = |say: String, until: &'static [u8]| Step { say: say.into_bytes(), until };
        let asks = |requests: &[String], until: &'static [u8]| {
            let mut say = Vec::new();
            requests.iter().for_each(|request| self.write_request(request.as_bytes(), &mut say));
            Step { say, until }
        };
        match self {
            Self::Chatctl | Self::Kept | Self::Baseline | Self::ChatctlTls => vec![
                step(format!("u{user:05}\n"), b"let's start chatting!\n"),
                step(if first { format!("create room r{room:03}\nping\n") } else { "ping\n".into() }, b": pong\n"),
                step(if first { "ping\n".into() } else { format!("join room r{room:03}\nping\n") }, b": pong\n"),
                // What the later ones' joins said has arrived before this.
                step("ping done\n".into(), b": pong done\n"),
            ],
            Self::Json | Self::Websocket => {
                let upgrade = (self == Self::Websocket).then(|| step(HANDSHAKE.into(), b"hello"));
                let about_room = |kind: &str| format!("{{\"type\":\"{kind}\",\"room\":\"r{room:03}\"}}");
                let ping = |id: usize| format!("{{\"type\":\"ping\",\"id\":{id}}}");
                let mut create = vec![ping(2)];
                let mut join = vec![ping(3)];
                if first {
                    create.insert(0, about_room("create_room"));
                } else {
                    join.insert(0, about_room("join_room"));
                }
                let login = format!("{{\"type\":\"login\",\"id\":1,\"name\":\"u{user:05}\"}}");
                let said = [
                    asks(&[login], b"\"id\":1,"),
                    asks(&create, b"\"id\":2}"),
                    asks(&join, b"\"id\":3}"),
                    asks(&[ping(4)], b"\"id\":4}"),
                ];
                upgrade.into_iter().chain(said).collect()
            }
            Self::Irc | Self::IrcTags => {
                // Whoever speaks hears it as well, as at every other door.
                let tags = if self == Self::IrcTags { "server-time message-tags account-tag " } else { "" };
                let ping = |word: &str| format!("PING {word}\r\n");
                let enter = format!("JOIN #r{room:03}\r\n");
                vec![
                    step(format!("CAP REQ :{tags}echo-message\r\nNICK u{user:05}\r\n"), b" ACK "),
                    step(format!("USER u 0 * :u\r\nCAP END\r\n{}", ping("in")), b" in\r\n"),
                    step(if first { enter.clone() + &ping("one") } else { ping("one") }, b" one\r\n"),
                    step(if first { ping("two") } else { enter + &ping("two") }, b" two\r\n"),
                    step(ping("done"), b" done\r\n"),
                ]
            }
            Self::Floor => vec![step(String::new(), b"ready\n")],
            Self::Redis | Self::RedisKept => vec![
                // In version 3 of its protocol a connection may subscribe and publish.
                step(format!("HELLO 3\r\nSUBSCRIBE r{room:03}\r\n"), b"subscribe\r\n"),
                step("PING all\r\nCLIENT REPLY OFF\r\n".into(), b"all\r\n"),
            ],
            Self::Nats => vec![
                step(
                    format!("CONNECT {{\"verbose\":false,\"pedantic\":false}}\r\nSUB r{room:03} 1\r\nPING\r\n"),
                    b"PONG\r\n",
                ),
                step("PING\r\n".into(), b"PONG\r\n"),
            ],
            Self::NatsKept => kept::nats_steps(member),
        }
    }

    /// Appends what a member writes to say a text in its room.
    pub(crate) fn say(self, room: usize, text: &[u8], out: &mut Vec<u8>) {
        let wrote = match self {
            Self::Json | Self::Websocket => {
                let text = std::str::from_utf8(text).expect("a stamp is text");
                let request = format!("{{\"type\":\"send_room\",\"room\":\"r{room:03}\",\"text\":\"{text}\"}}");
                return self.write_request(request.as_bytes(), out);
            }
            Self::Chatctl | Self::Kept | Self::Baseline | Self::ChatctlTls => write!(out, "send room r{room:03} "),
            Self::Irc | Self::IrcTags => write!(out, "PRIVMSG #r{room:03} :"),
            Self::Floor => Ok(()),
            Self::Redis => {
                write!(out, "*3\r\n$7\r\nPUBLISH\r\n$4\r\nr{room:03}\r\n${}\r\n", text.len())
            }
            Self::RedisKept => {
                kept::write_addition(room, text, out);
                write!(out, "*3\r\n$7\r\nPUBLISH\r\n$4\r\nr{room:03}\r\n${}\r\n", text.len())
            }
            Self::Nats | Self::NatsKept => write!(out, "PUB r{room:03} {}\r\n", text.len()),
        };
        wrote.expect("writing to a vector does not fail");
        out.extend_from_slice(text);
        out.extend_from_slice(match self {
            Self::Chatctl
            | Self::Kept
            | Self::Baseline
            | Self::ChatctlTls
            | Self::Json
            | Self::Websocket
            | Self::Floor => b"\n",
            Self::Irc | Self::IrcTags | Self::Redis | Self::RedisKept | Self::Nats | Self::NatsKept => b"\r\n",
        });
    }
}

/// The step to WebSocket.
const HANDSHAKE: &str = "GET /ws HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
    Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n";

impl Contestant {
    /// A request as a line, or as a frame with a mask that changes nothing.
    fn write_request(self, request: &[u8], out: &mut Vec<u8>) {
        if self != Self::Websocket {
            out.extend_from_slice(request);
            return out.push(b'\n');
        }
        match u8::try_from(request.len()) {
            Ok(short @ 0..126) => out.extend([0x81, 0x80 | short]),
            _ => {
                out.extend([0x81, 0x80 | 126]);
                out.extend(u16::try_from(request.len()).expect("a request is short").to_be_bytes());
            }
        }
        out.extend([0; 4]);
        out.extend_from_slice(request);
    }
}

/// The server of this package, by its door for programs.
fn web_door() -> io::Result<Server> {
    let mut command = Command::new(chatctl_program());
    command.args(["serve", "--listen", "127.0.0.1:0", "--web", "127.0.0.1:0"]).args(UNTHROTTLED);
    Server::that_says_where(command.stderr(Stdio::null()), 1)
}

/// The server of this package, by its door for IRC clients.
pub(crate) fn irc_door(arguments: &[&str], log: impl Into<Stdio>) -> io::Result<Server> {
    let mut command = Command::new(chatctl_program());
    command.args(["serve", "--listen", "127.0.0.1:0", "--web", "none", "--irc", "127.0.0.1:0"]).args(arguments);
    Server::that_says_where(command.stderr(log), 1)
}

/// The server of this package, with these arguments.
pub(crate) fn chatctl(arguments: &[&str], log: impl Into<Stdio>) -> io::Result<Server> {
    serve(chatctl_program(), arguments, log)
}

pub(crate) fn serve(program: OsString, arguments: &[&str], log: impl Into<Stdio>) -> io::Result<Server> {
    let mut command = Command::new(program);
    command.args(["serve", "--listen", "127.0.0.1:0"]).args(arguments).stderr(log);
    Server::that_says_where(&mut command, 0)
}

fn chatctl_with_tls() -> io::Result<Server> {
    let mut command = Command::new(chatctl_program());
    command.args(["serve", "--listen", "127.0.0.1:0", "--web", "none", "--message-rate", "1000000"]);
    command.args(["--tls-listen", "127.0.0.1:0", "--tls-cert"]).arg(&CERTIFICATE.certificate);
    command.arg("--tls-key").arg(&CERTIFICATE.key).stderr(Stdio::null());
    Server::that_says_where(&mut command, 1)
}

fn redis() -> io::Result<Server> {
    Server::told_where(|port| {
        let mut command = Command::new("redis-server");
        command.args(["--port", &port.to_string(), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"]);
        command.args(["--maxclients", "15000", "--client-output-buffer-limit", "pubsub 0 0 0"]);
        command
    })
}

fn nats() -> io::Result<Server> {
    Server::told_where(|port| {
        let mut command = Command::new("nats-server");
        command.args(["--addr", "127.0.0.1", "--port", &port.to_string()]);
        command
    })
}
