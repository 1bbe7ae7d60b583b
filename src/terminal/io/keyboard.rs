//! What is typed, pasted or resized: a thread that waits for it.

use std::io;
use std::thread;
use std::time::Duration;

use async_channel::{Receiver, Sender};
use crossterm::event::{self, Event};

use super::rejoin::Rejoiner;

/// How long the rest of a sequence may take, over ssh and serial lines too.
const REST_WITHIN: Duration = Duration::from_millis(50);

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
    let mut rejoiner = Rejoiner::default();
    loop {
        let events = match next(&rejoiner) {
            Ok(Some(event)) => rejoiner.take(event),
            Ok(None) => rejoiner.give_up(),
            Err(error) => {
                let _ = sender.send_blocking(Err(error));
                return;
            }
        };
        if events.into_iter().any(|event| sender.send_blocking(Ok(event)).is_err()) {
            return;
        }
    }
}

/// The next event; `None` if it does not come in time to belong to the last one.
fn next(rejoiner: &Rejoiner) -> io::Result<Option<Event>> {
    if rejoiner.is_waiting() && !event::poll(REST_WITHIN)? { Ok(None) } else { event::read().map(Some) }
}
