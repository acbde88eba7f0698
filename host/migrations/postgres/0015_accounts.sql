-- Who works with the hub: accounts, the browsers they are signed in with, teams, and one-time links. Times are
-- milliseconds since the epoch, UTC; of every secret only a hash is kept.

CREATE TABLE accounts (
    id          TEXT COLLATE "C" PRIMARY KEY,
    login       TEXT COLLATE "C" NOT NULL UNIQUE,
    name        TEXT COLLATE "C" NOT NULL,
    role        TEXT COLLATE "C" NOT NULL,
    -- A PHC string; null where somebody signs in elsewhere, or has not joined yet.
    password    TEXT COLLATE "C",
    locale      TEXT COLLATE "C",
    zone        TEXT COLLATE "C",
    created_at  BIGINT NOT NULL,
    joined_at   BIGINT,
    disabled_at BIGINT,
    seen_at     BIGINT
);

-- A browser. `stage` says what is still to be done before it is signed in.
CREATE TABLE sessions (
    hash       BYTEA PRIMARY KEY,
    id         TEXT COLLATE "C" NOT NULL UNIQUE,
    account    TEXT COLLATE "C" NOT NULL,
    stage      TEXT COLLATE "C" NOT NULL,
    browser    TEXT COLLATE "C" NOT NULL,
    created_at BIGINT NOT NULL,
    seen_at    BIGINT NOT NULL
);
CREATE INDEX sessions_account ON sessions (account, created_at);

-- An authenticator: its secret is sealed; `last_step` is the newest code that was taken.
CREATE TABLE second_factors (
    account      TEXT COLLATE "C" PRIMARY KEY,
    sealed       BYTEA NOT NULL,
    confirmed_at BIGINT,
    last_step    BIGINT NOT NULL
);

CREATE TABLE recovery_codes (
    account TEXT COLLATE "C" NOT NULL,
    hash    BYTEA NOT NULL,
    PRIMARY KEY (account, hash)
);

-- Whom an identity provider vouches for.
CREATE TABLE identities (
    issuer    TEXT COLLATE "C" NOT NULL,
    subject   TEXT COLLATE "C" NOT NULL,
    account   TEXT COLLATE "C" NOT NULL,
    linked_at BIGINT NOT NULL,
    PRIMARY KEY (issuer, subject)
);
CREATE INDEX identities_account ON identities (account);

-- Links that work once. `account` is null in one that makes the first owner.
CREATE TABLE links (
    hash       BYTEA PRIMARY KEY,
    kind       TEXT COLLATE "C" NOT NULL,
    account    TEXT COLLATE "C",
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL
);

CREATE TABLE teams (
    id         TEXT COLLATE "C" PRIMARY KEY,
    name       TEXT COLLATE "C" NOT NULL UNIQUE,
    created_at BIGINT NOT NULL
);

CREATE TABLE team_members (
    team    TEXT COLLATE "C" NOT NULL,
    account TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (team, account)
);
CREATE INDEX team_members_account ON team_members (account);

-- What a token is confined to, with spaces between (empty: all that its role may), and until when it works.
ALTER TABLE tokens ADD COLUMN scopes TEXT COLLATE "C" NOT NULL DEFAULT '';
ALTER TABLE tokens ADD COLUMN expires_at BIGINT;
