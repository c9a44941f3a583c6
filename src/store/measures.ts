import { classOf, type LengthClass, type MeasureKind, type Sample } from '../domain/measure.ts'
import type { Db } from './database.ts'
import { ALL_WORKFLOWS } from './trends.ts'

/** Whose a sample is, and when: an execution counts on its trigger day. */
export interface Owner {
  readonly workflowId: number
  readonly day: string
}

/** Days ('YYYY-MM-DD') or months ('YYYY-MM'), from one to another, both included. */
export interface Span {
  readonly from: string
  readonly to: string
}

export type PeriodClass = LengthClass & { readonly period: string }

/** How often something was counted of a stage. */
export interface StageCount {
  readonly workflow: string
  readonly stage: string
  readonly count: number
}

/** 'YYYY-MM' of a day. */
const MONTH_LETTERS = 7

/** Samples by workflow, day and month, in classes of length. They outlive the executions they were taken from. */
export function createMeasures({ sqlite }: Db) {
  const add = sqlite.query(
    `INSERT INTO measures (workflow_id, kind, period, subject, class_ms, count, sum_ms) VALUES (?, ?, ?, ?, ?, 1, ?)
     ON CONFLICT DO UPDATE SET count = count + 1, sum_ms = sum_ms + excluded.sum_ms`,
  )
  // Months sort among the days; the length of a period tells them apart.
  const classes = sqlite.query<PeriodClass, [number, string, string, string, string]>(
    `SELECT period, class_ms AS classMs, count, sum_ms AS sumMs FROM measures
     WHERE workflow_id = ?1 AND kind = ?2 AND subject = ?3
       AND period BETWEEN ?4 AND ?5 AND length(period) = length(?4)`,
  )
  const stages = sqlite.query<StageCount, [number, string, string, string]>(
    `SELECT w.slug AS workflow, m.subject AS stage, sum(m.count) AS count
     FROM workflows w CROSS JOIN measures m ON m.workflow_id = w.id
     WHERE ?1 IN (${ALL_WORKFLOWS}, w.id) AND m.kind = ?2
       AND m.period BETWEEN ?3 AND ?4 AND length(m.period) = length(?3)
     GROUP BY m.workflow_id, m.subject
     ORDER BY count DESC, workflow, stage`,
  )
  const beginOutage = sqlite.query(
    'INSERT INTO outages (workflow_id, environment, since) VALUES (?, ?, ?) ON CONFLICT DO NOTHING',
  )
  const endOutage = sqlite.query<{ since: number }, [number, string]>(
    'DELETE FROM outages WHERE workflow_id = ? AND environment = ? RETURNING since',
  )

  return {
    /** Counts a sample, in the caller's transaction. */
    add({ workflowId, day }: Owner, { kind, subject, ms }: Sample): void {
      const length = Math.max(0, ms)
      for (const workflow of [workflowId, ALL_WORKFLOWS])
        for (const period of [day, day.slice(0, MONTH_LETTERS)])
          add.run(workflow, kind, period, subject, classOf(length), length)
    },

    /** What was measured in each period, in classes; periods without a sample are left out. */
    classes: (workflowId: number, kind: MeasureKind, subject: string, { from, to }: Span): PeriodClass[] =>
      classes.all(workflowId, kind, subject, from, to),

    /** How often each stage failed, or was flaky: the most often first. Of one workflow, or of all. */
    stages: (workflowId: number, kind: 'failed-stage' | 'flaky-stage', { from, to }: Span): StageCount[] =>
      stages.all(workflowId, kind, from, to),

    /** A workflow's deployment to an environment failed; what failed before it lasts on. */
    beginOutage: (workflowId: number, environment: string, at: number): void =>
      void beginOutage.run(workflowId, environment, at),

    /** A deployment succeeded: since when none had, or null where the one before succeeded, too. */
    endOutage: (workflowId: number, environment: string): number | null =>
      endOutage.get(workflowId, environment)?.since ?? null,
  }
}
