import type { Status } from '../domain/status.ts'
import type { Db } from './database.ts'

/** How many executions triggered in a period (a day, or a month) stand in a status. */
export interface TrendPoint {
  /** 'YYYY-MM-DD' or 'YYYY-MM'. */
  readonly period: string
  readonly status: Status
  readonly count: number
}

/** The workflow id under which all workflows are counted together. */
export const ALL_WORKFLOWS = 0
/** The day under which all days are counted together, for the list's totals. */
const ALL_DAYS = 'all'
/** Before and after every day, and before 'all'. */
const FIRST_DAY = '0000-01-01'
const LAST_DAY = '9999-12-31'

export type Trends = ReturnType<typeof createTrends>

/** Counters of executions by workflow, trigger day and present status. They outlive the executions themselves. */
export function createTrends({ sqlite }: Db) {
  const add = sqlite.query(
    `INSERT INTO counters (workflow_id, day, status, count) VALUES (?, ?, ?, 1)
    ON CONFLICT DO UPDATE SET count = count + 1`,
  )
  const take = sqlite.query(
    'UPDATE counters SET count = count - 1 WHERE workflow_id = ? AND day = ? AND status = ?',
  )
  const retire = sqlite.query(
    'UPDATE counters SET removed = removed + 1 WHERE workflow_id = ? AND day = ? AND status = ?',
  )
  const byDay = sqlite.query<TrendPoint, [number, string, string]>(
    `SELECT day AS period, status, count FROM counters
    WHERE workflow_id = ? AND day BETWEEN ? AND ? AND count > 0
    ORDER BY day, status`,
  )
  const byMonth = sqlite.query<TrendPoint, [number, string, string]>(
    `SELECT substr(day, 1, 7) AS period, status, sum(count) AS count FROM counters
    WHERE workflow_id = ? AND day BETWEEN ? || '-01' AND ? || '-31' AND count > 0
    GROUP BY substr(day, 1, 7), status
    ORDER BY 1, 2`,
  )

  const totals = sqlite.query<{ status: Status; count: number }, [number, string, string]>(
    `SELECT status, sum(count - removed) AS count FROM counters
    WHERE workflow_id = ? AND day BETWEEN ? AND ?
    GROUP BY status`,
  )

  function everywhere(statement: typeof add, workflowId: number, day: string, status: Status): void {
    for (const workflow of [workflowId, ALL_WORKFLOWS]) {
      for (const when of [day, ALL_DAYS]) {
        const { changes } = statement.run(workflow, when, status)
        if (changes === 0)
          throw new Error(`Workflow ${workflow} has no ${status} execution of ${when} to count away.`)
      }
    }
  }

  return {
    /** Counts an execution under `to`, and no longer under `from`; in the caller's transaction. Null is a new one. */
    count(workflowId: number, day: string, from: Status | null, to: Status): void {
      if (from === to) return
      if (from !== null) everywhere(take, workflowId, day, from)
      everywhere(add, workflowId, day, to)
    },

    /** Retention took an execution: analytics keep counting it, totals of the list do not. */
    remove(workflowId: number, day: string, status: Status): void {
      everywhere(retire, workflowId, day, status)
    },

    /** How many executions there still are by status; null is an open end. */
    totals(workflowId: number, from: string | null, to: string | null): ReadonlyMap<Status, number> {
      const rows =
        from === null && to === null
          ? totals.all(workflowId, ALL_DAYS, ALL_DAYS)
          : totals.all(workflowId, from ?? FIRST_DAY, to ?? LAST_DAY)
      return new Map(rows.map((row) => [row.status, row.count]))
    },

    /** From one day to another, both included; 'YYYY-MM-DD'. Days and statuses without executions are left out. */
    days(workflowId: number, from: string, to: string): TrendPoint[] {
      return byDay.all(workflowId, from, to)
    },

    /** From one month to another, both included; 'YYYY-MM'. */
    months(workflowId: number, from: string, to: string): TrendPoint[] {
      return byMonth.all(workflowId, from, to)
    },
  }
}
