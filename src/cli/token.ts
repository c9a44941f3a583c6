import { Fault } from '../domain/fault.ts'
import { didYouMean } from '../domain/nearest.ts'
import type { Context } from './command.ts'
import { connect } from './connect.ts'
import { moment, table } from './print.ts'

const ACTIONS: Readonly<Record<string, (context: Context) => Promise<number>>> = { create, list, revoke }

/** `periplus token create|list|revoke`. */
export async function token(context: Context): Promise<number> {
  const [action = ''] = context.line.arguments
  const act = ACTIONS[action]
  if (act === undefined) {
    const guess = didYouMean(action, Object.keys(ACTIONS)) || ' Use create, list or revoke.'
    throw new Fault('invalid', `“${action}” is nothing that can be done with tokens.${guess}`)
  }
  return await act(context)
}

async function create(context: Context): Promise<number> {
  const { line, terminal } = context
  const name = nameOf(context, 'token create NAME')
  const user = line.flags.get('--user')
  const days = line.flags.get('--expires-in')
  if (days !== undefined && !/^\d{1,4}$/.test(days)) {
    throw new Fault('invalid', `--expires-in must be a number of days such as 90, not “${days}”.`)
  }
  const made = await connect(context).call('createToken', {
    body: {
      name,
      ...(user === undefined ? {} : { user }),
      ...(days === undefined ? {} : { expiresInDays: Number(days) }),
    },
  })
  if (line.flags.has('--json')) await terminal.out(`${JSON.stringify(made)}\n`)
  else {
    await terminal.out(`${made.token}\n`)
    terminal.note(`This is ${made.user}’s token “${made.name}”. It is shown this once.`)
  }
  return 0
}

async function list(context: Context): Promise<number> {
  const tokens = await connect(context).call('listTokens', {})
  const when = (time: string | null) => (time === null ? 'never' : moment(time))
  const rows = tokens.items.map((one) => [
    String(one.id),
    one.name,
    one.user,
    moment(one.createdAt),
    when(one.expiresAt),
    when(one.usedAt),
  ])
  const text = context.line.flags.has('--json')
    ? `${JSON.stringify(tokens)}\n`
    : table(['NUMBER', 'NAME', 'USER', 'MADE', 'EXPIRES', 'LAST USED'], rows, context.terminal)
  await context.terminal.out(text)
  return 0
}

async function revoke(context: Context): Promise<number> {
  const id = nameOf(context, 'token revoke NUMBER')
  await connect(context).call('removeToken', { params: { id } })
  await context.terminal.out(context.line.flags.has('--json') ? '{}\n' : `Token ${id} is withdrawn.\n`)
  return 0
}

function nameOf({ line }: Context, usage: string): string {
  const name = line.arguments[1]
  if (name === undefined) throw new Fault('invalid', `Which one? Use: periplus ${usage}`)
  return name
}
