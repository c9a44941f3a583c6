import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import { STATE_MIGRATIONS } from '../../migrations/index.ts'
import { MEASURE_KINDS } from '../../src/domain/measure.ts'
import { measured, measuresOf, outages, recounted } from '../sim/recount.ts'
import { Book } from './book.ts'
import { environment, ledgerGround, person, workflow } from './ground.ts'

const HOUR = 3_600_000

const steps = fc.array(fc.tuple(fc.nat(9), fc.nat(60), fc.integer({ min: 1, max: 5 * HOUR })), {
  minLength: 40,
  maxLength: 160,
})

const [TRIGGER, FAIL, RETRY, ON] = [0, 4, 6, 7]

/** Its deployment to dev fails; the next passes after a retry, mends dev, is approved and ends: every kind there is. Chance alone comes to a restoration in one story of sixty. */
const everyKind = [TRIGGER, ON, ON, ON, ON, FAIL, TRIGGER, ON, ON, RETRY, ON, ON, ON, ON, ON].map(
  (action): [number, number, number] => [action, 0, 60_000],
)

function played(script: readonly (readonly [number, number, number])[]): Book {
  const book = new Book()
  for (const [action, pick, ms] of script) book.step(action, pick, ms)
  return book
}

describe('whatever happens', () => {
  test('measures are what a book says that was kept beside it, and what follows from the rows', () => {
    const seen = new Set<string>()
    fc.assert(
      fc.property(steps, (script) => {
        const book = played(script)
        const { store } = book.g
        for (const { kind } of book.facts()) seen.add(kind)

        expect(measured(store)).toEqual(measuresOf(book.facts()))
        expect(measured(store)).toEqual(recounted(store))
        expect(outages(store)).toEqual({ kept: [...book.broken()], recounted: [...book.broken()] })
      }),
      { numRuns: 60, examples: [[everyKind]] },
    )
    expect([...seen].sort()).toEqual([...MEASURE_KINDS].sort())
  })

  test('an upgrade measures the history that it finds as if it had been there', () => {
    const migration = STATE_MIGRATIONS.find(({ name }) => name === 'measures')
    fc.assert(
      fc.property(steps, (script) => {
        const { store } = played(script).g
        const before = { measures: measured(store), outages: outages(store) }
        for (const table of ['measures', 'outages']) store.state.sqlite.run(`DROP TABLE ${table}`)

        store.transaction(() => store.state.sqlite.run(migration?.sql ?? ''))

        expect({ measures: measured(store), outages: outages(store) }).toEqual(before)
      }),
      { numRuns: 20 },
    )
  })
})

describe('measures', () => {
  const span = { from: '2026-01-01', to: '2026-12-31' }

  test('fall with the transaction they were part of', () => {
    const g = ledgerGround()
    g.save(workflow('plain'))

    expect(() =>
      g.store.transaction(() => {
        g.start('plain')
        throw new Error('no')
      }),
    ).toThrow('no')

    expect(measured(g.store)).toEqual([])
  })

  test('outlive the executions they were taken from', () => {
    const g = ledgerGround()
    g.save(workflow('plain'))
    const id = g.start('plain')
    g.pass(61_000)
    g.finish(id)
    const before = measured(g.store)

    g.store.state.sqlite.query('DELETE FROM executions WHERE id = ?').run(id)

    expect(before.length).toBeGreaterThan(0)
    expect(measured(g.store)).toEqual(before)
    expect(g.store.measures.classes(0, 'duration', '', span)).toMatchObject([{ count: 1, sumMs: 61_000 }])
  })

  test('count a gate that people opened, not one that nobody looked at', () => {
    const g = ledgerGround()
    g.save(
      environment('production', { manual: true, approvers: ['alice'], expires: '1h' }),
      workflow('shop', { deploy: [{ environment: 'production' }] }),
    )
    const [opened, expired] = [g.start('shop'), g.start('shop')]
    g.finish(opened)
    g.finish(expired)
    g.pass(30 * 60_000)
    g.ledger.approve(opened, 'production', person('alice'), null)
    g.pass(HOUR)
    g.ledger.tick()

    expect(g.status(expired)).toBe('approval-rejected')
    expect(g.store.measures.classes(0, 'gate', '', span)).toMatchObject([{ count: 1, sumMs: 30 * 60_000 }])
  })
})
