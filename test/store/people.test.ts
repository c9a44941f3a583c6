import { expect, test } from 'bun:test'
import { openTestStore } from './fixture.ts'

const DAY = 86_400_000

function withAlice() {
  const store = openTestStore()
  const alice = store.people.users.create({ name: 'alice', role: 'admin', passwordHash: null, now: 1 })
  return { store, people: store.people, alice }
}

test('a name is taken once', () => {
  const { people } = withAlice()

  expect(() => people.users.create({ name: 'alice', role: 'viewer', passwordHash: null, now: 2 })).toThrow(
    'There is a user alice already',
  )

  expect(people.users.count()).toBe(1)
  expect(people.users.byName('alice')?.role).toBe('admin')
})

test('a session opens for its user until it expires, and can be prolonged and ended', () => {
  const { people, alice } = withAlice()
  people.sessions.create({ hash: 's', userId: alice.id, csrf: 'c', now: 10, expiresAt: 20 })

  expect(people.sessions.byHash('s', 19)).toMatchObject({ csrf: 'c', seenAt: 10, user: { name: 'alice' } })
  expect(people.sessions.byHash('s', 20)).toBeNull()
  people.sessions.touch('s', 15, 40)
  expect(people.sessions.byHash('s', 20)).toMatchObject({ seenAt: 15, expiresAt: 40 })
  people.sessions.remove('s')
  expect(people.sessions.byHash('s', 20)).toBeNull()
})

test('signing out everywhere ends all sessions of that user and no other', () => {
  const { people, alice } = withAlice()
  const bob = people.users.create({ name: 'bob', role: 'viewer', passwordHash: null, now: 1 })
  for (const [hash, userId] of [
    ['a1', alice.id],
    ['a2', alice.id],
    ['b', bob.id],
  ] as const) {
    people.sessions.create({ hash, userId, csrf: 'c', now: 1, expiresAt: DAY })
  }

  people.sessions.removeOf(alice.id)

  expect(['a1', 'a2', 'b'].map((hash) => people.sessions.byHash(hash, 2) !== null)).toEqual([
    false,
    false,
    true,
  ])
})

test('expired sessions are forgotten, others kept', () => {
  const { store, people, alice } = withAlice()
  people.sessions.create({ hash: 'old', userId: alice.id, csrf: 'c', now: 1, expiresAt: 5 })
  people.sessions.create({ hash: 'young', userId: alice.id, csrf: 'c', now: 1, expiresAt: 50 })

  people.sessions.expire(5)

  expect(store.state.sqlite.query('SELECT hash FROM sessions').all()).toEqual([{ hash: 'young' }])
})

test('a token works until it expires or is removed; one that never expires, always', () => {
  const { people, alice } = withAlice()
  const token = people.tokens.create({ userId: alice.id, name: 'ci', hash: 't', now: 1, expiresAt: 10 })
  people.tokens.create({ userId: alice.id, name: 'laptop', hash: 'u', now: 1, expiresAt: null })

  expect(people.tokens.byHash('t', 9)).toMatchObject({ name: 'ci', user: { name: 'alice' } })
  expect(people.tokens.byHash('t', 10)).toBeNull()
  expect(people.tokens.byHash('u', 1e15)?.name).toBe('laptop')
  expect(people.tokens.remove(token.id, alice.id + 1)).toBe(false)
  expect(people.tokens.remove(token.id, alice.id)).toBe(true)
  expect(people.tokens.list(null).map(({ name, user }) => [name, user])).toEqual([['laptop', 'alice']])
})

test('two tokens of one user do not share a name', () => {
  const { people, alice } = withAlice()
  people.tokens.create({ userId: alice.id, name: 'ci', hash: 't', now: 1, expiresAt: null })

  expect(() =>
    people.tokens.create({ userId: alice.id, name: 'ci', hash: 'x', now: 1, expiresAt: null }),
  ).toThrow('There is a token ci already')
})

test('a sign-in link works once, and not after its time', () => {
  const { people, alice } = withAlice()
  people.links.create({ hash: 'l', userId: alice.id, now: 1, expiresAt: 10 })
  people.links.create({ hash: 'late', userId: alice.id, now: 1, expiresAt: 10 })

  expect(people.links.peek('l', 5)).toEqual({ userId: alice.id, user: 'alice' })
  expect(people.links.take('l', 5)).toEqual({ userId: alice.id, user: 'alice' })
  expect(people.links.take('l', 5)).toBeNull()
  expect(people.links.take('late', 10)).toBeNull()
})

test('only the newest setup link works', () => {
  const { people } = withAlice()
  people.links.create({ hash: 'first', userId: null, now: 1, expiresAt: 10 })

  people.links.create({ hash: 'second', userId: null, now: 2, expiresAt: 10 })

  expect(people.links.peek('first', 3)).toBeNull()
  expect(people.links.take('second', 3)).toEqual({ userId: null, user: null })
})

test('the audit lists the newest first, by subject and page by page', () => {
  const store = openTestStore()
  for (const n of [1, 2, 3]) {
    store.audit.append({
      at: n,
      actor: 'alice',
      action: 'approve',
      subject: `shop-${n % 2}`,
      outcome: 'done',
      detail: null,
    })
  }

  const [newest] = store.audit.list({ limit: 1 })

  expect(newest?.at).toBe(3)
  expect(store.audit.list({ limit: 5, before: newest?.id ?? 0 }).map((entry) => entry.at)).toEqual([2, 1])
  expect(store.audit.list({ limit: 5, subject: 'shop-1' }).map((entry) => entry.at)).toEqual([3, 1])
})

test('an answer is found by whoever asked with that key, until it is forgotten', () => {
  const { idempotency } = openTestStore()
  idempotency.save({ actor: 'alice', key: 'k', request: 'r', status: 201, response: '{}', createdAt: 5 })

  expect(idempotency.find('alice', 'k')).toMatchObject({ status: 201 })
  expect(idempotency.find('bob', 'k')).toBeNull()
  idempotency.expire(4)
  expect(idempotency.find('alice', 'k')).not.toBeNull()
  idempotency.expire(5)
  expect(idempotency.find('alice', 'k')).toBeNull()
})

test('who was here last is known from sessions and tokens, and nobody who has left is let in by either', () => {
  const { people } = openTestStore()
  const carol = people.users.create({ name: 'carol', role: 'admin', passwordHash: null, now: 1 })
  const dan = people.users.create({ name: 'dan', role: 'admin', passwordHash: null, now: 1 })
  people.sessions.create({ hash: 's', userId: carol.id, csrf: '', now: 5, expiresAt: 100 })
  const token = people.tokens.create({ userId: carol.id, name: 't', hash: 't', now: 2, expiresAt: null })
  people.tokens.touch(token.id, 9)

  const seen = people.users.list().map(({ name, seenAt }) => [name, seenAt])
  people.users.setDeactivated(carol.id, 10)

  expect(seen).toEqual([
    ['carol', 9],
    ['dan', null],
  ])
  expect([people.sessions.byHash('s', 11), people.tokens.byHash('t', 11)]).toEqual([null, null])
  expect([people.users.hasOtherAdmin(carol.id), people.users.hasOtherAdmin(dan.id)]).toEqual([true, false])
})
