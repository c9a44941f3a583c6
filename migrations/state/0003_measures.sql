-- What analytics know beside the counters by status: how long things took, and how often. Every sample stands four
-- times, under its workflow and under 0 for all, on its execution's trigger day and in that day's month.
-- Lengths are kept in classes that share their four leading bits: `class_ms` is the least length of one, `sum_ms` the
-- sum of those in it. Measures outlive the executions they were taken from.
CREATE TABLE measures (
  workflow_id INTEGER NOT NULL,
  kind TEXT NOT NULL CHECK (kind IN (
    'duration', 'queue', 'gate', 'deployment', 'failed-deployment', 'restoration', 'failed-stage', 'flaky-stage'
  )),
  monthly INTEGER NOT NULL CHECK (monthly IN (0, 1)),
  -- 'YYYY-MM-DD', or 'YYYY-MM' of a month.
  period TEXT NOT NULL CHECK (length(period) = iif(monthly, 7, 10)),
  -- The environment or the stage it speaks of; '' for the execution itself.
  subject TEXT NOT NULL,
  class_ms INTEGER NOT NULL CHECK (class_ms >= 0),
  count INTEGER NOT NULL CHECK (count > 0),
  sum_ms INTEGER NOT NULL CHECK (sum_ms >= count * class_ms),
  PRIMARY KEY (workflow_id, kind, monthly, period, subject, class_ms)
) STRICT, WITHOUT ROWID;

-- Since when a workflow's deployments to an environment fail: from the first that did to the next that succeeds.
CREATE TABLE outages (
  workflow_id INTEGER NOT NULL,
  environment TEXT NOT NULL,
  since INTEGER NOT NULL,
  PRIMARY KEY (workflow_id, environment)
) STRICT, WITHOUT ROWID;

-- What follows says what all measures must come to, and measures the history that is there; tests ask it again.

-- Deployments to environments and attempts at them that failed, told apart by `island`: one ends with each success.
CREATE TEMP VIEW deployment_outcomes AS
WITH failures AS (
  SELECT e.workflow_id, e.day, e.id AS execution_id, s.environment, s.ended_at AS at, s.ended_at - s.started_at AS ms
  FROM executions e
  JOIN segments s ON s.execution_id = e.id AND s.number = e.at_segment
  WHERE e.status IN ('failed', 'error')
    AND s.environment IS NOT NULL
    AND s.started_at IS NOT NULL
    AND NOT EXISTS (SELECT 1 FROM deployments d WHERE d.environment = s.environment AND d.execution_id = e.id)
),
outcomes AS (
  SELECT workflow_id, day, execution_id, environment, at, ms, 0 AS succeeded
  FROM failures
  UNION ALL
  SELECT e.workflow_id, e.day, e.id, d.environment, d.deployed_at, d.deployed_at - d.triggered_at, 1
  FROM deployments d
  JOIN executions e ON e.id = d.execution_id
)
SELECT *, count(*) FILTER (WHERE succeeded) OVER (
  PARTITION BY workflow_id, environment
  ORDER BY at, execution_id
  ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
) AS island
FROM outcomes;

-- All that measures count, as it follows from the rows: the ledger adds each sample in the transaction of its event.
CREATE TEMP VIEW samples (workflow_id, day, kind, subject, ms) AS
SELECT workflow_id, day, 'duration', '', ran_ms
FROM executions
WHERE status = 'succeeded'
UNION ALL
SELECT e.workflow_id, e.day, 'queue', '', max(0, s.started_at - s.queued_at)
FROM segments s
JOIN executions e ON e.id = s.execution_id
WHERE s.started_at IS NOT NULL AND s.queued_at IS NOT NULL
UNION ALL
SELECT e.workflow_id, e.day, 'gate', '', max(0, g.closed_at - g.asked_at)
FROM gates g
JOIN executions e ON e.id = g.execution_id
WHERE g.state IN ('passed', 'rejected')
UNION ALL
SELECT workflow_id, day, iif(succeeded, 'deployment', 'failed-deployment'), environment, max(0, ms)
FROM deployment_outcomes
UNION ALL
SELECT workflow_id, max(day) FILTER (WHERE succeeded), 'restoration', environment,
  max(0, max(at) FILTER (WHERE succeeded) - min(at) FILTER (WHERE NOT succeeded))
FROM deployment_outcomes
GROUP BY workflow_id, environment, island
HAVING max(succeeded) = 1 AND min(succeeded) = 0
UNION ALL
SELECT e.workflow_id, e.day, 'failed-stage', s.id, 0
FROM stages s
JOIN executions e ON e.id = s.execution_id
WHERE s.status = 'failed'
UNION ALL
-- A failure is flaky once a later execution passes the same stage on the same commit, or a later attempt does.
SELECT e.workflow_id, e.day, 'flaky-stage', s.id, 0
FROM stages s
JOIN executions e ON e.id = s.execution_id
WHERE s.phase <> 'validation' AND (
  s.status = 'succeeded' AND s.attempt > 1
  OR s.status = 'failed' AND EXISTS (
    SELECT 1
    FROM executions later
    JOIN stages passed ON passed.execution_id = later.id AND passed.id = s.id
    WHERE later.sha = e.sha
      AND later.workflow_id = e.workflow_id
      AND later.id > e.id
      AND passed.status = 'succeeded'
  )
);

-- Straight into the table, sample by sample: sorting millions would need their memory.
-- A class is as wide as two to the number of doublings that lie between its lengths and 16.
WITH classed AS (
  SELECT *, ms - ms % (1 << (
    (ms >= 0x10) + (ms >= 0x20) + (ms >= 0x40) + (ms >= 0x80)
    + (ms >= 0x100) + (ms >= 0x200) + (ms >= 0x400) + (ms >= 0x800)
    + (ms >= 0x1000) + (ms >= 0x2000) + (ms >= 0x4000) + (ms >= 0x8000)
    + (ms >= 0x10000) + (ms >= 0x20000) + (ms >= 0x40000) + (ms >= 0x80000)
    + (ms >= 0x100000) + (ms >= 0x200000) + (ms >= 0x400000) + (ms >= 0x800000)
    + (ms >= 0x1000000) + (ms >= 0x2000000) + (ms >= 0x4000000) + (ms >= 0x8000000)
    + (ms >= 0x10000000) + (ms >= 0x20000000) + (ms >= 0x40000000) + (ms >= 0x80000000)
    + (ms >= 0x100000000) + (ms >= 0x200000000) + (ms >= 0x400000000) + (ms >= 0x800000000)
    + (ms >= 0x1000000000) + (ms >= 0x2000000000) + (ms >= 0x4000000000) + (ms >= 0x8000000000)
    + (ms >= 0x10000000000)
  )) AS class_ms
  FROM samples
)
INSERT INTO measures (workflow_id, kind, monthly, period, subject, class_ms, count, sum_ms)
SELECT iif(everybody, 0, workflow_id), kind, monthly, iif(monthly, substr(day, 1, 7), day), subject, class_ms, 1, ms
FROM classed
CROSS JOIN (SELECT 0 AS everybody UNION ALL SELECT 1)
CROSS JOIN (SELECT 0 AS monthly UNION ALL SELECT 1)
WHERE TRUE
ON CONFLICT DO UPDATE SET count = count + 1, sum_ms = sum_ms + excluded.sum_ms;

INSERT INTO outages (workflow_id, environment, since)
SELECT workflow_id, environment, min(at)
FROM deployment_outcomes
GROUP BY workflow_id, environment, island
HAVING max(succeeded) = 0;

-- They would stand in the way of every later migration that makes one of their tables anew.
DROP VIEW samples;
DROP VIEW deployment_outcomes;
