-- Which plugins were found, what was granted to them, and who did what. Times are milliseconds since the
-- epoch, UTC.

-- Every file of a plugin that was ever found, by the hash of its content. `asks` is what its manifest asks
-- for, as grants (JSON); `served_at` is when it last began to serve.
CREATE TABLE plugin_versions (
    plugin    TEXT NOT NULL,
    hash      TEXT NOT NULL,
    version   TEXT NOT NULL,
    size      INTEGER NOT NULL,
    asks      TEXT NOT NULL,
    state     TEXT NOT NULL,
    reason    TEXT,
    found_at  INTEGER NOT NULL,
    served_at INTEGER,
    PRIMARY KEY (plugin, hash)
) WITHOUT ROWID;

-- What an operator allowed a plugin, and which version serves.
CREATE TABLE plugins (
    name    TEXT PRIMARY KEY,
    serving TEXT,
    grants  TEXT NOT NULL
) WITHOUT ROWID;

-- Who did what, and when.
CREATE TABLE audit (
    n       INTEGER PRIMARY KEY,
    at      INTEGER NOT NULL,
    who     TEXT NOT NULL,
    action  TEXT NOT NULL,
    subject TEXT NOT NULL,
    detail  TEXT NOT NULL
);
CREATE INDEX audit_subject ON audit (subject, n);
