-- Access tokens whose refresh token the other side replaced: sealed, bound to connection and name.
CREATE TABLE access_tokens (
    connection TEXT NOT NULL,
    name       TEXT NOT NULL,
    sealed     BLOB NOT NULL,
    PRIMARY KEY (connection, name)
) WITHOUT ROWID;

-- Budgets of one connection, in bytes, milliseconds or numbers, over those of the configuration.
CREATE TABLE connection_limits (
    connection TEXT NOT NULL,
    name       TEXT NOT NULL,
    value      INTEGER NOT NULL,
    PRIMARY KEY (connection, name)
) WITHOUT ROWID;

-- What calls of a connection used in the hour that begins then, as sums in JSON.
CREATE TABLE usage (
    connection TEXT NOT NULL,
    hour       INTEGER NOT NULL,
    sums       TEXT NOT NULL,
    PRIMARY KEY (connection, hour)
) WITHOUT ROWID;
CREATE INDEX usage_hour ON usage (hour);

-- Connections whose plugin failed again and again and is left alone.
CREATE TABLE breakers (
    connection TEXT PRIMARY KEY,
    since      INTEGER NOT NULL,
    until      INTEGER NOT NULL,
    openings   INTEGER NOT NULL,
    error      TEXT NOT NULL
) WITHOUT ROWID;
