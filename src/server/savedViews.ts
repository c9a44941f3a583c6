import { queryOf } from '../../views/history/query.ts'
import { Fault } from '../domain/fault.ts'
import type { HistoryFilter } from '../domain/filter.ts'
import type { ViewRow } from '../store/tables.ts'
import { audited } from './audited.ts'
import type { ServerDeps, Visitor } from './context.ts'
import { mustReach } from './session.ts'

/** A person's own and everybody's together; a longer menu is searched, not read. */
const VIEWS_MAX = 60

interface Wish {
  readonly name: string
  /** For everybody; else the visitor's own. */
  readonly shared: boolean
}

/** Gives a filter of the history a name: one's own, or everybody's, which only admins may. */
export function saveView(
  deps: ServerDeps,
  visitor: Visitor,
  { name, shared }: Wish,
  filter: HistoryFilter,
): ViewRow {
  const { store, world } = deps
  if (shared) mustReach(visitor, 'admin')
  const query = queryOf(filter).toString()
  if (query === '')
    throw new Fault('invalid', 'A view without a filter shows every execution. Choose a filter first.')
  const savedBy = visitor.person.name
  return store.transaction(() => {
    const row = store.views.save({
      ...{ owner: ownerOf(visitor, shared), name, query, savedBy },
      savedAt: world.now(),
    })
    if (store.views.list(savedBy).length > VIEWS_MAX)
      throw new Fault(
        'conflict',
        `There are ${VIEWS_MAX} views, which is all one menu holds. Remove one first.`,
      )
    audited(deps, savedBy, 'view.save', subjectOf(name), shared ? `for all: ${query}` : query)
    return row
  })
}

export function removeView(deps: ServerDeps, visitor: Visitor, { name, shared }: Wish): void {
  if (shared) mustReach(visitor, 'admin')
  deps.store.transaction(() => {
    if (!deps.store.views.remove(ownerOf(visitor, shared), name))
      throw new Fault('not_found', `There is no ${shared ? 'shared ' : ''}view ${name.slice(0, 60)}.`)
    audited(deps, visitor.person.name, 'view.remove', subjectOf(name), shared ? 'for all' : null)
  })
}

function ownerOf({ person }: Visitor, shared: boolean): string | null {
  return shared ? null : person.name
}

const subjectOf = (name: string) => `view:${name}`
