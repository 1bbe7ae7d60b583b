//! Floor 5: the hub behind sockets, on async-std.
//!
//! ```text
//! accept -> worker (one task, many conversations) -> reader -> broker (the hub's lock)
//!             |                                                     |
//!             | in rounds                                           v appended to every recipient's queue
//!             +-> connection <- due list of its worker <- outbound queue
//! ```
//!
//! A connection through the legacy door is written to by its conversation alone, in packs and with pauses. A worker
//! runs inside of [`serve`] itself; further ones, if they are asked for, are tasks of their own.
//!
//! The caller binds and decides when to stop: [`serve`] takes listeners and a future.

mod accept;
pub mod admin;
mod admission;
mod answering;
mod broker;
mod ceiling;
mod cluster;
mod config;
mod connection;
mod connection_log;
mod counters;
mod credentials;
mod endpoint;
mod errand;
mod handshakes;
mod hasher;
mod host_request;
mod memory_limit;
mod nonces;
mod nothing;
mod operations;
mod reception;
mod secure;
mod snapshot;
mod sources;
pub mod throttle;
mod transfer;
mod web;
mod worker;

use std::future::Future;
use std::io;
use std::pin::pin;
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime};

use async_channel::{Receiver, Sender};
use async_io::Timer;
use async_std::task;
use async_std::task::JoinHandle;
use futures::StreamExt;
use futures::future::{Either, join_all, join4, select};
use futures::stream::FuturesUnordered;

pub use crate::net::{Network, listen};
pub use cluster::{ClusterConfig, ClusterError, Membership};
pub use config::{AcceptRates, Config, DEFAULT_ADDRESS, FilesConfig, Presentation, WebConfig};
pub use connection::outbound::queue::QueueLimits;
pub use credentials::{CredentialFiles, Credentials, CredentialsError};
pub use endpoint::{Endpoint, Endpoints};
pub use hasher::Hashing;
pub use host_request::{AllLeft, DrainRequest, HostRequest};

use crate::hub::{Past, Record};
use crate::lock::Locked;
use crate::store::Store;
use crate::store::files::FileStore;
use crate::store::memory::Memory;
use accept::Acceptor;
use broker::{Broker, Log, new_node};
use cluster::{Engine, Outbox};
use reception::Reception;
use worker::{ConversationTask, Worker};

/// How long a stopping server waits for last words to arrive and connections to close.
const STOP_WITHIN: Duration = Duration::from_secs(6);

/// How long a stopping server waits until the others of its cluster know.
const NODE_STOPS_WITHIN: Duration = Duration::from_secs(2);

/// How often it is looked for files that have expired.
const CLEAN_EVERY: Duration = Duration::from_secs(5);

/// Serves behind these doors (a listener alone is the text dialect's) until `shutdown` is ready, then tells everyone,
/// delivers what is queued for at most a few seconds and returns.
///
/// # Errors
/// If a listener cannot be waited on. What connections do is never an error of the server.
pub async fn serve(doors: impl Into<Endpoints>, config: Config, shutdown: impl Future<Output = ()>) -> io::Result<()> {
    serve_from(doors, config, (Arc::new(Memory::default()), &Past::none(fastrand::u32(..))), shutdown).await
}

/// The same with a store, which is not finished at the end, and with what it knows of an earlier server.
///
/// # Errors
/// If a listener cannot be waited on, or the folder of the files cannot be used.
pub async fn serve_from(
    doors: impl Into<Endpoints>,
    config: Config,
    (store, past): (Arc<dyn Store>, &Past),
    shutdown: impl Future<Output = ()>,
) -> io::Result<()> {
    let (_never, requests) = async_channel::bounded(1);
    serve_on_request(doors, (config, requests), (store, past), shutdown).await
}

/// The same, where the host may ask for something while the server runs. Nobody is closed by another configuration: what
/// holds for single connections (the longest line, the rate, the queue, the time of a write) holds for those to come; doors,
/// workers, the web door and the idle timeout stay as they were. A server that drains closes its doors, but not the address
/// for those who operate it, and goes on until `shutdown`.
///
/// # Errors
/// If a listener cannot be waited on, or the folder of the files cannot be used.
pub async fn serve_on_request(
    doors: impl Into<Endpoints>,
    (config, requests): (Config, Receiver<HostRequest>),
    (store, past): (Arc<dyn Store>, &Past),
    shutdown: impl Future<Output = ()>,
) -> io::Result<()> {
    let files = Arc::new(open_files(&config, past)?);
    let membership = config.cluster.clone();
    let (log, status) = membership.as_ref().map(|membership| log_of(&config, membership)).unzip();
    let broker = Arc::new(Broker::new(&config, (Arc::clone(&store), files), past, log));
    broker.follow_commits();
    broker.follow_verdicts();
    if let Some(snapshot) = membership.as_ref().and_then(|membership| membership.snapshot.as_ref())
        && !broker.restore(&snapshot.data, config.limits.clone())
    {
        return Err(io::Error::other(
            "the snapshot of the cluster is of a version that kept something else: see Upgrade in docs/cluster.md",
        ));
    }
    if let Some(membership) = &membership {
        store.reached(&membership.position());
    }
    // Its threads end when this returns.
    let _engine = membership.map(|membership| Engine::start(&membership, &broker)).transpose()?;
    let (conversations, mut workers) = hire(&broker);
    let mut own_work = pin!(workers.remove(0).work());
    let others = workers.into_iter().map(|worker| task::Builder::new().name("worker".to_owned()).spawn(worker.work()));
    let others = others.collect::<io::Result<Vec<_>>>()?;
    if let Some(status) = &status {
        begin(status).await?;
    }
    let expiring = end_what_is_overdue(&broker, &config);
    let cleaning = clean_files(&broker);
    let (acceptor, all_closed) = Acceptor::new(doors.into(), Arc::clone(&broker), conversations, config)?;

    let lost = Mutex::new(None);
    {
        // Dropped with this block: what accepts would otherwise count as a connection that is still open.
        let reception = acceptor.reception();
        let (drain, drains) = async_channel::bounded(1);
        let asked = carry_out(requests, &broker, &reception, drain);
        let accepting = acceptor.accept_until(drains, |request| broker.drain(request));
        let serving = when_woken(join4(accepting, expiring, cleaning, asked));
        let cluster_ends = when_woken(cluster_ends(status, &lost));
        let ends = select(when_woken(shutdown), cluster_ends);
        select(select(serving, ends), own_work.as_mut()).await;
    }
    drop(broker.shut_down());
    broker.node_stopped(NODE_STOPS_WITHIN).await;
    let all_closed = pin!(all_closed.wait());
    let closing = select(all_closed, Timer::after(STOP_WITHIN));
    if let Either::Left((Either::Right(_), _)) = select(closing, own_work).await {
        tracing::warn!("some connections did not close in time");
    }
    join_all(others.into_iter().map(JoinHandle::cancel)).await;
    let lost = lost.locked().take();
    lost.map_or(Ok(()), |why| Err(io::Error::other(why)))
}

/// Does what the host asks for, until it asks no more.
async fn carry_out(
    requests: Receiver<HostRequest>,
    broker: &Broker,
    reception: &Reception,
    drain: Sender<DrainRequest>,
) {
    while let Ok(request) = requests.recv().await {
        match request {
            HostRequest::Reconfigure(config) => {
                broker.reconfigure(&config);
                reception.reconfigure(*config);
            }
            // Who accepts closes the doors before anybody hears of it. It goes on as long as this does.
            HostRequest::Drain(request) => drop(drain.send(request).await),
        }
    }
}

/// The log of a cluster for a server that goes by this configuration, and who hears how it goes.
fn log_of(config: &Config, membership: &Membership) -> (Log, Receiver<Result<(), String>>) {
    let (status, heard) = async_channel::unbounded();
    let lost_after = membership.config.lost_after;
    let (version, limits) = (env!("CARGO_PKG_VERSION"), &config.limits);
    let rules = format!("version {version}, --lost-after {lost_after}s, {limits:?}");
    let outbox = Arc::new(Outbox::new(new_node(), rules));
    (Log { outbox, lost_after, status }, heard)
}

/// Waits until the others know of this server.
async fn begin(status: &Receiver<Result<(), String>>) -> io::Result<()> {
    match status.recv().await {
        Ok(Ok(())) => Ok(()),
        Ok(Err(why)) => Err(io::Error::other(why)),
        Err(_) => Err(io::Error::other("the log of the cluster is not read any more")),
    }
}

/// Ready, with a reason in `lost`, when the log cannot be carried out any more. Never without a cluster.
async fn cluster_ends(status: Option<Receiver<Result<(), String>>>, lost: &Mutex<Option<String>>) {
    let Some(status) = status else { return std::future::pending().await };
    while let Ok(status) = status.recv().await {
        if let Err(why) = status {
            *lost.locked() = Some(why);
            return;
        }
    }
    std::future::pending::<()>().await;
}

/// Looks at a future only when that was woken, where `select` looks at both: each look would try to accept, or to read a
/// signal.
fn when_woken<F: Future>(future: F) -> impl Future + Unpin {
    FuturesUnordered::from_iter([future]).into_future()
}

/// A worker for each list of what is due, and where each takes its conversations from.
fn hire(broker: &Arc<Broker>) -> (Vec<Sender<ConversationTask>>, Vec<Worker>) {
    let hire = |place| {
        let (conversations, arrivals) = async_channel::unbounded();
        (conversations, Worker::new(Arc::clone(broker), place, arrivals))
    };
    (0..broker.due.len()).map(hire).unzip()
}

/// The files that an earlier server has kept.
fn open_files(config: &Config, past: &Past) -> io::Result<FileStore> {
    let kept = past.records.iter().filter_map(|record| match record {
        Record::File(file) => Some((**file).clone()),
        _ => None,
    });
    FileStore::open(config.files.folder.clone(), config.files.limits, kept, SystemTime::now())
}

/// Removes now and then what has expired and what nobody needs any more.
async fn clean_files(broker: &Broker) {
    loop {
        Timer::after(CLEAN_EVERY).await;
        if broker.files.has_any() {
            let files = Arc::clone(&broker.files);
            broker.forget_files(task::spawn_blocking(move || files.clean(SystemTime::now())).await);
        }
    }
}

/// Ends what takes too long, checked often enough for the shortest of the times.
fn end_what_is_overdue<'b>(broker: &'b Broker, config: &Config) -> impl Future<Output = ()> + use<'b> {
    let shortest =
        config.limits.login_timeout.min(config.slow_timeout).min(config.idle_timeout.unwrap_or(Duration::MAX));
    let every = (shortest / 20).clamp(Duration::from_millis(5), Duration::from_secs(1));
    async move {
        loop {
            Timer::after(every).await;
            drop(broker.end_what_is_overdue());
            broker.sum_up_connections();
        }
    }
}
