import { expect, test } from 'bun:test'
import { environment, ledgerGround, person, workflow } from './ground.ts'

test('a machine that is full says whom one waits behind', () => {
  const g = ledgerGround({ localMaxRunning: 1 })
  g.save(workflow('shop'))
  const first = g.start('shop')
  const [second, third] = [g.start('shop'), g.start('shop')]

  expect(g.status(second)).toBe('pending')
  expect(g.ledger.waitingFor(second)).toBe('1st in queue for this machine, which runs 1 at once.')
  expect(g.ledger.waitingFor(third)).toBe(
    '2nd in queue for this machine, which runs 1 at once, behind shop-2.',
  )
  g.finish(first)

  expect(g.ledger.waitingFor(second)).toBeNull()
  expect(g.begin(second)).toBe(true)
  expect(g.begin(third)).toBe(false)
})

test('a group keeps its limit, oldest first, and its slot lasts from segment to segment', () => {
  const g = ledgerGround({ localMaxRunning: 9 })
  g.save(
    environment('dev'),
    workflow('shop', { concurrency: { group: 'shop', limit: 1 }, deploy: [{ environment: 'dev' }] }),
  )
  const first = g.start('shop')
  const second = g.start('shop')

  expect(g.ledger.waitingFor(second)).toBe('1st in queue in group shop, behind shop-1.')
  g.finish(first)
  expect(g.begin(second)).toBe(false)
  g.begin(first)
  g.finish(first)

  expect(g.status(first)).toBe('succeeded')
  expect(g.begin(second)).toBe(true)
})

test('an environment takes one deploy at a time', () => {
  const g = ledgerGround({ localMaxRunning: 9 })
  g.save(environment('dev'), workflow('shop', { deploy: [{ environment: 'dev' }] }))
  const [first, second] = [g.start('shop'), g.start('shop')]
  g.finish(first)
  g.finish(second)

  expect(g.begin(first)).toBe(true)
  expect(g.begin(second)).toBe(false)
  expect(g.ledger.waitingFor(second)).toBe(
    '1st in queue for dev, which takes one deploy at a time, behind shop-1.',
  )
})

test('a machine that is full holds up nothing of a cluster, which waits for its own reasons', () => {
  const g = ledgerGround({ localMaxRunning: 1 })
  g.save(
    environment('dev'),
    workflow('shop'),
    workflow('cloud', { engine: 'argo', deploy: [{ environment: 'dev' }] }),
  )
  g.start('shop')
  const waiting = g.start('shop')
  const [first, second] = [g.start('cloud'), g.start('cloud')]

  expect([first, second].map(g.status)).toEqual(['running', 'running'])
  expect(g.ledger.waitingFor(first)).toBeNull()
  g.finish(first)
  g.finish(second)
  g.begin(first)

  expect(g.ledger.waitingFor(second)).toBe(
    '1st in queue for dev, which takes one deploy at a time, behind cloud-1.',
  )
  expect(g.ledger.waitingFor(waiting)).toBe('1st in queue for this machine, which runs 1 at once.')
})

test('a newer execution ends the older ones of a group that wants only the newest', () => {
  const g = ledgerGround({ localMaxRunning: 9 })
  g.save(workflow('shop', { concurrency: { group: 'shop', limit: 1, onConflict: 'terminateRunning' } }))
  const first = g.start('shop')

  const second = g.start('shop')

  expect(g.status(first)).toBe('terminating')
  expect(g.store.executions.byId(first)?.reason).toBe('Superseded by shop-2.')
  expect(g.status(second)).toBe('pending')
})

test('cancelPending leaves alone what runs', () => {
  const g = ledgerGround({ localMaxRunning: 9 })
  g.save(workflow('shop', { concurrency: { group: 'shop', limit: 1, onConflict: 'cancelPending' } }))
  const [first, second] = [g.start('shop'), g.start('shop')]

  g.start('shop')

  expect([first, second].map(g.status)).toEqual(['running', 'terminating'])
})

test('nothing new starts on a full disk, and it starts when there is room again', () => {
  let free = 10
  const g = ledgerGround({ freeBytes: () => free, freeBytesMin: 1024 })
  g.save(workflow('shop'))
  const id = g.start('shop')

  expect(g.status(id)).toBe('pending')
  expect(g.ledger.waitingFor(id)).toStartWith('The disk has less than')
  free = 2048
  g.ledger.tick()

  expect(g.begin(id)).toBe(true)
})

test('after a termination was asked for nothing is submitted', () => {
  const g = ledgerGround()
  g.save(workflow('shop'))
  const id = g.trigger('shop')
  g.prepare(id)

  g.ledger.terminate(id, person('dave'), null)

  expect(g.begin(id)).toBe(false)
  expect(g.store.effects.open(id).map((effect) => effect.kind)).toEqual(['terminate'])
})

test('only running time counts towards a timeout', () => {
  const g = ledgerGround({ localMaxRunning: 1 })
  g.save(environment('dev'), workflow('shop', { timeout: '10m', deploy: [{ environment: 'dev' }] }))
  const first = g.start('shop')
  g.pass(300_000)
  g.save(workflow('other'))
  const other = g.trigger('other')
  g.prepare(other)
  g.finish(first)

  g.pass(3_600_000)
  g.ledger.tick()
  expect(g.store.executions.byId(first)).toMatchObject({ status: 'running', timedOut: 0, ranMs: 300_000 })
  g.begin(first)
  g.pass(300_000)
  g.ledger.tick()

  expect(g.store.executions.byId(first)).toMatchObject({ status: 'running', timedOut: 1 })
})

test('a deploy to an environment that is closed is refused at the trigger, by name', () => {
  const g = ledgerGround()
  g.save(environment('dev', { active: false }), workflow('shop', { deploy: [{ environment: 'dev' }] }))

  expect(() => g.trigger('shop')).toThrow(/Environment dev is not active/)
})

test('listeners hear of an event only once it is committed', () => {
  const g = ledgerGround()
  g.save(workflow('shop'))
  const heard: boolean[] = []
  g.feed.subscribe(() => heard.push(g.store.state.sqlite.inTransaction))

  g.trigger('shop')

  expect(heard).toEqual([false])
})
