-- What stands in meta is text, whichever engine keeps it.
UPDATE meta SET value = lower(hex(value)) WHERE name = 'id-key';
UPDATE meta SET value = CAST(value AS TEXT) WHERE typeof(value) = 'integer';
