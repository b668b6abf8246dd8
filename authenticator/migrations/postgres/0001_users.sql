CREATE TABLE users (
    id            uuid        PRIMARY KEY,
    email         text        NOT NULL,
    email_key     text        NOT NULL UNIQUE,  -- the e-mail in lower case: what users are found by
    first_name    text        NOT NULL,
    last_name     text        NOT NULL,
    role          text        NOT NULL DEFAULT 'user',
    password_hash text        NOT NULL,
    active        boolean     NOT NULL DEFAULT true,
    created_at    timestamptz NOT NULL,
    updated_at    timestamptz NOT NULL
);
