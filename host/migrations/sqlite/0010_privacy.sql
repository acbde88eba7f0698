-- Who was erased, what vendors ask for people's rights, and who looked at whom. Times are milliseconds since
-- the epoch, UTC.

-- What was erased and must not come back: ids that the installation's key derives from names, matters, messages
-- and intents, never these themselves. An event that names one and happened from `since` to `until` is taken as
-- erased; `connection` is empty where it makes no difference who says it.
CREATE TABLE tombstones (
    key        TEXT NOT NULL,
    connection TEXT NOT NULL,
    since      INTEGER NOT NULL,
    until      INTEGER NOT NULL,
    PRIMARY KEY (key, connection, since)
) WITHOUT ROWID;

-- Every id that stood for somebody who was erased.
CREATE TABLE erased (
    id TEXT PRIMARY KEY,
    at INTEGER NOT NULL
) WITHOUT ROWID;

-- Who typed a name of somebody else's.
CREATE INDEX claims_value ON claims (namespace, value);

-- What vendors ask on behalf of people, until it is answered. `asks` is the right, `profile` whom the event
-- was about, `outcome` what came of it in words that name nobody.
CREATE TABLE privacy_requests (
    n           INTEGER PRIMARY KEY,
    event       TEXT NOT NULL UNIQUE,
    connection  TEXT NOT NULL,
    asks        TEXT NOT NULL,
    state       TEXT NOT NULL,
    received_at INTEGER NOT NULL,
    due_at      INTEGER NOT NULL,
    attempts    INTEGER NOT NULL,
    profile     TEXT,
    outcome     TEXT,
    done_at     INTEGER
);
CREATE INDEX privacy_requests_due ON privacy_requests (due_at) WHERE state = 'queued';
