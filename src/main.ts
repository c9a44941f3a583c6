import { dropBunVariables } from './config.ts'
import { realWorld } from './world.ts'

// Before anything else is loaded or started: what would change Bun itself must not reach a child of ours.
dropBunVariables()

const words = process.argv.slice(2)
process.exit(words[0] === 'supervise' ? await superviseSegment(words[1] ?? '') : await runCommand())

/** The process that outlives the server; it loads nothing of the server or the command line. */
async function superviseSegment(dir: string): Promise<number> {
  const { supervise } = await import('./engine/local/supervisor.ts')
  await supervise(dir, realWorld())
  return 0
}

async function runCommand(): Promise<number> {
  const [{ program }, { processTerminal }] = await Promise.all([
    import('./cli/program.ts'),
    import('./cli/terminal.ts'),
  ])
  return await program(words, {
    terminal: processTerminal(),
    world: realWorld(),
    signal: interruption(),
    self: self(),
    startServer: async (config) => (await import('./serve.ts')).startServer(config, self()),
  })
}

/** The first Ctrl-C or SIGTERM asks to stop; the second one does not ask. */
function interruption(): AbortSignal {
  const controller = new AbortController()
  for (const [name, number] of [
    ['SIGINT', 2],
    ['SIGTERM', 15],
  ] as const) {
    process.on(name, () => (controller.signal.aborted ? process.exit(128 + number) : controller.abort()))
  }
  return controller.signal
}

/** This very program: the executable, or Bun with this file where it runs from source. */
function self(): readonly string[] {
  return Bun.isStandaloneExecutable ? [process.execPath] : [process.execPath, import.meta.path]
}
