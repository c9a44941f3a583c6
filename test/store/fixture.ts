import { NO_ARGO_SETTINGS, type Workflow } from '../../src/domain/definition.ts'
import { isFinal, type Status } from '../../src/domain/status.ts'
import { openStore, type Store } from '../../src/store/store.ts'
import { executions } from '../../src/store/tables.ts'

/** A store in memory, or in a directory. */
export function openTestStore(dir = ':memory:'): Store {
  return openStore({ dir, now: () => 1, id: () => 'instance' })
}

/** A workflow of that name; what it says does not matter to the store. */
export function saveWorkflow(store: Store, slug: string, text = `name: ${slug}`): number {
  const definition: Workflow = {
    name: slug,
    engine: null,
    source: { git: '' } as unknown as Workflow['source'],
    concurrency: null,
    timeoutMs: null,
    variables: {},
    argo: NO_ARGO_SETTINGS,
    tools: { 'pre-build': [], 'post-build': [], 'post-push': [], 'post-deploy': [] },
    build: null,
    push: null,
    deploy: [],
  }
  return store.workflows.save({ slug, text, definition, by: 'alice', now: 1 }).workflowId
}

export type NewExecution = Partial<typeof executions.$inferInsert> & { workflowId: number; status: Status }

/** An execution as it might stand there, counted like the ledger counts it; its id. */
export function addExecution(
  store: Store,
  wanted: NewExecution,
  environments: readonly string[] = [],
): number {
  return store.transaction(() => {
    const number = store.workflows.nextNumber(wanted.workflowId)
    const day = wanted.day ?? '2026-01-01'
    const row = store.state.orm
      .insert(executions)
      .values({
        uid: `${wanted.workflowId}X${number}`.padStart(26, '0'),
        number,
        version: 1,
        trigger: 'manual',
        triggeredBy: 'alice',
        triggeredAt: Date.parse(day),
        day,
        engine: 'local',
        strip: '---------',
        finishedAt: isFinal(wanted.status) ? 1 : null,
        ...wanted,
      })
      .returning({ id: executions.id })
      .get()
    for (const [index, environment] of environments.entries()) addSegment(store, row.id, index, environment)
    store.trends.count(wanted.workflowId, day, null, wanted.status)
    return row.id
  })
}

function addSegment(store: Store, executionId: number, number: number, environment: string): void {
  store.state.sqlite
    .query(
      "INSERT INTO segments (execution_id, number, handle, engine, environment, state) VALUES (?, ?, ?, 'local', ?, 'waiting')",
    )
    .run(executionId, number, `p-${executionId}-${number}`, environment)
}
