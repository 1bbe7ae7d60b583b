//! What users do at the expense of all others, within the limits of a server that has its defaults. Each says who was closed.

use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use socket2::SockRef;

use crate::visitor::{last_line, log_in, read_until, wait_for};

/// The bytes of the longest text that fits into a line with a few names.
const LONG_TEXT: usize = 7900;

/// One user puts a thousand others into rooms and changes names.
pub(crate) fn rename_storm(addr: SocketAddr, over: &AtomicBool) -> io::Result<String> {
    let mut victims = log_in_all(addr, "victim", 1000)?;
    let mut attacker = log_in(addr, "attacker")?;
    let names: Vec<String> = (0..1000).map(|number| format!("victim_{number}")).collect();
    for (number, group) in (0..5).flat_map(|_| names.chunks(64)).enumerate() {
        writeln!(attacker, "create room storm_{number} {}", group.join(","))?;
    }
    attacker.set_nonblocking(true)?;
    let (mut renames, mut scratch) = (0, vec![0; 256 * 1024]);
    while !over.load(Ordering::Relaxed) {
        renames += u32::from(writeln!(attacker, "rename attacker_{renames}").is_ok());
        while matches!(attacker.read(&mut scratch), Ok(1..)) {}
        victims.iter_mut().for_each(|victim| victim.read_some(&mut scratch));
    }
    let closed = victims.iter().filter(|victim| victim.is_closed).count();
    Ok(format!("{renames} renames written; {closed} of 1,000 who read were closed"))
}

/// Users who never read are sent what they can take, and leave.
pub(crate) fn departed_sleepers(addr: SocketAddr, over: &AtomicBool) -> io::Result<String> {
    const SLEEPERS: usize = 320;
    let mut sleepers = log_in_all(addr, "sleeper", SLEEPERS)?;
    for (number, sleeper) in sleepers.iter_mut().enumerate() {
        let first = number / 64 * 64;
        let group: Vec<String> = (first..first + 64).map(|other| format!("sleeper_{other}")).collect();
        let line = format!("send message {} {}\n", group.join(","), "x".repeat(LONG_TEXT - 64 * 13));
        // As much as the socket takes: nobody reads.
        let _ = sleeper.stream.write(line.repeat(30).as_bytes());
    }
    sleepers.iter().for_each(|sleeper| drop(sleeper.stream.shutdown(std::net::Shutdown::Write)));
    wait_for(over);
    let told = sleepers.iter_mut().take(5).map(|sleeper| {
        let _ = sleeper.stream.set_nonblocking(false);
        last_line(&mut sleeper.stream)
    });
    Ok(format!("the last words to five of {SLEEPERS} that left: {:?}", told.collect::<Vec<_>>()))
}

/// Ten write long messages to one who reads a megabyte a second.
pub(crate) fn burst(addr: SocketAddr, over: &AtomicBool) -> io::Result<String> {
    let mut reader = Reader::new(log_in(addr, "slow_link")?)?;
    SockRef::from(&reader.stream).set_recv_buffer_size(32 * 1024)?;
    let mut senders = log_in_all(addr, "sender", 10)?;
    let line = format!("send message slow_link {}\n", "x".repeat(LONG_TEXT));
    for sender in &mut senders {
        let _ = sender.stream.write(line.repeat(200).as_bytes());
    }
    let mut scratch = vec![0; 10 * 1024];
    while !over.load(Ordering::Relaxed) {
        reader.read_some(&mut scratch);
        thread::sleep(Duration::from_millis(10));
    }
    let closed = if reader.is_closed { "was closed" } else { "stayed" };
    Ok(format!("who read 1 MB/s {closed} after {} MB", reader.read / 1_000_000))
}

/// Connections come and are reset as fast as they can, from one address or from two hundred.
pub(crate) fn connect_storm(addr: SocketAddr, over: &AtomicBool, addresses: u8) -> io::Result<String> {
    let (started, mut connected) = (Instant::now(), 0_u32);
    while !over.load(Ordering::Relaxed) {
        let socket = socket2::Socket::new(socket2::Domain::IPV4, socket2::Type::STREAM, None)?;
        let last = 1 + u8::try_from(connected % u32::from(addresses)).unwrap_or_default();
        socket.bind(&SocketAddr::from(([127, 0, 1, last], 0)).into())?;
        if socket.connect(&addr.into()).is_ok() {
            connected += 1;
            socket.set_linger(Some(Duration::ZERO))?;
        }
    }
    Ok(format!("{:.0} connections a second", f64::from(connected) / started.elapsed().as_secs_f64()))
}

/// Connections send more than they may and are reset; their names are free soon.
pub(crate) fn ghosts(addr: SocketAddr, over: &AtomicBool) -> io::Result<String> {
    const GHOSTS: usize = 500;
    let mut ghosts = log_in_all(addr, "ghost", GHOSTS)?;
    let blank = vec![b'\n'; 128 * 1024];
    for ghost in ghosts.drain(..) {
        let _ = (&ghost.stream).write(&blank);
        SockRef::from(&ghost.stream).set_linger(Some(Duration::ZERO))?;
    }
    let gone = Instant::now();
    let mut late = log_in(addr, "late")?;
    while !over.load(Ordering::Relaxed) {
        late.write_all(b"rename ghost_7\nping\n")?;
        let mut heard = Vec::new();
        let mut scratch = [0; 4096];
        while !heard.ends_with(b"pong\n") {
            let bytes = late.read(&mut scratch)?;
            heard.extend_from_slice(&scratch[..bytes]);
        }
        if !heard.starts_with(b"error") {
            let took = gone.elapsed();
            wait_for(over);
            return Ok(format!("the name of one of {GHOSTS} ghosts was free after {took:.2?}"));
        }
        thread::sleep(Duration::from_millis(50));
    }
    Ok(format!("the names of {GHOSTS} ghosts were taken to the end"))
}

/// Nobody reads standard error, and a thousand connections a second come and go: each would be two lines.
pub(crate) fn blocked_log(addr: SocketAddr, over: &AtomicBool) -> io::Result<String> {
    let mut slowest = Duration::ZERO;
    let mut logins = 0_u32;
    while !over.load(Ordering::Relaxed) {
        let started = Instant::now();
        let mut stream = log_in(addr, &format!("passer_{logins}"))?;
        stream.write_all(b"ping\n")?;
        read_until(&mut stream, b"pong\n")?;
        slowest = slowest.max(started.elapsed());
        logins += 1;
        thread::sleep(Duration::from_millis(1));
    }
    Ok(format!("{logins} logged in, the slowest in {slowest:.2?}"))
}

/// One who reads what there is, without waiting.
struct Reader {
    stream: TcpStream,
    read: u64,
    is_closed: bool,
}

impl Reader {
    fn new(stream: TcpStream) -> io::Result<Self> {
        stream.set_nonblocking(true)?;
        Ok(Self { stream, read: 0, is_closed: false })
    }

    fn read_some(&mut self, scratch: &mut [u8]) {
        match self.stream.read(scratch) {
            Ok(0) => self.is_closed = true,
            Ok(bytes) => self.read += bytes as u64,
            Err(error) => self.is_closed |= error.kind() != io::ErrorKind::WouldBlock,
        }
    }
}

fn log_in_all(addr: SocketAddr, name: &str, users: usize) -> io::Result<Vec<Reader>> {
    (0..users).map(|number| Reader::new(log_in(addr, &format!("{name}_{number}"))?)).collect()
}
