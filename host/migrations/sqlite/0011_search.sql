-- Indexes that follow the log, and the first of them: what people are searched by.

-- How far an index has come: what the events up to `seq` say is in it. `version` is the index's own, 0 while it is
-- being emptied; `turn` grows with every change of it, so that what was worked out before one is not written after it.
CREATE TABLE followers (
    name    TEXT PRIMARY KEY,
    version INTEGER NOT NULL,
    seq     INTEGER NOT NULL,
    turn    INTEGER NOT NULL
) WITHOUT ROWID;

-- People and messages that changed without an event that says so; `n` counts how often since an index looked.
CREATE TABLE moved (
    follower TEXT NOT NULL,
    id       TEXT NOT NULL,
    n        INTEGER NOT NULL,
    PRIMARY KEY (follower, id)
) WITHOUT ROWID;

-- What stands in the index for a person: their words in the first line, then a handle in each.
CREATE TABLE search_people (
    profile TEXT PRIMARY KEY,
    terms   TEXT NOT NULL
) WITHOUT ROWID;

-- Identifiers without case and diacritics, telephone numbers also from their end, after a `<`.
CREATE TABLE search_handles (
    handle  TEXT NOT NULL,
    profile TEXT NOT NULL,
    PRIMARY KEY (handle, profile)
) WITHOUT ROWID;

-- Words of names, each once; what is left of each with characters taken out; who bears it.
CREATE TABLE search_words (
    word TEXT PRIMARY KEY
) WITHOUT ROWID;
CREATE TABLE search_deletions (
    deletion TEXT NOT NULL,
    word     TEXT NOT NULL,
    PRIMARY KEY (deletion, word)
) WITHOUT ROWID;
CREATE TABLE search_bearers (
    word    TEXT NOT NULL,
    profile TEXT NOT NULL,
    PRIMARY KEY (word, profile)
) WITHOUT ROWID;

-- The words of messages. Whose a message is stands in `messages` alone. Words that are deleted leave the pages of
-- the index at once, not only when it is next merged.
CREATE TABLE search_messages (
    n       INTEGER PRIMARY KEY,
    message TEXT NOT NULL UNIQUE,
    words   TEXT NOT NULL
);
CREATE VIRTUAL TABLE search_text USING fts5 (
    words, content = 'search_messages', content_rowid = 'n', detail = 'none', columnsize = 0,
    tokenize = 'unicode61 remove_diacritics 0'
);
INSERT INTO search_text (search_text, rank) VALUES ('secure-delete', 1);
CREATE TRIGGER search_messages_insert AFTER INSERT ON search_messages BEGIN
    INSERT INTO search_text (rowid, words) VALUES (new.n, new.words);
END;
CREATE TRIGGER search_messages_delete AFTER DELETE ON search_messages BEGIN
    INSERT INTO search_text (search_text, rowid, words) VALUES ('delete', old.n, old.words);
END;
CREATE TRIGGER search_messages_update AFTER UPDATE ON search_messages BEGIN
    INSERT INTO search_text (search_text, rowid, words) VALUES ('delete', old.n, old.words);
    INSERT INTO search_text (rowid, words) VALUES (new.n, new.words);
END;

-- An order by what people call it.
CREATE INDEX records_called ON records (lower(name)) WHERE kind = 'order';
