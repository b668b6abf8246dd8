-- Events that wait in the transaction of what they tell of, and what was done already under which id.

CREATE TABLE bus_outbox (
    number BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    event TEXT NOT NULL,
    kind TEXT NOT NULL,
    source TEXT NOT NULL,
    subject TEXT,
    time TIMESTAMPTZ NOT NULL,
    trace TEXT NOT NULL,
    -- JSON.
    identity TEXT,
    -- Milliseconds since 1970 before which it is not tried; 0 for at once, whatever the clock says.
    again_at BIGINT NOT NULL DEFAULT 0,
    body BYTEA NOT NULL,
    -- At most one of these: confirmed; taken by no queue when it was last tried; impossible to publish.
    sent_at TIMESTAMPTZ,
    unrouted_at TIMESTAMPTZ,
    refused_at TIMESTAMPTZ,
    refused_because TEXT
);

CREATE INDEX bus_outbox_due ON bus_outbox (again_at, number) WHERE sent_at IS NULL AND refused_at IS NULL;
CREATE INDEX bus_outbox_sent ON bus_outbox (sent_at) WHERE sent_at IS NOT NULL;
CREATE INDEX bus_outbox_unrouted ON bus_outbox (unrouted_at) WHERE unrouted_at IS NOT NULL;
CREATE INDEX bus_outbox_refused ON bus_outbox (refused_at) WHERE refused_at IS NOT NULL;

CREATE TABLE bus_dedupe (
    consumer TEXT NOT NULL,
    id TEXT NOT NULL,
    -- A keyed HMAC of the content, in hexadecimal.
    fingerprint TEXT NOT NULL,
    -- JSON.
    reply TEXT,
    begun_at TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (consumer, id)
);

CREATE INDEX bus_dedupe_begun ON bus_dedupe (begun_at);
