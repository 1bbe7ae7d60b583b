//! `chatctl send`: a file to a room or to users, from a shell.

mod source;

use std::io;
use std::path::PathBuf;
use std::pin::pin;

use chatctl::client::transfer::{Announcer, Bringing, Endurance, ServerFile, TransferError};
use chatctl::client::{ConnectOptions, Login, ServerDoor};
use chatctl::protocol::command::{FileTarget, UserList};
use chatctl::protocol::file::{FileToken, PUT_WITHIN};
use chatctl::protocol::name::{RoomName, UserName};
use clap::{Args, ValueHint};
use futures::FutureExt;
use futures::future::{Either, select};

use self::source::InputFile;
use crate::exit::Exit;
use crate::password::PasswordArguments;
use crate::transfer::{DoorArguments, TransferBar};
use crate::{output, signals};

/// Send a file to a room or to users, and print its id.
///
/// If you are not a member of the room, you join it for the upload. The file is announced once all of its bytes have
/// arrived. If the connection breaks, the upload resumes where it stopped, unless no byte gets through for 60 s. After
/// Ctrl-C, or if the upload cannot resume, a token is printed; --resume continues with it within 600 s. A terminal
/// shows a progress bar. Exit codes: 0 sent, 1 the server refused the name or the file, 2 usage, or the file cannot be
/// read, 4 could not connect, or the connection broke for good, 130 or 143 ended by a signal.
#[derive(Debug, Args)]
pub(crate) struct SendArguments {
    /// File to send; `-` is standard input
    #[arg(value_name = "FILE", value_hint = ValueHint::FilePath)]
    file: PathBuf,
    /// Send it to the members of this room
    #[arg(long, value_name = "ROOM", value_parser = room, required_unless_present = "to_user")]
    to: Option<RoomName>,
    /// Send it to these users
    #[arg(long, value_name = "USER[,USER...]", value_parser = users, conflicts_with = "to")]
    to_user: Option<UserList>,
    /// Name of the file for the others [default: its own name, or `stdin`]
    #[arg(long = "as", value_name = "NAME")]
    called: Option<String>,
    /// Log in with this name
    #[arg(long, value_name = "NAME", value_parser = user)]
    name: UserName,
    #[command(flatten)]
    password: PasswordArguments,
    #[command(flatten)]
    door: DoorArguments,
    /// Resume an interrupted upload with the token that was printed
    #[arg(long, value_name = "TOKEN", value_parser = token)]
    resume: Option<FileToken>,
}

fn token(text: &str) -> Result<FileToken, &'static str> {
    FileToken::parse(text).ok_or("expected 26 lower-case letters and digits")
}

fn room(text: &str) -> Result<RoomName, String> {
    RoomName::new(text).map_err(|error| error.to_string())
}

fn user(text: &str) -> Result<UserName, String> {
    UserName::new(text).map_err(|error| error.to_string())
}

fn users(text: &str) -> Result<UserList, String> {
    let users: Vec<UserName> = text.split(',').map(user).collect::<Result<_, _>>()?;
    UserList::new(users).ok_or_else(|| "expected the name of a user, found none".to_owned())
}

impl SendArguments {
    fn target(&self) -> Option<FileTarget> {
        let room = self.to.clone().map(FileTarget::Room);
        room.or_else(|| self.to_user.clone().map(FileTarget::Users))
    }
}

pub(crate) fn run(arguments: &SendArguments) -> anyhow::Result<Exit> {
    let to = arguments.target().expect("the arguments demand one of both");
    let source = InputFile::open(&arguments.file, arguments.called.as_deref())?;
    let login = Login::new(&arguments.name.to_string()).with_password(arguments.password.read()?);
    let (door, options) = arguments.door.find()?;
    let bar = TransferBar::new(&source.name, source.size, 0);
    let size = source.size;
    let bringing = arguments.resume.map(|token| (token, Bringing::resumed(token, size)));
    let mut sending = OutgoingFile { door: &door, options: &options, login, to, source, bringing };
    let (stop, stopped) = async_channel::bounded::<()>(1);
    let signal = signals::watch(move || drop(stop))?;
    let ended = smol::block_on(select(pin!(sending.send(&bar)), pin!(stopped.recv())).map(|ended| match ended {
        Either::Left((sent, _)) => Some(sent),
        Either::Right(_) => None,
    }));
    drop(bar);
    match ended {
        Some(Ok(file)) => {
            output::write("the id of the file", format!("{}\n", file.id).as_bytes())?;
            return Ok(Exit::Passed);
        }
        Some(Err(error)) if !error.may_pass() => return Err(error.into()),
        Some(Err(_)) | None => {}
    }
    // Of an upload that is not announced there is nothing to go on with.
    if let Some((token, _)) = &sending.bringing {
        let within = PUT_WITHIN.as_secs();
        output::complain(&format!("the same command with --resume {token} goes on with it within {within} s"));
    }
    match ended {
        Some(Err(error)) => Err(error.into()),
        Some(Ok(_)) | None => Ok(signal.exit().unwrap_or(Exit::Passed)),
    }
}

/// A file on its way.
struct OutgoingFile<'a> {
    door: &'a ServerDoor,
    options: &'a ConnectOptions,
    login: Login,
    to: FileTarget,
    source: InputFile,
    /// Once it is announced, with its token.
    bringing: Option<(FileToken, Bringing)>,
}

impl OutgoingFile<'_> {
    async fn send(&mut self, bar: &TransferBar) -> Result<ServerFile, TransferError> {
        let mut endurance = Endurance::new(0);
        loop {
            let broke = match self.attempt(bar, &mut endurance).await {
                Ok(file) => return Ok(file),
                Err(error) => error,
            };
            let Some((_, bringing)) = &self.bringing else { return Err(broke) };
            let broke = match broke {
                // The server may not know yet that the former connection is gone.
                TransferError::NameRefused(why) => TransferError::Lost(io::Error::other(why)),
                broke => broke,
            };
            endurance.after(broke, bringing.have()).await?;
        }
    }

    /// Logs in, announces the file if that is not done, and brings what the server does not have.
    async fn attempt(&mut self, bar: &TransferBar, endurance: &mut Endurance) -> Result<ServerFile, TransferError> {
        let mut announcer = Announcer::enter(self.door, self.options, self.login.clone()).await?;
        if self.bringing.is_none() {
            let token = announcer.announce(&self.to, self.source.size, &self.source.name).await?;
            self.bringing = Some((token, Bringing::new(token, self.source.size)));
        } else if let FileTarget::Room(room) = &self.to {
            announcer.join(room).await?;
        }
        let (_, bringing) = self.bringing.as_mut().expect("it was announced now or before");
        let brought = {
            let to = (self.door, self.options);
            let bringing = pin!(bringing.bring(to, &mut self.source.content, endurance, |at| bar.set(at)));
            match select(bringing, pin!(announcer.stay())).await {
                Either::Left((brought, _)) => brought,
                Either::Right((lost, _)) => return Err(lost),
            }
        };
        if brought.is_ok() {
            announcer.leave().await;
        }
        brought
    }
}
