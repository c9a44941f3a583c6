import { TRIGGER_KINDS } from '../../domain/definition.ts'
import { Fault } from '../../domain/fault.ts'
import type { HistoryFilter } from '../../domain/filter.ts'
import { STATUSES } from '../../domain/status.ts'
import type { Ctx } from '../context.ts'

/** A form sends its empty fields and one `status` for each tick; an address that people share has neither. */
export function isUntidy(c: Ctx): boolean {
  const { searchParams } = new URL(c.req.url)
  return [...searchParams.values()].some((value) => value === '') || searchParams.getAll('status').length > 1
}

const DAY = /^\d{4}-\d{2}-\d{2}$/

/** What an address narrows a list by. */
export function readFilter(c: Ctx): HistoryFilter {
  const text = (name: string): string | null => c.req.query(name)?.trim() || null
  const day = (name: string): string | null => {
    const value = text(name)
    if (value === null || DAY.test(value)) return value
    throw new Fault('invalid', `“${value.slice(0, 40)}” is no day. A range is written as ${name}=2026-09-01.`)
  }
  return {
    statuses: (c.req.queries('status') ?? [])
      .flatMap((value) => value.split(','))
      .flatMap((word) => (word === '' ? [] : [one(STATUSES, word, 'status')])),
    workflow: text('workflow'),
    branch: text('branch'),
    trigger: text('trigger') === null ? null : one(TRIGGER_KINDS, text('trigger') ?? '', 'trigger'),
    by: text('by'),
    environment: text('environment'),
    from: day('from'),
    to: day('to'),
    q: text('q'),
  }
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
