-- The embedded queue. Every bound queue has its own copy of a message; dead letters are messages in `dead.<service>`.

CREATE TABLE queues (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    service TEXT NOT NULL
);

CREATE TABLE bindings (
    queue INTEGER NOT NULL REFERENCES queues,
    pattern TEXT NOT NULL,
    PRIMARY KEY (queue, pattern)
) WITHOUT ROWID;

CREATE TABLE messages (
    -- Never used twice, so that a late acknowledgement cannot hit somebody else.
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    queue INTEGER NOT NULL REFERENCES queues,
    -- Milliseconds since 1970 before which nobody gets it; 0 for at once, whatever the clock says.
    due INTEGER NOT NULL DEFAULT 0,
    attempt INTEGER NOT NULL DEFAULT 1,
    -- Times it was in hand since its last counted outcome.
    deliveries INTEGER NOT NULL DEFAULT 0,
    -- Whether it ever was in hand.
    handed INTEGER NOT NULL DEFAULT 0,
    event TEXT NOT NULL,
    kind TEXT NOT NULL,
    source TEXT NOT NULL,
    subject TEXT,
    time INTEGER NOT NULL,
    trace TEXT NOT NULL,
    dead_reason TEXT,
    dead_queue TEXT,
    dead_attempts INTEGER,
    -- Last: a large one spills to other pages, and nothing behind it should have to be looked for there.
    body BLOB NOT NULL
);

CREATE INDEX messages_by_queue ON messages (queue, due);
