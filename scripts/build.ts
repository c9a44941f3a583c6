import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { $ } from 'bun'
import manifest from '../package.json' with { type: 'json' }

/**
 * Makes dist/periplus: one executable with the pages, styles, scripts and migrations inside.
 * `--outfile=…` puts it elsewhere.
 */
const ROOT = join(import.meta.dir, '..')

const given = process.argv.find((word) => word.startsWith('--outfile='))?.slice('--outfile='.length)
const outfile = given ?? join(ROOT, 'dist', 'periplus')
mkdirSync(join(outfile, '..'), { recursive: true })

const commit = (await $`git rev-parse HEAD`.cwd(ROOT).nothrow().quiet()).stdout.toString().trim()

const result = await Bun.build({
  entrypoints: [join(ROOT, 'src', 'main.ts')],
  // Deaf to the directory it starts in: a supervisor may stand in a cloned repository, whose bunfig.toml would be run.
  compile: {
    outfile,
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
console.log(`${outfile} (${(Bun.file(outfile).size / 1e6).toFixed(1)} MB)`)
