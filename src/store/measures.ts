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
  readonly workflowId: number
  readonly stage: string
  readonly count: number
}

/** 'YYYY-MM'. */
const MONTH_LETTERS = 7

function isMonth(period: string): 0 | 1 {
  return period.length === MONTH_LETTERS ? 1 : 0
}

/** Samples by workflow, day and month, in classes of length. They outlive the executions they were taken from. */
export function createMeasures({ sqlite }: Db) {
  const add = sqlite.query(
    `INSERT INTO measures (workflow_id, kind, monthly, period, subject, class_ms, count, sum_ms)
     VALUES (?, ?, ?, ?, ?, ?, 1, ?)
     ON CONFLICT DO UPDATE SET count = count + 1, sum_ms = sum_ms + excluded.sum_ms`,
  )
  const classes = sqlite.query<PeriodClass, [number, string, number, string, string, string]>(
    `SELECT period, class_ms AS classMs, count, sum_ms AS sumMs FROM measures
     WHERE workflow_id = ? AND kind = ? AND monthly = ? AND period BETWEEN ? AND ? AND subject = ?`,
  )
  const stages = sqlite.query<unknown, [number, string, number, string, string]>(
    `SELECT m.workflow_id, m.subject, m.count
     FROM workflows w CROSS JOIN measures m ON m.workflow_id = w.id
     WHERE ?1 IN (${ALL_WORKFLOWS}, w.id) AND m.kind = ?2 AND m.monthly = ?3 AND m.period BETWEEN ?4 AND ?5`,
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
          add.run(workflow, kind, isMonth(period), period, subject, classOf(length), length)
    },

    /** What was measured in each period, in classes; periods without a sample are left out. */
    classes: (workflowId: number, kind: MeasureKind, subject: string, { from, to }: Span): PeriodClass[] =>
      classes.all(workflowId, kind, isMonth(from), from, to, subject),

    /** How often each stage failed, or was flaky. Of one workflow, or of all. */
    stages: (workflowId: number, kind: 'failed-stage' | 'flaky-stage', { from, to }: Span): StageCount[] =>
      summed(stages.values(workflowId, kind, isMonth(from), from, to)),

    /** A workflow's deployment to an environment failed; what failed before it lasts on. */
    beginOutage: (workflowId: number, environment: string, at: number): void =>
      void beginOutage.run(workflowId, environment, at),

    /** A deployment succeeded: since when none had, or null where the one before succeeded, too. */
    endOutage: (workflowId: number, environment: string): number | null =>
      endOutage.get(workflowId, environment)?.since ?? null,
  }
}

/** Rows of workflow, stage and count, a workflow's together. Sorting them in SQL would take twice as long. */
function summed(rows: readonly (readonly unknown[])[]): StageCount[] {
  const counts = new Map<string, StageCount>()
  for (const [id, name, times] of rows) {
    const [workflowId, stage, count] = [Number(id), String(name), Number(times)]
    const key = `${workflowId} ${stage}`
    counts.set(key, { workflowId, stage, count: count + (counts.get(key)?.count ?? 0) })
  }
  return [...counts.values()]
}
