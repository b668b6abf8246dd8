-- What is old is found by when it was stored, each kind by itself: the one may be kept for ever where the other is not.
CREATE INDEX logs_by_age       ON logs (stored_at) WHERE audit = 0;
CREATE INDEX logs_audit_by_age ON logs (stored_at) WHERE audit = 1;
