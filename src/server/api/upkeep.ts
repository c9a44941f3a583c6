import { API_BASE } from '../../contract/endpoint.ts'
import type { Handlers } from '../api.ts'
import { auditExport, auditFilter, entryWire } from '../auditing.ts'
import type { ServerDeps } from '../context.ts'
import type { Streams } from '../streams.ts'
import { systemOf } from '../system.ts'

type Operations = 'listAudit' | 'exportAudit' | 'getSystem'

/** What those who look after the server ask: who did what, and how it is. */
export function upkeepHandlers(deps: ServerDeps, streams: Streams): Pick<Handlers, Operations> {
  const { store, settings } = deps
  return {
    listAudit: ({ query, c }) => {
      const { before, limit, ...asked } = query
      const rows = store.audit.list({ ...auditFilter(asked, settings.timezone), before, limit: limit + 1 })
      const shown = rows.slice(0, limit)
      return {
        items: shown.map(entryWire),
        next: rows.length > limit ? olderAddress(c.req.url, `${API_BASE}/audit`, shown.at(-1)?.id) : null,
      }
    },

    exportAudit: ({ query }) => auditExport(deps, query),

    getSystem: () => systemOf(deps, streams),
  }
}

/** The same question, one page on. */
export function olderAddress(url: string, path: string, before: number | undefined): string {
  const query = new URL(url).searchParams
  query.set('before', String(before))
  return `${path}?${query}`
}
