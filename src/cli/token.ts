import { Fault } from '../domain/fault.ts'
import { actionOf, roleOf, wanted } from './actions.ts'
import type { Context } from './command.ts'
import { connect } from './connect.ts'
import { moment, table } from './print.ts'

/** `periplus token create|list|revoke`. */
export async function token(context: Context): Promise<number> {
  return await actionOf(context, 'tokens', { create, list, revoke })(context)
}

async function create(context: Context): Promise<number> {
  const { line, terminal } = context
  const name = wanted(context, 1, 'token create NAME')
  const user = line.flags.get('--user')
  const role = roleOf(line.flags.get('--role'))
  const days = line.flags.get('--expires-in')
  if (days !== undefined && !/^\d{1,4}$/.test(days)) {
    throw new Fault('invalid', `--expires-in must be a number of days such as 90, not “${days}”.`)
  }
  const made = await connect(context).call('createToken', {
    body: {
      name,
      ...(user === undefined ? {} : { user }),
      ...(role === undefined ? {} : { role }),
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
    one.role ?? '',
    moment(one.createdAt),
    when(one.expiresAt),
    when(one.usedAt),
  ])
  const text = context.line.flags.has('--json')
    ? `${JSON.stringify(tokens)}\n`
    : table(['NUMBER', 'NAME', 'USER', 'ROLE', 'MADE', 'EXPIRES', 'LAST USED'], rows, context.terminal)
  await context.terminal.out(text)
  return 0
}

async function revoke(context: Context): Promise<number> {
  const id = wanted(context, 1, 'token revoke NUMBER')
  await connect(context).call('removeToken', { params: { id } })
  await context.terminal.out(context.line.flags.has('--json') ? '{}\n' : `Token ${id} is withdrawn.\n`)
  return 0
}
