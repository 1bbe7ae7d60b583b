use std::collections::BTreeMap;
use std::sync::mpsc::{self, Receiver};
use std::time::{Duration, SystemTime};

use proptest::prelude::*;

use super::*;
use crate::hub::{
    Found, Hub, Limits, Line, Now, Output, Outputs, Page, PageName, PageQuestion, PageRange, PlaceId, SessionId,
    SessionOrigin,
};
use crate::protocol::command::{Command, Text};
use crate::protocol::event::{Departure, Event, Mark, RoomEvent};
use crate::protocol::hindrance::Hindrance;
use crate::protocol::name::{RoomName, UserName};
use crate::protocol::recall::{MessageMoment, RecallReason, RecallSpan, SpanEnd};
use crate::protocol::token::Epoch;
use crate::store::manual::Manual;
use crate::store::memory::{Bounds, Memory};

const USERS: [&str; 4] = ["alice", "Bob", "CAROL", "渊"];
const ROOMS: [&str; 3] = ["lobby", "Lobby", "den"];

fn now(seconds: u64) -> Now {
    let monotonic = Duration::from_secs(seconds);
    Now { monotonic, wall: SystemTime::UNIX_EPOCH + Duration::from_millis(seconds * 1001) }
}

/// What happens to a server and its store.
#[derive(Debug, Clone)]
enum Step {
    Types(usize, String),
    Breaks(usize),
    Seals,
    Commits,
}

fn step() -> impl Strategy<Value = Step> {
    let room = || prop::sample::select(ROOMS.to_vec());
    let line = prop_oneof![
        2 => room().prop_map(|room| format!("create room {room}")),
        1 => room().prop_map(|room| format!("create room {room} bob,carol")),
        3 => room().prop_map(|room| format!("join room {room}")),
        1 => room().prop_map(|room| format!("leave room {room}")),
        6 => (room(), "[a-z你好🦊 ]{1,9}x").prop_map(|(room, text)| format!("send room {room} {text}")),
        1 => (room(), prop::sample::select(USERS.to_vec())).prop_map(|(room, user)| format!("ban {room} {user}")),
        1 => (room(), prop::sample::select(USERS.to_vec())).prop_map(|(room, user)| format!("unban {room} {user}")),
        1 => (room(), prop::sample::select(USERS.to_vec())).prop_map(|(room, user)| format!("kick {room} {user} 再见 x")),
        1 => (room(), prop::sample::select(USERS.to_vec())).prop_map(|(room, user)| format!("give room {room} {user}")),
        1 => (room(), "[a-z你好 ]{1,9}x").prop_map(|(room, topic)| format!("topic {room} {topic}")),
        1 => prop::sample::select(vec!["zoe", "Alice", "渊渊"]).prop_map(|name| format!("rename {name}")),
        1 => Just("send message alice,bob psst".to_owned()),
    ];
    prop_oneof![
        12 => (0..USERS.len(), line).prop_map(|(who, line)| Step::Types(who, line)),
        1 => (0..USERS.len()).prop_map(Step::Breaks),
        3 => Just(Step::Seals),
        3 => Just(Step::Commits),
    ]
}

/// A hub with its users, and what comes out of it.
struct Chat {
    hub: Hub,
    sessions: Vec<SessionId>,
    store: Manual,
    commit: CommitId,
    kept: Vec<(CommitId, Record)>,
    /// What members are told once a commit is made.
    told: Vec<(CommitId, u64, RoomEvent, Mark)>,
}

impl Chat {
    fn new() -> Self {
        let mut hub = Hub::new(Limits::default(), Epoch::new(1));
        let log_in = |name: &&str| {
            let (session, _) = hub.connect(SessionOrigin::Remote, "text", now(0));
            let _ = hub.log_in(session, Ok(UserName::new(name).unwrap()));
            session
        };
        let sessions = USERS.iter().map(log_in).collect();
        let store = Manual::default();
        let commit = store.durable();
        Self { hub, sessions, store, commit, kept: Vec::new(), told: Vec::new() }
    }

    fn play(&mut self, steps: &[Step]) {
        for (second, step) in (1..).zip(steps) {
            let outputs = match step {
                Step::Types(who, line) => {
                    self.hub.carry_out(self.sessions[*who], Command::parse(line).unwrap().unwrap(), now(second))
                }
                Step::Breaks(who) => self.hub.depart(self.sessions[*who], Departure::TimedOut, now(second)),
                Step::Seals => {
                    self.store.seal();
                    Outputs::default()
                }
                Step::Commits => {
                    self.store.commit();
                    Outputs::default()
                }
            };
            outputs.into_iter().for_each(|output| self.take(output));
        }
    }

    /// As the broker does: what is told after a record waits for its commit.
    fn take(&mut self, output: Output) {
        match output {
            Output::Keep(record) => {
                self.commit = self.store.keep(record.clone());
                self.kept.push((self.commit, record));
            }
            Output::Tell(_, Event::InRoom { room: _, sequence, what, mark }) => {
                self.told.push((self.commit, sequence, what, mark));
            }
            Output::Tell(..)
            | Output::TakeFile(..)
            | Output::RemoveFile(..)
            | Output::TellStats(_)
            | Output::Check(..)
            | Output::MakeToken(_)
            | Output::MakePassword(..)
            | Output::SetNumbers(..)
            | Output::Ask(..)
            | Output::SetCharset(..)
            | Output::Close(_) => {}
        }
    }

    /// The tables that are left when the server is killed now.
    fn tables(&self) -> Connection {
        let tables = empty_tables();
        let durable = self.kept.iter().filter(|(commit, _)| *commit <= self.store.durable());
        durable.for_each(|(_, record)| rows::keep(&tables, record).unwrap());
        tables
    }
}

fn empty_tables() -> Connection {
    let tables = Connection::open_in_memory().unwrap();
    tables.execute_batch(include_str!("schema.sql")).unwrap();
    tables
}

fn question(place: PlaceId, range: PageRange, most: usize, last: u64) -> PageQuestion {
    PageQuestion { place, name: PageName::Room(RoomName::new("lobby").unwrap()), range, most, last }
}

/// Every line of the tables, by its id.
fn all_lines(tables: &mut Connection, past: &Past) -> BTreeMap<u64, Arc<Line>> {
    let mut lines = BTreeMap::new();
    for record in &past.records {
        if let Record::Place { place, .. } = record {
            let page = page::page(tables, question(*place, PageRange::After(0), 10_000, u64::MAX)).unwrap();
            lines.extend(page.lines.into_iter().map(|line| (line.mark.id, line)));
        }
    }
    lines
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn after_a_crash_at_any_commit_the_history_is_what_members_saw(steps in prop::collection::vec(step(), 0..80)) {
        let mut chat = Chat::new();
        chat.play(&steps);
        let mut tables = chat.tables();
        let past = restore::begin(&mut tables).unwrap();
        let mut lines = all_lines(&mut tables, &past);
        for (commit, number, what, mark) in &chat.told {
            let line = lines.remove(&mark.id);
            if *commit <= chat.store.durable() {
                let line = line.expect("what was seen is kept");
                prop_assert_eq!((line.number, &line.what, line.mark), (*number, what, *mark));
            } else {
                prop_assert_eq!(line, None, "what is kept was told");
            }
        }
        let unheard = lines.values().all(|line| matches!(line.what, RoomEvent::Left { .. }));
        prop_assert!(unheard, "only that the last member has left is told to nobody: {lines:?}");

        let kept = chat.kept.iter().filter(|(commit, _)| *commit <= chat.store.durable());
        let kept = Past { records: kept.map(|(_, record)| record.clone()).collect(), ..past.clone() };
        let [restored, expected] = [&past, &kept].map(|past| Hub::restore(Limits::default(), Epoch::new(1), past));
        prop_assert_eq!(restored, expected);

        // The numbers go on where they were.
        let mut hub = Hub::restore(Limits::default(), Epoch::new(past.epoch), &past);
        let (session, _) = hub.connect(SessionOrigin::Remote, "text", now(1000));
        let _ = hub.log_in(session, Ok(UserName::new("eve").unwrap()));
        for record in &past.records {
            let Record::Place { place, name, .. } = record else { continue };
            let last = chat.kept.iter().filter_map(|(commit, record)| match record {
                Record::Line(line) if line.place == *place && *commit <= chat.store.durable() => Some(line.number),
                _ => None,
            });
            let last = last.max().unwrap_or(0);
            let joined = hub.carry_out(session, Command::parse(&format!("join room {name}")).unwrap().unwrap(), now(1000));
            let Some(Output::Keep(Record::Line(line))) = joined.into_iter().next() else { panic!("{name} is not there") };
            prop_assert_eq!((line.place, line.number), (*place, last + 1));
            prop_assert!(chat.kept.iter().all(|(_, record)| !matches!(record, Record::Line(old) if old.mark.id >= line.mark.id)));
        }
    }

    #[test]
    fn a_page_of_the_tables_is_the_page_of_memory(
        lengths in prop::collection::vec(1_usize..60_000, 0..40),
        number in 0_u64..45,
        most in 0_usize..45,
        last in 0_u64..45,
        which in 0_usize..7,
        upto in 0_u64..45,
    ) {
        let mut tables = empty_tables();
        let memory = Memory::new(Bounds { lines: 1000, bytes: usize::MAX });
        for (number, length) in (1..).zip(lengths) {
            let record = said(1, number, &"x".repeat(length));
            rows::keep(&tables, &record).unwrap();
            memory.keep(record);
        }
        let range = [
            PageRange::Latest,
            PageRange::Before(number),
            PageRange::After(number),
            PageRange::Missed(number),
            span(Some(number), Some(upto), SpanEnd::Latest),
            span(Some(number), None, SpanEnd::Earliest),
            span(None, None, SpanEnd::Around(MessageMoment::Message(number))),
        ][which];
        let question = question(PlaceId::numbered(1), range, most, last);
        let expected = page_of_memory(&memory, question.clone());
        prop_assert_eq!(page::page(&mut tables, question).unwrap(), expected);
    }
}

fn span(after: Option<u64>, before: Option<u64>, end: SpanEnd) -> PageRange {
    let (after, before) =
        (after.map(MessageMoment::Message), before.map(|number| MessageMoment::Time(now(number).wall)));
    PageRange::Of(RecallSpan { after, before, end, why: RecallReason::Asked, with_events: false })
}

fn page_of_memory(memory: &Memory, question: PageQuestion) -> Page {
    let (found, answers) = mpsc::channel();
    memory.ask(Question::Page(question), CommitId::MAX, Box::new(move |page| found.send(page).unwrap()));
    match answers.recv().unwrap() {
        Found::Page(page) => page,
        Found::Search(_) | Found::Extent(..) => panic!("a page was asked for"),
        Found::Missed(missed) => panic!("{missed:?}"),
        Found::Failed(why) => panic!("{why}"),
    }
}

fn said(place: u64, number: u64, text: &str) -> Record {
    let what = RoomEvent::Said { from: UserName::new("alice").unwrap(), text: Text::new(text).unwrap() };
    let mark = Mark { id: number, at: now(number).wall };
    Record::Line(Arc::new(Line { place: PlaceId::numbered(place), number, mark, what }))
}

const OPTIONS: StoreOptions =
    StoreOptions { sync: Durability::Normal, retention: Retention { age: None, bytes: None } };

/// What the store says of its commits.
fn commits(store: &Sqlite) -> Receiver<Result<CommitId, Hindrance>> {
    let (told, commits) = mpsc::channel();
    let told = Mutex::new(told);
    store.on_commit(Box::new(move |commit| told.locked().send(commit).unwrap_or_default()));
    commits
}

#[test]
fn what_is_sealed_is_committed_and_then_found() {
    let dir = tempfile::tempdir().unwrap();
    let (store, _) = Sqlite::open(dir.path(), OPTIONS).unwrap();
    let commits = commits(&store);
    let commit = store.keep(said(1, 1, "hi"));
    assert!(commit > store.durable());
    let (answer, answers) = mpsc::channel();
    let page = Question::Page(question(PlaceId::numbered(1), PageRange::Latest, 10, 1));
    store.ask(page, commit, Box::new(move |found| answer.send(found).unwrap()));
    assert!(answers.try_recv().is_err(), "what is not kept is not told");
    store.seal();
    assert_eq!(commits.recv(), Ok(Ok(commit)));
    assert_eq!(store.durable(), commit);
    let Ok(Found::Page(page)) = answers.recv() else { panic!("a page") };
    assert_eq!(page.lines.len(), 1);
    assert_eq!(store.finish(), Ok(()));
}

#[test]
fn a_full_disk_is_told_after_a_second_and_what_was_taken_is_kept_when_there_is_room() {
    let dir = tempfile::tempdir().unwrap();
    let folder = Folder::enter(dir.path()).unwrap();
    let file = folder.file(TABLES);
    let mut tables = schema::open(&file, Durability::Normal).unwrap();
    let pages: i64 = tables.pragma_query_value(None, "page_count", |row| row.get(0)).unwrap();
    tables.pragma_update_and_check(None, "max_page_count", pages + 20, |_| Ok(())).unwrap();
    let past = restore::begin(&mut tables).unwrap();
    let store = Sqlite::start(folder, tables, (OPTIONS, &past), None).unwrap();
    let commits = commits(&store);
    let mut number = 0;
    while let Ok(Ok(_)) = {
        number += 1;
        store.keep(said(1, number, &"x".repeat(3000)));
        store.seal();
        commits.recv()
    } {}
    let last = store.keep(said(1, number + 1, "more"));
    let durable = store.durable();
    assert!(durable < last);
    // Room of the same file is as good as room of the disk.
    let other = Connection::open(&file).unwrap();
    other.execute("DELETE FROM line WHERE number < 5", ()).unwrap();
    assert_eq!(commits.recv(), Ok(Ok(durable)), "that it is over is heard before what has waited");
    assert!(matches!(commits.recv(), Ok(Ok(made)) if made > durable));
    assert_eq!(store.finish(), Ok(()));
    let kept: u64 = other.query_row("SELECT max(number) FROM line", (), |row| columns::natural(row, 0)).unwrap();
    assert_eq!(kept, number + 1);
}

#[test]
fn a_writer_that_panics_is_told_of_and_the_store_ends_instead_of_hanging() {
    let dir = tempfile::tempdir().unwrap();
    let (store, _) = Sqlite::open(dir.path(), OPTIONS).unwrap();
    let commits = commits(&store);
    let has_panicked = AtomicBool::new(false);
    store.on_commit(Box::new(move |_| assert!(has_panicked.swap(true, Ordering::Relaxed), "wanted by the test")));
    let first = store.keep(said(1, 1, "kept"));
    store.seal();
    assert_eq!(commits.recv(), Ok(Ok(first)));
    assert_eq!(commits.recv(), Ok(Err(Hindrance::Stopped)));
    let second = store.keep(said(1, 2, "lost"));
    store.seal();
    assert_eq!(store.durable(), first);
    assert!(second > first);
    assert_eq!(store.finish(), Err(NotKept { lines: 1, why: Hindrance::Stopped }));
}

/// A disk that takes its time: the checkpoints and the pages of others go on, and nothing is told before it is kept.
#[test]
fn while_a_commit_takes_long_what_is_kept_is_read_and_what_is_not_is_not_told() {
    let dir = tempfile::tempdir().unwrap();
    let (store, _) = Sqlite::open(dir.path(), OPTIONS).unwrap();
    let commits = commits(&store);
    let first = store.keep(said(1, 1, "kept"));
    store.seal();
    assert_eq!(commits.recv(), Ok(Ok(first)));
    // The writer waits as for a sync, until it is let go.
    let (let_go, waits) = mpsc::channel::<()>();
    let waits = Mutex::new(waits);
    store.on_commit(Box::new(move |_| {
        let _ = waits.locked().recv();
    }));
    let second = store.keep(said(1, 2, "second"));
    store.seal();
    assert_eq!(commits.recv(), Ok(Ok(second)));
    let third = store.keep(said(1, 3, "third"));
    store.seal();
    let page = |after| {
        let (answer, answers) = mpsc::channel();
        let page = Question::Page(question(PlaceId::numbered(1), PageRange::Latest, 10, 3));
        store.ask(page, after, Box::new(move |found| answer.send(found).unwrap()));
        answers
    };
    let Ok(Found::Page(read)) = page(first).recv() else { panic!("a page") };
    assert_eq!(read.lines.len(), 2);
    let later = page(third);
    assert!(store.durable() < third && later.try_recv().is_err(), "what is not kept is not told");
    drop(let_go);
    assert_eq!(commits.recv(), Ok(Ok(third)));
    let Ok(Found::Page(read)) = later.recv() else { panic!("a page") };
    assert_eq!(read.lines.len(), 3);
    assert_eq!(store.finish(), Ok(()));
}

#[test]
fn tables_are_brought_up_to_date_step_by_step_after_a_copy() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join(TABLES);
    let mut tables = schema::open(&file, Durability::Full).unwrap();
    rows::keep(&tables, &said(1, 1, "hi")).unwrap();
    let steps = ["ALTER TABLE line ADD COLUMN mood TEXT", "UPDATE line SET mood = 'good'"];
    tables.pragma_update(None, "user_version", 1).unwrap();
    schema::migrate(&mut tables, &file, 1, &steps).unwrap();
    let version =
        |tables: &Connection| tables.pragma_query_value(None, "user_version", |row| row.get::<_, i64>(0)).unwrap();
    assert_eq!(version(&tables), 3);
    assert_eq!(tables.query_row("SELECT mood FROM line", (), |row| row.get::<_, String>(0)).unwrap(), "good");
    for (suffix, at) in [("1", 1), ("2", 2)] {
        let copy = Connection::open(dir.path().join(format!("chat.db.{suffix}"))).unwrap();
        assert_eq!(version(&copy), at);
        assert_eq!(copy.query_row("SELECT text FROM line", (), |row| row.get::<_, String>(0)).unwrap(), "hi");
    }
    // A step that fails leaves everything as it was.
    let broken = ["", "", "ALTER TABLE line ADD COLUMN more TEXT; DROP TABLE nothing"];
    assert!(schema::migrate(&mut tables, &file, 3, &broken).is_err());
    assert_eq!(version(&tables), 3);
    assert!(tables.prepare("SELECT more FROM line").is_err());
    tables.pragma_update(None, "user_version", 6).unwrap();
    drop(tables);
    let newer = schema::open(&file, Durability::Full).unwrap_err().to_string();
    assert!(newer.ends_with("chat.db was written by a newer chatctl (schema 6, this one knows 5)"), "{newer}");
}

#[test]
fn lines_that_need_not_be_kept_are_pruned_a_hundred_at_a_time() {
    let tables = empty_tables();
    for (place, name) in [(1, "lobby"), (2, "den")] {
        let name = RoomName::new(name).unwrap();
        rows::keep(&tables, &Record::Place { place: PlaceId::numbered(place), name, number: 0 }).unwrap();
    }
    (1..=250).for_each(|number| rows::keep(&tables, &said(1 + number % 2, number, "hi")).unwrap());
    let left = || tables.query_row("SELECT count(*) FROM line", (), |row| columns::natural(row, 0)).unwrap();
    let mut pruner = Pruner::new(&tables, Retention { age: Some(Duration::from_secs(100)), bytes: None }).unwrap();
    // So old are the first 150.
    let moment = now(150).wall + Duration::from_secs(100) + Duration::from_millis(1);
    assert!(pruner.prune_some(&tables, moment).unwrap());
    assert_eq!(left(), 150);
    while pruner.prune_some(&tables, moment).unwrap() {}
    assert_eq!(left(), 100);
    let last: Vec<i64> = tables
        .prepare("SELECT last FROM place ORDER BY id")
        .unwrap()
        .query_map((), |row| row.get(0))
        .unwrap()
        .collect::<Result<_, _>>()
        .unwrap();
    assert_eq!(last, [150, 149]);

    rows::keep(&tables, &Record::PlaceGone(PlaceId::numbered(1))).unwrap();
    let mut pruner = Pruner::new(&tables, Retention::default()).unwrap();
    while pruner.prune_some(&tables, moment).unwrap() {}
    assert_eq!(left(), 50, "what is left is of the den");

    let mut pruner = Pruner::new(&tables, Retention { age: None, bytes: Some(1) }).unwrap();
    while pruner.prune_some(&tables, moment).unwrap() {}
    assert_eq!(left(), 0);
}
