-- Secrets can be replaced and schedules be set for one connection. Times are milliseconds since the epoch, UTC.

-- Values that a secret had before, sealed as it is. One verifies what comes in until `verify_until`, where
-- that is set; all of them are looked for in what vendors answer.
CREATE TABLE former_secrets (
    n            INTEGER PRIMARY KEY,
    connection   TEXT NOT NULL,
    name         TEXT NOT NULL,
    sealed       BLOB NOT NULL,
    verify_until INTEGER
);
CREATE INDEX former_secrets_connection ON former_secrets (connection, name, n);

-- When a connection's poller asks, in place of its plugin's schedule: a schedule, or `off`.
CREATE TABLE connection_schedules (
    connection TEXT PRIMARY KEY,
    schedule   TEXT NOT NULL
) WITHOUT ROWID;
