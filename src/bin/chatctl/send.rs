//! `chatctl send`: a file to a room or to users, from a shell.

mod source;

use std::io;
use std::path::PathBuf;
use std::pin::pin;

use chatctl::client::transfer::{Announcer, ServerFile, TransferError, WantedUpload, upload};
use chatctl::client::{ConnectOptions, Login, ServerDoor};
use chatctl::protocol::command::{FileTarget, UserList};
use chatctl::protocol::file::FileToken;
use chatctl::protocol::name::{RoomName, UserName};
use clap::{Args, ValueHint};
use futures::future::{Either, select};

use self::source::Source;
use crate::exit::Exit;
use crate::output;
use crate::password::PasswordArguments;
use crate::transfer::{DoorArguments, Endurance, TransferBar};

/// Send a file to a room or to users, and print its id.
///
/// Whoever is no member of the room joins it, and leaves it at the end. Nobody hears of the file before all of its bytes
/// are there. If the connection breaks, the upload goes on where the server has no bytes yet, for as long as more get through
/// within 60 s. On a terminal, a bar shows how far it has come. Exit codes: 0 sent, 1 the server refused the name or the
/// file, 2 usage, or the file cannot be read, 4 could not connect, or the connection broke for good, 130 or 143 ended by a
/// signal.
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
    /// Call it so [default: the name of the file, or `stdin`]
    #[arg(long = "as", value_name = "NAME")]
    called: Option<String>,
    /// Log in with this name
    #[arg(long, value_name = "NAME", value_parser = user)]
    name: UserName,
    #[command(flatten)]
    password: PasswordArguments,
    #[command(flatten)]
    door: DoorArguments,
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
    let source = Source::open(&arguments.file, arguments.called.as_deref())?;
    let login = Login::new(&arguments.name.to_string()).with_password(arguments.password.read()?);
    let (door, options) = arguments.door.find()?;
    let bar = TransferBar::new(&source.name, source.size, 0);
    let sending = Sending { door: &door, options: &options, login, to, source, token: None, begun: false, have: 0 };
    let sent = smol::block_on(sending.send(&bar));
    drop(bar);
    output::write("the id of the file", format!("{}\n", sent?.id).as_bytes())?;
    Ok(Exit::Passed)
}

/// A file on its way.
struct Sending<'a> {
    door: &'a ServerDoor,
    options: &'a ConnectOptions,
    login: Login,
    to: FileTarget,
    source: Source,
    /// Once it is announced.
    token: Option<FileToken>,
    /// Whether the server may have some bytes.
    begun: bool,
    /// How many bytes the server has, as far as is known.
    have: u64,
}

impl Sending<'_> {
    async fn send(mut self, bar: &TransferBar) -> Result<ServerFile, TransferError> {
        let mut endurance = Endurance::new(0);
        loop {
            match self.attempt(bar, &mut endurance).await {
                Ok(file) => return Ok(file),
                Err(error) if self.token.is_none() => return Err(error),
                // The server may not know yet that the former connection is gone.
                Err(TransferError::NameRefused(why)) => {
                    let lost = TransferError::Lost(io::Error::other(why));
                    endurance.after(lost, self.have).await?;
                }
                Err(error) => endurance.after(error, self.have).await?,
            }
        }
    }

    /// Logs in, announces the file if that is not done, and brings what the server does not have.
    async fn attempt(&mut self, bar: &TransferBar, endurance: &mut Endurance) -> Result<ServerFile, TransferError> {
        let mut announcer = Announcer::enter(self.door, self.options, self.login.clone()).await?;
        let token = match (self.token, &self.to) {
            (None, to) => announcer.announce(to, self.source.size, &self.source.name).await?,
            (Some(token), FileTarget::Room(room)) => {
                announcer.join(room).await?;
                token
            }
            (Some(token), FileTarget::Users(_)) => token,
        };
        self.token = Some(token);
        let brought = {
            let bringing = pin!(self.bring(token, bar, endurance));
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

    /// Brings the bytes, on as many connections as that takes.
    async fn bring(
        &mut self,
        token: FileToken,
        bar: &TransferBar,
        endurance: &mut Endurance,
    ) -> Result<ServerFile, TransferError> {
        loop {
            match self.bring_once(token, bar).await {
                Ok(file) => return Ok(file),
                Err(error) => endurance.after(error, self.have).await?,
            }
        }
    }

    async fn bring_once(&mut self, token: FileToken, bar: &TransferBar) -> Result<ServerFile, TransferError> {
        let to = (self.door, self.options);
        let size = self.source.size;
        if self.begun {
            // Without a byte, the server says how many it has.
            let asked = WantedUpload { source: &mut self.source.content, size, from: size };
            match upload(to, token, asked, |_| ()).await {
                Err(error) => self.have = error.offset().ok_or(error)?,
                Ok(file) => return Ok(file),
            }
        }
        self.begun = true;
        let wanted = WantedUpload { source: &mut self.source.content, size, from: self.have };
        upload(to, token, wanted, |at| bar.set(at)).await
    }
}
