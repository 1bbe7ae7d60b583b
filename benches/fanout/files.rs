//! What files cost: a large one there and back beside `cp` and `sha256sum`, the memory that it takes, and what a room that
//! talks notices of four transfers.
//!
//! Sender, receiver and room are threads of this process, on the same machine as the server, and the disk is the same for all.
//! While the room talks, those who send and receive give way to all others (`nice` 10), as they stand for people at other machines.

use std::fs::{self, File};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, ensure};
use clap::Args;
use rustix::process::setpriority_process;

use crate::contestant::{Contestant, chatctl};
use crate::crowd::Crowd;
use crate::drive::{Figures, drive};
use crate::process::Server;
use crate::report::say;
use crate::shape::Pace;
use crate::visitor::log_in;

/// Members of the room that talks, and what they say in a second.
const MEMBERS: usize = 200;
const PER_SECOND: f64 = 50.0;

/// How much less important those who send and receive are than the room and the server, as `nice` counts.
const NICE: i32 = 10;

/// Bytes of the files that come and go while the room talks.
const SMALL: u64 = 32 << 20;

/// Bytes that are written and read at once.
const PIECE: usize = 256 * 1024;

#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// Size of the large file, in MiB
    #[arg(long, default_value_t = 1024)]
    size: u64,
    /// Seconds for which the room talks without and with transfers
    #[arg(long, default_value_t = 25.0)]
    seconds: f64,
    /// MiB a second that each of the four transfers is held to; as fast as it can without it
    #[arg(long)]
    each: Option<u64>,
    /// Keep nothing: no message waits for the disk
    #[arg(long)]
    without_data: bool,
    /// Folder on the disk that is measured [default: that for temporary files]
    #[arg(long)]
    folder: Option<PathBuf>,
}

pub(crate) fn run(arguments: &Arguments) -> anyhow::Result<()> {
    let parent = arguments.folder.clone().unwrap_or_else(std::env::temp_dir);
    let folder = tempfile::tempdir_in(parent).context("cannot make a folder for the files")?;
    let data = folder.path().join("data");
    let data = data.to_str().context("the folder's name is not text")?;
    let limits = ["--message-rate", "1000000", "--max-file", "4GiB", "--max-files", "64GiB", "--data", data];
    let limits = if arguments.without_data { &limits[..limits.len() - 2] } else { &limits };
    let server = chatctl(limits, Stdio::null())?;
    let id = large(arguments.size << 20, folder.path(), &server)?;
    talk(arguments, &server, &id)
}

/// A large file by the tools of the shell, then to the server and back. Returns its id.
fn large(size: u64, folder: &Path, server: &Server) -> anyhow::Result<String> {
    let source = folder.join("source");
    write_noise(&source, size)?;
    let mib = size as f64 / f64::from(1 << 20);
    let by_shell = timed(|| copy_and_sum(&source, &folder.join("copy")))?;
    say(format_args!("{mib:.0} MiB"));
    say(format_args!("  cp, sync and sha256sum   {:>7.0} MiB/s", mib / by_shell.as_secs_f64()));
    fs::remove_file(folder.join("copy"))?;

    let mut alice = Sender::enter(server.addr, "alice")?;
    let idle = server.memory()?;
    let mut stored = String::new();
    let sending = timed(|| {
        stored = alice.send(size, &mut File::open(&source)?, None)?;
        Ok(())
    })?;
    let fetching = timed(|| fetch(server.addr, &stored, size, None))?;
    let grown = server.peak_memory()?.saturating_sub(idle);
    for (what, time) in [("to the server", sending), ("from the server", fetching)] {
        let part = by_shell.as_secs_f64() / time.as_secs_f64();
        say(format_args!("  {what:<24} {:>7.0} MiB/s, {part:.2} of that", mib / time.as_secs_f64()));
    }
    say(format_args!("  memory at most           {:>7.1} MiB above idle", grown as f64 / f64::from(1 << 20)));
    Ok(stored)
}

/// A room of 200 talks: alone, then while two files come and two go all the time.
fn talk(arguments: &Arguments, server: &Server, id: &str) -> anyhow::Result<()> {
    let (time, size) = (Duration::from_secs_f64(arguments.seconds), arguments.size << 20);
    let each = arguments.each.map(|mib| mib << 20);
    let mut crowd = Crowd::gather(Contestant::Chatctl, server.addr, &[MEMBERS])?;
    say(format_args!("a room of {MEMBERS}, {PER_SECOND} messages/s"));
    let alone = drive(&mut crowd, server, Pace::PerSecond(PER_SECOND), time)?;
    show("alone", &alone);
    let (over, moved) = (AtomicBool::new(false), AtomicU64::new(0));
    let (beside, outcomes) = thread::scope(|scope| {
        let (over, moved) = (&over, &moved);
        let senders =
            ["ben", "carol"].map(|name| scope.spawn(move || keep_sending(server.addr, name, each, over, moved)));
        let receivers =
            [(); 2].map(|()| scope.spawn(move || keep_fetching(server.addr, (id, size), each, over, moved)));
        let figures = drive(&mut crowd, server, Pace::PerSecond(PER_SECOND), time);
        over.store(true, Ordering::Relaxed);
        let outcomes = senders.into_iter().chain(receivers).map(|transfer| transfer.join().expect("it does not panic"));
        (figures, outcomes.collect::<anyhow::Result<Vec<()>>>())
    });
    let beside = beside?;
    outcomes.context("a transfer failed")?;
    show("four transfers", &beside);
    let rate = moved.load(Ordering::Relaxed) as f64 / f64::from(1 << 20) / beside.elapsed.as_secs_f64();
    let rise = beside.percentile(99.0) / alone.percentile(99.0) - 1.0;
    say(format_args!("  p99 {:+.0} % while {rate:.0} MiB/s of files came and went", rise * 100.0));
    Ok(())
}

fn show(when: &str, figures: &Figures) {
    let [median, high] = [50.0, 99.0].map(|percent| figures.percentile(percent));
    say(format_args!("  {when:<15} p50 {median:>7.3} ms, p99 {high:>7.3} ms, {:>7.0} deliveries/s", figures.rate()));
}

fn keep_sending(
    addr: SocketAddr,
    name: &str,
    each: Option<u64>,
    over: &AtomicBool,
    moved: &AtomicU64,
) -> anyhow::Result<()> {
    give_way()?;
    let mut sender = Sender::enter(addr, name)?;
    while !over.load(Ordering::Relaxed) {
        let id = sender.send(SMALL, &mut Noise::new(), Some((each, over, moved)))?;
        if !id.is_empty() {
            sender.ask(&format!("remove file {id}"), "server: removed the file ")?;
        }
    }
    Ok(())
}

fn keep_fetching(
    addr: SocketAddr,
    (id, size): (&str, u64),
    each: Option<u64>,
    over: &AtomicBool,
    moved: &AtomicU64,
) -> anyhow::Result<()> {
    give_way()?;
    while !over.load(Ordering::Relaxed) {
        fetch(addr, id, size, Some((each, over, moved)))?;
    }
    Ok(())
}

/// Makes this thread less important than the others.
fn give_way() -> anyhow::Result<()> {
    setpriority_process(Some(rustix::thread::gettid()), NICE).context("cannot be nice")
}

/// How fast a transfer may be, when it is to end, and where its bytes are counted.
type Watch<'a> = Option<(Option<u64>, &'a AtomicBool, &'a AtomicU64)>;

/// Somebody in a room of his own who sends files to it.
struct Sender {
    addr: SocketAddr,
    name: String,
    lines: BufReader<TcpStream>,
}

impl Sender {
    fn enter(addr: SocketAddr, name: &str) -> anyhow::Result<Self> {
        let lines = BufReader::new(log_in(addr, name)?);
        let mut sender = Self { addr, name: name.to_owned(), lines };
        sender.ask(&format!("create room {name}"), &format!("{name}/server: {name} created"))?;
        Ok(sender)
    }

    /// Sends a line, and returns what follows this on the line that answers.
    fn ask(&mut self, line: &str, answer: &str) -> anyhow::Result<String> {
        writeln!(self.lines.get_mut(), "{line}")?;
        let mut told = String::new();
        loop {
            told.clear();
            ensure!(self.lines.read_line(&mut told)? > 0, "the server has closed");
            if let Some(rest) = told.strip_prefix(answer) {
                return Ok(rest.trim_end().to_owned());
            }
            ensure!(!told.starts_with("error: "), "{line}: {told}");
        }
    }

    /// Sends so many bytes and returns the id of the file, or nothing if it was to end before.
    fn send(&mut self, size: u64, content: &mut impl Read, watch: Watch<'_>) -> anyhow::Result<String> {
        let wanted = self.ask(&format!("send file room {} {size} x.bin", self.name), "server: put ")?;
        let token = wanted.split(' ').next().unwrap_or_default();
        let mut stream = TcpStream::connect(self.addr)?;
        writeln!(stream, "put {token}")?;
        if copy(&mut content.take(size), &mut stream, watch)? < size {
            return Ok(String::new());
        }
        stream.shutdown(Shutdown::Write)?;
        let mut told = String::new();
        stream.read_to_string(&mut told)?;
        let stored = told.lines().find_map(|line| line.strip_prefix("server: stored "));
        let stored = stored.with_context(|| format!("the server says {told:?}"))?;
        Ok(stored.split(' ').next().unwrap_or_default().to_owned())
    }
}

/// Reads a whole file of the server, unless it is to end before.
fn fetch(addr: SocketAddr, id: &str, size: u64, watch: Watch<'_>) -> anyhow::Result<()> {
    let mut stream = TcpStream::connect(addr)?;
    writeln!(stream, "get {id}")?;
    let mut lines = BufReader::with_capacity(PIECE, stream);
    let mut told = String::new();
    while !told.starts_with("server: file ") {
        told.clear();
        ensure!(lines.read_line(&mut told)? > 0 && !told.starts_with("error: "), "the server says {told:?}");
    }
    let came = copy(&mut lines, &mut std::io::sink(), watch)?;
    let is_over = watch.is_some_and(|(_, over, _)| over.load(Ordering::Relaxed));
    ensure!(came == size || is_over, "{came} of {size} bytes came");
    Ok(())
}

/// Copies until the end, or until it is over, not faster than is said. Returns how many bytes.
fn copy(from: &mut impl Read, to: &mut impl Write, watch: Watch<'_>) -> std::io::Result<u64> {
    let (mut piece, mut count, started) = (vec![0; PIECE], 0, Instant::now());
    loop {
        let length = from.read(&mut piece)?;
        to.write_all(&piece[..length])?;
        count += length as u64;
        let Some((each, over, moved)) = watch else {
            if length == 0 {
                return Ok(count);
            }
            continue;
        };
        moved.fetch_add(length as u64, Ordering::Relaxed);
        if length == 0 || over.load(Ordering::Relaxed) {
            return Ok(count);
        }
        if let Some(each) = each {
            let due = Duration::from_secs_f64(count as f64 / each as f64);
            thread::sleep(due.saturating_sub(started.elapsed()));
        }
    }
}

/// One MiB of noise, again and again.
struct Noise {
    piece: Vec<u8>,
    at: usize,
}

impl Noise {
    fn new() -> Self {
        let mut piece = vec![0; 1 << 20];
        fastrand::fill(&mut piece);
        Self { piece, at: 0 }
    }
}

impl Read for Noise {
    fn read(&mut self, buf: &mut [u8]) -> std::io::Result<usize> {
        let length = buf.len().min(self.piece.len() - self.at);
        buf[..length].copy_from_slice(&self.piece[self.at..self.at + length]);
        self.at = (self.at + length) % self.piece.len();
        Ok(length)
    }
}

fn write_noise(path: &Path, size: u64) -> anyhow::Result<()> {
    let mut file = File::create(path)?;
    std::io::copy(&mut Noise::new().take(size), &mut file)?;
    Ok(file.sync_all()?)
}

/// What `cp`, `sync` and `sha256sum` do with a file.
fn copy_and_sum(from: &Path, to: &Path) -> anyhow::Result<()> {
    let tools: [&[&Path]; 3] = [&[Path::new("cp"), from, to], &[Path::new("sync"), to], &[Path::new("sha256sum"), to]];
    for tool in tools {
        let status = Command::new(tool[0]).args(&tool[1..]).stdout(Stdio::null()).status()?;
        ensure!(status.success(), "{} failed", tool[0].display());
    }
    Ok(())
}

fn timed(work: impl FnOnce() -> anyhow::Result<()>) -> anyhow::Result<Duration> {
    let started = Instant::now();
    work()?;
    Ok(started.elapsed())
}
