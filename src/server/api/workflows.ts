import { API_BASE } from '../../contract/endpoint.ts'
import { Fault } from '../../domain/fault.ts'
import { readDefinitions } from '../../domain/workflow.ts'
import type { StoredEnvironment } from '../../store/environments.ts'
import type { Store } from '../../store/store.ts'
import type { DeploymentRow } from '../../store/tables.ts'
import type { Version } from '../../store/workflows.ts'
import type { Handlers } from '../api.ts'
import { Made } from '../api.ts'
import type { ServerDeps } from '../context.ts'
import { findEnvironment, findVersion, findWorkflow } from '../lookup.ts'
import { checkSave } from '../repeat.ts'
import { versionChanges } from '../versions.ts'
import { time } from '../wire.ts'
import { saveDefinition } from './save.ts'
import { olderAddress } from './upkeep.ts'

type Operations =
  | 'listWorkflows'
  | 'getWorkflow'
  | 'saveWorkflow'
  | 'listVersions'
  | 'getVersion'
  | 'getVersionChanges'
  | 'listEnvironments'
  | 'getEnvironment'
  | 'saveEnvironment'
  | 'listDeployments'

/** Workflows with their versions, and environments. */
export function workflowHandlers(deps: ServerDeps): Pick<Handlers, Operations> {
  const { store } = deps
  const newest = (slug: string) => versionWire(slug, store.workflows.latest(findWorkflow(store, slug)))

  return {
    listWorkflows: () => ({
      items: store.workflows.list().map((row) => ({
        slug: row.slug,
        version: row.version,
        executions: row.executions,
        createdAt: time(row.createdAt),
        updatedAt: time(row.updatedAt),
      })),
    }),

    getWorkflow: ({ params }) => newest(params.slug),

    saveWorkflow: ({ c, params, body, visitor }) =>
      store.transaction(() => {
        const isNew = store.workflows.bySlug(params.slug) === null
        const present = isNew ? null : newest(params.slug)
        const now = present === null ? '' : `, now version ${present.version} by ${present.createdBy},`
        checkSave(c, `The workflow ${params.slug}${now}`, present === null ? null : JSON.stringify(present))
        saveDefinition(deps, only(body.text, 'workflow', params.slug), visitor)
        return new Made(newest(params.slug), isNew ? 201 : 200)
      }),

    listVersions: ({ params }) => ({
      items: store.workflows.versions(findWorkflow(store, params.slug).id).map((row) => ({
        number: row.number,
        createdAt: time(row.createdAt),
        createdBy: row.createdBy,
      })),
    }),

    getVersion: ({ params }) => {
      const workflow = findWorkflow(store, params.slug)
      return versionWire(workflow.slug, findVersion(store, workflow, params.number))
    },

    getVersionChanges: ({ params, query }) => {
      const workflow = findWorkflow(store, params.slug)
      const to = findVersion(store, workflow, params.number)
      const number = query.from ?? to.number - 1
      const from = number === 0 ? null : findVersion(store, workflow, String(number))
      const { summary, lines } = versionChanges(from, to)
      return { slug: workflow.slug, from: from?.number ?? null, to: to.number, summary: [...summary], lines }
    },

    listEnvironments: () => ({ items: store.environments.list().map(environmentSummaryWire) }),

    getEnvironment: ({ params }) => environmentWire(findEnvironment(store, params.slug)),

    listDeployments: ({ params, query, c }) => {
      const { before = Number.MAX_SAFE_INTEGER, limit, current } = query
      const { slug } = findEnvironment(store, params.slug)
      if (current) {
        const standing = store.deployments.everyStanding(slug)
        return { items: standing.map((row) => deploymentWire(store, row)), next: null }
      }
      const rows = store.deployments.history(slug, before, limit + 1)
      const shown = rows.slice(0, limit)
      const path = `${API_BASE}/environments/${slug}/deployments`
      return {
        items: shown.map((row) => deploymentWire(store, row)),
        next: rows.length > limit ? olderAddress(c.req.url, path, shown.at(-1)?.id) : null,
      }
    },

    saveEnvironment: ({ c, params, body, visitor }) =>
      store.transaction(() => {
        const present = store.environments.bySlug(params.slug)
        checkSave(
          c,
          `The environment ${params.slug}`,
          present === null ? null : JSON.stringify(environmentWire(present)),
        )
        saveDefinition(deps, only(body.text, 'environment', params.slug), visitor)
        return new Made(environmentWire(findEnvironment(store, params.slug)), present === null ? 201 : 200)
      }),
  }
}

/** The one definition of a text, which must be of this kind and bear this name. */
function only(text: string, kind: 'workflow' | 'environment', slug: string) {
  const { documents, findings } = readDefinitions(text)
  const document = documents[0]
  if (findings.length > 0)
    throw new Fault('invalid', `This ${kind} is not valid; nothing was saved.`, { findings })
  if (document === undefined || documents.length > 1) {
    throw new Fault(
      'invalid',
      `The text must hold one ${kind}; it holds ${documents.length} definitions. POST /definitions takes several.`,
    )
  }
  if (document.kind !== kind || document.definition.name !== slug) {
    throw new Fault(
      'invalid',
      `The text defines the ${document.kind} ${document.definition.name}, not the ${kind} ${slug}; names are never changed.`,
    )
  }
  return document
}

function versionWire(slug: string, row: Version) {
  return {
    slug,
    version: row.number,
    text: row.text,
    definition: { ...row.definition },
    createdAt: time(row.createdAt),
    createdBy: row.createdBy,
  }
}

function environmentSummaryWire(row: StoredEnvironment) {
  return {
    slug: row.slug,
    active: row.active === 1,
    updatedAt: time(row.updatedAt),
    updatedBy: row.updatedBy,
  }
}

function environmentWire(row: StoredEnvironment) {
  return { ...environmentSummaryWire(row), text: row.text, definition: { ...row.definition } }
}

function deploymentWire(store: Store, row: DeploymentRow) {
  const execution = store.executions.displayId(row.executionId)
  const from = store.executions.byId(row.executionId)
  return {
    ...{ id: row.id, environment: row.environment, execution, sha: row.sha },
    ...{ version: from?.version ?? 0, title: from?.title ?? null, author: from?.author ?? null },
    ...{ image: row.image, digest: row.digest },
    origin: store.executions.byId(row.origin) === null ? null : store.executions.displayId(row.origin),
    workflow: execution.slice(0, execution.lastIndexOf('-')),
    deployedAt: time(row.deployedAt),
    deployedBy: row.deployedBy,
    current: store.deployments.standing(row.environment, row.workflowId)?.id === row.id,
  }
}
