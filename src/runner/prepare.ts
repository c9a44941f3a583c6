import { createHash } from 'node:crypto'
import { canonicalJson } from '../domain/canonical.ts'
import type { EngineName, Environment, GitRef, TriggerKind, Workflow } from '../domain/definition.ts'
import type { Facts } from '../domain/facts.ts'
import { Fault, type Finding } from '../domain/fault.ts'
import { type Plan, plan } from '../domain/plan.ts'
import { stepsOf } from '../domain/redeploy.ts'
import { refWords } from '../domain/ref.ts'
import { takeover } from '../domain/rerun.ts'
import { check } from '../domain/validate.ts'
import type { Reading } from '../domain/workflow.ts'
import type { Pinned } from '../outside/git.ts'
import type { EffectRow, ExecutionRow } from '../store/tables.ts'
import type { Version } from '../store/workflows.ts'
import { answered, engineOf, type Parts, reasonOf } from './parts.ts'
import { credentialOf } from './secrets.ts'

/** The Validation stage, which is the runner's own. */
const VALIDATION = 0

/**
 * Finds out whether an execution can be run and as what: definition, environments, tools and commit. Everything wrong
 * is told at once; what is unreachable throws, and is tried again. It may be done again after a crash at any line.
 */
export async function prepare(parts: Parts, effect: EffectRow, signal: AbortSignal): Promise<void> {
  const { store, ledger, world } = parts
  const attempt = ledger.attempt(effect.id, null)
  if (attempt === null) return
  const { row } = attempt
  ledger.stageNews(row.id, VALIDATION, { type: 'started', attempt: 1, at: world.now() })
  const version = store.workflows.version(row.workflowId, row.version)
  if (version === null) throw new Error(`Version ${row.version} of execution ${row.uid} is gone.`)
  const definition = version.definition
  const environments = store.environments.definitions()
  const facts = await factsOf(parts, definition, row.redeploys, environments)
  const judged = concerning(check(version.text, facts), definition, row.redeploys)
  const found = await commitOf(parts, row, definition, judged, signal)
  if ('sha' in found) succeed(parts, effect, row, version, found, environments)
  else fail(parts, row, found)
}

async function factsOf(
  parts: Parts,
  definition: Workflow,
  redeploys: string | null,
  environments: ReadonlyMap<string, Environment>,
): Promise<Facts> {
  const { engine, argo, allowFile } = parts.options
  const needed = new Set([definition.engine ?? engine])
  for (const step of stepsOf(definition, redeploys))
    needed.add(environments.get(step.environment)?.engine ?? definition.engine ?? engine)
  const engines = new Map<EngineName, readonly string[]>()
  for (const name of parts.engines.keys())
    engines.set(name, needed.has(name) ? await toolsOf(parts, name) : [])
  const secrets = new Set(parts.store.secrets.names().map((secret) => secret.name))
  const credentials = parts.store.credentials.kinds()
  return { environments, secrets, credentials, engines, defaultEngine: engine, argo, allowFile }
}

/** Without what is wrong with environments that a redeploy leaves alone. */
function concerning(judged: Reading, { deploy }: Workflow, redeploys: string | null): Reading {
  if (redeploys === null) return judged
  const others = deploy.flatMap((step, index) =>
    step.environment === redeploys ? [] : [`deploy[${index}].`],
  )
  const findings = judged.findings.filter(({ path }) => !others.some((other) => path.startsWith(other)))
  return { ...judged, findings }
}

async function toolsOf(parts: Parts, name: EngineName): Promise<readonly string[]> {
  const health = await answered(parts.world, engineOf(parts, name).check())
  if (health.reachable) return health.tools
  throw new Fault(
    'engine_unreachable',
    `Engine ${name} is unreachable: ${health.reason ?? 'it does not say why'}`,
  )
}

/** The commit, or all that is wrong. Where something is wrong already, nobody waits for a repository. */
async function commitOf(
  parts: Parts,
  row: ExecutionRow,
  definition: Workflow,
  judged: Reading,
  signal: AbortSignal,
): Promise<Pinned | readonly Finding[]> {
  const wrong = judged.findings
  const { url, credential } = definition.source
  // A credential that is not there, or does not fit, is told already; without it the answer would be another's.
  if (wrong.some((finding) => finding.path === 'source.git.credential')) return wrong
  try {
    const remote = { url, credential: credentialOf(parts, credential) }
    const pinned = await parts.git.resolve(remote, refOf(row), signal)
    return wrong.length > 0
      ? wrong
      : { ...pinned, branch: pinned.branch ?? row.branch, tag: pinned.tag ?? row.tag }
  } catch (error) {
    if (error instanceof Fault && error.kind === 'invalid') {
      const known = wrong.some((finding) => finding.message === error.message)
      return known ? wrong : [refusal(error, judged), ...wrong]
    }
    if (wrong.length > 0) return wrong
    throw error
  }
}

/** What the repository refused, at its line: the branch or tag where it names one, else the address. */
function refusal({ message, findings }: Fault, { documents }: Reading): Finding {
  const problem = { path: findings[0]?.path ?? 'source.git.url', message }
  return documents[0]?.locate(problem) ?? { ...problem, line: null, column: null }
}

/** A commit that is pinned already is asked for by nothing else. */
function refOf(row: ExecutionRow): GitRef {
  if (row.sha !== null) return { kind: 'sha', sha: row.sha }
  if (row.tag !== null) return { kind: 'tag', name: row.tag }
  return { kind: 'branch', name: row.branch ?? '' }
}

function succeed(
  parts: Parts,
  effect: EffectRow,
  row: ExecutionRow,
  version: Version,
  pinned: Pinned,
  environments: ReadonlyMap<string, Environment>,
): void {
  const made = plan(version.definition, environments, {
    defaultEngine: parts.options.engine,
    branch: pinned.branch,
    tag: pinned.tag,
    events: eventsOf(parts, row),
    redeploys: row.redeploys,
  })
  const unresumable = parts.ledger.unresumable(row.id, made)
  if (unresumable !== null) {
    fail(parts, row, [{ path: '', line: null, column: null, message: unresumable }])
    return
  }
  write(parts, row, [
    `Version ${version.number} of ${version.definition.name} is valid.`,
    `${capital(refWords(refOf(row)))} is commit ${pinned.sha}.`,
    ...stepsOf(version.definition, row.redeploys).map(
      (step) => `Environment ${step.environment} exists and is active.`,
    ),
    ...plannedWords(parts, row, made),
  ])
  seal(parts, row)
  const planHash = createHash('sha256').update(canonicalJson(made)).digest('hex')
  const { sha, branch, tag } = pinned
  parts.ledger.prepared(row.id, effect.id, { plan: made, planHash, sha, branch, tag })
}

function plannedWords({ store }: Parts, row: ExecutionRow, made: Plan): string[] {
  const earlier = row.rerunOf === null ? [] : store.stages.list(row.rerunOf)
  const { from, stages } = takeover(made, row.fromStage, earlier)
  const ahead = made.segments.slice(from)
  const running = ahead.reduce((sum, segment) => sum + segment.stages.length, 0)
  const planned = `${running} stages in ${ahead.length} segments are planned.`
  if (row.rerunOf === null || stages.size === 0) return [planned]
  const name = store.executions.displayId(row.rerunOf)
  return [
    planned,
    `${stages.size} stages before them are taken over from ${name}, outputs and kept files included.`,
  ]
}

/** A re-run has the stages of what it runs again, so it asks what began the first of them, too. */
function eventsOf({ store }: Parts, row: ExecutionRow): TriggerKind[] {
  const events = new Set([row.trigger])
  for (let at = row; at.rerunOf !== null; ) {
    const earlier = store.executions.byId(at.rerunOf)
    if (earlier === null) break
    events.add(earlier.trigger)
    at = earlier
  }
  return [...events]
}

function fail(parts: Parts, row: ExecutionRow, findings: readonly Finding[]): void {
  write(parts, row, findings.map(sentence))
  seal(parts, row)
  parts.ledger.news(
    row.id,
    { type: 'validation.failed', reason: summary(findings) },
    {
      actor: { kind: 'system', name: 'validation' },
      detail: { findings },
    },
  )
}

/** “12:5 deploy[0].environment: No environment prod. Did you mean production?” */
function sentence(finding: Finding): string {
  const { line, column } = finding
  return `${line === null ? '' : `${line}:${column ?? 1} `}${unplaced(finding)}`
}

/** The first finding, for whoever sees one line of an execution; all of them stand in the log. */
function summary(findings: readonly Finding[]): string {
  const [first, ...others] = findings
  if (first === undefined) return 'The workflow is not valid.'
  if (others.length === 0) return unplaced(first)
  return `${unplaced(first)} And ${others.length} more ${others.length === 1 ? 'problem' : 'problems'}.`
}

function unplaced({ path, message }: Finding): string {
  return path === '' ? message : `${path}: ${message}`
}

/** Says in the Validation's log why a preparation has to be tried again; the same reason again is not repeated. */
export function logDoubt(parts: Parts, row: Pick<ExecutionRow, 'id'>, error: unknown): void {
  if (parts.store.logs.info(row.id, VALIDATION).sealedAt === null)
    write(parts, row, [`${reasonOf(error)} Trying again.`])
}

/** The cursor is what was written last: a preparation that is repeated after a crash finds its own lines there. */
function write({ store, feed, world }: Parts, row: Pick<ExecutionRow, 'id'>, texts: readonly string[]): void {
  const { cursor: after, sealedAt } = store.logs.info(row.id, VALIDATION)
  if (sealedAt !== null) return
  const cursor = createHash('sha256').update(texts.join('\n')).digest('hex')
  const lines = texts.map((text) => ({ at: world.now(), text, kind: 'line' as const }))
  const added = store.logs.append(row.id, VALIDATION, { lines, after, cursor })
  if (added === null) return
  feed.tell({ type: 'grew', executionId: row.id, stage: VALIDATION, lines: added.first + added.lines - 1 })
}

function seal({ store, world }: Parts, row: ExecutionRow): void {
  store.logs.seal(row.id, VALIDATION, world.now())
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1)
}
