//! `chatctl interactive`: a conversation by hand, on a terminal or as a pipe.

mod echo;
mod foreign;
mod standard_input;
mod surroundings;

use std::fs::File;
use std::io;
use std::path::PathBuf;
use std::pin::pin;

use anyhow::{Context, anyhow, bail, ensure};
use async_channel::Receiver;
use chatctl::client::plain::{ConversationEnd, PlainError, Typist, converse};
use chatctl::client::{self, ConnectOptions, Connection, Login};
use chatctl::protocol::charset::Charset;
use chatctl::terminal;
use clap::{Args, ValueEnum, ValueHint};
use futures::future::{Either, select};
use smol::Unblock;

use self::echo::Echo;
use self::surroundings::Surroundings;
use crate::exit::{Because, Exit};
use crate::files::is_standard_stream;
use crate::password::PasswordArguments;
use crate::target::{SpeechArguments, server_address};
use crate::trust::TrustArguments;
use crate::{output, signals};

/// Chat on a server: in windows on a terminal, elsewhere line by line.
///
/// On a terminal, type /help for everything else. Without a terminal (a pipe, CI, TERM=dumb, --plain, --dialect legacy),
/// each line of input is one command; the first line is your name, unless --name gives it. With a dialect of other servers
/// (--dialect irc, --dialect-file), the login, the answers and the goodbye are the dialect's. At the end of the input, or at
/// Ctrl-C, the client leaves the server and shows what it still receives; a second Ctrl-C ends it at once. Exit codes: 0
/// left, or the server closed the connection, 1 the name was refused or the input could not be read, 2 usage, or standard
/// output cannot be written, 4 could not connect, or the connection broke, 129, 130 or 143 ended by a signal.
#[derive(Debug, Args)]
pub(crate) struct InteractiveArguments {
    /// Server to connect to, such as chat.lan or tls://chat.lan; the name to log in with may stand before the host, with an @
    #[arg(value_name = "[NAME@]ADDRESS", default_value = "127.0.0.1:7667", value_parser = ChatAddress::parse)]
    server: ChatAddress,
    /// Log in with this name; on a terminal, repeat it for several users, and Ctrl-X switches between them
    #[arg(long, value_name = "NAME", value_parser = one_line)]
    name: Vec<String>,
    #[command(flatten)]
    password: PasswordArguments,
    /// Record the conversation as a script for `chatctl run`; the file must not exist yet
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    record: Option<String>,
    /// Work line by line, even on a terminal
    #[arg(long)]
    plain: bool,
    /// Colors for a dark or a light background [default: as COLORFGBG says, or dark]
    #[arg(long, value_name = "BACKGROUND")]
    theme: Option<ThemeName>,
    /// Speak to a server of another project in the dialect that this script defines, line by line
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath, conflicts_with = "dialect")]
    dialect_file: Option<PathBuf>,
    #[command(flatten)]
    speech: SpeechArguments,
    #[command(flatten)]
    trust: TrustArguments,
}

/// Where a conversation takes place, such as `alice@chat.lan`.
#[derive(Debug, Clone, PartialEq, Eq)]
struct ChatAddress {
    /// The name to log in with; none if the user is asked for it.
    name: Option<String>,
    /// Host and port, behind `tls://` if TLS is spoken there.
    address: String,
}

impl ChatAddress {
    fn parse(text: &str) -> Result<Self, &'static str> {
        let (scheme, rest) = text.split_at(text.find("://").map_or(0, |end| end + "://".len()));
        match rest.split_once('@') {
            Some((name, host)) if !name.is_empty() => {
                let address = server_address(&format!("{scheme}{host}"))?;
                Ok(Self { name: Some(name.to_owned()), address })
            }
            Some(_) => Err("expected a name before the @"),
            None => Ok(Self { name: None, address: server_address(text)? }),
        }
    }
}

impl InteractiveArguments {
    /// How to connect. Whether the server is to be trusted may be asked at the terminal.
    fn options(&self) -> anyhow::Result<ConnectOptions> {
        let address = &self.server.address;
        Ok(ConnectOptions { trust: self.trust.trust(address)?, ..self.speech.options(address)? })
    }

    fn answers_ping(&self) -> anyhow::Result<bool> {
        Ok(self.speech.options(&self.server.address)?.dialect.answers_ping())
    }

    /// The names to log in with, the one of the address first.
    fn names(&self) -> Vec<String> {
        self.server.name.iter().chain(&self.name).cloned().collect()
    }
}

/// The background of the terminal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum ThemeName {
    Dark,
    Light,
}

/// A text without a line break, with which it would be two lines.
fn one_line(text: &str) -> Result<String, &'static str> {
    if text.contains(['\n', '\r']) { Err("a line break is not part of a name") } else { Ok(text.to_owned()) }
}

pub(crate) fn run(arguments: &InteractiveArguments) -> anyhow::Result<Exit> {
    let surroundings = Surroundings::look_around();
    if arguments.dialect_file.is_some() || arguments.speech.shipped().is_some() {
        return foreign::run(arguments, surroundings.charset);
    }
    // The screen finds the end of each answer with a `ping`.
    if arguments.plain || !surroundings.is_terminal || !arguments.answers_ping()? {
        run_plain(arguments, surroundings.charset)
    } else {
        run_terminal(arguments, &surroundings)
    }
}

/// A server that is not there at all is told before the screen is taken over.
fn run_terminal(arguments: &InteractiveArguments, surroundings: &Surroundings) -> anyhow::Result<Exit> {
    if let Some(path) = &arguments.record {
        check_recording(path)?;
    }
    surroundings.check_charset()?;
    let client = arguments.options()?;
    let first = smol::block_on(connect(arguments, &client))?;
    let options = terminal::Options {
        server: arguments.server.address.clone(),
        client,
        names: arguments.names(),
        password: arguments.password.read()?,
        record: arguments.record.clone(),
        theme: surroundings.theme(arguments.theme),
        history: surroundings.history.clone(),
    };
    let unusable = || Because::new(Exit::Failed, "the terminal cannot be used; try --plain");
    Ok(match terminal::run(options, first).with_context(unusable)? {
        terminal::Ended::Left => Exit::Passed,
        terminal::Ended::Signal(number) => Exit::Signal(number),
    })
}

/// Tries whether this file can be made: who learns it on the screen may have played for nothing.
fn check_recording(path: &str) -> anyhow::Result<()> {
    ensure!(!is_standard_stream(path), "cannot record into standard output (-), where the screen is: expected a file");
    match File::create_new(path) {
        Ok(_) => std::fs::remove_file(path).with_context(|| format!("cannot remove {path} again")),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
            bail!("cannot record into {path}: the file exists")
        }
        Err(error) => Err(error).with_context(|| format!("cannot record into {path}")),
    }
}

fn run_plain(arguments: &InteractiveArguments, local: Charset) -> anyhow::Result<Exit> {
    ensure!(arguments.names().len() < 2, "more than one --name needs a terminal");
    ensure!(arguments.record.is_none(), "--record needs a terminal");
    let options = arguments.options()?;
    let (leave, left) = async_channel::bounded::<()>(1);
    let signal = signals::watch(move || drop(leave))?;
    match smol::block_on(talk(arguments, (&options, local), left))? {
        ConversationEnd::Closed | ConversationEnd::OutputClosed => Ok(Exit::Passed),
        ConversationEnd::NotClosed => Ok(signal.exit().unwrap_or(Exit::Passed)),
        ConversationEnd::NameRefused(_) => {
            Err(anyhow!(Because::new(Exit::Failed, "the name was refused; try another one")))
        }
    }
}

async fn talk(
    arguments: &InteractiveArguments,
    (options, local): (&ConnectOptions, Charset),
    left: Receiver<()>,
) -> anyhow::Result<ConversationEnd> {
    let connection = match select(pin!(connect(arguments, options)), pin!(left.recv())).await {
        Either::Left((connection, _)) => connection?,
        Either::Right(_) => return Ok(ConversationEnd::NotClosed),
    };
    let (input, output) = (standard_input::read()?, Unblock::new(io::stdout()));
    let leave = async {
        let _ = left.recv().await;
    };
    let password = arguments.password.read()?;
    let login = arguments.names().first().map(|name| Login::new(name).with_password(password));
    let mut complain = |error: &PlainError| output::complain(&error.to_string());
    let mut echo = Echo::of_standard_input();
    let typist = Typist { complain: &mut complain, hide: &mut |is_hidden| echo.hide(is_hidden) };
    Ok(converse(connection, (login, local), input, output, leave, typist).await?)
}

async fn connect(arguments: &InteractiveArguments, options: &ConnectOptions) -> anyhow::Result<Connection> {
    Ok(client::connect(&client::resolve(&arguments.server.address).await?, options).await?)
}
