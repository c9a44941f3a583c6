import { openApi } from '../../contract/openapi.ts'
import type { Facts } from '../../domain/facts.ts'
import { Fault } from '../../domain/fault.ts'
import { STATUSES, type Status } from '../../domain/status.ts'
import { dayOf, periodsOf, type Range, trendOf } from '../../domain/trend.ts'
import { check } from '../../domain/validate.ts'
import { readDefinitions } from '../../domain/workflow.ts'
import { ALL_WORKFLOWS } from '../../store/trends.ts'
import type { Handlers } from '../api.ts'
import type { ServerDeps } from '../context.ts'
import { findWorkflow } from '../lookup.ts'
import { cookieName } from '../session.ts'
import { saveDefinition } from './save.ts'

type Operations = 'validateDefinitions' | 'applyDefinitions' | 'getAnalytics' | 'getOpenApi'

/** Where nothing else is asked. */
const DAYS = 30

/** Definitions as texts, and this interface's own description. */
export function definitionHandlers(deps: ServerDeps): Pick<Handlers, Operations> {
  const { store, world, settings } = deps
  // Made when it is first asked for: a start need not wait for it.
  let description: ReturnType<typeof openApi> | null = null

  return {
    validateDefinitions: ({ body }) => {
      const { documents, findings } = check(body.text, factsOf(deps))
      return {
        valid: findings.length === 0,
        documents: documents.map(({ kind, definition }) => ({ kind, name: definition.name })),
        findings: [...findings],
      }
    },

    // Saving asks only whether a definition is whole: what it names may come later, and Validation tells at each run.
    applyDefinitions: ({ body, visitor }) => {
      const { documents, findings } = readDefinitions(body.text)
      if (findings.length > 0)
        throw new Fault('invalid', 'The definitions are not valid; nothing was saved.', { findings })
      if (documents.length === 0) throw new Fault('invalid', 'The text holds no definition.')
      const items = store.transaction(() =>
        documents.map((document) => ({
          kind: document.kind,
          name: document.definition.name,
          ...saveDefinition(deps, document, visitor),
        })),
      )
      return { items }
    },

    getAnalytics: ({ query }) => {
      if (query.days !== undefined && query.months !== undefined) {
        throw new Fault('invalid', 'query.months: days and months exclude each other; take one of them.')
      }
      const range: Range =
        query.months === undefined
          ? { period: 'day', count: query.days ?? DAYS }
          : { period: 'month', count: query.months }
      const workflow = query.workflow === undefined ? ALL_WORKFLOWS : findWorkflow(store, query.workflow).id
      const periods = periodsOf(range, dayOf(world.now(), settings.timezone))
      const [first = '', last = ''] = [periods[0], periods.at(-1)]
      const counted =
        range.period === 'day'
          ? store.trends.days(workflow, first, last)
          : store.trends.months(workflow, first, last)
      const { counts } = trendOf(periods, counted)
      return {
        timezone: settings.timezone,
        period: range.period,
        points: periods.map((period, at) => {
          const here = STATUSES.map((status) => [status, counts[status][at] ?? 0] as const)
          return {
            period,
            total: here.reduce((sum, [, count]) => sum + count, 0),
            // Every status has its number.
            counts: Object.fromEntries(here) as Record<Status, number>,
          }
        }),
      }
    },

    getOpenApi: () => {
      description ??= openApi(settings.version, cookieName(deps))
      return { openapi: '3.1.0', ...description }
    },
  }
}

/** What there is on this server, for definitions to name. */
export function factsOf({ store, settings, tools }: Pick<ServerDeps, 'store' | 'settings' | 'tools'>): Facts {
  return {
    environments: store.environments.definitions(),
    secrets: new Set(store.secrets.names().map(({ name }) => name)),
    credentials: store.credentials.kinds(),
    engines: tools(),
    defaultEngine: settings.defaultEngine,
    argo: settings.argo,
    allowFile: settings.allowFile,
  }
}
