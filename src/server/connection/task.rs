//! The task of one connection, from the prompt to the end of the stream.
//!
//! It owns the connection: nobody else reads the stream. It writes when the socket takes bytes again after it took none,
//! and when a pause of the dialect is over; the worker writes everything else. Waiting never holds a buffer: an idle
//! connection costs its records alone.

use std::cell::RefCell;
use std::fmt;
use std::future::Future;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::{Duration, Instant};

use async_io::Timer;
use futures::future::{AbortHandle, abortable, poll_fn};

use crate::hub::SessionId;
use crate::net::HangUp;
use crate::protocol::dialect::TransferRequest;
use crate::protocol::event::Departure;
use crate::protocol::name::UserName;
use crate::server::broker::Broker;
use crate::server::config::Config;
use crate::server::connection::Connection;
use crate::server::connection::outbound::queue::Weight;
use crate::server::connection::outbound::{Closing, REST_WITHIN, Stuck};
use crate::server::connection::reader::{Progress, READ_SIZE, Reader};
use crate::server::transfer::{Transfers, serve};
use crate::server::worker::buffer_pool::BufferPool;
use crate::store::CommitId;

/// How often a client that is held back is looked at: whether it is still there.
const LOOK_EVERY: Duration = Duration::from_millis(200);

/// What is thrown away of a client that goes on writing while the connection closes.
const LINGER_BYTES: usize = 64 * 1024;
const LINGER: Duration = Duration::from_secs(1);

/// The same for a client that takes what is said more slowly than it is written: the last of it is still on its way.
const SLOW_LINGER: Duration = Duration::from_secs(30);

thread_local! {
    /// Read into by whichever connection has its turn on this thread.
    static SCRATCH: RefCell<Box<[u8]>> = RefCell::new(vec![0; READ_SIZE].into_boxed_slice());
}

/// Why a conversation ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum End {
    /// The hub or the server ended it.
    Closed(Closing),
    /// The client said that nothing more comes.
    InputEnded,
    /// The connection is broken.
    Broken(io::ErrorKind),
    /// What comes are the bytes of a file, or nothing: nobody chats here.
    Transfer(TransferRequest),
    /// The client write timeout: the client did not read.
    TimedOut,
}

/// Serves one connection until it is closed. `first` is what has been read of it already.
///
/// What is waited for before or behind the conversation is boxed: an idle client costs as much memory as all of this takes.
pub(in crate::server) async fn converse(
    connection: Arc<Connection>,
    broker: Arc<Broker>,
    config: Arc<Config>,
    transfers: Arc<Transfers>,
    first: Vec<u8>,
) {
    let started = Instant::now();
    let id = if broker.is_in_cluster() {
        let Some(id) = Box::pin(broker.open(&connection, config.limits.login_timeout)).await else {
            let closing = Closing { within: REST_WITHIN };
            // Whoever writes the last word wakes this task only if it is known to wait for that.
            connection.outbound.close(closing);
            return Box::pin(close(&connection, &broker, closing)).await;
        };
        id
    } else {
        let (id, wake) = broker.connect(&connection);
        drop(wake);
        id
    };
    if broker.connection_log().opened(broker.now().monotonic) {
        tracing::info!(connection = connection.number, peer = %connection.peer, "connected");
    }
    let mut departs = Departs { broker: &broker, id, departure: Departure::ConnectionClosed };
    let Ended { end, user, kept, farewell } = {
        let mut task = ConnectionTask::begin(id, (&connection, &broker), &config, &first);
        drop(first);
        let end = poll_fn(|cx| task.poll(cx)).await;
        if end == End::InputEnded {
            Box::pin(all_back(&connection)).await;
        }
        task.ended(end)
    };
    departs.departure = end.departure();
    drop(departs);
    // Behind everything that the session was told.
    if let Some(farewell) = farewell {
        drop(broker.say(&connection, &farewell));
    }
    if let End::Transfer(request) = end {
        Box::pin(hand_to_transfer(&connection, &broker, (request, kept), transfers)).await;
    } else if let Some(closing) = end.delivery() {
        connection.outbound.close(closing);
        Box::pin(close(&connection, &broker, closing)).await;
    } else if end == End::TimedOut {
        // Whoever reads it later must not take the beginning of a message for one.
        let _ = connection.stream.close_by_reset();
    }
    let user = user.as_ref().map_or("-", UserName::as_str);
    if broker.connection_log().closed(broker.now().monotonic) {
        let duration = in_seconds(started.elapsed());
        let (connection, peer) = (connection.number, connection.peer);
        tracing::info!(connection, %peer, user, duration, "disconnected: {end}");
    }
}

/// A session whose client is not heard any more.
struct Ended {
    end: End,
    /// Who it was.
    user: Option<UserName>,
    /// What came and was not taken.
    kept: Vec<u8>,
    /// The last frame, if the client waits for one.
    farewell: Option<Vec<u8>>,
}

/// To the millisecond.
fn in_seconds(duration: Duration) -> f64 {
    duration.as_millis() as f64 / 1000.0
}

/// Waits until everything is carried out that the client has sent, for as long as its answers may take to arrive.
async fn all_back(connection: &Connection) {
    let mut deadline = Timer::after(REST_WITHIN);
    poll_fn(|cx| {
        // Who carries the last of it out wakes whoever has asked for the status last.
        let status = connection.outbound.status(cx);
        let is_over = status.stuck.is_some() || status.closing.is_some() || connection.outbound.under_way() == 0;
        if is_over || Pin::new(&mut deadline).poll(cx).is_ready() { Poll::Ready(()) } else { Poll::Pending }
    })
    .await;
}

/// Has a file brought or fetched, in a task of its own: a worker must not be kept from those who chat.
async fn hand_to_transfer(
    connection: &Arc<Connection>,
    broker: &Broker,
    (request, kept): (TransferRequest, Vec<u8>),
    transfers: Arc<Transfers>,
) {
    // Whoever writes the prompt wakes this task only if it is known to wait for that.
    connection.outbound.close(Closing { within: REST_WITHIN });
    if deliver_rest(connection, broker, REST_WITHIN).await == Rest::Unwritten {
        return drop(connection.stream.close_by_reset());
    }
    let (transfer, abort) = abortable(serve(Arc::clone(connection), request, kept, transfers));
    let _ends_with_this = AbortsWhenDropped(abort);
    // That it was aborted is of interest to nobody.
    let _ = async_std::task::spawn(transfer).await;
    linger(connection, LINGER).await;
}

/// A task that nobody waits for any more ends.
struct AbortsWhenDropped(AbortHandle);

impl Drop for AbortsWhenDropped {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// Closes a connection for which there is no room, with a last word.
pub(in crate::server) async fn turn_away(connection: Arc<Connection>, broker: Arc<Broker>, last_word: Vec<u8>) {
    say_last_word(&connection, &last_word);
    close(&connection, &broker, Closing { within: LINGER }).await;
}

/// Writes the only line that a connection will ever hear, as far as the socket takes it.
pub(in crate::server) fn say_last_word(connection: &Connection, last_word: &[u8]) {
    let pool = &mut BufferPool::default();
    connection.outbound.append(Weight::Exempt, CommitId::default(), pool, |_| last_word);
    // No worker knows this connection.
    connection.write_due(CommitId::default(), pool);
}

/// Ends the session however the conversation ends, by a panic too.
struct Departs<'a> {
    broker: &'a Broker,
    id: SessionId,
    departure: Departure,
}

impl Drop for Departs<'_> {
    fn drop(&mut self) {
        drop(self.broker.depart(self.id, self.departure));
    }
}

impl End {
    /// Why the others are told that the client is gone, if nobody told them yet.
    fn departure(self) -> Departure {
        match self {
            Self::Closed(_) | Self::InputEnded | Self::Transfer(_) => Departure::ConnectionClosed,
            Self::Broken(io::ErrorKind::TimedOut) | Self::TimedOut => Departure::TimedOut,
            Self::Broken(_) => Departure::ConnectionClosed,
        }
    }

    /// Whether others are still to be told that the client is gone.
    fn is_departure(self) -> bool {
        match self {
            Self::InputEnded | Self::Broken(_) | Self::TimedOut => true,
            Self::Closed(_) | Self::Transfer(_) => false,
        }
    }

    /// How to close, if what is queued can still arrive.
    fn delivery(self) -> Option<Closing> {
        match self {
            Self::Closed(closing) => Some(closing),
            Self::InputEnded => Some(Closing { within: REST_WITHIN }),
            Self::Broken(_) | Self::TimedOut | Self::Transfer(_) => None,
        }
    }
}

impl From<Stuck> for End {
    fn from(stuck: Stuck) -> Self {
        match stuck {
            Stuck::Broken(kind) => Self::Broken(kind),
            Stuck::TimedOut => Self::TimedOut,
        }
    }
}

impl fmt::Display for End {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Closed(_) => f.write_str("closed by the server"),
            Self::InputEnded => f.write_str("end of input"),
            Self::Transfer(_) => f.write_str("end of a transfer"),
            Self::Broken(kind) => write!(f, "{kind}"),
            Self::TimedOut => f.write_str("write timeout: the client did not read"),
        }
    }
}

/// The conversation itself: reads when it may, writes when it must.
struct ConnectionTask<'a> {
    reader: Reader,
    connection: &'a Arc<Connection>,
    broker: &'a Broker,
    state: InputState,
    /// When it was seen that the client sends nothing more, while it was held back.
    input_ended: Option<Instant>,
    /// The conversation has ended, and the client departs when it has its turn.
    end: Option<End>,
    end_timeout: Duration,
}

enum InputState {
    Reading,
    /// Reading on; unless something comes, the message that has begun ends.
    Begun(Timer),
    /// Held back until then, and looked at now and then.
    Throttled {
        until: Instant,
        look: Timer,
    },
    /// Held back until its queue has room, and looked at now and then.
    QueueFull {
        look: Timer,
    },
    Yielding,
}

impl InputState {
    fn throttled(until: Instant) -> Self {
        Self::Throttled { until, look: Timer::at(until.min(Instant::now() + LOOK_EVERY)) }
    }

    fn queue_full() -> Self {
        Self::QueueFull { look: Timer::after(LOOK_EVERY) }
    }
}

impl<'a> ConnectionTask<'a> {
    /// `first` is what has been read of the client already. Apart from what waits for the end, as everything that this has
    /// in its hands would stand in memory for as long as the client stays.
    fn begin(
        id: SessionId,
        (connection, broker): (&'a Arc<Connection>, &'a Arc<Broker>),
        config: &Config,
        first: &[u8],
    ) -> Self {
        let mut reader = Reader::new(id, Arc::clone(connection), Arc::clone(broker), config);
        reader.keep(first);
        let (state, end_timeout) = (InputState::Yielding, config.end_timeout);
        Self { reader, connection, broker, state, input_ended: None, end: None, end_timeout }
    }

    /// The conversation has ended so.
    fn ended(mut self, end: End) -> Ended {
        // Who has said nothing since the login is known to the hub only, and there until it departs.
        let user = self.reader.user().cloned().or_else(|| self.broker.phase(self.reader.session()).1);
        let farewell = self.reader.farewell().filter(|_| end == End::InputEnded).map(<[u8]>::to_vec);
        Ended { end, user, kept: self.reader.take_kept(), farewell }
    }

    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<End> {
        let end = match self.end {
            Some(end) => end,
            None => ready!(self.poll_conversation(cx)),
        };
        if end.is_departure() && self.reader.departure_waits() {
            self.end = Some(end);
            self.reader.postpone(cx);
            return Poll::Pending;
        }
        Poll::Ready(end)
    }

    fn poll_conversation(&mut self, cx: &mut Context<'_>) -> Poll<End> {
        loop {
            if self.reader.turn_is_over() {
                cx.waker().wake_by_ref();
                return Poll::Pending;
            }
            let status = self.connection.outbound.status(cx);
            if let Some(stuck) = status.stuck {
                return Poll::Ready(stuck.into());
            }
            if let Some(closing) = status.closing {
                return Poll::Ready(End::Closed(closing));
            }
            if status.waits && self.broker.poll_write(self.connection).is_ready() {
                continue;
            }
            if let Some(end) = ready!(self.poll_reading(cx)) {
                return Poll::Ready(end);
            }
        }
    }

    /// Ready when something was done, with the end if there is one.
    fn poll_reading(&mut self, cx: &mut Context<'_>) -> Poll<Option<End>> {
        let progress = match &mut self.state {
            InputState::Reading | InputState::Begun(_) => match ready!(self.poll_input(cx)) {
                Ok(progress) => progress,
                Err(end) => return Poll::Ready(Some(end)),
            },
            InputState::Throttled { until, look } => {
                ready!(Pin::new(look).poll(cx));
                let until = *until;
                if let Some(end) = self.look_for_end() {
                    return Poll::Ready(Some(end));
                }
                if Instant::now() < until {
                    self.state = InputState::throttled(until);
                    return Poll::Ready(None);
                }
                self.reader.resume()
            }
            InputState::QueueFull { look } => {
                if Pin::new(look).poll(cx).is_ready() {
                    self.state = InputState::queue_full();
                    return self.look_for_end().map_or(Poll::Ready(None), |end| Poll::Ready(Some(end)));
                }
                match self.reader.resume() {
                    Progress::QueueFull => return Poll::Pending,
                    progress @ (Progress::Done
                    | Progress::After(_)
                    | Progress::Yield
                    | Progress::Postponed
                    | Progress::Transfer(_)) => progress,
                }
            }
            InputState::Yielding => self.reader.resume(),
        };
        if progress == Progress::Done && self.reader.farewell().is_some() {
            return Poll::Ready(Some(End::InputEnded));
        }
        self.state = match progress {
            Progress::Transfer(request) => return Poll::Ready(Some(End::Transfer(request))),
            Progress::Done => {
                self.reader.silence().map_or(InputState::Reading, |wait| InputState::Begun(Timer::after(wait)))
            }
            Progress::After(wait) => InputState::throttled(Instant::now() + wait),
            Progress::QueueFull => InputState::queue_full(),
            Progress::Yield | Progress::Postponed => InputState::Yielding,
        };
        if progress == Progress::Postponed {
            self.reader.postpone(cx);
            return Poll::Pending;
        }
        if progress == Progress::Yield {
            cx.waker().wake_by_ref();
            return Poll::Pending;
        }
        Poll::Ready(None)
    }

    /// Whether a client that is held back is gone: its socket is not read, so nothing else would tell.
    fn look_for_end(&mut self) -> Option<End> {
        match self.connection.stream.hang_up() {
            HangUp::No => None,
            HangUp::Everything => Some(End::Broken(io::ErrorKind::ConnectionReset)),
            HangUp::Sending => {
                let ended = *self.input_ended.get_or_insert_with(Instant::now);
                if ended.elapsed() < self.end_timeout {
                    return None;
                }
                let user = self.reader.user().map_or("-", UserName::as_str);
                let (connection, peer, bytes) = (self.connection.number, self.connection.peer, self.reader.kept());
                let after = self.end_timeout;
                tracing::warn!(connection, %peer, user, "discarded {after:?} after the end of input: {bytes} bytes or more");
                Some(End::InputEnded)
            }
        }
    }

    /// What one read brings, or the silence.
    fn poll_input(&mut self, cx: &mut Context<'_>) -> Poll<Result<Progress, End>> {
        if let Poll::Ready(read) = self.poll_read(cx) {
            return Poll::Ready(match read {
                Ok(Some(progress)) => Ok(progress),
                // Nothing breaks this silence any more.
                Ok(None) if self.reader.silence().is_some() => Ok(self.reader.end_message()),
                Ok(None) => Err(End::InputEnded),
                Err(error) => Err(End::Broken(error.kind())),
            });
        }
        if let InputState::Begun(silence) = &mut self.state {
            ready!(Pin::new(silence).poll(cx));
            return Poll::Ready(Ok(self.reader.end_message()));
        }
        Poll::Pending
    }

    /// One read and what follows from it; `None` at the end of the stream.
    fn poll_read(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<Option<Progress>>> {
        ready!(self.connection.stream.poll_readable(cx))?;
        SCRATCH.with_borrow_mut(|scratch| {
            let size = self.reader.read_size();
            Poll::Ready(match self.connection.stream.try_read(&mut scratch[..size]) {
                Ok(Some(0)) => Ok(None),
                Ok(Some(bytes)) => Ok(Some(self.reader.feed(&scratch[..bytes]))),
                Ok(None) => Ok(Some(Progress::Done)),
                Err(error) => Err(error),
            })
        })
    }
}

/// Ends the stream behind what is queued. Of a client that does not take it in three quarters of the time, what has not
/// begun is dropped and the reason said; a stream that would still end inside a message is reset. What the store could not
/// keep in that time is dropped without a word: it is not the client that was slow.
async fn close(connection: &Arc<Connection>, broker: &Broker, closing: Closing) {
    let for_all = closing.within * 3 / 4;
    let mut rest = deliver_rest(connection, broker, for_all).await;
    if rest == Rest::Unwritten {
        drop(broker.cut_rest(connection, for_all));
        rest = deliver_rest(connection, broker, closing.within - for_all).await;
    }
    match rest {
        Rest::Written | Rest::NotKept => linger(connection, LINGER).await,
        Rest::WrittenSlowly => linger(connection, SLOW_LINGER).await,
        // There is nobody to tell if this fails.
        Rest::Unwritten | Rest::Broken => drop(connection.stream.close_by_reset()),
    }
}

/// What became of what was queued when a session ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Rest {
    /// The socket took it at once.
    Written,
    /// The socket took it as the client read.
    WrittenSlowly,
    /// The socket did not take all of it in time.
    Unwritten,
    /// The connection is broken: it is not that the client was slow.
    Broken,
    /// The socket took all that was kept, and the store did not keep the rest.
    NotKept,
}

/// Waits until what is queued is written, within a time and as long as the client takes it.
async fn deliver_rest(connection: &Arc<Connection>, broker: &Broker, within: Duration) -> Rest {
    let mut deadline = Timer::after(within);
    let mut written = Rest::Written;
    poll_fn(|cx| {
        loop {
            let status = connection.outbound.status(cx);
            if status.delivered {
                return Poll::Ready(written);
            }
            if matches!(status.stuck, Some(Stuck::Broken(_))) {
                return Poll::Ready(Rest::Broken);
            }
            if status.stuck.is_some() || Pin::new(&mut deadline).poll(cx).is_ready() {
                let is_kept = status.stuck.is_some() || !status.waits_for_disk;
                return Poll::Ready(if is_kept { Rest::Unwritten } else { Rest::NotKept });
            }
            if status.waits {
                written = Rest::WrittenSlowly;
            }
            // What does not wait for the socket or the pace is on the worker's list.
            if !status.waits || broker.poll_write(connection).is_pending() {
                return Poll::Pending;
            }
        }
    })
    .await
}

/// Says that nothing more comes, and reads on for a moment: closing with unread input would reset the connection and
/// take back what the client has not read yet.
async fn linger(connection: &Connection, within: Duration) {
    if connection.stream.finish().is_err() {
        return;
    }
    let mut deadline = Timer::after(within);
    let mut discarded = 0;
    poll_fn(|cx| {
        loop {
            if discarded >= LINGER_BYTES || Pin::new(&mut deadline).poll(cx).is_ready() {
                return Poll::Ready(());
            }
            let read = SCRATCH.with_borrow_mut(|scratch| connection.stream.try_read(scratch));
            match read {
                Ok(Some(0)) | Err(_) => return Poll::Ready(()),
                Ok(Some(bytes)) => discarded += bytes,
                Ok(None) => {
                    if ready!(connection.stream.poll_readable(cx)).is_err() {
                        return Poll::Ready(());
                    }
                }
            }
        }
    })
    .await;
}
