//! The admin address: over HTTP, whether the server lives and is ready, and what it has counted. Nothing here changes anything.

use std::convert::Infallible;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use async_channel::Receiver;
use futures::FutureExt;
use futures::future::select;
use hyper::body::{Bytes, Incoming};
use hyper::header::{ACCEPT, CACHE_CONTROL, CONTENT_TYPE, HeaderValue};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Method, Request, Response, StatusCode};

use crate::net::Stream;
use crate::server::broker::Broker;
use crate::server::nothing::Nothing;
use crate::server::snapshot::MetricsFormat;
use crate::server::web::body::Whole;
use crate::server::web::wire::{Clock, Wire};

/// Connections at once; a further one is closed.
const AT_ONCE: usize = 16;

/// How long a client may take nothing of an answer.
const PATIENCE: Duration = Duration::from_secs(30);

/// How long a client may take for the head of a request.
const HEAD_WITHIN: Duration = Duration::from_secs(10);

/// What all connections of the address share.
pub(in crate::server) struct OperationsDoor {
    broker: Arc<Broker>,
    /// Closes when the server stops.
    stopped: Receiver<Nothing>,
    open: AtomicUsize,
}

impl OperationsDoor {
    pub(in crate::server) fn new(broker: Arc<Broker>, stopped: Receiver<Nothing>) -> Self {
        Self { broker, stopped, open: AtomicUsize::new(0) }
    }

    /// Answers requests until the connection ends.
    pub(in crate::server) async fn receive(self: Arc<Self>, stream: Stream) {
        if self.open.fetch_add(1, Ordering::Relaxed) < AT_ONCE {
            let until_stopped = pin!(self.stopped.recv().map(drop));
            select(pin!(self.serve(stream)), until_stopped).await;
        }
        self.open.fetch_sub(1, Ordering::Relaxed);
    }

    async fn serve(&self, stream: Stream) {
        let service = service_fn(|request| {
            let response = self.respond(&request);
            async move { Ok::<_, Infallible>(response) }
        });
        let mut builder = http1::Builder::new();
        builder.timer(Clock).header_read_timeout(HEAD_WITHIN);
        if let Err(error) = builder.serve_connection(Wire::new(stream, PATIENCE), service).await {
            tracing::debug!("http of the admin address: {error}");
        }
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
