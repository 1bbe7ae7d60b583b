use std::io::Read;
use std::path::Path;

use super::*;
use crate::hub::FileSender;
use crate::protocol::command::{FileRequest, FileTarget};
use crate::protocol::file::{FileInfo, FileName};
use crate::protocol::name::{RoomName, UserName};
use crate::protocol::refusal::FileRefusal;

const NOW: SystemTime = SystemTime::UNIX_EPOCH;

fn store(dir: &Path, kept: Vec<KeptFile>) -> Arc<FileStore> {
    Arc::new(FileStore::open(Some(dir.join("files")), FileLimits::default(), kept, NOW).unwrap())
}

fn wish(size: u64) -> FileWish {
    let to = FileTarget::Room(RoomName::new("lobby").unwrap());
    let request = FileRequest { to, size, name: FileName::new("x.bin").unwrap(), pixels: None };
    FileWish { by: FileSender { user: None, name: UserName::new("alice").unwrap() }, request }
}

fn announced(store: &FileStore, token: u128, size: u64) -> FileToken {
    let token = FileToken::new(token);
    store.announce(token, wish(size), NOW).unwrap();
    token
}

/// Uploads all of it and keeps it under this id.
fn send(store: &Arc<FileStore>, id: u128, bytes: &[u8]) -> KeptFile {
    let token = announced(store, id, bytes.len() as u64);
    let mut upload = store.begin(token, 0, NOW).unwrap();
    upload.write(bytes, NOW).unwrap();
    let content = upload.finish(NOW).unwrap();
    let (name, size) = (FileName::new("x.bin").unwrap(), bytes.len() as u64);
    let id = FileId::new(id);
    let info = FileInfo { id, name, size, hash: content.hash, kind: content.kind, pixels: None, door: None };
    let kept = KeptFile { info: Arc::new(info), line: None, place: None, by: None, expires: None };
    store.keep(kept.clone());
    content.release(store);
    kept
}

/// All but the note of what was sent today.
fn files_below(dir: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(dir).into_iter().flatten() {
        let path = entry.unwrap().path();
        if path.ends_with("days.json") {
            continue;
        }
        if path.is_dir() { found.extend(files_below(&path)) } else { found.push(path) }
    }
    found
}

#[test]
fn the_same_content_is_kept_once_until_nobody_needs_it() {
    let dir = tempfile::tempdir().unwrap();
    let store = store(dir.path(), Vec::new());
    let (one, two) = (send(&store, 1, b"hello"), send(&store, 2, b"hello"));
    assert_eq!(one.info.hash.to_string(), "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824");
    assert_eq!(files_below(dir.path()).len(), 1);
    assert!(store.remove(one.info.id) && !store.remove(one.info.id));
    store.clean(NOW);
    let mut text = String::new();
    store.content(&two).unwrap().read_to_string(&mut text).unwrap();
    assert_eq!(text, "hello");
    assert!(store.remove(two.info.id));
    store.clean(NOW);
    assert!(files_below(dir.path()).is_empty());
    assert_eq!(store.find(two.info.id, NOW), None);
}

#[test]
fn an_upload_goes_on_where_it_stopped_and_after_a_restart_too() {
    let dir = tempfile::tempdir().unwrap();
    let first = store(dir.path(), Vec::new());
    let token = announced(&first, 7, 10);
    let mut upload = first.begin(token, 0, NOW).unwrap();
    assert_eq!(first.begin(token, 0, NOW).unwrap_err(), Refusal::File(FileRefusal::UploadBusy));
    upload.write(b"01234", NOW).unwrap();
    drop(upload);
    assert_eq!(first.state(token, NOW), Ok(UploadState { have: 5, size: 10 }));
    drop(first);
    let second = store(dir.path(), Vec::new());
    assert_eq!(second.begin(token, 10, NOW).unwrap_err(), Refusal::File(FileRefusal::Incomplete { have: 5, size: 10 }));
    let mut upload = second.begin(token, 4, NOW).unwrap();
    upload.write(b"456789 and more", NOW).unwrap();
    assert_eq!(upload.missing(), 0);
    let whole = send(&second, 1, b"0123456789").info.hash;
    assert_eq!(upload.finish(NOW).unwrap().hash, whole);
    assert_eq!(second.state(token, NOW), Err(Refusal::File(FileRefusal::NoSuchToken)));
}

#[test]
fn a_start_removes_what_nobody_can_go_on_with_and_what_no_record_names() {
    let dir = tempfile::tempdir().unwrap();
    let first = store(dir.path(), Vec::new());
    let (kept, _) = (send(&first, 1, b"kept"), send(&first, 2, b"not kept"));
    drop(first);
    let begun = dir.path().join("files/tmp");
    fs::write(begun.join("nonsense"), b"x").unwrap();
    fs::write(begun.join(FileToken::new(3).to_string()), b"without a record").unwrap();
    let second = store(dir.path(), vec![kept.clone()]);
    assert_eq!(files_below(dir.path()).len(), 1);
    assert_eq!(second.find(kept.info.id, NOW), Some(kept.clone()));
    assert_eq!(second.find(FileId::new(2), NOW), None);
    fs::write(second.folder.content(&kept.info.hash).unwrap(), b"kep").unwrap();
    drop(second);
    assert_eq!(store(dir.path(), vec![kept.clone()]).find(kept.info.id, NOW), None, "it is cut short");
    let third = store(dir.path(), Vec::new());
    send(&third, 1, b"kept");
    drop(third);
    fs::remove_dir_all(dir.path().join("files")).unwrap();
    assert_eq!(store(dir.path(), vec![kept.clone()]).find(kept.info.id, NOW), None, "its content is gone");
}

#[test]
fn files_and_tokens_end_with_their_time() {
    let dir = tempfile::tempdir().unwrap();
    let store = store(dir.path(), Vec::new());
    let kept = send(&store, 1, b"kept");
    let soon = NOW + Duration::from_secs(60);
    store.keep(KeptFile { expires: Some(soon), info: Arc::clone(&kept.info), ..kept.clone() });
    assert!(store.find(kept.info.id, NOW).is_some() && store.find(kept.info.id, soon).is_none());
    assert_eq!(store.clean(soon), [kept.info.id]);
    let token = announced(&store, 5, 10);
    store.begin(token, 0, NOW).unwrap().write(b"1234", NOW).unwrap();
    let late = NOW + Duration::from_secs(600);
    assert_eq!(store.state(token, late), Err(Refusal::File(FileRefusal::NoSuchToken)));
    store.clean(late);
    assert!(!files_below(dir.path()).iter().any(|path| path.to_string_lossy().contains("files/tmp")));
}

#[test]
fn nobody_takes_more_than_his_share() {
    let limits = FileLimits { file: 100, all: 250, open_of_one: 2, day_of_one: 150, keep: None };
    let store = Arc::new(FileStore::open(None, limits, Vec::new(), NOW).unwrap());
    let refused = |token, size| store.announce(FileToken::new(token), wish(size), NOW).unwrap_err().to_string();
    assert_eq!(refused(1, 101), "too-large: more than 100 bytes");
    let token = announced(&store, 1, 80);
    assert_eq!(refused(2, 80), "too-many: more than 150 bytes a day");
    announced(&store, 2, 10);
    assert_eq!(refused(3, 10), "too-many: 2 files of yours are under way");
    let mut upload = store.begin(token, 0, NOW).unwrap();
    upload.write(&[0; 80], NOW).unwrap();
    upload.finish(NOW).unwrap();
    assert_eq!(refused(3, 70), "too-many: more than 150 bytes a day");
    let tomorrow = NOW + Duration::from_secs(24 * 3600);
    assert!(store.announce(FileToken::new(4), wish(100), tomorrow).is_ok());
    let full = store.announce(FileToken::new(5), wish(100), tomorrow).unwrap_err();
    assert_eq!(full.to_string(), "no-space: all files together may have 250 bytes");
}

#[test]
fn without_a_folder_everything_goes_with_the_store() {
    let store = Arc::new(FileStore::open(None, FileLimits::default(), Vec::new(), NOW).unwrap());
    let kept = send(&store, 1, b"hello");
    let path = store.folder.content(&kept.info.hash).unwrap();
    assert!(path.is_file());
    drop(store);
    assert!(!path.parent().unwrap().parent().unwrap().exists());
}

#[test]
fn what_was_sent_today_counts_after_a_restart_too() {
    let dir = tempfile::tempdir().unwrap();
    let limits = FileLimits { day_of_one: 100, ..FileLimits::default() };
    let open = |kept| Arc::new(FileStore::open(Some(dir.path().join("files")), limits, kept, NOW).unwrap());
    let first = open(Vec::new());
    let kept = send(&first, 1, &[7; 60]);
    drop(first);
    let second = open(vec![kept]);
    let refused = second.announce(FileToken::new(2), wish(41), NOW).unwrap_err().to_string();
    assert_eq!(refused, "too-many: more than 100 bytes a day");
    let tomorrow = NOW + Duration::from_secs(24 * 3600);
    second.announce(FileToken::new(3), wish(41), tomorrow).unwrap();
}

#[test]
fn content_is_removed_bit_by_bit_but_not_from_whoever_reads_it() {
    let dir = tempfile::tempdir().unwrap();
    let store = store(dir.path(), Vec::new());
    let bytes = vec![7; 3 << 20];
    let (read, copied, other) =
        (send(&store, 1, &bytes), send(&store, 2, &[8; 3 << 20]), send(&store, 3, &[9; 3 << 20]));
    let mut reader = store.content(&read).unwrap();
    let copy = dir.path().join("copy");
    fs::hard_link(store.folder.content(&copied.info.hash).unwrap(), &copy).unwrap();
    for file in [&read, &copied, &other] {
        assert!(store.remove(file.info.id));
    }
    store.clean(NOW);
    assert!(files_below(&dir.path().join("files")).is_empty());
    assert_eq!(fs::read(copy).unwrap(), [8; 3 << 20]);
    let mut found = Vec::new();
    reader.read_to_end(&mut found).unwrap();
    assert_eq!(found, bytes);
}
