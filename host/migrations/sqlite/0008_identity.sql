-- Who is who by rules that look at all that was said: reasons are kept, people's decisions are found, and a
-- number that was replaced means somebody else afterwards. What stood under the first shape is folded anew
-- from the log when the database is opened.

-- An identifier for as long as it means one person; `since` is -9223372036854775808 from the beginning, where
-- `starts` lists when it began to mean somebody else. `key` is the id of a person whose first-seen identifier this is, so every profile id finds its person here.
DROP INDEX identifiers_profile;
ALTER TABLE identifiers RENAME TO identifiers_before;
CREATE TABLE identifiers (
    key        TEXT NOT NULL,
    since      INTEGER NOT NULL,
    namespace  TEXT NOT NULL,
    value      TEXT NOT NULL,
    evidence   TEXT NOT NULL,
    seen       INTEGER NOT NULL,
    shared     INTEGER NOT NULL,
    held_since INTEGER,
    starts     TEXT,
    profile    TEXT NOT NULL,
    PRIMARY KEY (key, since)
) WITHOUT ROWID;
CREATE INDEX identifiers_profile ON identifiers (profile);
INSERT INTO identifiers SELECT key, -9223372036854775808, namespace, value, evidence, seen, 0, NULL, NULL, profile
    FROM identifiers_before WHERE namespace NOT LIKE 'inner:%';

-- The ids of people whose first-seen identifier began to mean somebody else.
CREATE TABLE later (
    id    TEXT PRIMARY KEY,
    key   TEXT NOT NULL,
    since INTEGER NOT NULL
) WITHOUT ROWID;

-- What holds events together that name nobody: an order, a message, an event of its own.
CREATE TABLE matters (
    key       TEXT PRIMARY KEY,
    namespace TEXT NOT NULL,
    value     TEXT NOT NULL,
    seen      INTEGER NOT NULL,
    profile   TEXT NOT NULL
) WITHOUT ROWID;
CREATE INDEX matters_profile ON matters (profile);
INSERT INTO matters SELECT key, namespace, value, seen, profile
    FROM identifiers_before WHERE namespace LIKE 'inner:%';
DROP TABLE identifiers_before;

-- What says that two names are one person's: the ids of the nodes, and the best event that says so.
CREATE TABLE edges (
    a        TEXT NOT NULL,
    b        TEXT NOT NULL,
    bond     TEXT NOT NULL,
    evidence TEXT NOT NULL,
    at       INTEGER NOT NULL,
    event    TEXT NOT NULL,
    PRIMARY KEY (a, b)
) WITHOUT ROWID;
CREATE INDEX edges_b ON edges (b);

-- Which decisions name a node.
CREATE TABLE decided (
    name  TEXT NOT NULL,
    event TEXT NOT NULL,
    PRIMARY KEY (name, event)
) WITHOUT ROWID;

-- Whether anything was refused or decided of a person.
ALTER TABLE profiles ADD COLUMN contested INTEGER NOT NULL DEFAULT 0;
