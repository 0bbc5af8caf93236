-- Threads, participants, messages, receipts, identities. Times are epoch milliseconds.
-- What belongs to a thread is keyed by the thread's id first, so that a later database can spread threads over nodes.

CREATE TABLE setting (
    name  TEXT PRIMARY KEY,
    value TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE identity (
    raw_id         TEXT PRIMARY KEY,
    created_ms     INTEGER NOT NULL,
    deleted_ms     INTEGER,
    -- A token carries the revision it was issued under; revoking counts it up.
    token_revision INTEGER NOT NULL DEFAULT 0,
    -- People who sign in by name: the name as shown, and what it is compared by.
    display_name   TEXT,
    name_key       TEXT UNIQUE
) STRICT, WITHOUT ROWID;

CREATE TABLE thread (
    id              TEXT PRIMARY KEY,
    topic           TEXT NOT NULL,
    created_ms      INTEGER NOT NULL,
    created_by      TEXT NOT NULL REFERENCES identity (raw_id),
    metadata        TEXT NOT NULL,
    retention_days  INTEGER, -- NULL: nobody said; 0: without limit
    -- The greatest id or version, the greatest sequence number, and the newest message's id.
    last_stamp_ms   INTEGER NOT NULL,
    last_sequence   INTEGER NOT NULL,
    last_message_ms INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE participant (
    thread_id        TEXT NOT NULL REFERENCES thread (id) ON DELETE CASCADE,
    raw_id           TEXT NOT NULL REFERENCES identity (raw_id),
    -- The order of joining. Somebody who comes back comes last.
    position         INTEGER NOT NULL,
    display_name     TEXT,
    share_history_ms INTEGER NOT NULL,
    metadata         TEXT NOT NULL,
    -- Set once removed, with what their thread list goes on showing.
    removed_ms       INTEGER,
    left_topic       TEXT,
    left_message_ms  INTEGER,
    PRIMARY KEY (thread_id, raw_id)
) STRICT, WITHOUT ROWID;

CREATE INDEX participant_by_person ON participant (raw_id, thread_id);

CREATE TABLE message (
    thread_id           TEXT NOT NULL REFERENCES thread (id) ON DELETE CASCADE,
    id                  INTEGER NOT NULL, -- also the time of arrival
    sequence            INTEGER NOT NULL,
    version             INTEGER NOT NULL,
    kind                TEXT NOT NULL CHECK (kind IN ('text', 'html', 'system')),
    author              TEXT NOT NULL, -- the sender, or the initiator of a system message
    sender_display_name TEXT,
    content             TEXT NOT NULL, -- text, HTML, or a system event as JSON
    edited_ms           INTEGER,
    deleted_ms          INTEGER,
    metadata            TEXT NOT NULL,
    -- The sender's x-ms-client-request-id: a repetition finds the first message by it.
    request_id          TEXT
) STRICT;

CREATE UNIQUE INDEX message_by_id ON message (thread_id, id);
CREATE UNIQUE INDEX message_by_request ON message (thread_id, author, request_id) WHERE request_id IS NOT NULL;

-- Every place a message ever had in its thread's order of changes, and the sequence number that took it away.
-- So a walk over pages sees the thread as it was at its first page, whatever is edited meanwhile: the places with
-- sequence <= s whose replaced_by is NULL or > s are the messages in order as of sequence s, each exactly once.
CREATE TABLE place (
    thread_id   TEXT NOT NULL REFERENCES thread (id) ON DELETE CASCADE,
    sequence    INTEGER NOT NULL,
    message_id  INTEGER NOT NULL,
    replaced_by INTEGER,
    PRIMARY KEY (thread_id, sequence)
) STRICT, WITHOUT ROWID;

CREATE TABLE receipt (
    thread_id  TEXT NOT NULL REFERENCES thread (id) ON DELETE CASCADE,
    raw_id     TEXT NOT NULL REFERENCES identity (raw_id),
    position   INTEGER NOT NULL,
    message_id INTEGER NOT NULL,
    read_ms    INTEGER NOT NULL,
    PRIMARY KEY (thread_id, raw_id)
) STRICT, WITHOUT ROWID;

-- Answers to creations of threads, for repetitions.
CREATE TABLE creation (
    caller     TEXT NOT NULL,
    request_id TEXT NOT NULL,
    created_ms INTEGER NOT NULL,
    reply      TEXT NOT NULL,
    PRIMARY KEY (caller, request_id)
) STRICT, WITHOUT ROWID;

CREATE INDEX creation_by_age ON creation (created_ms);
