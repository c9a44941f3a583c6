import { STATE_MIGRATIONS } from '../../migrations/index.ts'
import { classOf } from '../../src/domain/measure.ts'
import type { Store } from '../../src/store/store.ts'

interface Sample {
  readonly workflowId: number
  readonly day: string
  readonly kind: string
  readonly subject: string
  readonly ms: number
}

/**
 * The migration that measured what was there already says what a sample is; here it is asked again. What a re-run takes
 * over, which there was not then, was measured where it was run.
 */
const VIEWS = [
  'CREATE TEMP VIEW stages AS SELECT * FROM main.stages WHERE taken_from IS NULL',
  ...(STATE_MIGRATIONS.find(({ name }) => name === 'measures')?.sql.match(/CREATE TEMP VIEW[^;]*;/g) ?? []),
]

function asked<Row>({ state }: Store, sql: string): Row[] {
  for (const view of VIEWS) state.sqlite.run(view)
  try {
    return state.sqlite.query<Row, []>(sql).all()
  } finally {
    for (const name of ['samples', 'deployment_outcomes', 'stages'])
      state.sqlite.run(`DROP VIEW temp.${name}`)
  }
}

/** What the measures should be: every sample that follows from the rows, counted anew. */
export function recounted(store: Store): string[] {
  return measuresOf(asked(store, 'SELECT workflow_id AS workflowId, day, kind, subject, ms FROM samples'))
}

/** What samples come to: a line for each measure, sorted. */
export function measuresOf(samples: readonly Sample[]): string[] {
  const counts = new Map<string, { count: number; sumMs: number }>()
  for (const { workflowId, day, kind, subject, ms } of samples)
    for (const workflow of [workflowId, 0])
      for (const period of [day, day.slice(0, 7)]) {
        const key = `${workflow} ${kind} ${period} ${subject} ${classOf(ms)}`
        const { count, sumMs } = counts.get(key) ?? { count: 0, sumMs: 0 }
        counts.set(key, { count: count + 1, sumMs: sumMs + ms })
      }
  return [...counts].map(([key, { count, sumMs }]) => `${key}: ${count}, ${sumMs} ms`).sort()
}

/** The measures as they stand, in the same form. */
export function measured({ state }: Store): string[] {
  return state.sqlite
    .query<{ line: string }, []>(
      `SELECT workflow_id || ' ' || kind || ' ' || period || ' ' || subject || ' ' || class_ms
         || ': ' || count || ', ' || sum_ms || ' ms' AS line
       FROM measures`,
    )
    .all()
    .map(({ line }) => line)
    .sort()
}

/** Outages that last, as they follow from the rows and as they stand. */
export function outages(store: Store): { readonly recounted: object[]; readonly kept: object[] } {
  return {
    recounted: asked(
      store,
      `SELECT workflow_id AS workflowId, environment, min(at) AS since FROM deployment_outcomes
       GROUP BY workflow_id, environment, island HAVING max(succeeded) = 0 ORDER BY 1, 2`,
    ),
    kept: store.state.sqlite
      .query<object, []>('SELECT workflow_id AS workflowId, environment, since FROM outages ORDER BY 1, 2')
      .all(),
  }
}
