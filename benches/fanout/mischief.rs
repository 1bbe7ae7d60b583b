//! Ways to put a chat server under pressure, each bounded in number and time.

use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use socket2::SockRef;

use crate::attacks;
use crate::departures;
use crate::visitor::{last_line, log_in, read_until, wait_for};

/// Lines that the sender of [`Mischief::SlowReaders`] writes in a row: some 2 MB a second.
const LINES_A_TURN: usize = 400;

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Mischief {
    /// One member of the room stops reading
    StalledReader,
    /// A thousand readers of another room stall while somebody fills it
    StalledReaders,
    /// Twenty senders write as fast as they can, each to a room of its own
    Floods,
    /// Senders faster than readers: a flood into a room of fifty who read a little at a time
    SlowReaders,
    /// Two thousand join one room
    JoinStorm,
    /// A thousand connections a second come and go
    Connects,
    /// Two thousand connections never finish their name
    SlowLogins,
    /// More connections come than the server has descriptors for
    Descriptors,
    /// One user puts a thousand others into rooms and renames
    RenameStorm,
    /// Users who never read are sent megabytes and leave
    DepartedSleepers,
    /// Long messages to one who reads a megabyte a second
    Burst,
    /// Nobody reads standard error
    BlockedLog,
    /// Connections are reset as fast as they come, from one address
    ConnectStorm,
    /// The same from two hundred addresses
    ConnectStorms,
    /// Connections send more than they may and are reset
    Ghosts,
    /// Two thousand IRC users of the lobby quit in one moment
    Quits,
    /// The same by closing their connections
    HangUps,
}

impl Mischief {
    pub(crate) const ALL: &[Self] = &[
        Self::StalledReader,
        Self::StalledReaders,
        Self::Floods,
        Self::SlowReaders,
        Self::JoinStorm,
        Self::Connects,
        Self::SlowLogins,
        Self::Descriptors,
        Self::RenameStorm,
        Self::DepartedSleepers,
        Self::Burst,
        Self::BlockedLog,
        Self::ConnectStorm,
        Self::ConnectStorms,
        Self::Ghosts,
        Self::Quits,
        Self::HangUps,
    ];

    pub(crate) fn description(self) -> &'static str {
        match self {
            Self::StalledReader => "stalled-reader: one member of the room of 200 stops reading (--queue-hard 32768)",
            Self::StalledReaders => "stalled-readers: 1,000 of another room stop reading while somebody fills it",
            Self::Floods => "floods: 20 senders write as fast as they can",
            Self::SlowReaders => "slow-readers: one says 2 MB a second to a room of 50 who read a tenth of it",
            Self::JoinStorm => "join-storm: 2,000 join one room",
            Self::Connects => "connects: 1,000 connections a second",
            Self::SlowLogins => "slow-logins: 2,000 connections send a name byte by byte",
            Self::Descriptors => "descriptors: 600 connections, 400 descriptors",
            Self::RenameStorm => "rename-storm: one user puts 1,000 others into rooms and renames all the time",
            Self::DepartedSleepers => "departed-sleepers: 320 who never read are sent megabytes and leave",
            Self::Burst => "burst: ten write long messages to one who reads 1 MB/s",
            Self::BlockedLog => "blocked-log: nobody reads standard error",
            Self::ConnectStorm => "connect-storm: connections are reset as fast as they come, from one address",
            Self::ConnectStorms => "connect-storms: the same from 200 addresses",
            Self::Ghosts => "ghosts: 500 send 128 KiB of blank lines and are reset",
            Self::Quits => "quits: 2,000 IRC users of #lobby quit in one moment",
            Self::HangUps => "hang-ups: 2,000 IRC users of #lobby close their connections in one moment",
        }
    }

    /// Those who come before the measurement of what they do begins.
    pub(crate) fn gather(self, addr: SocketAddr) -> io::Result<Vec<TcpStream>> {
        match self {
            Self::Quits | Self::HangUps => departures::gather(addr),
            _ => Ok(Vec::new()),
        }
    }

    /// Makes it until it is `over`, and says what became of it.
    pub(crate) fn make(self, addr: SocketAddr, gathered: Vec<TcpStream>, over: &AtomicBool) -> String {
        let made = match self {
            Self::StalledReader => stalled_reader(addr, over),
            Self::StalledReaders => stalled_readers(addr, over),
            Self::Floods => floods(addr, over),
            Self::SlowReaders => slow_readers(addr, over),
            Self::JoinStorm => join_storm(addr, over),
            Self::Connects => connects(addr, over),
            Self::SlowLogins => slow_logins(addr, over),
            Self::Descriptors => descriptors(addr, over),
            Self::RenameStorm => attacks::rename_storm(addr, over),
            Self::DepartedSleepers => attacks::departed_sleepers(addr, over),
            Self::Burst => attacks::burst(addr, over),
            Self::BlockedLog => attacks::blocked_log(addr, over),
            Self::ConnectStorm => attacks::connect_storm(addr, over, 1),
            Self::ConnectStorms => attacks::connect_storm(addr, over, 200),
            Self::Ghosts => attacks::ghosts(addr, over),
            Self::Quits => departures::quit(gathered, over),
            Self::HangUps => departures::hang_up(gathered, over),
        };
        made.unwrap_or_else(|error| format!("ended by {error}"))
    }
}

fn stalled_reader(addr: SocketAddr, over: &AtomicBool) -> io::Result<String> {
    let mut stalled = log_in(addr, "stalled")?;
    SockRef::from(&stalled).set_recv_buffer_size(4096)?;
    stalled.write_all(b"join room r000\n")?;
    wait_for(over);
    Ok(format!("the stalled one was told: {}", last_line(&mut stalled)))
}

fn stalled_readers(addr: SocketAddr, over: &AtomicBool) -> io::Result<String> {
    let mut stalled = Vec::new();
    for i in 0..1000 {
        let mut reader = log_in(addr, &format!("stalled_{i}"))?;
        reader.write_all(if i == 0 { b"create room swamp\nping\n" } else { b"join room swamp\nping\n" })?;
        read_until(&mut reader, b": pong\n")?;
        stalled.push(reader);
    }
    // Each is as fast as the throttle lets it be.
    let lines = format!("send swamp {}\n", "x".repeat(4000)).repeat(75);
    let mut fillers = Vec::new();
    for i in 0..8 {
        let mut filler = log_in(addr, &format!("filler_{i}"))?;
        filler.write_all(b"join room swamp\n")?;
        filler.write_all(lines.as_bytes())?;
        filler.set_nonblocking(true)?;
        fillers.push(filler);
    }
    let mut scratch = vec![0; 256 * 1024];
    while !over.load(Ordering::Relaxed) {
        for filler in &mut fillers {
            while matches!(filler.read(&mut scratch), Ok(1..)) {}
        }
        thread::sleep(Duration::from_millis(1));
    }
    let last = stalled.first_mut().map(last_line).unwrap_or_default();
    Ok(format!("8 users send lines of 4,000 bytes; the first of the stalled was told: {last}"))
}

fn floods(addr: SocketAddr, over: &AtomicBool) -> io::Result<String> {
    let mut senders = Vec::new();
    for i in 0..20 {
        let mut sender = log_in(addr, &format!("flooder_{i}"))?;
        writeln!(sender, "create room flood_{i}")?;
        sender.set_nonblocking(true)?;
        let lines = format!("send flood_{i} {}\n", "x".repeat(64)).repeat(200).into_bytes();
        senders.push((sender, lines, 0));
    }
    let (mut written, mut scratch) = (0_u64, vec![0; 256 * 1024]);
    while !over.load(Ordering::Relaxed) {
        for (sender, lines, place) in &mut senders {
            while matches!(sender.read(&mut scratch), Ok(1..)) {}
            if let Ok(bytes) = sender.write(&lines[*place..]) {
                *place = (*place + bytes) % lines.len();
                written += bytes as u64;
            }
        }
        thread::sleep(Duration::from_millis(1));
    }
    Ok(format!("{} MB written", written / 1_000_000))
}

fn slow_readers(addr: SocketAddr, over: &AtomicBool) -> io::Result<String> {
    let mut readers = (0..50)
        .map(|i| {
            let mut stream = log_in(addr, &format!("slow_{i}"))?;
            stream.write_all(if i == 0 { b"create room mud\nping\n" } else { b"join room mud\nping\n" })?;
            read_until(&mut stream, b": pong\n")?;
            stream.set_nonblocking(true)?;
            Ok(SlowReader { stream, unfinished: Vec::new(), next: None, lines: 0, last_word: None })
        })
        .collect::<io::Result<Vec<_>>>()?;
    let mut sender = log_in(addr, "pourer")?;
    sender.write_all(b"join room mud\n")?;
    sender.set_nonblocking(true)?;
    let (mut said, mut pending, mut scratch) = (0, Vec::new(), vec![0; 256 * 1024]);
    while !over.load(Ordering::Relaxed) {
        while matches!(sender.read(&mut scratch), Ok(1..)) {}
        for _ in 0..LINES_A_TURN {
            if pending.is_empty() {
                writeln!(pending, "send room mud {said:08} {}", "x".repeat(100))?;
                said += 1;
            }
            let Ok(bytes) = sender.write(&pending) else { break };
            pending.drain(..bytes);
        }
        for reader in &mut readers {
            reader.read_a_little(&mut scratch[..4096])?;
        }
        thread::sleep(Duration::from_millis(20));
    }
    let cut: Vec<_> = readers.iter().filter_map(|reader| reader.last_word.as_deref()).collect();
    let lines: usize = readers.iter().map(|reader| reader.lines).sum();
    Ok(format!(
        "{said} lines said; {} of 50 were cut off; the {lines} lines that were read have no gap; the last word was: {}",
        cut.len(),
        cut.first().unwrap_or(&"none"),
    ))
}

/// One of those who read too little of the numbered lines.
struct SlowReader {
    stream: TcpStream,
    unfinished: Vec<u8>,
    /// The number that the next line must have.
    next: Option<u32>,
    lines: usize,
    last_word: Option<String>,
}

impl SlowReader {
    /// One read; an error if a line is missing between those that came.
    fn read_a_little(&mut self, scratch: &mut [u8]) -> io::Result<()> {
        let Ok(bytes) = self.stream.read(scratch) else { return Ok(()) };
        self.unfinished.extend_from_slice(&scratch[..bytes]);
        let Some(end) = memchr::memrchr(b'\n', &self.unfinished) else { return Ok(()) };
        let lines: Vec<u8> = self.unfinished.drain(..=end).collect();
        for line in String::from_utf8_lossy(&lines).lines() {
            let number = line.strip_prefix("mud/pourer: ").and_then(|text| text.get(..8)?.parse::<u32>().ok());
            let Some(number) = number else {
                self.last_word = line.contains("slow-consumer").then(|| line.to_owned());
                continue;
            };
            if self.next.is_some_and(|next| next != number) {
                return Err(io::Error::other(format!("line {number} instead of {:?}", self.next)));
            }
            self.next = Some(number + 1);
            self.lines += 1;
        }
        Ok(())
    }
}

fn join_storm(addr: SocketAddr, over: &AtomicBool) -> io::Result<String> {
    let mut joiners = Vec::new();
    for i in 0..2000 {
        joiners.push(log_in(addr, &format!("joiner_{i}"))?);
    }
    joiners[0].write_all(b"create room storm\nping\n")?;
    read_until(&mut joiners[0], b": pong\n")?;
    let started = Instant::now();
    joiners[1..].iter_mut().try_for_each(|joiner| joiner.write_all(b"join room storm\nping done\n"))?;
    joiners[1..].iter_mut().try_for_each(|joiner| read_until(joiner, b": pong done\n"))?;
    let took = started.elapsed();
    wait_for(over);
    Ok(format!("all 2,000 in the room after {took:.2?}"))
}

fn connects(addr: SocketAddr, over: &AtomicBool) -> io::Result<String> {
    let started = Instant::now();
    let mut connected = 0_u32;
    while !over.load(Ordering::Relaxed) {
        drop(log_in(addr, &format!("passer_{connected}"))?);
        connected += 1;
        let due = started + connected * Duration::from_millis(1);
        thread::sleep(due.saturating_duration_since(Instant::now()));
    }
    Ok(format!(
        "{connected} connected, logged in and gone, {:.0} a second",
        f64::from(connected) / started.elapsed().as_secs_f64()
    ))
}

fn slow_logins(addr: SocketAddr, over: &AtomicBool) -> io::Result<String> {
    let mut slow = (0..2000).map(|_| TcpStream::connect(addr)).collect::<io::Result<Vec<_>>>()?;
    while !over.load(Ordering::Relaxed) {
        slow.retain_mut(|stream| stream.write_all(b"x").is_ok());
        thread::sleep(Duration::from_millis(200));
    }
    Ok(format!("{} of 2,000 are still connected, none with a name", slow.len()))
}

fn descriptors(addr: SocketAddr, over: &AtomicBool) -> io::Result<String> {
    let streams = (0..600).map(|_| TcpStream::connect(addr)).collect::<io::Result<Vec<_>>>()?;
    wait_for(over);
    drop(streams);
    let mut late = log_in(addr, "latecomer")?;
    late.write_all(b"ping\n")?;
    read_until(&mut late, b": pong\n")?;
    Ok("when they were gone, a latecomer was served".to_owned())
}
