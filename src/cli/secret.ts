import { Fault } from '../domain/fault.ts'
import { actionOf, done, textOf, usesWords, wanted } from './actions.ts'
import type { Context } from './command.ts'
import { connect } from './connect.ts'
import { moment, table } from './print.ts'

/** `periplus secret set|list|remove`. */
export async function secret(context: Context): Promise<number> {
  return await actionOf(context, 'secrets', { set, list, remove })(context)
}

async function set(context: Context): Promise<number> {
  const name = wanted(context, 1, 'secret set NAME')
  const file = context.line.flags.get('--file')
  const value = file === undefined ? await context.terminal.ask(`Value of ${name}: `, 'hidden') : textOf(file)
  if (value === '') throw new Fault('invalid', 'No value was given, so nothing was set.')
  await connect(context).call('saveSecret', { params: { name }, body: { value } })
  return done(context, `The secret ${name} is set.`)
}

async function list(context: Context): Promise<number> {
  const secrets = await connect(context).call('listSecrets', {})
  const rows = secrets.items.map((one) => [
    one.name,
    usesWords(one.usedBy),
    moment(one.updatedAt),
    one.updatedBy,
  ])
  const text = context.line.flags.has('--json')
    ? `${JSON.stringify(secrets)}\n`
    : table(['NAME', 'USED BY', 'SET', 'BY'], rows, context.terminal)
  await context.terminal.out(text)
  return 0
}

async function remove(context: Context): Promise<number> {
  const name = wanted(context, 1, 'secret remove NAME')
  await connect(context).call('removeSecret', { params: { name } })
  return done(context, `The secret ${name} is removed.`)
}
