//! `chatctl store`: looks after what `serve --data` keeps. All of it works while the server runs.

use std::borrow::Cow;
use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context, anyhow};
use chatctl::hub::Line;
use chatctl::protocol::command::Phrase;
use chatctl::protocol::event::RoomEvent;
use chatctl::protocol::mode_letters;
use chatctl::protocol::name::{RoomName, UserName};
use chatctl::store::sqlite::{OpenError, upkeep};
use chatctl::text::numbers::counted;
use clap::{Args, Subcommand};
use serde::Serialize;

use crate::exit::{Because, Exit};
use crate::{files, output};

/// Check, copy or export the data of `chatctl serve --data DIR`, even while the server runs.
///
/// Exit codes: 0 done, and the store is intact, 1 the store is damaged, 2 usage, or a file or standard output cannot be
/// written, 4 no store can be read.
#[derive(Debug, Args)]
pub(crate) struct StoreArguments {
    #[command(subcommand)]
    command: StoreCommand,
}

#[derive(Debug, Subcommand)]
enum StoreCommand {
    /// Read everything and report damage
    Check {
        /// Directory of the store
        dir: PathBuf,
    },
    /// Copy the store to a file; to restore it, stop the server and copy the file back as DIR/chat.db
    Backup {
        /// Directory of the store
        dir: PathBuf,
        /// File to write; - is standard output
        file: PathBuf,
    },
    /// Print every line of every room as a line of JSON
    Export {
        /// Directory of the store
        dir: PathBuf,
    },
}

/// One line of an export.
#[derive(Serialize)]
struct Exported<'a> {
    room: &'a str,
    number: u64,
    at: String,
    kind: &'static str,
    who: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    text: Option<Cow<'a, str>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    with: Option<Vec<&'a str>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    to: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    user: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<&'a str>,
}

pub(crate) fn run(arguments: &StoreArguments) -> anyhow::Result<Exit> {
    match &arguments.command {
        StoreCommand::Check { dir } => {
            let checked = upkeep::check(dir).map_err(|error| unreadable(&error))?;
            let file = checked.file.display();
            if checked.faults.is_empty() {
                let (rooms, lines) = (counted(checked.rooms, "room"), counted(checked.lines, "line"));
                output::write("the result", format!("{file} is whole: {rooms}, {lines}\n").as_bytes())?;
                return Ok(Exit::Passed);
            }
            let faults: String = checked.faults.iter().map(|fault| format!("{file}: {fault}\n")).collect();
            output::write("the result", faults.as_bytes())?;
            Ok(Exit::Failed)
        }
        StoreCommand::Backup { dir, file } if files::is_standard_stream(file) => {
            print_copy(dir)?;
            Ok(Exit::Passed)
        }
        StoreCommand::Backup { dir, file } => {
            back_up(dir, file)?;
            Ok(Exit::Passed)
        }
        StoreCommand::Export { dir } => {
            let mut out = BufWriter::new(io::stdout().lock());
            let written =
                upkeep::export(dir, |room, line| export(&mut out, room, line)).map_err(|error| unreadable(&error))?;
            match written.and_then(|()| out.flush()) {
                Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(error).context("cannot write the lines"),
                Ok(()) | Err(_) => Ok(Exit::Passed),
            }
        }
    }
}

fn back_up(dir: &Path, file: &Path) -> anyhow::Result<()> {
    upkeep::back_up(dir, file).map_err(|error| match error {
        OpenError::NotWritable { .. } => anyhow!(Because::new(Exit::Usage, error.to_string())),
        other => unreadable(&other),
    })
}

/// Copies the store to standard output, by way of a file that has a name only while it is made: it is not written from its
/// beginning to its end.
fn print_copy(dir: &Path) -> anyhow::Result<()> {
    let path = std::env::temp_dir().join(format!("chatctl-{}-{:016x}.db", std::process::id(), fastrand::u64(..)));
    back_up(dir, &path)?;
    let opened = File::open(&path);
    let _ = fs::remove_file(&path);
    let mut out = io::stdout().lock();
    match opened.and_then(|mut copy| io::copy(&mut copy, &mut out)).and_then(|_| out.flush()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(error).context("cannot write the copy"),
        Ok(()) | Err(_) => Ok(()),
    }
}

/// The exit code of a store that cannot be opened is the same for each command.
pub(crate) fn unreadable(error: &OpenError) -> anyhow::Error {
    anyhow!(Because::new(Exit::NoConnection, error.to_string()))
}

fn export(out: &mut impl Write, room: &RoomName, line: &Line) -> io::Result<()> {
    serde_json::to_writer(&mut *out, &exported(room, line))?;
    out.write_all(b"\n")
}

fn exported<'a>(room: &'a RoomName, line: &'a Line) -> Exported<'a> {
    let mut exported = Exported {
        room: room.as_str(),
        number: line.number,
        at: humantime::format_rfc3339_millis(line.mark.at).to_string(),
        kind: "",
        who: line.who().as_str(),
        text: None,
        with: None,
        to: None,
        user: None,
        reason: None,
    };
    match &line.what {
        RoomEvent::Said { from: _, text } => {
            exported.kind = "said";
            exported.text = Some(text.as_str().into());
        }
        RoomEvent::Created { by: _, with } => {
            exported.kind = "created";
            exported.with = Some(with.iter().map(UserName::as_str).collect());
        }
        RoomEvent::File { from: _, file } => {
            exported.kind = "file";
            exported.text = Some(file.name.as_str().into());
        }
        RoomEvent::Joined(_) => exported.kind = "joined",
        RoomEvent::Left { user: _, why, said } => {
            exported.kind = "left";
            exported.reason = why.reason();
            exported.text = said.as_deref().map(Cow::from);
        }
        RoomEvent::Renamed { from: _, to } => {
            exported.kind = "renamed";
            exported.to = Some(to.as_str());
        }
        RoomEvent::TopicSet { by: _, topic } => {
            exported.kind = "topic";
            exported.text = topic.as_ref().map(|topic| topic.as_str().into());
        }
        RoomEvent::Removed { by: _, user, reason } => {
            exported.kind = "kicked";
            exported.user = Some(user.as_str());
            exported.reason = reason.as_ref().map(Phrase::as_str);
        }
        RoomEvent::Banned { by: _, user } => (exported.kind, exported.user) = ("banned", Some(user.as_str())),
        RoomEvent::Unbanned { by: _, user } => (exported.kind, exported.user) = ("unbanned", Some(user.as_str())),
        RoomEvent::Opened { by: _, to_all } => exported.kind = if *to_all { "open" } else { "private" },
        RoomEvent::Moded { by: _, changes } => {
            exported.kind = "mode";
            exported.text = Some(mode_letters::spelled(changes).into());
        }
        RoomEvent::Owned { by: _, owner } => (exported.kind, exported.user) = ("owner", Some(owner.as_str())),
    }
    exported
}
