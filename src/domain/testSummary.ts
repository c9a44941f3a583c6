import type { TestCase, TestOutcome } from './finding.ts'

/** A list of the slowest that is read at a glance. */
const SLOWEST = 10

/** What a reader asks of tests first. */
export interface TestSummary {
  readonly counts: Readonly<Record<TestOutcome, number>>
  /** Of all that say it, one after another. */
  readonly durationMs: number
  readonly slowest: readonly TestCase[]
  /** They fail, and did not in the earlier run; none where there was no earlier run. */
  readonly newlyFailing: readonly TestCase[]
  /** They passed and failed with the same commit: nothing but chance is between the two. */
  readonly flaky: readonly TestCase[]
}

/** Sums up a run's tests, beside an earlier run of another commit, and all other runs of the same commit. */
export function testSummary(
  tests: readonly TestCase[],
  earlier: readonly TestCase[] | null,
  sameCommit: readonly (readonly TestCase[])[],
): TestSummary {
  const failedBefore = new Set((earlier ?? []).filter(hasFailed).map(keyOf))
  const ends = endsOf([tests, ...sameCommit].flat())
  const isFlaky = (test: TestCase) => test.retried || ends.get(keyOf(test)) === 'both'
  return {
    counts: countsOf(tests),
    durationMs: tests.reduce((sum, { durationMs }) => sum + (durationMs ?? 0), 0),
    slowest: tests
      .filter(({ durationMs }) => (durationMs ?? 0) > 0)
      .toSorted((a, b) => (b.durationMs ?? 0) - (a.durationMs ?? 0))
      .slice(0, SLOWEST),
    newlyFailing:
      earlier === null ? [] : tests.filter((test) => hasFailed(test) && !failedBefore.has(keyOf(test))),
    flaky: once(tests.filter(isFlaky)),
  }
}

function countsOf(tests: readonly TestCase[]): Readonly<Record<TestOutcome, number>> {
  const counts = { failed: 0, error: 0, skipped: 0, passed: 0 } satisfies Record<TestOutcome, number>
  for (const { outcome } of tests) counts[outcome] += 1
  return counts
}

/** How each test ended, over all its runs. */
function endsOf(tests: readonly TestCase[]): ReadonlyMap<string, 'passed' | 'failed' | 'both'> {
  const ends = new Map<string, 'passed' | 'failed' | 'both'>()
  for (const test of tests) {
    if (test.outcome === 'skipped') continue
    const end = hasFailed(test) ? 'failed' : 'passed'
    const before = ends.get(keyOf(test)) ?? end
    ends.set(keyOf(test), before === end ? end : 'both')
  }
  return ends
}

function hasFailed({ outcome }: TestCase): boolean {
  return outcome === 'failed' || outcome === 'error'
}

function keyOf({ suite, name }: TestCase): string {
  return `${suite}\0${name}`
}

/** Some runners list a test once for each time they try it: the last is how it ended. */
function once(tests: readonly TestCase[]): readonly TestCase[] {
  return [...new Map(tests.map((test) => [keyOf(test), test])).values()]
}
