/**
 * Runs as a Bun macro, so its answer is a constant of the program: bundled once while compiling, and once a start
 * under `bun src/main.ts`. A process of its own, for a bundler cannot start another inside itself.
 */
export function browserScript(name: 'main' | 'analytics' | 'builder'): string {
  const entry = `${import.meta.dir}/../../views/browser/${name}.ts`
  // A function of its own around each: one page loads both, and their minified names would meet in its global scope.
  const made = Bun.spawnSync([
    process.execPath,
    'build',
    entry,
    '--minify',
    '--target=browser',
    '--format=iife',
  ])
  if (made.exitCode !== 0) {
    // An error inside a macro reaches nobody in words.
    console.error(made.stderr.toString())
    throw new Error(`The browser script ${name} does not build.`)
  }
  return made.stdout.toString()
}
