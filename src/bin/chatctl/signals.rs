//! SIGINT and SIGTERM: the first one asks for an orderly end, the second one ends the program at once. A server reads its
//! files again at SIGHUP, if it has any. The terminal client has its own way, because the terminal must be restored.

use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};
use std::thread;

use anyhow::Context;
use async_signal::{Signal, Signals};
use futures::StreamExt;

use crate::exit::Exit;

/// The first signal received, if any.
#[derive(Clone, Debug)]
pub(crate) struct FirstSignal(Arc<AtomicU8>);

impl FirstSignal {
    /// The exit of a program that was asked to end.
    pub(crate) fn exit(&self) -> Option<Exit> {
        match self.0.load(Ordering::SeqCst) {
            0 => None,
            number => Some(Exit::Signal(number)),
        }
    }
}

/// Watches for signals from now on, on a thread of its own, and calls `at_first` at the first one.
pub(crate) fn watch(at_first: impl FnOnce() + Send + 'static) -> anyhow::Result<FirstSignal> {
    watch_these([Signal::Int, Signal::Term], at_first, None::<fn()>)
}

/// The same, where SIGHUP calls `at_hangup`; without such a function it is a signal like the others.
pub(crate) fn watch_with_reload(
    at_first: impl FnOnce() + Send + 'static,
    at_hangup: Option<impl FnMut() + Send + 'static>,
) -> anyhow::Result<FirstSignal> {
    let all = [Signal::Int, Signal::Term, Signal::Hup];
    let watched = if at_hangup.is_none() && is_hang_up_ignored() { &all[..2] } else { &all };
    watch_these(watched.iter().copied(), at_first, at_hangup)
}

/// Whether whoever started the program, as `nohup` does, wants it to go on when its terminal is closed.
fn is_hang_up_ignored() -> bool {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let ignored = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    let ignored = ignored.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok()).unwrap_or_default();
    ignored & (1 << (Signal::Hup as i32 - 1)) != 0
}

fn watch_these(
    watched: impl IntoIterator<Item = Signal>,
    at_first: impl FnOnce() + Send + 'static,
    mut at_hangup: Option<impl FnMut() + Send + 'static>,
) -> anyhow::Result<FirstSignal> {
    let mut signals = Signals::new(watched).context("cannot wait for signals")?;
    let received = FirstSignal(Arc::default());
    let first = Arc::clone(&received.0);
    let watching = async move {
        let Some(number) = next(&mut signals, &mut at_hangup).await else { return };
        first.store(number, Ordering::SeqCst);
        at_first();
        if let Some(number) = next(&mut signals, &mut at_hangup).await {
            std::process::exit(Exit::Signal(number).code().into());
        }
    };
    let thread = thread::Builder::new().name("signals".to_owned());
    thread.spawn(move || smol::block_on(watching)).context("cannot wait for signals")?;
    Ok(received)
}

/// The number of the next signal that ends the program, unless no more can come.
async fn next(signals: &mut Signals, at_hangup: &mut Option<impl FnMut()>) -> Option<u8> {
    loop {
        let signal = signals.next().await?.ok()?;
        match at_hangup {
            Some(at_hangup) if signal == Signal::Hup => at_hangup(),
            Some(_) | None => return u8::try_from(signal as i32).ok(),
        }
    }
}
