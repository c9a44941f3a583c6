import type { Credential } from '../domain/credential.ts'
import { Fault } from '../domain/fault.ts'
import { actionOf, done, textOf, usesWords, wanted } from './actions.ts'
import type { Context } from './command.ts'
import { connect } from './connect.ts'
import { moment, table } from './print.ts'

/** `periplus credential set|list|remove|try`. */
export async function credential(context: Context): Promise<number> {
  return await actionOf(context, 'credentials', { set, list, remove, try: attempt })(context)
}

async function set(context: Context): Promise<number> {
  const name = wanted(context, 1, 'credential set NAME')
  const body = await read(context, name)
  await connect(context).call('saveCredential', { params: { name }, body })
  return done(context, `The credential ${name} is set.`)
}

/** A registry where its address is said, a key where a file of one is named, a password otherwise. No secret is ever an argument. */
async function read(context: Context, name: string): Promise<Credential> {
  const { flags } = context.line
  const [key, knownHosts, username, address] = [
    flags.get('--key-file'),
    flags.get('--known-hosts'),
    flags.get('--username'),
    flags.get('--registry'),
  ]
  if (address !== undefined) {
    const password = username === undefined ? '' : await passwordOf(context, name)
    const plainHttp = flags.has('--plain-http')
    return { kind: 'registry', address, username: username ?? '', password, plainHttp }
  }
  if (key !== undefined) {
    if (knownHosts === undefined)
      throw new Fault('invalid', '--known-hosts is missing: a file as “ssh-keyscan git.example” prints it.')
    return { kind: 'ssh', privateKey: textOf(key), knownHosts: textOf(knownHosts) }
  }
  if (username === undefined)
    throw new Fault(
      'invalid',
      'Say --username for a password, --key-file and --known-hosts for an SSH key, or --registry.',
    )
  return { kind: 'https', username, password: await passwordOf(context, name) }
}

async function passwordOf({ line, terminal }: Context, name: string): Promise<string> {
  const file = line.flags.get('--password-file')
  const password =
    file === undefined
      ? await terminal.ask(`Password of ${name}: `, 'hidden')
      : textOf(file).replace(/\r?\n$/, '')
  if (password === '') throw new Fault('invalid', 'No password was given, so nothing was set.')
  return password
}

async function list(context: Context): Promise<number> {
  const credentials = await connect(context).call('listCredentials', {})
  const rows = credentials.items.map((one) => [
    one.name,
    one.kind,
    usesWords(one.usedBy),
    moment(one.updatedAt),
    one.updatedBy,
  ])
  const text = context.line.flags.has('--json')
    ? `${JSON.stringify(credentials)}\n`
    : table(['NAME', 'KIND', 'USED BY', 'SET', 'BY'], rows, context.terminal)
  await context.terminal.out(text)
  return 0
}

async function remove(context: Context): Promise<number> {
  const name = wanted(context, 1, 'credential remove NAME')
  await connect(context).call('removeCredential', { params: { name } })
  return done(context, `The credential ${name} is removed.`)
}

async function attempt(context: Context): Promise<number> {
  const name = wanted(context, 1, 'credential try NAME --url URL')
  const url = context.line.flags.get('--url')
  if (url === undefined)
    throw new Fault('invalid', 'On which repository? Use: periplus credential try NAME --url URL')
  const found = await connect(context).call('tryCredential', { params: { name }, body: { url } })
  const answer = context.line.flags.has('--json')
    ? JSON.stringify(found)
    : `${url} can be read with ${name}; branches: ${found.branches}.`
  await context.terminal.out(`${answer}\n`)
  return 0
}
