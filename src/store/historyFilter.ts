import type { HistoryFilter } from '../domain/filter.ts'
import type { Field, Scope, Span } from './historyRanges.ts'
import type { Statements } from './statements.ts'

/** The same for the same filters, in whatever order the statuses were named. */
export function listOf(filter: HistoryFilter): string {
  const statuses = [...new Set(filter.statuses)].sort()
  const { workflow, branch, trigger, by, environment, from, to, q } = filter
  return JSON.stringify([statuses, workflow, branch, trigger, by, environment, from, to, q])
}

/** A filter as ranges of ids: one scope a status. No scope is an empty list. */
export interface Narrowed {
  readonly scopes: readonly Scope[]
  readonly span: Span
}

/** The least that can be looked up in the titles. */
const TITLE_LENGTH_MIN = 3
/** Shorter beginnings of a SHA are words. */
const SHA_PREFIX = /^[0-9a-f]{4,64}$/
/** More executions of commits that begin alike are not what anybody looks for. */
const SHA_MATCHES_MAX = 1000
const DISPLAY_ID = /^([a-z0-9-]{1,40})-(\d{1,9})$/
const UID = /^[0-9A-HJKMNP-TV-Z]{26}$/
const EMPTY: Narrowed = { scopes: [], span: { from: 1, to: 0 } }

/** Looks up what a filter says in names and days, as ids. */
export function createNarrowing(statements: Statements) {
  function id(sql: string, ...parameters: readonly (string | number)[]): number | null {
    return statements<{ id: number }>(sql).get(...parameters)?.id ?? null
  }

  function workflowId(slug: string): number | null {
    return id('SELECT id FROM workflows WHERE slug = ?', slug)
  }

  /** Ids count up with the days of their triggers, so that days are a range of ids. */
  function spanOf({ from, to }: HistoryFilter): Span {
    return {
      from:
        from === null
          ? 0
          : (id('SELECT id FROM executions WHERE day >= ? ORDER BY day, id LIMIT 1', from) ?? Infinity),
      to:
        to === null
          ? Number.MAX_SAFE_INTEGER
          : (id('SELECT id FROM executions WHERE day <= ? ORDER BY day DESC, id DESC LIMIT 1', to) ?? 0),
    }
  }

  /** An execution by its name first, then a commit, then words: what was typed means the first that there is. */
  function meant(q: string): Pick<Scope, 'ids' | 'title'> {
    const named = byName(q)
    if (named !== null) return { ids: [named], title: null }
    if (SHA_PREFIX.test(q.toLowerCase())) {
      const ids = bySha(q.toLowerCase())
      if (ids.length > 0) return { ids, title: null }
    }
    return q.length < TITLE_LENGTH_MIN ? { ids: [], title: null } : { ids: null, title: q }
  }

  function byName(q: string): number | null {
    if (UID.test(q.toUpperCase())) return id('SELECT id FROM executions WHERE uid = ?', q.toUpperCase())
    const [, slug, number] = DISPLAY_ID.exec(q.toLowerCase()) ?? []
    if (slug === undefined || number === undefined) return null
    const workflow = workflowId(slug)
    if (workflow === null) return null
    return id('SELECT id FROM executions WHERE workflow_id = ? AND number = ?', workflow, Number(number))
  }

  function bySha(prefix: string): number[] {
    // 'g' follows every hexadecimal digit.
    return statements<{ id: number }>('SELECT id FROM executions WHERE sha >= ? AND sha < ? LIMIT ?')
      .all(prefix, `${prefix}g`, SHA_MATCHES_MAX)
      .map((row) => row.id)
  }

  function narrow(filter: HistoryFilter): Narrowed {
    const fields = new Map<Field, string | number>()
    if (filter.workflow !== null) {
      const workflow = workflowId(filter.workflow)
      if (workflow === null) return EMPTY
      fields.set('workflow_id', workflow)
    }
    if (filter.branch !== null) fields.set('branch', filter.branch)
    if (filter.trigger !== null) fields.set('trigger', filter.trigger)
    if (filter.by !== null) fields.set('triggered_by', filter.by)
    const q = filter.q?.trim() ?? ''
    const text = q === '' ? { ids: null, title: null } : meant(q)
    const scope: Scope = { fields, environment: filter.environment, ...text }
    const statuses = [...new Set(filter.statuses)]
    const scopes = statuses.map(
      (status): Scope => ({ ...scope, fields: new Map(fields).set('status', status) }),
    )
    return { scopes: scopes.length === 0 ? [scope] : scopes, span: spanOf(filter) }
  }

  return { narrow, workflowId }
}
