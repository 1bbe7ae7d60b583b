//! `--spawn`: the server under test is a program that is started for each file, and ended after it.

use std::collections::VecDeque;
use std::io::{self, Read};
use std::net::TcpListener;
use std::os::unix::process::CommandExt;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use chatctl::client;
use chatctl::protocol::dialect::Dialect;
use chatctl::run::dialects::Doors;
use chatctl::run::{Addresses, Destination, StartServer, Started};
use futures::future::BoxFuture;
use rustix::process::{Pid, Signal, kill_process_group};
use smol::{Async, Timer};

use crate::trust::TrustArguments;

/// What stands for a free port in the command and in the addresses.
pub(super) const PORT: &str = "{{port}}";
/// How long a server may take until it accepts.
const ACCEPTS_WITHIN: Duration = Duration::from_secs(10);
/// How long a server may take to end by itself.
const ENDS_WITHIN: Duration = Duration::from_secs(5);
/// How often it is looked at in between.
const LOOK_EVERY: Duration = Duration::from_millis(20);
/// How long the rest of what a server said may take once it has ended: another process may hold its output open.
const SAID_WITHIN: Duration = Duration::from_millis(500);
/// How much of what a server said is kept, in bytes.
const KEPT: usize = 8 * 1024;
/// How much of that is told, in lines.
const TOLD: usize = 20;

/// Starts the command each time.
pub(super) struct SpawnedServer {
    pub(super) command: String,
    /// Where it is to accept, for users of each dialect.
    pub(super) servers: Vec<(Dialect, Vec<String>)>,
    pub(super) named: Vec<(String, String)>,
    pub(super) trust: TrustArguments,
}

impl StartServer for SpawnedServer {
    fn start(&self, _doors: Doors) -> BoxFuture<'_, io::Result<Started>> {
        Box::pin(async move {
            let port = free_port()?.to_string();
            let with_port = |text: &str| text.replace(PORT, &port);
            let addresses: Vec<String> =
                self.servers.iter().flat_map(|(_, found)| found).map(|a| with_port(a)).collect();
            for address in &addresses {
                if accepts(address).await {
                    return Err(io::Error::other(format!("another program listens at {address} already")));
                }
            }
            let mut program = ChildServer::start(&with_port(&self.command))?;
            for address in &addresses {
                program.wait_for(address).await?;
            }
            let mut found = Addresses::default();
            for (dialect, servers) in &self.servers {
                let mut all = Vec::new();
                for address in servers {
                    all.push(self.destination(&with_port(address)).await?);
                }
                found = found.with_several(*dialect, all);
            }
            for (name, address) in &self.named {
                found = found.with_named(name, self.destination(&with_port(address)).await?);
            }
            Ok(Started { addresses: found, stop: Box::pin(program.end()) })
        })
    }
}

impl SpawnedServer {
    async fn destination(&self, address: &str) -> io::Result<Destination> {
        let (trust, at) = (self.trust.clone(), address.to_owned());
        let trust =
            smol::unblock(move || trust.trust(&at)).await.map_err(|error| io::Error::other(format!("{error:#}")))?;
        Ok(Destination { door: client::resolve(address).await.map_err(io::Error::other)?, trust: Some(trust) })
    }
}

/// Nobody listens at it now.
fn free_port() -> io::Result<u16> {
    Ok(TcpListener::bind("127.0.0.1:0")?.local_addr()?.port())
}

/// Whether somebody accepts there.
async fn accepts(address: &str) -> bool {
    let Ok(door) = client::resolve(address).await else { return false };
    if let Some(path) = &door.path {
        return Async::<std::os::unix::net::UnixStream>::connect(path).await.is_ok();
    }
    for address in door.addresses {
        if Async::<std::net::TcpStream>::connect(address).await.is_ok() {
            return true;
        }
    }
    false
}

/// A server that runs, with all processes that it starts.
struct ChildServer {
    command: String,
    child: Child,
    said: Arc<Mutex<VecDeque<u8>>>,
    /// Closed once nobody can say anything more.
    silence: Receiver<()>,
}

impl ChildServer {
    fn start(command: &str) -> io::Result<Self> {
        let mut shell = Command::new("sh");
        shell.args(["-c", command]).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        // A group of its own: it is ended with all that it has started, and not by Ctrl-C at the terminal.
        let mut child = shell.process_group(0).spawn()?;
        let (said, (talking, silence)) = (Arc::default(), channel());
        if let Some(output) = child.stdout.take() {
            keep(output, &said, &talking);
        }
        if let Some(errors) = child.stderr.take() {
            keep(errors, &said, &talking);
        }
        Ok(Self { command: command.to_owned(), child, said, silence })
    }

    /// Waits until it accepts at this address.
    async fn wait_for(&mut self, address: &str) -> io::Result<()> {
        let deadline = Instant::now() + ACCEPTS_WITHIN;
        loop {
            if accepts(address).await {
                return Ok(());
            }
            if let Some(status) = self.child.try_wait()? {
                let _ = self.silence.recv_timeout(SAID_WITHIN);
                return Err(self.complaint(&format!("ended ({status}) before it accepted at {address}")));
            }
            if Instant::now() > deadline {
                let seconds = ACCEPTS_WITHIN.as_secs();
                return Err(self.complaint(&format!("does not accept at {address} after {seconds} s")));
            }
            Timer::after(LOOK_EVERY).await;
        }
    }

    fn complaint(&self, what: &str) -> io::Error {
        let said: String = self.last_lines().iter().map(|line| format!("\n    {line}")).collect();
        let said = if said.is_empty() { " and said nothing".to_owned() } else { format!("; it said:{said}") };
        io::Error::other(format!("`{}` {what}{said}", self.command))
    }

    /// Ends it; returns what it said at last.
    async fn end(mut self) -> Vec<String> {
        self.signal(Signal::TERM);
        let deadline = Instant::now() + ENDS_WITHIN;
        while matches!(self.child.try_wait(), Ok(None)) && Instant::now() < deadline {
            Timer::after(LOOK_EVERY).await;
        }
        self.signal(Signal::KILL);
        let _ = self.child.wait();
        let _ = self.silence.recv_timeout(SAID_WITHIN);
        self.last_lines()
    }

    fn signal(&self, signal: Signal) {
        let group = i32::try_from(self.child.id()).ok().and_then(Pid::from_raw);
        // If nobody is left in it, nothing is to be ended.
        if let Some(group) = group {
            let _ = kill_process_group(group, signal);
        }
    }

    fn last_lines(&self) -> Vec<String> {
        let mut said = self.said.lock().unwrap_or_else(PoisonError::into_inner);
        let text = String::from_utf8_lossy(said.make_contiguous()).into_owned();
        let lines: Vec<&str> = text.lines().collect();
        lines[lines.len().saturating_sub(TOLD)..].iter().map(|&line| line.to_owned()).collect()
    }
}

impl Drop for ChildServer {
    fn drop(&mut self) {
        self.signal(Signal::KILL);
        let _ = self.child.wait();
    }
}

/// Reads what a program says to its end, and keeps the last of it.
fn keep(mut output: impl Read + Send + 'static, said: &Arc<Mutex<VecDeque<u8>>>, talking: &Sender<()>) {
    let (said, talking) = (Arc::clone(said), talking.clone());
    thread::spawn(move || {
        let mut buf = [0; 4096];
        while let Ok(length @ 1..) = output.read(&mut buf) {
            let mut said = said.lock().unwrap_or_else(PoisonError::into_inner);
            said.extend(&buf[..length]);
            let surplus = said.len().saturating_sub(KEPT);
            said.drain(..surplus);
        }
        drop(talking);
    });
}
