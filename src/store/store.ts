import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { LOGS_MIGRATIONS, STATE_MIGRATIONS } from '../../migrations/index.ts'
import { createAudit } from './audit.ts'
import { createCredentials } from './credentials.ts'
import { type Db, LOGS_KIND, openDb, STATE_KIND } from './database.ts'
import { createDeployments } from './deployments.ts'
import { createDrafts } from './drafts.ts'
import { createEffects } from './effects.ts'
import { createEnvironments } from './environments.ts'
import { createEvents } from './events.ts'
import { createExecutions } from './executions.ts'
import { storeFault, withFaults } from './faults.ts'
import { createFindingLists } from './findingLists.ts'
import { createFindings } from './findings.ts'
import { createGates } from './gates.ts'
import { createHistory } from './history.ts'
import { createIdempotency } from './idempotency.ts'
import { createIgnores } from './ignores.ts'
import { instanceId } from './instance.ts'
import { lockDirectory } from './lock.ts'
import { createLogs } from './logs.ts'
import { createMeasures } from './measures.ts'
import { migrate } from './migrate.ts'
import { createPeople } from './people.ts'
import { createPins } from './pins.ts'
import { createReports } from './reports.ts'
import { createSecrets } from './secrets.ts'
import { createSegments } from './segments.ts'
import { createStages } from './stages.ts'
import { createStageTimes } from './stageTimes.ts'
import { createTrends } from './trends.ts'
import { createViews } from './views.ts'
import { createWorkflows } from './workflows.ts'

/** The two open databases of a data directory. */
export interface Databases {
  readonly state: Db
  readonly logs: Db
  readonly instance: string
  /** Closes both and gives up the writer's lock. */
  close(): void
}

export interface StoreOptions {
  /** The data directory, made where it is missing; ':memory:' keeps everything in memory, for tests. */
  readonly dir: string | ':memory:'
  readonly now: () => number
  /** A new id, for an instance that has none. */
  readonly id: () => string
}

/** Everything Periplus remembers. Reading is for everyone above the store; executions are changed by the ledger alone. */
export interface Store {
  readonly state: Db
  readonly logsDb: Db
  /** Which instance the data belongs to; fixed at its first start. */
  readonly instance: string
  readonly workflows: ReturnType<typeof createWorkflows>
  readonly drafts: ReturnType<typeof createDrafts>
  readonly environments: ReturnType<typeof createEnvironments>
  readonly secrets: ReturnType<typeof createSecrets>
  readonly views: ReturnType<typeof createViews>
  readonly credentials: ReturnType<typeof createCredentials>
  readonly executions: ReturnType<typeof createExecutions>
  readonly stages: ReturnType<typeof createStages>
  readonly segments: ReturnType<typeof createSegments>
  readonly gates: ReturnType<typeof createGates>
  readonly events: ReturnType<typeof createEvents>
  readonly effects: ReturnType<typeof createEffects>
  readonly deployments: ReturnType<typeof createDeployments>
  readonly ignores: ReturnType<typeof createIgnores>
  readonly pins: ReturnType<typeof createPins>
  readonly history: ReturnType<typeof createHistory>
  readonly trends: ReturnType<typeof createTrends>
  readonly measures: ReturnType<typeof createMeasures>
  readonly stageTimes: ReturnType<typeof createStageTimes>
  readonly logs: ReturnType<typeof createLogs>
  readonly reports: ReturnType<typeof createReports>
  readonly findings: ReturnType<typeof createFindings>
  readonly findingLists: ReturnType<typeof createFindingLists>
  readonly people: ReturnType<typeof createPeople>
  readonly audit: ReturnType<typeof createAudit>
  readonly idempotency: ReturnType<typeof createIdempotency>
  /** All of `work` in one commit of state.db, or nothing of it. */
  transaction<T>(work: () => T): T
  /** First commit, then tell: runs once the outermost open transaction has committed, at once where none is open. */
  afterCommit(work: () => void): void
  close(): void
}

/**
 * Opens a data directory for writing and brings it to the newest schema. A Fault where another process has it, it is
 * newer than this program, damaged, or of two instances.
 */
export function openStore(options: StoreOptions): Store {
  return storeOver(openDatabases(options))
}

/** A store over databases that are open already: what a restart in the same process is to a simulation. */
export function storeOver(databases: Databases): Store {
  const { state, logs, instance } = databases
  const ofState = <Part extends object>(create: (db: Db) => Part): Part =>
    withFaults(create(state), state.file)
  const trends = ofState(createTrends)
  return {
    state,
    logsDb: logs,
    instance,
    workflows: ofState(createWorkflows),
    drafts: ofState(createDrafts),
    environments: ofState(createEnvironments),
    secrets: ofState(createSecrets),
    views: ofState(createViews),
    credentials: ofState(createCredentials),
    executions: ofState(createExecutions),
    stages: ofState(createStages),
    segments: ofState(createSegments),
    gates: ofState(createGates),
    events: ofState(createEvents),
    effects: ofState(createEffects),
    deployments: ofState(createDeployments),
    ignores: ofState(createIgnores),
    pins: ofState(createPins),
    history: ofState((db) => createHistory(db, trends, instance)),
    trends,
    measures: ofState(createMeasures),
    stageTimes: ofState(createStageTimes),
    logs: withFaults(createLogs(logs), logs.file),
    reports: withFaults(createReports(logs), logs.file),
    findings: withFaults(createFindings(logs), logs.file),
    findingLists: withFaults(createFindingLists(logs), logs.file),
    people: ofState(createPeople),
    audit: ofState(createAudit),
    idempotency: ofState(createIdempotency),
    transaction: state.transaction,
    afterCommit: state.afterCommit,
    close: databases.close,
  }
}

/** Opens, locks and migrates both files of a directory. */
export function openDatabases({ dir, now, id }: StoreOptions): Databases {
  const inMemory = dir === ':memory:'
  if (!inMemory) makeDirectory(dir)
  const open: (() => void)[] = []
  const close = () => {
    for (const one of open.splice(0).reverse()) one()
  }
  try {
    if (!inMemory) open.push(lockDirectory(dir).release)
    const state = openDb(inMemory ? dir : join(dir, 'state.db'), STATE_KIND)
    open.push(state.close)
    const logs = openDb(inMemory ? dir : join(dir, 'logs.db'), LOGS_KIND)
    open.push(logs.close)
    migrate(state, STATE_MIGRATIONS, now)
    migrate(logs, LOGS_MIGRATIONS, now)
    return { state, logs, instance: instanceId(dir, state, logs, id), close }
  } catch (error) {
    close()
    throw error
  }
}

/** Only the server's user may read what stands in it. */
function makeDirectory(dir: string): void {
  try {
    mkdirSync(dir, { recursive: true, mode: 0o700 })
  } catch (error) {
    throw storeFault(error, dir)
  }
}
