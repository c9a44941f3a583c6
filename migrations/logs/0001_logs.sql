CREATE TABLE meta (
  key TEXT PRIMARY KEY,
  value TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- One row a stage's log. `lines` is how many are committed; the next line's number is one more.
CREATE TABLE logs (
  id INTEGER PRIMARY KEY,
  execution_id INTEGER NOT NULL,
  stage INTEGER NOT NULL,
  lines INTEGER NOT NULL DEFAULT 0,
  -- Of text, before compression.
  bytes INTEGER NOT NULL DEFAULT 0,
  -- How many of both stand in full chunks; what follows are the small rows of the tail.
  merged_lines INTEGER NOT NULL DEFAULT 0,
  merged_bytes INTEGER NOT NULL DEFAULT 0,
  -- The engine's, at the start of the next line; committed together with the lines before it.
  cursor TEXT,
  sealed_at INTEGER,
  recompressed_at INTEGER,
  UNIQUE (execution_id, stage),
  CHECK (merged_lines <= lines AND merged_bytes <= bytes),
  CHECK (recompressed_at IS NULL OR sealed_at IS NOT NULL)
) STRICT;

CREATE INDEX logs_to_recompress ON logs (sealed_at) WHERE sealed_at IS NOT NULL AND recompressed_at IS NULL;

-- Lines first_line … first_line + lines - 1, as domain/transcript.ts packs them.
CREATE TABLE chunks (
  log_id INTEGER NOT NULL REFERENCES logs (id) ON DELETE CASCADE,
  first_line INTEGER NOT NULL CHECK (first_line > 0),
  lines INTEGER NOT NULL CHECK (lines > 0),
  bytes INTEGER NOT NULL,
  packed BLOB NOT NULL,
  PRIMARY KEY (log_id, first_line)
) STRICT;
