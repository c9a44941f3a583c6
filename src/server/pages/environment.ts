import {
  type DeploymentLine,
  type EnvironmentLine,
  environmentPage,
  newEnvironmentPage,
} from '../../../views/environment/page.tsx'
import { reaches } from '../../domain/actor.ts'
import type { Finding } from '../../domain/fault.ts'
import { isFinal } from '../../domain/status.ts'
import type { StoredEnvironment } from '../../store/environments.ts'
import type { DeploymentRow } from '../../store/tables.ts'
import { saveDefinition } from '../api/save.ts'
import type { ServerDeps, Visitor } from '../context.ts'
import { findEnvironment } from '../lookup.ts'
import { waitingGate } from './overview.ts'
import { parseDefinition, readText } from './text.ts'
import { type Visit, WAITING_MAX } from './visit.ts'

const EXAMPLE = `kind: environment
name: staging
active: true
deploy:
  script: { run: ./deploy.sh }
manual: true
`

/** As many deployments as stand on one screen. */
const HISTORY_ROWS = 20

interface Draft {
  readonly text: string
  readonly findings: readonly Finding[]
}

/** One environment: what came to it, its rules as text, and saving them. */
export function environmentPages(deps: ServerDeps) {
  return {
    blank: (visit: Visit) => visit.c.html(shown(deps, visit, null, { text: EXAMPLE, findings: [] })),
    show: (visit: Visit) => {
      const row = wanted(deps, visit)
      return visit.c.html(shown(deps, visit, row, { text: row.text, findings: [] }))
    },
    create: (visit: Visit) => save(deps, visit, null),
    save: (visit: Visit) => save(deps, visit, wanted(deps, visit)),
  }
}

/** Null makes a new one. */
async function save(deps: ServerDeps, visit: Visit, row: StoredEnvironment | null): Promise<Response> {
  const { store } = deps
  const text = await readText(visit.c)
  const { document, findings } = parseDefinition(text, 'environment', row?.slug ?? null)
  const name = document?.definition.name ?? ''
  const taken = row === null && document !== null && store.environments.bySlug(name) !== null
  const all = taken
    ? [{ path: 'name', line: null, column: null, message: `There is an environment ${name} already.` }]
    : findings
  if (document === null || all.length > 0)
    return visit.c.html(shown(deps, visit, row, { text, findings: all }), 422)
  store.transaction(() => saveDefinition(deps, document, visit.visitor))
  return visit.c.redirect(`/environments/${name}`, 303)
}

function wanted({ store }: ServerDeps, { c }: Visit): StoredEnvironment {
  return findEnvironment(store, c.req.param('slug') ?? '')
}

function shown(deps: ServerDeps, visit: Visit, row: StoredEnvironment | null, draft: Draft): string {
  const refusal = refusalOf(visit.visitor)
  return row === null
    ? newEnvironmentPage(visit.frame, { ...draft, refusal })
    : environmentPage(visit.frame, { line: lineOf(deps, visit, row), ...draft, refusal })
}

function refusalOf({ person: { name, role } }: Visitor): string | null {
  if (reaches(role, 'admin')) return null
  return `An environment binds every workflow, so only an admin may change it; ${name} is a ${role}.`
}

function lineOf(deps: ServerDeps, { c, visitor }: Visit, row: StoredEnvironment): EnvironmentLine {
  const { store } = deps
  const asked = c.req.query('before') ?? ''
  const before = /^\d{1,15}$/.test(asked) ? Number(asked) : null
  const rows = store.deployments.history(row.slug, before ?? Number.MAX_SAFE_INTEGER, HISTORY_ROWS + 1)
  const history = rows.slice(0, HISTORY_ROWS)
  const standing = store.deployments.everyStanding(row.slug)
  const stands = new Set(standing.map(({ id }) => id))
  const gates = store.gates.waiting(WAITING_MAX).filter((gate) => gate.environment === row.slug)
  const may = reaches(visitor.person.role, 'executor') ? 'may' : 'may not'
  const line = (deployment: DeploymentRow) =>
    deploymentLine(deps, deployment, stands.has(deployment.id) ? 'standing' : 'replaced', may)
  return {
    definition: row.definition,
    updatedAt: row.updatedAt,
    updatedBy: row.updatedBy,
    standing: standing.map(line),
    waiting: gates.map((gate) => waitingGate(deps, gate)),
    history: history.map(line),
    place: before === null ? 'newest' : 'older',
    before: rows.length > HISTORY_ROWS ? (history.at(-1)?.id ?? null) : null,
  }
}

function deploymentLine(
  { store }: ServerDeps,
  { executionId, sha, digest, deployedAt, deployedBy }: DeploymentRow,
  is: DeploymentLine['is'],
  may: 'may' | 'may not',
): DeploymentLine {
  const id = store.executions.displayId(executionId)
  const execution = store.executions.byId(executionId)
  return {
    ...{ id, sha, digest, at: deployedAt, by: deployedBy, is },
    version: execution?.version ?? 0,
    title: execution?.title ?? null,
    redeploy: may === 'may' && execution !== null && isFinal(execution.status) ? 'offered' : 'not offered',
  }
}
