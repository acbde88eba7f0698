-- Messages are wide rows with keys that no order can be seen in. In a table that is its own index (WITHOUT ROWID)
-- hardly more than six of them fit a page of any level, so that with millions each one more was written to a page
-- of its own, found through eight others. They stand in the order in which they came, beside an index of their ids.
DROP INDEX messages_conversation;
ALTER TABLE messages RENAME TO messages_before;
CREATE TABLE messages (
    id      TEXT PRIMARY KEY NOT NULL,
    profile TEXT,
    at      INTEGER,
    state   TEXT NOT NULL
);
INSERT INTO messages SELECT id, profile, at, state FROM messages_before ORDER BY at, id;
DROP TABLE messages_before;
-- Found by their person also where nobody asks for those only that are shown.
CREATE INDEX messages_conversation ON messages (profile, at, id) WHERE profile IS NOT NULL;
