import type { z } from 'zod'
import type { ReportSchema } from '../contract/reports.ts'
import { Fault } from '../domain/fault.ts'
import { SEVERITIES, type Severity } from '../domain/finding.ts'
import { didYouMean } from '../domain/nearest.ts'
import { FINDING_SETS, type FindingSet } from '../domain/report.ts'
import type { Context } from './command.ts'
import { connect } from './connect.ts'
import { TOO_SEVERE } from './exit.ts'
import { type Cell, clean, table } from './print.ts'

type ReportWire = z.infer<typeof ReportSchema>

/** Rows asked for at once, as many as a page has. */
const ROWS = 500

/** `periplus report`: what an execution's reports say, or the findings, the tests or the document of one. */
export async function report(context: Context): Promise<number> {
  const { line, terminal } = context
  const [id = '', name] = line.arguments
  const failOn = oneOf('--fail-on', SEVERITIES, line.flags.get('--fail-on'))
  const client = connect(context)
  if (name === undefined) {
    const { items } = await client.call('listReports', { params: { id } })
    await terminal.out(line.flags.has('--json') ? `${JSON.stringify(items)}\n` : listOf(items, context))
    return items.some((one) => isTooSevere(one, failOn)) ? TOO_SEVERE : 0
  }
  const params = { id, name }
  if (line.flags.has('--document')) {
    const text = new TextDecoder()
    for await (const bytes of await client.text('downloadReport', { params }))
      await terminal.out(text.decode(bytes, { stream: true }))
    return 0
  }
  const one = await client.call('getReport', { params })
  if (one.problem !== null)
    throw new Fault('invalid', `The report ${name} of ${id} says nothing. ${one.problem}`)
  await (one.tests === null ? findings : tests)(context, params)
  return isTooSevere(one, failOn) ? TOO_SEVERE : 0
}

type Named = { readonly id: string; readonly name: string }

async function findings(context: Context, params: Named): Promise<void> {
  const { flags } = context.line
  const severity = oneOf<Severity>('--severity', SEVERITIES, flags.get('--severity'))
  const show = oneOf<FindingSet>('--show', FINDING_SETS, flags.get('--show')) ?? 'all'
  const query = { show, limit: ROWS, ...(severity === undefined ? {} : { severity }) }
  const { items } = await connect(context).call('listFindings', { params, query })
  if (flags.has('--json')) return context.terminal.out(`${JSON.stringify(items)}\n`)
  const rows = items.map((item): Cell[] => [
    item.severity,
    item.ignored ? 'ignored' : item.standing,
    clean(item.rule),
    clean(
      item.file === null ? (item.package ?? '') : `${item.file}${item.line === null ? '' : `:${item.line}`}`,
    ),
    clean(item.message),
  ])
  await context.terminal.out(
    table(['SEVERITY', 'STANDING', 'FINDING', 'WHERE', 'MESSAGE'], rows, context.terminal),
  )
}

async function tests(context: Context, params: Named): Promise<void> {
  const { items } = await connect(context).call('listTests', { params, query: { limit: ROWS } })
  if (context.line.flags.has('--json')) return context.terminal.out(`${JSON.stringify(items)}\n`)
  const rows = items.map((item): Cell[] => [
    item.outcome,
    item.standing ?? '',
    clean(item.suite),
    clean(item.name),
    clean(item.message ?? ''),
  ])
  await context.terminal.out(
    table(['OUTCOME', 'STANDING', 'SUITE', 'TEST', 'MESSAGE'], rows, context.terminal),
  )
}

function listOf(items: readonly ReportWire[], context: Context): string {
  const rows = items.map((item): Cell[] => [item.name, item.format, wordsOf(item), item.stage])
  return table(['REPORT', 'FORMAT', 'SAYS', 'STAGE'], rows, context.terminal)
}

/** “2 critical, 4 high, 3 new” */
function wordsOf({
  state,
  problem,
  counts,
  tests: totals,
  fresh,
  fixed,
  ignored,
  gatePassed,
}: ReportWire): string {
  if (problem !== null) return clean(problem)
  if (state === 'kept') return 'is being read'
  const parts = [
    ...SEVERITIES.map((severity) => [counts[severity], severity] as const),
    ...(totals === null
      ? []
      : ([
          [totals.failed + totals.error, 'failed'],
          [totals.passed, 'passed'],
        ] as const)),
    ...([
      [fresh + (totals?.fresh ?? 0), 'new'],
      [fixed + (totals?.fixed ?? 0), 'fixed'],
      [ignored, 'ignored'],
    ] as const),
  ]
  const words = parts.flatMap(([count, word]) => (count === 0 ? [] : [`${count} ${word}`]))
  if (gatePassed !== null) words.unshift(gatePassed ? 'gate passed' : 'gate failed')
  return words.length === 0 ? 'clean' : words.join(', ')
}

/** Whether it has something at least so severe; a failed test or gate is. */
function isTooSevere(
  { counts, tests: totals, gatePassed }: ReportWire,
  failOn: Severity | undefined,
): boolean {
  if (failOn === undefined) return false
  const worst = SEVERITIES.slice(0, SEVERITIES.indexOf(failOn) + 1)
  return (
    worst.some((severity) => counts[severity] > 0) ||
    (totals !== null && totals.failed + totals.error > 0) ||
    gatePassed === false
  )
}

function oneOf<T extends string>(flag: string, words: readonly T[], text: string | undefined): T | undefined {
  if (text === undefined) return undefined
  const found = words.find((word) => word === text)
  if (found !== undefined) return found
  throw new Fault(
    'invalid',
    `${flag} ${text} is unknown.${didYouMean(text, words) || ` There are ${words.join(', ')}.`}`,
  )
}
