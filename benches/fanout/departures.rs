//! A crowd of IRC users that goes in one moment, by QUIT or by closing its connections. One who stays counts who is said
//! to have gone: everybody once.

use std::collections::HashMap;
use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use crate::visitor::{read_until, wait_for};

/// How many go.
const CROWD: usize = 2000;

/// After so many have come, all read what they were told of each other.
const GROUP: usize = 50;

/// How long the last of them may take to be told of.
const TOLD_WITHIN: Duration = Duration::from_secs(30);

/// Connects the crowd, all in `#lobby`, and behind them the one who stays.
pub(crate) fn gather(addr: SocketAddr) -> io::Result<Vec<TcpStream>> {
    let (mut crowd, mut scratch) = (Vec::with_capacity(CROWD + 1), vec![0; 256 * 1024]);
    for number in 0..=CROWD {
        let mut stream = TcpStream::connect(addr)?;
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(TOLD_WITHIN))?;
        write!(stream, "NICK goer{number}\r\nUSER g 0 * :g\r\nJOIN #lobby\r\nPING in\r\n")?;
        read_until(&mut stream, b" in\r\n")?;
        stream.set_nonblocking(true)?;
        crowd.push(stream);
        if number % GROUP == 0 {
            crowd.iter_mut().for_each(|stream| drop(read_all(stream, &mut scratch)));
        }
    }
    Ok(crowd)
}

/// All but the last say that they quit.
pub(crate) fn quit(mut crowd: Vec<TcpStream>, over: &AtomicBool) -> io::Result<String> {
    let Some(mut stays) = crowd.pop() else { return Ok(String::new()) };
    let started = Instant::now();
    crowd.iter_mut().try_for_each(|stream| stream.write_all(b"QUIT\r\n"))?;
    witness(&mut stays, &mut crowd, started, over)
}

/// All but the last close their connections.
pub(crate) fn hang_up(mut crowd: Vec<TcpStream>, over: &AtomicBool) -> io::Result<String> {
    let Some(mut stays) = crowd.pop() else { return Ok(String::new()) };
    let started = Instant::now();
    crowd.clear();
    witness(&mut stays, &mut crowd, started, over)
}

/// Reads until everybody is said to have gone, and says how often each was.
fn witness(stays: &mut TcpStream, crowd: &mut [TcpStream], started: Instant, over: &AtomicBool) -> io::Result<String> {
    let (mut unfinished, mut scratch) = (Vec::new(), vec![0; 256 * 1024]);
    let mut told: HashMap<String, usize> = HashMap::new();
    while told.len() < CROWD && started.elapsed() < TOLD_WITHIN {
        let bytes = read_all(stays, &mut scratch)?;
        unfinished.extend_from_slice(&scratch[..bytes]);
        while let Some(end) = memchr::memchr(b'\n', &unfinished) {
            let line: Vec<u8> = unfinished.drain(..=end).collect();
            let line = String::from_utf8_lossy(&line);
            if let Some((name, _)) =
                line.strip_prefix(":goer").filter(|_| line.contains(" QUIT ")).and_then(|l| l.split_once('!'))
            {
                *told.entry(name.to_owned()).or_default() += 1;
            }
        }
        std::thread::sleep(Duration::from_millis(1));
    }
    let took = started.elapsed();
    while !over.load(Ordering::Relaxed) {
        crowd.iter_mut().for_each(|stream| drop(read_all(stream, &mut scratch)));
        wait_for(over);
    }
    let twice = told.values().filter(|times| **times > 1).count();
    Ok(format!("who stayed was told of {} within {took:.2?}, of {twice} more than once", told.len()))
}

/// What has come, at most as much as `scratch` takes.
fn read_all(stream: &mut TcpStream, scratch: &mut [u8]) -> io::Result<usize> {
    match stream.read(scratch) {
        Ok(bytes) => Ok(bytes),
        Err(error) if error.kind() == io::ErrorKind::WouldBlock => Ok(0),
        Err(error) => Err(error),
    }
}
