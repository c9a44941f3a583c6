import { cpus, totalmem } from 'node:os'

/** A figure as bench/RESULTS.md has it. */
export interface Row {
  /** Its number in the list of figures and what was measured. */
  readonly figure: string
  readonly measured: string
  /** What it is measured against, in the same run. */
  readonly beside: string
  readonly target: string
}

/** Prints figures as a markdown table under the machine, the commit and the day. */
export function print(title: string, rows: readonly Row[]): void {
  const commit = Bun.spawnSync(['git', 'rev-parse', '--short', 'HEAD']).stdout.toString().trim()
  const gib = Math.round(totalmem() / 2 ** 30)
  const load = Bun.spawnSync(['cut', '-d', ' ', '-f', '1', '/proc/loadavg']).stdout.toString().trim()
  console.log(`\n### ${title}\n`)
  console.log(
    `${cpus().length} × ${cpus()[0]?.model ?? 'unknown'}, ${gib} GiB, load ${load}; Bun ${Bun.version}; commit ${commit}; ${new Date().toISOString().slice(0, 10)}\n`,
  )
  console.log('| figure | measured | beside | target |\n|---|---|---|---|')
  for (const row of rows) console.log(`| ${row.figure} | ${row.measured} | ${row.beside} | ${row.target} |`)
}

/** How long each of `rounds` calls took, in milliseconds, shortest first. */
export function timed(rounds: number, work: (round: number) => unknown): number[] {
  const times: number[] = []
  for (let round = 0; round < rounds; round += 1) {
    const start = performance.now()
    work(round)
    times.push(performance.now() - start)
  }
  return times.sort((a, b) => a - b)
}

/** The value below which so many of a hundred lie. */
export function percentile(sorted: readonly number[], percent: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor((sorted.length * percent) / 100))] ?? 0
}

/** “p50 / p99” in milliseconds. */
export function spread(sorted: readonly number[]): string {
  return `${percentile(sorted, 50).toFixed(3)} / ${percentile(sorted, 99).toFixed(3)} ms`
}

/** Reads a file into the operating system's cache, where it is on a machine that has served for a while. */
export function warm(file: string): void {
  Bun.spawnSync(['cat', file], { stdout: 'ignore' })
}
