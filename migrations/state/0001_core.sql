-- Times are whole milliseconds since 1970, UTC. Ids of executions count up in the order of their triggers.

CREATE TABLE meta (
  key TEXT PRIMARY KEY,
  value TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE users (
  id INTEGER PRIMARY KEY,
  name TEXT NOT NULL UNIQUE,
  role TEXT NOT NULL CHECK (role IN ('viewer', 'executor', 'editor', 'admin')),
  password_hash TEXT,
  created_at INTEGER NOT NULL
) STRICT;

CREATE TABLE sign_in_links (
  hash TEXT PRIMARY KEY,
  -- NULL is the setup link, which makes the first admin.
  user_id INTEGER REFERENCES users (id) ON DELETE CASCADE,
  created_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL,
  used_at INTEGER
) STRICT, WITHOUT ROWID;

CREATE TABLE sessions (
  hash TEXT PRIMARY KEY,
  user_id INTEGER NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  csrf TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  seen_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE tokens (
  id INTEGER PRIMARY KEY,
  user_id INTEGER NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  name TEXT NOT NULL,
  hash TEXT NOT NULL UNIQUE,
  created_at INTEGER NOT NULL,
  expires_at INTEGER,
  used_at INTEGER,
  UNIQUE (user_id, name)
) STRICT;

-- Slugs are never reused: a removed workflow keeps its row.
CREATE TABLE workflows (
  id INTEGER PRIMARY KEY CHECK (id > 0),
  slug TEXT NOT NULL UNIQUE CHECK (length(slug) BETWEEN 1 AND 40 AND slug NOT GLOB '*[^a-z0-9-]*' AND slug <> 'new'),
  version INTEGER NOT NULL CHECK (version > 0),
  executions INTEGER NOT NULL DEFAULT 0 CHECK (executions >= 0),
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL
) STRICT;

CREATE TABLE versions (
  workflow_id INTEGER NOT NULL REFERENCES workflows (id),
  number INTEGER NOT NULL CHECK (number > 0),
  text TEXT NOT NULL,
  definition TEXT NOT NULL CHECK (json_valid(definition)),
  created_at INTEGER NOT NULL,
  created_by TEXT NOT NULL,
  PRIMARY KEY (workflow_id, number)
) STRICT, WITHOUT ROWID;

CREATE TRIGGER versions_are_immutable
BEFORE UPDATE ON versions
BEGIN
  SELECT RAISE(ABORT, 'a version is never changed');
END;

CREATE TABLE environments (
  id INTEGER PRIMARY KEY,
  slug TEXT NOT NULL UNIQUE CHECK (length(slug) BETWEEN 1 AND 40 AND slug NOT GLOB '*[^a-z0-9-]*' AND slug <> 'new'),
  active INTEGER NOT NULL CHECK (active IN (0, 1)),
  text TEXT NOT NULL,
  definition TEXT NOT NULL CHECK (json_valid(definition)),
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
  updated_by TEXT NOT NULL
) STRICT;

CREATE TABLE secrets (
  name TEXT PRIMARY KEY,
  sealed BLOB NOT NULL,
  updated_at INTEGER NOT NULL,
  updated_by TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- Equal plans are stored once: a workflow that runs a thousand times has a handful of them.
CREATE TABLE plans (
  hash TEXT PRIMARY KEY,
  plan TEXT NOT NULL CHECK (json_valid(plan))
) STRICT;

CREATE TABLE executions (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  uid TEXT NOT NULL UNIQUE CHECK (length(uid) = 26),
  workflow_id INTEGER NOT NULL REFERENCES workflows (id),
  number INTEGER NOT NULL CHECK (number > 0),
  version INTEGER NOT NULL,
  status TEXT NOT NULL CHECK (status IN (
    'pending', 'running', 'deployment-pending', 'approval-pending', 'terminating', 'termination-failed',
    'succeeded', 'failed', 'error', 'approval-rejected', 'terminated'
  )),
  -- Why it ended, or why its termination failed.
  reason TEXT,
  -- Why it waits, as an engine or a preparation says it; a wait for a slot is read from the queue instead.
  waits TEXT,
  trigger TEXT NOT NULL CHECK (trigger IN ('manual', 'api', 'rerun', 'push', 'tag', 'pull-request', 'schedule')),
  triggered_by TEXT NOT NULL,
  triggered_at INTEGER NOT NULL,
  -- The day of the trigger in the instance's time zone, 'YYYY-MM-DD': where the counters count it.
  day TEXT NOT NULL CHECK (length(day) = 10),
  branch TEXT,
  tag TEXT,
  sha TEXT CHECK (sha IS NULL OR length(sha) IN (40, 64)),
  title TEXT,
  author TEXT,
  engine TEXT NOT NULL CHECK (engine IN ('local', 'argo')),
  plan_hash TEXT REFERENCES plans (hash),
  at_segment INTEGER NOT NULL DEFAULT 0 CHECK (at_segment >= 0),
  -- Nine characters, one a phase, so that a list need not read the stages (domain/strip.ts).
  strip TEXT NOT NULL CHECK (length(strip) = 9),
  concurrency_group TEXT,
  concurrency_limit INTEGER CHECK (concurrency_limit > 0),
  -- Whether it holds a slot of its group: from its first submit to a gate or its end.
  holds_slot INTEGER NOT NULL DEFAULT 0 CHECK (holds_slot IN (0, 1)),
  timeout_ms INTEGER CHECK (timeout_ms > 0),
  -- Running time used up by segments that have ended, and when the present one uses up the rest.
  ran_ms INTEGER NOT NULL DEFAULT 0,
  deadline_at INTEGER,
  timed_out INTEGER NOT NULL DEFAULT 0 CHECK (timed_out IN (0, 1)),
  started_at INTEGER,
  finished_at INTEGER,
  rerun_of INTEGER REFERENCES executions (id) ON DELETE SET NULL,
  UNIQUE (workflow_id, number),
  CHECK ((finished_at IS NOT NULL) = (status IN ('succeeded', 'failed', 'error', 'approval-rejected', 'terminated'))),
  FOREIGN KEY (workflow_id, version) REFERENCES versions (workflow_id, number)
) STRICT;

-- Every index ends in the rowid, which is the order of the list: a filter, or a pair of them, is one range of one index.
-- Those that pair the status hold final executions only: the others are few, and their transitions write less.
CREATE INDEX executions_by_status ON executions (status);
CREATE INDEX executions_by_workflow ON executions (workflow_id);
CREATE INDEX executions_by_branch ON executions (branch);
CREATE INDEX executions_by_trigger ON executions (trigger);
CREATE INDEX executions_by_person ON executions (triggered_by);
CREATE INDEX executions_by_day ON executions (day);
CREATE INDEX executions_by_sha ON executions (sha) WHERE sha IS NOT NULL;
CREATE INDEX executions_by_status_workflow ON executions (status, workflow_id) WHERE finished_at IS NOT NULL;
CREATE INDEX executions_by_status_branch ON executions (status, branch) WHERE finished_at IS NOT NULL;
CREATE INDEX executions_by_status_trigger ON executions (status, trigger) WHERE finished_at IS NOT NULL;
CREATE INDEX executions_by_status_person ON executions (status, triggered_by) WHERE finished_at IS NOT NULL;
CREATE INDEX executions_by_workflow_branch ON executions (workflow_id, branch);
CREATE INDEX executions_by_workflow_trigger ON executions (workflow_id, trigger);
CREATE INDEX executions_by_workflow_person ON executions (workflow_id, triggered_by);
CREATE INDEX executions_by_branch_trigger ON executions (branch, trigger);
CREATE INDEX executions_by_branch_person ON executions (branch, triggered_by);
CREATE INDEX executions_by_trigger_person ON executions (trigger, triggered_by);
CREATE INDEX executions_by_group ON executions (concurrency_group) WHERE holds_slot = 1;
CREATE INDEX executions_by_deadline ON executions (deadline_at) WHERE deadline_at IS NOT NULL;
CREATE INDEX executions_by_rerun ON executions (rerun_of) WHERE rerun_of IS NOT NULL;

-- Words of titles, for the text filter; three letters at least.
CREATE VIRTUAL TABLE titles USING fts5 (
  title, content = 'executions', content_rowid = 'id', tokenize = 'trigram', columnsize = 0
);

CREATE TRIGGER titles_after_insert
AFTER INSERT ON executions
WHEN NEW.title IS NOT NULL
BEGIN
  INSERT INTO titles (rowid, title) VALUES (NEW.id, NEW.title);
END;

CREATE TRIGGER titles_after_update
AFTER UPDATE OF title ON executions
WHEN OLD.title IS NOT NEW.title
BEGIN
  INSERT INTO titles (titles, rowid, title) SELECT 'delete', OLD.id, OLD.title WHERE OLD.title IS NOT NULL;
  INSERT INTO titles (rowid, title) SELECT NEW.id, NEW.title WHERE NEW.title IS NOT NULL;
END;

CREATE TRIGGER titles_after_delete
AFTER DELETE ON executions
WHEN OLD.title IS NOT NULL
BEGIN
  INSERT INTO titles (titles, rowid, title) VALUES ('delete', OLD.id, OLD.title);
END;

CREATE TABLE stages (
  execution_id INTEGER NOT NULL REFERENCES executions (id) ON DELETE CASCADE,
  ordinal INTEGER NOT NULL CHECK (ordinal >= 0),
  id TEXT NOT NULL,
  phase TEXT NOT NULL,
  segment INTEGER,
  environment TEXT,
  status TEXT NOT NULL CHECK (status IN (
    'waiting', 'pending', 'running', 'succeeded', 'failed', 'error', 'skipped', 'terminated'
  )),
  reason TEXT,
  exit_code INTEGER,
  attempt INTEGER NOT NULL DEFAULT 1,
  started_at INTEGER,
  finished_at INTEGER,
  outputs TEXT CHECK (outputs IS NULL OR json_valid(outputs)),
  PRIMARY KEY (execution_id, ordinal),
  UNIQUE (execution_id, id),
  CHECK ((finished_at IS NOT NULL) = (status IN ('succeeded', 'failed', 'error', 'skipped', 'terminated')))
) STRICT, WITHOUT ROWID;

CREATE TABLE segments (
  execution_id INTEGER NOT NULL REFERENCES executions (id) ON DELETE CASCADE,
  number INTEGER NOT NULL CHECK (number >= 0),
  handle TEXT NOT NULL UNIQUE,
  engine TEXT NOT NULL,
  environment TEXT,
  -- waiting: not reached · queued: waits for its slots · open: has its slots, its submit is due or done · ended.
  state TEXT NOT NULL CHECK (state IN ('waiting', 'queued', 'open', 'ended')),
  queued_at INTEGER,
  -- Set before the first attempt to submit, in a commit of its own: from then on an engine may know it.
  attempted_at INTEGER,
  started_at INTEGER,
  ended_at INTEGER,
  released_at INTEGER,
  PRIMARY KEY (execution_id, number),
  CHECK ((ended_at IS NOT NULL) = (state = 'ended'))
) STRICT, WITHOUT ROWID;

CREATE INDEX segments_open ON segments (engine, environment) WHERE state = 'open';
CREATE INDEX segments_by_environment ON segments (environment, execution_id) WHERE environment IS NOT NULL;
CREATE INDEX segments_queued ON segments (queued_at) WHERE state = 'queued';

CREATE TABLE gates (
  execution_id INTEGER NOT NULL REFERENCES executions (id) ON DELETE CASCADE,
  environment TEXT NOT NULL,
  segment INTEGER NOT NULL,
  rule TEXT NOT NULL CHECK (json_valid(rule)),
  state TEXT NOT NULL CHECK (state IN ('open', 'passed', 'rejected', 'expired', 'terminated')),
  asked_at INTEGER NOT NULL,
  expires_at INTEGER,
  closed_at INTEGER,
  PRIMARY KEY (execution_id, environment),
  CHECK ((closed_at IS NULL) = (state = 'open'))
) STRICT, WITHOUT ROWID;

CREATE INDEX gates_open ON gates (asked_at) WHERE state = 'open';
CREATE INDEX gates_expiring ON gates (expires_at) WHERE state = 'open' AND expires_at IS NOT NULL;

CREATE TABLE decisions (
  execution_id INTEGER NOT NULL,
  environment TEXT NOT NULL,
  person TEXT NOT NULL,
  verdict TEXT NOT NULL CHECK (verdict IN ('approved', 'rejected', 'triggered')),
  comment TEXT,
  at INTEGER NOT NULL,
  PRIMARY KEY (execution_id, environment, person),
  FOREIGN KEY (execution_id, environment) REFERENCES gates (execution_id, environment) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;

-- What happened, in the order it was committed. The number is the id of a server-sent event.
CREATE TABLE events (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  execution_id INTEGER NOT NULL REFERENCES executions (id) ON DELETE CASCADE,
  at INTEGER NOT NULL,
  type TEXT NOT NULL,
  actor_kind TEXT NOT NULL CHECK (actor_kind IN ('person', 'engine', 'system')),
  actor TEXT NOT NULL,
  from_status TEXT,
  to_status TEXT,
  stage TEXT,
  reason TEXT,
  detail TEXT CHECK (detail IS NULL OR json_valid(detail))
) STRICT;

CREATE INDEX events_by_execution ON events (execution_id);

CREATE TABLE effects (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  execution_id INTEGER NOT NULL REFERENCES executions (id) ON DELETE CASCADE,
  kind TEXT NOT NULL CHECK (kind IN ('prepare', 'submit', 'terminate', 'release')),
  segment INTEGER,
  -- queued: a submit that waits for its slots · due: to be performed from due_at on · done · dropped: overtaken.
  state TEXT NOT NULL CHECK (state IN ('queued', 'due', 'done', 'dropped')),
  due_at INTEGER NOT NULL,
  attempts INTEGER NOT NULL DEFAULT 0,
  error TEXT,
  created_at INTEGER NOT NULL,
  done_at INTEGER,
  CHECK ((done_at IS NOT NULL) = (state IN ('done', 'dropped'))),
  CHECK ((kind = 'prepare') = (segment IS NULL))
) STRICT;

CREATE INDEX effects_due ON effects (due_at) WHERE state = 'due';
CREATE INDEX effects_queued ON effects (id) WHERE state = 'queued';
CREATE INDEX effects_by_execution ON effects (execution_id);

-- Executions by the day of their trigger under their present status; workflow 0 is all workflows, day 'all' all days.
-- `removed` is what retention took: analytics count it, totals of the list do not.
CREATE TABLE counters (
  workflow_id INTEGER NOT NULL,
  day TEXT NOT NULL CHECK (day = 'all' OR length(day) = 10),
  status TEXT NOT NULL,
  count INTEGER NOT NULL CHECK (count >= 0),
  removed INTEGER NOT NULL DEFAULT 0 CHECK (removed BETWEEN 0 AND count),
  PRIMARY KEY (workflow_id, day, status)
) STRICT, WITHOUT ROWID;

CREATE TABLE deployments (
  id INTEGER PRIMARY KEY,
  environment TEXT NOT NULL,
  execution_id INTEGER NOT NULL REFERENCES executions (id) ON DELETE CASCADE,
  sha TEXT,
  triggered_at INTEGER NOT NULL,
  deployed_at INTEGER NOT NULL,
  deployed_by TEXT NOT NULL,
  UNIQUE (environment, execution_id)
) STRICT;

CREATE INDEX deployments_latest ON deployments (environment, deployed_at);
CREATE INDEX deployments_by_execution ON deployments (execution_id);

-- Secret values an execution ran with, sealed, for masking until its logs are sealed.
CREATE TABLE pins (
  execution_id INTEGER PRIMARY KEY REFERENCES executions (id) ON DELETE CASCADE,
  sealed BLOB NOT NULL
) STRICT;

CREATE TABLE audit (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  at INTEGER NOT NULL,
  actor TEXT NOT NULL,
  action TEXT NOT NULL,
  subject TEXT NOT NULL,
  outcome TEXT NOT NULL CHECK (outcome IN ('done', 'refused')),
  detail TEXT
) STRICT;

CREATE INDEX audit_by_subject ON audit (subject);

CREATE TABLE idempotency (
  actor TEXT NOT NULL,
  key TEXT NOT NULL,
  request TEXT NOT NULL,
  status INTEGER NOT NULL,
  response TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  PRIMARY KEY (actor, key)
) STRICT, WITHOUT ROWID;
