import { Fault } from '../domain/fault.ts'
import { didYouMean } from '../domain/nearest.ts'
import type { StoredEnvironment } from '../store/environments.ts'
import type { Store } from '../store/store.ts'
import type { ExecutionRow, StageRow, WorkflowRow } from '../store/tables.ts'
import type { Version } from '../store/workflows.ts'

const UID = /^[0-9A-HJKMNP-TV-Z]{26}$/i
const DISPLAY_ID = /^([a-z0-9-]{1,40})-([1-9]\d{0,9})$/
const SHOWN_CHARS_MAX = 60

/** An execution by what people call it, `storefront-12`, or by its uid. */
export function findExecution(store: Store, id: string): ExecutionRow {
  const [, slug, number] = DISPLAY_ID.exec(id) ?? []
  const workflow = slug === undefined ? null : store.workflows.bySlug(slug)
  const row =
    workflow !== null
      ? store.executions.byNumber(workflow.id, Number(number))
      : UID.test(id)
        ? store.executions.byUid(id.toUpperCase())
        : null
  if (row !== null) return row
  const hint =
    workflow === null ? 'An id looks like storefront-12.' : `${slug} has had ${workflow.executions}.`
  throw new Fault('not_found', `There is no execution ${id.slice(0, SHOWN_CHARS_MAX)}. ${hint}`)
}

/** A stage of an execution by its id. */
export function findStage(store: Store, execution: ExecutionRow, id: string): StageRow {
  const stages = store.stages.list(execution.id)
  const stage = stages.find((one) => one.id === id)
  if (stage !== undefined) return stage
  const shown = id.slice(0, SHOWN_CHARS_MAX)
  const near = didYouMean(
    shown,
    stages.map((one) => one.id),
  )
  throw new Fault('not_found', `${store.executions.displayId(execution.id)} has no stage ${shown}.${near}`)
}

export function findWorkflow(store: Store, slug: string): WorkflowRow {
  const workflow = store.workflows.bySlug(slug)
  if (workflow !== null) return workflow
  const shown = slug.slice(0, SHOWN_CHARS_MAX)
  const near = didYouMean(
    shown,
    store.workflows.list().map((one) => one.slug),
  )
  throw new Fault('not_found', `There is no workflow ${shown}.${near}`)
}

export function findEnvironment(store: Store, slug: string): StoredEnvironment {
  const environment = store.environments.bySlug(slug)
  if (environment !== null) return environment
  const shown = slug.slice(0, SHOWN_CHARS_MAX)
  const near = didYouMean(
    shown,
    store.environments.list().map((one) => one.slug),
  )
  throw new Fault('not_found', `There is no environment ${shown}.${near}`)
}

/** A version of a workflow by its number, as it stands in an address. */
export function findVersion(store: Store, workflow: WorkflowRow, number: string): Version {
  const version = /^[1-9]\d{0,8}$/.test(number) ? store.workflows.version(workflow.id, Number(number)) : null
  if (version !== null) return version
  throw new Fault(
    'not_found',
    `${workflow.slug} has no version ${number.slice(0, 20)}; the newest is ${workflow.version}.`,
  )
}
