import type { z } from 'zod'
import type { AuditEntrySchema } from '../contract/administration.ts'
import type { AuditExportQuery, AuditQuery } from '../contract/inputs.ts'
import type { AuditFilter } from '../domain/audit.ts'
import { endOfDay, startOfDay } from '../domain/dayStart.ts'
import type { AuditRow } from '../store/tables.ts'
import type { ServerDeps } from './context.ts'
import { tableFile } from './table.ts'
import { time } from './wire.ts'

type Entry = z.infer<typeof AuditEntrySchema>
type Asked = Omit<z.output<typeof AuditQuery>, 'before' | 'limit'>

/** Read at once for an export: enough to be quick, little enough to keep nobody else waiting. */
const BATCH = 1_000

/** A question in days and objects as the store has it. */
export function auditFilter(
  { object, from, to, actor, action, outcome }: Asked,
  timezone: string,
): AuditFilter {
  return {
    ...{ actor, action, outcome, subject: object },
    from: from === undefined ? undefined : startOfDay(from, timezone),
    until: to === undefined ? undefined : endOfDay(to, timezone),
  }
}

export function entryWire({ id, at, actor, action, subject, outcome, detail }: AuditRow): Entry {
  return { id, at: time(at), actor, action, object: subject, outcome, detail }
}

const COLUMNS = [
  'id',
  'at',
  'actor',
  'action',
  'object',
  'outcome',
  'detail',
] as const satisfies (keyof Entry)[]

/** All that a filter leaves, newest first. */
export function auditExport(
  { store, settings }: Pick<ServerDeps, 'store' | 'settings'>,
  { format, ...asked }: z.output<typeof AuditExportQuery>,
): Response {
  const filter = auditFilter(asked, settings.timezone)
  let before: number | undefined
  const next = () => {
    const rows = store.audit.list({ ...filter, before, limit: BATCH })
    before = rows.at(-1)?.id
    return rows.length === 0 ? null : rows.map(entryWire)
  }
  return tableFile('periplus-audit', { format, columns: COLUMNS, next })
}
