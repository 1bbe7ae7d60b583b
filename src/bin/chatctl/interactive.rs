//! `chatctl interactive`: a conversation by hand.

use std::cell::Cell;
use std::io::{self, Write};
use std::pin::pin;
use std::process::ExitCode;

use anyhow::{Context, anyhow};
use async_channel::{Receiver, Sender};
use async_signal::{Signal, Signals};
use chatctl::client::plain::{Ended, PlainError, converse};
use chatctl::client::{self, ConnectError, Connection};
use clap::Args;
use futures::StreamExt;
use futures::future::{Either, select};
use smol::Unblock;

use crate::manner::MannerArguments;

/// The exit code of a name that was refused, and of input or output that failed.
const FAILED: u8 = 1;

/// The exit code without a connection, or when it breaks.
const NO_CONNECTION: u8 = 4;

/// Chat by hand: what is typed goes to the server, what it says is shown.
///
/// One line typed is one command; the first is a name, unless --name gives it. The end of the input leaves the server
/// and shows what still comes; so does Ctrl-C, a second one ends at once. Exit codes: 0 the server has closed, 1 the
/// name was refused or input or output failed, 2 usage, 4 no connection or a broken one, 130 or 143 interrupted and the
/// server did not close.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// The server
    #[arg(value_name = "HOST:PORT")]
    server: String,
    /// Log in with this name
    #[arg(long, value_name = "NAME")]
    name: Option<String>,
    #[command(flatten)]
    manner: MannerArguments,
}

pub(crate) fn run(arguments: &Arguments) -> ExitCode {
    match try_run(arguments) {
        Ok(exit) => ExitCode::from(exit),
        Err(error) => {
            let _ = writeln!(io::stderr(), "chatctl: {error:#}");
            ExitCode::from(exit_code(&error))
        }
    }
}

fn exit_code(error: &anyhow::Error) -> u8 {
    let lost = matches!(error.downcast_ref(), Some(PlainError::Lost(_)));
    if lost || error.is::<ConnectError>() { NO_CONNECTION } else { FAILED }
}

fn try_run(arguments: &Arguments) -> anyhow::Result<u8> {
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
    Ok(converse(connection, arguments.name.as_deref(), input, output, leave).await?)
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
