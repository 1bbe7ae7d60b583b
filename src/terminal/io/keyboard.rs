//! What is typed, pasted or resized: a thread that waits for it.

use std::io;
use std::thread;

use async_channel::{Receiver, Sender};
use crossterm::event::{self, Event};

/// Events that wait to be taken in; when it is full, the terminal's own queue fills up next.
const MAX_WAITING: usize = 1024;

/// The terminal's events, from here on. The last one is an error when the terminal is gone.
///
/// A thread of its own because crossterm's stream, asked without waiting, leaves events lying in its buffer: keys that
/// come together then take a turn of its helper thread each. The thread can only wait for a key, so it ends at the
/// first one that nobody wants any more, or with the process.
///
/// # Errors
/// If there can be no thread.
pub(super) fn listen() -> io::Result<Receiver<io::Result<Event>>> {
    let (sender, receiver) = async_channel::bounded(MAX_WAITING);
    thread::Builder::new().name("keyboard".to_owned()).spawn(move || pass_on(&sender))?;
    Ok(receiver)
}

fn pass_on(sender: &Sender<io::Result<Event>>) {
    loop {
        let event = event::read();
        let is_last = event.is_err();
        if sender.send_blocking(event).is_err() || is_last {
            return;
        }
    }
}
