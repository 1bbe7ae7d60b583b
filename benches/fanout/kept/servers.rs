//! The servers that keep each message before it is told: chatctl with `--data`, Redis with a stream and `appendfsync always`,
//! NATS with JetStream. All keep it on the disk of the temporary files.

use std::ffi::OsStr;
use std::io::{self, Write};
use std::process::{Command, Stdio};

use tempfile::TempDir;

use crate::entry::{Member, Step};
use crate::process::{Server, chatctl_program};

/// `chatctl serve --data`, with these arguments as well.
pub(crate) fn chatctl(arguments: &[&str]) -> io::Result<Server> {
    chatctl_in(tempfile::tempdir()?, arguments)
}

/// The same on what an earlier one kept in this folder.
pub(crate) fn chatctl_in(folder: TempDir, arguments: &[&str]) -> io::Result<Server> {
    let mut command = Command::new(chatctl_program());
    command.args(["serve", "--listen", "127.0.0.1:0", "--web", "none", "--data"]).arg(folder.path().join("data"));
    let server = Server::that_says_where(command.args(arguments).stderr(Stdio::null()), 0)?;
    Ok(server.with_folder(folder))
}

pub(crate) fn redis() -> io::Result<Server> {
    let folder = tempfile::tempdir()?;
    let server = Server::told_where(|port| {
        let mut command = Command::new("redis-server");
        command.args(["--port", &port.to_string(), "--bind", "127.0.0.1", "--save", "", "--dir"]).arg(folder.path());
        command.args(["--appendonly", "yes", "--appendfsync", "always", "--auto-aof-rewrite-percentage", "0"]);
        command.args(["--maxclients", "15000", "--client-output-buffer-limit", "pubsub 0 0 0"]);
        command
    })?;
    Ok(server.with_folder(folder))
}

/// The version of Debian syncs its streams every two minutes; a later one that can sync each message is told to.
pub(crate) fn nats() -> io::Result<Server> {
    let folder = tempfile::tempdir()?;
    let configuration = folder.path().join("nats.conf");
    let write = |sync: &str| {
        let store = folder.path().join("streams");
        std::fs::write(&configuration, format!("jetstream {{ store_dir: {store:?}{sync} }}\n"))
    };
    let option = OsStr::new("-c");
    write(", sync_interval: always")?;
    let knows = Command::new("nats-server").arg("-t").arg(option).arg(&configuration).output()?.status.success();
    if !knows {
        write("")?;
    }
    let server = Server::told_where(|port| {
        let mut command = Command::new("nats-server");
        command.args(["--addr", "127.0.0.1", "--port", &port.to_string()]).arg(option).arg(&configuration);
        command
    })?;
    Ok(server.with_folder(folder))
}

/// How a member gets to hear what a stream of JetStream has kept: one consumer a room delivers to all.
pub(crate) fn nats_steps(Member { room, user, first }: Member) -> Vec<Step> {
    let ping = || Step { say: b"PING\r\n".to_vec(), until: b"PONG\r\n" };
    let asks = |subject: String, request: &str, until: &'static [u8]| {
        let say = format!("PUB {subject} in.{user} {}\r\n{request}\r\n", request.len());
        Step { say: say.into_bytes(), until }
    };
    let enter = format!(
        "CONNECT {{\"verbose\":false,\"pedantic\":false}}\r\nSUB kept.r{room:03} 1\r\nSUB in.{user} 2\r\nPING\r\n"
    );
    let enter = Step { say: enter.into_bytes(), until: b"PONG\r\n" };
    if !first {
        return vec![enter, ping(), ping(), ping()];
    }
    let stream =
        format!("{{\"name\":\"r{room:03}\",\"subjects\":[\"r{room:03}\"],\"storage\":\"file\",\"no_ack\":true}}");
    let consumer = format!(
        "{{\"stream_name\":\"r{room:03}\",\"config\":{{\"deliver_subject\":\"kept.r{room:03}\",\"deliver_policy\":\"all\",\
         \"ack_policy\":\"none\",\"replay_policy\":\"instant\"}}}}"
    );
    vec![
        enter,
        asks(format!("$JS.API.STREAM.CREATE.r{room:03}"), &stream, b"\"did_create\":true"),
        asks(format!("$JS.API.CONSUMER.CREATE.r{room:03}"), &consumer, b"consumer_create_response\",\"stream_name"),
        ping(),
    ]
}

/// Appends what keeps a text in the stream of its room, in Redis.
pub(crate) fn write_addition(room: usize, text: &[u8], out: &mut Vec<u8>) {
    let head = format!("*5\r\n$4\r\nXADD\r\n$4\r\ns{room:03}\r\n$1\r\n*\r\n$1\r\nt\r\n${}\r\n", text.len());
    out.write_all(head.as_bytes()).expect("writing to a vector does not fail");
    out.extend_from_slice(text);
    out.extend_from_slice(b"\r\n");
}
