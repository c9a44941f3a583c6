import { expect, test } from 'bun:test'
import { missing } from './coverage.ts'
import { simulate } from './simulation.ts'

/** `SEED=123 bun test test/sim/sim.test.ts` tells one story again. */
const ONE = process.env['SEED']
const SEEDS = ONE === undefined ? Array.from({ length: 120 }, (_, index) => index + 1) : [Number(ONE)]

test('nothing is lost, doubled, stuck or lied about, whatever happens', async () => {
  const coverage = new Map<string, number>()
  for (const seed of SEEDS) {
    const { violations, coverage: seen } = await simulate(seed)

    expect(violations, `SEED=${seed} bun test test/sim/sim.test.ts`).toEqual([])
    for (const [what, times] of seen) coverage.set(what, (coverage.get(what) ?? 0) + times)
  }

  const seen = (what: string) => coverage.get(what) ?? 0
  console.log(
    `${SEEDS.length} seeds: ${seen('status: pending')} executions, ${seen('segment started')} segments, ${seen('crash')} crashes.`,
  )
  if (ONE === undefined) expect(missing(coverage)).toEqual([])
}, 600_000)
