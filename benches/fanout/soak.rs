//! Endurance: a room that talks for minutes while others come and go; what grows has a leak.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::process::Stdio;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use clap::Args;
use socket2::SockRef;

use crate::contestant::{Contestant, chatctl};
use crate::crowd::Crowd;
use crate::drive::drive;
use crate::report::say;
use crate::shape::Pace;

#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// Minutes
    #[arg(long, default_value_t = 10.0)]
    minutes: f64,
    /// Seconds of each line of the table
    #[arg(long, default_value_t = 30.0)]
    every: f64,
}

pub(crate) fn run(arguments: &Arguments) -> anyhow::Result<()> {
    let server = chatctl(&["--message-rate", "1000000"], Stdio::null())?;
    let mut crowd = Crowd::gather(Contestant::Chatctl, server.addr, &[200])?;
    let (over, visits, started) = (AtomicBool::new(false), AtomicU64::new(0), Instant::now());
    say(format_args!(
        "{:>6} {:>11} {:>9} {:>8} {:>8} {:>8} {:>6} {:>8}",
        "min", "deliveries", "lost", "p50 ms", "p99 ms", "MB", "fds", "visits"
    ));
    thread::scope(|scope| {
        scope.spawn(|| come_and_go(server.addr, &over, &visits));
        let outcome = (|| {
            while started.elapsed().as_secs_f64() < arguments.minutes * 60.0 {
                // Whatever is lost, doubled or out of order ends the run with an error.
                let time = Duration::from_secs_f64(arguments.every);
                let figures = drive(&mut crowd, &server, Pace::PerSecond(100.0), time)?;
                say(format_args!(
                    "{:>6.1} {:>11} {:>9} {:>8.3} {:>8.3} {:>8.2} {:>6} {:>8}",
                    started.elapsed().as_secs_f64() / 60.0,
                    figures.deliveries,
                    0,
                    figures.percentile(50.0),
                    figures.percentile(99.0),
                    server.memory()? as f64 / 1e6,
                    server.descriptors()?,
                    visits.load(Ordering::Relaxed),
                ));
            }
            Ok(())
        })();
        over.store(true, Ordering::Relaxed);
        outcome
    })
}

/// Visitors of a room of their own: they log in, talk and leave, politely, by closing or by a reset.
fn come_and_go(addr: SocketAddr, over: &AtomicBool, visits: &AtomicU64) {
    while !over.load(Ordering::Relaxed) {
        let visit = visits.fetch_add(1, Ordering::Relaxed);
        // A visit that fails shows in what the server's own figures say.
        let _ = pay_a_visit(addr, visit);
        thread::sleep(Duration::from_millis(5));
    }
}

fn pay_a_visit(addr: SocketAddr, visit: u64) -> std::io::Result<()> {
    let mut stream = TcpStream::connect(addr)?;
    write!(stream, "visitor_{visit}\ncreate room den_{visit}\nsend den_{visit} hello\nlist users\nping\n")?;
    let mut heard = Vec::new();
    let mut scratch = [0; 16 * 1024];
    while !heard.ends_with(b"server: pong\n") {
        match stream.read(&mut scratch)? {
            0 => return Ok(()),
            bytes => heard.extend_from_slice(&scratch[..bytes]),
        }
    }
    match visit % 3 {
        0 => stream.write_all(b"quit\n"),
        1 => Ok(()),
        _ => SockRef::from(&stream).set_linger(Some(Duration::ZERO)),
    }
}
