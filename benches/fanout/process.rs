//! A server under measurement: its own process, and what the system says that it costs.

use std::env;
use std::ffi::OsString;
use std::fs;
use std::io::{self, BufRead, BufReader};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use tempfile::TempDir;

/// How long a server may take until it listens.
const STARTS_WITHIN: Duration = Duration::from_secs(5);

/// The unit of the times in `/proc/PID/stat`, the same on every Linux that Rust runs on.
const TICK: Duration = Duration::from_millis(10);

/// A process that is killed when it is no longer needed.
#[derive(Debug)]
pub(crate) struct Server {
    pub(crate) addr: SocketAddr,
    child: Child,
    /// Where it may go on saying things.
    _said: Option<BufReader<ChildStdout>>,
    /// What it keeps, removed after it has ended.
    folder: Option<TempDir>,
}

/// Processor time that a process has used.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Cpu {
    pub(crate) user: Duration,
    pub(crate) system: Duration,
}

impl Cpu {
    pub(crate) fn total(self) -> Duration {
        self.user + self.system
    }

    pub(crate) fn since(self, earlier: Self) -> Self {
        Self { user: self.user - earlier.user, system: self.system - earlier.system }
    }
}

impl Server {
    /// Starts a server that prints where it listens, behind so many other lines.
    pub(crate) fn that_says_where(command: &mut Command, others: usize) -> io::Result<Self> {
        let mut child = command.stdin(Stdio::null()).stdout(Stdio::piped()).spawn()?;
        let mut said = BufReader::new(child.stdout.take().expect("standard output is piped"));
        let mut line = String::new();
        for _ in 0..=others {
            line.clear();
            said.read_line(&mut line)?;
        }
        let addr = line.split_whitespace().find_map(|word| word.parse().ok());
        let addr =
            addr.ok_or_else(|| io::Error::other(format!("the server said {line:?} and not where it listens")))?;
        Ok(Self { addr, child, _said: Some(said), folder: None })
    }

    /// Starts a server that is told its port, and waits until it listens.
    pub(crate) fn told_where(command: impl FnOnce(u16) -> Command) -> io::Result<Self> {
        let addr = TcpListener::bind("127.0.0.1:0")?.local_addr()?;
        let child = command(addr.port()).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn()?;
        let server = Self { addr, child, _said: None, folder: None };
        let started = Instant::now();
        while let Err(error) = TcpStream::connect(addr) {
            if started.elapsed() > STARTS_WITHIN {
                return Err(error);
            }
            thread::sleep(Duration::from_millis(20));
        }
        Ok(server)
    }

    /// The same server, which has this folder for itself.
    pub(crate) fn with_folder(mut self, folder: TempDir) -> Self {
        self.folder = Some(folder);
        self
    }

    /// Where it keeps what it keeps.
    pub(crate) fn folder(&self) -> Option<&Path> {
        self.folder.as_ref().map(TempDir::path)
    }

    /// Ends it, and leaves what it kept.
    pub(crate) fn end(mut self) -> Option<TempDir> {
        self.folder.take()
    }

    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }

    /// User and system time so far, of all its threads.
    pub(crate) fn cpu(&self) -> io::Result<Cpu> {
        let stat = fs::read_to_string(format!("/proc/{}/stat", self.pid()))?;
        // The name, in parentheses, may hold blanks; what follows it does not.
        let after_name = stat.rsplit(") ").next().unwrap_or_default();
        let ticks = |field: usize| after_name.split(' ').nth(field).and_then(|ticks| ticks.parse().ok()).unwrap_or(0);
        Ok(Cpu { user: TICK * ticks(11), system: TICK * ticks(12) })
    }

    /// Bytes of memory that are resident.
    pub(crate) fn memory(&self) -> io::Result<u64> {
        self.status_bytes("VmRSS:")
    }

    /// The most bytes of memory that were ever resident.
    pub(crate) fn peak_memory(&self) -> io::Result<u64> {
        self.status_bytes("VmHWM:")
    }

    fn status_bytes(&self, field: &str) -> io::Result<u64> {
        let status = fs::read_to_string(format!("/proc/{}/status", self.pid()))?;
        let line = status.lines().find_map(|line| line.strip_prefix(field)).unwrap_or_default();
        Ok(1024 * line.trim().trim_end_matches(" kB").parse().unwrap_or(0))
    }

    /// Open files and sockets.
    pub(crate) fn descriptors(&self) -> io::Result<usize> {
        Ok(fs::read_dir(format!("/proc/{}/fd", self.pid()))?.count())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The program of this package, or another build of it that `CHATCTL` names, to compare with.
pub(crate) fn chatctl_program() -> OsString {
    env::var_os("CHATCTL").unwrap_or_else(|| env!("CARGO_BIN_EXE_chatctl").into())
}
