-- Who caused an event, as JSON. Behind the body, but nothing ever reads it without the body.
ALTER TABLE messages ADD COLUMN identity TEXT;
