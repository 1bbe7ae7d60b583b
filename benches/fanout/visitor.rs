//! One connection that waits for what it reads: how those who make mischief log in and hear what became of them.

use std::io::{self, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

/// How long a server may take to answer one who is polite.
const PATIENCE: Duration = Duration::from_secs(10);

pub(crate) fn log_in(addr: SocketAddr, name: &str) -> io::Result<TcpStream> {
    let mut stream = TcpStream::connect(addr)?;
    stream.set_nodelay(true)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.write_all(format!("{name}\n").as_bytes())?;
    read_until(&mut stream, b"chatting!\n")?;
    Ok(stream)
}

/// Reads until this has come; what follows it may be read as well.
pub(crate) fn read_until(stream: &mut TcpStream, marker: &[u8]) -> io::Result<()> {
    let (mut tail, mut scratch) = (Vec::new(), [0; 16 * 1024]);
    while memchr::memmem::find(&tail, marker).is_none() {
        tail.drain(..tail.len().saturating_sub(marker.len()));
        match stream.read(&mut scratch)? {
            0 => return Err(io::ErrorKind::UnexpectedEof.into()),
            bytes => tail.extend_from_slice(&scratch[..bytes]),
        }
    }
    Ok(())
}

/// The last line that comes, shortened; what comes after a while does not count.
pub(crate) fn last_line(stream: &mut TcpStream) -> String {
    let mut heard = Vec::new();
    let _ = stream.shutdown(Shutdown::Write);
    let _ = stream.set_read_timeout(Some(Duration::from_secs(2)));
    let _ = stream.read_to_end(&mut heard);
    let text = String::from_utf8_lossy(&heard);
    text.lines().last().unwrap_or("nothing").chars().take(120).collect()
}

pub(crate) fn wait_for(over: &AtomicBool) {
    while !over.load(Ordering::Relaxed) {
        thread::sleep(Duration::from_millis(20));
    }
}
