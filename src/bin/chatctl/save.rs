//! `chatctl save`: a file of a server onto the disk or into a pipe, from a shell.

mod destination;

use std::path::PathBuf;

use chatctl::client::transfer::{Download, fetch};
use chatctl::protocol::file::FileId;
use clap::{Args, ValueHint};

use self::destination::SaveDestination;
use crate::exit::Exit;
use crate::output;
use crate::transfer::{DoorArguments, TransferBar};

/// Save a file that was sent, and print the name it is saved under.
///
/// Existing files are never overwritten. Until all bytes have arrived and their hash is right, they are in
/// PATH.ID.part; after Ctrl-C, the same command resumes there, and if the connection breaks, it resumes by itself,
/// unless no byte gets through for 60 s. A terminal shows a progress bar. Exit codes: 0 saved, 1 the server has no such
/// file, or its bytes are wrong, 2 usage, or the file exists or cannot be written, 4 could not connect, or the
/// connection broke for good, 130 or 143 ended by a signal.
#[derive(Debug, Args)]
pub(crate) struct SaveArguments {
    /// Id of the file, from the line that announces it
    #[arg(value_name = "ID", value_parser = id)]
    id: FileId,
    /// Where to save it: a new file, a directory, or `-` for standard output [default: its own name, without unsafe characters]
    #[arg(value_name = "PATH", value_hint = ValueHint::AnyPath)]
    path: Option<PathBuf>,
    #[command(flatten)]
    door: DoorArguments,
}

fn id(text: &str) -> Result<FileId, &'static str> {
    FileId::parse(text).ok_or("expected 26 lower-case letters and digits")
}

pub(crate) fn run(arguments: &SaveArguments) -> anyhow::Result<Exit> {
    if let Some(path) = &arguments.path {
        destination::check(path)?;
    }
    let (door, options) = arguments.door.find()?;
    // From the end on there are no bytes: this tells what it is.
    let looked = smol::block_on(Download::open(&door, &options, (arguments.id, u64::MAX)))?;
    let file = looked.file().clone();
    drop(looked);
    let mut to = SaveDestination::open(arguments.path.as_deref(), &file)?;
    let bar = TransferBar::new(&file.name, file.size, to.have());
    let saved = smol::block_on(fetch((&door, &options), arguments.id, (to.have(), file.size), |bytes| {
        to.write(bytes)?;
        bar.set(to.have());
        Ok(())
    }));
    drop(bar);
    match saved {
        Err(error) if is_broken_pipe(&error) => return Ok(Exit::Passed),
        saved => saved?,
    }
    if let Some(path) = to.finish(&file)? {
        output::write("the name of the file", format!("{}\n", path.display()).as_bytes())?;
    }
    Ok(Exit::Passed)
}

/// Whether nobody reads standard output any more.
fn is_broken_pipe(error: &anyhow::Error) -> bool {
    error.downcast_ref::<std::io::Error>().is_some_and(|error| error.kind() == std::io::ErrorKind::BrokenPipe)
}
