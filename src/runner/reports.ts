import { Fault } from '../domain/fault.ts'
import type { News, ReportContent } from '../engine/engine.ts'
import { FIRST, type Place } from '../store/findings.ts'
import type { PackedDocument } from '../store/reports.ts'
import type { FollowedSegment } from '../store/segments.ts'
import type { ReportRow } from '../store/tables.ts'
import { type Parts, reasonOf } from './parts.ts'
import { secretsPinned } from './secrets.ts'

/** Findings or tests that are written at once: some ten milliseconds. */
const BATCH_ROWS = 500
/** A report that ended whoever read it so often is left alone. */
const ATTEMPTS_MAX = 3

type ReportNews = Extract<News, { type: 'report' }>

/** Stores what became of a report, before its stage's end is written down. It is read later. */
export async function keepReport(parts: Parts, segment: FollowedSegment, news: ReportNews): Promise<void> {
  const { store, world } = parts
  const { executionId } = segment
  const row = store.executions.byId(executionId)
  const stage = store.stages.one(executionId, news.stage)
  const plan = row === null || row.planHash === null ? null : store.executions.plan(row.planHash)
  const planned = plan?.stages[news.stage]?.reports.find(({ name }) => name === news.name)
  // A story that is told anew begins with stages that are over.
  if (row === null || stage === null || stage.finishedAt !== null || planned === undefined) return
  const content = await contentOf(parts, news.content, secretsPinned(parts, row))
  const { workflowId, branch } = row
  const { ordinal } = stage
  store.reports.keep({
    ...{ executionId, workflowId, branch, stage: ordinal, ...planned },
    ...{ keptAt: world.now(), content },
  })
}

/** Whatever cannot be made of it is told of it, and holds up nobody. */
async function contentOf(
  { reader }: Parts,
  content: ReportContent,
  secrets: readonly string[],
): Promise<PackedDocument | { readonly problem: string }> {
  if ('problem' in content) return content
  try {
    return await reader.keep(content, secrets)
  } catch (error) {
    return { problem: error instanceof Fault ? error.message : `It could not be kept: ${reasonOf(error)}` }
  }
}

/** Reads what was kept, one report after another, and has the ledger told of each. */
export class Readings {
  readonly #parts: Parts
  #working: Promise<void> | null = null
  readonly #stop = new AbortController()

  constructor(parts: Parts) {
    this.#parts = parts
  }

  work(): void {
    if (this.#working !== null || this.#stop.signal.aborted || this.#parts.store.reports.next() === null)
      return
    this.#working = this.#readAll().finally(() => {
      this.#working = null
    })
  }

  async drain(): Promise<void> {
    this.#stop.abort()
    await this.#working
    await this.#parts.reader.close()
  }

  async #readAll(): Promise<void> {
    const { store, ledger, world, reader } = this.#parts
    try {
      for (let report = store.reports.next(); report !== null; report = store.reports.next()) {
        if (this.#stop.signal.aborted) return
        if (report.state === 'kept') await this.#read(report)
        ledger.reported(report.executionId)
        store.reports.told(report.id)
      }
      await reader.close()
    } catch (error) {
      // It stays as it was; a later turn tries again.
      world.log.warn('A report could not be read just now.', { error: reasonOf(error) })
    }
  }

  /** Its findings in parts, each held against the report before; from the beginning where somebody has begun already. */
  async #read(report: ReportRow): Promise<void> {
    const { store, reader } = this.#parts
    const packed = store.reports.document(report.id)
    if (packed === null || report.attempts >= ATTEMPTS_MAX)
      return store.reports.fail(report.id, 'It could not be read in several tries.')
    store.reports.attempt(report.id)
    store.findings.clear(report.id)
    const base = store.reports.base(report)
    try {
      const { summary, findings, tests } = await reader.open(packed, report.format)
      for (let from = 0; from < findings; from += BATCH_ROWS)
        store.findings.add(report, base, { from, rows: await reader.findings(from, BATCH_ROWS) })
      for (let from = 0; from < tests; from += BATCH_ROWS)
        store.findings.addTests(report, base, { from, rows: await reader.tests(from, BATCH_ROWS) })
      if (base !== null) await this.#copyFixed(report, base, findings)
      store.reports.read(report.id, base?.id ?? null, summary)
    } catch (error) {
      if (!(error instanceof Fault) || !UNREADABLE.has(error.kind)) throw error
      store.findings.clear(report.id)
      store.reports.fail(report.id, error.message)
    }
  }

  async #copyFixed(report: ReportRow, base: ReportRow, after: number): Promise<void> {
    const { store, world } = this.#parts
    for (let from: Place | null = FIRST; from !== null; ) {
      from = store.findings.addFixed(report, base, after, from)
      if (from !== null) await world.sleep(0)
    }
  }
}

/** What is wrong with a report itself; a full disk is none of its doing. */
const UNREADABLE: ReadonlySet<string> = new Set(['invalid', 'too_large'])
