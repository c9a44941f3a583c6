import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { createClient } from '../contract/client.ts'
import { Fault } from '../domain/fault.ts'
import type { Context } from './command.ts'
import { connect, placeOf } from './connect.ts'
import { moment } from './print.ts'
import { storeToken } from './tokens.ts'

/** `periplus login`: asks for a token, tries it, and keeps it for the commands that follow. */
export async function login(context: Context): Promise<number> {
  const { config } = context.settings
  const place = placeOf(context)
  const token = config.token ?? (await context.terminal.ask(`Token for ${place}: `, 'hidden'))
  if (token === '')
    throw new Fault(
      'invalid',
      'No token was given. Make one on Settings → Tokens, or by “periplus token create”.',
    )
  const to =
    config.server === null ? { server: 'http://localhost', socket: place } : { server: config.server }
  const me = await createClient({ ...to, token }).call('getMe', {})
  const file = storeToken(place, token)
  const answer = context.line.flags.has('--json')
    ? JSON.stringify({ ...me, server: place })
    : `You are ${me.name} (${me.role}) on ${place}. The token is in ${file}.`
  await context.terminal.out(`${answer}\n`)
  return 0
}

/** `periplus login-link`: a link that signs somebody in, once. */
export async function loginLink(context: Context): Promise<number> {
  const user = context.line.arguments[0]
  const link = await connect(context).call('createSignInLink', { body: user === undefined ? {} : { user } })
  const address = `${addressOf(context)}${link.path}`
  const until = `Works once, until ${moment(link.expiresAt)}${link.user === null ? '; makes the first admin' : ''}.`
  if (context.line.flags.has('--json'))
    await context.terminal.out(`${JSON.stringify({ ...link, address })}\n`)
  else {
    await context.terminal.out(`${address}\n`)
    context.terminal.note(until)
  }
  return 0
}

/** Where people reach the server: as it was configured, or as the running server wrote it down. */
function addressOf({ settings: { config } }: Context): string {
  if (config.server !== null) return config.server
  const written = join(config['data.dir'], 'run', 'address')
  return existsSync(written) ? readFileSync(written, 'utf8').trim() : (config.publicUrl ?? '')
}
