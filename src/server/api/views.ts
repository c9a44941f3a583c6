import type { z } from 'zod'
import type { ViewSchema } from '../../contract/schemas.ts'
import type { ViewRow } from '../../store/tables.ts'
import type { Handlers } from '../api.ts'
import type { ServerDeps } from '../context.ts'
import { filterFrom } from '../historyList.ts'
import { removeView, saveView } from '../savedViews.ts'
import { time } from '../wire.ts'

/** Names for filters of the history. */
export function viewHandlers(deps: ServerDeps): Pick<Handlers, 'listViews' | 'saveView' | 'removeView'> {
  return {
    listViews: ({ visitor }) => ({ items: deps.store.views.list(visitor.person.name).map(viewWire) }),

    saveView: ({ params, body, visitor }) => {
      const wish = { name: params.name, shared: body.shared }
      return viewWire(saveView(deps, visitor, wish, filterFrom(deps, body.query)))
    },

    removeView: ({ params, query, visitor }) => {
      removeView(deps, visitor, { name: params.name, shared: query.shared })
      return null
    },
  }
}

function viewWire({ name, owner, query, savedAt, savedBy }: ViewRow): z.infer<typeof ViewSchema> {
  return { name, shared: owner === null, query, savedAt: time(savedAt), savedBy }
}
