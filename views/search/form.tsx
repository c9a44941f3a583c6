import { type Choices, Drawer, Drawers, Text } from '../history/filters.tsx'
import type { Frame } from '../model.ts'
import { Icon, Problem } from '../parts.tsx'
import { type SearchQuery, searchParams } from './model.ts'

interface FormProps {
  readonly frame: Frame
  readonly query: SearchQuery
  readonly choices: Choices
  /** Why it cannot be searched for. */
  readonly problem: string | null
}

/** The box, how it is read, and in which logs. */
export function SearchForm(p: FormProps) {
  const { frame, query, problem } = p
  const { q, as, stage } = query
  return (
    <search>
      <form action="/search">
        <div class="box">
          <label class="find">
            <Icon frame={frame} name="ui-search" />
            <span class="vh">Text to search for</span>
            <input
              name="q"
              type="search"
              value={q}
              maxlength={200}
              placeholder="Text in logs, an id, a commit, a title, a branch, a person"
              autocomplete="off"
              spellcheck={false}
              data-find=""
              aria-invalid={problem === null ? undefined : 'true'}
              aria-describedby={problem === null ? undefined : 'wrong'}
            />
          </label>
          <label class="fl tick">
            <input type="checkbox" name="regex" value="on" checked={as === 'regex'} />
            Regular expression
          </label>
          <button type="submit" class="btn pri">
            Search
          </button>
        </div>
        {problem === null ? null : (
          <Problem frame={frame} id="wrong">
            {problem}
          </Problem>
        )}
        <fieldset class="filters">
          <legend class="vh">Filters</legend>
          <Drawers
            {...p}
            filter={query.filter}
            address={(filter, except) => `/search?${searchParams({ ...query, filter }, except)}`}
          />
          <Drawer frame={frame} word="Stage" value={stage} off={`/search?${searchParams(query, ['stage'])}`}>
            <Text name="stage" word="Stage, as build or deploy" value={stage} />
          </Drawer>
        </fieldset>
      </form>
    </search>
  )
}
