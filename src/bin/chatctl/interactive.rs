//! `chatctl interactive`: a conversation by hand, on a terminal or as a pipe.

mod surroundings;

use std::cell::Cell;
use std::io::{self, Write};
use std::pin::pin;
use std::process::ExitCode;

use anyhow::{Context, anyhow, ensure};
use async_channel::{Receiver, Sender};
use async_signal::{Signal, Signals};
use chatctl::client::plain::{Ended, PlainError, converse};
use chatctl::client::{self, ConnectError, Connection};
use chatctl::protocol::dialect::Dialect;
use chatctl::terminal;
use clap::{Args, ValueEnum};
use futures::StreamExt;
use futures::future::{Either, select};
use smol::Unblock;

use self::surroundings::Surroundings;
use crate::address::host_and_port;
use crate::manner::MannerArguments;

/// The exit code of a name that was refused, and of input or output that failed.
const FAILED: u8 = 1;

/// The exit code of arguments that do not go together.
const USAGE: u8 = 2;

/// The exit code without a connection, or when it breaks.
const NO_CONNECTION: u8 = 4;

/// Chat by hand: on a terminal with windows, history and completion, elsewhere line by line.
///
/// On a terminal, /help tells the rest. Without one (a pipe, CI, TERM=dumb, --plain, --dialect legacy), one line typed is one command; the
/// first is a name, unless --name gives it. The end of the input leaves the server and shows what still comes; so does
/// Ctrl-C, a second one ends at once. Exit codes: 0 left, or the server has closed, 1 the name was refused or input or
/// output failed, 2 usage, 4 no connection or a broken one, 129, 130 or 143 ended by a signal.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// The server
    #[arg(value_name = "HOST:PORT", value_parser = host_and_port)]
    server: String,
    /// Log in with this name; on a terminal it may be repeated, Ctrl-X then goes from one user to the next
    #[arg(long, value_name = "NAME")]
    name: Vec<String>,
    /// Write what happens as a script that `chatctl run` plays; the file must not exist
    #[arg(long, value_name = "FILE")]
    record: Option<String>,
    /// Line by line, even on a terminal
    #[arg(long)]
    plain: bool,
    /// What the colors stand on [default: what the terminal tells of itself, or dark]
    #[arg(long, value_name = "BACKGROUND")]
    theme: Option<ThemeName>,
    #[command(flatten)]
    manner: MannerArguments,
}

/// What colors stand on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum ThemeName {
    Dark,
    Light,
}

pub(crate) fn run(arguments: &Arguments) -> ExitCode {
    let surroundings = Surroundings::look_around();
    let plain = arguments.plain || !surroundings.is_terminal || arguments.manner.options().dialect != Dialect::Text;
    let ended = if plain { run_plain(arguments) } else { run_terminal(arguments, &surroundings) };
    match ended {
        Ok(exit) => ExitCode::from(exit),
        Err(error) => {
            let _ = writeln!(io::stderr(), "chatctl: {error:#}");
            ExitCode::from(exit_code(&error))
        }
    }
}

/// Arguments that only a terminal understands.
#[derive(Debug, thiserror::Error)]
#[error("{0} needs a terminal")]
struct NeedsTerminal(&'static str);

fn exit_code(error: &anyhow::Error) -> u8 {
    let lost = matches!(error.downcast_ref(), Some(PlainError::Lost(_)));
    if lost || error.is::<ConnectError>() {
        NO_CONNECTION
    } else if error.is::<NeedsTerminal>() {
        USAGE
    } else {
        FAILED
    }
}

/// A server that is not there at all is told before the screen is taken over.
fn run_terminal(arguments: &Arguments, surroundings: &Surroundings) -> anyhow::Result<u8> {
    drop(smol::block_on(connect(arguments))?);
    let options = terminal::Options {
        server: arguments.server.clone(),
        client: arguments.manner.options(),
        names: arguments.name.clone(),
        record: arguments.record.clone(),
        theme: surroundings.theme(arguments.theme),
        history: surroundings.history.clone(),
    };
    Ok(match terminal::run(options).context("the terminal cannot be used; try --plain")? {
        terminal::Ended::Left => 0,
        terminal::Ended::Signal(number) => 128 + number,
    })
}

fn run_plain(arguments: &Arguments) -> anyhow::Result<u8> {
    ensure!(arguments.name.len() < 2, NeedsTerminal("more than one --name"));
    ensure!(arguments.record.is_none(), NeedsTerminal("--record"));
    let signals = Signals::new([Signal::Int, Signal::Term]).context("cannot wait for signals")?;
    let (leave, left) = async_channel::bounded(1);
    let signal = Cell::new(0);
    smol::block_on(async {
        let talking = pin!(talk(arguments, left));
        let ended = match select(talking, pin!(watch(signals, leave, &signal))).await {
            Either::Left((ended, _)) => ended?,
            Either::Right(_) => Ended::NotClosed,
        };
        match ended {
            Ended::Closed | Ended::OutputClosed => Ok(0),
            Ended::NotClosed => Ok(128 + signal.get()),
            Ended::NameRefused(_) => Err(anyhow!("the name was refused; try another one")),
        }
    })
}

async fn talk(arguments: &Arguments, left: Receiver<()>) -> anyhow::Result<Ended> {
    let connection = match select(pin!(connect(arguments)), pin!(left.recv())).await {
        Either::Left((connection, _)) => connection?,
        Either::Right(_) => return Ok(Ended::NotClosed),
    };
    let (input, output) = (Unblock::new(io::stdin()), Unblock::new(io::stdout()));
    let leave = async {
        let _ = left.recv().await;
    };
    Ok(converse(connection, arguments.name.first().map(String::as_str), input, output, leave).await?)
}

async fn connect(arguments: &Arguments) -> Result<Connection, ConnectError> {
    client::connect(&client::resolve(&arguments.server).await?, &arguments.manner.options()).await
}

/// Leaves at the first signal, and is done at the second. Keeps the number of the first.
async fn watch(mut signals: Signals, leave: Sender<()>, first: &Cell<u8>) {
    if let Some(Ok(signal)) = signals.next().await {
        first.set(u8::try_from(signal as i32).unwrap_or_default());
    }
    leave.close();
    signals.next().await;
}
