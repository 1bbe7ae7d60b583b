//! A store that keeps what comes of a log, of a server that is killed now and then and starts again from what it has kept.

use std::path::Path;
use std::time::{Duration, SystemTime};

use proptest::prelude::*;
use rusqlite::Connection;
use rusqlite::types::Value;

use super::*;
use crate::hub::replica::{Batch, Entry, LoggedInput, NodeId, Replica, Stage};
use crate::hub::{
    Greeting, Hub, Input, Limits, LoginLine, Now, Output, Outputs, PasswordHash, SessionId, SessionOrigin, Verdict,
};
use crate::protocol::command::Command;
use crate::protocol::name::UserName;
use crate::protocol::token::{Epoch, SessionToken};
use crate::store::KeptState;

const EPOCH: u32 = 7;
const OPTIONS: StoreOptions =
    StoreOptions { sync: Durability::Normal, retention: Retention { age: None, bytes: None } };
const NAMES: [&str; 3] = ["alice", "bob", "carol"];

/// A hub, and the store of its server.
struct Keeping<'a> {
    hub: Hub,
    store: &'a Sqlite,
}

impl Stage for Keeping<'_> {
    fn hub(&mut self) -> &mut Hub {
        &mut self.hub
    }

    fn deliver(&mut self, outputs: Outputs, _: Now) {
        for output in outputs {
            if let Output::Keep(record) = output {
                self.store.keep(record);
            }
        }
    }
}

/// Something that a user does.
#[derive(Debug, Clone)]
enum Deed {
    Types(String),
    Hears(Verdict),
}

fn deed() -> impl Strategy<Value = Deed> {
    let lines = [
        "create room den",
        "join room den",
        "leave room den",
        "send den hi  there",
        "topic den tea",
        "set room den private",
        "invite den bob",
        "kick den carol",
        "ban den carol",
        "send message alice,bob psst",
        "register password",
        "unregister password",
        "token",
        "rename dave",
        "quit",
    ];
    prop_oneof![
        12 => prop::sample::select(lines.to_vec()).prop_map(|line| Deed::Types(line.to_owned())),
        2 => Just(Deed::Hears(Verdict::Hashed(PasswordHash::new("$hash$")))),
        1 => Just(Deed::Hears(Verdict::Right)),
    ]
}

fn hub() -> Hub {
    Hub::new(Limits { max_asleep: 1, ..Limits::default() }, Epoch::new(EPOCH))
}

fn moment(index: usize) -> Duration {
    Duration::from_millis(1_700_000_000_000 + 10 * index as u64)
}

/// What the users do, and what a single server keeps of it in this folder.
fn kept_alone(dir: &Path, deeds: &[(usize, Deed)]) -> Vec<(usize, Input)> {
    let (store, _) = Sqlite::open(dir, OPTIONS).unwrap();
    let mut alone = Keeping { hub: hub(), store: &store };
    let mut inputs: Vec<(usize, Input)> = Vec::new();
    let mut happen = |node: usize, input: Input| {
        let at = moment(inputs.len());
        let now = Now { monotonic: at, wall: SystemTime::UNIX_EPOCH + at };
        let outputs = alone.hub.carry(input.clone(), now);
        alone.deliver(outputs, now);
        inputs.push((node, input));
        store.seal();
        alone.hub.next_session()
    };
    let mut sessions: Vec<SessionId> = vec![hub().next_session()];
    for (node, name) in NAMES.iter().enumerate() {
        let next = happen(node, Input::Connect(SessionOrigin::Local, "text"));
        sessions.push(next);
        let name = UserName::new(name).unwrap();
        happen(node, Input::LogIn(sessions[node], LoginLine::Name(name), Greeting::default()));
    }
    for (node, deed) in deeds {
        let session = sessions[*node];
        let input = match deed {
            Deed::Types(line) => {
                let token = Some(SessionToken::new(9)).filter(|_| line == "token");
                Input::Command(session, Command::parse(line).unwrap().unwrap(), token)
            }
            Deed::Hears(verdict) => Input::Verdict(session, verdict.clone(), Greeting::default()),
        };
        happen(*node, input);
    }
    store.finish().unwrap();
    inputs
}

/// The log of three servers whose users do this.
fn log_of(inputs: &[(usize, Input)]) -> Vec<(Entry, LogPosition)> {
    let mut numbers = [0; 3];
    let mut append = |node: usize, text: String, at: Duration| {
        numbers[node] += 1;
        let (number, id) = (numbers[node], NodeId::new(node as u64));
        let position = LogPosition::named(&format!("{}-0/{id}.{number}", at.as_millis()));
        (Entry { node: id, number, text, at }, position)
    };
    let mut log: Vec<_> = (0..3).map(|node| append(node, Batch::Begin("rules").to_string(), moment(0))).collect();
    for (index, (node, input)) in inputs.iter().enumerate() {
        let mut text = String::new();
        LoggedInput { input: input.clone(), nonce: None }.write(&mut text);
        log.push(append(*node, text, moment(index)));
    }
    log
}

/// Carries a log out up to this entry, from where the folder leads; then the server is killed, perhaps in the middle of the
/// next one.
fn carry_out(dir: &Path, log: &[(Entry, LogPosition)], until: usize, in_the_middle: bool) {
    let (store, kept) = Sqlite::open_in_cluster(dir, OPTIONS, EPOCH).unwrap();
    let (mut stage, mut replica) = (Keeping { hub: hub(), store: &store }, Replica::new(5));
    let mut start = LogPosition::default();
    if let Some(KeptState { position, bytes }) = kept.state {
        let (hub, nodes): (Vec<u8>, Vec<u8>) = ciborium::from_reader(&bytes[..]).unwrap();
        let limits = Limits { max_asleep: 1, ..Limits::default() };
        (stage.hub, replica) = (Hub::of_state(limits, &hub).unwrap(), Replica::of_state(&nodes).unwrap());
        start = position;
    }
    store.reached(&start);
    let first = log.iter().position(|(_, position)| *position == start).map_or(0, |last| last + 1);
    for (index, (entry, position)) in log.iter().enumerate().take(until).skip(first) {
        replica.apply(entry, &mut stage);
        store.reached(position);
        if index % 3 == 0 {
            store.seal();
        }
        if index % 5 == 0 {
            let mut bytes = Vec::new();
            ciborium::into_writer(&(stage.hub.state(), replica.state()), &mut bytes).unwrap();
            store.keep_state(bytes);
        }
    }
    if let Some((entry, _)) = log.get(until).filter(|_| in_the_middle && until >= first) {
        replica.apply(entry, &mut stage);
        store.seal();
    }
    store.finish().unwrap();
}

/// Every row of every table, but how far the file has come, and lines of rooms that are gone: those go bit by bit.
fn rows(dir: &Path) -> Vec<(String, Vec<Vec<Value>>)> {
    let tables = Connection::open(dir.join(TABLES)).unwrap();
    let names = ["account", "token", "place", "member", "invitation", "ban", "line"];
    let all = names.map(|name| {
        let which = if name == "line" { "WHERE place IN (SELECT id FROM place)" } else { "" };
        let mut rows = tables.prepare(&format!("SELECT * FROM {name} {which} ORDER BY 1, 2")).unwrap();
        let columns = rows.column_count();
        let rows = rows.query_map((), |row| (0..columns).map(|column| row.get(column)).collect()).unwrap();
        (name.to_owned(), rows.collect::<rusqlite::Result<_>>().unwrap())
    });
    all.to_vec()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 16, ..ProptestConfig::default() })]

    #[test]
    fn what_is_kept_of_a_log_is_what_a_single_server_keeps_wherever_a_server_is_killed(
        deeds in prop::collection::vec((0_usize..3, deed()), 1..40),
        kills in prop::collection::vec((any::<prop::sample::Index>(), any::<bool>()), 0..4),
    ) {
        let (alone, of_log) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let log = log_of(&kept_alone(alone.path(), &deeds));
        let mut kills: Vec<_> = kills.iter().map(|(at, mid)| (at.index(log.len()), *mid)).collect();
        kills.sort_unstable();
        for (until, in_the_middle) in kills {
            carry_out(of_log.path(), &log, until, in_the_middle);
        }
        carry_out(of_log.path(), &log, log.len(), false);
        prop_assert_eq!(rows(of_log.path()), rows(alone.path()));
    }
}

#[test]
fn a_folder_of_one_server_or_of_another_cluster_is_refused_and_stays_as_it_is() {
    let dir = tempfile::tempdir().unwrap();
    let inputs = kept_alone(dir.path(), &[(0, Deed::Types("create room den".to_owned()))]);
    let before = rows(dir.path());
    let refused = Sqlite::open_in_cluster(dir.path(), OPTIONS, EPOCH).err().map(|error| error.to_string());
    assert!(refused.unwrap().contains("holds the chat of a single server"));
    let (store, past) = Sqlite::open(dir.path(), OPTIONS).unwrap();
    assert_eq!((rows(dir.path()), past.records.is_empty()), (before, false));
    drop(store);

    let dir = tempfile::tempdir().unwrap();
    let log = log_of(&inputs);
    carry_out(dir.path(), &log, log.len(), false);
    let refused = Sqlite::open_in_cluster(dir.path(), OPTIONS, EPOCH + 1).err().map(|error| error.to_string());
    assert!(refused.unwrap().contains("holds the chat of another cluster"));
    let copy = dir.path().join("copy");
    upkeep::back_up(dir.path(), &copy).unwrap();
    fs::rename(copy, dir.path().join(TABLES)).unwrap();
    let (store, kept) = Sqlite::open_in_cluster(dir.path(), OPTIONS, EPOCH).unwrap();
    assert_eq!(kept.position, log.last().unwrap().1, "a copy goes on with the log");
    drop(store);
    // A server alone leaves the cluster with its folder, and does not come back.
    let (store, past) = Sqlite::open(dir.path(), OPTIONS).unwrap();
    assert!(past.epoch != EPOCH && !past.records.is_empty());
    drop(store);
    let refused = Sqlite::open_in_cluster(dir.path(), OPTIONS, EPOCH).err().map(|error| error.to_string());
    assert!(refused.unwrap().contains("holds the chat of a single server"));
}
