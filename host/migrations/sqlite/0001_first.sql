-- The first shape of the store. Times are milliseconds since the epoch, UTC; ids are the model's text.

CREATE TABLE meta (
    name  TEXT PRIMARY KEY,
    value BLOB NOT NULL
) WITHOUT ROWID;

-- Installed plugins with settings. `revision` in meta counts every change, so that another process sees it.
CREATE TABLE connections (
    id         TEXT PRIMARY KEY,
    plugin     TEXT NOT NULL,
    title      TEXT NOT NULL,
    state      TEXT NOT NULL,
    settings   TEXT NOT NULL,
    priority   INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    removed_at INTEGER
) WITHOUT ROWID;

-- Sealed: XChaCha20-Poly1305 over the value, bound to connection and name.
CREATE TABLE secrets (
    connection TEXT NOT NULL,
    name       TEXT NOT NULL,
    sealed     BLOB NOT NULL,
    PRIMARY KEY (connection, name)
) WITHOUT ROWID;

-- Inbound requests, kept. Ids grow with time.
CREATE TABLE deliveries (
    n           INTEGER PRIMARY KEY,
    id          TEXT NOT NULL UNIQUE,
    connection  TEXT NOT NULL,
    received_at INTEGER NOT NULL,
    method      TEXT NOT NULL,
    path        TEXT NOT NULL,
    query       TEXT NOT NULL,
    headers     TEXT NOT NULL,
    body        BLOB NOT NULL,
    verified    INTEGER NOT NULL,
    state       TEXT NOT NULL,
    error       TEXT,
    attempts    INTEGER NOT NULL,
    events      INTEGER NOT NULL
);
CREATE INDEX deliveries_parked ON deliveries (connection, n) WHERE state = 'parked';

-- The log. The id is derived from (connection, external id), so its uniqueness is theirs.
CREATE TABLE events (
    seq         INTEGER PRIMARY KEY,
    id          TEXT NOT NULL UNIQUE,
    connection  TEXT NOT NULL,
    delivery    TEXT,
    kind        TEXT NOT NULL,
    occurred_at INTEGER NOT NULL,
    received_at INTEGER NOT NULL,
    profile     TEXT,
    said        TEXT NOT NULL
);
CREATE INDEX events_timeline ON events (profile, occurred_at, seq) WHERE profile IS NOT NULL;

-- Who an identifier belongs to. `key` is the id of a person whose first-seen identifier this is, so every
-- profile id that ever stood for anybody finds its person here.
CREATE TABLE identifiers (
    key       TEXT PRIMARY KEY,
    namespace TEXT NOT NULL,
    value     TEXT NOT NULL,
    evidence  TEXT NOT NULL,
    seen      INTEGER NOT NULL,
    profile   TEXT NOT NULL
) WITHOUT ROWID;
CREATE INDEX identifiers_profile ON identifiers (profile);

-- A person, and the conversation with them.
CREATE TABLE profiles (
    id              TEXT PRIMARY KEY,
    root_seen       INTEGER NOT NULL,
    root_name       TEXT NOT NULL,
    active_at       INTEGER NOT NULL,
    message_at      INTEGER,
    received_at     INTEGER,
    received_on     TEXT
) WITHOUT ROWID;
CREATE INDEX profiles_active ON profiles (active_at, id);
CREATE INDEX profiles_conversation ON profiles (message_at, id) WHERE message_at IS NOT NULL;

-- Identifiers that somebody typed.
CREATE TABLE claims (
    profile    TEXT NOT NULL,
    namespace  TEXT NOT NULL,
    value      TEXT NOT NULL,
    connection TEXT NOT NULL,
    event      TEXT NOT NULL,
    at         INTEGER NOT NULL,
    PRIMARY KEY (profile, namespace, value, connection)
) WITHOUT ROWID;

-- Every value that anybody stated for a field.
CREATE TABLE attributes (
    profile     TEXT NOT NULL,
    field       TEXT NOT NULL,
    connection  TEXT NOT NULL,
    value       TEXT NOT NULL,
    first_at    INTEGER NOT NULL,
    first_event TEXT NOT NULL,
    last_at     INTEGER NOT NULL,
    last_event  TEXT NOT NULL,
    PRIMARY KEY (profile, field, connection, value)
) WITHOUT ROWID;

-- Messages, those included of which only a status or an edit is known yet (`at` is null).
CREATE TABLE messages (
    id      TEXT PRIMARY KEY,
    profile TEXT,
    at      INTEGER,
    state   TEXT NOT NULL
) WITHOUT ROWID;
CREATE INDEX messages_conversation ON messages (profile, at, id) WHERE at IS NOT NULL;

-- The ids that a vendor's id of an outbound message derives to, and whose message that is.
CREATE TABLE message_aliases (
    id      TEXT PRIMARY KEY,
    message TEXT NOT NULL
) WITHOUT ROWID;

-- What assistants said of messages.
CREATE TABLE insights (
    message    TEXT NOT NULL,
    connection TEXT NOT NULL,
    kind       TEXT NOT NULL,
    at         INTEGER NOT NULL,
    event      TEXT NOT NULL,
    insight    TEXT NOT NULL,
    PRIMARY KEY (message, connection, kind)
) WITHOUT ROWID;

-- Orders, parcels, carts … of other systems, the latest version of each.
CREATE TABLE records (
    connection TEXT NOT NULL,
    kind       TEXT NOT NULL,
    vendor_id  TEXT NOT NULL,
    profile    TEXT,
    of_order   TEXT,
    changed_at INTEGER NOT NULL,
    event      TEXT NOT NULL,
    name       TEXT NOT NULL,
    state      TEXT NOT NULL,
    total      TEXT,
    PRIMARY KEY (connection, kind, vendor_id)
) WITHOUT ROWID;
CREATE INDEX records_profile ON records (profile, kind, changed_at) WHERE profile IS NOT NULL;
CREATE INDEX records_changed ON records (kind, changed_at);
CREATE INDEX records_order ON records (connection, of_order) WHERE of_order IS NOT NULL;

-- Work for assistants, at least once; one piece per event and connection.
CREATE TABLE jobs (
    n          INTEGER PRIMARY KEY,
    id         TEXT NOT NULL UNIQUE,
    connection TEXT NOT NULL,
    event      TEXT NOT NULL,
    state      TEXT NOT NULL,
    due_at     INTEGER NOT NULL,
    attempts   INTEGER NOT NULL,
    error      TEXT
);
CREATE INDEX jobs_due ON jobs (due_at) WHERE state = 'queued';

-- Intents to send, not yet carried out, and those that were.
CREATE TABLE outbox (
    id         TEXT PRIMARY KEY,
    connection TEXT NOT NULL,
    profile    TEXT NOT NULL,
    message    TEXT NOT NULL,
    content    TEXT NOT NULL,
    reply_to   TEXT,
    subject    TEXT,
    state      TEXT NOT NULL,
    attempts   INTEGER NOT NULL,
    due_at     INTEGER NOT NULL,
    error      TEXT,
    created_at INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX outbox_due ON outbox (due_at) WHERE state IN ('queued', 'sending', 'ambiguous');
CREATE INDEX outbox_profile ON outbox (profile);
CREATE INDEX outbox_person ON outbox (connection, profile, created_at, id) WHERE state IN ('queued', 'sending');

-- Where a poller goes on.
CREATE TABLE cursors (
    connection TEXT PRIMARY KEY,
    cursor     TEXT NOT NULL
) WITHOUT ROWID;

-- What plugins keep for themselves.
CREATE TABLE key_values (
    connection TEXT NOT NULL,
    key        TEXT NOT NULL,
    value      BLOB NOT NULL,
    expires_at INTEGER,
    PRIMARY KEY (connection, key)
) WITHOUT ROWID;

CREATE TABLE tokens (
    id         TEXT PRIMARY KEY,
    hash       BLOB NOT NULL UNIQUE,
    title      TEXT NOT NULL,
    role       TEXT NOT NULL,
    created_at INTEGER NOT NULL
) WITHOUT ROWID;
