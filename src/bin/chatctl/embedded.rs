//! The server that a script brings along: the very one of `chatctl serve`, on a free port.

use std::io;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::sync::Arc;

use chatctl::client::ServerDoor;
use chatctl::net::tls::Trust;
use chatctl::protocol::dialect::{Dialect, Spelling};
use chatctl::run::dialects::Doors;
use chatctl::run::{Addresses, Choice, StartServer, Started};
use chatctl::server::{self, Config, Credentials, Endpoint, Endpoints};
use futures::future::BoxFuture;

/// Starts a fresh server each time.
#[derive(Debug)]
pub(crate) struct EmbeddedServer;

impl StartServer for EmbeddedServer {
    fn start(&self, doors: Doors) -> BoxFuture<'_, io::Result<Started>> {
        Box::pin(async move {
            let (listener, address) = listen()?;
            let mut addresses = Addresses::from(vec![address]);
            let mut endpoints = Endpoints::from(listener);
            for spelling in doors.spellings.into_iter().filter(|door| door.dialect != Dialect::default()) {
                let (listener, address) = listen()?;
                addresses = addresses.with(spelling.dialect, vec![address]);
                endpoints = if spelling.dialect == Dialect::FOR_PROGRAMS {
                    endpoints.and_web(listener)
                } else {
                    endpoints.and(Endpoint { listener, spelling })
                };
            }
            if doors.has_tls {
                let credentials = Credentials::for_now(vec!["localhost".to_owned()]).map_err(io::Error::other)?;
                let (listener, address) = listen()?;
                let trust = Trust::key(credentials.current().fingerprint());
                let over_tls = |door: ServerDoor| ServerDoor { tls_name: Some("localhost".to_owned()), ..door };
                // The door for programs takes both.
                let choice = Choice { dialect: Dialect::FOR_PROGRAMS, over_tls: false, user: 0 };
                let for_programs = addresses.of(choice).map(|server| over_tls(server.door.clone()));
                addresses = addresses.with(Dialect::default(), over_tls(vec![address].into())).trusting(trust);
                if let Some(door) = for_programs {
                    addresses = addresses.with(Dialect::FOR_PROGRAMS, door);
                }
                let door = Endpoint { listener, spelling: Spelling::default() };
                endpoints = endpoints.and_secure(Arc::new(credentials), vec![door]);
            }
            let (stop, stopped) = async_channel::bounded::<()>(1);
            // Whoever starts it has made sure that there are descriptors for all users.
            let config = Config { max_connections: Some(usize::MAX), ..Config::embedded() };
            let serving = server::serve(endpoints, config, async move {
                let _ = stopped.recv().await;
            });
            let task = async_std::task::Builder::new().name(format!("server {address}")).spawn(serving)?;
            let end = async move {
                drop(stop);
                // That it could not go on has shown in the script.
                let _ = task.await;
                Vec::new()
            };
            Ok(Started { addresses, stop: Box::pin(end) })
        })
    }
}

/// Listens on a free port.
fn listen() -> io::Result<(TcpListener, SocketAddr)> {
    let listener = server::listen(SocketAddr::from((Ipv4Addr::LOCALHOST, 0)))?;
    let address = listener.local_addr()?;
    Ok((listener, address))
}
