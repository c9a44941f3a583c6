import { TRIGGER_KINDS } from '../../domain/definition.ts'
import { Fault } from '../../domain/fault.ts'
import { type HistoryFilter, LAST_DAYS, within } from '../../domain/filter.ts'
import { STATUSES } from '../../domain/status.ts'
import type { Ctx, ServerDeps } from '../context.ts'
import { todayOf } from '../historyList.ts'

/** A form sends its empty fields, one `status` for each tick, and its range beside new days; an address that people share has none of these. */
export function isUntidy(c: Ctx): boolean {
  const { searchParams } = new URL(c.req.url)
  const isRangedTwice = searchParams.has('range') && (searchParams.has('from') || searchParams.has('to'))
  const isTickedTwice = searchParams.getAll('status').length > 1
  return isRangedTwice || isTickedTwice || [...searchParams.values()].some((value) => value === '')
}

const DAY = /^\d{4}-\d{2}-\d{2}$/

/** What an address narrows a list by. Days that were typed replace the range that was on. */
export function readFilter(deps: Pick<ServerDeps, 'world' | 'settings'>, c: Ctx): HistoryFilter {
  const text = (name: string): string | null => c.req.query(name)?.trim() || null
  const day = (name: string): string | null => {
    const value = text(name)
    if (value === null || DAY.test(value)) return value
    throw new Fault('invalid', `“${value.slice(0, 40)}” is no day. A range is written as ${name}=2026-09-01.`)
  }
  const filter: HistoryFilter = {
    statuses: (c.req.queries('status') ?? [])
      .flatMap((value) => value.split(','))
      .flatMap((word) => (word === '' ? [] : [one(STATUSES, word, 'status')])),
    workflow: text('workflow'),
    branch: text('branch'),
    trigger: text('trigger') === null ? null : one(TRIGGER_KINDS, text('trigger') ?? '', 'trigger'),
    by: text('by'),
    environment: text('environment'),
    range: null,
    from: day('from'),
    to: day('to'),
    q: text('q'),
  }
  const range = text('range')
  if (range === null || filter.from !== null || filter.to !== null) return filter
  return within(filter, one(LAST_DAYS, range, 'range'), todayOf(deps))
}

/** Statuses may also be written as people read them: `Approval Pending`, `approval_pending`. */
function one<T extends string>(words: readonly T[], word: string, what: string): T {
  const found = words.find(
    (known) =>
      known ===
      word
        .trim()
        .toLowerCase()
        .replace(/[\s_]+/g, '-'),
  )
  if (found !== undefined) return found
  throw new Fault('invalid', `“${word.slice(0, 40)}” is no ${what}. Known are ${words.join(', ')}.`)
}
