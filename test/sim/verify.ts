import type { ReportDigest } from '../../src/domain/report.ts'
import { isFinal } from '../../src/domain/status.ts'
import { strip } from '../../src/domain/strip.ts'
import type { ExecutionRow, ReportRow } from '../../src/store/tables.ts'
import { LEFT, leftBy } from './ground.ts'
import { measured, outages, recounted } from './recount.ts'
import type { Story, Truth } from './simulation.ts'
import { SECRET } from './workload.ts'

/** What must be true when all is quiet again. */
export function verify(story: Story): void {
  const { store } = story
  const ids = store.state.sqlite.query<{ id: number }, []>('SELECT id FROM executions ORDER BY id').all()
  for (const { id } of ids) {
    const row = store.executions.byId(id)
    if (row === null) continue
    story.count(`end: ${row.status}`)
    settledOrWaiting(story, row)
    causes(story, row)
    begins(story, row)
    logs(story, row)
    reports(story, row)
    releases(story, row)
    const expected = strip(store.stages.list(id), row.status)
    story.expect(row.strip === expected, `Execution ${id} has the strip ${row.strip}, not ${expected}.`)
  }
  for (const row of store.audit.list({ limit: 10_000 }))
    if (row.action === 'terminate-leftover') story.count('leftover')
  for (const handle of story.running())
    story.expect(false, `${handle} still runs although everything is over.`)
  for (const [handle, starts] of story.starts())
    story.expect(starts === 1, `${handle} was started ${starts} times.`)
  counters(story)
  measures(story)
  effects(story)
}

/** Nothing is stuck: it has ended, or waits for people at an open gate. */
function settledOrWaiting(story: Story, row: ExecutionRow): void {
  const gate = story.store.gates.list(row.id).find((one) => one.state === 'open')
  const atGate = row.status === 'approval-pending' || row.status === 'deployment-pending'
  story.expect(
    gate === undefined || gate.expiresAt === null || gate.expiresAt > story.now(),
    `The gate of execution ${row.id} should have expired.`,
  )
  story.expect(
    atGate ? gate !== undefined : isFinal(row.status) && gate === undefined,
    `Execution ${row.id} is stuck as ${row.status} (${row.waits ?? row.reason ?? 'no reason'}), its gate ${gate?.state}.`,
  )
  story.expect(row.holdsSlot === 0, `Execution ${row.id} is ${row.status} and holds a slot.`)
}

/** Every end has its true cause. */
function causes(story: Story, row: ExecutionRow): void {
  const { store } = story
  const events = store.events.list(row.id).map((event) => event.type)
  const truth = story.truth(row.uid)
  const say = (holds: boolean, what: string) =>
    story.expect(
      holds,
      `Execution ${row.id} is ${row.status}, but ${what} (${row.reason}; ${JSON.stringify(truth)}).`,
    )
  const asked = events.includes('termination.requested')
  switch (row.status) {
    case 'succeeded':
      say(truth.ends.length === store.segments.list(row.id).length, 'not every segment was run')
      say(
        truth.ends.every((end) => end === 'succeeded'),
        'a segment did not succeed',
      )
      break
    case 'failed':
      say(
        events.includes('validation.failed') || truth.ends.at(-1) === 'failed' || row.timedOut === 1,
        'nothing of it failed',
      )
      break
    case 'error':
      say(
        truth.killedOutside || truth.lost || truth.refused || events.includes('segment.lost'),
        'the platform did it no harm',
      )
      say(row.reason !== null, 'it does not say why')
      break
    case 'approval-rejected':
      say(events.includes('gate.rejected') || events.includes('gate.expired'), 'nobody rejected it')
      break
    case 'terminated':
      say(asked, 'nobody asked for its end')
      say(truth.running === 0, 'something of it runs')
      if (isUnheard(story, row)) story.count('unheard')
      else {
        say(truth.ends.at(-1) !== 'failed', 'it had failed by itself')
        say(!isWhole(story, row, truth), 'it had succeeded by itself')
      }
      break
    default:
  }
  if (asked && row.status !== 'terminated') story.count('asked too late')
}

/** A re-run begins where the execution that it runs again had stopped, or at the start; all others at the start. */
function begins({ store, expect, count, reruns }: Story, row: ExecutionRow): void {
  const earlier = row.rerunOf === null ? null : store.executions.byId(row.rerunOf)
  if (earlier?.rerunOf != null) count('rerun: of a rerun')
  if (row.planHash === null) return
  const own = store.segments.list(row.id).map((segment) => segment.number)
  const asked = reruns.get(row.id) ?? (row.fromStage === null ? 'start' : 'failed')
  const from = asked === 'start' ? 0 : (earlier?.atSegment ?? 0)
  const plan = store.executions.plan(row.planHash)
  const expected = (plan?.segments ?? []).slice(from).map((segment) => segment.number)
  expect(own.join() === expected.join(), `Execution ${row.id} has the segments ${own}, not ${expected}.`)
  const pinned = earlier?.sha ?? row.sha
  const version = earlier === null || (earlier.version === row.version && pinned === row.sha)
  expect(version, `Execution ${row.id} is not of the version and commit of ${earlier?.id}.`)
}

/** What a stage said was gone with its pod before anybody read it: nobody can know that it had come to its end. */
function isUnheard({ store }: Story, { id }: ExecutionRow): boolean {
  return store.stages.list(id).some(({ ordinal, status }) => {
    if (status !== 'terminated') return false
    const lines = store.logs.window(id, ordinal, 1, 10_000)
    return lines.length === 0 || lines.some(({ kind }) => kind === 'gap')
  })
}

function isWhole({ store }: Story, row: ExecutionRow, { ends }: Truth): boolean {
  return (
    ends.length > 0 &&
    ends.length === store.segments.list(row.id).length &&
    ends.every((end) => end === 'succeeded')
  )
}

const ENDINGS: ReadonlySet<string> = new Set(['termination.requested', 'timeout.passed'])

/** Every line once, in order, masked and sealed, of every stage that ended by itself. */
function logs(story: Story, row: ExecutionRow): void {
  const { store } = story
  for (const stage of store.stages.list(row.id)) {
    const runs = story.written(row.uid, stage.segment, stage.ordinal)
    if (runs === null) continue
    const lines = store.logs.window(row.id, stage.ordinal, 1, 10_000)
    const stored = lines.filter(({ kind }) => kind === 'line').map((line) => line.text)
    const hasGap = lines.some(({ kind }) => kind === 'gap')
    gaps(story, row, stage.id, hasGap)
    const masked = runs.flat().map((text) => text.replace(SECRET, '***'))
    const whole = stage.status === 'succeeded' || stage.status === 'failed'
    // Of a pod that was replaced while nobody looked, nobody knows: what is there must have been written, in this order.
    const isPartial = hasGap || runs.length > 1
    const expected = whole ? masked : masked.slice(0, stored.length)
    story.expect(
      isPartial ? isWithin(stored, masked) : stored.join('\n') === expected.join('\n'),
      `The log of ${stage.id} (${stage.status}) of execution ${row.id} has ${stored.length} lines, not ${expected.length}.`,
    )
    if (stored.length > 0) story.count('log compared')
  }
}

/** Each report once, masked, read, told of, and held against the one before; of every stage that ended by itself. */
function reports(story: Story, row: ExecutionRow): void {
  const { store, expect, count } = story
  const plan = row.planHash === null ? null : store.executions.plan(row.planHash)
  for (const stage of store.stages.list(row.id)) {
    if (stage.takenFrom !== null) continue
    const whole = stage.status === 'succeeded' || (stage.status === 'failed' && stage.exitCode !== null)
    for (const { name, path } of plan?.stages[stage.ordinal]?.reports ?? []) {
      const report = store.reports.one(row.id, name)
      const what = `The report ${name} of execution ${row.id} (${stage.id} ${stage.status})`
      if (report === null) {
        expect(!whole || row.timedOut === 1, `${what} was lost.`)
        continue
      }
      expect(report.told === 1, `${what} was not told of.`)
      count(`report: ${report.state}`)
      if (path !== LEFT || report.state === 'wrong') {
        expect(path !== LEFT && report.problem !== null, `${what} is wrong: ${report.problem}`)
        continue
      }
      const secret = plan?.stages[stage.ordinal]?.env['TOKEN'] === undefined ? '' : '***'
      const packed = store.reports.document(report.id) ?? new Uint8Array()
      const text = new TextDecoder().decode(Bun.zstdDecompressSync(Uint8Array.from(packed)))
      expect(text === leftBy(store.executions.displayId(row.id), secret), `${what} says ${text}.`)
      standings(story, report)
    }
  }
  const digests: ReportDigest[] = JSON.parse(row.reports ?? '[]')
  expect(digests.length === store.reports.list(row.id).length, `Not all reports of ${row.id} are told of.`)
}

/** Of three findings one stays, one is new each time, and one comes and goes. */
function standings({ store, expect, count }: Story, report: ReportRow): void {
  const { there, fresh, fixed } = store.findings.count(report.id, [])
  expect(there.join() === '0,3,0,0,0', `The report ${report.id} has ${there} findings.`)
  const compared = report.baseId !== null
  const plausible = compared ? fresh === fixed && (fresh === 1 || fresh === 2) : fresh + fixed === 0
  expect(plausible, `The report ${report.id} has ${fresh} new findings, and ${fixed} are fixed.`)
  if (compared) count('report: compared')
}

/** A hole is drawn where a pod was taken away, by strangers or by our own termination, and nowhere else. */
function gaps(story: Story, { id, uid }: ExecutionRow, stage: string, hasGap: boolean): void {
  if (!hasGap) return
  const { killedOutside, lost } = story.truth(uid)
  const ours = story.store.events.list(id).some(({ type }) => ENDINGS.has(type))
  story.expect(killedOutside || lost || ours, `The log of ${stage} of execution ${id} has a gap.`)
  story.count('log with a gap')
}

/** Whether these lines stand among those, in the same order. */
function isWithin(lines: readonly string[], all: readonly string[]): boolean {
  let at = 0
  return lines.every((line) => {
    at = all.indexOf(line, at) + 1
    return at > 0
  })
}

/** Engines have forgotten what is over, and it was written down. */
function releases(story: Story, row: ExecutionRow): void {
  if (!isFinal(row.status) || isGoneOnFrom(story, row)) return
  for (const segment of story.store.segments.list(row.id)) {
    const known = story.knows(segment.handle)
    const ended = segment.state === 'ended' && segment.startedAt !== null
    story.expect(!ended || segment.releasedAt !== null, `${segment.handle} was never released.`)
    story.expect(!ended || !known, `${segment.handle} is still known to its engine.`)
    if (segment.releasedAt !== null) story.count('released')
  }
  const due = story.store.effects.open(row.id).filter((effect) => effect.kind === 'release')
  story.expect(due.length === 0, `Execution ${row.id} has ${due.length} releases that were never done.`)
}

/** Whether a re-run that begins in the middle of it, or of one of those, still waits for people. */
function isGoneOnFrom(story: Story, row: ExecutionRow): boolean {
  const later = story.store.state.sqlite
    .query<{ id: number }, [number]>(
      'SELECT id FROM executions WHERE rerun_of = ? AND from_stage IS NOT NULL',
    )
    .all(row.id)
  return later.some(({ id }) => {
    const one = story.store.executions.byId(id)
    return one !== null && (!isFinal(one.status) || isGoneOnFrom(story, one))
  })
}

/** The counters say what a count over all rows says. */
function counters({ store, expect }: Story): void {
  const recount = store.state.sqlite
    .query<{ line: string }, []>(
      `SELECT workflow_id || ' ' || day || ' ' || status || ' ' || count(*) AS line FROM (
         SELECT workflow_id, day, status FROM executions
         UNION ALL SELECT 0, day, status FROM executions
         UNION ALL SELECT workflow_id, 'all', status FROM executions
         UNION ALL SELECT 0, 'all', status FROM executions)
       GROUP BY workflow_id, day, status ORDER BY 1`,
    )
    .all()
  const counted = store.state.sqlite
    .query<{ line: string }, []>(
      "SELECT workflow_id || ' ' || day || ' ' || status || ' ' || count AS line FROM counters WHERE count > 0 ORDER BY 1",
    )
    .all()
  const [a, b] = [recount, counted].map((rows) =>
    rows
      .map((row) => row.line)
      .sort()
      .join('\n'),
  )
  expect(a === b, `The counters are wrong:\n${a}\n— but they say —\n${b}`)
}

/** So do the measures, and what they are taken from by the next deployment. */
function measures({ store, expect, count }: Story): void {
  const [counted, stored] = [recounted(store), measured(store)]
  const missing = counted.filter((line) => !stored.includes(line))
  const extra = stored.filter((line) => !counted.includes(line))
  expect(
    missing.length + extra.length === 0,
    `The measures are wrong: missing are\n${missing.join('\n')}\n— but there are —\n${extra.join('\n')}`,
  )
  const open = outages(store)
  const [known, kept] = [open.recounted, open.kept].map((rows) => JSON.stringify(rows))
  expect(known === kept, `The outages should be ${known}; they are ${kept}.`)
  for (const line of stored) count(`measure: ${line.split(' ')[1]}`)
}

/** No work is left but the releases of those that wait at gates. */
function effects({ store, expect }: Story): void {
  const left = store.state.sqlite
    .query<{ kind: string; executionId: number; status: string }, []>(
      `SELECT kind, execution_id AS executionId, status FROM effects f JOIN executions e ON e.id = f.execution_id
       WHERE state IN ('queued', 'due') AND kind <> 'release'`,
    )
    .all()
  for (const { kind, executionId, status } of left)
    expect(false, `A ${kind} of execution ${executionId} (${status}) was left undone.`)
}
