-- Webhooks: who is to be told, what happened, and what of that is still to be told to whom.

CREATE TABLE subscription (
    id         TEXT PRIMARY KEY,
    created_ms INTEGER NOT NULL,
    -- URL, schema, filters and secret, as JSON.
    terms      TEXT NOT NULL,
    -- The receiver asked for a pause until then.
    resume_ms  INTEGER NOT NULL DEFAULT 0
) STRICT, WITHOUT ROWID;

-- Kept as long as a delivery or a dead letter needs it.
CREATE TABLE happening (
    number INTEGER PRIMARY KEY,
    story  TEXT NOT NULL -- JSON; each event is made out of it when it is sent
) STRICT;

-- What waits to be sent, in order. One line stands for all events that a happening means to a subscription.
CREATE TABLE delivery (
    number          INTEGER PRIMARY KEY AUTOINCREMENT,
    subscription_id TEXT NOT NULL REFERENCES subscription (id) ON DELETE CASCADE,
    thread_id       TEXT NOT NULL,
    happening       INTEGER NOT NULL REFERENCES happening (number),
    -- The event that is next, and how many there are up to.
    part            INTEGER NOT NULL,
    parts           INTEGER NOT NULL,
    since_ms        INTEGER NOT NULL
) STRICT;

CREATE INDEX delivery_in_order ON delivery (subscription_id, thread_id, number);
CREATE INDEX delivery_by_happening ON delivery (happening);

-- The events of one thread go to one subscription one after the other: there is a lane for as long as some wait.
CREATE TABLE lane (
    subscription_id TEXT NOT NULL REFERENCES subscription (id) ON DELETE CASCADE,
    thread_id       TEXT NOT NULL,
    due_ms          INTEGER NOT NULL,
    -- How often the first of them was sent in vain.
    tries           INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (subscription_id, thread_id)
) STRICT, WITHOUT ROWID;

CREATE INDEX lane_by_time ON lane (subscription_id, due_ms);

-- What is not sent any more, unless it is replayed.
CREATE TABLE dead_letter (
    number          INTEGER PRIMARY KEY AUTOINCREMENT,
    subscription_id TEXT NOT NULL REFERENCES subscription (id) ON DELETE CASCADE,
    thread_id       TEXT NOT NULL,
    happening       INTEGER NOT NULL REFERENCES happening (number),
    part            INTEGER NOT NULL,
    parts           INTEGER NOT NULL,
    at_ms           INTEGER NOT NULL,
    tries           INTEGER NOT NULL,
    reason          TEXT NOT NULL
) STRICT;

CREATE INDEX dead_letter_by_subscription ON dead_letter (subscription_id, number);
CREATE INDEX dead_letter_by_happening ON dead_letter (happening);
