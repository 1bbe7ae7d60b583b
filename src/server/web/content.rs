//! What a response consists of: bytes that are there at once, or the content of a file, a piece at a time.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::ops::Range;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use futures::FutureExt;
use futures::future::BoxFuture;
use hyper::body::{Body, Bytes, Frame, SizeHint};

use super::body::Whole;
use crate::server::transfer::{PIECE, TransferPlace, Transfers};

/// The body of a response.
pub(super) enum ResponseBody {
    /// Bytes that are there at once.
    Whole(Whole),
    /// A part of a file.
    Content(FileBody),
}

/// A read on a thread that may wait for the disk; it gives the file back.
type BlockingRead = BoxFuture<'static, io::Result<(File, Vec<u8>)>>;

/// A part of a file, read one piece ahead of what is written.
pub(super) struct FileBody {
    transfers: Arc<Transfers>,
    next: Option<BlockingRead>,
    /// Bytes that were not read yet.
    unread: u64,
    /// Bytes that were not handed out yet.
    left: u64,
    _place: TransferPlace,
}

impl FileBody {
    pub(super) fn new(content: File, part: &Range<u64>, (transfers, place): (Arc<Transfers>, TransferPlace)) -> Self {
        let left = part.end.saturating_sub(part.start);
        let mut body = Self { transfers, next: None, unread: left, left, _place: place };
        body.read_ahead(content, Some(part.start));
        body
    }

    /// Begins to read the next piece, if there is one, from this position on if the file is at another.
    fn read_ahead(&mut self, mut content: File, from: Option<u64>) {
        let Some(length) = self.take_length() else { return };
        let read = self.transfers.read(move || {
            if let Some(from) = from {
                content.seek(SeekFrom::Start(from))?;
            }
            let mut piece = vec![0; length];
            content.read_exact(&mut piece)?;
            Ok((content, piece))
        });
        self.next = Some(read.boxed());
    }

    /// The length of the next piece, if there is one.
    fn take_length(&mut self) -> Option<usize> {
        let length = usize::try_from(self.unread).unwrap_or(PIECE).min(PIECE);
        self.unread -= length as u64;
        (length > 0).then_some(length)
    }

    fn poll_piece(&mut self, cx: &mut Context<'_>) -> Poll<Option<io::Result<Bytes>>> {
        let Some(next) = &mut self.next else { return Poll::Ready(None) };
        let read_now = ready!(next.as_mut().poll(cx));
        self.next = None;
        Poll::Ready(Some(read_now.map(|(content, piece)| {
            self.left -= piece.len() as u64;
            self.read_ahead(content, None);
            piece.into()
        })))
    }
}

impl Body for ResponseBody {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<io::Result<Frame<Bytes>>>> {
        match &mut *self {
            Self::Whole(whole) => {
                Pin::new(whole).poll_frame(cx).map(|frame| frame.map(|frame| frame.map_err(|never| match never {})))
            }
            Self::Content(file) => file.poll_piece(cx).map(|piece| piece.map(|piece| piece.map(Frame::data))),
        }
    }

    fn is_end_stream(&self) -> bool {
        match self {
            Self::Whole(whole) => whole.is_end_stream(),
            Self::Content(file) => file.left == 0,
        }
    }

    fn size_hint(&self) -> SizeHint {
        match self {
            Self::Whole(whole) => whole.size_hint(),
            Self::Content(file) => SizeHint::with_exact(file.left),
        }
    }
}
