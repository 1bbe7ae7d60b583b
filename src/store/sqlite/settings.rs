//! What was decided about rooms, as rows of the tables, and back.

use rusqlite::{Connection, Row, params};

use super::columns::{integer, millis, moment, natural, phrase, user};
use super::modes;
use crate::hub::{AccountId, Ban, PlaceId, Record, RoomSetting, Topic};
use crate::protocol::sight::Rank;

/// Writes one fact about a place into the tables, within a transaction.
pub(super) fn keep(tables: &Connection, place: PlaceId, setting: &RoomSetting) -> rusqlite::Result<()> {
    let id = integer(place.number());
    let sql = match setting {
        RoomSetting::Topic(Topic { text, by, at }) => {
            let sql = "UPDATE place SET topic = ?2, topic_by = ?3, topic_at = ?4 WHERE id = ?1";
            return execute(tables, sql, params![id, text.as_str(), by.as_str(), millis(*at)]);
        }
        RoomSetting::Modes(modes) => {
            return execute(tables, "UPDATE place SET modes = ?2 WHERE id = ?1", params![id, modes::spelled(modes)]);
        }
        RoomSetting::Owner(owner) => {
            let owner = owner.map(|account| integer(account.number()));
            return execute(tables, "UPDATE place SET owner = ?2 WHERE id = ?1", params![id, owner]);
        }
        RoomSetting::Ranked(account, Rank { is_operator, has_voice }) => {
            let sql = "UPDATE member SET operator = ?3, voice = ?4 WHERE place = ?1 AND account = ?2";
            return execute(tables, sql, params![id, integer(account.number()), is_operator, has_voice]);
        }
        RoomSetting::Banned(name, Ban { by, at }) => {
            let sql = "INSERT OR REPLACE INTO ban(place, key, by, at, name) VALUES(?1, ?2, ?3, ?4, ?5)";
            return execute(tables, sql, params![id, name.key(), by.as_str(), millis(*at), name.as_str()]);
        }
        RoomSetting::Unbanned(name) => {
            let sql = "DELETE FROM ban WHERE place = ?1 AND key = ?2";
            return execute(tables, sql, params![id, name.key()]);
        }
        RoomSetting::NoTopic => "UPDATE place SET topic = NULL, topic_by = NULL, topic_at = NULL WHERE id = ?1",
        RoomSetting::Private(true) => "UPDATE place SET private = 1 WHERE id = ?1",
        RoomSetting::Private(false) => "UPDATE place SET private = 0 WHERE id = ?1",
    };
    execute(tables, sql, params![id])
}

/// What holds only while somebody is in a room ends where only guests were, who are gone.
pub(super) fn reset_the_empty(tables: &Connection) -> rusqlite::Result<()> {
    let sql = "UPDATE place SET modes = NULL, owner = NULL
               WHERE (modes IS NOT NULL OR owner IS NOT NULL) AND id NOT IN (SELECT place FROM member)";
    tables.execute(sql, ()).map(drop)
}

/// Everything that was decided about the rooms that there are, and about the server.
pub(super) fn all(tables: &Connection) -> rusqlite::Result<Vec<Record>> {
    let mut settings =
        read(tables, "SELECT id FROM place WHERE private = 1 ORDER BY id", |_| Ok(RoomSetting::Private(true)))?;
    let topics = "SELECT id, topic, topic_by, topic_at FROM place WHERE topic_by IS NOT NULL ORDER BY id";
    settings.extend(read(tables, topics, |row| {
        let (text, by) = (phrase(1, row.get_ref(1)?.as_str()?)?, user(2, row.get_ref(2)?.as_str()?)?);
        Ok(RoomSetting::Topic(Topic { text, by, at: moment(row, 3)? }))
    })?);
    let modes = "SELECT id, modes FROM place WHERE modes IS NOT NULL ORDER BY id";
    settings.extend(read(tables, modes, |row| {
        Ok(RoomSetting::Modes(Box::new(modes::read(1, row.get_ref(1)?.as_str()?)?)))
    })?);
    let owners = "SELECT id, owner FROM place WHERE owner IS NOT NULL ORDER BY id";
    settings.extend(read(tables, owners, |row| Ok(RoomSetting::Owner(Some(AccountId::numbered(natural(row, 1)?)))))?);
    let bans = "SELECT place, name, by, at FROM ban ORDER BY place, key";
    settings.extend(read(tables, bans, |row| {
        let (name, by) = (user(1, row.get_ref(1)?.as_str()?)?, user(2, row.get_ref(2)?.as_str()?)?);
        Ok(RoomSetting::Banned(name, Ban { by, at: moment(row, 3)? }))
    })?);
    Ok(settings)
}

/// Every account that is more than a member of a place.
pub(super) fn ranks(tables: &Connection) -> rusqlite::Result<Vec<Record>> {
    let sql = "SELECT place, account, operator, voice FROM member WHERE operator OR voice ORDER BY place, account";
    read(tables, sql, |row| {
        let rank = Rank { is_operator: row.get(2)?, has_voice: row.get(3)? };
        Ok(RoomSetting::Ranked(AccountId::numbered(natural(row, 1)?), rank))
    })
}

/// The settings of the places whose ids are in the first column.
fn read(
    tables: &Connection,
    sql: &str,
    setting: impl Fn(&Row<'_>) -> rusqlite::Result<RoomSetting>,
) -> rusqlite::Result<Vec<Record>> {
    let record =
        |row: &Row<'_>| Ok(Record::Setting { place: PlaceId::numbered(natural(row, 0)?), setting: setting(row)? });
    tables.prepare(sql)?.query_map((), record)?.collect()
}

fn execute(tables: &Connection, sql: &str, row: &[&dyn rusqlite::ToSql]) -> rusqlite::Result<()> {
    tables.prepare_cached(sql)?.execute(row).map(drop)
}
