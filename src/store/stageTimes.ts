import type { Days } from '../domain/trend.ts'
import type { Db } from './database.ts'
import { createMemory } from './memory.ts'
import { ALL_WORKFLOWS } from './trends.ts'

/** How long stages took, in the executions that were looked at. */
export interface SampledTimes {
  readonly executions: number
  /** How many there are in those days. */
  readonly of: number
  readonly lengths: ReadonlyMap<string, readonly number[]>
}

/** Executions to look at: a median of so many is off by a few hundredths, and reading them takes two milliseconds. */
const SAMPLED_MAX = 300

interface Bounds {
  readonly first: number | null
  readonly last: number | null
}

/**
 * How long stages took lately, from a bounded number of executions spread evenly over the days: counting every stage in
 * its turn would cost a history more than the stages themselves, for a number that is read now and then.
 */
export function createStageTimes(db: Db) {
  const { sqlite } = db
  const remembered = createMemory(db)
  // Ids count up with the days of their triggers, and numbers with the ids of their workflow.
  const ids = sqlite.query<Bounds, [string, string]>(
    `SELECT (SELECT id FROM executions WHERE day >= ?1 ORDER BY day, id LIMIT 1) AS first,
       (SELECT id FROM executions WHERE day <= ?2 ORDER BY day DESC, id DESC LIMIT 1) AS last`,
  )
  const numbers = sqlite.query<Bounds, [number, number, number]>(
    `SELECT (SELECT number FROM executions INDEXED BY executions_by_workflow
             WHERE workflow_id = ?1 AND id BETWEEN ?2 AND ?3 ORDER BY id LIMIT 1) AS first,
       (SELECT number FROM executions INDEXED BY executions_by_workflow
        WHERE workflow_id = ?1 AND id BETWEEN ?2 AND ?3 ORDER BY id DESC LIMIT 1) AS last`,
  )
  const times = (picked: string) =>
    sqlite.query<{ stage: string; ms: number }, [string, number]>(
      `SELECT s.id AS stage, s.finished_at - s.started_at AS ms
       FROM json_each(?1) picks CROSS JOIN executions e ON ${picked} CROSS JOIN stages s ON s.execution_id = e.id
       WHERE ?2 IN (${ALL_WORKFLOWS}, e.workflow_id) AND s.status = 'succeeded' AND s.started_at IS NOT NULL`,
    )
  const byId = times('e.id = picks.value')
  const byNumber = times('e.workflow_id = ?2 AND e.number = picks.value')

  function boundsOf(workflowId: number, { from, to }: Days): Bounds {
    const all = ids.get(from, to)
    if (all === null || workflowId === ALL_WORKFLOWS || all.first === null || all.last === null)
      return all ?? { first: null, last: null }
    return numbers.get(workflowId, all.first, all.last) ?? { first: null, last: null }
  }

  function read(workflowId: number, days: Days): SampledTimes {
    const { first, last } = boundsOf(workflowId, days)
    const of = first === null || last === null ? 0 : Math.max(0, last - first + 1)
    const picks = Array.from({ length: Math.min(of, SAMPLED_MAX) }, (_, index) =>
      Math.floor((first ?? 0) + (index * of) / Math.min(of, SAMPLED_MAX)),
    )
    const query = workflowId === ALL_WORKFLOWS ? byId : byNumber
    const lengths = new Map<string, number[]>()
    for (const { stage, ms } of query.all(JSON.stringify(picks), workflowId)) {
      const known = lengths.get(stage)
      if (known === undefined) lengths.set(stage, [Math.max(0, ms)])
      else known.push(Math.max(0, ms))
    }
    return { executions: picks.length, of, lengths }
  }

  return {
    /** Of one workflow's executions, or of all, that were triggered in those days. */
    between: (workflowId: number, days: Days): SampledTimes =>
      remembered(`${workflowId} ${days.from} ${days.to}`, () => read(workflowId, days)),
  }
}
