import type { ServerDeps } from './context.ts'
import { hashOf, newSecret } from './secret.ts'

const MINUTE_MS = 60 * 1000
/** Long enough to be carried from a terminal to a browser. */
const SIGN_IN_MS = 15 * MINUTE_MS
/** It is printed at the start, which may be the evening before. A later start prints a new one. */
const SETUP_MS = 24 * 60 * MINUTE_MS

export interface Link {
  readonly path: string
  readonly expiresAt: number
}

/** A link that signs one person in, once. Only its hash is kept. */
export function signInLink({ store, world }: Pick<ServerDeps, 'store' | 'world'>, userId: number): Link {
  const secret = newSecret()
  const expiresAt = world.now() + SIGN_IN_MS
  store.people.links.expire(world.now())
  store.people.links.create({ hash: hashOf(secret), userId, now: world.now(), expiresAt })
  return { path: `/sign-in/${secret}`, expiresAt }
}

/** A link that makes the first admin, once; null where somebody is there already. */
export function setupLink({ store, world }: Pick<ServerDeps, 'store' | 'world'>): Link | null {
  if (store.people.users.count() > 0) return null
  const secret = newSecret()
  const expiresAt = world.now() + SETUP_MS
  store.people.links.create({ hash: hashOf(secret), userId: null, now: world.now(), expiresAt })
  return { path: `/setup/${secret}`, expiresAt }
}
