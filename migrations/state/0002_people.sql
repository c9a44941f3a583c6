-- Somebody who has left keeps the name, so that the history goes on saying who it was, and can do nothing any more.
ALTER TABLE users ADD COLUMN deactivated_at INTEGER;

-- The most a token may do, whatever its owner may; NULL is as much as the owner.
ALTER TABLE tokens ADD COLUMN role TEXT CHECK (role IN ('viewer', 'executor', 'editor', 'admin'));

-- Which browser, and from where: by these a person knows a session of theirs from a stranger's.
ALTER TABLE sessions ADD COLUMN agent TEXT NOT NULL DEFAULT '';
ALTER TABLE sessions ADD COLUMN address TEXT NOT NULL DEFAULT '';

CREATE INDEX sessions_by_user ON sessions (user_id);

-- What repositories ask for before they are read.
CREATE TABLE credentials (
  name TEXT PRIMARY KEY,
  kind TEXT NOT NULL CHECK (kind IN ('https', 'ssh')),
  sealed BLOB NOT NULL,
  updated_at INTEGER NOT NULL,
  updated_by TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- Each filter of the audit log is one range of one index, newest last.
CREATE INDEX audit_by_actor ON audit (actor);
CREATE INDEX audit_by_action ON audit (action);
CREATE INDEX audit_by_time ON audit (at);

-- What stands where is asked by workflow, too.
CREATE TABLE deployments_of_workflows (
  id INTEGER PRIMARY KEY,
  environment TEXT NOT NULL,
  workflow_id INTEGER NOT NULL REFERENCES workflows (id),
  execution_id INTEGER NOT NULL REFERENCES executions (id) ON DELETE CASCADE,
  sha TEXT,
  triggered_at INTEGER NOT NULL,
  deployed_at INTEGER NOT NULL,
  deployed_by TEXT NOT NULL,
  UNIQUE (environment, execution_id)
) STRICT;

INSERT INTO deployments_of_workflows
SELECT d.id, d.environment, e.workflow_id, d.execution_id, d.sha, d.triggered_at, d.deployed_at, d.deployed_by
FROM deployments d
JOIN executions e ON e.id = d.execution_id;

DROP TABLE deployments;
ALTER TABLE deployments_of_workflows RENAME TO deployments;

-- Their ids are the order in which they were done.
CREATE INDEX deployments_of_environment ON deployments (environment);
CREATE INDEX deployments_of_workflow ON deployments (environment, workflow_id);
CREATE INDEX deployments_newer ON deployments (environment, workflow_id, execution_id);
CREATE INDEX deployments_by_execution ON deployments (execution_id);
