import type { Child } from 'hono/jsx'
import { TRIGGER_KINDS } from '../../src/domain/definition.ts'
import { countOf, type HistoryFilter, LAST_DAYS } from '../../src/domain/filter.ts'
import { STATUS_WORDS, STATUSES } from '../../src/domain/status.ts'
import type { Frame } from '../model.ts'
import { Icon, StatusIcon } from '../parts.tsx'
import { TRIGGER_WORDS } from '../words.ts'
import { FILTERS, type FilterName } from './active.ts'
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
      <Drawers {...p} address={listAddress} />
    </form>
  )
}

interface DrawersProps {
  readonly frame: Frame
  readonly filter: HistoryFilter
  readonly choices: Choices
  /** The address of the same page narrowed so, without the filters that are named. */
  readonly address: (filter: HistoryFilter, except: readonly FilterKey[]) => string
}

/** A drawer for each filter. One that is on says its value and can be taken off by itself. */
export function Drawers(p: DrawersProps) {
  const { frame, filter, choices, address } = p
  const of = (name: FilterName) => {
    const { word, keys, value } = FILTERS[name]
    return { frame, word, value: value(filter), off: address(filter, keys) }
  }
  const environments = choices.environments.map((one) => [one, one] as const)
  const workflows = choices.workflows.map((one) => [one, one] as const)
  const triggers = TRIGGER_KINDS.map((kind) => [kind, TRIGGER_WORDS[kind]] as const)
  return (
    <>
      <Drawer {...of('status')}>
        <StatusTicks frame={frame} filter={filter} />
      </Drawer>
      <Drawer {...of('workflow')}>
        <Select name="workflow" word="Workflow" value={filter.workflow} options={workflows} />
      </Drawer>
      <Drawer {...of('branch')}>
        <Text name="branch" word="Branch or tag" value={filter.branch} />
      </Drawer>
      <Drawer {...of('trigger')}>
        <Select name="trigger" word="Trigger" value={filter.trigger} options={triggers} />
      </Drawer>
      <Drawer {...of('by')}>
        <Text name="by" word="User" value={filter.by} />
      </Drawer>
      <Drawer {...of('environment')}>
        <Select name="environment" word="Environment" value={filter.environment} options={environments} />
      </Drawer>
      <Drawer {...of('range')}>
        <RangeChoice filter={filter} address={address} />
      </Drawer>
    </>
  )
}

/** The last days by a link each, or two days by hand, which replace them. */
function RangeChoice({ filter, address }: Pick<DrawersProps, 'filter' | 'address'>) {
  const { range } = filter
  return (
    <>
      <nav class="seg" aria-label="Last days">
        {LAST_DAYS.map((one) => (
          <a
            href={address({ ...filter, range: one, from: null, to: null }, [])}
            aria-current={one === range ? 'true' : undefined}
          >
            <span class="vh">Last </span>
            {countOf(one)} days
          </a>
        ))}
      </nav>
      {range === null ? null : <input type="hidden" name="range" value={range} />}
      <Text name="from" word="From" type="date" value={range === null ? filter.from : null} />
      <Text name="to" word="To" type="date" value={filter.to} />
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
