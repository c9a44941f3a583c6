import type { Client } from '../contract/client.ts'
import { PAGE_LIMIT_MAX } from '../contract/inputs.ts'
import type { ExecutionWire } from '../contract/schemas.ts'
import { Fault } from '../domain/fault.ts'
import { didYouMean } from '../domain/nearest.ts'
import type { Context, Line } from './command.ts'
import { connect } from './connect.ts'
import { type Cell, moment, ran, refOf, statusCell, table } from './print.ts'

const LIMIT = '25'
/** Flags that are filters of the API by the same name. */
const FILTERS = [
  'status',
  'workflow',
  'branch',
  'trigger',
  'by',
  'environment',
  'range',
  'from',
  'to',
] as const

/** `periplus list`: the history, newest first. */
export async function list(context: Context): Promise<number> {
  const { line, terminal, world } = context
  const given = filtersOf(line)
  const text = line.flags.get('--query')
  const client = connect(context)
  const view = line.flags.get('--view')
  const query = {
    ...(view === undefined ? {} : beside(await viewed(client, view), given)),
    ...given,
    ...(text === undefined ? {} : { q: text }),
  }
  if (line.flags.has('--all')) return await listAll(context, client, query)
  const limit = line.flags.get('--limit') ?? LIMIT
  const page = await client.call('listExecutions', { query: { ...query, limit } })
  if (line.flags.has('--json')) {
    await terminal.out(`${JSON.stringify(page)}\n`)
    return 0
  }
  if (page.items.length === 0) {
    const everything = Object.keys(given).length === 0 && text === undefined && view === undefined
    terminal.note(everything ? 'Nothing has run yet.' : 'No execution matches.')
    return 0
  }
  await terminal.out(
    table(
      HEADINGS,
      page.items.map((execution) => rowOf(execution, world.now())),
      terminal,
    ),
  )
  const total = page.total.exact ? `${page.total.count}` : `${page.total.count}+`
  if (page.next !== null)
    terminal.note(`${page.items.length} of ${total}; --limit shows more, --all everything.`)
  return 0
}

/** Page after page, so that neither side holds more than one of them. */
async function listAll(
  { line, signal, terminal }: Context,
  client: Client,
  query: Readonly<Record<string, string>>,
): Promise<number> {
  if (line.flags.has('--limit'))
    throw new Fault('invalid', '--all and --limit exclude each other; give one of them.')
  let before: string | null = null
  do {
    const place: Readonly<Record<string, string>> = before === null ? {} : { before }
    const page = await client.call(
      'listExecutions',
      { query: { ...query, ...place, limit: PAGE_LIMIT_MAX } },
      { signal },
    )
    await terminal.out(page.items.map((one) => `${JSON.stringify(one)}\n`).join(''))
    before = page.next === null ? null : new URL(page.next, 'http://server').searchParams.get('before')
  } while (before !== null)
  return 0
}

/** What the flags of a command narrow a list by. */
export function filtersOf({ flags }: Line): Partial<Record<(typeof FILTERS)[number], string>> {
  const given = FILTERS.flatMap((name) => {
    const value = flags.get(`--${name}`)
    return value === undefined ? [] : [[name, value]]
  })
  return Object.fromEntries(given)
}

/** What a view narrows the list by; one's own goes before everybody's of the same name. */
async function viewed(client: Client, name: string): Promise<Readonly<Record<string, string>>> {
  const { items } = await client.call('listViews', {})
  const view = items.find((one) => one.name === name)
  if (view !== undefined) return Object.fromEntries(new URLSearchParams(view.query))
  const near = didYouMean(
    name,
    items.map((one) => one.name),
  )
  throw new Fault('not_found', `There is no view ${name.slice(0, 60)}.${near}`)
}

/** What of a view stays beside the flags: whoever names days or a range means no others. */
function beside(
  view: Readonly<Record<string, string>>,
  given: Partial<Record<string, string>>,
): Readonly<Record<string, string>> {
  const days = ['range', 'from', 'to']
  if (given['range'] === undefined && (given['from'] ?? given['to'] ?? null) === null) return view
  const stays = (key: string) => !days.includes(key) || (key !== 'range' && given['range'] === undefined)
  return Object.fromEntries(Object.entries(view).filter(([key]) => stays(key)))
}

const HEADINGS = ['EXECUTION', 'STATUS', 'TRIGGERED AT', 'BY', 'REF', 'DURATION', 'COMMIT']

function rowOf(execution: ExecutionWire, now: number): readonly Cell[] {
  return [
    execution.id,
    statusCell(execution.status),
    moment(execution.triggeredAt),
    execution.triggeredBy,
    refOf(execution),
    ran(execution, now),
    execution.title ?? '',
  ]
}
