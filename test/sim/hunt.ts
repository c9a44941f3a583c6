import { missing, simulate } from './simulation.ts'

/**
 * Looks for a seed whose story breaks a rule: `bun test/sim/hunt.ts 1 60`. Ends with 1 and its violations at the first,
 * or where the stories together have never come to a place that they must come to.
 */
const [from = 1, to = from] = process.argv.slice(2).map(Number)
const coverage = new Map<string, number>()
for (let seed = from; seed <= to; seed += 1) {
  const story = await simulate(seed)
  for (const [what, times] of story.coverage) coverage.set(what, (coverage.get(what) ?? 0) + times)
  if (story.violations.length === 0) continue
  console.log(`Seed ${seed}:\n${story.violations.join('\n')}`)
  process.exit(1)
}
const never = missing(coverage)
console.log(
  [...coverage]
    .sort()
    .map(([what, times]) => `${times} ${what}`)
    .join('\n'),
)
if (to - from >= 20 && never.length > 0) {
  console.log(`Never seen: ${never.join(', ')}`)
  process.exit(1)
}
