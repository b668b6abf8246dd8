-- A session is a family of refresh tokens. Only hashes are kept; `number` says which successor is the current one.
CREATE TABLE sessions (
    id            TEXT        PRIMARY KEY,
    user_id       TEXT        NOT NULL REFERENCES users (id),
    number        INTEGER     NOT NULL,
    current_hash  TEXT        NOT NULL,
    previous_hash TEXT,
    rotated_at    TEXT        NOT NULL,
    device        TEXT        NOT NULL,
    address       TEXT        NOT NULL,
    browser       BOOLEAN     NOT NULL,           -- the refresh token is a cookie
    created_at    TEXT        NOT NULL,
    last_seen_at  TEXT        NOT NULL,
    expires_at    TEXT        NOT NULL,
    ended_at      TEXT,
    ended_because TEXT
);
CREATE INDEX sessions_of_user ON sessions (user_id);
-- These, and their like below, are for who deletes what is over.
CREATE INDEX sessions_by_end ON sessions (ended_at) WHERE ended_at IS NOT NULL;
CREATE INDEX sessions_by_expiry ON sessions (expires_at);

-- Sessions that ended before their access tokens did: what the doors ask for every two seconds.
CREATE TABLE revocations (
    position   INTEGER     PRIMARY KEY AUTOINCREMENT,
    session_id TEXT        NOT NULL UNIQUE,
    until      TEXT        NOT NULL               -- no access token of it is accepted after this anyway
);
CREATE INDEX revocations_by_until ON revocations (until);

-- Failed sign-ins, by a keyed hash of account, address or both; never an e-mail.
CREATE TABLE sign_in_failures (
    subject TEXT        PRIMARY KEY,
    count   INTEGER     NOT NULL,
    last_at TEXT        NOT NULL,
    until   TEXT        NOT NULL                  -- no further try before this
);
CREATE INDEX sign_in_failures_by_last ON sign_in_failures (last_at);

-- Addresses from which an account was signed in to: strangers cannot hold those back.
CREATE TABLE known_addresses (
    user_id TEXT        NOT NULL REFERENCES users (id),
    address TEXT        NOT NULL,                 -- a keyed hash
    seen_at TEXT        NOT NULL,
    PRIMARY KEY (user_id, address)
);
CREATE INDEX known_addresses_by_seen ON known_addresses (seen_at);

-- Private keys of development installations that share one database; production is given its keys by the environment.
-- The row `refresh` is the secret that refresh tokens are made with.
CREATE TABLE signing_keys (
    id         TEXT        PRIMARY KEY,
    secret     TEXT        NOT NULL,
    created_at TEXT        NOT NULL
);

CREATE TABLE api_keys (
    id           TEXT        PRIMARY KEY,
    user_id      TEXT        NOT NULL REFERENCES users (id),
    name         TEXT        NOT NULL,
    secret_hash  TEXT        NOT NULL,
    roles        TEXT        NOT NULL,            -- words with a space between them; no wider than the owner's
    created_at   TEXT        NOT NULL,
    last_used_at TEXT,
    expires_at   TEXT,
    revoked_at   TEXT
);
CREATE INDEX api_keys_by_end ON api_keys (revoked_at) WHERE revoked_at IS NOT NULL;
CREATE INDEX api_keys_by_expiry ON api_keys (expires_at) WHERE expires_at IS NOT NULL;
CREATE INDEX api_keys_of_user ON api_keys (user_id);

-- Links by which a user whose password is lost sets a new one, handed over by an admin.
CREATE TABLE reset_links (
    token_hash TEXT        PRIMARY KEY,
    user_id    TEXT        NOT NULL REFERENCES users (id),
    made_by    TEXT        REFERENCES users (id), -- an admin; nobody where it was made on the command line
    created_at TEXT        NOT NULL,
    expires_at TEXT        NOT NULL,
    used_at    TEXT
);
CREATE INDEX reset_links_by_expiry ON reset_links (expires_at);
CREATE INDEX reset_links_of_user ON reset_links (user_id);
