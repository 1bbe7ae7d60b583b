//! A real `redis-server` in a folder of its own, and a way to it that takes time.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use crate::support::{PATIENCE, skipped};

/// Killed when dropped.
pub(super) struct Redis {
    child: Child,
    folder: tempfile::TempDir,
    arguments: Vec<String>,
}

impl Redis {
    /// One that keeps what it says that it has; `None` if it is not installed.
    pub(super) fn start() -> Option<Self> {
        Self::start_with(&["--appendfsync", "always"])
    }

    pub(super) fn start_with(arguments: &[&str]) -> Option<Self> {
        Self::start_in(tempfile::tempdir().unwrap(), arguments)
    }

    pub(super) fn start_in(folder: tempfile::TempDir, arguments: &[&str]) -> Option<Self> {
        let arguments: Vec<_> = arguments.iter().map(|argument| (*argument).to_owned()).collect();
        let Some(child) = spawn(&folder, &arguments) else {
            skipped("redis-server");
            return None;
        };
        let redis = Self { child, folder, arguments };
        redis.wait();
        Some(redis)
    }

    pub(super) fn folder(&self) -> &Path {
        self.folder.path()
    }

    fn socket(&self) -> PathBuf {
        self.folder.path().join("redis.sock")
    }

    pub(super) fn url(&self) -> String {
        format!("redis+unix://{}", self.socket().display())
    }

    fn wait(&self) {
        let deadline = Instant::now() + PATIENCE;
        // While it reads its file, it answers that it is loading.
        while self.ask("PING").is_none_or(|answer| !answer.starts_with("+PONG")) {
            assert!(Instant::now() < deadline, "redis-server does not answer");
            thread::yield_now();
        }
    }

    /// The beginning of its answer to a command without arguments that hold blanks.
    pub(super) fn ask(&self, command: &str) -> Option<String> {
        let mut stream = UnixStream::connect(self.socket()).ok()?;
        stream.write_all(format!("{command}\r\n").as_bytes()).ok()?;
        let mut answer = [0; 512];
        let length = stream.read(&mut answer).ok()?;
        Some(String::from_utf8_lossy(&answer[..length]).into_owned())
    }

    pub(super) fn signal(&self, name: &str) {
        let id = self.child.id().to_string();
        assert!(Command::new("kill").args(["-s", name, &id]).status().unwrap().success());
    }

    /// Kills it, and starts it again with what it has kept.
    pub(super) fn kill_and_start(&mut self) {
        self.child.kill().unwrap();
        self.start_again();
    }

    pub(super) fn has_ended(&mut self) -> bool {
        self.child.try_wait().unwrap().is_some()
    }

    /// Waits until it has ended, and starts it again with what it has kept.
    pub(super) fn start_again(&mut self) {
        self.child.wait().unwrap();
        self.child = spawn(&self.folder, &self.arguments).unwrap();
        self.wait();
    }

    /// An address at which it answers so much later.
    pub(super) fn behind(&self, delay: Duration) -> SocketAddr {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let (address, socket) = (listener.local_addr().unwrap(), self.socket());
        thread::spawn(move || {
            while let Ok((stream, _)) = listener.accept() {
                let engine = UnixStream::connect(&socket).unwrap();
                let (from, to) = (stream.try_clone().unwrap(), engine.try_clone().unwrap());
                thread::spawn(move || copy(from, to));
                delayed(engine, stream, delay);
            }
        });
        address
    }
}

impl Drop for Redis {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn spawn(folder: &tempfile::TempDir, arguments: &[String]) -> Option<Child> {
    let mut command = Command::new("redis-server");
    command.args(["--port", "0", "--unixsocket", "redis.sock", "--appendonly", "yes", "--save", ""]).args(arguments);
    command.current_dir(folder.path()).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().ok()
}

fn copy(mut from: impl Read, mut to: impl Write) {
    // Either end may go.
    let _ = std::io::copy(&mut from, &mut to);
}

/// Passes on what comes so much later, in its order.
fn delayed(mut from: impl Read + Send + 'static, mut to: impl Write + Send + 'static, delay: Duration) {
    let (passes, arrives) = mpsc::channel::<(Instant, Vec<u8>)>();
    thread::spawn(move || {
        let mut bytes = [0; 64 * 1024];
        while let Ok(length @ 1..) = from.read(&mut bytes) {
            if passes.send((Instant::now() + delay, bytes[..length].to_vec())).is_err() {
                return;
            }
        }
    });
    thread::spawn(move || {
        for (at, bytes) in arrives {
            // The delay is what is tested with, and nothing is waited for by it.
            thread::sleep(at.saturating_duration_since(Instant::now()));
            if to.write_all(&bytes).is_err() {
                return;
            }
        }
    });
}

impl Redis {
    /// All that is in the log.
    pub(super) fn everything(&self) -> String {
        let mut stream = UnixStream::connect(self.socket()).unwrap();
        stream.write_all(b"XRANGE {chatctl}:log - +\r\nQUIT\r\n").unwrap();
        let mut all = Vec::new();
        stream.read_to_end(&mut all).unwrap();
        String::from_utf8_lossy(&all).into_owned()
    }
}
