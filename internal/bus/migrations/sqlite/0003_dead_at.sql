-- When a dead letter was given up, in milliseconds since 1970; missing on what died before this was noted.
ALTER TABLE messages ADD COLUMN dead_at INTEGER;
