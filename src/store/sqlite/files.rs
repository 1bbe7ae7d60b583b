//! Files that were sent, as rows of the tables and as the texts of lines, and back.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use rusqlite::{Connection, Row, params};

use super::columns::{integer, millis, natural, nonsense, user};
use crate::hub::{FileSender, KeptFile, PlaceId, Record};
use crate::protocol::file::{ContentHash, FileId, FileInfo, FileKind, FileName, Pixels};

/// Writes what must survive of a file.
pub(super) fn keep(tables: &Connection, file: &KeptFile) -> rusqlite::Result<()> {
    let KeptFile { info, line, place: _, by: _, expires } = file;
    let sql = "INSERT OR REPLACE INTO file(id, line, name, size, sha256, expires) VALUES(?1, ?2, ?3, ?4, ?5, ?6)";
    let row = params![
        info.id.bytes(),
        line.map(integer),
        info.name.as_str(),
        integer(info.size),
        info.hash.bytes(),
        expires.map(millis)
    ];
    tables.prepare_cached(sql)?.execute(row).map(drop)
}

/// Forgets a file; the line that tells of it stays.
pub(super) fn forget(tables: &Connection, id: FileId) -> rusqlite::Result<()> {
    tables.prepare_cached("DELETE FROM file WHERE id = ?1")?.execute([id.bytes()]).map(drop)
}

/// Every file that can be fetched, with the place and the sender of the line that tells of it.
pub(super) fn all(tables: &Connection) -> rusqlite::Result<Vec<Record>> {
    let sql = "SELECT file.id, file.line, file.name, size, sha256, expires, line.place, line.who
                   FROM file LEFT JOIN line ON line.id = file.line";
    tables.prepare(sql)?.query_map((), file)?.collect()
}

fn file(row: &Row<'_>) -> rusqlite::Result<Record> {
    let id = u128::from_be_bytes(row.get(0)?);
    let name = FileName::new(row.get_ref(2)?.as_str()?).map_err(|error| nonsense(2, error))?;
    let optional = |column: usize| match row.get::<_, Option<i64>>(column)? {
        Some(_) => natural(row, column).map(Some),
        None => Ok(None),
    };
    let by = match row.get_ref(7)?.as_str_or_null()? {
        Some(name) => Some(FileSender { user: None, name: user(7, name)? }),
        None => None,
    };
    let info = FileInfo {
        id: FileId::new(id),
        name,
        size: natural(row, 3)?,
        hash: ContentHash::new(row.get(4)?),
        // Whoever serves it looks at its first bytes.
        kind: FileKind::Other,
        pixels: None,
        door: None,
    };
    Ok(Record::File(Arc::new(KeptFile {
        info: Arc::new(info),
        line: optional(1)?,
        place: optional(6)?.map(PlaceId::numbered),
        by,
        expires: optional(5)?.map(|at| SystemTime::UNIX_EPOCH + Duration::from_millis(at)),
    })))
}

/// `ID SIZE HASH TYPE WIDTH HEIGHT NAME`
pub(super) fn spelled(file: &FileInfo) -> String {
    let Pixels { width, height } = file.pixels.unwrap_or(Pixels { width: 0, height: 0 });
    let FileInfo { id, name, size, hash, kind, .. } = file;
    format!("{id} {size} {hash} {} {width} {height} {name}", kind.media_type())
}

/// The inverse.
pub(super) fn read(text: &str) -> Option<FileInfo> {
    let mut words = text.splitn(7, ' ');
    let (id, size) = (FileId::parse(words.next()?)?, words.next()?.parse().ok()?);
    let (hash, kind) = (ContentHash::parse(words.next()?)?, FileKind::of_media_type(words.next()?));
    let (width, height) = (words.next()?.parse().ok()?, words.next()?.parse().ok()?);
    let pixels = (width > 0 && height > 0).then_some(Pixels { width, height });
    Some(FileInfo { id, name: FileName::new(words.next()?).ok()?, size, hash, kind, pixels, door: None })
}
