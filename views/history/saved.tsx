import { reaches } from '../../src/domain/actor.ts'
import type { HistoryFilter } from '../../src/domain/filter.ts'
import type { Frame } from '../model.ts'
import { Csrf, Icon } from '../parts.tsx'
import { queryOf } from './query.ts'

/** A name that somebody gave to a filter of the list. */
export interface ViewLine {
  readonly name: string
  /** Everybody's; else the reader's own. */
  readonly shared: boolean
  /** As it stands in an address. */
  readonly query: string
}

interface Props {
  readonly frame: Frame
  readonly filter: HistoryFilter
  readonly views: readonly ViewLine[]
}

/** The saved views: each a link that can be shared, with its removal where the reader may. */
export function Views({ frame, filter, views }: Props) {
  const query = queryOf(filter).toString()
  const present = views.find((one) => one.query === query)
  return (
    <details class="menu views" name="filter">
      <summary class="btn">
        {present === undefined ? 'Views' : present.name}
        <Icon frame={frame} name="ui-down" />
      </summary>
      <div class="drop">
        {views.length === 0 ? (
          <p class="q2">No view yet. Choose filters, then save them under a name.</p>
        ) : (
          <ul>
            {views.map((one) => (
              <li class="row">
                <a href={`/executions?${one.query}`} aria-current={one === present ? 'true' : undefined}>
                  {one.name}
                  {one.shared ? <span class="q">for all</span> : null}
                </a>
                {one.shared && !isAdmin(frame) ? null : <Removal frame={frame} view={one} />}
              </li>
            ))}
          </ul>
        )}
      </div>
    </details>
  )
}

function Removal({ frame, view }: { frame: Frame; view: ViewLine }) {
  return (
    <form method="post" action="/executions/views/removal">
      <Csrf visitor={frame.visitor} />
      <input type="hidden" name="name" value={view.name} />
      {view.shared ? <input type="hidden" name="shared" value="true" /> : null}
      <button type="submit" class="sq btn flat" aria-label={`Remove the view ${view.name}`}>
        <Icon frame={frame} name="ui-close" />
      </button>
    </form>
  )
}

/** Gives the filters that are on a name. Without one there is nothing to save. */
export function SaveView({ frame, filter }: Omit<Props, 'views'>) {
  const query = queryOf(filter)
  if (query.size === 0) return null
  return (
    <details class="menu" name="filter">
      <summary class="btn">Save view</summary>
      <form class="drop" method="post" action="/executions/views">
        <Csrf visitor={frame.visitor} />
        <input type="hidden" name="query" value={query.toString()} />
        <label>
          <span class="l">Name</span>
          <input class="in" name="name" required maxlength={60} placeholder="Failed on main" />
        </label>
        {isAdmin(frame) ? (
          <label class="tick">
            <input type="checkbox" name="shared" value="true" />
            For everybody
          </label>
        ) : null}
        <button type="submit" class="btn pri">
          Save view
        </button>
      </form>
    </details>
  )
}

function isAdmin({ visitor }: Frame): boolean {
  return visitor !== null && reaches(visitor.role, 'admin')
}
