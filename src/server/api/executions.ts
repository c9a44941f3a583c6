import { API_BASE } from '../../contract/endpoint.ts'
import type { ExecutionDetailWire } from '../../contract/schemas.ts'
import type { GitRef } from '../../domain/definition.ts'
import { Fault } from '../../domain/fault.ts'
import type { Confirmation } from '../../ledger/older.ts'
import type { ExecutionRow } from '../../store/tables.ts'
import type { Asked, Handlers } from '../api.ts'
import { Made } from '../api.ts'
import type { Ctx, ServerDeps } from '../context.ts'
import { countAll, filterOf, historyExport } from '../historyList.ts'
import { findExecution } from '../lookup.ts'
import { refuseNarrowed } from '../session.ts'
import { createWaiting } from '../waiting.ts'
import { eventWire, executionDetailWire, executionWire } from '../wire.ts'

type Operations =
  | 'listExecutions'
  | 'exportExecutions'
  | 'triggerExecution'
  | 'getExecution'
  | 'listExecutionEvents'
  | 'rerunExecution'
  | 'redeployExecution'
  | 'terminateExecution'
  | 'approveExecution'
  | 'rejectExecution'
  | 'deployExecution'

/** The history, one execution, and what people may do to it. */
export function executionHandlers(deps: ServerDeps): Pick<Handlers, Operations> {
  const { store, ledger } = deps
  const row = (asked: { readonly params: { readonly id: string } }) => findExecution(store, asked.params.id)

  return {
    listExecutions: async (asked) => {
      const { before, after, limit, total, ...given } = asked.query
      if (before !== undefined && after !== undefined) {
        throw new Fault('invalid', 'query.after: before and after exclude each other; take one of them.')
      }
      const filter = filterOf(deps, given)
      const page = store.history.page(filter, before ?? after ?? null, limit)
      const waiting = createWaiting(deps)
      const next = page.older === null ? null : pageAddress(asked, 'before', page.older)
      const previous = page.newer === null ? null : pageAddress(asked, 'after', page.newer)
      linkHeader(asked.c, { next, prev: previous })
      return {
        items: page.rows.map((one) => executionWire(deps, one, waiting)),
        total: total === 'exact' ? await countAll(deps, filter) : store.history.total(filter),
        next,
        previous,
      }
    },

    exportExecutions: ({ query: { format, ...given } }) => historyExport(deps, filterOf(deps, given), format),

    triggerExecution: ({ body, visitor }) => {
      const made = ledger.trigger({
        workflow: body.workflow,
        ...(body.version === undefined ? {} : { version: body.version }),
        ...refOf(body),
        trigger: visitor.how === 'token' ? 'api' : 'manual',
        actor: visitor.person,
      })
      return begun(deps, made)
    },

    rerunExecution: (asked) =>
      begun(deps, ledger.rerun(row(asked).id, asked.body.from, asked.visitor.person)),

    redeployExecution: (asked) => {
      const { environment, confirm } = asked.body
      const { person } = asked.visitor
      return begun(deps, ledger.redeploy(row(asked).id, environment, person, confirmationOf(confirm)))
    },

    getExecution: (asked) => executionDetailWire(deps, row(asked)),

    listExecutionEvents: (asked) => {
      const { id } = row(asked)
      const { after, limit } = asked.query
      const name = store.executions.displayId(id)
      const rows = store.events.list(id).filter((event) => event.id > after)
      const last = rows[limit - 1]
      return {
        items: rows.slice(0, limit).map((event) => eventWire(event, name)),
        next:
          last === undefined || rows.length === limit
            ? null
            : `${API_BASE}/executions/${name}/events?after=${last.id}&limit=${limit}`,
      }
    },

    terminateExecution: (asked) =>
      executionDetailWire(deps, ledger.terminate(row(asked).id, asked.visitor.person, asked.body.reason)),

    approveExecution: (asked) => {
      refuseNarrowed(asked.visitor)
      const { body, visitor } = asked
      const { environment, comment } = body
      const confirmation = confirmationOf(body.confirm)
      const decided = ledger.approve(row(asked).id, environment, visitor.person, comment, confirmation)
      return executionDetailWire(deps, decided)
    },

    rejectExecution: (asked) => {
      refuseNarrowed(asked.visitor)
      const { body, visitor } = asked
      const decided = ledger.reject(row(asked).id, body.environment, visitor.person, body.comment)
      return executionDetailWire(deps, decided)
    },

    deployExecution: (asked) => {
      const { environment, comment, confirm } = asked.body
      const { person } = asked.visitor
      const decided = ledger.deploy(row(asked).id, environment, person, comment, confirmationOf(confirm))
      return executionDetailWire(deps, decided)
    },
  }
}

function confirmationOf(confirm: boolean): Confirmation {
  return confirm ? 'confirmed' : 'unconfirmed'
}

/** A new execution, and where it is. */
function begun(deps: ServerDeps, made: ExecutionRow): Made<ExecutionDetailWire> {
  const address = `${API_BASE}/executions/${deps.store.executions.displayId(made.id)}`
  return new Made(executionDetailWire(deps, made), 201, address)
}

/** The same question, one page on. */
function pageAddress(asked: Asked<'listExecutions'>, name: 'before' | 'after', cursor: string): string {
  const query = new URL(asked.c.req.url).searchParams
  query.delete('before')
  query.delete('after')
  query.set(name, cursor)
  return `${API_BASE}/executions?${query}`
}

/** RFC 8288, for clients that page without reading bodies. */
function linkHeader(c: Ctx, addresses: Readonly<Record<string, string | null>>): void {
  const links = Object.entries(addresses).flatMap(([rel, address]) =>
    address === null ? [] : [`<${address}>; rel="${rel}"`],
  )
  if (links.length > 0) c.header('link', links.join(', '))
}

/** The one commit that a body names, where it names one. */
export function refOf(body: Pick<Asked<'triggerExecution'>['body'], 'branch' | 'tag' | 'sha'>): {
  readonly ref?: GitRef
} {
  const refs: GitRef[] = [
    ...(body.branch === undefined ? [] : [{ kind: 'branch', name: body.branch } as const]),
    ...(body.tag === undefined ? [] : [{ kind: 'tag', name: body.tag } as const]),
    ...(body.sha === undefined ? [] : [{ kind: 'sha', sha: body.sha } as const]),
  ]
  if (refs.length > 1) throw new Fault('invalid', 'branch, tag and sha exclude each other; name one commit.')
  return refs[0] === undefined ? {} : { ref: refs[0] }
}
