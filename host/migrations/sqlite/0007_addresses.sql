-- Where a connection's phone numbers are dialled when they say no country: ISO 3166-1 alpha-2.
ALTER TABLE connections ADD COLUMN region TEXT;

-- How a connection writes a name that is compared in another form: what is sent to over that connection.
CREATE TABLE addresses (
    connection TEXT NOT NULL,
    namespace  TEXT NOT NULL,
    value      TEXT NOT NULL,
    address    TEXT NOT NULL,
    PRIMARY KEY (connection, namespace, value)
) WITHOUT ROWID;
