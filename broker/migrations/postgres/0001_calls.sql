-- Calls that are kept: those under an Idempotency-Key, and those that are answered later. Times are set by the broker,
-- not by the database.
CREATE TABLE calls (
    id          TEXT PRIMARY KEY,        -- random: where nobody is signed in, whoever knows it may ask
    effect_id   TEXT UNIQUE,             -- made of row, caller and Idempotency-Key; none without a key
    route       TEXT NOT NULL,           -- the row of the table by its name, and by its host where it has one
    host        TEXT,
    owner       TEXT,                    -- the subject that alone may ask; none where the row needs nobody
    caller      TEXT,                    -- JSON: who called, as it was let in; only of calls answered later
    fingerprint TEXT NOT NULL,           -- HMAC-SHA256 of row and argument
    argument    BYTEA,                   -- JSON, only of calls answered later, until they end
    later       BOOLEAN NOT NULL,        -- whether it is answered later
    state       TEXT NOT NULL,           -- queued, running, done, failed, cancelled; open: a repetition calls again
    attempts    BIGINT NOT NULL,         -- tries that count
    tries       BIGINT NOT NULL,         -- all tries
    due_at      TIMESTAMPTZ,             -- queued: when it is tried next; running: when its lease ends
    lease       TEXT,                    -- whoever wrote this last may write what came of it
    status      BIGINT,                  -- of the answer
    body        BYTEA,                   -- of the answer, JSON
    error       TEXT,                    -- the problem that it ended with, JSON
    accepted_at TIMESTAMPTZ NOT NULL,
    started_at  TIMESTAMPTZ,
    finished_at TIMESTAMPTZ,
    expires_at  TIMESTAMPTZ NOT NULL     -- from then on nobody asks for it any more
);
CREATE INDEX calls_due ON calls (due_at) WHERE later AND state IN ('queued', 'running');
CREATE INDEX calls_expired ON calls (expires_at);

-- What belongs to this installation: the key of its fingerprints.
CREATE TABLE installation (
    name  TEXT PRIMARY KEY,
    value TEXT NOT NULL
);
