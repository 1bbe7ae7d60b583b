//! The server that a script brings along: the very one of `chatctl serve`, on a free port.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};

use chatctl::script::runner::{StartServer, Started};
use chatctl::server::{self, Config};
use futures::future::BoxFuture;

/// Starts a fresh server each time.
#[derive(Debug)]
pub(crate) struct EmbeddedServer;

impl StartServer for EmbeddedServer {
    fn start(&self) -> BoxFuture<'_, io::Result<Started>> {
        Box::pin(async {
            let listener = server::listen(SocketAddr::from((Ipv4Addr::LOCALHOST, 0)))?;
            let address = listener.local_addr()?;
            let (stop, stopped) = async_channel::bounded::<()>(1);
            let serving = server::serve(listener, Config::embedded(), async move {
                let _ = stopped.recv().await;
            });
            let task = async_std::task::Builder::new().name(format!("server {address}")).spawn(serving)?;
            let end = async move {
                drop(stop);
                // That it could not go on has shown in the script.
                let _ = task.await;
            };
            Ok(Started { addresses: vec![address], stop: Box::pin(end) })
        })
    }
}
