import { comparePage } from '../../../views/execution/compare.tsx'
import { comparison } from '../comparison.ts'
import type { ServerDeps } from '../context.ts'
import { executionLine } from './lines.ts'
import { type Visit, wanted } from './visit.ts'

/** What differs between two executions. */
export function comparePages(deps: ServerDeps) {
  const { store } = deps
  const name = (id: number) => store.executions.displayId(id)
  return {
    /** Leads to the comparison with whatever is named, or with the last success. */
    choose: ({ c }: Visit): Response => {
      const row = wanted(deps, c)
      const other = comparison(store, row, c.req.query('with')?.trim() || null).before
      return c.redirect(`/executions/${name(row.id)}/compare/${name(other.id)}`, 303)
    },

    show: ({ c, frame }: Visit): Response | Promise<Response> => {
      const found = comparison(store, wanted(deps, c), c.req.param('other') ?? '')
      return c.html(
        comparePage(frame, {
          ...found,
          before: executionLine(deps, found.before),
          after: executionLine(deps, found.after),
          commits: found.commits.map((commit) => ({ ...commit, execution: name(commit.execution.id) })),
        }),
      )
    },
  }
}
