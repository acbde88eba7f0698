-- Who may be one person: an index of keys that people who may be one share, and the suggestions found by it.

-- People in the index. `n` is short, for it stands in every row of `suggest_keys`; `digest` tells whether what is
-- compared of the person has changed; `keys` are the person's keys, six bytes each. Nothing here can be read back:
-- keys and digests are made with the installation's secret.
CREATE TABLE suggest_people (
    n       BIGINT PRIMARY KEY,
    profile TEXT COLLATE "C" NOT NULL UNIQUE,
    digest  BIGINT NOT NULL,
    keys    BYTEA NOT NULL
);

-- Who has a key.
CREATE TABLE suggest_keys (
    key    BIGINT NOT NULL,
    person BIGINT NOT NULL,
    PRIMARY KEY (key, person)
);

-- Two people who may be one, `a` before `b`. `bits` are thousandths of what speaks for it; `claimed` says that one
-- typed an identifier of the other's. The reasons are made anew when they are shown.
CREATE TABLE suggestions (
    id       TEXT COLLATE "C" PRIMARY KEY,
    a        TEXT COLLATE "C" NOT NULL,
    b        TEXT COLLATE "C" NOT NULL,
    bits     BIGINT NOT NULL,
    claimed  BIGINT NOT NULL,
    found_at BIGINT NOT NULL
);
CREATE INDEX suggestions_rank ON suggestions (bits, id);
CREATE INDEX suggestions_a ON suggestions (a, bits, id);
CREATE INDEX suggestions_b ON suggestions (b, bits, id);
