//! A way to a server that breaks in the middle of a file, once.

use std::io::{Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;

/// What happens to the connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Break {
    /// Both ends are closed.
    Cut,
    /// Nothing more gets through, and nobody is told.
    Silence,
}

/// Where clients connect, and what they said first.
pub(crate) struct BreakingWay {
    pub(crate) addr: SocketAddr,
    firsts: Arc<Mutex<Vec<String>>>,
    is_broken: Arc<AtomicBool>,
}

/// What all connections share.
#[derive(Clone)]
struct Rule {
    verb: &'static str,
    after: usize,
    how: Break,
    is_done: Arc<AtomicBool>,
}

impl BreakingWay {
    /// Breaks one connection that begins with this word, once so many bytes have come in one direction.
    pub(crate) fn to(server: SocketAddr, verb: &'static str, after: usize, how: Break) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let way = Self { addr: listener.local_addr().unwrap(), firsts: Arc::default(), is_broken: Arc::default() };
        let firsts = Arc::clone(&way.firsts);
        let rule = Rule { verb, after, how, is_done: Arc::clone(&way.is_broken) };
        thread::spawn(move || {
            for client in listener.incoming().map_while(Result::ok) {
                let server = TcpStream::connect(server).unwrap();
                let is_meant = Arc::new(AtomicBool::new(false));
                let (from, to) = (client.try_clone().unwrap(), server.try_clone().unwrap());
                let (rule_there, meant_there, firsts) = (rule.clone(), Arc::clone(&is_meant), Arc::clone(&firsts));
                thread::spawn(move || {
                    let mut is_first = true;
                    copy(from, to, &rule_there, &meant_there, |bytes| {
                        if std::mem::take(&mut is_first) {
                            let line = String::from_utf8_lossy(bytes).lines().next().unwrap_or_default().to_owned();
                            meant_there.store(line.starts_with(rule_there.verb), Ordering::SeqCst);
                            firsts.lock().unwrap().push(line);
                        }
                    });
                });
                let rule = rule.clone();
                thread::spawn(move || copy(server, client, &rule, &is_meant, |_| ()));
            }
        });
        way
    }

    /// Whether the one connection is broken.
    pub(crate) fn is_broken(&self) -> bool {
        self.is_broken.load(Ordering::SeqCst)
    }

    /// What was said first on connections that began with this word, in their order.
    pub(crate) fn firsts(&self, verb: &str) -> Vec<String> {
        self.firsts.lock().unwrap().iter().filter(|line| line.starts_with(verb)).cloned().collect()
    }
}

fn copy(mut from: TcpStream, mut to: TcpStream, rule: &Rule, is_meant: &AtomicBool, mut look: impl FnMut(&[u8])) {
    let (mut buf, mut count) = (vec![0; 16 * 1024], 0);
    while let Ok(length @ 1..) = from.read(&mut buf) {
        look(&buf[..length]);
        count += length;
        if count > rule.after && is_meant.load(Ordering::SeqCst) && !rule.is_done.swap(true, Ordering::SeqCst) {
            if rule.how == Break::Silence {
                // Until the one who waits is gone.
                while let Ok(1..) = to.read(&mut buf) {}
            }
            let _ = from.shutdown(Shutdown::Both);
            let _ = to.shutdown(Shutdown::Both);
            return;
        }
        if to.write_all(&buf[..length]).is_err() {
            break;
        }
    }
    let _ = to.shutdown(Shutdown::Write);
}
