//! The commands of Redis that the log needs, on one connection.

use std::time::Duration;

use redis::{Connection, IntoConnectionInfo, RedisResult, Value};

use super::config::ClusterConfig;
use super::snapshot::Snapshot;
use crate::store::LogPosition;

/// Appends an entry behind the one that is last, and remembers its name: an entry says which one it follows.
const APPEND: &str = "\
local p = redis.call('GET', KEYS[2]) or ''
local id = redis.call('XADD', KEYS[1], '*', 'n', ARGV[1], 'b', ARGV[2], 'd', ARGV[3], 'p', p)
redis.call('SET', KEYS[2], id .. '/' .. ARGV[1] .. '.' .. ARGV[2])
return id";

/// Keeps a snapshot unless there is a newer one, or its entry is not in the log (any more), and trims the log.
const KEEP: &str = "\
local function parts(id)
  local time, place = string.match(id, '(%d+)-(%d+)')
  return tonumber(time), tonumber(place)
end
if #redis.call('XRANGE', KEYS[2], ARGV[1], ARGV[1]) == 0 then return 0 end
local old = redis.call('HGET', KEYS[1], 'id')
if old then
  local a, b = parts(old)
  local c, d = parts(ARGV[1])
  if a > c or (a == c and b >= d) then return 0 end
end
redis.call('HSET', KEYS[1], 'id', ARGV[1], 'name', ARGV[2], 'data', ARGV[3])
redis.call('XTRIM', KEYS[2], 'MINID', ARGV[4])
return 1";

/// Entries read at once.
const READ_AT_ONCE: usize = 200;

/// The longest that any call may take; a read waits for less.
pub(super) const PATIENCE: Duration = Duration::from_millis(2500);

/// How long a read waits for an entry, in milliseconds.
const READ_WAITS: usize = 1000;

/// How an engine keeps what it is given.
#[derive(Debug)]
pub(super) struct EngineSettings {
    pub(super) eviction: String,
    /// Over a restart.
    pub(super) keeps: bool,
    /// Before it says that it has.
    pub(super) syncs: bool,
}

/// An entry as it stands in the log.
#[derive(Debug)]
pub(super) struct StoredEntry {
    pub(super) id: String,
    pub(super) node: String,
    pub(super) number: u64,
    pub(super) text: String,
    /// The name of the entry before it; empty for the first.
    pub(super) before: String,
}

impl StoredEntry {
    /// Where it is. The id alone would come twice if the log were emptied.
    pub(super) fn position(&self) -> LogPosition {
        LogPosition::named(&format!("{}/{}.{}", self.id, self.node, self.number))
    }

    /// When it was appended, since the Unix epoch.
    pub(super) fn at(&self) -> Duration {
        let millis = self.id.split_once('-').map_or(self.id.as_str(), |(millis, _)| millis);
        Duration::from_millis(millis.parse().unwrap_or(0))
    }

    fn of(id: &Value, fields: &Value) -> Option<Self> {
        let (mut node, mut number, mut lines, mut before) = (None, None, None, None);
        for pair in items(fields)?.chunks_exact(2) {
            match text(&pair[0])?.as_str() {
                "n" => node = text(&pair[1]),
                "b" => number = text(&pair[1])?.parse().ok(),
                "d" => lines = text(&pair[1]),
                "p" => before = text(&pair[1]),
                _ => {}
            }
        }
        Some(Self { id: text(id)?, node: node?, number: number?, text: lines?, before: before? })
    }
}

/// The entries of an answer.
fn stored(entries: &[Value]) -> RedisResult<Vec<StoredEntry>> {
    let entries = entries.iter().map(|entry| match items(entry) {
        Some([id, fields]) => StoredEntry::of(id, fields),
        _ => None,
    });
    entries.collect::<Option<Vec<_>>>().ok_or_else(no_log)
}

fn no_log() -> redis::RedisError {
    redis::RedisError::from((redis::ErrorKind::UnexpectedReturnType, "this is no log of a chat"))
}

fn items(value: &Value) -> Option<&[Value]> {
    match value {
        Value::Array(items) => Some(items),
        _ => None,
    }
}

fn text(value: &Value) -> Option<String> {
    match value {
        Value::BulkString(bytes) => String::from_utf8(bytes.clone()).ok(),
        Value::SimpleString(text) => Some(text.clone()),
        _ => None,
    }
}

/// A connection to the log of one chat.
pub(super) struct Client {
    connection: Connection,
    log: String,
    tail: String,
    epoch: String,
    snapshot: String,
}

impl Client {
    pub(super) fn connect(config: &ClusterConfig, within: Duration) -> RedisResult<Self> {
        let mut server = config.url.as_str().into_connection_info()?;
        if let Some(password) = &config.password {
            let settings = server.redis_settings().clone().set_password(password);
            server = server.set_redis_settings(settings);
        }
        let connection = redis::Client::open(server)?.get_connection_with_timeout(within)?;
        connection.set_read_timeout(Some(PATIENCE))?;
        connection.set_write_timeout(Some(PATIENCE))?;
        let key = |what: &str| format!("{{{}}}:{what}", config.name);
        Ok(Self { connection, log: key("log"), tail: key("tail"), epoch: key("epoch"), snapshot: key("snapshot") })
    }

    /// How the engine keeps what it is given; `None` if it does not say.
    pub(super) fn settings(&mut self) -> Option<EngineSettings> {
        let mut setting = |name: &str| {
            let found: RedisResult<Vec<String>> = redis::cmd("CONFIG").arg("GET").arg(name).query(&mut self.connection);
            found.ok().and_then(|pair| pair.into_iter().nth(1))
        };
        let eviction = setting("maxmemory-policy")?;
        let keeps = setting("appendonly")? == "yes";
        let syncs = setting("appendfsync")? == "always";
        Some(EngineSettings { eviction, keeps, syncs })
    }

    /// The epoch of the chat, which is this one if it has none yet.
    pub(super) fn epoch(&mut self, new: u32) -> RedisResult<u32> {
        redis::cmd("SET").arg(&self.epoch).arg(new).arg("NX").query::<Value>(&mut self.connection)?;
        redis::cmd("GET").arg(&self.epoch).query(&mut self.connection)
    }

    /// Appends a batch. That it was appended is known when it comes back, not before: the answer may be of an engine that
    /// forgets it.
    pub(super) fn append(&mut self, node: &str, number: u64, text: &str) -> RedisResult<()> {
        let mut append = redis::cmd("EVAL");
        append.arg(APPEND).arg(2).arg(&self.log).arg(&self.tail).arg(node).arg(number).arg(text);
        append.query::<Value>(&mut self.connection).map(drop)
    }

    /// The entries after this one, in order; waits for a second if there are none.
    pub(super) fn read_after(&mut self, id: &str) -> RedisResult<Vec<StoredEntry>> {
        let mut read = redis::cmd("XREAD");
        read.arg("COUNT").arg(READ_AT_ONCE).arg("BLOCK").arg(READ_WAITS).arg("STREAMS").arg(&self.log).arg(id);
        let read: Value = read.query(&mut self.connection)?;
        let Some(streams) = items(&read) else { return Ok(Vec::new()) };
        let entries = streams.first().and_then(items).and_then(|stream| items(stream.get(1)?)).ok_or_else(no_log)?;
        stored(entries)
    }

    /// Whether the log goes on where it was at this entry: its next entry follows that one, or there is none yet.
    pub(super) fn goes_on_after(&mut self, position: &LogPosition) -> RedisResult<bool> {
        let mut read = redis::cmd("XRANGE");
        read.arg(&self.log).arg(format!("({}", position.id())).arg("+").arg("COUNT").arg(1);
        let read: Value = read.query(&mut self.connection)?;
        Ok(match stored(items(&read).ok_or_else(no_log)?)?.first() {
            Some(next) => next.before == position.name(),
            None => self.tail()? == position.name(),
        })
    }

    /// What the servers knew at some entry, if that was kept.
    pub(super) fn snapshot(&mut self) -> RedisResult<Option<Snapshot>> {
        let mut read = redis::cmd("HMGET");
        read.arg(&self.snapshot).arg("name").arg("data");
        let (name, data): (Option<String>, Option<Vec<u8>>) = read.query(&mut self.connection)?;
        Ok(name.zip(data).map(|(name, data)| Snapshot { position: LogPosition::named(&name), data }))
    }

    /// Keeps it, and trims what is before this entry.
    pub(super) fn keep(&mut self, Snapshot { position, data }: &Snapshot, trimmed_to: &str) -> RedisResult<()> {
        let mut keep = redis::cmd("EVAL");
        keep.arg(KEEP).arg(2).arg(&self.snapshot).arg(&self.log);
        keep.arg(position.id()).arg(position.name()).arg(data).arg(trimmed_to);
        keep.query::<Value>(&mut self.connection).map(drop)
    }

    /// The name of the last entry; empty if there is none.
    pub(super) fn tail(&mut self) -> RedisResult<String> {
        let tail: Option<String> = redis::cmd("GET").arg(&self.tail).query(&mut self.connection)?;
        Ok(tail.unwrap_or_default())
    }
}
