//! The file that holds the tables: how it is made, recognized and brought up to date.

use std::fs::{self, File};
use std::io::{self, Read};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::{Connection, OpenFlags};

use super::folder::sync_folder;
use super::open_error::OpenError;

/// Says in the header of the file whose it is: `chat`.
const APPLICATION: i32 = 0x6368_6174;

/// The version of the tables that this program writes.
pub(super) const VERSION: i64 = 5;

const TABLES: &str = include_str!("schema.sql");

/// What makes version N + 2 of version N + 1, at index N. Each is carried out in one transaction.
const MIGRATIONS: &[&str] = &[
    // Who set a topic and when, and how the name of a banned user is spelled.
    "ALTER TABLE place ADD COLUMN topic_by TEXT; ALTER TABLE place ADD COLUMN topic_at INT;
     ALTER TABLE ban ADD COLUMN name TEXT NOT NULL DEFAULT '';",
    // How a room is set.
    "ALTER TABLE place ADD COLUMN modes TEXT",
    // Whom others ask, what members may do, and the tokens of an account.
    "ALTER TABLE account ADD COLUMN asked INT NOT NULL DEFAULT 0;
     ALTER TABLE member ADD COLUMN operator INT NOT NULL DEFAULT 0;
     ALTER TABLE member ADD COLUMN voice INT NOT NULL DEFAULT 0;
     CREATE INDEX token_account ON token(account);",
    // Lines of kinds that an earlier program does not know; the tables are the same.
    "",
];

/// How long opening waits for another program, like a backup, that has the file locked.
const OPEN_WITHIN: Duration = Duration::from_secs(5);

/// How hard a commit tries to survive.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Durability {
    /// It survives a power cut.
    Full,
    /// It survives the end of the process, but perhaps not a power cut.
    Normal,
}

/// Opens the tables for writing, after making them or bringing them up to date.
pub(super) fn open(file: &Path, sync: Durability) -> Result<Connection, OpenError> {
    let damaged = |error: rusqlite::Error| OpenError::of(file, &error);
    if fs::metadata(file).map_or(0, |data| data.len()) == 0 {
        create(file)?;
    }
    check_header(file)?;
    let mut tables = connect(file, OpenFlags::SQLITE_OPEN_READ_WRITE).map_err(damaged)?;
    let version = version(&tables).map_err(damaged)?;
    check_version(file, version)?;
    prepare(&tables, sync).map_err(damaged)?;
    migrate(&mut tables, file, version, MIGRATIONS)?;
    Ok(tables)
}

/// Opens tables once more that this process has open, for writing. Nothing but SQLite may look into their file meanwhile: as it
/// closes the file, the system would take all locks of the process, and another program would think that nobody uses it.
pub(super) fn open_again(file: &Path, sync: Durability) -> rusqlite::Result<Connection> {
    let tables = connect(file, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
    prepare(&tables, sync)?;
    Ok(tables)
}

/// The same for reading.
pub(super) fn open_again_for_reading(file: &Path) -> rusqlite::Result<Connection> {
    connect(file, OpenFlags::SQLITE_OPEN_READ_ONLY)
}

/// Has commits go to a log first, and survive what they have to.
fn prepare(tables: &Connection, sync: Durability) -> rusqlite::Result<()> {
    tables.pragma_update(None, "journal_mode", "WAL")?;
    tables.pragma_update(None, "wal_autocheckpoint", 0)?;
    let sync = match sync {
        Durability::Full => "FULL",
        Durability::Normal => "NORMAL",
    };
    tables.pragma_update(None, "synchronous", sync)
}

/// Opens tables that are there, to read them beside whoever writes.
pub(super) fn open_for_reading(file: &Path) -> Result<Connection, OpenError> {
    check_header(file)?;
    let tables = connect(file, OpenFlags::SQLITE_OPEN_READ_ONLY).map_err(|error| OpenError::of(file, &error))?;
    let version = version(&tables).map_err(|error| OpenError::of(file, &error))?;
    check_version(file, version)?;
    Ok(tables)
}

fn connect(file: &Path, flags: OpenFlags) -> rusqlite::Result<Connection> {
    let connection = Connection::open_with_flags(file, flags | OpenFlags::SQLITE_OPEN_NO_MUTEX)?;
    connection.busy_timeout(OPEN_WITHIN)?;
    Ok(connection)
}

fn version(tables: &Connection) -> rusqlite::Result<i64> {
    tables.pragma_query_value(None, "user_version", |row| row.get(0))
}

fn check_version(file: &Path, found: i64) -> Result<(), OpenError> {
    if found > VERSION {
        return Err(OpenError::Newer { file: file.to_owned(), found, known: VERSION });
    }
    Ok(())
}

/// Reads the header without SQLite, which would touch a file that has a log beside it.
fn check_header(file: &Path) -> Result<(), OpenError> {
    let mut header = [0; 100];
    let foreign = || OpenError::Foreign { file: file.to_owned() };
    match File::open(file).and_then(|mut opened| opened.read_exact(&mut header)) {
        Ok(()) => {}
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return Err(foreign()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            return Err(OpenError::Missing { file: file.to_owned() });
        }
        Err(error) => return Err(not_writable(file, &error)),
    }
    let number = |at: usize| i32::from_be_bytes([header[at], header[at + 1], header[at + 2], header[at + 3]]);
    if !header.starts_with(b"SQLite format 3\0") || number(68) != APPLICATION {
        return Err(foreign());
    }
    check_version(file, number(60).into())
}

/// Makes the file whole or not at all.
fn create(file: &Path) -> Result<(), OpenError> {
    let made = with_suffix(file, ".new");
    let cannot = |error: rusqlite::Error| OpenError::of(file, &error);
    let failed = |error: io::Error| not_writable(file, &error);
    for left_behind in [made.clone(), with_suffix(&made, "-journal")] {
        match fs::remove_file(left_behind) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(failed(error)),
            Ok(()) | Err(_) => {}
        }
    }
    File::options().write(true).create_new(true).mode(0o600).open(&made).map_err(failed)?;
    let tables = connect(&made, OpenFlags::SQLITE_OPEN_READ_WRITE).map_err(cannot)?;
    let script = format!(
        "PRAGMA synchronous = FULL; BEGIN; PRAGMA application_id = {APPLICATION}; PRAGMA user_version = {VERSION};
         {TABLES} COMMIT;"
    );
    tables.execute_batch(&script).map_err(cannot)?;
    tables.close().map_err(|(_, error)| cannot(error))?;
    fs::rename(&made, file).and_then(|()| sync_folder(file.parent().unwrap_or(file))).map_err(failed)
}

/// Brings the tables up to date, one version after the other; before each step it copies the file to `chat.db.N`.
pub(super) fn migrate(tables: &mut Connection, file: &Path, from: i64, steps: &[&str]) -> Result<(), OpenError> {
    let mut version = from;
    while let Some(step) = usize::try_from(version - 1).ok().and_then(|index| steps.get(index)) {
        let failed = |error: rusqlite::Error| OpenError::of(file, &error);
        copy(tables, &with_suffix(file, &format!(".{version}")), |_| Ok(()))?;
        version += 1;
        let transaction = tables.transaction().map_err(failed)?;
        transaction.execute_batch(step).map_err(failed)?;
        transaction.pragma_update(None, "user_version", version).map_err(failed)?;
        transaction.commit().map_err(failed)?;
    }
    Ok(())
}

/// Copies all tables, as of one moment, to a file that becomes visible when it is whole and `finish` is done with it.
pub(super) fn copy(
    tables: &Connection,
    to: &Path,
    finish: impl FnOnce(&Connection) -> rusqlite::Result<()>,
) -> Result<(), OpenError> {
    let written = with_suffix(to, ".new");
    let failed = |error: io::Error| not_writable(to, &error);
    if let Err(error) = fs::remove_file(&written)
        && error.kind() != io::ErrorKind::NotFound
    {
        return Err(failed(error));
    }
    File::options().write(true).create_new(true).mode(0o600).open(&written).map_err(failed)?;
    let name = written.to_str().ok_or_else(|| failed(io::Error::other("the path is no UTF-8")))?;
    let copied = tables.execute("VACUUM INTO ?1", [name]).and_then(|_| {
        let copy = connect(&written, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
        finish(&copy)?;
        copy.close().map_err(|(_, error)| error)
    });
    copied.map_err(|error| OpenError::of(to, &error))?;
    File::open(&written).and_then(|file| file.sync_all()).map_err(failed)?;
    fs::rename(&written, to).and_then(|()| sync_folder(folder_of(to))).map_err(failed)
}

fn folder_of(file: &Path) -> &Path {
    file.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

fn not_writable(file: &Path, error: &io::Error) -> OpenError {
    OpenError::NotWritable { dir: folder_of(file).to_owned(), text: error.to_string() }
}

fn with_suffix(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    name.into()
}
