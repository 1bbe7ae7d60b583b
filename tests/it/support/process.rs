//! The real binary as a server, with what it says and what it costs.

use std::fs;
use std::io::{BufRead, BufReader, Read};
use std::net::SocketAddr;
use std::process::{Child, ChildStderr, ChildStdout, Command, ExitStatus, Stdio};
use std::sync::{Arc, Condvar, Mutex};
use std::thread::{self, JoinHandle};

use super::{Client, PATIENCE};

/// `chatctl serve` on a free port; killed when dropped.
pub(crate) struct Process {
    pub(crate) addr: SocketAddr,
    pub(crate) first_line: String,
    /// What comes on standard output after the first line.
    rest: Mutex<BufReader<ChildStdout>>,
    child: Child,
    log: Arc<Log>,
    reading: Option<JoinHandle<()>>,
}

fn serve(flags: &[&str]) -> Command {
    serve_at("127.0.0.1:0", flags)
}

fn serve_at(listen: &str, flags: &[&str]) -> Command {
    let mut command = Command::new(assert_cmd::cargo::cargo_bin!("chatctl"));
    command.args(["serve", "--listen", listen]).args(flags).env_remove("RUST_LOG");
    command
}

/// What has come on standard error so far.
#[derive(Default)]
struct Log {
    text: Mutex<String>,
    more: Condvar,
}

impl Process {
    pub(crate) fn serve(flags: &[&str]) -> Self {
        Self::listening(serve(flags)).keeping_log()
    }

    /// At this address of the text door.
    pub(crate) fn serve_at(listen: &str, flags: &[&str]) -> Self {
        Self::listening(serve_at(listen, flags)).keeping_log()
    }

    pub(crate) fn serve_with_env(name: &str, value: &str, flags: &[&str]) -> Self {
        Self::serve_with_envs(&[(name, value)], flags)
    }

    pub(crate) fn serve_with_envs(variables: &[(&str, &str)], flags: &[&str]) -> Self {
        let mut command = serve(flags);
        command.envs(variables.iter().copied());
        Self::listening(command).keeping_log()
    }

    /// With room for so many open files.
    pub(crate) fn serve_with_descriptors(descriptors: u32, flags: &[&str]) -> Self {
        let serve = serve(flags);
        let mut shell = Command::new("sh");
        shell.args(["-c", &format!("ulimit -n {descriptors} && exec \"$@\""), "sh"]);
        shell.arg(serve.get_program()).args(serve.get_args());
        Self::listening(shell).keeping_log()
    }

    /// Whoever would have read the log is gone.
    pub(crate) fn serve_with_closed_log(flags: &[&str]) -> Self {
        let mut process = Self::listening(serve(flags));
        drop(process.child.stderr.take());
        process
    }

    /// Nobody ever reads the log.
    pub(crate) fn serve_with_unread_log(flags: &[&str]) -> Self {
        Self::listening(serve(flags))
    }

    pub(crate) fn listening(mut command: Command) -> Self {
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().expect("the binary starts");
        let mut first_line = String::new();
        let mut rest = BufReader::new(child.stdout.take().expect("piped"));
        rest.read_line(&mut first_line).expect("the binary says where it listens");
        let addr = first_line.trim_end().rsplit(' ').next().and_then(|addr| addr.parse().ok());
        let addr = addr.unwrap_or_else(|| panic!("an address in {first_line:?}"));
        Self { addr, first_line, rest: Mutex::new(rest), child, log: Arc::default(), reading: None }
    }

    /// Reads the log from now on: a full pipe would stop the server.
    fn keeping_log(mut self) -> Self {
        let stderr = self.child.stderr.take().expect("piped");
        let log = Arc::clone(&self.log);
        self.reading = Some(thread::spawn(move || log.read(stderr)));
        self
    }

    /// The next lines of standard output; fewer if it ends.
    pub(crate) fn lines(&self, count: usize) -> Vec<String> {
        let mut rest = self.rest.lock().expect("nobody panics with the output in hand");
        let lines = rest.by_ref().lines().take(count);
        lines.collect::<Result<_, _>>().expect("the output is text")
    }

    pub(crate) fn user(&self, name: &str) -> Client {
        Client::log_in(self.addr, name)
    }

    /// Sends a signal by its name, like `INT`.
    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    pub(crate) fn signal(&self, name: &str) {
        let id = self.child.id().to_string();
        let sent = Command::new("kill").args(["-s", name, &id]).status().expect("kill can be run");
        assert!(sent.success(), "kill -s {name} {id}");
    }

    /// Waits for the end; returns it with all that was logged.
    pub(crate) fn wait(mut self) -> (ExitStatus, String) {
        let status = self.child.wait().expect("the binary was started by this process");
        if let Some(reading) = self.reading.take() {
            reading.join().expect("the log can be read");
        }
        (status, self.log())
    }

    /// Stops it as a user at a terminal would.
    pub(crate) fn stop(self) -> (ExitStatus, String) {
        self.signal("INT");
        self.wait()
    }

    pub(crate) fn log(&self) -> String {
        self.log.text().clone()
    }

    /// Waits until the log holds this.
    pub(crate) fn wait_for_log(&self, text: &str) {
        self.wait_for_logs(text, 1);
    }

    /// Waits until the log holds this so many times.
    pub(crate) fn wait_for_logs(&self, text: &str, times: usize) {
        let lacks = |log: &mut String| log.matches(text).count() < times;
        let waited = self.log.more.wait_timeout_while(self.log.text(), PATIENCE, lacks);
        let (log, timeout) = waited.expect("the reader does not panic");
        assert!(!timeout.timed_out(), "{text:?} in the log:\n{log}");
    }

    /// Memory in use, in KiB.
    pub(crate) fn memory_kib(&self) -> usize {
        self.status_kib("VmRSS:")
    }

    /// The most memory that was ever in use, in KiB.
    pub(crate) fn peak_memory_kib(&self) -> usize {
        self.status_kib("VmHWM:")
    }

    /// User and system time, in ticks of 10 ms.
    pub(crate) fn cpu_ticks(&self) -> u64 {
        let stat = fs::read_to_string(format!("/proc/{}/stat", self.child.id())).expect("the process runs");
        let fields = stat.rsplit(')').next().expect("a name in brackets").split_whitespace();
        fields.skip(11).take(2).map(|ticks| ticks.parse::<u64>().expect("a number")).sum()
    }

    fn status_kib(&self, field: &str) -> usize {
        let status = fs::read_to_string(format!("/proc/{}/status", self.child.id())).expect("the process runs");
        let line = status.lines().find_map(|line| line.strip_prefix(field)).expect("a field of the kernel's");
        line.trim_end_matches("kB").trim().parse().expect("a number")
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Log {
    fn read(&self, stderr: ChildStderr) {
        let mut stderr = BufReader::new(stderr);
        let mut line = String::new();
        while stderr.by_ref().read_line(&mut line).is_ok_and(|bytes| bytes > 0) {
            self.text().push_str(&line);
            line.clear();
            self.more.notify_all();
        }
    }

    fn text(&self) -> std::sync::MutexGuard<'_, String> {
        self.text.lock().expect("nobody panics with the log in hand")
    }
}
