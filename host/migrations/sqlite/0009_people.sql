-- Leave to be contacted, given or withdrawn: a row for every event that says so, so that the whole history of it
-- can be shown and goes with the event when people are joined or parted.
CREATE TABLE consents (
    event       TEXT PRIMARY KEY,
    profile     TEXT NOT NULL,
    channel     TEXT NOT NULL,
    purpose     TEXT NOT NULL,
    granted     INTEGER NOT NULL,
    at          INTEGER NOT NULL,
    connection  TEXT NOT NULL,
    proof       TEXT,
    recorded_by TEXT
) WITHOUT ROWID;
CREATE INDEX consents_profile ON consents (profile);
INSERT INTO consents SELECT id, profile, lower(trim(json_extract(said, '$.body.consent.channel'))),
    lower(trim(json_extract(said, '$.body.consent.purpose'))), json_extract(said, '$.body.consent.granted'),
    occurred_at, connection, json_extract(said, '$.body.consent.proof'), NULL
    FROM events WHERE kind = 'consent' AND profile IS NOT NULL;

-- Where a value stood among those that the event which said it last states, from 0.
ALTER TABLE attributes ADD COLUMN last_place INTEGER NOT NULL DEFAULT 0;

-- Phones and mail addresses are attributes, too, from now on, with who says so: everybody is folded anew from the log
-- when the database is opened.
INSERT INTO meta VALUES ('fold-anew', 1) ON CONFLICT DO NOTHING;

-- What a message is for, which decides what the person must have agreed to.
ALTER TABLE outbox ADD COLUMN purpose TEXT NOT NULL DEFAULT 'service';
