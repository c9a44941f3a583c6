import { chmodSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { $ } from 'bun'
import manifest from '../package.json' with { type: 'json' }

/**
 * Makes dist/periplus: one executable with the pages, styles, scripts and migrations inside.
 * `--outfile=PATH` puts it elsewhere.
 */
const ROOT = join(import.meta.dir, '..')
const OUTFILE_FLAG = '--outfile='

const given = process.argv.find((word) => word.startsWith(OUTFILE_FLAG))?.slice(OUTFILE_FLAG.length)
const outfile = given ?? join(ROOT, 'dist', 'periplus')
mkdirSync(dirname(outfile), { recursive: true })
// Beside the result, so that it takes its place by one rename: a server may be running from the old one.
const workshop = mkdtempSync(join(dirname(outfile), '.build-'))
try {
  await compile(workshop)
  renameSync(join(workshop, 'periplus'), outfile)
} finally {
  rmSync(workshop, { recursive: true })
}
console.log(`${outfile} (${(Bun.file(outfile).size / 1e6).toFixed(1)} MB)`)

async function compile(directory: string): Promise<void> {
  const commit = (await $`git rev-parse HEAD`.cwd(ROOT).nothrow().quiet()).stdout.toString().trim()
  const result = await Bun.build({
    // The others are programs of threads, which are started by their names.
    entrypoints: ['main.ts', 'search/worker.ts', 'report/worker.ts'].map((name) => join(ROOT, 'src', name)),
    // Deaf to the directory it starts in: a supervisor may stand in a cloned repository, whose bunfig.toml would be run.
    compile: {
      outfile: join(directory, 'periplus'),
      executablePath: deafRuntime(directory),
      autoloadBunfig: false,
      autoloadDotenv: false,
      autoloadPackageJson: false,
      autoloadTsconfig: false,
    },
    target: 'bun',
    minify: true,
    sourcemap: 'inline',
    // Bytecode needs ES modules; splitting loads only the commands that are asked for.
    bytecode: true,
    format: 'esm',
    splitting: true,
    define: {
      PERIPLUS_VERSION: JSON.stringify(manifest.version),
      PERIPLUS_COMMIT: commit === '' ? 'null' : JSON.stringify(commit),
    },
  })
  for (const message of result.logs) console.error(message)
  if (!result.success) process.exit(1)
}

/**
 * A copy of Bun that does not know the variables BUN_*: BUN_OPTIONS would preload code into the executable, BUN_BE_BUN
 * would turn it into a Bun for whoever starts it, and no flag of the compiler takes that away. The names stand in the
 * file as text between zero bytes; with their first letter replaced by a control character nobody's environment holds
 * one. What is left is BUN_JSC_*, which tunes the JavaScript engine and is put together while it runs.
 */
function deafRuntime(directory: string): string {
  const bytes = readFileSync(process.execPath)
  const silenced = new Set<string>()
  for (const { index, 0: name } of bytes.toString('latin1').matchAll(/(?<=\0)BUN_\w+(?=\0)/g)) {
    bytes[index] = 1
    silenced.add(name)
  }
  for (const name of ['BUN_OPTIONS', 'BUN_BE_BUN', 'BUN_INSPECT', 'BUN_INSPECT_PRELOAD']) {
    if (!silenced.has(name))
      throw new Error(`${name} is not where it was in this Bun: look how it is read now.`)
  }
  const file = join(directory, 'runtime')
  writeFileSync(file, bytes)
  chmodSync(file, 0o755)
  return file
}
