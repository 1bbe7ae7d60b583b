//! HTTP: six routes, their headers, and the step to WebSocket.

use std::convert::Infallible;
use std::sync::Mutex;
use std::task::{Poll, ready};
use std::time::Duration;

use async_io::Timer;
use futures::future::{poll_fn, select};
use hyper::body::{Bytes, Incoming};
use hyper::header::{
    ALLOW, CONNECTION, CONTENT_SECURITY_POLICY, ETAG, HOST, HeaderName, HeaderValue, IF_NONE_MATCH, LOCATION,
    SEC_WEBSOCKET_ACCEPT, SEC_WEBSOCKET_KEY, SEC_WEBSOCKET_PROTOCOL, SEC_WEBSOCKET_VERSION, UPGRADE,
};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{HeaderMap, Method, Request, Response, StatusCode, Uri};
use tungstenite::handshake::derive_accept_key;

use super::body::Whole;
use super::content::ResponseBody;
use super::files;
use super::guard::{comes_from_own_page, is_own_host, is_this_machine};
use super::page::PageFiles;
use super::response::{plain, text_of, whole};
use super::subprotocol::Subprotocol;
use super::wire::{Heads, HyperStream, ReactorTimer};
use super::{HEAD_WITHIN, KEPT_FOR, Scheme, WebDoor};
use crate::lock::Locked;
use crate::net::Stream;
use crate::protocol::dialect::Spelling;
use crate::protocol::dialect::json::SCHEMA;

/// Headers of one request, and bytes of all of them together.
const MAX_HEADERS: usize = 64;
const MAX_HEAD: usize = 16 * 1024;

/// What is thrown away of a client that goes on writing while the connection closes.
const LINGER_BYTES: usize = 64 * 1024;
const LINGER: Duration = Duration::from_secs(1);

const OPENER_POLICY: HeaderName = HeaderName::from_static("cross-origin-opener-policy");

/// Serves requests until the connection ends, or has become a WebSocket: then the stream, how it is spoken to, and what was
/// read behind the head.
pub(super) async fn serve(stream: Stream, scheme: Scheme, door: &WebDoor) -> Option<(Stream, Spelling, Vec<u8>)> {
    let upgraded = Mutex::new(None);
    let was_upgraded = &upgraded;
    let heads = &Heads::default();
    let wire = HyperStream::new(stream, door.config().patience).with_heads(HEAD_WITHIN, heads.clone());
    let service = service_fn(move |request| async move {
        heads.has_come();
        let response = answer(door, scheme, request).await;
        heads.comes_next();
        if let Some(spelling) = response.extensions().get::<Spelling>() {
            *was_upgraded.locked() = Some(*spelling);
        }
        Ok::<_, Infallible>(response)
    });
    let mut builder = http1::Builder::new();
    builder.timer(ReactorTimer).header_read_timeout(KEPT_FOR).max_headers(MAX_HEADERS).max_buf_size(MAX_HEAD);
    let served = builder.serve_connection(wire, service).without_shutdown().await;
    let parts = served.inspect_err(|error| tracing::debug!("http: {error}")).ok()?;
    let stream = parts.io.into_stream();
    let spelling = *upgraded.locked();
    if let Some(spelling) = spelling {
        return Some((stream, spelling, parts.read_buf.to_vec()));
    }
    linger(&stream).await;
    None
}

/// Tells a client for whom there is no room.
pub(super) async fn turn_away(stream: &Stream) {
    // Nothing was ever written to this socket: its buffer takes it.
    let _ = stream.try_write(b"HTTP/1.1 503 Service Unavailable\r\nConnection: close\r\nContent-Length: 0\r\n\r\n");
    linger(stream).await;
}

/// Says that nothing more comes, and reads on for a moment: closing with unread input would take the response back.
async fn linger(stream: &Stream) {
    if stream.finish().is_err() {
        return;
    }
    let mut left = LINGER_BYTES;
    let reading = poll_fn(|cx| {
        loop {
            match stream.try_read(&mut [0; 4096]) {
                Ok(Some(bytes)) if bytes > 0 && bytes <= left => left -= bytes,
                Ok(None) => ready!(stream.poll_readable(cx)).unwrap_or_default(),
                Ok(Some(_)) | Err(_) => return Poll::Ready(()),
            }
        }
    });
    select(reading, Timer::after(LINGER)).await;
}

async fn answer(door: &WebDoor, scheme: Scheme, request: Request<Incoming>) -> Response<ResponseBody> {
    let Some(host) = text_of(request.headers(), &HOST) else {
        return plain(StatusCode::BAD_REQUEST, "a Host header is expected").map(ResponseBody::Whole);
    };
    if let Some(refused) = turned_down(door, (host, scheme), request.uri()) {
        return refused.map(ResponseBody::Whole);
    }
    if request.uri().path().starts_with("/files/") {
        let is_own = comes_from_own_page(request.headers(), host, scheme);
        return files::respond(&door.reception.transfers, request, is_own).await;
    }
    respond(door, (host, scheme), &request).map(ResponseBody::Whole)
}

/// The answer to whoever asks another host, or in the wrong way.
fn turned_down(door: &WebDoor, (host, scheme): (&str, Scheme), asked: &Uri) -> Option<Response<Whole>> {
    if !is_own_host(host, &door.config().names) {
        let text = "this server does not know the host; see --web-name";
        return Some(plain(StatusCode::MISDIRECTED_REQUEST, text));
    }
    (scheme == Scheme::HttpToBeLeft).then(|| moved_to_tls(host, asked))
}

/// Everything but files is there at once.
fn respond(door: &WebDoor, (host, scheme): (&str, Scheme), request: &Request<Incoming>) -> Response<Whole> {
    let path = request.uri().path();
    if let Some(wanted) = Subprotocol::wanted(path, request.headers()) {
        return upgrade(request.headers(), (host, scheme), request.method() == Method::GET, wanted);
    }
    let is_read = matches!(*request.method(), Method::GET | Method::HEAD);
    if !is_read && (matches!(path, "/" | "/ws" | "/schema.json") || path.starts_with("/a/")) {
        let mut refused = plain(StatusCode::METHOD_NOT_ALLOWED, "only GET and HEAD are allowed");
        refused.headers_mut().insert(ALLOW, HeaderValue::from_static("GET, HEAD"));
        return refused;
    }
    if path == "/ws" {
        let is_get = request.method() == Method::GET;
        return upgrade(request.headers(), (host, scheme), is_get, Subprotocol::JSON);
    }
    let Ok(files) = door.page.files() else {
        return plain(StatusCode::INTERNAL_SERVER_ERROR, "a file of the page cannot be read");
    };
    match path {
        "/" => index(&files, request.headers(), (host, scheme)),
        "/schema.json" => whole("application/schema+json", "no-cache", Bytes::from_static(SCHEMA.as_bytes())),
        _ => asset(&files, path).unwrap_or_else(|| plain(StatusCode::NOT_FOUND, "there is nothing here")),
    }
}

/// The same address over TLS, at the same port.
fn moved_to_tls(host: &str, asked: &Uri) -> Response<Whole> {
    let mut moved = plain(StatusCode::PERMANENT_REDIRECT, "this server speaks TLS");
    let query = asked.query().map(|query| format!("?{query}")).unwrap_or_default();
    // A host that is a name or an address, and a path that has been parsed, are fit for a header.
    if let Ok(place) = HeaderValue::try_from(format!("https://{host}{}{query}", asked.path())) {
        moved.headers_mut().insert(LOCATION, place);
    }
    moved
}

fn index(files: &PageFiles, headers: &HeaderMap, (host, scheme): (&str, Scheme)) -> Response<Whole> {
    let tag = format!("\"{}\"", files.hash);
    let known = text_of(headers, &IF_NONE_MATCH).is_some_and(|known| known.contains(&tag) || known == "*");
    let mut response = whole("text/html; charset=utf-8", "no-cache", files.index.clone());
    if known {
        *response.status_mut() = StatusCode::NOT_MODIFIED;
        *response.body_mut() = Whole::none();
    }
    let policy = format!(
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob:; connect-src 'self' ws://{host} \
         wss://{host}; manifest-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; \
         require-trusted-types-for 'script'; trusted-types 'none'"
    );
    let head = response.headers_mut();
    for (name, value) in [(ETAG, tag), (CONTENT_SECURITY_POLICY, policy)] {
        // A hash and a host that is a name or an address are fit for a header.
        if let Ok(value) = HeaderValue::try_from(value) {
            head.insert(name, value);
        }
    }
    if scheme == Scheme::Https || is_this_machine(host) {
        head.insert(OPENER_POLICY, HeaderValue::from_static("same-origin"));
    }
    response
}

/// `/a/HASH/NAME`; the address of another version is unknown.
fn asset(files: &PageFiles, path: &str) -> Option<Response<Whole>> {
    let (hash, name) = path.strip_prefix("/a/")?.split_once('/')?;
    let (kind, bytes) = files.get(name).filter(|_| hash == files.hash)?;
    Some(whole(kind, "max-age=31536000, immutable", bytes))
}

/// The step to WebSocket, for whoever asks for it in the right way and from the right page.
fn upgrade(
    headers: &HeaderMap,
    (host, scheme): (&str, Scheme),
    is_get: bool,
    subprotocol: Subprotocol,
) -> Response<Whole> {
    if !comes_from_own_page(headers, host, scheme) {
        return plain(StatusCode::FORBIDDEN, "the page of another site may not connect");
    }
    let has = |name: &HeaderName, wanted: &str| {
        let words =
            headers.get_all(name).iter().filter_map(|value| value.to_str().ok()).flat_map(|text| text.split(','));
        words.map(str::trim).any(|word| word.eq_ignore_ascii_case(wanted))
    };
    let key = text_of(headers, &SEC_WEBSOCKET_KEY).filter(|key| key.len() == 24);
    let wanted = is_get && has(&CONNECTION, "upgrade") && has(&UPGRADE, "websocket");
    let (true, true, Some(key)) = (wanted, has(&SEC_WEBSOCKET_VERSION, "13"), key) else {
        let mut refused = plain(StatusCode::UPGRADE_REQUIRED, "a WebSocket of version 13 is expected");
        let head = refused.headers_mut();
        head.insert(UPGRADE, HeaderValue::from_static("websocket"));
        head.insert(CONNECTION, HeaderValue::from_static("upgrade"));
        head.insert(SEC_WEBSOCKET_VERSION, HeaderValue::from_static("13"));
        return refused;
    };
    let mut response = Response::new(Whole::none());
    *response.status_mut() = StatusCode::SWITCHING_PROTOCOLS;
    response.extensions_mut().insert(subprotocol.spelling());
    let head = response.headers_mut();
    if let Some(name) = subprotocol.name() {
        head.insert(SEC_WEBSOCKET_PROTOCOL, HeaderValue::from_static(name));
    }
    head.insert(UPGRADE, HeaderValue::from_static("websocket"));
    head.insert(CONNECTION, HeaderValue::from_static("upgrade"));
    if let Ok(accept) = HeaderValue::try_from(derive_accept_key(key.as_bytes())) {
        head.insert(SEC_WEBSOCKET_ACCEPT, accept);
    }
    response
}
