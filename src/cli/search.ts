import type { z } from 'zod'
import {
  FoundEventSchema,
  type FoundLogWire,
  HitsEventSchema,
  type HitWire,
  SearchEndSchema,
  type SearchEndWire,
} from '../contract/search.ts'
import { FAULTS, Fault } from '../domain/fault.ts'
import type { Context, Terminal } from './command.ts'
import { connect } from './connect.ts'
import { filtersOf } from './list.ts'
import { clean, harmless, moment, paint, refOf, statusCell } from './print.ts'
import { persist } from './watch.ts'

const LINES = '200'

/** `periplus search`: lines of all logs, as they are found. */
export async function search(context: Context): Promise<number> {
  const { line, terminal } = context
  const [q = ''] = line.arguments
  const limit = line.flags.get('--limit') ?? LINES
  const stage = line.flags.get('--stage')
  const as = line.flags.has('--regex') ? ('regex' as const) : ('text' as const)
  const query = { q, as, ...filtersOf(line), ...(stage === undefined ? {} : { stage }) }
  const client = connect(context)
  const print = printer(context)
  let last: string | undefined
  let printed = 0
  const end = await persist(context, async () => {
    const asked = { query: { ...query, limit: printed === 0 ? limit : Number(limit) - printed } }
    const options = { signal: context.signal, lastEventId: last }
    for await (const { event, data, id } of client.stream('search', asked, options)) {
      last = id ?? last
      if (event === 'hits' && terminal.columns !== null) {
        for (const hit of read(HitsEventSchema, data).hits) terminal.note(hitWords(hit, q))
      } else if (event === 'found') {
        const { items } = read(FoundEventSchema, data)
        await terminal.out(items.map(print).join(''))
        printed += items.flatMap(({ lines }) => lines).filter(({ matches }) => matches).length
      } else if (event === 'end') {
        const ended = read(SearchEndSchema, data)
        // Where it only took long it is asked to go on.
        return ended.ended === 'time' ? null : ended
      }
    }
    return null
  })
  if (end.problem !== null) throw new Fault('limited', end.problem)
  terminal.note(endWords(end))
  return printed === 0 ? FAULTS.not_found.exit : 0
}

function read<T>(schema: z.ZodType<T>, data: string): T {
  return schema.parse(JSON.parse(data))
}

/** For a person, for a pipe (as grep has it), or as JSON. */
function printer({ line, terminal }: Context): (log: FoundLogWire) => string {
  if (line.flags.has('--json')) return (log) => `${JSON.stringify(log)}\n`
  return terminal.columns === null ? asGrep : (log) => asPage(log, terminal)
}

function asGrep({ execution, stage, lines }: FoundLogWire): string {
  return lines
    .filter(({ matches }) => matches)
    .map(({ number, text }) => `${execution.id}/${stage}:${number}:${text}\n`)
    .join('')
}

function asPage({ execution, stage, lines, more }: FoundLogWire, terminal: Terminal): string {
  const head = [
    paint(`${execution.id} / ${stage}`, 'bold', terminal),
    paint(...statusCell(execution.status), terminal),
    refOf(execution),
    moment(execution.triggeredAt),
    clean(execution.title ?? ''),
  ]
  const numbers = Math.max(...lines.map(({ number }) => String(number).length), 0)
  const rows = lines.map(({ number, text, matches, spans }) => {
    const label = `${String(number).padStart(numbers + 2)}${matches ? ':' : ' '}`
    return matches
      ? `${label} ${marked(text, spans, terminal)}`
      : paint(`${label} ${plain(text)}`, 'dim', terminal)
  })
  const rest = more === null ? [] : [paint(`  more from line ${more}`, 'dim', terminal)]
  return `${head.join('  ').trimEnd()}\n${[...rows, ...rest].map((row) => `${row}\n`).join('')}\n`
}

function marked(text: string, spans: FoundLogWire['lines'][number]['spans'], terminal: Terminal): string {
  let at = 0
  let out = ''
  for (const [from, until] of spans) {
    out += plain(text.slice(at, from)) + paint(plain(text.slice(from, until)), 'red', terminal)
    at = until
  }
  return out + plain(text.slice(at))
}

/** The server has taken out what a terminal would obey; a terminal trusts no server. */
function plain(text: string): string {
  return harmless(text, { colour: false })
}

const MEANINGS: Readonly<Record<HitWire['kind'], string>> = {
  id: 'The execution itself',
  commit: 'Of that commit',
  title: 'In the title',
  branch: 'Of the branch',
  person: 'Triggered by',
}

function hitWords({ kind, executions, more }: HitWire, q: string): string {
  const names = executions.map(({ id }) => id).join(', ')
  const flag = kind === 'branch' ? '--branch' : kind === 'person' ? '--by' : '--query'
  return `${MEANINGS[kind]}${kind === 'branch' || kind === 'person' ? ` ${clean(q)}` : ''}: ${names}${more ? ` and more (periplus list ${flag})` : ''}`
}

function endWords({ ended, searched }: SearchEndWire): string {
  const { logs, executions, bytes, lines, of } = searched
  const all = ended === 'all' ? '' : ` of ${of.count}${of.exact ? '' : '+'}`
  const size = bytes < 1e9 ? `${(bytes / 1e6).toFixed(1)} MB` : `${(bytes / 1e9).toFixed(1)} GB`
  const more = ended === 'lines' ? ' --limit shows more.' : ''
  return `${lines === 0 ? 'No line matches' : `${lines} lines`}: searched ${logs} logs in ${executions}${all} executions, ${size}.${more}`
}
