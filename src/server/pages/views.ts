import { ViewParams } from '../../contract/inputs.ts'
import { Fault } from '../../domain/fault.ts'
import type { ServerDeps } from '../context.ts'
import { filterFrom } from '../historyList.ts'
import { parseFields } from '../request.ts'
import { removeView, saveView } from '../savedViews.ts'
import { readFields } from './text.ts'
import type { Visit } from './visit.ts'

/** Saved views of the history: made where their filters are on, removed in their menu. */
export function viewPages(deps: ServerDeps) {
  return {
    save: async ({ c, visitor }: Visit): Promise<Response> => {
      const field = await readFields(c)
      const wish = { name: nameOf(field('name')), shared: field('shared') === 'true' }
      const view = saveView(deps, visitor, wish, filterFrom(deps, field('query')))
      return c.redirect(`/executions?${view.query}`, 303)
    },

    remove: async ({ c, visitor }: Visit): Promise<Response> => {
      const field = await readFields(c)
      removeView(deps, visitor, { name: field('name'), shared: field('shared') === 'true' })
      return c.redirect('/executions', 303)
    },
  }
}

function nameOf(text: string): string {
  const { value, findings } = parseFields(ViewParams, { name: text })
  if (value !== null) return value.name
  throw new Fault('invalid', findings[0]?.message ?? 'A view has a name.')
}
