-- The environment that a redeploy goes to, and to no other.
ALTER TABLE executions ADD COLUMN redeploys TEXT;

-- The execution that ran this commit first: by it a deployment is older or newer than another, whoever deployed it again.
ALTER TABLE deployments ADD COLUMN origin INTEGER NOT NULL DEFAULT 0;

-- The image that was deployed, where one was built: its name, and its digest.
ALTER TABLE deployments ADD COLUMN image TEXT;
ALTER TABLE deployments ADD COLUMN digest TEXT;

UPDATE deployments
SET origin = coalesce(
  (
    SELECT min(e.id)
    FROM executions own
    JOIN executions e ON e.sha = own.sha AND e.workflow_id = own.workflow_id AND (own.branch IS NULL OR e.branch = own.branch)
    WHERE own.id = deployments.execution_id
  ),
  execution_id
);

-- “Newer” is by origin from now on.
DROP INDEX deployments_newer;
CREATE INDEX deployments_newer ON deployments (environment, workflow_id, origin);
