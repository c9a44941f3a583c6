import { FRESH_MAX, historyPage, historyParts } from '../../../views/history/page.tsx'
import { queryOf } from '../../../views/history/query.ts'
import { type HistoryFilter, NO_FILTER } from '../../domain/filter.ts'
import type { Ctx, ServerDeps } from '../context.ts'
import { countAll } from '../historyList.ts'
import { findExecution } from '../lookup.ts'
import { isUntidy, readFilter } from './filter.ts'
import { executionLine, historyLine } from './lines.ts'
import type { Visit } from './visit.ts'

const ROWS = 50
/** Rows that one answer brings up to date: a page shows no more. */
const ROWS_LIVE_MAX = ROWS

/** The list of executions, and what has changed on a reader's page of it. */
export function historyPages(deps: ServerDeps) {
  const { store } = deps
  return {
    show: async ({ c, frame, visitor }: Visit) => {
      const tidy = tidyAddress(deps, c)
      if (tidy !== null) return c.redirect(tidy, 302)
      const filter = readFilter(deps, c)
      const cursor = c.req.query('before') ?? c.req.query('after') ?? null
      const page = store.history.page(filter, cursor, ROWS)
      const counting = countingOf(c)
      return c.html(
        historyPage(frame, {
          filter,
          views: store.views
            .list(visitor.person.name)
            .map(({ name, owner, query }) => ({ name, query, shared: owner === null })),
          choices: {
            workflows: store.workflows.list().map(({ slug }) => slug),
            environments: store.environments.list().map(({ slug }) => slug),
          },
          rows: page.rows.map((row) => historyLine(deps, row)),
          newer: page.newer,
          older: page.older,
          place: page.newer === null ? 'newest' : 'later',
          total: counting === 'exact' ? await countAll(deps, filter) : store.history.total(filter),
          kept: store.history.total(NO_FILTER),
          counting,
          counts: store.history.statusCounts(filter),
          since: store.events.last(),
        }),
      )
    },

    parts: ({ c, frame }: Visit) => {
      const filter = readFilter(deps, c)
      const ids = (c.req.query('rows') ?? '').split(',').filter((id) => id !== '')
      return c.html(
        historyParts(frame, {
          filter,
          rows: ids.slice(0, ROWS_LIVE_MAX).map((id) => executionLine(deps, findExecution(store, id))),
          fresh: freshRows(deps, filter, c.req.query('newest')),
          total: store.history.total(filter),
          kept: store.history.total(NO_FILTER),
          counting: countingOf(c),
          counts: store.history.statusCounts(filter),
        }),
      )
    },
  }
}

/** How many executions would stand above the reader's first row. */
function freshRows({ store }: ServerDeps, filter: HistoryFilter, newest: string | undefined): number {
  if (newest === undefined) return 0
  const { rows } = store.history.page(filter, null, FRESH_MAX + 1)
  if (newest === '') return rows.length
  const { id } = findExecution(store, newest)
  const above = rows.findIndex((row) => row.id <= id)
  return above < 0 ? rows.length : above
}

function tidyAddress(deps: ServerDeps, c: Ctx): string | null {
  if (!isUntidy(c)) return null
  const query = queryOf(readFilter(deps, c)).toString()
  return query === '' ? '/executions' : `/executions?${query}`
}

const countingOf = (c: Ctx) => (c.req.query('total') === 'exact' ? 'exact' : 'known')
