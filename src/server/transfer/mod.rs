//! Files on their way between sockets and the disk, at whichever door: a piece at a time, in tasks of their own and never
//! in a worker, so that nobody who chats waits for them.

mod admin;
mod disk_threads;
mod flow;
mod pace;
mod text;

use std::future::Future;
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime};

use async_channel::Receiver;
use async_io::Timer;

use disk_threads::DiskThreads;
use pace::Pace;
pub(in crate::server) use text::serve;

use crate::hub::KeptFile;
use crate::lock::Locked;
use crate::protocol::file::{FileId, FileInfo, FileName, FileToken};
use crate::protocol::refusal::{FileRefusal, Refusal};
use crate::server::admin::AdminDesk;
use crate::server::broker::Broker;
use crate::server::config::Config;
use crate::server::counters::Counters;
use crate::server::nothing::Nothing;
use crate::store::files::{FileStore, Upload};

/// Bytes that are read, hashed or written at once. A transfer holds one such piece, or two.
pub(in crate::server) const PIECE: usize = 256 * 1024;

/// Transfers at once.
const TRANSFERS_AT_ONCE: u64 = 16;

/// What all transfers share.
pub(in crate::server) struct Transfers {
    pub(in crate::server) broker: Arc<Broker>,
    /// How long the other side may take or bring nothing.
    pub(in crate::server) patience: Duration,
    /// Where browsers find the files, if that is known.
    door: Option<Arc<str>>,
    /// Closes when the server stops.
    stopped: Receiver<Nothing>,
    disk: DiskThreads,
    pace: Mutex<Pace>,
    /// Where those are heard who run the server.
    desk: Arc<AdminDesk>,
}

/// One of the transfers at once.
#[derive(Debug)]
pub(in crate::server) struct TransferPlace(Arc<Counters>);

impl Drop for TransferPlace {
    fn drop(&mut self) {
        self.0.end_transfer();
    }
}

impl Transfers {
    pub(in crate::server) fn new(
        broker: Arc<Broker>,
        desk: Arc<AdminDesk>,
        config: &Config,
        stopped: Receiver<Nothing>,
    ) -> Self {
        let (patience, door) = (config.write_timeout, config.web.address.clone());
        let pace = Mutex::new(Pace::new(broker.durable()));
        Self { broker, patience, door, stopped, disk: DiskThreads::start(), pace, desk }
    }

    fn files(&self) -> &Arc<FileStore> {
        &self.broker.files
    }

    /// A place for one more transfer.
    pub(in crate::server) fn place(&self) -> Result<TransferPlace, Refusal> {
        if self.broker.is_in_cluster() {
            return Err(Refusal::NotInCluster("files cannot be sent"));
        }
        let place = TransferPlace(Arc::clone(&self.broker.counters));
        // Dropping the place takes the count back.
        if self.broker.counters.begin_transfer() < TRANSFERS_AT_ONCE {
            Ok(place)
        } else {
            Err(Refusal::File(FileRefusal::TransfersBusy(TRANSFERS_AT_ONCE as usize)))
        }
    }

    /// Begins to read something of a file, behind what everybody else does. Whoever waits for what is returned gets its result.
    pub(in crate::server) fn read<T, F>(&self, work: F) -> impl Future<Output = T> + Send + use<T, F>
    where
        T: Send + 'static,
        F: FnOnce() -> T + Send + 'static,
    {
        self.disk.read(work)
    }

    /// Begins an upload or goes on with it.
    pub(in crate::server) async fn begin(&self, token: Option<FileToken>, from: u64) -> Result<Upload, Refusal> {
        let token = token.ok_or(Refusal::File(FileRefusal::NoSuchToken))?;
        let files = Arc::clone(self.files());
        self.disk.read(move || files.begin(token, from, SystemTime::now())).await
    }

    /// Writes a piece of an upload; the piece comes back empty, to be filled again.
    pub(in crate::server) async fn write(
        &self,
        mut upload: Upload,
        mut piece: Vec<u8>,
    ) -> Result<(Upload, Vec<u8>), Refusal> {
        let length = piece.len() as u64;
        let written = self.disk.write(move || {
            upload.write(&piece, SystemTime::now())?;
            piece.clear();
            Ok((upload, piece))
        });
        let written = written.await;
        let wait = self.pace.locked().charge(length, self.broker.durable(), self.broker.now().monotonic);
        if !wait.is_zero() {
            Timer::after(wait).await;
        }
        written
    }

    /// The upload is whole: everybody whom it is for sees it, once it is sure to survive.
    pub(in crate::server) async fn finish(&self, upload: Upload) -> Result<Arc<FileInfo>, Refusal> {
        let wish = upload.wish().clone();
        let content = self.disk.write(move || upload.finish(SystemTime::now())).await?;
        let sent = self.broker.send_file(&wish, content, self.door.clone());
        // From here on the file's own record needs it.
        content.release(self.files());
        let (info, commit) = sent?;
        self.broker.committed(commit).await;
        Ok(info)
    }

    /// The file of this id.
    pub(in crate::server) fn find(&self, id: FileId) -> Option<KeptFile> {
        self.files().find(id, SystemTime::now())
    }

    /// How far an upload has come.
    pub(in crate::server) fn state(&self, token: FileToken) -> Result<crate::store::files::UploadState, Refusal> {
        self.files().state(token, SystemTime::now())
    }

    /// Ends an upload that its sender does not want any more; returns what it was called.
    pub(in crate::server) fn cancel(&self, token: Option<FileToken>) -> Result<FileName, Refusal> {
        self.files().cancel(token.ok_or(Refusal::File(FileRefusal::NoSuchToken))?, SystemTime::now())
    }

    /// Its content, opened.
    pub(in crate::server) async fn content(&self, file: &KeptFile) -> Result<std::fs::File, Refusal> {
        let (files, wanted) = (Arc::clone(self.files()), file.clone());
        let opened = self.disk.read(move || files.content(&wanted)).await;
        opened.map_err(|error| {
            tracing::warn!("the content of the file {} cannot be read: {error}", file.info.id);
            no_such_file(Some(file.info.id))
        })
    }
}

pub(in crate::server) fn no_such_file(id: Option<FileId>) -> Refusal {
    Refusal::File(FileRefusal::NoSuchFile(
        id.map_or_else(|| "no file has this id".to_owned(), |id| id.to_string()).into(),
    ))
}
