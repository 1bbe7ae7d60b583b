//! The admin address: over HTTP, whether the server lives and is ready, what it has counted, and requests of those who are
//! on this machine. Pages of other sites that a browser on this machine shows cannot send such requests.

use std::convert::Infallible;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use async_channel::Receiver;
use futures::FutureExt;
use futures::future::{poll_fn, select};
use hyper::body::{Body, Bytes, Incoming};
use hyper::header::{ACCEPT, CACHE_CONTROL, CONTENT_TYPE, HOST, HeaderMap, HeaderValue, ORIGIN};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Method, Request, Response, StatusCode};

use crate::net::Stream;
use crate::server::admin::{ADMIN_PATH, AdminAnswer, AdminDesk, MAX_REQUEST};
use crate::server::broker::Broker;
use crate::server::nothing::Nothing;
use crate::server::snapshot::MetricsFormat;
use crate::server::web::body::Whole;
use crate::server::web::guard::is_this_machine;
use crate::server::web::wire::{HyperStream, ReactorTimer};

/// Connections at once; a further one is closed.
const AT_ONCE: usize = 16;

/// How long a client may take nothing of an answer.
const PATIENCE: Duration = Duration::from_secs(30);

/// How long a client may take for the head of a request.
const HEAD_WITHIN: Duration = Duration::from_secs(10);

/// What all connections of the address share.
pub(in crate::server) struct OperationsDoor {
    broker: Arc<Broker>,
    desk: Arc<AdminDesk>,
    /// Closes when the server stops.
    stopped: Receiver<Nothing>,
    open: AtomicUsize,
}

impl OperationsDoor {
    pub(in crate::server) fn new(broker: Arc<Broker>, desk: Arc<AdminDesk>, stopped: Receiver<Nothing>) -> Self {
        Self { broker, desk, stopped, open: AtomicUsize::new(0) }
    }

    /// Answers requests until the connection ends. Whoever is on this machine may ask for more than figures.
    pub(in crate::server) async fn receive(self: Arc<Self>, stream: Stream, is_here: bool) {
        if self.open.fetch_add(1, Ordering::Relaxed) < AT_ONCE {
            let until_stopped = pin!(self.stopped.recv().map(drop));
            select(pin!(self.serve(stream, is_here)), until_stopped).await;
        }
        self.open.fetch_sub(1, Ordering::Relaxed);
    }

    async fn serve(&self, stream: Stream, is_here: bool) {
        let service = service_fn(|request: Request<Incoming>| async move {
            let is_request = request.uri().path() == ADMIN_PATH && *request.method() == Method::POST;
            let response = if is_request { self.take(request, is_here).await } else { self.respond(&request) };
            Ok::<_, Infallible>(response)
        });
        let mut builder = http1::Builder::new();
        builder.timer(ReactorTimer).header_read_timeout(HEAD_WITHIN);
        if let Err(error) = builder.serve_connection(HyperStream::new(stream, PATIENCE), service).await {
            tracing::debug!("http of the admin address: {error}");
        }
    }

    /// Does what somebody wants who runs the server.
    async fn take(&self, request: Request<Incoming>, is_here: bool) -> Response<Whole> {
        if !is_here {
            return text(StatusCode::FORBIDDEN, "requests are taken of this machine alone\n".to_owned());
        }
        if !is_of_program(request.headers()) {
            return text(
                StatusCode::FORBIDDEN,
                "requests are taken of programs alone, as application/json\n".to_owned(),
            );
        }
        let answer = match whole(request.into_body()).await {
            Some(body) => self.desk.take(&body).await,
            None => AdminAnswer::refused("bad-json", format!("a request has at most {MAX_REQUEST} bytes")),
        };
        respond(StatusCode::OK, "application/json", answer.spelled())
    }

    fn respond(&self, request: &Request<Incoming>) -> Response<Whole> {
        if !matches!(*request.method(), Method::GET | Method::HEAD) {
            return text(StatusCode::METHOD_NOT_ALLOWED, "only GET and HEAD are allowed\n".to_owned());
        }
        match request.uri().path() {
            "/healthz" => text(StatusCode::OK, "ok\n".to_owned()),
            "/readyz" if self.broker.snapshot().is_ready => text(StatusCode::OK, "ready\n".to_owned()),
            "/readyz" => text(StatusCode::SERVICE_UNAVAILABLE, "not ready\n".to_owned()),
            "/metrics" => {
                let wanted = request.headers().get(ACCEPT).and_then(|value| value.to_str().ok()).unwrap_or_default();
                let is_open = wanted.contains("application/openmetrics-text");
                let format = if is_open { MetricsFormat::OpenMetrics } else { MetricsFormat::Text };
                let metrics = self.broker.snapshot().metrics(format);
                respond(StatusCode::OK, format.content_type(), metrics)
            }
            _ => text(StatusCode::NOT_FOUND, "there are /healthz, /readyz and /metrics\n".to_owned()),
        }
    }
}

/// Whether no browser sends it for a page: none names another host or an origin, and none says that it is JSON.
fn is_of_program(headers: &HeaderMap) -> bool {
    let value = |name| headers.get(name).and_then(|value| value.to_str().ok());
    let is_json = value(CONTENT_TYPE).is_some_and(|kind| kind.starts_with("application/json"));
    is_json && !headers.contains_key(ORIGIN) && value(HOST).is_some_and(is_this_machine)
}

/// The body, if it is not too long.
async fn whole(mut body: Incoming) -> Option<Vec<u8>> {
    let mut bytes = Vec::new();
    while let Some(frame) = poll_fn(|cx| Pin::new(&mut body).poll_frame(cx)).await {
        if let Ok(data) = frame.ok()?.into_data() {
            bytes.extend_from_slice(&data);
        }
        if bytes.len() > MAX_REQUEST {
            return None;
        }
    }
    Some(bytes)
}

fn text(status: StatusCode, text: String) -> Response<Whole> {
    respond(status, "text/plain; charset=utf-8", text)
}

fn respond(status: StatusCode, kind: &'static str, text: String) -> Response<Whole> {
    let mut response = Response::new(Whole::new(Bytes::from(text)));
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(kind));
    response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}
