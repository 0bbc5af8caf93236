-- What the operator sees of the past, and is told of.

-- A minute in which something happened. Kept for a day.
CREATE TABLE minute (
    at_ms   INTEGER PRIMARY KEY,
    figures TEXT NOT NULL -- JSON
) STRICT;

-- A day, in UTC, in which something happened. Kept for thirty.
CREATE TABLE day (
    at_ms    INTEGER PRIMARY KEY,
    messages INTEGER NOT NULL,
    requests INTEGER NOT NULL,
    errors   INTEGER NOT NULL
) STRICT;

CREATE TABLE alert (
    id         TEXT PRIMARY KEY,
    created_ms INTEGER NOT NULL,
    terms      TEXT NOT NULL -- JSON
) STRICT, WITHOUT ROWID;
