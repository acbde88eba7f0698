-- Leave to be contacted, given or withdrawn: a row for every event that says so, so that the whole history of it
-- can be shown and goes with the event when people are joined or parted.
CREATE TABLE consents (
    event       TEXT COLLATE "C" PRIMARY KEY,
    profile     TEXT COLLATE "C" NOT NULL,
    channel     TEXT COLLATE "C" NOT NULL,
    purpose     TEXT COLLATE "C" NOT NULL,
    granted     BIGINT NOT NULL,
    at          BIGINT NOT NULL,
    connection  TEXT COLLATE "C" NOT NULL,
    proof       TEXT COLLATE "C",
    recorded_by TEXT COLLATE "C"
);
CREATE INDEX consents_profile ON consents (profile);

-- Where a value stood among those that the event which said it last states, from 0.
ALTER TABLE attributes ADD COLUMN last_place BIGINT NOT NULL DEFAULT 0;

-- What a message is for, which decides what the person must have agreed to.
ALTER TABLE outbox ADD COLUMN purpose TEXT COLLATE "C" NOT NULL DEFAULT 'service';
