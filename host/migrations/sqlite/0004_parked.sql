-- Parked deliveries are held within limits and discarded with a reason; pollers keep their schedule.

-- Who gave a delivery up, when and why. The request itself is emptied then.
ALTER TABLE deliveries ADD COLUMN discarded_at INTEGER;
ALTER TABLE deliveries ADD COLUMN discarded_by TEXT;
ALTER TABLE deliveries ADD COLUMN discarded_why TEXT;

-- `attempts` counts runs of the plugin. What came while a connection was paused was never run.
UPDATE deliveries SET attempts = 0
WHERE state = 'parked' AND attempts = 1 AND error = 'the connection is paused';
CREATE INDEX deliveries_held ON deliveries (connection, n) WHERE state = 'parked' AND attempts = 0;

-- What is parked, oldest and newest first, over all connections.
CREATE INDEX deliveries_waiting ON deliveries (n) WHERE state = 'parked';

-- How much is parked, so that a limit costs one look.
CREATE TABLE parked (
    connection TEXT PRIMARY KEY,
    deliveries INTEGER NOT NULL,
    bytes      INTEGER NOT NULL
) WITHOUT ROWID;
INSERT INTO parked
SELECT connection, count(*), sum(length(body)) FROM deliveries WHERE state = 'parked' GROUP BY connection;

-- How a connection's polls went. No row: there was none yet.
CREATE TABLE polls (
    connection TEXT PRIMARY KEY,
    began_at   INTEGER NOT NULL,
    failures   INTEGER NOT NULL,
    retry_at   INTEGER,
    error      TEXT
) WITHOUT ROWID;
