-- Who may be one person: an index of keys that people who may be one share, and the suggestions found by it.

-- People in the index. `n` is short, for it stands in every row of `suggest_keys`; `digest` tells whether what is
-- compared of the person has changed; `keys` are the person's keys, six bytes each. Nothing here can be read back:
-- keys and digests are made with the installation's secret.
CREATE TABLE suggest_people (
    n       INTEGER PRIMARY KEY,
    profile TEXT NOT NULL UNIQUE,
    digest  INTEGER NOT NULL,
    keys    BLOB NOT NULL
);

-- Who has a key.
CREATE TABLE suggest_keys (
    key    INTEGER NOT NULL,
    person INTEGER NOT NULL,
    PRIMARY KEY (key, person)
) WITHOUT ROWID;

-- Two people who may be one, `a` before `b`. `bits` are thousandths of what speaks for it; `claimed` says that one
-- typed an identifier of the other's. The reasons are made anew when they are shown.
CREATE TABLE suggestions (
    id       TEXT PRIMARY KEY,
    a        TEXT NOT NULL,
    b        TEXT NOT NULL,
    bits     INTEGER NOT NULL,
    claimed  INTEGER NOT NULL,
    found_at INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX suggestions_rank ON suggestions (bits, id);
CREATE INDEX suggestions_a ON suggestions (a, bits, id);
CREATE INDEX suggestions_b ON suggestions (b, bits, id);
