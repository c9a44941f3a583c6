import { AUDIT_ACTIONS } from '../domain/audit.ts'
import { Fault } from '../domain/fault.ts'
import { didYouMean } from '../domain/nearest.ts'
import type { Context } from './command.ts'
import { connect } from './connect.ts'
import { moment, table } from './print.ts'

const FILTERS = ['actor', 'object', 'from', 'to'] as const
const OUTCOMES = ['done', 'refused'] as const

/** `periplus audit`. */
export async function audit(context: Context): Promise<number> {
  const { line, terminal } = context
  const { flags } = line
  const action = oneOf('--action', AUDIT_ACTIONS, flags.get('--action'))
  const outcome = oneOf('--outcome', OUTCOMES, flags.get('--outcome'))
  const limit = flags.get('--limit')
  const page = await connect(context).call('listAudit', {
    query: {
      ...Object.fromEntries(FILTERS.flatMap((key) => [[key, flags.get(`--${key}`)]])),
      ...(action === undefined ? {} : { action }),
      ...(outcome === undefined ? {} : { outcome }),
      ...(limit === undefined ? {} : { limit }),
    },
  })
  const rows = page.items.map((one) => [
    moment(one.at),
    one.actor,
    one.action,
    one.object,
    one.outcome,
    one.detail ?? '',
  ])
  const text = flags.has('--json')
    ? `${JSON.stringify(page)}\n`
    : table(['WHEN', 'WHO', 'WHAT', 'OBJECT', 'OUTCOME', 'DETAIL'], rows, terminal)
  await terminal.out(text)
  return 0
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
