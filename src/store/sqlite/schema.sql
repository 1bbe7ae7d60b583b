CREATE TABLE account(
    id INTEGER PRIMARY KEY, key TEXT NOT NULL UNIQUE, name TEXT NOT NULL, hash TEXT NOT NULL,
    operator INT NOT NULL DEFAULT 0, created INT NOT NULL, asked INT NOT NULL DEFAULT 0
) STRICT;
CREATE TABLE token(hash BLOB PRIMARY KEY, account INT NOT NULL, used INT NOT NULL) STRICT, WITHOUT ROWID;
CREATE INDEX token_account ON token(account);
-- A room (kind 0) or a pair of users (kind 1). last: the highest number of a line that was pruned, so that no number
-- comes twice. modes: how it is set, as JSON; NULL if as new rooms are. modes and owner end with the last member.
CREATE TABLE place(
    id INTEGER PRIMARY KEY, kind INT NOT NULL, key TEXT NOT NULL, name TEXT NOT NULL, private INT NOT NULL DEFAULT 0,
    owner INT, topic TEXT, last INT NOT NULL DEFAULT 0, topic_by TEXT, topic_at INT, modes TEXT, UNIQUE(kind, key)
) STRICT;
-- operator, voice: what the account may do beyond speaking.
CREATE TABLE member(
    place INT NOT NULL, account INT NOT NULL, read INT NOT NULL DEFAULT 0, operator INT NOT NULL DEFAULT 0,
    voice INT NOT NULL DEFAULT 0, PRIMARY KEY(place, account)
) STRICT, WITHOUT ROWID;
-- The key is the number of the account.
CREATE TABLE invitation(place INT NOT NULL, key TEXT NOT NULL, by TEXT NOT NULL, at INT NOT NULL, PRIMARY KEY(place, key))
    STRICT;
-- Place 0 is the server.
CREATE TABLE ban(
    place INT NOT NULL, key TEXT NOT NULL, by TEXT NOT NULL, at INT NOT NULL, name TEXT NOT NULL DEFAULT '',
    PRIMARY KEY(place, key)
) STRICT;
-- at: milliseconds since 1970.
CREATE TABLE line(
    id INTEGER PRIMARY KEY, place INT NOT NULL, number INT NOT NULL, at INT NOT NULL, kind INT NOT NULL, who TEXT NOT NULL,
    account INT, text TEXT, nonce TEXT
) STRICT;
CREATE UNIQUE INDEX line_place ON line(place, number);
CREATE TABLE file(id BLOB PRIMARY KEY, line INT, name TEXT, size INT, sha256 BLOB, expires INT) STRICT;
CREATE TABLE meta(key TEXT PRIMARY KEY, value ANY) STRICT;
