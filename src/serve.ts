import { chmodSync } from 'node:fs'
import { join } from 'node:path'
import { argoOf } from './config/argo.ts'
import { BUILD } from './config/build.ts'
import { type Config, environmentForChildren } from './config.ts'
import { type EngineName, NO_ARGO_SETTINGS } from './domain/definition.ts'
import type { Engine } from './engine/engine.ts'
import { openEngines, siteOf } from './engines.ts'
import { openKeys } from './keys/keys.ts'
import { createFeed } from './ledger/feed.ts'
import { createLedger } from './ledger/ledger.ts'
import { createGit } from './outside/git.ts'
import { startReportThread } from './report/thread.ts'
import { createRunner } from './runner/runner.ts'
import { credentialOf, registryOf } from './runner/secrets.ts'
import type { Searcher } from './search/question.ts'
import { startSearchThread } from './search/thread.ts'
import { createHealth } from './serve/health.ts'
import { type Listening, listen } from './serve/listen.ts'
import { manifestsOf } from './serve/manifests.ts'
import { createRender } from './serve/render.ts'
import { createServer } from './server/server.ts'
import { openStore, type Store } from './store/store.ts'
import { type Log, realWorld, type World } from './world.ts'

/** A server that runs. */
export interface Running {
  /** Where people reach it. */
  readonly address: string
  /** Opens the page that makes the first admin; null where there is one. */
  readonly setupLink: string | null
  /** Bounded: what runs goes on under its supervisors. */
  stop(): Promise<void>
}

/** Requests and engine calls that are under way get this long to end. */
const DRAIN_MS_MAX = 10_000

/** What nothing announces, such as a disk that has room again, is seen this soon. */
const RUNNER_POLL_MS = 10_000

/** Opens the data directory, wires the rooms and listens. Every refusal is a Fault, and leaves nothing open. */
export async function startServer(config: Config, self: readonly string[]): Promise<Running> {
  const world = worldOf(config)
  const store = openStore({ dir: config['data.dir'], now: world.now, id: world.id })
  try {
    const engines = await openEngines(config, self, store.instance, world)
    const { server, runner, searcher, health } = wire(config, engines, store, world)
    // This machine answers at once; a cluster may be away for hours.
    const state = await health.check(0)
    const listening = await listen(config, server.fetch)
    runner.start()
    const over = new AbortController()
    void health.watch(over.signal)
    const { address } = listening
    world.log.info('Periplus has started.', { address, data: config['data.dir'], ...BUILD, state })
    const setupPath = server.setupPath()
    return {
      address,
      setupLink: setupPath === null ? null : address + setupPath,
      stop: async () => {
        over.abort()
        await stop({ world, store, server, runner, searcher, listening })
      },
    }
  } catch (error) {
    store.close()
    throw error
  }
}

/** Each room gets what it may know; nothing else happens here. */
function wire(config: Config, engines: ReadonlyMap<EngineName, Engine>, store: Store, world: World) {
  const dir = config['data.dir']
  // Another user's stages must find their workspaces; the databases and the key are for the server's user alone anyway.
  if (config['local.runAs'] !== null) chmodSync(dir, 0o711)
  const allowFile = config['git.allowFile']
  const keys = openKeys(join(dir, 'key'))
  const git = createGit({
    allowFile,
    environment: environmentForChildren(),
    keysDir: join(dir, 'run', 'git'),
    world,
  })
  const cluster = argoOf(config)
  const argo = cluster?.defaults ?? NO_ARGO_SETTINGS
  const site = cluster === null ? null : siteOf(cluster, store.instance, allowFile)
  const health = createHealth(config, store, engines, world)
  const feed = createFeed(world.log)
  const ledger = createLedger(store, world, feed, {
    engine: config['engine.default'],
    timezone: config.timezone,
    localMaxRunning: config['local.maxRunning'],
    releaseAfterMs: config['retention.workspaces'],
    freeBytes: health.freeBytes,
    freeBytesMin: config['data.minFree'],
  })
  const ordering = {
    engine: config['engine.default'],
    logBytesMax: config['logs.maxPerStage'],
    graceMs: config['local.grace'],
  }
  const reader = startReportThread(new URL('./report/worker.ts', import.meta.url))
  const runner = createRunner({
    ...{ store, ledger, feed, engines, git, reader, keys, world },
    options: {
      ...ordering,
      argo,
      allowFile,
      unreachableLimitMs: config['engine.unreachableLimit'],
      releaseAfterMs: config['retention.workspaces'],
      pollMs: RUNNER_POLL_MS,
      recompress: true,
    },
  })
  // From here, and not from a file beside it: in the executable all but its entries stand in one directory.
  const entry = new URL('./search/worker.ts', import.meta.url)
  const searcher = startSearchThread({ dir, entry, world })
  const server = createServer({
    ...{ store, ledger, feed, keys, git, searcher, world },
    settings: {
      host: config.listen.host,
      hosts: config.publicUrl === null ? [] : [new URL(config.publicUrl).host],
      secure: config.publicUrl?.startsWith('https:') ?? false,
      timezone: config.timezone,
      defaultEngine: config['engine.default'],
      argo,
      allowFile,
      version: BUILD.version,
    },
    readiness: health.check,
    notices: health.notices,
    tools: health.tools,
    render: createRender(git, {
      ...ordering,
      credential: (name) => credentialOf({ store, keys }, name),
      registry: (name) => registryOf({ store, keys }, name),
      manifests: manifestsOf(site),
    }),
    machine: health.machine,
  })
  return { server, runner, searcher, health }
}

interface Open extends Pick<ReturnType<typeof wire>, 'server' | 'runner'> {
  readonly world: World
  readonly store: Store
  readonly searcher: Searcher
  readonly listening: Listening
}

async function stop({ world, store, server, runner, searcher, listening }: Open): Promise<void> {
  world.log.info('Periplus stops. Running stages go on; the next start finds them.')
  server.drain()
  await Promise.race([
    Promise.all([listening.close(), runner.drain(), searcher.close()]),
    world.sleep(DRAIN_MS_MAX),
  ])
  await listening.cut()
  store.close()
}

const LEVELS = { info: 0, warn: 1, error: 2 } as const

/** The world, with a log that leaves out what is less important than the options ask for. */
function worldOf(config: Config): World {
  const world = realWorld()
  const least = LEVELS[config['log.level']]
  const quiet = () => {}
  const log: Log = {
    info: least <= LEVELS.info ? world.log.info : quiet,
    warn: least <= LEVELS.warn ? world.log.warn : quiet,
    error: world.log.error,
  }
  return { ...world, log }
}
