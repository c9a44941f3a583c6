import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { Client } from '../contract/client.ts'
import { createClient } from '../contract/client.ts'
import { Fault } from '../domain/fault.ts'
import type { Context } from './command.ts'
import { storedToken } from './tokens.ts'

/** Where a server's socket stands in its data directory. */
function socketOf(dataDir: string): string {
  return join(dataDir, 'run', 'periplus.sock')
}

/** The server a command speaks to: the one named by --server, or the one of the data directory by its socket. */
export function connect(context: Pick<Context, 'settings'>): Client {
  const { config } = context.settings
  const token = config.token ?? storedToken(placeOf(context)) ?? undefined
  if (config.server !== null) return createClient({ server: config.server, token })
  const socket = placeOf(context)
  if (!existsSync(socket)) {
    throw new Fault(
      'server_unreachable',
      `No Periplus server runs on ${config['data.dir']}. Start one with “periplus serve”, or name one with --data or --server.`,
    )
  }
  return createClient({ server: 'http://localhost', socket, token })
}

/** What names the server: its address, or its socket. Tokens are stored under it. */
export function placeOf({ settings: { config } }: Pick<Context, 'settings'>): string {
  return config.server ?? socketOf(config['data.dir'])
}
