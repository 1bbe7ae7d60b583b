//! Records as rows of the tables, and back.

use std::borrow::Cow;
use std::sync::Arc;

use rusqlite::{Connection, Row, params};

use super::accounts;
use super::columns::{integer, millis, moment, natural, nonsense, phrase, user};
use super::{files, invitations, pairs, settings, tokens};
use crate::hub::{Line, PlaceId, Record};
use crate::protocol::command::Text;
use crate::protocol::event::{Departure, Mark, RoomEvent};
use crate::protocol::mode_letters;
use crate::protocol::name::{RoomName, UserName};
use crate::store::page::LARGEST_PAGE;

/// The columns of a line that [`line`] reads, in its order.
pub(super) const LINE: &str = "id, place, number, at, kind, who, text";

/// The kind of a place that is a room.
pub(super) const ROOM: i64 = 0;

/// What is in the column `kind` of a line.
mod kind {
    pub(in crate::store::sqlite) const SAID: i64 = 0;
    pub(super) const CREATED: i64 = 1;
    pub(super) const JOINED: i64 = 2;
    pub(super) const LEFT: i64 = 3;
    pub(super) const RENAMED: i64 = 4;
    pub(super) const FILE: i64 = 13;
    pub(super) const MODED: i64 = 14;
    pub(super) const TOPIC: i64 = 5;
    pub(super) const REMOVED: i64 = 6;
    pub(super) const BANNED: i64 = 7;
    pub(super) const UNBANNED: i64 = 8;
    pub(super) const MADE_OPEN: i64 = 9;
    pub(super) const MADE_PRIVATE: i64 = 10;
    pub(super) const GIVEN: i64 = 11;
    pub(super) const INHERITED: i64 = 12;
}

pub(super) use kind::SAID;

/// Writes a record into the tables, within a transaction.
pub(super) fn keep(tables: &Connection, record: &Record) -> rusqlite::Result<()> {
    match record {
        Record::Line(line) => keep_line(tables, line),
        Record::Place { place, name, number } => {
            let sql = "INSERT INTO place(id, kind, key, name, last) VALUES(?1, ?2, ?3, ?4, ?5)
                       ON CONFLICT(id) DO UPDATE SET key = excluded.key, name = excluded.name";
            let row = params![integer(place.number()), ROOM, name.key(), name.as_str(), integer(*number)];
            tables.prepare_cached(sql)?.execute(row)?;
            note_place(tables, *place)
        }
        Record::Pair { place, ends, number } => {
            pairs::keep(tables, *place, ends, *number)?;
            note_place(tables, *place)
        }
        Record::Setting { place, setting } => settings::keep(tables, *place, setting),
        // Its lines are pruned when there is time.
        Record::PlaceGone(place) => {
            let id = integer(place.number());
            tables.prepare_cached("DELETE FROM member WHERE place = ?1")?.execute([id])?;
            tables.prepare_cached("DELETE FROM ban WHERE place = ?1")?.execute([id])?;
            tables.prepare_cached("DELETE FROM invitation WHERE place = ?1")?.execute([id])?;
            tables.prepare_cached("DELETE FROM place WHERE id = ?1")?.execute([id]).map(drop)
        }
        Record::File(file) => files::keep(tables, file),
        Record::FileGone(id) => files::forget(tables, *id),
        Record::Account(account) => accounts::keep(tables, account),
        Record::AccountGone(account) => accounts::forget(tables, *account),
        Record::Token { hash, account, used } => tokens::keep(tables, hash, *account, *used),
        Record::TokenGone(hash) => tokens::forget(tables, hash),
        Record::TokensGone(account) => tokens::forget_all(tables, *account),
        Record::Member { place, account, read } => accounts::keep_member(tables, *place, *account, *read),
        Record::NotMember { place, account } => accounts::forget_member(tables, *place, *account),
        Record::Invited { place, account, by, at } => invitations::keep(tables, (*place, *account), by, *at),
        Record::NotInvited { place, account } => invitations::forget(tables, *place, *account),
    }
}

/// Notes that this id was given.
fn note_place(tables: &Connection, place: PlaceId) -> rusqlite::Result<()> {
    let sql = "INSERT INTO meta VALUES('last_place', ?1) ON CONFLICT(key) DO UPDATE SET value = max(value, ?1)";
    tables.prepare_cached(sql)?.execute([integer(place.number())]).map(drop)
}

/// Writes what the line of a message was said with.
pub(super) fn keep_nonce(tables: &Connection, message: u64, nonce: &str) -> rusqlite::Result<()> {
    let sql = "UPDATE line SET nonce = ?2 WHERE id = ?1";
    tables.prepare_cached(sql)?.execute(params![integer(message), nonce]).map(drop)
}

fn keep_line(tables: &Connection, line: &Line) -> rusqlite::Result<()> {
    let sql = "INSERT INTO line(id, place, number, at, kind, who, text) VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7)";
    let (kind, text) = split(&line.what);
    let row = params![
        integer(line.mark.id),
        integer(line.place.number()),
        integer(line.number),
        millis(line.mark.at),
        kind,
        line.who().as_str(),
        text.as_deref()
    ];
    tables.prepare_cached(sql)?.execute(row).map(drop)
}

/// The kind of what happened, and what there is to tell of it besides who did it.
fn split(what: &RoomEvent) -> (i64, Option<Cow<'_, str>>) {
    match what {
        RoomEvent::Said { from: _, text } => (kind::SAID, Some(text.as_str().into())),
        RoomEvent::Created { by: _, with } => {
            let names: Vec<&str> = with.iter().map(UserName::as_str).collect();
            (kind::CREATED, (!names.is_empty()).then(|| names.join(",").into()))
        }
        RoomEvent::File { from: _, file } => (kind::FILE, Some(files::spelled(file).into())),
        RoomEvent::Joined(_) => (kind::JOINED, None),
        RoomEvent::Left { user: _, why, said: None } => (kind::LEFT, why.reason().map(Cow::from)),
        RoomEvent::Left { user: _, why, said: Some(said) } => {
            (kind::LEFT, Some(format!("{}\n{said}", why.reason().unwrap_or_default()).into()))
        }
        RoomEvent::Renamed { from: _, to } => (kind::RENAMED, Some(to.as_str().into())),
        RoomEvent::TopicSet { by: _, topic } => (kind::TOPIC, topic.as_ref().map(|topic| topic.as_str().into())),
        RoomEvent::Removed { by: _, user, reason: None } => (kind::REMOVED, Some(user.as_str().into())),
        RoomEvent::Removed { by: _, user, reason: Some(reason) } => {
            (kind::REMOVED, Some(format!("{user} {reason}").into()))
        }
        RoomEvent::Banned { by: _, user } => (kind::BANNED, Some(user.as_str().into())),
        RoomEvent::Unbanned { by: _, user } => (kind::UNBANNED, Some(user.as_str().into())),
        RoomEvent::Opened { by: _, to_all: true } => (kind::MADE_OPEN, None),
        RoomEvent::Opened { by: _, to_all: false } => (kind::MADE_PRIVATE, None),
        RoomEvent::Moded { by: _, changes } => (kind::MODED, Some(mode_letters::spelled(changes).into())),
        RoomEvent::Owned { by: Some(_), owner } => (kind::GIVEN, Some(owner.as_str().into())),
        RoomEvent::Owned { by: None, owner: _ } => (kind::INHERITED, None),
    }
}

/// The line that a row with the columns [`LINE`] holds.
pub(super) fn line(row: &Row<'_>) -> rusqlite::Result<Arc<Line>> {
    let id = natural(row, 0)?;
    let at = moment(row, 3)?;
    Ok(Arc::new(Line {
        place: PlaceId::numbered(natural(row, 1)?),
        number: natural(row, 2)?,
        mark: Mark { id, at },
        what: joined(row)?,
    }))
}

fn joined(row: &Row<'_>) -> rusqlite::Result<RoomEvent> {
    let who = user(5, row.get_ref(5)?.as_str()?)?;
    let text = || row.get_ref(6)?.as_str().map_err(|error| nonsense(6, error));
    Ok(match row.get::<_, i64>(4)? {
        kind::SAID => RoomEvent::Said { from: who, text: Text::new(text()?).map_err(|error| nonsense(6, error))? },
        kind::CREATED => {
            let with = row.get_ref(6)?.as_str_or_null().map_err(|error| nonsense(6, error))?.unwrap_or_default();
            let names = with.split_terminator(',').map(|name| user(6, name));
            RoomEvent::Created { by: who, with: names.collect::<Result<_, _>>()? }
        }
        kind::FILE => {
            let file = files::read(text()?).ok_or_else(|| nonsense(6, "a line of no file"))?;
            RoomEvent::File { from: who, file: Arc::new(file) }
        }
        kind::JOINED => RoomEvent::Joined(who),
        kind::LEFT => {
            let text = row.get_ref(6)?.as_str_or_null().map_err(|error| nonsense(6, error))?;
            let (reason, said) = match text.map(|text| (text, text.split_once('\n'))) {
                None => (None, None),
                Some((text, None)) => (Some(text), None),
                Some((_, Some((reason, said)))) => {
                    (Some(reason).filter(|reason| !reason.is_empty()), Some(said.into()))
                }
            };
            let departure = Departure::ALL.into_iter().find(|departure| departure.reason() == reason);
            let why = departure.ok_or_else(|| nonsense(6, "a line of an unknown departure"))?;
            RoomEvent::Left { user: who, why, said }
        }
        kind::RENAMED => RoomEvent::Renamed { from: who, to: user(6, text()?)? },
        kind::TOPIC => {
            let topic = row.get_ref(6)?.as_str_or_null().map_err(|error| nonsense(6, error))?;
            RoomEvent::TopicSet { by: who, topic: topic.map(|topic| phrase(6, topic)).transpose()? }
        }
        kind::MODED => {
            let changes = mode_letters::read(text()?).ok_or_else(|| nonsense(6, "a line of unknown modes"))?;
            RoomEvent::Moded { by: who, changes }
        }
        kind::REMOVED => {
            let (name, reason) = text()?.split_once(' ').map_or((text()?, None), |(name, why)| (name, Some(why)));
            let reason = reason.map(|reason| phrase(6, reason)).transpose()?;
            RoomEvent::Removed { by: who, user: user(6, name)?, reason }
        }
        kind::BANNED => RoomEvent::Banned { by: who, user: user(6, text()?)? },
        kind::UNBANNED => RoomEvent::Unbanned { by: who, user: user(6, text()?)? },
        kind::MADE_OPEN => RoomEvent::Opened { by: who, to_all: true },
        kind::MADE_PRIVATE => RoomEvent::Opened { by: who, to_all: false },
        kind::GIVEN => RoomEvent::Owned { by: Some(who), owner: user(6, text()?)? },
        kind::INHERITED => RoomEvent::Owned { by: None, owner: who },
        unknown => return Err(nonsense(4, format!("a line of the unknown kind {unknown}"))),
    })
}

/// The room whose id, name and last pruned number this row holds, from this column on.
pub(super) fn room(row: &Row<'_>) -> rusqlite::Result<Record> {
    let name = RoomName::new(row.get_ref(1)?.as_str()?).map_err(|error| nonsense(1, error))?;
    Ok(Record::Place { place: PlaceId::numbered(natural(row, 0)?), name, number: natural(row, 2)? })
}

/// As many as make a page, at least one.
pub(super) fn fitting(lines: impl Iterator<Item = rusqlite::Result<Arc<Line>>>) -> rusqlite::Result<Vec<Arc<Line>>> {
    let mut weight = 0;
    let mut fitting = Vec::new();
    for line in lines {
        let line = line?;
        weight += line.weight();
        if weight > LARGEST_PAGE && !fitting.is_empty() {
            break;
        }
        fitting.push(line);
    }
    Ok(fitting)
}
