import { actionOf, roleOf, wanted } from './actions.ts'
import type { Context } from './command.ts'
import { connect } from './connect.ts'
import { moment, table } from './print.ts'

/** `periplus user list|add|role|deactivate|reactivate`. */
export async function user(context: Context): Promise<number> {
  return await actionOf(context, 'users', { list, add, role, deactivate, reactivate })(context)
}

async function list(context: Context): Promise<number> {
  const users = await connect(context).call('listUsers', {})
  const rows = users.items.map((one) => [
    one.name,
    one.role,
    one.active ? 'active' : 'deactivated',
    moment(one.createdAt),
  ])
  const text = context.line.flags.has('--json')
    ? `${JSON.stringify(users)}\n`
    : table(['NAME', 'ROLE', 'STATE', 'ADDED'], rows, context.terminal)
  await context.terminal.out(text)
  return 0
}

async function add(context: Context): Promise<number> {
  const name = wanted(context, 1, 'user add NAME [ROLE]')
  const role = roleOf(context.line.arguments[2]) ?? 'viewer'
  const made = await connect(context).call('createUser', { body: { name, role } })
  return told(context, made, `${name} is added as ${role}. “periplus login-link ${name}” lets them in.`)
}

async function role(context: Context): Promise<number> {
  const name = wanted(context, 1, 'user role NAME ROLE')
  const wish = roleOf(wanted(context, 2, 'user role NAME ROLE')) ?? 'viewer'
  const changed = await connect(context).call('changeRole', { params: { name }, body: { role: wish } })
  return told(context, changed, `${name} is ${wish}.`)
}

async function deactivate(context: Context): Promise<number> {
  const name = wanted(context, 1, 'user deactivate NAME')
  const changed = await connect(context).call('deactivateUser', { params: { name } })
  return told(context, changed, `${name} is signed out everywhere and comes in no more.`)
}

async function reactivate(context: Context): Promise<number> {
  const name = wanted(context, 1, 'user reactivate NAME')
  const changed = await connect(context).call('reactivateUser', { params: { name } })
  return told(context, changed, `${name} may come in again.`)
}

async function told({ line, terminal }: Context, reply: object, sentence: string): Promise<number> {
  await terminal.out(`${line.flags.has('--json') ? JSON.stringify(reply) : sentence}\n`)
  return 0
}
