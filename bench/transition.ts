/**
 * Figure 13: what it costs to move an execution on, beside single bare commits on the same disk in the same run.
 * `bun bench/transition.ts [--dir DIR]`; with DIR (of bench/history.ts) the history of a million is under it.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { canonicalJson } from '../src/domain/canonical.ts'
import { plan } from '../src/domain/plan.ts'
import { readDefinitions } from '../src/domain/workflow.ts'
import { createFeed } from '../src/ledger/feed.ts'
import { createLedger } from '../src/ledger/ledger.ts'
import { openDb, STATE_KIND } from '../src/store/database.ts'
import { openStore } from '../src/store/store.ts'
import { realWorld } from '../src/world.ts'
import { percentile, print, spread } from './report.ts'

const ROUNDS = 400
const DEFINITION = `kind: workflow
name: transitions
source: { git: { url: "https://git.example/shop.git", branch: main } }
tools: { preBuild: [{ script: { name: tests, run: "true" } }] }
build: { script: { run: "true" } }
`
const STEPS = ['bare', 'trigger', 'prepared', 'started', 'finished'] as const

const { values } = parseArgs({ options: { dir: { type: 'string' } } })
const scratch = mkdtempSync(join(tmpdir(), 'periplus-bench-'))
const dir = values.dir ?? join(scratch, 'data')

try {
  print('Transitions', rows(measure()))
} finally {
  rmSync(scratch, { recursive: true })
}

/** The times of each step, one of each in turn, so that the disk's moods fall on all alike. */
function measure(): Readonly<Record<(typeof STEPS)[number], number[]>> {
  const world = { ...realWorld(), log: { info() {}, warn() {}, error() {} } }
  const store = openStore({ dir, now: world.now, id: world.id })
  const feed = createFeed(world.log)
  const ledger = createLedger(store, world, feed, {
    engine: 'local',
    timezone: 'UTC',
    localMaxRunning: 1_000_000,
    releaseAfterMs: 86_400_000,
    freeBytes: () => null,
    freeBytesMin: 1024 ** 3,
  })
  const [document] = readDefinitions(DEFINITION).documents
  if (document?.kind !== 'workflow') throw new Error('The definition of this bench is not valid.')
  const workflow = document.definition
  store.workflows.save({
    slug: workflow.name,
    text: DEFINITION,
    definition: workflow,
    by: 'bench',
    now: world.now(),
  })
  const planned = plan(workflow, new Map(), {
    defaultEngine: 'local',
    branch: 'main',
    tag: null,
    events: ['manual'],
  })
  const planHash = new Bun.CryptoHasher('sha256').update(canonicalJson(planned)).digest('hex')
  const preparation = { plan: planned, planHash, sha: 'a'.repeat(40), branch: 'main', tag: null }
  const person = { kind: 'person', name: 'bench', role: 'admin', local: false } as const
  const engine = { actor: { kind: 'engine', name: 'local' } } as const
  const bare = bareCommits(join(scratch, 'bare.db'))

  const times = { bare: [], trigger: [], prepared: [], started: [], finished: [] } as Record<
    (typeof STEPS)[number],
    number[]
  >
  const take = <T>(step: (typeof STEPS)[number], work: () => T): T => {
    const start = performance.now()
    const result = work()
    times[step].push(performance.now() - start)
    return result
  }
  for (let round = 0; round < ROUNDS; round += 1) {
    take('bare', () => bare.add(round))
    const { id } = take('trigger', () =>
      ledger.trigger({ workflow: workflow.name, trigger: 'manual', actor: person }),
    )
    const prepare = store.effects.list(id)[0]
    if (prepare === undefined) throw new Error('A trigger leaves the effect prepare.')
    ledger.attempt(prepare.id, null)
    take('prepared', () => ledger.prepared(id, prepare.id, preparation))
    const submit = store.effects.list(id).find((effect) => effect.kind === 'submit')
    if (submit === undefined) throw new Error('A preparation leaves the effect submit.')
    ledger.attempt(submit.id, null)
    ledger.submitted(id, 0)
    take('started', () => ledger.news(id, { type: 'segment.started', segment: 0 }, engine))
    const end = {
      type: 'segment.finished',
      segment: 0,
      verdict: 'succeeded',
      killed: false,
      reason: null,
    } as const
    if (!take('finished', () => ledger.news(id, end, engine))) throw new Error('The end was refused.')
  }
  bare.close()
  store.close()
  for (const step of STEPS) times[step].sort((a, b) => a - b)
  return times
}

/** One row a commit, in a file of its own with the same pragmas: what the disk itself takes. */
function bareCommits(file: string): { add: (n: number) => void; close: () => void } {
  const db = openDb(file, STATE_KIND).sqlite
  db.run('CREATE TABLE bare (id INTEGER PRIMARY KEY, n INTEGER)')
  const insert = db.query('INSERT INTO bare (n) VALUES (?)')
  return { add: (n) => void insert.run(n), close: () => db.close() }
}

function rows(times: ReturnType<typeof measure>) {
  const floor = percentile(times.bare, 50)
  const words = {
    bare: 'one bare row',
    trigger: 'a trigger: execution, stage, event, effect, counters',
    prepared: 'prepared: plan, stages, segments, event, effects',
    started: 'Pending → Running: row, event, counters',
    finished: 'Running → Succeeded: row, stages, segment, event, effect, counters',
  }
  return STEPS.map((step) => ({
    figure: `13 ${words[step]}`,
    measured: `${spread(times[step])}, ${(1000 / percentile(times[step], 50)).toFixed(0)}/s`,
    beside: `${(floor / percentile(times[step], 50)).toFixed(2)}× of bare commits`,
    target: step === 'started' || step === 'finished' ? '≥ 0.5×' : '–',
  }))
}
