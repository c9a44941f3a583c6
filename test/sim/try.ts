import { simulate } from './simulation.ts'

const from = Number(process.argv[2] ?? 1)
const to = Number(process.argv[3] ?? from)
const all = new Map<string, number>()
const t = performance.now()
for (let seed = from; seed <= to; seed++) {
  const r = await simulate(seed)
  for (const [k, v] of r.coverage) all.set(k, (all.get(k) ?? 0) + v)
  if (r.violations.length) {
    console.log('SEED', seed, r.violations.slice(0, 4))
    if (process.argv[4]) break
  }
}
console.log(
  [...all]
    .sort()
    .map(([k, v]) => `${v} ${k}`)
    .join('\n'),
)
console.log((performance.now() - t) | 0, 'ms')
