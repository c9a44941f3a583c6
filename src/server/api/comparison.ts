import type { ComparisonWire } from '../../contract/schemas.ts'
import type { ExecutionRow } from '../../store/tables.ts'
import type { Handlers } from '../api.ts'
import { comparison } from '../comparison.ts'
import type { ServerDeps } from '../context.ts'
import { findExecution } from '../lookup.ts'
import { executionWire, time } from '../wire.ts'

/** What differs between two executions. */
export function comparisonHandlers(deps: ServerDeps): Pick<Handlers, 'compareExecutions'> {
  return {
    compareExecutions: ({ params, query }) =>
      comparisonWire(deps, findExecution(deps.store, params.id), query.with ?? null),
  }
}

function comparisonWire(deps: ServerDeps, row: ExecutionRow, other: string | null): ComparisonWire {
  const { store } = deps
  const found = comparison(store, row, other)
  const stage = (one: (typeof found.stages)[number]['before']) =>
    one === null ? null : { status: one.status, ms: one.ms, takenFrom: one.takenFrom }
  const deployed = (one: { readonly at: number; readonly by: string } | null) =>
    one === null ? null : { at: time(one.at), by: one.by }
  return {
    before: executionWire(deps, found.before),
    after: executionWire(deps, found.after),
    pace: found.pace,
    definition: found.definition.map(({ was, is, text }) => ({ was, is, text })),
    commits: found.commits.map(({ sha, title, author, execution }) => ({
      ...{ sha, title, author },
      execution: store.executions.displayId(execution.id),
    })),
    stages: found.stages.map(({ id, phase, pace, before, after }) => ({
      ...{ id, phase, pace },
      ...{ before: stage(before), after: stage(after) },
    })),
    outputs: found.outputs.map(({ name, before, after }) => ({ name, before, after })),
    environments: found.environments.map(({ name, before, after }) => ({
      ...{ name, before: deployed(before), after: deployed(after) },
    })),
  }
}
