import { type Role, reaches } from '../domain/actor.ts'
import { Fault } from '../domain/fault.ts'
import type { TokenRow, UserRow } from '../store/tables.ts'
import { audited } from './audited.ts'
import type { ServerDeps, Visitor } from './context.ts'
import { hashOf, newSecret } from './secret.ts'
import { TOKEN_PREFIX } from './session.ts'

/** A token as it is wished for. */
export interface TokenWish {
  readonly name: string
  /** Null is as much as its owner. */
  readonly role: Role | null
  /** Null is for ever. */
  readonly lifeMs: number | null
}

/** Makes somebody's token, audited; its secret is told this once. A token makes none that may more, or for longer. */
export function makeToken(
  { store, world }: ServerDeps,
  visitor: Visitor,
  user: Pick<UserRow, 'id' | 'name' | 'role'>,
  { name, role: asked, lifeMs }: TokenWish,
): { readonly row: TokenRow; readonly secret: string } {
  const own = user.id === visitor.userId
  const most = own ? visitor.person.role : user.role
  if (asked !== null && !reaches(most, asked)) {
    throw new Fault(
      'forbidden',
      `A token of ${user.name} cannot be ${asked}: ${own ? 'you are' : `${user.name} is`} ${most}.`,
    )
  }
  const role = asked ?? (own ? (visitor.token?.role ?? null) : null)
  const secret = TOKEN_PREFIX + newSecret()
  const now = world.now()
  const row = store.transaction(() => {
    audited({ store, world }, visitor.person.name, 'token.create', `user:${user.name}`, name)
    return store.people.tokens.create({
      userId: user.id,
      name,
      hash: hashOf(secret),
      now,
      expiresAt: sooner(lifeMs === null ? null : now + lifeMs, visitor.token?.expiresAt ?? null),
      role,
    })
  })
  return { row, secret }
}

function sooner(a: number | null, b: number | null): number | null {
  return a === null || b === null ? (a ?? b) : Math.min(a, b)
}
