//! Logins with passwords: what a room that talks notices of them, and how long they take.
//!
//! Who logs in are threads of this process, on the same machine as the server: they take processor time from it.

use std::io::{self, BufRead, BufReader, Write};
use std::net::{SocketAddr, TcpStream};
use std::process::Stdio;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, ensure};
use clap::Args;
use hdrhistogram::Histogram;

use crate::contestant::{Contestant, chatctl};
use crate::crowd::Crowd;
use crate::drive::{Figures, drive};
use crate::goal::{self, Goal};
use crate::process::Server;
use crate::report::say;
use crate::shape::Pace;
use crate::visitor::{log_in, read_until};

/// Members of the room that talks, and what they say in a second.
const MEMBERS: usize = 200;
const PER_SECOND: f64 = 50.0;

/// Accounts that log in, each once a second.
const ACCOUNTS: u32 = 50;

const PASSWORD: &str = "correct-horse-battery";
const PROMPT: &str = "server: set your name please:";
const PASSWORD_PROMPT: &str = "server: password please:";

/// Microseconds beyond which logins are not told apart.
const LONGEST: u64 = 60_000_000;

/// How long a login may take until it counts as failed.
const PATIENCE: Duration = Duration::from_secs(30);

#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// Seconds without logins and with them
    #[arg(long, default_value_t = 10.0)]
    seconds: f64,
    /// Logins at once
    #[arg(long, default_value_t = 200)]
    at_once: usize,
}

/// How long logins took, and those that were not taken.
#[derive(Default)]
struct Logins {
    took: Vec<Duration>,
    refused: usize,
}

pub(crate) fn run(arguments: &Arguments) -> anyhow::Result<()> {
    let time = Duration::from_secs_f64(arguments.seconds);
    let server = chatctl(&["--message-rate", "1000000"], Stdio::null())?;
    for account in 0..ACCOUNTS {
        let mut stream = log_in(server.addr, &name(account))?;
        writeln!(stream, "register {PASSWORD}")?;
        read_until(&mut stream, b" is registered\n").context("an account is made")?;
    }
    let mut crowd = Crowd::gather(Contestant::Chatctl, server.addr, &[MEMBERS])?;
    let pace = Pace::PerSecond(PER_SECOND);
    say(format_args!("a room of {MEMBERS}, {PER_SECOND} messages/s"));
    let alone = drive(&mut crowd, &server, pace, time)?;
    show("alone", &alone);
    let (beside, logins) = beside(&mut crowd, &server, time, |end| sustained(server.addr, end))?;
    show("50 logins/s", &beside);
    let rate = logins.took.len() as f64 / beside.elapsed.as_secs_f64();
    logins.show();
    let time = Duration::from_secs(4);
    let (crowded, at_once) = self::beside(&mut crowd, &server, time, |_| all_at_once(server.addr, arguments.at_once))?;
    show("all at once", &crowded);
    at_once.show();
    ensure!(!at_once.took.is_empty(), "nobody has logged in");
    let slowest = at_once.took.iter().max().map_or(f64::NAN, Duration::as_secs_f64);
    let rise = crowded.percentile(99.0) - alone.percentile(99.0);
    let wrong = AtomicU32::new(0);
    let time = Duration::from_secs_f64(arguments.seconds);
    let (guessed, _) = self::beside(&mut crowd, &server, time, |end| guess(server.addr, end, &wrong))?;
    show("guesses", &guessed);
    say(format_args!("  {} wrong passwords were refused", wrong.load(Ordering::Relaxed)));
    goal::show(&[
        Goal::new(
            "wrong passwords as fast as they can be said: p99 of the others",
            guessed.percentile(99.0),
            25.0,
            "ms",
        ),
        Goal::new("50 logins/s: missing of those in a second", f64::from(ACCOUNTS) - rate, 1.0, "logins"),
        Goal::new("50 logins/s: p99 of the others", beside.percentile(99.0), 25.0, "ms"),
        Goal::new(format!("{} logins at once: until the last is in", arguments.at_once), slowest, 3.0, "s"),
        Goal::new("logins at once: rise of the p99 of the others", rise, 10.0, "ms"),
    ]);
    Ok(())
}

fn name(account: u32) -> String {
    format!("account{account}")
}

/// The room talks while others log in.
fn beside(
    crowd: &mut Crowd,
    server: &Server,
    time: Duration,
    log_in: impl FnOnce(Instant) -> Logins + Send,
) -> anyhow::Result<(Figures, Logins)> {
    thread::scope(|scope| {
        let logging_in = scope.spawn(move || log_in(Instant::now() + time));
        let figures = drive(crowd, server, Pace::PerSecond(PER_SECOND), time)?;
        Ok((figures, logging_in.join().expect("it does not panic")))
    })
}

/// Each account logs in once a second, evenly spread, until the end. A late login does not hold up the next.
fn sustained(addr: SocketAddr, end: Instant) -> Logins {
    let logins = Mutex::new(Logins::default());
    let begun = Instant::now();
    thread::scope(|scope| {
        for account in 0..ACCOUNTS {
            let logins = &logins;
            scope.spawn(move || {
                let mut intended = begun + Duration::from_secs(1) * account / ACCOUNTS;
                while intended < end {
                    thread::sleep(intended.saturating_duration_since(Instant::now()));
                    log_in_with_password(addr, account).count(intended, logins);
                    intended += Duration::from_secs(1);
                }
            });
        }
    });
    logins.into_inner().expect("nobody panics")
}

/// So many log in at the same moment; who is told that too many wait tries again.
fn all_at_once(addr: SocketAddr, count: usize) -> Logins {
    let logins = Mutex::new(Logins::default());
    let begun = Instant::now();
    thread::scope(|scope| {
        for account in (0..ACCOUNTS).cycle().take(count) {
            let logins = &logins;
            scope.spawn(move || {
                loop {
                    let outcome = log_in_with_password(addr, account);
                    let is_over = matches!(outcome, Outcome::In) || begun.elapsed() > PATIENCE;
                    outcome.count(begun, logins);
                    if is_over {
                        break;
                    }
                    thread::sleep(Duration::from_millis(100));
                }
            });
        }
    });
    logins.into_inner().expect("nobody panics")
}

/// One account says wrong passwords as fast as the server answers, until the end.
fn guess(addr: SocketAddr, end: Instant, wrong: &AtomicU32) -> Logins {
    const AT_ONCE: u32 = 1000;
    let guesses = "unregister battery-staple\n".repeat(AT_ONCE as usize);
    let guess = || -> io::Result<()> {
        let mut stream = TcpStream::connect(addr)?;
        stream.set_read_timeout(Some(PATIENCE))?;
        stream.write_all(format!("{}\n{PASSWORD}\n", name(0)).as_bytes())?;
        read_until(&mut stream, b"chatting!\n")?;
        while Instant::now() < end {
            stream.write_all(format!("{guesses}ping guessed\n").as_bytes())?;
            read_until(&mut stream, b"pong guessed\n")?;
            wrong.fetch_add(AT_ONCE, Ordering::Relaxed);
        }
        Ok(())
    };
    Logins { took: Vec::new(), refused: usize::from(guess().is_err()) }
}

enum Outcome {
    In,
    Refused,
}

impl Outcome {
    fn count(self, begun: Instant, logins: &Mutex<Logins>) {
        let mut logins = logins.lock().expect("nobody panics");
        match self {
            Self::In => logins.took.push(begun.elapsed()),
            Self::Refused => logins.refused += 1,
        }
    }
}

fn log_in_with_password(addr: SocketAddr, account: u32) -> Outcome {
    let try_to = || -> io::Result<()> {
        let mut stream = TcpStream::connect(addr)?;
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(PATIENCE))?;
        stream.write_all(format!("{}\n{PASSWORD}\n", name(account)).as_bytes())?;
        let mut lines = BufReader::new(&stream).lines();
        let answer = lines.find(|line| line.as_ref().map_or(true, |line| line != PROMPT && line != PASSWORD_PROMPT));
        match answer.transpose()? {
            Some(welcome) if welcome.ends_with("chatting!") => stream.write_all(b"quit\n"),
            other => Err(io::Error::other(other.unwrap_or_default())),
        }
    };
    try_to().map_or(Outcome::Refused, |()| Outcome::In)
}

impl Logins {
    fn show(&self) {
        let mut took = Histogram::<u64>::new_with_max(LONGEST, 3).expect("three digits are supported");
        self.took.iter().for_each(|time| took.saturating_record(u64::try_from(time.as_micros()).unwrap_or(u64::MAX)));
        let [p50, p99] = [0.5, 0.99].map(|quantile| took.value_at_quantile(quantile) as f64 / 1e3);
        let Self { took, refused } = self;
        say(format_args!("  {} logged in, p50 {p50:.1} ms, p99 {p99:.1} ms; {refused} times refused", took.len()));
    }
}

fn show(when: &str, figures: &Figures) {
    let [p50, p99] = [50.0, 99.0].map(|percent| figures.percentile(percent));
    let cpu = 100.0 * figures.cpu.total().as_secs_f64() / figures.elapsed.as_secs_f64();
    say(format_args!("{when:<12} p50 {p50:>7.3} ms, p99 {p99:>7.3} ms; server {cpu:.0} % CPU"));
}
