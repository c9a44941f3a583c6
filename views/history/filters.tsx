import type { Child } from 'hono/jsx'
import { TRIGGER_KINDS } from '../../src/domain/definition.ts'
import type { HistoryFilter } from '../../src/domain/filter.ts'
import { STATUS_WORDS, STATUSES } from '../../src/domain/status.ts'
import type { Frame } from '../model.ts'
import { Icon, StatusIcon } from '../parts.tsx'
import { TRIGGER_WORDS } from '../words.ts'
import { type FilterKey, listAddress } from './query.ts'

/** What a reader can choose from. */
export interface Choices {
  readonly workflows: readonly string[]
  readonly environments: readonly string[]
}

/** One form: search, and a drawer for each filter. */
export function Filters(p: { frame: Frame; filter: HistoryFilter; choices: Choices }) {
  const { frame, filter } = p
  return (
    <form class="filters" action="/executions" aria-label="Filters">
      <label class="find">
        <Icon frame={frame} name="ui-search" />
        <span class="vh">Id, commit or title</span>
        <input name="q" value={filter.q ?? ''} placeholder="Id, commit, title" data-find="" />
      </label>
      <Drawers {...p} without={(keys) => listAddress(filter, keys)} />
    </form>
  )
}

interface DrawersProps {
  readonly frame: Frame
  readonly filter: HistoryFilter
  readonly choices: Choices
  /** The address of the same page without these filters. */
  readonly without: (keys: readonly FilterKey[]) => string
}

/** A drawer for each filter. One that is on says its value and can be taken off by itself. */
export function Drawers(p: DrawersProps) {
  const { frame, filter, choices, without } = p
  const environments = choices.environments.map((one) => [one, one] as const)
  return (
    <>
      <Drawer frame={frame} word="Status" off={without(['status'])} value={statusWords(filter)}>
        <StatusTicks frame={frame} filter={filter} />
      </Drawer>
      <Drawer frame={frame} word="Workflow" off={without(['workflow'])} value={filter.workflow}>
        <Select
          name="workflow"
          word="Workflow"
          value={filter.workflow}
          options={choices.workflows.map((one) => [one, one])}
        />
      </Drawer>
      <Drawer frame={frame} word="Branch" off={without(['branch'])} value={filter.branch}>
        <Text name="branch" word="Branch or tag" value={filter.branch} />
      </Drawer>
      <Drawer
        frame={frame}
        word="Trigger"
        off={without(['trigger'])}
        value={filter.trigger === null ? null : TRIGGER_WORDS[filter.trigger]}
      >
        <Select
          name="trigger"
          word="Trigger"
          value={filter.trigger}
          options={TRIGGER_KINDS.map((kind) => [kind, TRIGGER_WORDS[kind]])}
        />
      </Drawer>
      <Drawer frame={frame} word="User" off={without(['by'])} value={filter.by}>
        <Text name="by" word="User" value={filter.by} />
      </Drawer>
      <Drawer frame={frame} word="Environment" off={without(['environment'])} value={filter.environment}>
        <Select name="environment" word="Environment" value={filter.environment} options={environments} />
      </Drawer>
      <Drawer frame={frame} word="Range" off={without(['from', 'to'])} value={rangeWords(filter)}>
        <Text name="from" word="From" type="date" value={filter.from} />
        <Text name="to" word="To" type="date" value={filter.to} />
      </Drawer>
    </>
  )
}

function StatusTicks(p: { frame: Frame; filter: HistoryFilter }) {
  const { frame, filter } = p
  return (
    <fieldset>
      <legend class="vh">Status</legend>
      {STATUSES.map((status) => (
        <label class="tick">
          <input type="checkbox" name="status" value={status} checked={filter.statuses.includes(status)} />
          <StatusIcon frame={frame} status={status} />
          {STATUS_WORDS[status]}
        </label>
      ))}
    </fieldset>
  )
}

function statusWords(filter: HistoryFilter): string | null {
  if (filter.statuses.length === 0) return null
  if (filter.statuses.length > 2) return `${filter.statuses.length} statuses`
  return filter.statuses.map((status) => STATUS_WORDS[status]).join(', ')
}

function rangeWords(filter: HistoryFilter): string | null {
  if (filter.from === null && filter.to === null) return null
  if (filter.from === null) return `until ${filter.to}`
  return filter.to === null ? `since ${filter.from}` : `${filter.from} to ${filter.to}`
}

interface DrawerProps {
  readonly frame: Frame
  readonly word: string
  /** What the filter says; null while it is off. */
  readonly value: string | null
  /** Where it is off. */
  readonly off: string
  readonly children: Child
}

export function Drawer(p: DrawerProps) {
  const { frame, word, value } = p
  return (
    <div class={value === null ? 'fl' : 'fl on'}>
      <details class="menu" name="filter">
        <summary>
          {word}
          {value === null ? <Icon frame={frame} name="ui-down" /> : <b>{value}</b>}
        </summary>
        <div class="drop">
          {p.children}
          <button type="submit" class="btn pri">
            Show
          </button>
        </div>
      </details>
      {value === null ? null : (
        <a class="x" href={p.off} aria-label={`Remove the filter ${word}: ${value}`}>
          <Icon frame={frame} name="ui-close" />
        </a>
      )}
    </div>
  )
}

export function Text(p: { name: string; word: string; value: string | null; type?: string }) {
  return (
    <label>
      <span class="l">{p.word}</span>
      <input class="in" type={p.type ?? 'text'} name={p.name} value={p.value ?? ''} />
    </label>
  )
}

function Select(p: {
  name: string
  word: string
  value: string | null
  options: readonly (readonly [string, string])[]
}) {
  return (
    <label>
      <span class="l">{p.word}</span>
      <select class="in" name={p.name}>
        <option value="">All</option>
        {p.options.map(([value, word]) => (
          <option value={value} selected={value === p.value}>
            {word}
          </option>
        ))}
      </select>
    </label>
  )
}
