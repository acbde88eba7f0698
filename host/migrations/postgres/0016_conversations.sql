-- One conversation for each matter with a person, in place of one for each person. What stands here is folded from
-- the messages and from what people did (`model::conversation`), and is worked out anew when the database is opened.

CREATE TABLE conversations (
    id            TEXT COLLATE "C" PRIMARY KEY NOT NULL,
    profile       TEXT COLLATE "C" NOT NULL,
    state         TEXT COLLATE "C" NOT NULL,
    first_at      BIGINT NOT NULL,
    message_at    BIGINT NOT NULL,
    message       TEXT COLLATE "C" NOT NULL,
    received_at   BIGINT,
    received      TEXT COLLATE "C",
    received_on   TEXT COLLATE "C",
    sent_at       BIGINT,
    waiting_since BIGINT,
    assignee      TEXT COLLATE "C",
    team          TEXT COLLATE "C",
    priority      BIGINT NOT NULL,
    tags          TEXT COLLATE "C",
    snoozed_until BIGINT,
    resolved_at   BIGINT,
    messages      BIGINT NOT NULL,
    inbound       BIGINT NOT NULL,
    notes         BIGINT NOT NULL,
    -- Whether what comes next can join it.
    head          BIGINT NOT NULL,
    -- How far what is known of the person's conversations reached when this was written.
    upto_at       BIGINT NOT NULL,
    upto_id       TEXT COLLATE "C" NOT NULL
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
    tag          TEXT COLLATE "C" NOT NULL,
    conversation TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (tag, conversation)
);
CREATE INDEX conversation_tags_of ON conversation_tags (conversation);

-- Which notes mention whom.
CREATE TABLE mentions (
    event        TEXT COLLATE "C" NOT NULL,
    account      TEXT COLLATE "C" NOT NULL,
    profile      TEXT COLLATE "C" NOT NULL,
    conversation TEXT COLLATE "C" NOT NULL,
    at           BIGINT NOT NULL,
    PRIMARY KEY (event, account)
);
CREATE INDEX mentions_account ON mentions (account, at);
CREATE INDEX mentions_profile ON mentions (profile);

-- How far an account has read a conversation.
CREATE TABLE reading (
    conversation TEXT COLLATE "C" NOT NULL,
    account      TEXT COLLATE "C" NOT NULL,
    at           BIGINT NOT NULL,
    message      TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (conversation, account)
);

-- What an account has begun to write.
CREATE TABLE drafts (
    conversation TEXT COLLATE "C" NOT NULL,
    account      TEXT COLLATE "C" NOT NULL,
    connection   TEXT COLLATE "C",
    text         TEXT COLLATE "C" NOT NULL,
    changed_at   BIGINT NOT NULL,
    PRIMARY KEY (conversation, account)
);

-- Lists of what is to be done at once, texts to answer with, and views of the list of conversations; those without an
-- account are everybody's.
CREATE TABLE shortcuts (
    id         TEXT COLLATE "C" PRIMARY KEY NOT NULL,
    kind       TEXT COLLATE "C" NOT NULL,
    account    TEXT COLLATE "C",
    title      TEXT COLLATE "C" NOT NULL,
    content    TEXT COLLATE "C" NOT NULL,
    changed_at BIGINT NOT NULL
);

-- Which conversation a message belongs to, and whether the person wrote it.
ALTER TABLE messages ADD COLUMN conversation TEXT COLLATE "C";
ALTER TABLE messages ADD COLUMN inbound BIGINT;

-- A person's row changes with the conversations no more.
DROP INDEX profiles_conversation;
ALTER TABLE profiles DROP COLUMN message_at;
ALTER TABLE profiles DROP COLUMN received_at;
ALTER TABLE profiles DROP COLUMN received_on;

INSERT INTO meta VALUES ('fold-anew', '1') ON CONFLICT DO NOTHING;
