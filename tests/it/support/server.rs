//! A server inside the test's process, on a free port.

use std::net::{SocketAddr, TcpListener};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use async_channel::Sender;
use chatctl::protocol::charset::Charset;
use chatctl::protocol::dialect::Dialect;
use chatctl::server::{Config, Endpoint, Endpoints, listen, serve};

use super::Client;
use super::secure::Certificate;

/// Runs until it is stopped or dropped.
pub(crate) struct Server {
    pub(crate) addr: SocketAddr,
    legacy: Option<SocketAddr>,
    web: Option<SocketAddr>,
    secure: Option<SocketAddr>,
    irc: Option<SocketAddr>,
    stop: Option<Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Server {
    pub(crate) fn start(config: Config) -> Self {
        let listener = free_port();
        let addr = local_address(&listener);
        Self::serve(addr, None, listener.into(), config)
    }

    /// With an endpoint for old clients, in GBK, and without a limit of lines a second.
    pub(crate) fn with_legacy() -> Self {
        Self::with_legacy_and(Config { slow_timeout: Duration::from_secs(1), ..Config::embedded() })
    }

    /// The same with these settings.
    pub(crate) fn with_legacy_and(config: Config) -> Self {
        let (listener, old) = (free_port(), free_port());
        let (addr, legacy) = (local_address(&listener), local_address(&old));
        let spelling = Dialect::FOR_OLD_CLIENTS.in_charset(Charset::GBK);
        let endpoints = Endpoints::from(listener).and(Endpoint { listener: old, spelling });
        Self::serve(addr, Some(legacy), endpoints, config)
    }

    /// With a door for browsers and programs.
    pub(crate) fn with_web(config: Config) -> Self {
        let (listener, web) = (free_port(), free_port());
        let (addr, web_addr) = (local_address(&listener), local_address(&web));
        let mut server = Self::serve(addr, None, Endpoints::from(listener).and_web(web), config);
        server.web = Some(web_addr);
        server
    }

    /// With a door with TLS, and one for browsers and programs that takes it too.
    pub(crate) fn with_tls(certificate: &Certificate, config: Config) -> Self {
        let (listener, web, secure) = (free_port(), free_port(), free_port());
        let (addr, web_addr, secure_addr) = (local_address(&listener), local_address(&web), local_address(&secure));
        let door = Endpoint { listener: secure, spelling: Dialect::default().spelling() };
        let endpoints = Endpoints::from(listener).and_web(web).and_secure(certificate.credentials(), vec![door]);
        let mut server = Self::serve(addr, None, endpoints, config);
        (server.web, server.secure) = (Some(web_addr), Some(secure_addr));
        server
    }

    /// Where clients with TLS connect.
    pub(crate) fn secure(&self) -> SocketAddr {
        self.secure.expect("the server was started with_tls")
    }

    /// With doors for IRC clients and for browsers and programs.
    pub(crate) fn with_irc(config: Config) -> Self {
        let (listener, web, irc) = (free_port(), free_port(), free_port());
        let (addr, web_addr, irc_addr) = (local_address(&listener), local_address(&web), local_address(&irc));
        let spelling = Dialect::FOR_IRC_CLIENTS.spelling();
        let endpoints = Endpoints::from(listener).and_web(web).and(Endpoint { listener: irc, spelling });
        let mut server = Self::serve(addr, None, endpoints, config);
        (server.web, server.irc) = (Some(web_addr), Some(irc_addr));
        server
    }

    /// With doors for IRC clients and for old ones.
    pub(crate) fn with_legacy_and_irc(config: Config) -> Self {
        let (listener, old, irc) = (free_port(), free_port(), free_port());
        let (addr, legacy, irc_addr) = (local_address(&listener), local_address(&old), local_address(&irc));
        let old = Endpoint { listener: old, spelling: Dialect::FOR_OLD_CLIENTS.in_charset(Charset::GBK) };
        let irc = Endpoint { listener: irc, spelling: Dialect::FOR_IRC_CLIENTS.spelling() };
        let mut server = Self::serve(addr, Some(legacy), Endpoints::from(listener).and(old).and(irc), config);
        server.irc = Some(irc_addr);
        server
    }

    /// With doors for browsers and programs, and for old clients.
    pub(crate) fn with_legacy_and_web(config: Config) -> Self {
        let (listener, old, web) = (free_port(), free_port(), free_port());
        let (addr, legacy, web_addr) = (local_address(&listener), local_address(&old), local_address(&web));
        let old = Endpoint { listener: old, spelling: Dialect::FOR_OLD_CLIENTS.in_charset(Charset::GBK) };
        let endpoints = Endpoints::from(listener).and(old).and_web(web);
        let mut server = Self::serve(addr, Some(legacy), endpoints, config);
        server.web = Some(web_addr);
        server
    }

    /// Where IRC clients connect.
    pub(crate) fn irc(&self) -> SocketAddr {
        self.irc.expect("the server was started with_irc")
    }

    /// Where browsers and programs connect.
    pub(crate) fn web(&self) -> SocketAddr {
        self.web.expect("the server was started with_web")
    }

    fn serve(addr: SocketAddr, legacy: Option<SocketAddr>, endpoints: Endpoints, config: Config) -> Self {
        // A test of a thousand connections has both of their ends.
        let _ = rlimit::increase_nofile_limit(u64::MAX);
        let (stop, stopped) = async_channel::bounded::<()>(1);
        let serving = async move {
            let stopped = async move {
                let _ = stopped.recv().await;
            };
            serve(endpoints, config, stopped).await.expect("the server can wait on its listeners");
        };
        let thread = thread::spawn(move || async_std::task::block_on(serving));
        Self { addr, legacy, web: None, secure: None, irc: None, stop: Some(stop), thread: Some(thread) }
    }

    /// Where old clients connect.
    pub(crate) fn legacy(&self) -> SocketAddr {
        self.legacy.expect("the server was started with_legacy")
    }

    /// Without a limit of lines a second.
    pub(crate) fn embedded() -> Self {
        Self::start(Config::embedded())
    }

    pub(crate) fn connect(&self) -> Client {
        Client::connect(self.addr)
    }

    /// A client that is logged in.
    pub(crate) fn user(&self, name: &str) -> Client {
        Client::log_in(self.addr, name)
    }

    /// Asks the server to stop, and goes on at once.
    pub(crate) fn begin_to_stop(&mut self) {
        drop(self.stop.take());
    }

    /// Waits until the server has stopped.
    pub(crate) fn wait(&mut self) {
        if let Some(thread) = self.thread.take() {
            thread.join().expect("the server does not panic");
        }
    }
}

fn free_port() -> TcpListener {
    listen("127.0.0.1:0".parse().expect("an address")).expect("a free port")
}

fn local_address(listener: &TcpListener) -> SocketAddr {
    listener.local_addr().expect("the listener has an address")
}

impl Drop for Server {
    fn drop(&mut self) {
        self.begin_to_stop();
        if let Some(thread) = self.thread.take() {
            // The test that is failing already says more than this could.
            let _ = thread.join();
        }
    }
}
