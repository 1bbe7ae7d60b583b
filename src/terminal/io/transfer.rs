//! The file that is on its way: opened, brought or fetched in a task that ends when it is dropped.

use std::cell::Cell;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::rc::Rc;

use async_channel::Sender;
use smol::{LocalExecutor, Task, Unblock};

use super::link::chain;
use crate::client::transfer::{Bringing, Download, Endurance, PartialFile, SaveError, TransferError, cancel, fetch};
use crate::client::{self, ConnectOptions, ServerDoor};
use crate::protocol::file::{FileId, FileName, FileToken};
use crate::terminal::TerminalInput;

/// One file on its way. Dropping it stops it.
#[derive(Debug)]
pub(super) struct TransferTask {
    /// How many bytes have come through.
    pub(super) at: Rc<Cell<u64>>,
    /// What the server knows it by, if it is sent.
    pub(super) token: Option<FileToken>,
    _task: Task<()>,
}

/// Where files go to and come from, and who is told.
#[derive(Debug, Clone)]
pub(super) struct FileDoor {
    pub(super) server: String,
    pub(super) client: ConnectOptions,
    /// Tells this file from an earlier one, whose last word may still be on its way.
    pub(super) number: u64,
    pub(super) told: Sender<(u64, TerminalInput)>,
}

/// A file that is to be sent.
#[derive(Debug)]
pub(super) struct Opened {
    content: File,
    size: u64,
}

/// Opens a file that is to be sent, and says what it is.
pub(super) fn open(path: &str) -> (Option<Opened>, TerminalInput) {
    let shown = path;
    let path = expanded(path);
    // Opening a pipe would wait for its other end.
    let opened = std::fs::metadata(&path).and_then(|about| match about.is_file() {
        true => Ok((File::open(&path)?, about.len())),
        false => Err(std::io::Error::other("expected a file")),
    });
    let (content, size) = match opened {
        Ok(opened) => opened,
        Err(error) => return (None, TerminalInput::FileEnded(Err(format!("cannot send {shown}: {error}")))),
    };
    let absolute = std::path::absolute(&path).unwrap_or_else(|_| path.clone()).to_string_lossy().into_owned();
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    match FileName::new(&name) {
        Ok(name) => {
            (Some(Opened { content, size }), TerminalInput::FileOpened { name: name.to_string(), size, path: absolute })
        }
        Err(error) => (None, TerminalInput::FileEnded(Err(format!("cannot send {shown}: {error}")))),
    }
}

/// `~/x` is in the home of whoever types it, as in a shell.
fn expanded(path: &str) -> PathBuf {
    match (path.strip_prefix("~/"), std::env::home_dir()) {
        (Some(rest), Some(home)) => home.join(rest),
        _ => path.into(),
    }
}

impl FileDoor {
    /// Brings the bytes of an announced file.
    pub(super) fn send(self, opened: Opened, token: FileToken, executor: &LocalExecutor<'static>) -> TransferTask {
        let at = Rc::new(Cell::new(0));
        let progress = Rc::clone(&at);
        let task = executor.spawn(async move {
            let sent = self.bring(opened, token, &progress).await;
            let told = sent.map(|()| String::new()).map_err(|error| format!("not sent: {}", chain(&error)));
            self.tell(TerminalInput::FileEnded(told)).await;
        });
        TransferTask { at, token: Some(token), _task: task }
    }

    async fn bring(&self, opened: Opened, token: FileToken, at: &Cell<u64>) -> Result<(), TransferError> {
        let door = self.find().await?;
        let mut source = Unblock::new(opened.content);
        let mut bringing = Bringing::new(token, opened.size);
        let to = (&door, &self.client);
        bringing.bring(to, &mut source, &mut Endurance::new(0), |sent| at.set(sent)).await?;
        Ok(())
    }

    /// Fetches a file and saves it.
    pub(super) fn save(self, id: String, path: Option<String>, executor: &LocalExecutor<'static>) -> TransferTask {
        let at = Rc::new(Cell::new(0));
        let progress = Rc::clone(&at);
        let task = executor.spawn(async move {
            let told = match self.fetch(&id, path.as_deref(), &progress).await {
                Ok(path) => Ok(format!("saved {}", path.display())),
                Err(error) => Err(format!("not saved: {}", chain(&error))),
            };
            self.tell(TerminalInput::FileEnded(told)).await;
        });
        TransferTask { at, token: None, _task: task }
    }

    async fn fetch(&self, id: &str, path: Option<&str>, at: &Cell<u64>) -> Result<PathBuf, SaveError> {
        let door = self.find().await?;
        let Some(id) = FileId::parse(id) else {
            let why = "expected an id of 26 lower-case letters and digits, or `last`";
            return Err(TransferError::Unexpected(why.to_owned()).into());
        };
        let file = Download::open(&door, &self.client, (id, 0)).await?.file().clone();
        let opened = TerminalInput::FileOpened { name: file.name.to_string(), size: file.size, path: String::new() };
        self.tell(opened).await;
        let (path, about) = (path.map(expanded), file.clone());
        let part = smol::unblock(move || PartialFile::open(path.as_deref().map(Path::new), &about)).await?;
        let (have, size) = (part.have(), file.size);
        let mut part = part;
        at.set(have);
        fetch((&door, &self.client), id, (have, size), |bytes| {
            part.write(bytes)?;
            at.set(part.have());
            Ok::<_, SaveError>(())
        })
        .await?;
        smol::unblock(move || part.finish(&file)).await
    }

    /// Tells the server that a file that was announced does not come.
    pub(super) fn cancel(self, token: FileToken, executor: &LocalExecutor<'static>) {
        let told = executor.spawn(async move {
            // If that is not heard, the server forgets the file by itself after a while.
            if let Ok(door) = self.find().await {
                let _ = cancel(&door, &self.client, token).await;
            }
        });
        told.detach();
    }

    async fn tell(&self, input: TerminalInput) {
        // With nobody there to be told, the program is ending.
        let _ = self.told.send((self.number, input)).await;
    }

    async fn find(&self) -> Result<ServerDoor, TransferError> {
        Ok(client::resolve(&self.server).await?)
    }
}
