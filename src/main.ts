import { dropBunVariables } from './config/bun.ts'
import { realWorld, type World } from './world.ts'

// Before anything else is loaded or started: what would change Bun itself must not reach a child of ours.
dropBunVariables()

/** A Ctrl-C comes twice at once where npm stands between: from the terminal, and passed on by npm. */
const SAME_SIGNAL_MS = 500

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
  const world = realWorld()
  return await program(words, {
    terminal: processTerminal(),
    world,
    signal: interruption(world),
    self: self(),
    startServer: async (config) => (await import('./serve.ts')).startServer(config, self()),
    examine: async function* (config, how) {
      const { doctor } = await import('./ops/doctor.ts')
      yield* doctor({ config, world, ...how })
    },
    letGo: async (config) => (await import('./ops/release.ts')).releaseAll(config, self(), world),
  })
}

/** The first Ctrl-C or SIGTERM asks to stop; the second one does not ask. */
function interruption(world: World): AbortSignal {
  const controller = new AbortController()
  let first = 0
  const stop = (exit: number) => {
    if (!controller.signal.aborted) {
      first = world.now()
      controller.abort()
    } else if (world.now() - first > SAME_SIGNAL_MS) process.exit(exit)
  }
  process.on('SIGINT', () => stop(128 + 2))
  process.on('SIGTERM', () => stop(128 + 15))
  return controller.signal
}

/** This very program: the executable, or Bun with this file where it runs from source. */
function self(): readonly string[] {
  return Bun.isStandaloneExecutable ? [process.execPath] : [process.execPath, import.meta.path]
}
