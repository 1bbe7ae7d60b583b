//! The floor: a broadcaster that does nothing but the system calls.
//!
//! It reads what has come, then writes all of it to every socket of the room with one call each. It knows no names,
//! checks nothing, keeps no queue: what it costs is what the kernel costs, and no server can do with less.

use std::env;
use std::io::{self, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::process::{Command, Stdio};

use crate::epoll::Epoll;
use crate::process::Server;
use crate::shape::Shape;

/// The argument that makes this program the floor.
pub(crate) const ARGUMENT: &str = "--be-the-floor";

/// Starts this program again, as the floor for rooms of this shape.
pub(crate) fn start(shape: &Shape) -> io::Result<Server> {
    let mut command = Command::new(env::current_exe()?);
    command.args([ARGUMENT, &shape.rooms.to_string(), &shape.members.to_string()]).stderr(Stdio::inherit());
    Server::that_says_where(&mut command, 0)
}

/// Is the floor, until it is killed or a member leaves.
pub(crate) fn run(rooms: usize, members: usize) -> io::Result<()> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    writeln!(io::stdout(), "listening on {}", listener.local_addr()?)?;
    let epoll = Epoll::new()?;
    let mut sockets = Vec::new();
    for key in 0..rooms * members {
        let (socket, _) = listener.accept()?;
        socket.set_nonblocking(true)?;
        socket.set_nodelay(true)?;
        epoll.add(&socket, key)?;
        sockets.push(socket);
    }
    sockets.iter_mut().try_for_each(|socket| socket.write_all(b"ready\n"))?;
    broadcast(epoll, &mut sockets, members)
}

fn broadcast(mut epoll: Epoll, sockets: &mut [TcpStream], members: usize) -> io::Result<()> {
    let mut scratch = vec![0; 64 * 1024];
    let mut said = vec![Vec::new(); sockets.len() / members];
    loop {
        for key in epoll.wait(None)? {
            match sockets[key].read(&mut scratch)? {
                0 => return Ok(()),
                bytes => said[key / members].extend_from_slice(&scratch[..bytes]),
            }
        }
        for (said, room) in said.iter_mut().zip(sockets.chunks_mut(members)) {
            if !said.is_empty() {
                room.iter_mut().try_for_each(|socket| write_whole(socket, said))?;
                said.clear();
            }
        }
    }
}

/// One call as a rule; the measurement never lets more be in flight than the kernel's buffers hold.
fn write_whole(socket: &mut TcpStream, mut bytes: &[u8]) -> io::Result<()> {
    while !bytes.is_empty() {
        match socket.write(bytes) {
            Ok(written) => bytes = &bytes[written..],
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => std::thread::yield_now(),
            Err(error) => return Err(error),
        }
    }
    Ok(())
}
