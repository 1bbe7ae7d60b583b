//! A `redis-server` that syncs every write, in a folder of its own, and what can befall it.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, bail};
use rustix::process::Signal;

use crate::process::Process;

/// How long it may take until it answers.
const STARTS_WITHIN: Duration = Duration::from_secs(10);

#[derive(Debug)]
pub(crate) struct Engine {
    pub(crate) addr: SocketAddr,
    pub(crate) process: Process,
    folder: tempfile::TempDir,
}

impl Engine {
    /// Starts one. Its folder is in the temporary directory, which `TMPDIR` names: what a sync costs depends on its disk.
    pub(crate) fn start() -> anyhow::Result<Self> {
        let addr = TcpListener::bind("127.0.0.1:0")?.local_addr()?;
        let folder = tempfile::tempdir()?;
        let process = spawn(addr, &folder)?;
        let engine = Self { addr, process, folder };
        engine.wait()?;
        Ok(engine)
    }

    pub(crate) fn url(&self) -> String {
        format!("redis://{}", self.addr)
    }

    /// Kills it, and starts it again after a while with what it has kept.
    pub(crate) fn kill_for(&mut self, away: Duration) -> anyhow::Result<()> {
        self.process.kill()?;
        self.start_again(away)
    }

    /// Ends it as an operator does, and starts it again.
    pub(crate) fn restart(&mut self, away: Duration) -> anyhow::Result<()> {
        self.process.terminate()?;
        self.start_again(away)
    }

    fn start_again(&mut self, away: Duration) -> anyhow::Result<()> {
        thread::sleep(away);
        self.process = spawn(self.addr, &self.folder)?;
        self.wait()
    }

    /// Stops it as it is, and lets it go on.
    pub(crate) fn freeze(&self, time: Duration) -> anyhow::Result<()> {
        self.process.signal(Signal::STOP)?;
        thread::sleep(time);
        Ok(self.process.signal(Signal::CONT)?)
    }

    /// Makes each sync to the disk take so much longer, until what is returned is dropped.
    pub(crate) fn slow_disk(&self, longer: Duration) -> anyhow::Result<Process> {
        let inject = format!("inject=fsync,fdatasync:delay_exit={}", longer.as_micros());
        let mut strace = Command::new("strace");
        strace.args(["-f", "-p", &self.process.id().to_string(), "-e", "trace=fsync,fdatasync", "-e", &inject]);
        let strace = Process::spawn(strace.stdout(Stdio::null()).stderr(Stdio::null())).context("strace is needed")?;
        let begun = Instant::now();
        let is_traced = || {
            let status = std::fs::read_to_string(format!("/proc/{}/status", self.process.id())).unwrap_or_default();
            status.lines().any(|line| line.starts_with("TracerPid:") && !line.ends_with("\t0"))
        };
        while !is_traced() {
            if begun.elapsed() > STARTS_WITHIN {
                bail!("strace may not trace redis-server");
            }
            thread::sleep(Duration::from_millis(5));
        }
        Ok(strace)
    }

    fn wait(&self) -> anyhow::Result<()> {
        let begun = Instant::now();
        // While it reads its file, it answers that it is loading.
        while !self.ask("PING").is_ok_and(|answer| answer.starts_with("+PONG")) {
            if begun.elapsed() > STARTS_WITHIN {
                bail!("redis-server does not answer");
            }
            thread::sleep(Duration::from_millis(5));
        }
        Ok(())
    }

    /// The beginning of its answer to a command without arguments that hold blanks.
    pub(crate) fn ask(&self, command: &str) -> anyhow::Result<String> {
        let mut stream = TcpStream::connect(self.addr)?;
        stream.write_all(format!("{command}\r\n").as_bytes())?;
        let mut answer = [0; 512];
        let length = stream.read(&mut answer)?;
        Ok(String::from_utf8_lossy(&answer[..length]).into_owned())
    }
}

fn spawn(addr: SocketAddr, folder: &tempfile::TempDir) -> anyhow::Result<Process> {
    let mut command = Command::new("redis-server");
    command.args(["--bind", "127.0.0.1", "--port", &addr.port().to_string(), "--save", ""]);
    command.args(["--appendonly", "yes", "--appendfsync", "always", "--maxmemory-policy", "noeviction"]);
    command.current_dir(folder.path()).stdout(Stdio::null()).stderr(Stdio::null());
    Process::spawn(&mut command).context("cannot start redis-server: it has to be installed")
}
