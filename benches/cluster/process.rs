//! A program that is started, stopped and killed, and the processor time that it has used.

use std::env;
use std::fs;
use std::io::{self, BufRead, BufReader};
use std::net::SocketAddr;
use std::process::{Child, ChildStdout, Command, ExitStatus, Stdio};
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};

/// The unit of the times in `/proc/PID/stat`, the same on every Linux that Rust runs on.
const TICK: Duration = Duration::from_millis(10);

/// The program of this package, or another build of it that `CHATCTL` names.
pub(crate) fn chatctl() -> Command {
    Command::new(env::var_os("CHATCTL").unwrap_or_else(|| env!("CARGO_BIN_EXE_chatctl").into()))
}

/// Killed when dropped.
#[derive(Debug)]
pub(crate) struct Process {
    child: Child,
}

impl Process {
    pub(crate) fn spawn(command: &mut Command) -> io::Result<Self> {
        Ok(Self { child: command.stdin(Stdio::null()).spawn()? })
    }

    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    pub(crate) fn signal(&self, signal: Signal) -> io::Result<()> {
        Ok(kill_process(Pid::from_child(&self.child), signal)?)
    }

    /// Kills it and waits for its end.
    pub(crate) fn kill(&mut self) -> io::Result<ExitStatus> {
        self.child.kill()?;
        self.child.wait()
    }

    /// Asks it to end and waits until it has.
    pub(crate) fn terminate(&mut self) -> io::Result<ExitStatus> {
        self.signal(Signal::TERM)?;
        self.child.wait()
    }

    /// Processor time so far, of all its threads.
    pub(crate) fn cpu(&self) -> io::Result<Duration> {
        let stat = fs::read_to_string(format!("/proc/{}/stat", self.id()))?;
        // The name, in parentheses, may hold blanks; what follows it does not.
        let after_name = stat.rsplit(") ").next().unwrap_or_default();
        let ticks = |field: usize| after_name.split(' ').nth(field).and_then(|ticks| ticks.parse().ok()).unwrap_or(0);
        Ok(TICK * (ticks(11) + ticks(12)))
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// `chatctl serve`, alone or in a cluster.
#[derive(Debug)]
pub(crate) struct Node {
    pub(crate) addr: SocketAddr,
    pub(crate) process: Process,
    /// Where it may go on saying things.
    _said: BufReader<ChildStdout>,
}

impl Node {
    /// A server of the cluster at this URL, or one by itself.
    pub(crate) fn start(cluster: Option<&str>) -> io::Result<Self> {
        let mut command = chatctl();
        command.args(["serve", "--listen", "127.0.0.1:0", "--web", "none", "--message-rate", "0"]);
        command.args(cluster.iter().flat_map(|url| ["--cluster", url]));
        let mut process = Process::spawn(command.stdout(Stdio::piped()).stderr(Stdio::null()))?;
        let mut said = BufReader::new(process.child.stdout.take().expect("standard output is piped"));
        let mut line = String::new();
        said.read_line(&mut line)?;
        let addr = line.split_whitespace().find_map(|word| word.parse().ok());
        let addr =
            addr.ok_or_else(|| io::Error::other(format!("the server said {line:?} and not where it listens")))?;
        Ok(Self { addr, process, _said: said })
    }
}
