use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use proptest::prelude::*;
use rusqlite::Connection;
use tempfile::TempDir;

use super::index::IndexEntry;
use super::*;
use crate::hub::{Hits, Line, PlaceId, Record, SearchQuestion, SearchedPlace};
use crate::protocol::command::Text;
use crate::protocol::event::{Mark, RoomEvent};
use crate::protocol::name::{RoomName, UserName};
use crate::store::sqlite::{columns, rows, schema};
use crate::text::words::Words;

/// Lines in three places, in a folder with an index of the first of them.
struct Searched {
    dir: TempDir,
    tables: Connection,
    file: IndexFile,
    lines: Vec<Arc<Line>>,
}

fn line(id: u64, place: u64, text: &str) -> Arc<Line> {
    let what = RoomEvent::Said { from: UserName::new("alice").unwrap(), text: Text::new(text).unwrap() };
    let mark = Mark { id, at: SystemTime::UNIX_EPOCH + Duration::from_secs(id) };
    Arc::new(Line { place: PlaceId::numbered(place), number: id, mark, what })
}

fn text_of(line: &Line) -> &str {
    let RoomEvent::Said { text, .. } = &line.what else { panic!("it is said") };
    text.as_str()
}

impl Searched {
    fn new(texts: &[String], indexed: usize) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let tables = schema::open(&dir.path().join("chat.db"), schema::Durability::Normal).unwrap();
        let lines: Vec<_> = (1..).zip(texts).map(|(id, text)| line(id, id % 3, text)).collect();
        tables.execute_batch("BEGIN").unwrap();
        lines.iter().for_each(|line| rows::keep(&tables, &Record::Line(Arc::clone(line))).unwrap());
        tables.execute_batch("COMMIT").unwrap();
        let file = IndexFile::new(dir.path().join("search.db"));
        let mut index = file.open_or_make(7, i64::MAX).unwrap();
        let entry = |line: &Arc<Line>| {
            let [id, place] = [line.mark.id, line.place.number()].map(columns::integer);
            IndexEntry { id, place, text: text_of(line).to_owned() }
        };
        let entries: Vec<IndexEntry> = lines.iter().take(indexed).map(entry).collect();
        for some in entries.chunks(entries.len().div_ceil(3).max(1)) {
            index.add(some, some.last().unwrap().id).unwrap();
        }
        drop(index);
        Self { dir, tables, file, lines }
    }

    fn search(&mut self, of: &SearchQuestion) -> Hits {
        search(&mut self.tables, &self.file, of.clone()).unwrap()
    }

    /// What a look at every line finds.
    fn expected(&self, of: &SearchQuestion) -> Hits {
        let is_meant = |line: &&Arc<Line>| {
            let mut places = of.places.iter();
            places.any(|place| place.id == line.place && line.number <= place.last)
                && of.words.are_in(text_of(line))
                && line.mark.id < of.before
        };
        let all: Vec<_> = self.lines.iter().filter(is_meant).cloned().collect();
        let left_out = all.len().saturating_sub(of.most);
        Hits { of: of.clone(), lines: all[left_out..].to_vec(), more: left_out > 0 }
    }
}

fn question(words: &str, places: &[(u64, u64)], most: usize) -> Option<SearchQuestion> {
    let room = RoomName::new("lobby").unwrap();
    let place = |(id, last): &(u64, u64)| SearchedPlace { id: PlaceId::numbered(*id), room: room.clone(), last: *last };
    let places = places.iter().map(place).collect();
    Some(SearchQuestion { places, words: Words::new(words)?, from: None, before: u64::MAX, most })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn a_search_finds_what_a_look_at_every_line_finds(
        texts in prop::collection::vec("[a-b_ß 你好吗ก\u{0e34}サー🦊é\u{301}.Ａ]{0,8}x", 0..60),
        indexed in 0_usize..70,
        sought in prop::collection::vec("[a-b_ß 你好吗ก\u{0e34}サー🦊é\u{301}.Ａ]{1,3}", 8),
        last in 0_u64..60,
        before in prop_oneof![Just(u64::MAX), 0_u64..70],
        most in 0_usize..6,
    ) {
        let mut searched = Searched::new(&texts, indexed);
        for words in sought {
            for places in [&[(1, last)][..], &[(0, u64::MAX), (2, last)], &[]] {
                if let Some(of) = question(&words, places, most) {
                    let of = SearchQuestion { before, ..of };
                    let expected = searched.expected(&of);
                    prop_assert_eq!(searched.search(&of), expected);
                }
            }
        }
        prop_assert!(!searched.file.is_damaged());
    }
}

#[test]
fn with_a_damaged_index_all_is_found_and_the_index_is_made_anew() {
    let texts: Vec<String> = (0..700).map(|number| format!("word {number} 你好")).collect();
    let mut searched = Searched::new(&texts, 650);
    let of = question("wor 你好", &[(0, 1000), (1, 1000), (2, 1000)], 300).unwrap();
    let expected = searched.expected(&of);
    assert_eq!(searched.search(&of), expected);
    fs::write(searched.dir.path().join("search.db"), vec![0xab; 100_000]).unwrap();
    assert_eq!(searched.search(&of), expected);
    assert!(searched.file.is_damaged());
    drop(searched.file.open_or_make(7, 700).unwrap());
    assert!(!searched.file.is_damaged());
    assert_eq!(searched.search(&of), expected);
}

#[test]
fn an_index_of_other_lines_is_made_anew() {
    let texts: Vec<String> = (0..10).map(|number| format!("word {number}")).collect();
    let searched = Searched::new(&texts, 10);
    let position = |epoch, last| searched.file.open_or_make(epoch, last).unwrap().position().unwrap();
    assert_eq!(position(7, 10), 10);
    assert_eq!(position(7, 9), 0, "it knew a line that is lost");
    assert_eq!(position(8, 10), 0, "it was of another numbering");
}

#[test]
fn the_thread_indexes_what_is_committed_and_ends_when_it_is_stopped() {
    let texts: Vec<String> = (0..2500).map(|number| format!("word {number}")).collect();
    let searched = Searched::new(&texts, 0);
    searched.tables.execute("INSERT INTO meta VALUES('epoch', 7)", ()).unwrap();
    let (indexer, file) = (Indexer::default(), &searched.file);
    let tables = searched.dir.path().join("chat.db");
    std::thread::scope(|scope| {
        let thread = scope.spawn(|| indexer.work(&tables, file));
        while file.open().and_then(|index| index.position()).unwrap_or(0) < 2500 {
            std::thread::yield_now();
        }
        indexer.stop();
        thread.thread().unpark();
    });
}

#[test]
fn an_index_is_readable_to_its_user_alone_also_one_that_an_earlier_version_made() {
    let searched = Searched::new(&["hi".to_owned()], 1);
    let path = searched.dir.path().join("search.db");
    let mode = || fs::metadata(&path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(), 0o600);
    fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
    drop(searched.file.open_or_make(7, i64::MAX).unwrap());
    assert_eq!(mode(), 0o600);
}
