-- What an account is. Times are set by the service, not by the database.
CREATE TABLE users (
    id            TEXT        PRIMARY KEY,
    email         TEXT        NOT NULL,
    email_key     TEXT        UNIQUE,             -- the e-mail without its case: what users are found by; none once deleted
    search_text   TEXT        NOT NULL DEFAULT '', -- names and e-mail without their case: what admins look for
    first_name    TEXT        NOT NULL,
    last_name     TEXT        NOT NULL,
    role          TEXT        NOT NULL DEFAULT 'user',
    password_hash TEXT        NOT NULL,
    active        BOOLEAN     NOT NULL DEFAULT TRUE,
    created_at    TIMESTAMPTZ NOT NULL,
    updated_at    TIMESTAMPTZ NOT NULL,
    deleted_at    TIMESTAMPTZ
);

CREATE TABLE addresses (
    id          TEXT        PRIMARY KEY,
    user_id     TEXT        NOT NULL REFERENCES users (id),
    name        TEXT        NOT NULL,             -- whom to hand it to
    street      TEXT        NOT NULL,
    city        TEXT        NOT NULL,
    postal_code TEXT        NOT NULL,
    country     TEXT        NOT NULL,             -- ISO 3166-1 alpha-2
    created_at  TIMESTAMPTZ NOT NULL
);
CREATE INDEX addresses_of_user ON addresses (user_id);
