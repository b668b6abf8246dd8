-- How an entry came, by a call or by a queue; null where that was not noted yet.
ALTER TABLE logs ADD COLUMN via TEXT;
