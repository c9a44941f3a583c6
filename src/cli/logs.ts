import type { Client } from '../contract/client.ts'
import { LinesEventSchema, type LinesEventWire, type LogLineWire } from '../contract/schemas.ts'
import { FAULTS, Fault } from '../domain/fault.ts'
import { isFinal, type StageStatus } from '../domain/status.ts'
import type { Context } from './command.ts'
import { connect } from './connect.ts'
import { STATUS_EXITS } from './exit.ts'
import { harmless, paint } from './print.ts'
import { persist } from './watch.ts'

/** As many lines a request as the API gives: fewer requests for a long log. */
const WINDOW_LINES = 5_000
const MATCHES = 1_000

const STAGE_EXITS: Readonly<Record<StageStatus, number>> = {
  succeeded: 0,
  skipped: 0,
  waiting: 0,
  pending: 0,
  running: 0,
  failed: STATUS_EXITS.failed,
  error: STATUS_EXITS.error,
  terminated: STATUS_EXITS.terminated,
}

/** `periplus logs`: of an execution or of one stage; with -f until they have ended. */
export async function logs(context: Context): Promise<number> {
  const { line } = context
  const [id = ''] = line.arguments
  const stage = line.flags.get('--stage')
  if (stage === undefined && line.flags.has('--from')) {
    throw new Fault('invalid', '--from counts the lines of one stage; name it with --stage.')
  }
  const client = connect(context)
  const print = printer(context, stage === undefined ? 'headed' : 'plain')
  const wanted = wantedIn(context)
  if (wanted !== null) return await printMatches(context, client, { id, stage, print }, wanted)
  if (line.flags.has('--follow')) await follow(context, client, { id, stage, print })
  else await read(context, client, { id, stage, print })
  if (!line.flags.has('--follow')) return 0
  const execution = await persist(context, () => client.call('getExecution', { params: { id } }))
  const one = execution.stages.find((candidate) => candidate.id === stage)
  if (one !== undefined) return STAGE_EXITS[one.status]
  return isFinal(execution.status) ? STATUS_EXITS[execution.status] : 0
}

interface WantedLines {
  readonly as: 'text' | 'regex' | 'errors' | 'new'
  readonly q?: string
}

/** Which lines are asked for; null where all are. */
function wantedIn({ line }: Context): WantedLines | null {
  const q = line.flags.get('--search')
  const kinds: WantedLines[] = [
    ...(q === undefined
      ? []
      : [{ as: line.flags.has('--regex') ? ('regex' as const) : ('text' as const), q }]),
    ...(line.flags.has('--errors') ? [{ as: 'errors' as const }] : []),
    ...(line.flags.has('--new') ? [{ as: 'new' as const }] : []),
  ]
  const [first, second] = kinds
  if (second !== undefined || (first !== undefined && line.flags.has('--follow'))) {
    throw new Fault('invalid', '--search, --errors, --new and --follow exclude each other; give one of them.')
  }
  if (first === undefined && line.flags.has('--regex'))
    throw new Fault('invalid', '--regex says how --search is meant; give both.')
  return first ?? null
}

/** Prints the lines that are asked for, and exits with 3 where there is none, as for all that is not found. */
async function printMatches(
  context: Context,
  client: Client,
  { id, stage, print }: Wanted,
  wanted: WantedLines,
): Promise<number> {
  let count = 0
  for (let from: string | null = stage === undefined ? '0:1' : '1'; from !== null; ) {
    const query = { ...wanted, limit: MATCHES }
    if (stage === undefined) {
      const found = await client.call('searchExecutionLog', { params: { id }, query: { ...query, from } })
      for (const { stage: of, ordinal, ...one } of found.lines)
        await print({ stage: of, ordinal, lines: [numbered(one)] })
      count = found.count
      from = nextFrom(found.next)
    } else {
      const found = await client.call('searchStageLog', { params: { id, stage }, query: { ...query, from } })
      await print({ stage, ordinal: found.ordinal, lines: found.lines.map(numbered) })
      count = found.count
      from = nextFrom(found.next)
    }
  }
  if (count === 0) context.terminal.note('No line is like that.')
  return count === 0 ? FAULTS.not_found.exit : 0
}

/** As `grep -n` has it: the number, a colon, the line. */
function numbered(line: Omit<LogLineWire, 'text'> & { readonly text: string | null }): LogLineWire {
  return { ...line, text: `${line.number}:${line.text ?? ''}` }
}

type Print = (lines: LinesEventWire) => Promise<void>

interface Wanted {
  readonly id: string
  readonly stage: string | undefined
  readonly print: Print
}

async function read({ line }: Context, client: Client, { id, stage, print }: Wanted): Promise<void> {
  let from: string | null = line.flags.get('--from') ?? (stage === undefined ? '0:1' : '1')
  while (from !== null) {
    const query = { from, limit: WINDOW_LINES }
    if (stage === undefined) {
      const window = await client.call('getExecutionLog', { params: { id }, query })
      for (const part of window.lines)
        await print({ stage: part.stage, ordinal: part.ordinal, lines: [part] })
      from = nextFrom(window.next)
    } else {
      const window = await client.call('getStageLog', { params: { id, stage }, query })
      await print(window)
      from = nextFrom(window.next)
    }
  }
}

/** The id of the last line is where a broken stream goes on, so that each line is printed once. */
async function follow(context: Context, client: Client, { id, stage, print }: Wanted): Promise<void> {
  const first = context.line.flags.get('--from')
  let last: string | undefined
  if (stage !== undefined) await persist(context, () => planned(client, id, stage))
  await persist(context, async () => {
    const options = { signal: context.signal, lastEventId: last }
    const query = { follow: true, ...(first === undefined ? {} : { from: first }) }
    const messages =
      stage === undefined
        ? client.stream('getExecutionLog', { params: { id }, query: { follow: true } }, options)
        : client.stream('getStageLog', { params: { id, stage }, query }, options)
    for await (const message of messages) {
      if (message.event === 'lines') await print(LinesEventSchema.parse(JSON.parse(message.data)))
      last = message.id ?? last
      if (message.event === 'end') return true
    }
    return null
  })
}

/** Which stages there are is known once it is planned: a stage that is not there yet may come. */
async function planned(client: Client, id: string, stage: string): Promise<true | null> {
  const { stages, status } = await client.call('getExecution', { params: { id } })
  const open = stages.every(({ phase }) => phase === 'validation') && !isFinal(status)
  return !open || stages.some((one) => one.id === stage) ? true : null
}

function printer({ line, terminal }: Context, layout: 'headed' | 'plain'): Print {
  let heading: string | null = null
  const json = line.flags.has('--json')
  const timestamps = line.flags.has('--timestamps')
  const textOf = (one: LogLineWire) => {
    const time = timestamps ? `${paint(one.at, 'dim', terminal)} ` : ''
    // A file or a pipe gets the line as it was written; a terminal gets what cannot harm it.
    const words = terminal.columns === null ? one.text : harmless(one.text, terminal)
    return `${time}${one.kind === 'line' ? words : paint(words, one.kind === 'gap' ? 'yellow' : 'dim', terminal)}\n`
  }
  return async ({ stage, ordinal, lines }) => {
    if (json)
      return await terminal.out(
        lines.map((one) => `${JSON.stringify({ stage, ordinal, ...one })}\n`).join(''),
      )
    const head = layout === 'headed' && stage !== heading ? `${paint(`── ${stage}`, 'bold', terminal)}\n` : ''
    heading = stage
    if (lines.length > 0) await terminal.out(head + lines.map(textOf).join(''))
  }
}

function nextFrom(address: string | null): string | null {
  return address === null ? null : new URL(address, 'http://server').searchParams.get('from')
}
