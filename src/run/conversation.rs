//! The users of one test, and what its lanes share.

use std::collections::{BTreeSet, HashMap, VecDeque};
use std::net::{IpAddr, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use futures::FutureExt as _;
use smol::future::FutureExt as _;
use smol::{Async, Executor, Timer};

use super::director::Director;
use super::user::inbox::InboxRoom;
use super::user::{ConnectionState, User};
use super::{Addresses, Choice, Destination};
use crate::client::ServerDoor;
use crate::delivery::accounts::Accounts;
use crate::delivery::stamps::Stamps;
use crate::diagnostic::source::Source;
use crate::lang::ast::{Act, Name, Opening, Statement, StatementKind};
use crate::lock::Locked;
use crate::protocol::file::{ContentHash, FileId};
use crate::run::dialects::ConnectDefaults;
use crate::run::outcome::{LoopPosition, TestSnapshot, UserAction};
use crate::run::transcript::Trace;

/// Names whose last connection was reset, so that the server may not have noticed yet. Shared by the tests of a file.
pub(super) type ResetNames = Arc<Mutex<BTreeSet<String>>>;

/// How long the end of a test waits for the server to close a connection.
const HANG_UP: Duration = Duration::from_secs(1);

/// How many files that were sent are remembered, to be compared with what is fetched.
const KNOWN_UPLOADS: usize = 1024;

/// How many taken lines a user of a cast keeps. Fewer than in a test, since a load has many users.
const CAST_HISTORY: usize = 4;
/// The largest cast whose failures show everything that its users had received.
const SHOWN_USERS: usize = 64;

/// What all lanes of a test share.
#[derive(Debug)]
pub(super) struct Conversation {
    /// The file that is carried out.
    pub(super) source: Source,
    pub(super) executor: Arc<Executor<'static>>,
    pub(super) addresses: Addresses,
    pub(super) connect_defaults: ConnectDefaults,
    /// The addresses to connect from, in turn; any if empty.
    pub(super) source_ips: Arc<[IpAddr]>,
    pub(super) accounts: Arc<dyn Accounts>,
    /// The director, if this is a cast of a load.
    pub(super) director: Option<Arc<dyn Director>>,
    pub(super) trace: Trace,
    pub(super) start: Instant,
    pub(super) timeout_scale: f64,
    pub(super) params: HashMap<String, String>,
    pub(super) reset_names: ResetNames,
    users: Vec<User>,
    numbers: HashMap<Name, usize>,
    /// Whether a connection was reset. That proves nothing, so the next fence adds a quiet window.
    was_reset: AtomicBool,
    /// Whether a value was generated from the seed.
    has_generated: AtomicBool,
    tokens: AtomicU64,
    /// The hashes of the files that were sent last.
    uploads: Mutex<VecDeque<(FileId, ContentHash)>>,
    /// Makes the fence's tokens differ from anything that a script would send.
    nonce: u64,
}

/// What a conversation gets from outside: the server, the executor, options.
#[derive(Clone, Debug)]
pub(super) struct Environment {
    pub(super) source: Source,
    pub(super) executor: Arc<Executor<'static>>,
    pub(super) addresses: Addresses,
    pub(super) connect_defaults: ConnectDefaults,
    pub(super) source_ips: Arc<[IpAddr]>,
    pub(super) trace: Trace,
    pub(super) timeout_scale: f64,
    pub(super) params: HashMap<String, String>,
    pub(super) reset_names: ResetNames,
    /// What all inboxes together may hold.
    pub(super) inbox_room: InboxRoom,
}

impl Conversation {
    /// With all users that these statements declare, none of them connected.
    pub(super) fn new(environment: Environment, statements: &[&[Statement]]) -> Self {
        let room = &environment.inbox_room;
        let labels = labels(statements).into_iter().enumerate();
        let keeps_bytes = statements.iter().any(|statements| look_at_bytes(statements));
        let users: Vec<User> = labels.map(|(number, label)| User::new(label, number, room, keeps_bytes)).collect();
        let Environment {
            source,
            executor,
            addresses,
            connect_defaults,
            source_ips,
            trace,
            timeout_scale,
            params,
            reset_names,
            inbox_room: _,
        } = environment;
        Self {
            numbers: users.iter().map(|user| (user.label.clone(), user.number)).collect(),
            accounts: Arc::new(Stamps::new(fastrand::u64(..), users.len())),
            director: None,
            nonce: fastrand::u64(..),
            tokens: AtomicU64::new(0),
            uploads: Mutex::default(),
            was_reset: AtomicBool::new(false),
            has_generated: AtomicBool::new(false),
            start: Instant::now(),
            source,
            executor,
            addresses,
            connect_defaults,
            source_ips,
            trace,
            timeout_scale,
            params,
            reset_names,
            users,
        }
    }

    /// Turns this into one cast of a load.
    pub(super) fn directed(mut self, director: Arc<dyn Director>, accounts: Arc<dyn Accounts>) -> Self {
        for user in &self.users {
            user.state().wire_name = director.wire_name(&user.label);
            user.inbox.contents().keep_history(CAST_HISTORY);
        }
        self.director = Some(director);
        self.accounts = accounts;
        self
    }

    /// The user with this label.
    pub(super) fn user(&self, label: &Name) -> &User {
        &self.users[*self.numbers.get(label).expect("the parser lets only declared users through")]
    }

    /// All users, in the order in which they were declared.
    pub(super) fn users(&self) -> &[User] {
        &self.users
    }

    /// A token that nobody else uses, of 24 characters: a dialect may have to name their number.
    pub(super) fn fresh_token(&self) -> String {
        format!("fence-{:09x}-{:08x}", self.nonce & 0xf_ffff_ffff, self.tokens.fetch_add(1, Ordering::Relaxed))
    }

    pub(super) fn note_reset(&self, wire_name: &str) {
        self.was_reset.store(true, Ordering::Relaxed);
        self.reset_names.locked().insert(wire_name.to_owned());
    }

    /// Whether there was a reset since this was last asked.
    pub(super) fn take_reset(&self) -> bool {
        self.was_reset.swap(false, Ordering::Relaxed)
    }

    /// A file was sent, which has this hash.
    pub(super) fn note_upload(&self, id: FileId, hash: ContentHash) {
        let mut uploads = self.uploads.locked();
        if uploads.len() >= KNOWN_UPLOADS {
            uploads.pop_front();
        }
        uploads.push_back((id, hash));
    }

    /// The hash of a file that was sent here.
    pub(super) fn uploaded(&self, id: FileId) -> Option<ContentHash> {
        self.uploads.locked().iter().rev().find(|(known, _)| *known == id).map(|(_, hash)| *hash)
    }

    /// A value was generated from the seed.
    pub(super) fn note_generated(&self) {
        self.has_generated.store(true, Ordering::Relaxed);
    }

    /// Whether a value was generated from the seed.
    pub(super) fn has_generated(&self) -> bool {
        self.has_generated.load(Ordering::Relaxed)
    }

    /// Everything that is known at this moment, for a failure to show.
    pub(super) fn snapshot(&self, action: Option<UserAction>, turn: LoopPosition) -> TestSnapshot {
        let history = |user: &User| (user.label.clone(), user.inbox.contents().history().cloned().collect());
        let shown = if self.director.is_some() && self.users.len() > SHOWN_USERS { &[] } else { &self.users[..] };
        let inboxes = shown.iter().map(history).collect();
        let unfinished = |user: &User| Some((user.label.clone(), user.inbox.contents().unfinished()?.clone()));
        TestSnapshot {
            start: self.start,
            at: Instant::now(),
            action,
            test: None,
            turn,
            server_is_gone: false,
            inboxes,
            unfinished: shown.iter().filter_map(unfinished).collect(),
        }
    }

    /// Whether the server is gone: every connection that should be open has ended, and no new one can be made.
    pub(super) async fn has_lost_its_server(&self) -> bool {
        let mut connected =
            self.users.iter().filter(|user| user.state().presence == ConnectionState::Connected).peekable();
        if connected.peek().is_none() {
            return false;
        }
        let mut doors: Vec<&ServerDoor> = Vec::new();
        for user in connected {
            if user.is_online() {
                return false;
            }
            // Of an address that only the script names, or of a path, it is not known.
            let door = self.destination(user).map(|server| &server.door).filter(|door| door.path.is_none());
            let Some(door) = door else { return false };
            if !doors.contains(&door) {
                doors.push(door);
            }
        }
        for address in doors.iter().flat_map(|door| &door.addresses) {
            let refused = Async::<TcpStream>::connect(*address).map(|connection| connection.is_err());
            let given_up = Timer::after(HANG_UP).map(|_| true);
            if !refused.or(given_up).await {
                return false;
            }
        }
        true
    }

    /// The number of a user among those of all casts, from 0.
    pub(super) fn place(&self, user: &User) -> u64 {
        let casts_before = self.director.as_ref().map_or(0, |director| director.cast() - 1);
        casts_before * self.users.len() as u64 + user.number as u64
    }

    /// The server that a user connects to; `None` if only the script knows its address.
    pub(super) fn destination(&self, user: &User) -> Option<&Destination> {
        let (at, dialect, over_tls) = {
            let state = user.state();
            (state.at.clone(), state.spelling.dialect, state.over_tls)
        };
        match at {
            Some(name) => self.addresses.named(&name),
            None => self.addresses.of(Choice { dialect, over_tls, user: self.place(user) }),
        }
    }

    /// Closes all connections in an orderly way, so that the names are free for the next test.
    pub(super) async fn hang_up(&self) {
        for user in &self.users {
            user.set_stalled(false).await;
            user.half_close().await;
        }
        let deadline = Instant::now() + HANG_UP;
        for user in &self.users {
            if user.state().presence == ConnectionState::Connected {
                user.inbox.when(deadline, |contents| contents.end.map(|_| ())).await;
            }
            user.drop_link().await;
        }
    }
}

/// The labels that these statements declare, in order, each once.
pub(super) fn labels(statements: &[&[Statement]]) -> Vec<Name> {
    let mut labels = Vec::new();
    statements.iter().for_each(|statements| declared(statements, &mut labels));
    labels
}

fn look_at_bytes(statements: &[Statement]) -> bool {
    let looks = |kind: &StatementKind| matches!(kind, StatementKind::By { act: Act::ExpectBytes(_), .. });
    let is_inside = |kind: &StatementKind| kind.block().is_some_and(|block| look_at_bytes(&block.body));
    statements.iter().any(|statement| looks(&statement.kind) || is_inside(&statement.kind))
}

fn declared(statements: &[Statement], labels: &mut Vec<Name>) {
    for statement in statements {
        for (_, label) in statement.kind.opening().into_iter().flat_map(Opening::members) {
            if !labels.contains(label) {
                labels.push(label.clone());
            }
        }
        if let Some(block) = statement.kind.block() {
            declared(&block.body, labels);
        }
    }
}
