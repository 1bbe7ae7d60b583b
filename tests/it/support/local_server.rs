//! A server inside the test, and a person with a plain socket at it.

use std::io::{BufRead, BufReader, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use chatctl::protocol::charset::Charset;
use chatctl::server::{self, Config, Endpoints};

/// How long anything may take before the test has failed.
pub(crate) const PATIENCE: Duration = Duration::from_secs(20);

/// Serves on a free port until it is dropped.
pub(crate) struct LocalServer {
    pub(crate) addr: SocketAddr,
    /// The door for old clients.
    pub(crate) legacy: SocketAddr,
    stop: Option<async_channel::Sender<()>>,
    serving: Option<JoinHandle<()>>,
}

impl LocalServer {
    pub(crate) fn start() -> Self {
        let listener = server::listen(SocketAddr::from((Ipv4Addr::LOCALHOST, 0))).unwrap();
        Self::on(listener)
    }

    /// The same address again, after an earlier server there is gone.
    pub(crate) fn on(listener: std::net::TcpListener) -> Self {
        let addr = listener.local_addr().unwrap();
        let old = server::listen(SocketAddr::from((Ipv4Addr::LOCALHOST, 0))).unwrap();
        let legacy = old.local_addr().unwrap();
        let doors = Endpoints::from(listener).and_legacy(old, Charset::GBK);
        let (stop, stopped) = async_channel::bounded::<()>(1);
        let serving = thread::spawn(move || {
            let stopped = async move {
                let _ = stopped.recv().await;
            };
            async_std::task::block_on(server::serve(doors, Config::embedded(), stopped)).unwrap();
        });
        Self { addr, legacy, stop: Some(stop), serving: Some(serving) }
    }

    /// Somebody who has logged in with this name.
    pub(crate) fn person(&self, name: &str) -> Person {
        let stream = TcpStream::connect(self.addr).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        let mut person = Person { lines: BufReader::new(stream) };
        person.hears("server: set your name please:");
        person.says(name);
        person.hears("server: let's start chatting!");
        person
    }
}

impl Drop for LocalServer {
    fn drop(&mut self) {
        drop(self.stop.take());
        let _ = self.serving.take().unwrap().join();
    }
}

/// A connection, spoken over by hand.
pub(crate) struct Person {
    lines: BufReader<TcpStream>,
}

impl Person {
    pub(crate) fn says(&mut self, line: &str) {
        self.lines.get_mut().write_all(format!("{line}\n").as_bytes()).unwrap();
    }

    /// The next line is this one.
    pub(crate) fn hears(&mut self, expected: &str) {
        let mut line = String::new();
        self.lines.read_line(&mut line).unwrap();
        assert_eq!(line.trim_end_matches('\n'), expected);
    }
}
