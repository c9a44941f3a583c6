import { type Cell, environmentsPage, type OtherLine, type Remark } from '../../../views/environment/list.tsx'
import { reaches } from '../../domain/actor.ts'
import type { Workflow } from '../../domain/definition.ts'
import { BEHIND_MAX } from '../../store/deployments.ts'
import type { StoredEnvironment } from '../../store/environments.ts'
import { ruleOf } from '../../store/gates.ts'
import type { DeploymentRow } from '../../store/tables.ts'
import type { ServerDeps } from '../context.ts'
import { type Visit, WAITING_MAX } from './visit.ts'

/** More stand side by side on no screen; the rest has a list, and each a page of its own. */
const COLUMNS_MAX = 6
/** As many take 40 ms on a small server, and whoever has more finds one by its name. */
const ROWS_MAX = 100
const RECENT_ROWS = 8

interface Deploying {
  readonly id: number
  readonly slug: string
  readonly definition: Workflow
}

/** What is deployed where: workflows by environments. */
export function environmentsPages(deps: ServerDeps) {
  return { list: (visit: Visit) => list(deps, visit) }
}

function list(deps: ServerDeps, { c, frame, visitor }: Visit): Response | Promise<Response> {
  const { store } = deps
  const query = (c.req.query('q') ?? '').trim().slice(0, 100)
  const environments = store.environments.list()
  const workflows = store.workflows.newest().filter(({ definition }) => definition.deploy.length > 0)
  const inOrder = ordered(environments, workflows)
  const named = inOrder.filter(({ slug }) => query !== '' && slug.includes(query))
  const columns = (named.length > 0 ? named : inOrder).slice(0, COLUMNS_MAX)
  const rows = workflows.filter(({ slug }) => named.length > 0 || slug.includes(query))
  const cells = cellsOf(deps, columns)
  return c.html(
    environmentsPage(frame, {
      columns: columns.map(({ definition }) => definition),
      rows: rows.slice(0, ROWS_MAX).map((row) => ({ workflow: row.slug, cells: cells(row) })),
      more: Math.max(0, rows.length - ROWS_MAX),
      others: environments.filter((row) => !columns.includes(row)).map((row) => otherLine(row, workflows)),
      recent: store.deployments.recent(RECENT_ROWS).map((row) => ({
        id: store.executions.displayId(row.executionId),
        environment: row.environment,
        at: row.deployedAt,
      })),
      active: environments.filter(({ active }) => active === 1).length,
      inactive: environments.filter(({ active }) => active === 0).length,
      query,
      mayCreate: reaches(visitor.person.role, 'admin') ? 'yes' : 'no',
      since: store.events.last(),
    }),
  )
}

/** Active ones that somebody deploys to, in the order in which workflows come to them. */
function ordered(
  environments: readonly StoredEnvironment[],
  workflows: readonly Deploying[],
): readonly StoredEnvironment[] {
  const places = new Map<string, number[]>()
  for (const { definition } of workflows) {
    for (const [at, { environment }] of definition.deploy.entries())
      places.set(environment, [...(places.get(environment) ?? []), at / definition.deploy.length])
  }
  const mean = ({ slug }: StoredEnvironment) => {
    const all = places.get(slug) ?? []
    return all.reduce((sum, at) => sum + at, 0) / all.length
  }
  return environments
    .filter(({ slug, active }) => active === 1 && places.has(slug))
    .toSorted((a, b) => mean(a) - mean(b) || (a.slug < b.slug ? -1 : 1))
}

function otherLine(row: StoredEnvironment, workflows: readonly Deploying[]): OtherLine {
  const { definition, updatedAt, updatedBy, slug } = row
  const users = workflows.filter((one) => one.definition.deploy.some((step) => step.environment === slug))
  return { definition, updatedAt, updatedBy, workflows: users.length }
}

/** The cells of a workflow's row. */
function cellsOf(deps: ServerDeps, columns: readonly StoredEnvironment[]) {
  const { store } = deps
  const waits = waitingByPlace(deps)
  return ({ id, definition }: Deploying): readonly (Cell | null)[] => {
    const steps = definition.deploy.map((step) => step.environment)
    const standing = columns.map(({ slug }) => store.deployments.standing(slug, id))
    const newest = Math.max(...standing.map((row) => row?.origin ?? 0))
    return columns.map(({ slug }, at) => {
      const present = standing[at] ?? null
      if (present === null && !steps.includes(slug)) return null
      const remark =
        waits.get(`${slug} ${id}`) ?? (present === null ? null : remarkOf(deps, present, steps, newest))
      return { deployed: present === null ? null : deployed(deps, present), remark }
    })
  }
}

function deployed({ store }: ServerDeps, row: DeploymentRow) {
  return {
    id: store.executions.displayId(row.executionId),
    sha: row.sha,
    at: row.deployedAt,
    by: row.deployedBy,
  }
}

/** The newest, or behind the nearest environment before it that has something newer. */
function remarkOf(
  { store }: ServerDeps,
  present: DeploymentRow,
  steps: readonly string[],
  newest: number,
): Remark | null {
  if (present.origin === newest) return { kind: 'newest' }
  for (const environment of steps.slice(0, Math.max(0, steps.indexOf(present.environment))).toReversed()) {
    const count = store.deployments.newer(environment, present.workflowId, present.origin)
    if (count > 0)
      return { kind: 'behind', by: count < BEHIND_MAX ? String(count) : `${count}+`, environment }
  }
  return null
}

/** What waits at a gate, by its environment and workflow; of several, what came last. */
function waitingByPlace({ store }: ServerDeps): ReadonlyMap<string, Remark> {
  const found = new Map<string, Remark>()
  for (const gate of store.gates.waiting(WAITING_MAX)) {
    const execution = store.executions.byId(gate.executionId)
    if (execution === null) continue
    const id = store.executions.displayId(execution.id)
    found.set(`${gate.environment} ${execution.workflowId}`, { kind: 'waits', id, gate: ruleOf(gate).kind })
  }
  return found
}
