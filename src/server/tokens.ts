import type { TokenRow, UserRow } from '../store/tables.ts'
import { audited } from './audited.ts'
import type { ServerDeps, Visitor } from './context.ts'
import { hashOf, newSecret } from './secret.ts'
import { TOKEN_PREFIX } from './session.ts'

/** Makes somebody's token, audited; its secret is told this once. */
export function makeToken(
  { store, world }: ServerDeps,
  visitor: Visitor,
  user: Pick<UserRow, 'id' | 'name'>,
  name: string,
  lifeMs: number | null,
): { readonly row: TokenRow; readonly secret: string } {
  const secret = TOKEN_PREFIX + newSecret()
  const now = world.now()
  const row = store.transaction(() => {
    audited({ store, world }, visitor.person.name, 'token.create', `user:${user.name}`)
    return store.people.tokens.create({
      userId: user.id,
      name,
      hash: hashOf(secret),
      now,
      expiresAt: lifeMs === null ? null : now + lifeMs,
    })
  })
  return { row, secret }
}
