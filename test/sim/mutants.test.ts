import { expect, test } from 'bun:test'
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { MUTANTS, type Mutant } from './mutants.ts'

const ROOT = join(import.meta.dir, '../..')
/** A breakage that so many stories do not show is one that the simulation does not see. */
const SEEDS = '60'

for (const mutant of MUTANTS) {
  test(`the simulation notices: ${mutant.name}`, async () => {
    const ground = broken(mutant)

    const hunt = Bun.spawn([process.execPath, join(ground, 'test/sim/hunt.ts'), '1', SEEDS], {
      cwd: ground,
      stdout: 'pipe',
      stderr: 'pipe',
    })
    const told = (await new Response(hunt.stdout).text()) + (await new Response(hunt.stderr).text())
    rmSync(ground, { recursive: true })

    expect(told).toMatch(/^Seed \d+:|Never seen/m)
    expect(await hunt.exited).toBe(1)
  }, 300_000)
}

/** A copy of the sources with the breakage in it. */
function broken({ name, file, find, put }: Mutant): string {
  const ground = mkdtempSync(join(tmpdir(), 'periplus-mutant-'))
  for (const part of ['src', 'migrations', 'test/sim', 'test/engine', 'package.json', 'tsconfig.json'])
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
