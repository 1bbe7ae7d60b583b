//! Files over HTTP: `PUT`, `HEAD` and `DELETE` with the token of an upload, `GET` and `HEAD` with the id of a file. Nothing that
//! somebody sent is ever shown in the page's origin but pictures, and these only as pictures.

use std::future::poll_fn;
use std::io::Read;
use std::ops::Range;
use std::pin::{Pin, pin};
use std::sync::Arc;

use async_io::Timer;
use async_std::task::spawn_blocking;
use futures::future::{Either, select};
use hyper::body::{Body, Bytes, Incoming};
use hyper::header::{
    ACCEPT_RANGES, ALLOW, CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_LENGTH, CONTENT_RANGE, CONTENT_SECURITY_POLICY,
    CONTENT_TYPE, ETAG, HeaderName, HeaderValue, IF_NONE_MATCH, IF_RANGE, RANGE, REFERRER_POLICY,
    X_CONTENT_TYPE_OPTIONS,
};
use hyper::{HeaderMap, Method, Request, Response, StatusCode};

use super::body::Whole;
use super::content::{FileBody, ResponseBody};
use super::response::{self, text_of};
use crate::hub::KeptFile;
use crate::protocol::dialect::Dialect;
use crate::protocol::event::{Event, FileEvent};
use crate::protocol::file::{FileId, FileInfo, FileKind, FileName, FileToken};
use crate::protocol::refusal::{FileRefusal, Refusal};
use crate::server::transfer::{PIECE, Transfers, no_such_file};
use crate::store::files::Upload;

/// How far an upload has come: in answers, and in requests that go on with it.
const UPLOAD_OFFSET: HeaderName = HeaderName::from_static("upload-offset");

/// How far it has to come.
const UPLOAD_LENGTH: HeaderName = HeaderName::from_static("upload-length");

const RESOURCE_POLICY: HeaderName = HeaderName::from_static("cross-origin-resource-policy");

/// What of a file is asked for.
enum ContentRange {
    Whole,
    Some(Range<u64>),
    /// Beyond its end.
    None,
}

/// Answers a request below `/files/`; `rest` is what stands behind that.
pub(super) async fn respond(
    transfers: &Arc<Transfers>,
    request: Request<Incoming>,
    is_own_origin: bool,
) -> Response<ResponseBody> {
    let path = request.uri().path().strip_prefix("/files/").unwrap_or_default().to_owned();
    let (word, name) = path.split_once('/').map_or((&*path, None), |(word, name)| (word, Some(name)));
    match *request.method() {
        Method::GET | Method::HEAD => match FileId::parse(word).and_then(|id| transfers.find(id)) {
            Some(file) => send(transfers, &file, request.headers(), request.method() == Method::HEAD).await,
            None if request.method() == Method::HEAD && name.is_none() => state(transfers, word),
            None => refused(&no_such_file(FileId::parse(word))),
        },
        Method::PUT | Method::DELETE if !is_own_origin => {
            plain(StatusCode::FORBIDDEN, "the page of another site may not upload")
        }
        Method::DELETE => {
            let canceled = transfers.cancel(FileToken::parse(word));
            canceled.map_or_else(|refusal| refused(&refusal), |_| said(StatusCode::OK, String::new()))
        }
        Method::PUT => {
            let taken = take(transfers, word, request).await;
            taken.unwrap_or_else(|refusal| refused(&refusal))
        }
        _ => {
            let mut refused = plain(StatusCode::METHOD_NOT_ALLOWED, "only GET, HEAD, PUT and DELETE are allowed");
            refused.headers_mut().insert(ALLOW, HeaderValue::from_static("GET, HEAD, PUT, DELETE"));
            refused
        }
    }
}

/// How far an upload has come.
fn state(transfers: &Transfers, word: &str) -> Response<ResponseBody> {
    match FileToken::parse(word).ok_or(Refusal::File(FileRefusal::NoSuchToken)).and_then(|token| transfers.state(token))
    {
        Ok(state) => {
            let mut response = said(StatusCode::OK, String::new());
            let head = response.headers_mut();
            head.insert(UPLOAD_OFFSET, state.have.into());
            head.insert(UPLOAD_LENGTH, state.size.into());
            response
        }
        Err(refusal) => refused(&refusal),
    }
}

/// Takes the bytes of an announced file, from `Upload-Offset` on.
async fn take(
    transfers: &Transfers,
    word: &str,
    request: Request<Incoming>,
) -> Result<Response<ResponseBody>, Refusal> {
    let number = |name| text_of(request.headers(), name).and_then(|text| text.parse::<u64>().ok());
    let (from, length) = (number(&UPLOAD_OFFSET).unwrap_or(0), number(&CONTENT_LENGTH));
    let _place = transfers.place()?;
    let mut upload = transfers.begin(FileToken::parse(word), from).await?;
    if length.is_some_and(|length| length > upload.missing()) {
        return Err(Refusal::File(FileRefusal::TooLarge(upload.have() + upload.missing())));
    }
    let mut body = request.into_body();
    let mut piece = Vec::with_capacity(PIECE);
    loop {
        let frame = match select(
            pin!(poll_fn(|cx| Pin::new(&mut body).poll_frame(cx))),
            Timer::after(transfers.patience),
        )
        .await
        {
            Either::Left((Some(Ok(frame)), _)) => frame.into_data().unwrap_or_default(),
            // The end, an error or a silence: what has come is kept.
            Either::Left((None | Some(Err(_)), _)) | Either::Right(_) => break,
        };
        piece.extend_from_slice(&frame);
        if piece.len() >= PIECE {
            (upload, piece) = transfers.write(upload, piece).await?;
        }
    }
    let (upload, _) = transfers.write(upload, piece).await?;
    stored(transfers, upload).await
}

async fn stored(transfers: &Transfers, upload: Upload) -> Result<Response<ResponseBody>, Refusal> {
    if upload.missing() > 0 {
        return Err(upload.incomplete());
    }
    let info = transfers.finish(upload).await?;
    Ok(said(StatusCode::CREATED, Dialect::default().spelled(&Event::File(FileEvent::Stored(info)))))
}

/// A file, or the part of it that is asked for.
async fn send(
    transfers: &Arc<Transfers>,
    file: &KeptFile,
    headers: &HeaderMap,
    head_only: bool,
) -> Response<ResponseBody> {
    let info = &file.info;
    let tag = format!("\"{}\"", info.hash);
    if text_of(headers, &IF_NONE_MATCH).is_some_and(|known| known.contains(&tag) || known == "*") {
        let mut response = Response::new(ResponseBody::Whole(Whole::none()));
        *response.status_mut() = StatusCode::NOT_MODIFIED;
        insert(response.headers_mut(), ETAG, &tag);
        return response;
    }
    let is_same = text_of(headers, &IF_RANGE).is_none_or(|known| known == tag);
    let part = text_of(headers, &RANGE).filter(|_| is_same).map_or(ContentRange::Whole, |range| part(range, info.size));
    let (status, range) = match part {
        ContentRange::Whole => (StatusCode::OK, 0..info.size),
        ContentRange::Some(range) => (StatusCode::PARTIAL_CONTENT, range),
        ContentRange::None => {
            let mut response = plain(StatusCode::RANGE_NOT_SATISFIABLE, "the file ends before that");
            insert(response.headers_mut(), CONTENT_RANGE, &format!("bytes */{}", info.size));
            return response;
        }
    };
    let opened = async {
        let place = transfers.place()?;
        let content = transfers.content(file).await?;
        let (content, kind) = looked_at(content).await;
        Ok::<_, Refusal>((place, content, kind))
    };
    let (place, content, kind) = match opened.await {
        Ok(opened) => opened,
        Err(refusal) => return refused(&refusal),
    };
    let length = range.end - range.start;
    let body = if head_only || length == 0 {
        ResponseBody::Whole(Whole::none())
    } else {
        ResponseBody::Content(FileBody::new(content, &range, (Arc::clone(transfers), place)))
    };
    let mut response = Response::new(body);
    *response.status_mut() = status;
    describe(response.headers_mut(), info, kind, &tag);
    response.headers_mut().insert(CONTENT_LENGTH, length.into());
    if status == StatusCode::PARTIAL_CONTENT {
        let range = format!("bytes {}-{}/{}", range.start, range.end - 1, info.size);
        insert(response.headers_mut(), CONTENT_RANGE, &range);
    }
    response
}

/// The content, and what kind its first bytes say that it is.
async fn looked_at(mut content: std::fs::File) -> (std::fs::File, FileKind) {
    spawn_blocking(move || {
        let mut first = Vec::new();
        // What cannot be read is no picture, and says so again when its bytes are wanted.
        let read = content.by_ref().take(FileKind::DECISIVE as u64).read_to_end(&mut first);
        let kind = read.map_or(FileKind::Other, |_| FileKind::of(&first));
        (content, kind)
    })
    .await
}

/// Whatever it is, a browser runs nothing of it, and shows it only if it is a picture.
fn describe(head: &mut HeaderMap, info: &FileInfo, kind: FileKind, tag: &str) {
    let fixed = [
        (CONTENT_TYPE, kind.media_type()),
        (CACHE_CONTROL, "private, max-age=31536000, immutable"),
        (X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (CONTENT_SECURITY_POLICY, "sandbox; default-src 'none'"),
        (RESOURCE_POLICY, "same-origin"),
        (REFERRER_POLICY, "no-referrer"),
        (ACCEPT_RANGES, "bytes"),
    ];
    fixed.into_iter().for_each(|(name, value)| {
        head.insert(name, HeaderValue::from_static(value));
    });
    insert(head, ETAG, tag);
    insert(head, CONTENT_DISPOSITION, &disposition(&info.name, kind));
}

/// The name for whoever saves it, twice: curl knows only the first way to write it.
fn disposition(name: &FileName, kind: FileKind) -> String {
    let how = if kind.is_picture() { "inline" } else { "attachment" };
    let is_plain = |c: char| c.is_ascii() && !c.is_ascii_control() && !"\"\\%".contains(c);
    let plain: String = name.as_str().chars().map(|c| if is_plain(c) { c } else { '_' }).collect();
    format!("{how}; filename=\"{plain}\"; filename*=UTF-8''{}", name.percent_encoded())
}

/// `bytes=A-B`, `bytes=A-` or `bytes=-LAST`; of anything else, everything.
fn part(range: &str, size: u64) -> ContentRange {
    let Some((first, last)) = range.strip_prefix("bytes=").and_then(|range| range.split_once('-')) else {
        return ContentRange::Whole;
    };
    let range = match (first.trim().parse::<u64>(), last.trim().parse::<u64>()) {
        (Ok(first), Ok(last)) if first <= last => first..last.saturating_add(1).min(size),
        (Ok(first), Err(_)) if last.trim().is_empty() => first..size,
        (Err(_), Ok(last)) if first.trim().is_empty() => size.saturating_sub(last)..size,
        _ => return ContentRange::Whole,
    };
    if range.start < range.end { ContentRange::Some(range) } else { ContentRange::None }
}

/// Why not, as the text dialect says it.
fn refused(refusal: &Refusal) -> Response<ResponseBody> {
    let status = match refusal {
        Refusal::File(FileRefusal::NoSuchFile(_)) | Refusal::File(FileRefusal::NoSuchToken) => StatusCode::NOT_FOUND,
        Refusal::NotAMember(_) | Refusal::NoSuchUser(_) => StatusCode::FORBIDDEN,
        Refusal::File(FileRefusal::TooLarge(_)) => StatusCode::PAYLOAD_TOO_LARGE,
        Refusal::File(FileRefusal::NoSpace) => StatusCode::INSUFFICIENT_STORAGE,
        Refusal::File(FileRefusal::Incomplete { .. }) => StatusCode::CONFLICT,
        _ => StatusCode::SERVICE_UNAVAILABLE,
    };
    let mut response = said(status, Dialect::default().spelled(&Event::Refused(refusal.clone())));
    if let Refusal::File(FileRefusal::Incomplete { have, .. }) = refusal {
        response.headers_mut().insert(UPLOAD_OFFSET, (*have).into());
    }
    response
}

/// A word for people.
fn plain(status: StatusCode, text: &'static str) -> Response<ResponseBody> {
    response::plain(status, text).map(ResponseBody::Whole)
}

fn said(status: StatusCode, line: String) -> Response<ResponseBody> {
    let mut response = plain(status, "");
    *response.body_mut() = ResponseBody::Whole(Whole::new(Bytes::from(line)));
    response
}

/// Everything that is put here is fit for a header.
fn insert(head: &mut HeaderMap, name: HeaderName, value: &str) {
    if let Ok(value) = HeaderValue::try_from(value) {
        head.insert(name, value);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_is_what_its_range_says() {
        let found = |range| match part(range, 10) {
            ContentRange::Whole => None,
            ContentRange::Some(range) => Some(range),
            ContentRange::None => Some(0..0),
        };
        for (range, expected) in [
            ("bytes=0-3", Some(0..4)),
            ("bytes=4-", Some(4..10)),
            ("bytes=-3", Some(7..10)),
            ("bytes=-30", Some(0..10)),
            ("bytes=5-99", Some(5..10)),
            ("bytes=10-", Some(0..0)),
            ("bytes=3-2", None),
            ("bytes=0-1,4-5", None),
            ("lines=1-2", None),
            ("bytes=x", None),
        ] {
            assert_eq!(found(range), expected, "{range}");
        }
    }

    #[test]
    fn a_name_cannot_break_out_of_its_header() {
        let name = FileName::new("a\"; x=\"渊.html").unwrap();
        let expected = "attachment; filename=\"a_; x=__.html\"; filename*=UTF-8''a%22%3B%20x%3D%22%E6%B8%8A.html";
        assert_eq!(disposition(&name, FileKind::Other), expected);
    }
}
