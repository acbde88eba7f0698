-- Who works with the hub: accounts, the browsers they are signed in with, teams, and one-time links. Times are
-- milliseconds since the epoch, UTC; of every secret only a hash is kept.

CREATE TABLE accounts (
    id          TEXT PRIMARY KEY,
    login       TEXT NOT NULL UNIQUE,
    name        TEXT NOT NULL,
    role        TEXT NOT NULL,
    -- A PHC string; null where somebody signs in elsewhere, or has not joined yet.
    password    TEXT,
    locale      TEXT,
    zone        TEXT,
    created_at  INTEGER NOT NULL,
    joined_at   INTEGER,
    disabled_at INTEGER,
    seen_at     INTEGER
) WITHOUT ROWID;

-- A browser. `stage` says what is still to be done before it is signed in.
CREATE TABLE sessions (
    hash       BLOB PRIMARY KEY,
    id         TEXT NOT NULL UNIQUE,
    account    TEXT NOT NULL,
    stage      TEXT NOT NULL,
    browser    TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    seen_at    INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX sessions_account ON sessions (account, created_at);

-- An authenticator: its secret is sealed; `last_step` is the newest code that was taken.
CREATE TABLE second_factors (
    account      TEXT PRIMARY KEY,
    sealed       BLOB NOT NULL,
    confirmed_at INTEGER,
    last_step    INTEGER NOT NULL
) WITHOUT ROWID;

CREATE TABLE recovery_codes (
    account TEXT NOT NULL,
    hash    BLOB NOT NULL,
    PRIMARY KEY (account, hash)
) WITHOUT ROWID;

-- Whom an identity provider vouches for.
CREATE TABLE identities (
    issuer    TEXT NOT NULL,
    subject   TEXT NOT NULL,
    account   TEXT NOT NULL,
    linked_at INTEGER NOT NULL,
    PRIMARY KEY (issuer, subject)
) WITHOUT ROWID;
CREATE INDEX identities_account ON identities (account);

-- Links that work once. `account` is null in one that makes the first owner.
CREATE TABLE links (
    hash       BLOB PRIMARY KEY,
    kind       TEXT NOT NULL,
    account    TEXT,
    created_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL
) WITHOUT ROWID;

CREATE TABLE teams (
    id         TEXT PRIMARY KEY,
    name       TEXT NOT NULL UNIQUE,
    created_at INTEGER NOT NULL
) WITHOUT ROWID;

CREATE TABLE team_members (
    team    TEXT NOT NULL,
    account TEXT NOT NULL,
    PRIMARY KEY (team, account)
) WITHOUT ROWID;
CREATE INDEX team_members_account ON team_members (account);

-- What a token is confined to, with spaces between (empty: all that its role may), and until when it works.
ALTER TABLE tokens ADD COLUMN scopes TEXT NOT NULL DEFAULT '';
ALTER TABLE tokens ADD COLUMN expires_at INTEGER;
