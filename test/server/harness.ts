import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Server } from 'bun'
import { ExecutionSchema } from '../../src/contract/schemas.ts'
import { ROLES, type Role } from '../../src/domain/actor.ts'
import { canonicalJson } from '../../src/domain/canonical.ts'
import { type EngineName, NO_ARGO_SETTINGS } from '../../src/domain/definition.ts'
import { plan } from '../../src/domain/plan.ts'
import { Refused } from '../../src/engine/engine.ts'
import { openKeys } from '../../src/keys/keys.ts'
import { createFeed } from '../../src/ledger/feed.ts'
import { createLedger } from '../../src/ledger/ledger.ts'
import { createGit, type Git } from '../../src/outside/git.ts'
import { Unreachable } from '../../src/outside/giterror.ts'
import type { Searcher } from '../../src/search/question.ts'
import { createSearching } from '../../src/search/searching.ts'
import { createRender } from '../../src/serve/render.ts'
import type { EngineState, Readiness, ServerDeps, Settings, Via } from '../../src/server/context.ts'
import { hashOf } from '../../src/server/secret.ts'
import { createServer } from '../../src/server/server.ts'
import { readerOver } from '../../src/store/reader.ts'
import { openStore, type Store } from '../../src/store/store.ts'
import { monotonicUlid, type World } from '../../src/world.ts'

import { conform } from './conform.ts'

/** A server over real HTTP, a real store and ledger; the engine is whatever the test says happened. */
export type Harness = ReturnType<typeof startHarness>

export type Who = 'nobody' | Role | 'local-admin'

export interface Call {
  readonly as?: Who
  readonly method?: string
  readonly json?: unknown
  readonly body?: string | Uint8Array<ArrayBuffer> | ReadableStream
  readonly headers?: Record<string, string>
}

export const ENVIRONMENTS = `kind: environment
name: dev
deploy: { script: { run: ./deploy.sh } }
---
kind: environment
name: staging
manual: true
deploy: { script: { run: ./deploy.sh } }
---
kind: environment
name: production
manual: true
approvers: [viewer, admin]
deploy: { script: { run: ./deploy.sh } }
`

export function workflowText(name: string, environments: readonly string[] = ['production']): string {
  return `kind: workflow
name: ${name}
source: { git: { url: https://git.example/shop/${name}.git, branch: main } }
build: { script: { run: make } }
deploy: [${environments.map((environment) => `{ environment: ${environment} }`).join(', ')}]
`
}

const GIB = 1024 ** 3

const HEALTHY: EngineState = {
  name: 'local',
  reachable: true,
  reason: null,
  warnings: [],
  tools: ['git', 'sh'],
}

const SHA = '0123456789abcdef0123456789abcdef01234567'

/** A repository with one commit on every branch and tag, but for the branch of nobody’s, which is out of reach. */
const remote: Git = {
  branches: async () => ['main'],
  resolve: async (_, ref) => {
    if (ref.kind === 'sha') return { sha: ref.sha, branch: null, tag: null }
    if (ref.name === 'unreachable') throw new Unreachable('The repository does not answer.')
    return {
      sha: SHA,
      branch: ref.kind === 'branch' ? ref.name : null,
      tag: ref.kind === 'tag' ? ref.name : null,
    }
  },
}

export function startHarness(
  options: {
    readonly settings?: Partial<Settings>
    readonly users?: boolean
    readonly tools?: readonly (readonly [EngineName, readonly string[]])[]
    readonly engines?: readonly EngineState[]
    /** What stands between the server and its search. */
    readonly searcher?: (own: Searcher) => Searcher
  } = {},
) {
  const dir = mkdtempSync(join(tmpdir(), 'periplus-server-'))
  const clock = { now: Date.parse('2026-09-01T08:00:00Z') }
  const logged: { level: string; message: string; fields: Readonly<Record<string, unknown>> }[] = []
  const note =
    (level: string) =>
    (message: string, fields: Readonly<Record<string, unknown>> = {}) =>
      void logged.push({ level, message, fields })
  const sleepers = new Set<() => void>()
  const world: World = {
    now: () => clock.now,
    id: monotonicUlid(
      () => clock.now,
      () => crypto.getRandomValues(new Uint8Array(10)),
    ),
    random: () => 0.5,
    sleep: (_, signal) =>
      new Promise((resolve, reject) => {
        sleepers.add(resolve)
        signal?.addEventListener('abort', () => reject(signal.reason))
      }),
    log: { info: note('info'), warn: note('warn'), error: note('error') },
  }
  const store = openStore({ dir: ':memory:', now: world.now, id: world.id })
  const feed = createFeed(world.log)
  const ledger = createLedger(store, world, feed, {
    engine: 'local',
    timezone: options.settings?.timezone ?? 'UTC',
    localMaxRunning: 4,
    releaseAfterMs: 0,
    freeBytes: () => null,
    freeBytesMin: 1024 ** 3,
  })
  const readiness: Readiness[] = [{ name: 'store', vital: true, ok: true, reason: null }]
  const deps: ServerDeps = {
    ...{ store, feed, ledger, world },
    keys: openKeys(join(dir, 'key')),
    searcher: (options.searcher ?? ((own) => own))(searcherOver(store, world.now)),
    settings: {
      host: '127.0.0.1',
      hosts: [],
      secure: false,
      timezone: 'UTC',
      defaultEngine: 'local',
      argo: NO_ARGO_SETTINGS,
      allowFile: false,
      version: '0.0.0-test',
      ...options.settings,
    },
    git: createGit({
      allowFile: false,
      environment: { PATH: '/usr/local/bin:/usr/bin:/bin' },
      keysDir: join(dir, 'git'),
      world,
    }),
    machine: {
      startedAt: clock.now,
      engines: async () => options.engines ?? [HEALTHY],
      disk: () => ({ path: dir, free: 40 * GIB, total: 64 * GIB, needed: GIB }),
      databases: () => [
        { name: 'state.db', bytes: 1_048_576 },
        { name: 'logs.db', bytes: 38_400_000 },
      ],
      memory: () => 96 * 1024 * 1024,
    },
    readiness: async () => readiness,
    notices: () => [],
    tools: () => new Map(options.tools ?? [['local', ['git', 'sh']]]),
    render: createRender(remote, {
      credential: () => null,
      registry: (name) => ({
        kind: 'registry',
        address: `${name}.example`,
        username: '',
        password: '',
        plainHttp: false,
      }),
      engine: 'local',
      logBytesMax: 1_000,
      graceMs: 5,
      manifests: async (order) => {
        if (order.source.branch === 'refused') throw new Refused('No cluster takes this.')
        return [{ kind: 'Workflow', metadata: { name: order.handle }, order }]
      },
    }),
  }
  const web = createServer(deps)
  const answer = (via: Via) => ({
    maxRequestBodySize: Number.MAX_SAFE_INTEGER,
    idleTimeout: 30,
    fetch: (request: Request, server: Server<unknown>) => web.fetch(request, server, via),
  })
  const tcp = Bun.serve({ port: 0, hostname: '127.0.0.1', ...answer('tcp') })
  const socket = join(dir, 'periplus.sock')
  const { idleTimeout: _, ...overSocket } = answer('socket')
  const unix = Bun.serve({ unix: socket, ...overSocket })

  const tokens = new Map<Who, string>()
  if (options.users !== false) {
    for (const role of ROLES) {
      const token = `ppl_${role}`
      const user = store.people.users.create({ name: role, role, passwordHash: null, now: clock.now })
      store.people.tokens.create({
        userId: user.id,
        name: 'test',
        hash: hashOf(token),
        now: clock.now,
        expiresAt: null,
      })
      tokens.set(role, token)
    }
  }

  /** A request over HTTP; whatever it is answered with is held to the interface's own description. */
  async function call(path: string, asked: Call = {}): Promise<Response> {
    const { as = 'admin', json, body, headers = {} } = asked
    const method = asked.method ?? (json === undefined && body === undefined ? 'GET' : 'POST')
    const token = tokens.get(as)
    const response = await fetch(`http://127.0.0.1:${tcp.port}${path}`, {
      method,
      redirect: 'manual',
      headers: {
        ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
        ...(json === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(json === undefined ? {} : { body: JSON.stringify(json) }),
      ...(body === undefined ? {} : { body }),
      ...(as === 'local-admin' ? { unix: socket } : {}),
    })
    await conform(method, new URL(`http://127.0.0.1${path}`).pathname, response)
    return response
  }

  /** The body of an answer, as tests look into it. */
  // biome-ignore lint/suspicious/noExplicitAny: its shape was just held to the schema.
  async function json(path: string, asked: Call = {}): Promise<any> {
    return (await call(path, asked)).json()
  }

  /** The definitions that tests speak of, saved. */
  async function define(
    names: readonly string[] = ['storefront'],
    environments?: readonly string[],
  ): Promise<void> {
    const text = [ENVIRONMENTS, ...names.map((name) => workflowText(name, environments))].join('---\n')
    const response = await call('/api/v1/definitions', { json: { text } })
    if (response.status !== 200) throw new Error(await response.text())
  }

  async function trigger(workflow = 'storefront'): Promise<string> {
    const response = await call('/api/v1/executions', { json: { workflow } })
    if (response.status !== 201) throw new Error(await response.text())
    return ExecutionSchema.loose().parse(await response.json()).id
  }

  return {
    ...{
      dir,
      clock,
      logged,
      world,
      store,
      feed,
      ledger,
      web,
      deps,
      socket,
      tokens,
      readiness,
      call,
      json,
      define,
      trigger,
    },
    address: `http://127.0.0.1:${tcp.port}`,
    port: tcp.port,
    script: createScript({ store, ledger, feed, world }),
    /** Lets every sleeper wake: what waits for a time to pass goes on. */
    passTime: () => {
      for (const wake of [...sleepers]) wake()
      sleepers.clear()
    },
    async close(): Promise<void> {
      web.drain()
      await Promise.all([tcp.stop(true), unix.stop(true)])
      store.close()
      rmSync(dir, { recursive: true, force: true })
    },
  }
}

/** On this thread, for a database in memory has only one; test/search has the thread of a real server. */
function searcherOver(store: Store, now: () => number): Searcher {
  const searching = createSearching(readerOver(store.state, store.logsDb), now)
  return {
    turn: searching.turn,
    lines: searching.lines,
    hits: async (...given) => searching.hits(...given),
    close: async () => {},
  }
}

type Parts = Pick<Parameters<typeof createServer>[0], 'store' | 'ledger' | 'feed' | 'world'>

/** Says what happened to an execution, as the runner and an engine would. */
function createScript({ store, ledger, feed, world }: Parts) {
  const rowOf = (id: string) => {
    const [, slug = '', number] = /^(.*)-(\d+)$/.exec(id) ?? []
    const row = store.executions.byNumber(store.workflows.bySlug(slug)?.id ?? 0, Number(number))
    if (row === null) throw new Error(`no execution ${id}`)
    return row
  }
  const actor = { kind: 'engine', name: 'local' } as const
  const script = {
    rowOf,

    /** Validated, planned, and at its first segment or gate. */
    prepare(id: string, branchHead = SHA): void {
      const row = rowOf(id)
      const definition = store.workflows.version(row.workflowId, row.version)?.definition
      const effect = store.effects.open(row.id).find((one) => one.kind === 'prepare')
      if (definition === undefined || effect === undefined) throw new Error(`${id} has nothing to prepare`)
      const made = plan(definition, store.environments.definitions(), {
        defaultEngine: 'local',
        branch: 'main',
        tag: null,
        events: ['manual'],
        redeploys: row.redeploys,
      })
      const planHash = new Bun.CryptoHasher('sha256').update(canonicalJson(made)).digest('hex')
      ledger.prepared(row.id, effect.id, {
        plan: made,
        planHash,
        sha: row.sha ?? branchHead,
        branch: 'main',
        tag: null,
      })
    },

    /** The segment it stands at is submitted and runs. */
    start(id: string): void {
      const { id: key, atSegment: segment } = rowOf(id)
      const effect = store.effects.open(key).find((one) => one.kind === 'submit')
      if (effect === undefined) throw new Error(`${id} has nothing to submit`)
      ledger.attempt(effect.id, null)
      ledger.submitted(key, segment)
      ledger.news(key, { type: 'segment.started', segment }, { actor })
    },

    stage(id: string, stage: string): number {
      const found = store.stages.list(rowOf(id).id).find((one) => one.id === stage)
      if (found === undefined) throw new Error(`${id} has no stage ${stage}`)
      return found.ordinal
    },

    /** Lines of a stage's log: committed, then told. */
    write(id: string, stage: string, texts: readonly string[]): void {
      const { id: key } = rowOf(id)
      const ordinal = script.stage(id, stage)
      const { cursor, lines } = store.logs.info(key, ordinal)
      const batch = texts.map((text) => ({ at: world.now(), text, kind: 'line' as const }))
      store.logs.append(key, ordinal, { lines: batch, after: cursor, cursor: `${lines + texts.length}` })
      feed.tell({ type: 'grew', executionId: key, stage: ordinal, lines: lines + texts.length })
    },

    startStage(id: string, stage: string): void {
      ledger.stageNews(rowOf(id).id, script.stage(id, stage), {
        type: 'started',
        attempt: 1,
        at: world.now(),
      })
    },

    /** Sealed first, then its end told. */
    endStage(id: string, stage: string, status: 'succeeded' | 'failed' = 'succeeded'): void {
      const { id: key } = rowOf(id)
      const ordinal = script.stage(id, stage)
      store.logs.seal(key, ordinal, world.now())
      ledger.stageNews(key, ordinal, {
        type: 'finished',
        status,
        reason: null,
        exitCode: status === 'failed' ? 1 : 0,
        at: world.now(),
      })
    },

    endSegment(id: string, verdict: 'succeeded' | 'failed' = 'succeeded'): void {
      const { id: key, atSegment: segment } = rowOf(id)
      ledger.news(key, { type: 'segment.finished', segment, verdict, killed: false, reason: null }, { actor })
    },

    /** Planned, and failed in its build. */
    fail(id: string): void {
      script.prepare(id)
      script.start(id)
      for (const stage of ['source', 'build']) script.startStage(id, stage)
      script.endStage(id, 'source')
      script.write(id, 'build', ['build began', 'error: it broke'])
      script.endStage(id, 'build', 'failed')
      script.endSegment(id, 'failed')
    },

    /** Through source and build, up to the first gate. */
    toGate(id: string, branchHead?: string): void {
      script.prepare(id, branchHead)
      script.start(id)
      for (const stage of ['source', 'build']) {
        script.startStage(id, stage)
        script.write(id, stage, [`${stage} began`, `${stage} ended`])
        script.endStage(id, stage)
      }
      script.endSegment(id)
    },
  }
  return script
}
