-- One conversation for each matter with a person, in place of one for each person. What stands here is folded from
-- the messages and from what people did (`model::conversation`), and is worked out anew when the database is opened.

CREATE TABLE conversations (
    id            TEXT PRIMARY KEY NOT NULL,
    profile       TEXT NOT NULL,
    state         TEXT NOT NULL,
    first_at      INTEGER NOT NULL,
    message_at    INTEGER NOT NULL,
    message       TEXT NOT NULL,
    received_at   INTEGER,
    received      TEXT,
    received_on   TEXT,
    sent_at       INTEGER,
    waiting_since INTEGER,
    assignee      TEXT,
    team          TEXT,
    priority      INTEGER NOT NULL,
    tags          TEXT,
    snoozed_until INTEGER,
    resolved_at   INTEGER,
    messages      INTEGER NOT NULL,
    inbound       INTEGER NOT NULL,
    notes         INTEGER NOT NULL,
    -- Whether what comes next can join it.
    head          INTEGER NOT NULL,
    -- How far what is known of the person's conversations reached when this was written.
    upto_at       INTEGER NOT NULL,
    upto_id       TEXT NOT NULL
);
CREATE INDEX conversations_profile ON conversations (profile);
-- What was done with a person's conversations.
CREATE INDEX events_handled ON events (profile) WHERE kind IN ('conversation', 'note');
CREATE INDEX conversations_open ON conversations (message_at, id) WHERE state = 'open';
CREATE INDEX conversations_assignee ON conversations (assignee, message_at, id)
    WHERE state = 'open' AND assignee IS NOT NULL;
CREATE INDEX conversations_team ON conversations (team, message_at, id) WHERE state = 'open' AND team IS NOT NULL;
CREATE INDEX conversations_waiting ON conversations (waiting_since, id)
    WHERE state = 'open' AND waiting_since IS NOT NULL;
CREATE INDEX conversations_snoozed ON conversations (snoozed_until, id) WHERE state = 'snoozed';
CREATE INDEX conversations_resolved ON conversations (resolved_at, id) WHERE state = 'resolved';

CREATE TABLE conversation_tags (
    tag          TEXT NOT NULL,
    conversation TEXT NOT NULL,
    PRIMARY KEY (tag, conversation)
) WITHOUT ROWID;
CREATE INDEX conversation_tags_of ON conversation_tags (conversation);

-- Which notes mention whom.
CREATE TABLE mentions (
    event        TEXT NOT NULL,
    account      TEXT NOT NULL,
    profile      TEXT NOT NULL,
    conversation TEXT NOT NULL,
    at           INTEGER NOT NULL,
    PRIMARY KEY (event, account)
) WITHOUT ROWID;
CREATE INDEX mentions_account ON mentions (account, at);
CREATE INDEX mentions_profile ON mentions (profile);

-- How far an account has read a conversation.
CREATE TABLE reading (
    conversation TEXT NOT NULL,
    account      TEXT NOT NULL,
    at           INTEGER NOT NULL,
    message      TEXT NOT NULL,
    PRIMARY KEY (conversation, account)
) WITHOUT ROWID;

-- What an account has begun to write.
CREATE TABLE drafts (
    conversation TEXT NOT NULL,
    account      TEXT NOT NULL,
    connection   TEXT,
    text         TEXT NOT NULL,
    changed_at   INTEGER NOT NULL,
    PRIMARY KEY (conversation, account)
) WITHOUT ROWID;

-- Lists of what is to be done at once, texts to answer with, and views of the list of conversations; those without an
-- account are everybody's.
CREATE TABLE shortcuts (
    id         TEXT PRIMARY KEY NOT NULL,
    kind       TEXT NOT NULL,
    account    TEXT,
    title      TEXT NOT NULL,
    content    TEXT NOT NULL,
    changed_at INTEGER NOT NULL
) WITHOUT ROWID;

-- Which conversation a message belongs to, and whether the person wrote it.
ALTER TABLE messages ADD COLUMN conversation TEXT;
ALTER TABLE messages ADD COLUMN inbound INTEGER;

-- A person's row changes with the conversations no more.
DROP INDEX profiles_conversation;
ALTER TABLE profiles DROP COLUMN message_at;
ALTER TABLE profiles DROP COLUMN received_at;
ALTER TABLE profiles DROP COLUMN received_on;

INSERT INTO meta VALUES ('fold-anew', '1') ON CONFLICT DO NOTHING;
