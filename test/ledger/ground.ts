import type { Person, Role } from '../../src/domain/actor.ts'
import { plan } from '../../src/domain/plan.ts'
import { readDefinitions } from '../../src/domain/workflow.ts'
import { createFeed } from '../../src/ledger/feed.ts'
import { createLedger, type LedgerOptions } from '../../src/ledger/ledger.ts'
import { openStore } from '../../src/store/store.ts'
import { monotonicUlid, type World } from '../../src/world.ts'

/** A ledger over an empty store in memory, with a clock that only the test moves. */
export function ledgerGround(options: Partial<LedgerOptions> = {}) {
  let now = Date.UTC(2026, 0, 5, 12)
  const world: World = {
    now: () => now,
    id: monotonicUlid(
      () => now,
      () => new Uint8Array(10),
    ),
    random: () => 0.5,
    sleep: () => new Promise(() => {}),
    log: { info() {}, warn() {}, error() {} },
  }
  const store = openStore({ dir: ':memory:', now: world.now, id: world.id })
  const feed = createFeed(world.log)
  const ledger = createLedger(store, world, feed, {
    engine: 'local',
    timezone: 'UTC',
    localMaxRunning: 2,
    releaseAfterMs: 86_400_000,
    freeBytes: () => null,
    freeBytesMin: 0,
    ...options,
  })
  const ground = {
    store,
    feed,
    ledger,
    now: world.now,
    pass: (ms: number) => {
      now += ms
    },
    /** Saves definitions, as YAML or JSON. */
    save: (...written: readonly object[]) => {
      const text = written.map((one) => `---\n${JSON.stringify(one)}\n`).join('')
      const { documents, findings } = readDefinitions(text)
      if (findings.length > 0) throw new Error(JSON.stringify(findings))
      for (const { kind, definition, text: own } of documents) {
        const save = { slug: definition.name, text: own, by: 'admin', now }
        if (kind === 'workflow') store.workflows.save({ ...save, definition })
        else store.environments.save({ ...save, definition })
      }
    },
    trigger: (workflow: string, by = person('dave')) => {
      return ledger.trigger({ workflow, trigger: 'manual', actor: by }).id
    },
    status: (id: number) => store.executions.byId(id)?.status,
    /** What a preparation would find. */
    prepare: (id: number, branchHead = 'a'.repeat(40)) => {
      const row = store.executions.byId(id)
      const version = row === null ? null : store.workflows.version(row.workflowId, row.version)
      const effect = store.effects.list(id).find((one) => one.kind === 'prepare')
      if (row === null || version === null || effect === undefined)
        throw new Error('There is nothing to prepare.')
      const about = { events: [row.trigger], redeploys: row.redeploys }
      const facts = { defaultEngine: 'local', branch: 'main', tag: null, ...about } as const
      const made = plan(version.definition, store.environments.definitions(), facts)
      const commit = { sha: row.sha ?? branchHead, branch: 'main', tag: null }
      return ledger.prepared(id, effect.id, {
        plan: made,
        planHash: `hash-${version.number}-${id}`,
        ...commit,
      })
    },
    /** Begins the segment an execution stands at, as the runner and an engine would. */
    begin: (id: number, time = now) => {
      const at = store.executions.byId(id)?.atSegment ?? 0
      const effect = store.effects
        .list(id)
        .find((one) => one.kind === 'submit' && one.segment === at && one.state === 'due')
      if (effect === undefined || ledger.attempt(effect.id, null) === null) return false
      ledger.submitted(id, at)
      return ledger.news(
        id,
        { type: 'segment.started', segment: at },
        { actor: { kind: 'engine', name: 'local' }, at: time },
      )
    },
    finish: (
      id: number,
      verdict: 'succeeded' | 'failed' = 'succeeded',
      time = { began: now, ended: now },
    ) => {
      const segment = store.executions.byId(id)?.atSegment ?? 0
      for (const stage of store.stages.list(id).filter((one) => one.segment === segment)) {
        const end = { type: 'finished', status: verdict, reason: null, exitCode: 0, at: time.ended } as const
        ledger.stageNews(id, stage.ordinal, { type: 'started', attempt: 1, at: time.began })
        ledger.stageNews(id, stage.ordinal, end)
      }
      const event = { type: 'segment.finished', segment, verdict, killed: false, reason: null } as const
      return ledger.news(id, event, { actor: { kind: 'engine', name: 'local' }, at: time.ended })
    },
    /** Triggers, prepares and begins. */
    start: (workflow: string, by?: Person) => {
      const id = ground.trigger(workflow, by)
      ground.prepare(id)
      ground.begin(id)
      return id
    },
  }
  return ground
}

export function person(name: string, role: Role = 'executor', local = false): Person {
  return { kind: 'person', name, role, local }
}

const script = { script: { run: 'true' } }
const source = { git: { url: 'https://git.example/shop.git', branch: 'main' } }

export function workflow(name: string, more: object = {}): object {
  return { kind: 'workflow', name, source, build: script, ...more }
}

export function environment(name: string, more: object = {}): object {
  return { kind: 'environment', name, deploy: script, ...more }
}
