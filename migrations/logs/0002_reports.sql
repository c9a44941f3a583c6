-- What became of each report that a stage was to leave.
CREATE TABLE reports (
  id INTEGER PRIMARY KEY,
  execution_id INTEGER NOT NULL,
  -- Executions of one workflow and branch are compared.
  workflow_id INTEGER NOT NULL,
  branch TEXT,
  stage INTEGER NOT NULL,
  name TEXT NOT NULL,
  path TEXT NOT NULL,
  format TEXT NOT NULL,
  -- `kept` is to be read yet; `read` and `wrong` are told once `told` says so.
  state TEXT NOT NULL CHECK (state IN ('kept', 'read', 'wrong')),
  told INTEGER NOT NULL DEFAULT 0 CHECK (told IN (0, 1)),
  -- Why it could not be kept, or cannot be read.
  problem TEXT,
  kept_at INTEGER NOT NULL,
  -- Of the document as it is kept; NULL where there is none.
  bytes INTEGER,
  hash TEXT,
  -- How often somebody began to read it: what ends a server each time must not do so for ever.
  attempts INTEGER NOT NULL DEFAULT 0,
  -- The report that this one was compared with.
  base_id INTEGER REFERENCES reports (id) ON DELETE SET NULL,
  -- What it says beside its findings and tests, and how many of those there are.
  summary TEXT,
  UNIQUE (execution_id, name),
  CHECK ((bytes IS NULL) = (hash IS NULL)),
  CHECK (state <> 'kept' OR bytes IS NOT NULL),
  CHECK ((state = 'wrong') = (problem IS NOT NULL)),
  CHECK ((state = 'read') = (summary IS NOT NULL))
) STRICT;

CREATE INDEX reports_by_name ON reports (workflow_id, name, execution_id);
CREATE INDEX reports_to_read ON reports (id) WHERE told = 0;

-- The documents, masked, apart from what is looked at more often.
CREATE TABLE documents (
  report_id INTEGER PRIMARY KEY REFERENCES reports (id) ON DELETE CASCADE,
  packed BLOB NOT NULL
) STRICT;

CREATE TABLE findings (
  report_id INTEGER NOT NULL REFERENCES reports (id) ON DELETE CASCADE,
  -- 0 is critical, 4 is info.
  severity INTEGER NOT NULL CHECK (severity BETWEEN 0 AND 4),
  number INTEGER NOT NULL,
  fingerprint TEXT NOT NULL,
  standing TEXT NOT NULL CHECK (standing IN ('new', 'known', 'fixed')),
  -- The first execution of the branch that had it without a break.
  since INTEGER NOT NULL,
  rule TEXT NOT NULL,
  message TEXT NOT NULL,
  file TEXT,
  line INTEGER,
  package TEXT,
  version TEXT,
  fixed_in TEXT,
  link TEXT,
  PRIMARY KEY (report_id, severity, number)
) STRICT, WITHOUT ROWID;

CREATE INDEX findings_by_fingerprint ON findings (fingerprint, report_id);

CREATE TABLE tests (
  report_id INTEGER NOT NULL REFERENCES reports (id) ON DELETE CASCADE,
  -- 0 failed, 1 could not be run, 2 skipped, 3 passed.
  outcome INTEGER NOT NULL CHECK (outcome BETWEEN 0 AND 3),
  number INTEGER NOT NULL,
  suite TEXT NOT NULL,
  name TEXT NOT NULL,
  file TEXT,
  duration_ms REAL,
  retried INTEGER NOT NULL CHECK (retried IN (0, 1)),
  message TEXT,
  -- Failed now and not in the base, failed in both, or mended since.
  standing TEXT CHECK (standing IN ('new', 'known', 'fixed')),
  PRIMARY KEY (report_id, outcome, number)
) STRICT, WITHOUT ROWID;

CREATE INDEX tests_by_name ON tests (name, suite, report_id);
