-- What its reports say in short, as JSON; NULL where it has none that was read.
ALTER TABLE executions ADD COLUMN reports TEXT;

-- Findings of a workflow that somebody has decided not to be told of.
CREATE TABLE ignores (
  workflow_id INTEGER NOT NULL REFERENCES workflows (id),
  fingerprint TEXT NOT NULL,
  -- What it was when it was ignored, for whoever looks through the list.
  rule TEXT NOT NULL,
  place TEXT,
  reason TEXT NOT NULL CHECK (length(reason) > 0),
  -- NULL is never.
  expires_at INTEGER,
  ignored_at INTEGER NOT NULL,
  ignored_by TEXT NOT NULL,
  PRIMARY KEY (workflow_id, fingerprint)
) STRICT, WITHOUT ROWID;
