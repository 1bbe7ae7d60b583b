//! `chatctl admin`: asks and changes a server that runs, for those who run it.

mod door;
mod secret;
mod show;

use std::path::{Path, PathBuf};

use anyhow::{Context, anyhow, bail};
use chatctl::server::admin::{AdminAnswer, AdminRequest};
use clap::{Args, Subcommand};

use self::door::Door;
use crate::admin_address::AdminAddress;
use crate::exit::{Because, Exit};
use crate::{files, output, time};

/// Inspect or control a running server.
///
/// The server is found by the directory of its --data, which only its own user can access, or by its --admin address. Exit
/// codes: 0 done, 1 the server refuses, 2 usage, or a file or standard output cannot be read or written, 4 no server answers.
#[derive(Debug, Args)]
pub(crate) struct AdminArguments {
    /// Directory of the server's data, in which its control socket is
    #[arg(long, value_name = "DIR", global = true, conflicts_with = "admin")]
    data: Option<PathBuf>,
    /// Admin address of the server: unix:PATH, or one of this machine like 127.0.0.1:7660
    #[arg(long, value_name = "ADDR", global = true)]
    admin: Option<AdminAddress>,
    /// Print the answer as a line of JSON
    #[arg(long, global = true)]
    json: bool,
    /// Give up if the server has not answered within this time; drain and backup may take longer while it answers other requests
    #[arg(long, value_name = "TIME", global = true, default_value = "10s", value_parser = time::longer_than_zero)]
    timeout: humantime::Duration,
    #[command(subcommand)]
    command: AdminCommand,
}

#[derive(Debug, Subcommand)]
enum AdminCommand {
    /// Print the counters of the server
    Stats,
    /// List the connected users
    Who,
    /// List the rooms that have members
    Rooms,
    /// Close all connections of a user
    Kick {
        /// Name of the user
        name: String,
    },
    /// Close all connections of a user and refuse this name from now on
    Ban {
        /// Name to ban, of a guest or an account
        name: String,
    },
    /// Lift the ban of a name
    Unban {
        /// Name that is banned
        name: String,
    },
    /// Close a room: its members are told, and its history is deleted
    CloseRoom {
        /// Name of the room
        room: String,
    },
    /// Set the password of an account; it is asked for without echo, or read from standard input
    SetPassword {
        /// Name of the account
        name: String,
    },
    /// Accept no new users, and stop after this time or when all users have left
    Drain {
        /// Time to leave, like 30s [default: that of the server's --drain, or else 30s]
        #[arg(value_parser = time::printable)]
        time: Option<humantime::Duration>,
    },
    /// Copy the store to a new file
    Backup {
        /// File to write, as the user of the server
        file: PathBuf,
    },
    /// Print or change the log level of the server
    LogLevel {
        /// New level, such as debug, or a filter as in RUST_LOG
        level: Option<String>,
    },
    /// Reload the configuration and the certificate, like SIGHUP
    Reload,
}

pub(crate) fn run(arguments: &AdminArguments) -> anyhow::Result<Exit> {
    let door = match (&arguments.data, &arguments.admin) {
        (Some(folder), None) => Door::control(folder),
        (None, Some(address)) => Door::admin(address),
        (_, _) => return Err(anyhow!("say which server: --data DIR, or --admin ADDR")),
    };
    let request = request(&arguments.command)?;
    let answer = door.ask(&request, arguments.timeout.into())?;
    let refused = match &answer {
        AdminAnswer::Refused { code, detail } => Some(format!("{code}: {detail}")),
        AdminAnswer::Stats { .. } | AdminAnswer::Who { .. } | AdminAnswer::Rooms { .. } | AdminAnswer::Done { .. } => {
            None
        }
    };
    if arguments.json {
        output::write("the answer", answer.spelled().as_bytes())?;
        return Ok(if refused.is_some() { Exit::Failed } else { Exit::Passed });
    }
    if let Some(why) = refused {
        return Err(Because::new(Exit::Failed, why).into());
    }
    output::write("the answer", show::lines(&answer).as_bytes())?;
    Ok(Exit::Passed)
}

fn request(command: &AdminCommand) -> anyhow::Result<AdminRequest> {
    Ok(match command {
        AdminCommand::Stats => AdminRequest::Stats,
        AdminCommand::Who => AdminRequest::Who,
        AdminCommand::Rooms => AdminRequest::Rooms,
        AdminCommand::Kick { name } => AdminRequest::Kick { user: name.clone() },
        AdminCommand::Ban { name } => AdminRequest::Ban { user: name.clone() },
        AdminCommand::Unban { name } => AdminRequest::Unban { user: name.clone() },
        AdminCommand::CloseRoom { room } => AdminRequest::CloseRoom { room: room.clone() },
        AdminCommand::SetPassword { name } => {
            AdminRequest::SetPassword { user: name.clone(), password: secret::new_password(name)? }
        }
        AdminCommand::Drain { time } => AdminRequest::Drain { seconds: time.map(|time| time.as_secs()) },
        AdminCommand::Backup { file } => AdminRequest::Backup { file: absolute(file)? },
        AdminCommand::LogLevel { level } => AdminRequest::LogLevel { level: level.clone() },
        AdminCommand::Reload => AdminRequest::Reload,
    })
}

/// The server works in another folder.
fn absolute(file: &Path) -> anyhow::Result<PathBuf> {
    if files::is_standard_stream(file) {
        bail!(
            "the server writes the copy: expected a file; `chatctl store backup DIR -` writes one to standard output"
        );
    }
    std::path::absolute(file).with_context(|| format!("cannot find the absolute path of {}", file.display()))
}
