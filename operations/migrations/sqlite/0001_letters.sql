-- Dead letters and what is done with them. Times are set by the service, not by the database.
CREATE TABLE letters (
    id          TEXT PRIMARY KEY,        -- UUIDv7: the order of ids is that of arrival
    event_id    TEXT NOT NULL,           -- made of the content where the message has none
    content     TEXT NOT NULL,           -- hash of kind and body: another content under the same id is a letter of its own
    queue       TEXT NOT NULL,           -- the work queue that gave it up, and that a replay goes to
    service     TEXT NOT NULL,           -- whose queue that is
    kind        TEXT NOT NULL,
    source      TEXT NOT NULL,
    subject     TEXT,
    time        TEXT NOT NULL,           -- of the event
    accepted_at TEXT NOT NULL,           -- from then on its id may have had an effect
    trace       TEXT NOT NULL,
    identity    TEXT,                    -- JSON: who caused it
    attempts    INTEGER NOT NULL,
    reason      TEXT NOT NULL,
    cause       TEXT NOT NULL,           -- the reason without ids, numbers and quoted values: what is grouped by
    readable    BOOLEAN NOT NULL,        -- whether it can be replayed as it is
    died_at     TEXT NOT NULL,
    deaths      INTEGER NOT NULL,
    state       TEXT NOT NULL,           -- dead, replaying, replayed, discarded, replaced
    operation   TEXT,                    -- which one replays it; of a dead one: which one may have sent it
    replaces    TEXT,                    -- the letter that this one is an edited copy of
    replaced_by TEXT,
    changed_at  TEXT NOT NULL,           -- when it came to its state
    search_text TEXT NOT NULL,           -- lowercase: what is searched
    body        BLOB NOT NULL,
    UNIQUE (event_id, queue, content)
);
CREATE INDEX letters_state ON letters (state, id);
-- Without the kind: that of what is no event may be longer than an index takes.
CREATE INDEX letters_alike ON letters (state, queue, cause);
CREATE INDEX letters_replaying ON letters (operation) WHERE state = 'replaying';

-- What is done with many letters, in the background, by whichever instance holds the lease.
CREATE TABLE operations (
    id         TEXT PRIMARY KEY,
    kind       TEXT NOT NULL,            -- replay, discard, purge
    state      TEXT NOT NULL,            -- running, done, stopped, failed
    who        TEXT NOT NULL,            -- the subject that asked for it
    rate       INTEGER,                  -- letters a second, at most
    force      BOOLEAN NOT NULL,
    total      INTEGER NOT NULL,
    done       INTEGER NOT NULL,
    failed     INTEGER NOT NULL,
    skipped    INTEGER NOT NULL,
    error      TEXT,
    created_at TEXT NOT NULL,
    started_at TEXT,
    ended_at   TEXT,
    lease      TEXT,                     -- whoever wrote this last works on it
    due_at     TEXT                      -- when its lease ends
);
CREATE INDEX operations_running ON operations (created_at) WHERE state = 'running';

-- The letters of an operation, fixed when it is made.
CREATE TABLE operation_letters (
    operation TEXT NOT NULL REFERENCES operations ON DELETE CASCADE,
    number    INTEGER NOT NULL,
    letter    TEXT NOT NULL,
    state     TEXT NOT NULL,             -- waiting, done, failed, skipped
    detail    TEXT,                      -- why it failed or was skipped
    PRIMARY KEY (operation, number)
);
CREATE INDEX operation_letters_waiting ON operation_letters (operation, number) WHERE state = 'waiting';
CREATE INDEX operation_letters_told ON operation_letters (operation, number) WHERE detail IS NOT NULL;

-- Whose dead letters are drained: everybody who was ever heard to consume.
CREATE TABLE drained (
    service  TEXT PRIMARY KEY,
    since    TEXT NOT NULL
);
