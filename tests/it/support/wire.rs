//! A wire to a server that a test can cut and mend.

use std::io;
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;

/// Passes on connections to a server, or, while it is cut, closes them at once.
pub(crate) struct Wire {
    pub(crate) addr: SocketAddr,
    state: Arc<Mutex<State>>,
}

#[derive(Default)]
struct State {
    is_cut: bool,
    sockets: Vec<TcpStream>,
}

impl Wire {
    pub(crate) fn to(server: SocketAddr) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let addr = listener.local_addr().unwrap();
        let state = Arc::new(Mutex::new(State::default()));
        let shared = Arc::clone(&state);
        // It ends with the test's process: there is nobody to wait for it.
        thread::spawn(move || listener.incoming().for_each(|client| connect(client.unwrap(), server, &shared)));
        Self { addr, state }
    }

    pub(crate) fn is_cut(&self) {
        let mut state = self.state.lock().unwrap();
        state.is_cut = true;
        for socket in state.sockets.drain(..) {
            // One that is closed already cannot be cut.
            let _ = socket.shutdown(Shutdown::Both);
        }
    }

    pub(crate) fn is_mended(&self) {
        self.state.lock().unwrap().is_cut = false;
    }
}

fn connect(client: TcpStream, server: SocketAddr, state: &Mutex<State>) {
    let mut state = state.lock().unwrap();
    if state.is_cut {
        return;
    }
    let server = TcpStream::connect(server).unwrap();
    for (from, to) in [(&client, &server), (&server, &client)] {
        let (mut from, mut to) = (from.try_clone().unwrap(), to.try_clone().unwrap());
        thread::spawn(move || {
            // However it ends, the other side learns that it has.
            let _ = io::copy(&mut from, &mut to);
            let _ = to.shutdown(Shutdown::Write);
        });
    }
    state.sockets.extend([client, server]);
}
