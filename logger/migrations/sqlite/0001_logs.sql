-- The activity log. Times are milliseconds since 1970, hash is what tells the same entry from another with its id.
CREATE TABLE logs (
    seq        INTEGER PRIMARY KEY,
    id         TEXT    NOT NULL UNIQUE,
    name       TEXT    NOT NULL,
    level      TEXT    NOT NULL,
    data       TEXT    NOT NULL,
    created_at INTEGER NOT NULL,
    stored_at  INTEGER NOT NULL,
    hash       BLOB    NOT NULL
);

-- Each one ends in the order of the pages: newest first, ids breaking the tie.
CREATE INDEX logs_by_time  ON logs (created_at, id);
CREATE INDEX logs_by_name  ON logs (name, created_at, id);
CREATE INDEX logs_by_level ON logs (level, created_at, id);
