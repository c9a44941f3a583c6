import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Glob } from 'bun'
import type { ToolName } from '../../../src/domain/tools/tool.ts'
import { TOOLS } from '../../../src/domain/tools/tools.ts'

/** What a script said and left. */
export interface Ran {
  readonly code: number
  readonly said: string
  /** Each line that a program was called with. */
  readonly calls: readonly string[]
  /** A file below the workspace; null where there is none. */
  read(path: string): string | null
}

/** Runs a tool's script with a shell of this machine in an empty workspace, where `programs` stand for the real ones. */
export function runTool(
  name: ToolName,
  options: Readonly<Record<string, unknown>>,
  around: {
    readonly programs?: Readonly<Record<string, string>>
    readonly files?: Readonly<Record<string, string>>
    readonly env?: Readonly<Record<string, string>>
  },
): Ran {
  const { programs = {}, files = {}, env = {} } = around
  const workspace = mkdtempSync(join(tmpdir(), 'periplus-tool-'))
  const bin = join(workspace, '.bin')
  mkdirSync(bin)
  for (const [program, text] of Object.entries(programs)) {
    const file = join(bin, program)
    writeFileSync(file, `#!/bin/sh\necho "${program} $*" >> "$CALLS"\n${text}\n`)
    chmodSync(file, 0o755)
  }
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(join(workspace, path, '..'), { recursive: true })
    writeFileSync(join(workspace, path), text)
  }
  const ended = Bun.spawnSync(['sh', '-c', TOOLS[name].work(options, { image: false }).run], {
    cwd: workspace,
    env: {
      PATH: `${bin}:/usr/local/bin:/usr/bin:/bin`,
      HOME: workspace,
      CALLS: join(workspace, '.calls'),
      ...env,
    },
    stderr: 'pipe',
  })
  const left = new Map(
    [...new Glob('**').scanSync({ cwd: workspace, dot: true })].map(
      (path) => [path, readFileSync(join(workspace, path), 'utf8')] as const,
    ),
  )
  rmSync(workspace, { recursive: true })
  return {
    code: ended.exitCode,
    said: `${ended.stdout}${ended.stderr}`,
    calls: (left.get('.calls') ?? '').split('\n').filter((line) => line !== ''),
    read: (path) => left.get(path) ?? null,
  }
}
