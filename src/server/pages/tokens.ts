import { LIVES, tokensPage } from '../../../views/settings/tokens.tsx'
import { ROLES } from '../../domain/actor.ts'
import { Fault, type Finding } from '../../domain/fault.ts'
import type { UserRow } from '../../store/tables.ts'
import { audited } from '../audited.ts'
import type { ServerDeps } from '../context.ts'
import { makeToken } from '../tokens.ts'
import { findingsFrom, readFields } from './text.ts'
import type { Visit } from './visit.ts'

const DAY_MS = 24 * 60 * 60 * 1000
const NAME = /^[^\p{Cc}]{1,60}$/u
const BLANK = { name: '', role: '', days: '90' }

/** A person's own API tokens: listed, made and removed. */
export function tokenPages(deps: ServerDeps) {
  return {
    list: (visit: Visit) => visit.c.html(shown(deps, visit, { made: null, draft: BLANK, findings: [] })),
    make: (visit: Visit) => make(deps, visit),
    remove: (visit: Visit) => remove(deps, visit),
  }
}

async function make(deps: ServerDeps, visit: Visit): Promise<Response> {
  const { c, visitor } = visit
  const field = await readFields(c)
  const draft = { name: field('name').trim(), role: field('role'), days: field('days') }
  const owner = ownerOf(deps, visit)
  try {
    const { secret } = makeToken(deps, visitor, owner, wishOf(draft))
    return c.html(shown(deps, visit, { made: secret, draft: BLANK, findings: [] }))
  } catch (error) {
    return c.html(shown(deps, visit, { made: null, draft, findings: findingsFrom(error, 'name') }), 422)
  }
}

function wishOf({ name, role, days }: typeof BLANK) {
  const known = ROLES.find((one) => one === role) ?? null
  if (!NAME.test(name)) throw new Fault('invalid', 'A name has 1 to 60 characters.')
  if (role !== '' && known === null)
    throw new Fault('invalid', 'There is no such role. Choose one of the list.')
  if (!LIVES.some(([life]) => life === days))
    throw new Fault('invalid', 'A token cannot live so long. Choose one of the list.')
  return { name, role: known, lifeMs: days === '' ? null : Number(days) * DAY_MS }
}

function remove(deps: ServerDeps, visit: Visit): Response {
  const { store } = deps
  const id = visit.c.req.param('token') ?? ''
  const owner = ownerOf(deps, visit)
  store.transaction(() => {
    const token = /^\d{1,9}$/.test(id) ? store.people.tokens.byId(Number(id)) : null
    if (token === null || !store.people.tokens.remove(token.id, owner.id))
      throw new Fault('not_found', 'You have no such token; it may be removed already.')
    audited(deps, owner.name, 'token.remove', `user:${owner.name}`, token.name)
  })
  return visit.c.redirect('/settings/tokens', 303)
}

function ownerOf({ store }: ServerDeps, { visitor }: Visit): UserRow {
  const user = visitor.userId === null ? null : store.people.users.byId(visitor.userId)
  if (user !== null) return user
  throw new Fault('forbidden', 'local-admin has no tokens. Sign in as a person to make one.')
}

function shown(
  { store }: ServerDeps,
  { frame, visitor }: Visit,
  told: { readonly made: string | null; readonly draft: typeof BLANK; readonly findings: readonly Finding[] },
): string {
  const own = visitor.userId === null ? [] : store.people.tokens.list(visitor.userId)
  const tokens = own.map(({ id, name, role, createdAt, expiresAt, usedAt }) => ({
    ...{ id, name, role, createdAt, expiresAt, usedAt },
  }))
  return tokensPage(frame, { tokens, ...told })
}
