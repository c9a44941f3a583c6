import { simulate } from './simulation.ts'

/**
 * Looks for a seed whose story breaks a rule, among those that it is given: `bun test/sim/hunt.ts 4 1-60`.
 * Ends with 1 and the violations of the first it finds.
 */
const coverage = new Map<string, number>()
for (const seed of process.argv.slice(2).flatMap(seedsOf)) {
  const story = await simulate(seed)
  for (const [what, times] of story.coverage) coverage.set(what, (coverage.get(what) ?? 0) + times)
  if (story.violations.length === 0) continue
  console.log(`Seed ${seed}:\n${story.violations.join('\n')}`)
  process.exit(1)
}
console.log([...coverage].map(([what, times]) => `${times} ${what}`).join('\n'))

function seedsOf(range: string): number[] {
  const [from = 1, to = from] = range.split('-').map(Number)
  return Array.from({ length: to - from + 1 }, (_, index) => from + index)
}
