-- Entries of the audit, kept apart. They are few among many, and pages of them need an index of their own; pages of the
-- others pass them by.
ALTER TABLE logs ADD COLUMN audit BOOLEAN NOT NULL DEFAULT 0;

CREATE INDEX logs_audit_by_time ON logs (created_at, id) WHERE audit = 1;
