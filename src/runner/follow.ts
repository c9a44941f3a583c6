import type { Actor } from '../domain/actor.ts'
import type { News, Offsets } from '../engine/engine.ts'
import type { FollowedSegment } from '../store/segments.ts'
import { type Absences, SECOND_LOOK_MS } from './absence.ts'
import { LogWriter, sealLogs } from './logs.ts'
import { engineOf, type Parts, reasonOf, retryAt } from './parts.ts'
import { keepReport } from './reports.ts'
import { maskerOf } from './secrets.ts'
import { absent, look } from './terminate.ts'

/**
 * Follows one segment until its end is written down or the signal fires: lines to the store, all else to the ledger.
 * Trouble with the engine is doubt, not failure: it is shown, and the segment is followed again from where its logs stand.
 */
export async function follow(parts: Parts, segment: FollowedSegment, signal: AbortSignal): Promise<void> {
  const { world, options } = parts
  let failures = 0
  let silentSince: number | null = null
  while (!signal.aborted) {
    const reader = new Reader(parts, segment, () => {
      failures = 0
      silentSince = null
    })
    try {
      if (await reader.read(signal)) return
      failures += 1
    } catch (error) {
      if (signal.aborted) return
      failures += 1
      silentSince ??= world.now()
      const reason = reasonOf(error)
      const limit = options.unreachableLimitMs
      if (limit !== null && world.now() - silentSince > limit) return lose(parts, segment, reason)
      showDoubt(parts, segment, reason)
    }
    await pause(parts, retryAt(world, Math.max(1, failures)) - world.now(), signal)
  }
}

/** What is wrong may be the very disk that would have to keep the reason. */
function showDoubt({ ledger, world }: Parts, { executionId, handle }: FollowedSegment, reason: string): void {
  try {
    ledger.waits(executionId, reason)
  } catch (error) {
    world.log.error('Why a segment cannot be followed could not be stored.', {
      handle,
      reason,
      error: reasonOf(error),
    })
  }
}

/** Sleeps, and wakes early without complaint where the signal fires. */
async function pause({ world }: Parts, ms: number, signal: AbortSignal): Promise<void> {
  await world.sleep(ms, signal).catch((error: unknown) => {
    if (!signal.aborted) throw error
  })
}

function lose(parts: Parts, { executionId, number: segment }: FollowedSegment, why: string): void {
  const reason = `Nothing was heard of it for too long: ${why}`
  const actor: Actor = { kind: 'system', name: 'periplus' }
  sealBeforeLoss(parts, executionId, segment, 'unknown')
  parts.ledger.news(executionId, { type: 'segment.lost', segment, how: 'unknown', reason }, { actor })
}

/** Where an end was asked for, a silence is no end: the segment stays watched, and may have more to say. */
function sealBeforeLoss(parts: Parts, executionId: number, segment: number, how: 'gone' | 'unknown'): void {
  const status = parts.store.executions.byId(executionId)?.status
  if (how === 'gone' || status === 'pending' || status === 'running') sealLogs(parts, executionId, segment)
}

/**
 * Watches a segment whose termination failed before anybody learnt whether the engine ever took it: it is looked for
 * until it is found, or two looks agree that it is not there.
 */
export async function watch(
  parts: Parts,
  absences: Absences,
  segment: FollowedSegment,
  signal: AbortSignal,
): Promise<void> {
  while (!signal.aborted) {
    const { sighting } = await look(parts, segment)
    const row = parts.store.executions.byId(segment.executionId)
    if (signal.aborted || row === null || row.status !== 'termination-failed') return
    if (sighting === 'running' || sighting === 'ended') return parts.ledger.submitted(row.id, segment.number)
    if (sighting === 'absent') absent(parts, absences, row, segment, () => undefined)
    else absences.forget(segment.handle)
    await pause(parts, SECOND_LOOK_MS, signal)
  }
}

/** One reading of a segment's news, from where its logs stand. */
class Reader {
  readonly #parts: Parts
  readonly #segment: FollowedSegment
  readonly #heard: () => void
  readonly #offsets: Offsets
  readonly #mask
  readonly #writer: LogWriter
  readonly #broken = new AbortController()
  readonly #actor: Actor

  constructor(parts: Parts, segment: FollowedSegment, heard: () => void) {
    this.#parts = parts
    this.#segment = segment
    this.#heard = heard
    const row = parts.store.executions.byId(segment.executionId)
    if (row === null) throw new Error(`Segment ${segment.handle} is of no execution.`)
    this.#mask = maskerOf(parts, row)
    this.#offsets = parts.store.logs.cursors(row.id)
    this.#writer = new LogWriter(parts, row.id, this.#offsets, this.#mask, (error) =>
      this.#broken.abort(error),
    )
    this.#actor = { kind: 'engine', name: segment.engine }
  }

  /** True once the segment's end is written down. */
  async read(signal: AbortSignal): Promise<boolean> {
    const { handle, engine } = this.#segment
    const either = AbortSignal.any([signal, this.#broken.signal])
    try {
      for await (const news of engineOf(this.#parts, engine).follow(handle, this.#offsets, either)) {
        if (either.aborted) break
        if (news.type === 'report') await keepReport(this.#parts, this.#segment, news)
        else if (this.#take(news)) return true
      }
      this.#broken.signal.throwIfAborted()
      return false
    } finally {
      this.#writer.stop()
    }
  }

  #take(news: Exclude<News, { type: 'report' }>): boolean {
    const { executionId, number } = this.#segment
    const { ledger } = this.#parts
    this.#heard()
    switch (news.type) {
      case 'waits':
        ledger.waits(executionId, news.reason === null ? null : this.#hidden(news.reason))
        return false
      case 'lines':
        this.#writer.add(news.stage, 'line', news.lines, news.cursor)
        return false
      case 'gap':
        this.#writer.add(news.stage, 'gap', [{ at: news.at, text: gapText(news) }], news.cursor)
        return false
      case 'mark':
        this.#writer.add(news.stage, 'mark', [{ at: news.at, text: news.text }], news.cursor)
        return false
      case 'segment.started':
        ledger.news(
          executionId,
          { type: 'segment.started', segment: number },
          { actor: this.#actor, at: news.at },
        )
        return false
      case 'stage.started':
        ledger.stageNews(executionId, news.stage, { type: 'started', attempt: news.attempt, at: news.at })
        return false
      case 'outputs':
        ledger.stageNews(executionId, news.stage, { type: 'outputs', outputs: this.#hiddenIn(news.outputs) })
        return false
      case 'stage.finished':
        this.#finishStage(news)
        return false
      case 'segment.finished':
      case 'segment.lost':
        this.#end(news)
        return true
      default:
        return news satisfies never
    }
  }

  /** A log is sealed before its stage's final status is published. */
  #finishStage(news: Extract<News, { type: 'stage.finished' }>): void {
    const { store, world, ledger } = this.#parts
    const { executionId } = this.#segment
    this.#writer.flush()
    store.logs.seal(executionId, news.stage, world.now())
    const { status, exitCode, at } = news
    const reason = this.#hidden(news.reason)
    ledger.stageNews(executionId, news.stage, { type: 'finished', status, exitCode, reason, at })
  }

  #end(news: Extract<News, { type: 'segment.finished' | 'segment.lost' }>): void {
    const { executionId, number: segment } = this.#segment
    this.#writer.flush()
    if (news.type === 'segment.lost') sealBeforeLoss(this.#parts, executionId, segment, news.how)
    else sealLogs(this.#parts, executionId, segment)
    const around = { actor: this.#actor, ...('at' in news ? { at: news.at } : {}) }
    if (news.type === 'segment.lost') {
      const reason = this.#hidden(news.reason) ?? ''
      this.#parts.ledger.news(executionId, { type: news.type, segment, how: news.how, reason }, around)
    } else {
      const { type, verdict, killed } = news
      const reason = this.#hidden(news.reason)
      this.#parts.ledger.news(executionId, { type, segment, verdict, killed, reason }, around)
    }
  }

  #hidden(text: string | null): string | null {
    return text === null ? null : (this.#mask([text])[0] ?? null)
  }

  #hiddenIn(outputs: Readonly<Record<string, string>>): Record<string, string> {
    return Object.fromEntries(Object.entries(outputs).map(([key, value]) => [key, this.#hidden(value) ?? '']))
  }
}

function gapText({ lines, reason }: Extract<News, { type: 'gap' }>): string {
  const count = lines === null ? 'Lines are' : lines === 1 ? '1 line is' : `${lines} lines are`
  return `${count} missing here: ${reason}`
}
