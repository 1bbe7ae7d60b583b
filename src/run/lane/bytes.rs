//! The bytes of a transfer on their way, in a thread that does nothing else.

use std::fs::File;
use std::future::Future;
use std::io::{BufReader, ErrorKind, Read};
use std::pin::pin;
use std::time::{Duration, Instant};

use async_channel::Receiver;
use futures::future::{Either, select};
use futures::io::AllowStdIo;
use ring::digest::{Context, SHA256};
use smol::Timer;
use smol::lock::Semaphore;

use super::content::{Hashed, hash};
use crate::client::transfer::{Download, ServerFile, TransferError, WantedUpload, upload};
use crate::client::{ConnectOptions, ServerDoor};
use crate::protocol::file::{ContentHash, FileId, FileToken};

/// Bytes that are fetched, hashed and compared at once.
const PIECE: usize = 128 * 1024;

/// How long a server that has no place for one more transfer is left alone.
const TRY_AGAIN_AFTER: Duration = Duration::from_millis(50);

/// How many transfers are under way at once. The threads are those in which an embedded server writes its files, so some must
/// be left; no server of ours takes as many.
static PLACES: Semaphore = Semaphore::new(64);

/// What became of a download.
pub(super) struct Fetched {
    pub(super) bytes: u64,
    /// In what it differs from what it should be.
    pub(super) difference: Option<String>,
}

/// Brings all bytes of an announced file. Returns what the server says, and the hash of what was sent.
pub(super) async fn bring(
    (door, options): (ServerDoor, ConnectOptions),
    token: FileToken,
    (content, size): (Hashed, u64),
    deadline: Instant,
) -> Result<(ServerFile, ContentHash), TransferError> {
    apart(move |given_up| async move {
        let mut source = AllowStdIo::new(content);
        let file = {
            let bringing = pin!(async {
                loop {
                    let wanted = WantedUpload { source: &mut source, size, from: 0 };
                    match upload((&door, &options), token, wanted, |_| ()).await {
                        Err(error) if error.is_busy() => Timer::after(TRY_AGAIN_AFTER).await,
                        ended => return ended,
                    };
                }
            });
            until(bringing, deadline, &given_up).await?
        };
        Ok((file, source.into_inner().hash()))
    })
    .await
}

/// Fetches a file, and compares it: with the bytes of a file if there is one, else with what the hash should be.
pub(super) async fn fetch(
    (door, options): (ServerDoor, ConnectOptions),
    id: FileId,
    (expected, known): (Option<File>, Option<ContentHash>),
    limit: impl Fn(u64) -> Instant + Send + 'static,
) -> Result<Fetched, TransferError> {
    apart(move |given_up| async move {
        let opening = pin!(async {
            loop {
                match Download::open(&door, &options, (id, 0)).await {
                    Err(error) if error.is_busy() => Timer::after(TRY_AGAIN_AFTER).await,
                    opened => return opened,
                };
            }
        });
        let download = until(opening, limit(0), &given_up).await?;
        let deadline = limit(download.file().size);
        let comparison = ByteComparison {
            expected: expected.map(BufReader::new),
            digest: Context::new(&SHA256),
            bytes: 0,
            difference: None,
        };
        until(pin!(comparison.read(download, known)), deadline, &given_up).await
    })
    .await
}

/// Carries a transfer out in another thread. If nobody waits for it any more, it ends.
async fn apart<T, W>(work: impl FnOnce(Receiver<()>) -> W + Send + 'static) -> Result<T, TransferError>
where
    T: Send + 'static,
    W: Future<Output = Result<T, TransferError>>,
{
    let _place = PLACES.acquire().await;
    let (waiting, given_up) = async_channel::bounded(1);
    let done = smol::unblock(move || smol::block_on(work(given_up))).await;
    drop(waiting);
    done
}

async fn until<T>(
    work: impl Future<Output = Result<T, TransferError>> + Unpin,
    deadline: Instant,
    given_up: &Receiver<()>,
) -> Result<T, TransferError> {
    let ended = pin!(async {
        select(Timer::at(deadline), pin!(given_up.recv())).await;
    });
    match select(work, ended).await {
        Either::Left((done, _)) => done,
        Either::Right(_) => Err(TransferError::Lost(ErrorKind::TimedOut.into())),
    }
}

/// What has come, beside what should.
struct ByteComparison {
    expected: Option<BufReader<File>>,
    digest: Context,
    bytes: u64,
    /// The first difference to the file.
    difference: Option<String>,
}

impl ByteComparison {
    async fn read(mut self, mut download: Download, known: Option<ContentHash>) -> Result<Fetched, TransferError> {
        let mut piece = vec![0; PIECE];
        loop {
            match download.read(&mut piece).await? {
                0 => break,
                length => self.add(&piece[..length]).map_err(TransferError::Source)?,
            }
        }
        let told = download.file().hash;
        let found = hash(&self.digest);
        let difference = match self.ended().map_err(TransferError::Source)? {
            Some(difference) => Some(difference),
            None if known.is_some_and(|known| known != found) => {
                Some(format!("the hash is {found}, that of the upload is {}", known.unwrap_or(found)))
            }
            None => (told != found).then(|| format!("the hash is {found}, the server says {told}")),
        };
        Ok(Fetched { bytes: self.bytes, difference })
    }

    fn add(&mut self, piece: &[u8]) -> std::io::Result<()> {
        self.digest.update(piece);
        if let (Some(expected), None) = (&mut self.expected, &self.difference) {
            let mut same = Vec::with_capacity(piece.len());
            expected.take(piece.len() as u64).read_to_end(&mut same)?;
            let differs = piece.iter().zip(&same).position(|(found, expected)| found != expected);
            self.difference = match differs {
                Some(at) => {
                    let place = self.bytes + at as u64;
                    Some(format!("byte {place} is {:#04x}, expected {:#04x}", piece[at], same[at]))
                }
                None if same.len() < piece.len() => {
                    Some(format!("it has more than the {} bytes that were expected", self.bytes + same.len() as u64))
                }
                None => None,
            };
        }
        self.bytes += piece.len() as u64;
        Ok(())
    }

    /// The first difference to the file, once all bytes have come.
    fn ended(&mut self) -> std::io::Result<Option<String>> {
        let Some(expected) = self.expected.as_mut().filter(|_| self.difference.is_none()) else {
            return Ok(self.difference.take());
        };
        let has_more = expected.read(&mut [0])? > 0;
        Ok(has_more.then(|| format!("it ends after {} bytes, more were expected", self.bytes)))
    }
}
