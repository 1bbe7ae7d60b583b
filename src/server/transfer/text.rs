//! A file on a connection that began with `put`, `get` or `cancel`: the line, then the bytes if there are any.

use std::io::{Read, Seek, SeekFrom};
use std::pin::pin;
use std::sync::Arc;

use futures::future::select;

use super::admin;
use super::flow::{Filled, fill, write_all};
use super::{PIECE, Transfers, no_such_file};
use crate::protocol::dialect::{Hearer, TransferRequest};
use crate::protocol::event::{Event, FileEvent};
use crate::protocol::file::{FileId, FileInfo, FileToken};
use crate::protocol::refusal::Refusal;
use crate::server::connection::Connection;

/// Brings or fetches a file, and says what came of it. `first` is what has come behind the line.
pub(in crate::server) async fn serve(
    connection: Arc<Connection>,
    request: TransferRequest,
    first: Vec<u8>,
    transfers: Arc<Transfers>,
) {
    let stopped = transfers.stopped.clone();
    let until_stopped = pin!(stopped.recv());
    let served = pin!(async {
        let told = match request {
            TransferRequest::Put(token, from) => {
                put(&connection, (token, from), first, &transfers).await.map(FileEvent::Stored).map(Event::File)
            }
            TransferRequest::Cancel(token) => transfers.cancel(token).map(FileEvent::Canceled).map(Event::File),
            TransferRequest::Admin => return admin::answer(&connection, first, &transfers).await,
            TransferRequest::Get(id, from) => match get(&connection, (id, from), &transfers).await {
                Ok(()) => return,
                Err(refusal) => Err(refusal),
            },
        };
        say(&connection, &told.unwrap_or_else(Event::Refused), &transfers).await;
    });
    select(served, until_stopped).await;
}

async fn say(connection: &Connection, event: &Event, transfers: &Transfers) {
    let mut line = Vec::new();
    connection.outbound.spelling().write(event, Hearer::default(), &mut line);
    // Whoever does not hear it is gone.
    let _ = write_all(&connection.stream, &line, transfers.patience).await;
}

async fn put(
    connection: &Connection,
    (token, from): (Option<FileToken>, u64),
    first: Vec<u8>,
    transfers: &Transfers,
) -> Result<Arc<FileInfo>, Refusal> {
    let _place = transfers.place()?;
    let mut upload = transfers.begin(token, from).await?;
    let mut piece = first;
    while upload.missing() > 0 {
        let length = usize::try_from(upload.missing()).unwrap_or(PIECE).min(PIECE);
        let filled = fill(&connection.stream, &mut piece, length, transfers.patience).await;
        // What has come before the end is kept: whoever goes on need not send it again.
        (upload, piece) = transfers.write(upload, piece).await?;
        if filled == Filled::Ended && upload.missing() > 0 {
            return Err(upload.incomplete());
        }
    }
    transfers.finish(upload).await
}

async fn get(connection: &Connection, (id, from): (Option<FileId>, u64), transfers: &Transfers) -> Result<(), Refusal> {
    let kept = id.and_then(|id| transfers.find(id)).ok_or_else(|| no_such_file(id))?;
    let _place = transfers.place()?;
    let mut content = transfers.content(&kept).await?;
    say(connection, &Event::File(FileEvent::Head(Arc::clone(&kept.info))), transfers).await;
    let mut left = kept.info.size.saturating_sub(from);
    let mut position = Some(from);
    let mut piece = Vec::new();
    while left > 0 {
        let length = usize::try_from(left).unwrap_or(PIECE).min(PIECE);
        let read = transfers.read(move || {
            piece.resize(length, 0);
            if let Some(from) = position {
                content.seek(SeekFrom::Start(from))?;
            }
            content.read_exact(&mut piece)?;
            Ok::<_, std::io::Error>((content, piece))
        });
        // What cannot be read or written any more ends here: whoever fetches it sees that bytes are missing.
        let Ok(read) = read.await else { return Ok(()) };
        (content, piece) = read;
        position = None;
        if write_all(&connection.stream, &piece, transfers.patience).await.is_err() {
            return Ok(());
        }
        left -= length as u64;
    }
    Ok(())
}
