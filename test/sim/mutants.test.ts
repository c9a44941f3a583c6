import { expect, onTestFinished, test } from 'bun:test'
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { MUTANTS, type Mutant } from './mutants.ts'

const ROOT = join(import.meta.dir, '../..')
/** Where a change of the code has moved its story to another seed, it is looked for in so many more. */
const MORE = '1-80'
/** Some fifty times what one takes on a quiet machine. */
const LIMIT_MS = 300_000

for (const mutant of MUTANTS) {
  test(
    `the simulation notices: ${mutant.name}`,
    async () => {
      const ground = broken(mutant)
      onTestFinished(() => rmSync(ground, { recursive: true }))

      const hunt = Bun.spawn(
        [process.execPath, join(ground, 'test/sim/hunt.ts'), String(mutant.seed), MORE],
        {
          cwd: ground,
          stdout: 'pipe',
          stderr: 'pipe',
        },
      )
      const told = (await new Response(hunt.stdout).text()) + (await new Response(hunt.stderr).text())

      expect(told).toMatch(/^Seed \d+:/m)
      expect(await hunt.exited).toBe(1)
    },
    LIMIT_MS,
  )
}

/** A copy of the sources with the breakage in it. */
function broken({ name, file, find, put }: Mutant): string {
  const ground = mkdtempSync(join(tmpdir(), 'periplus-mutant-'))
  for (const part of [
    'src',
    'migrations',
    'test/sim',
    'test/engine',
    'test/argo',
    'test/report',
    'package.json',
    'tsconfig.json',
  ])
    cpSync(join(ROOT, part), join(ground, part), { recursive: true })
  symlinkSync(join(ROOT, 'node_modules'), join(ground, 'node_modules'))
  const text = readFileSync(join(ground, file), 'utf8')
  if (text.split(find).length !== 2) throw new Error(`“${name}” does not fit ${file} any more.`)
  writeFileSync(
    join(ground, file),
    text.replace(find, () => put),
  )
  return ground
}
