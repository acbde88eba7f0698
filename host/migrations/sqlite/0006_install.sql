-- What lies in the plugins' folder is compared with what lay there, and a roll-back is remembered.

-- The plugins' files as they were last looked at, by the name of the file; `hash` is empty for one that
-- cannot be used. What differs from this was changed by hand.
CREATE TABLE plugin_files (
    file    TEXT PRIMARY KEY,
    plugin  TEXT NOT NULL,
    version TEXT NOT NULL,
    hash    TEXT NOT NULL
) WITHOUT ROWID;

-- Whether a roll-back chose the version that serves. No such version is rolled back by itself again.
ALTER TABLE plugins ADD COLUMN rolled_back INTEGER NOT NULL DEFAULT 0;

-- How many bytes the bodies of deliveries have that are not parked, so that a limit costs one look. The
-- database keeps it itself, whoever changes a delivery.
CREATE TABLE kept (bytes INTEGER NOT NULL);
INSERT INTO kept SELECT ifnull(sum(length(body)), 0) FROM deliveries WHERE state <> 'parked';
CREATE TRIGGER kept_insert AFTER INSERT ON deliveries WHEN new.state <> 'parked' BEGIN
    UPDATE kept SET bytes = bytes + length(new.body);
END;
CREATE TRIGGER kept_update AFTER UPDATE OF state, body ON deliveries BEGIN
    UPDATE kept SET bytes = bytes
        - iif(old.state = 'parked', 0, length(old.body)) + iif(new.state = 'parked', 0, length(new.body));
END;
CREATE TRIGGER kept_delete AFTER DELETE ON deliveries WHEN old.state <> 'parked' BEGIN
    UPDATE kept SET bytes = bytes - length(old.body);
END;
