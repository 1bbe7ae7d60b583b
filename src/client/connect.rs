//! From an address to a connection: every address of the name is tried in turn, and what wraps the bytes is agreed on.

use std::io;
use std::net::{IpAddr, SocketAddr, TcpStream, ToSocketAddrs};
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use futures::future::{Either, select};
use smol::{Async, Timer};
use socket2::{Domain, Protocol, Socket, Type};
use thiserror::Error;

use super::address::{ServerAddress, ServerDoor, Transport};
use super::charsets::Charsets;
use super::handshake::upgrade;
use super::translation::Translation;
use super::wire::write_all;
use super::{LineReader, Writer};
use crate::net::Stream;
use crate::net::tls::{Fingerprint, HandshakeError, Trust};
use crate::protocol::charset::Charset;
use crate::protocol::dialect::Dialect;

/// How a connection is spoken over, and how long to wait for it.
#[derive(Debug, Clone)]
pub struct ConnectOptions {
    /// The dialect that the server speaks at this address.
    pub dialect: Dialect,
    /// The charset of what is sent and received. The server is not told.
    pub charset: Charset,
    /// How long one address may take to answer.
    pub timeout: Duration,
    /// The address to connect from; the system chooses one if `None`.
    pub source: Option<IpAddr>,
    /// Which keys of servers are good, for connections over TLS.
    pub trust: Trust,
}

impl Default for ConnectOptions {
    fn default() -> Self {
        Self {
            dialect: Dialect::default(),
            charset: Dialect::default().charset(),
            timeout: Duration::from_secs(10),
            source: None,
            trust: Trust::nobody(),
        }
    }
}

/// Why there is no connection.
#[derive(Debug, Error)]
pub enum ConnectError {
    /// The name could not be looked up, or is not of the form `host:port`.
    #[error("cannot resolve {address}")]
    Resolve {
        /// The address as the user gave it.
        address: String,
        /// What the system said.
        source: io::Error,
    },
    /// The name has no addresses.
    #[error("{address} has no address")]
    NoAddress {
        /// The address as the user gave it.
        address: String,
    },
    /// The server has a key that nobody has vouched for.
    #[error("cannot trust {address}: its key {key} is not known")]
    UnknownKey {
        /// The address.
        address: SocketAddr,
        /// The key.
        key: Fingerprint,
    },
    /// The server has another key than the known one.
    #[error("cannot trust {address}: it has another key: expected {expected}, found {found}")]
    OtherKey {
        /// The address.
        address: SocketAddr,
        /// The known key.
        expected: Fingerprint,
        /// The server's.
        found: Fingerprint,
    },
    /// Nobody accepts at this socket of the file system.
    #[error("cannot connect to unix:{}", path.display())]
    ConnectPath {
        /// The socket.
        path: Arc<Path>,
        /// What the system said.
        source: io::Error,
    },
    /// None of the addresses could be connected to; this is what the last one said.
    #[error("cannot connect to {address}")]
    Connect {
        /// The last address that was tried.
        address: SocketAddr,
        /// What the system said.
        source: io::Error,
    },
}

/// An open connection, not yet logged in.
#[derive(Debug)]
pub struct Connection {
    /// The half that receives.
    pub reader: LineReader,
    /// The half that sends.
    pub writer: Writer,
}

impl Connection {
    /// Agrees with the server on what wraps the bytes of this stream.
    async fn open(stream: Stream, transport: &Transport, options: &ConnectOptions) -> io::Result<Self> {
        let spelling = options.dialect.in_charset(options.charset);
        let (translation, early) = match (options.dialect.talk(), transport) {
            (None, Transport::Tcp) => (None, Vec::new()),
            (Some(talk), Transport::Tcp) => {
                let (translation, first) = Translation::of_lines(talk);
                write_all(&stream, first).await?;
                (Some(translation), Vec::new())
            }
            (Some(talk), Transport::WebSocket { path, host }) => {
                let early = upgrade(&stream, host, path).await?;
                (Some(Translation::of_frames(talk)), early)
            }
            (None, Transport::WebSocket { path, host }) => {
                check_web_socket(options)?;
                let early = upgrade(&stream, host, path).await?;
                (Some(Translation::of_lines_in_frames()), early)
            }
        };
        let stream = Arc::new(stream);
        let charsets = Arc::new(Mutex::new(Charsets::new(spelling, translation)));
        let reader = LineReader::new(Arc::clone(&stream), Arc::clone(&charsets), spelling).after(early);
        Ok(Self { reader, writer: Writer::new(stream, charsets) })
    }

    /// The stream itself, for what is no conversation; nothing has been read of it.
    pub(super) fn into_stream(self) -> Arc<Stream> {
        self.writer.into_stream()
    }
}

/// Whether what is not made of requests can be said over a WebSocket: by the dialects of others, in UTF-8.
fn check_web_socket(options: &ConnectOptions) -> io::Result<()> {
    let ConnectOptions { dialect, charset, .. } = options;
    if *dialect != Dialect::OF_OTHERS {
        Err(io::Error::other(format!("the {dialect} dialect is not spoken over a WebSocket")))
    } else if *charset != Charset::UTF_8 {
        Err(io::Error::other(format!("a WebSocket has text in utf-8, not in {charset}")))
    } else {
        Ok(())
    }
}

/// A server looked up, by `HOST:PORT` or `ws://HOST:PORT/PATH`, or by `tls://` or `wss://`, or by `unix:PATH`.
///
/// # Errors
/// If the name cannot be looked up, or has no address.
pub async fn resolve(address: &str) -> Result<ServerDoor, ConnectError> {
    if let Some(path) = address.strip_prefix("unix:") {
        return Ok(Path::new(path).into());
    }
    let ServerAddress { authority: name, transport, is_secure } = ServerAddress::new(address);
    let tls_name = is_secure.then(|| host(&name).to_owned());
    let found = smol::unblock(move || name.to_socket_addrs().map(Iterator::collect::<Vec<_>>)).await;
    match found {
        Err(source) => Err(ConnectError::Resolve { address: address.to_owned(), source }),
        Ok(addresses) if addresses.is_empty() => Err(ConnectError::NoAddress { address: address.to_owned() }),
        Ok(addresses) => Ok(ServerDoor { addresses, transport, path: None, tls_name }),
    }
}

/// Without the port, and without the brackets of an IPv6 address.
fn host(address: &str) -> &str {
    address.rsplit_once(':').map_or(address, |(host, _)| host).trim_matches(['[', ']'])
}

/// Connects to the first of the addresses that accepts.
///
/// # Errors
/// If none does; the error is the last one's. If the server cannot be trusted, no other address is tried.
pub async fn connect(server: &ServerDoor, options: &ConnectOptions) -> Result<Connection, ConnectError> {
    if let Some(path) = &server.path {
        return connect_path(path, options)
            .await
            .map_err(|source| ConnectError::ConnectPath { path: Arc::clone(path), source });
    }
    let mut failure = ConnectError::NoAddress { address: "the server".to_owned() };
    for &address in &server.addresses {
        match connect_one(address, server, options).await {
            Ok(connection) => return Ok(connection),
            Err(HandshakeError::Broken(source)) => failure = ConnectError::Connect { address, source },
            Err(HandshakeError::Unknown(key)) => return Err(ConnectError::UnknownKey { address, key }),
            Err(HandshakeError::OtherKey { expected, found }) => {
                return Err(ConnectError::OtherKey { address, expected, found });
            }
        }
    }
    Err(failure)
}

/// Connects to a socket of the file system.
async fn connect_path(path: &Path, options: &ConnectOptions) -> io::Result<Connection> {
    let connecting = Box::pin(async {
        let socket = Async::<UnixStream>::connect(path).await?.into_inner()?;
        // Reading, writing and closing are the same for a stream of either kind, and nothing here asks for its address.
        let stream = Stream::Plain(Async::new(TcpStream::from(OwnedFd::from(socket)))?);
        Connection::open(stream, &Transport::Tcp, options).await
    });
    match select(connecting, Timer::after(options.timeout)).await {
        Either::Left((opened, _)) => opened,
        Either::Right(_) => Err(io::ErrorKind::TimedOut.into()),
    }
}

async fn connect_one(
    address: SocketAddr,
    server: &ServerDoor,
    options: &ConnectOptions,
) -> Result<Connection, HandshakeError> {
    let connecting = Box::pin(async {
        let socket = dial(address, options.source).await?;
        socket.get_ref().set_nodelay(true)?;
        let stream = match &server.tls_name {
            None => Stream::Plain(socket),
            Some(name) => Stream::securely_connected(socket, name, &options.trust).await?,
        };
        Ok(Connection::open(stream, &server.transport, options).await?)
    });
    match select(connecting, Timer::after(options.timeout)).await {
        Either::Left((opened, _)) => opened,
        Either::Right(_) => Err(io::Error::from(io::ErrorKind::TimedOut).into()),
    }
}

async fn dial(address: SocketAddr, source: Option<IpAddr>) -> io::Result<Async<TcpStream>> {
    let Some(source) = source else { return Async::<TcpStream>::connect(address).await };
    let socket = Socket::new(Domain::for_address(address), Type::STREAM, Some(Protocol::TCP))?;
    socket.bind(&SocketAddr::new(source, 0).into())?;
    socket.set_nonblocking(true)?;
    // That the connect goes on is an error too, and without a portable name: what counts is where it ends.
    let begun = socket.connect(&address.into());
    let stream = Async::new(TcpStream::from(socket))?;
    stream.writable().await?;
    match (stream.get_ref().take_error()?, stream.get_ref().peer_addr()) {
        (Some(error), _) => Err(error),
        (None, Ok(_)) => Ok(stream),
        (None, Err(error)) => Err(begun.err().unwrap_or(error)),
    }
}
