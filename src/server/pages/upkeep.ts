import { auditPage, type AuditQuery as Shown } from '../../../views/settings/audit.tsx'
import { systemPage } from '../../../views/settings/system.tsx'
import { AuditQuery } from '../../contract/inputs.ts'
import { auditFilter } from '../auditing.ts'
import type { ServerDeps } from '../context.ts'
import { parseFields } from '../request.ts'
import type { Streams } from '../streams.ts'
import { systemOf } from '../system.ts'
import { reaching, type Visit } from './visit.ts'

const KEYS = ['actor', 'action', 'object', 'outcome', 'from', 'to'] as const

/** What those who look after the server see. For admins. */
export function upkeepPages(deps: ServerDeps, streams: Streams) {
  return {
    audit: reaching('admin', (visit) => audit(deps, visit)),
    system: reaching('admin', async ({ c, frame }) => {
      const { startedAt, queue, ...rest } = await systemOf(deps, streams)
      const page = systemPage(frame, {
        ...rest,
        startedAt: Date.parse(startedAt),
        queue: { ...queue, oldestAt: queue.oldestAt === null ? null : Date.parse(queue.oldestAt) },
      })
      return c.html(page)
    }),
  }
}

function audit({ store, settings }: ServerDeps, { c, frame }: Visit): Response | Promise<Response> {
  const given = c.req.query()
  const asked = Object.fromEntries(
    [...KEYS, 'before'].flatMap((key) => (given[key] ? [[key, given[key].trim()]] : [])),
  )
  const query = Object.fromEntries(KEYS.map((key) => [key, asked[key] ?? ''])) as Shown
  const { value, findings } = parseFields(AuditQuery, asked)
  if (value === null) {
    const problem = findings.map(({ path, message }) => `${path}: ${message}`).join(' ')
    return c.html(auditPage(frame, { entries: [], query, place: 'newest', before: null, problem }), 422)
  }
  const { before, limit, ...filter } = value
  const rows = store.audit.list({ ...auditFilter(filter, settings.timezone), before, limit: limit + 1 })
  const entries = rows.slice(0, limit).map(({ subject, ...row }) => ({ ...row, object: subject }))
  return c.html(
    auditPage(frame, {
      entries,
      query,
      place: before === undefined ? 'newest' : 'older',
      before: rows.length > limit ? (entries.at(-1)?.id ?? null) : null,
      problem: null,
    }),
  )
}
