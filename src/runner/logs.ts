import type { Masker } from '../domain/mask.ts'
import type { LineKind, NewLine } from '../domain/transcript.ts'
import type { Offsets } from '../engine/engine.ts'
import type { Feed } from '../ledger/feed.ts'
import type { Store } from '../store/store.ts'
import type { World } from '../world.ts'
import type { Parts } from './parts.ts'

/** What an engine hands over within this time is one commit. */
const BATCH_MS = 33
/** Larger batches only hold up whoever waits for the line after them. */
const BATCH_LINES = 8_192
const BATCH_BYTES = 2 * 1024 * 1024

interface Around {
  readonly store: Store
  readonly world: Pick<World, 'now' | 'sleep'>
  readonly feed: Pick<Feed, 'tell'>
}

interface Pending {
  readonly lines: NewLine[]
  bytes: number
  cursor: string
}

/** Collects the lines of one segment's stages and commits them in batches, each with the engine's cursor after it. */
export class LogWriter {
  readonly #parts: Around
  readonly #executionId: number
  readonly #mask: Masker
  readonly #failed: (error: unknown) => void
  readonly #pending = new Map<number, Pending>()
  /** What each log's next batch follows: where the story was asked to go on, then what was committed of it. */
  readonly #cursors = new Map<number, string | null>()
  readonly #from: Offsets
  /** Stages whose logs are closed: what an engine still says of them (a pod that ran twice, a story told anew) is over. */
  readonly #sealed = new Set<number>()
  #timer: AbortController | null = null
  #flushedAt = 0

  /**
   * `from` is where the engine was asked to begin; `failed` hears of a batch that could not be committed while nobody
   * was asking for it.
   */
  constructor(
    parts: Around,
    executionId: number,
    from: Offsets,
    mask: Masker,
    failed: (error: unknown) => void,
  ) {
    this.#parts = parts
    this.#executionId = executionId
    this.#from = from
    this.#mask = mask
    this.#failed = failed
  }

  add(stage: number, kind: LineKind, lines: readonly { at: number; text: string }[], cursor: string): void {
    const before = this.#pending.get(stage)
    // News may come twice: the cursor tells.
    if (cursor === (before?.cursor ?? this.#cursorOf(stage)) || this.#sealed.has(stage)) return
    const pending = before ?? { lines: [], bytes: 0, cursor }
    this.#pending.set(stage, pending)
    for (const { at, text } of lines) {
      pending.lines.push({ at, text, kind })
      pending.bytes += text.length
    }
    pending.cursor = cursor
    const full = pending.lines.length >= BATCH_LINES || pending.bytes >= BATCH_BYTES
    if (full) this.flush()
    else this.#flushSoon()
  }

  /** Commits all that is collected; then, and only then, tells that the logs have grown. */
  flush(): void {
    this.#timer?.abort()
    this.#timer = null
    for (const [stage, pending] of this.#pending) {
      this.#commit(stage, pending)
      this.#pending.delete(stage)
    }
    this.#flushedAt = this.#parts.world.now()
  }

  /** Forgets what is not committed: the engine will be asked for it again. */
  stop(): void {
    this.#timer?.abort()
    this.#timer = null
    this.#pending.clear()
  }

  /** At once after a quiet time, otherwise at the end of the batch's time. */
  #flushSoon(): void {
    if (this.#timer !== null) return
    const timer = new AbortController()
    this.#timer = timer
    const wait = Math.max(0, this.#flushedAt + BATCH_MS - this.#parts.world.now())
    this.#parts.world.sleep(Math.min(wait, BATCH_MS), timer.signal).then(
      () => this.#flushNow(timer),
      () => undefined,
    )
  }

  #flushNow(timer: AbortController): void {
    if (timer.signal.aborted) return
    try {
      this.flush()
    } catch (error) {
      this.#failed(error)
    }
  }

  #commit(stage: number, { lines, cursor }: Pending): void {
    const { store, feed } = this.#parts
    const after = this.#cursorOf(stage)
    const texts = this.#mask(lines.map((line) => line.text))
    const masked = lines.map((line, index) => ({ at: line.at, kind: line.kind, text: texts[index] ?? '' }))
    const added = store.logs.append(this.#executionId, stage, { lines: masked, after, cursor })
    if (added === null) {
      const stored = store.logs.info(this.#executionId, stage).cursor
      // Two servers over one store: whoever comes second reads on from where the first has come to.
      if (stored !== cursor) throw new Error('Another follower has written this log meanwhile.')
    }
    this.#cursors.set(stage, cursor)
    if (added === null) return
    feed.tell({ type: 'grew', executionId: this.#executionId, stage, lines: added.first + added.lines - 1 })
  }

  #cursorOf(stage: number): string | null {
    const known = this.#cursors.get(stage)
    if (known !== undefined) return known
    const cursor = this.#from[stage] ?? null
    this.#cursors.set(stage, cursor)
    const { sealedAt } = this.#parts.store.logs.info(this.#executionId, stage)
    if (sealedAt !== null) this.#sealed.add(stage)
    return cursor
  }
}

/**
 * Closes an execution's open logs, or those of one segment: before an end is told, its lines are on the disk. News of a
 * segment's end may be late; the next one's logs are none of its business.
 */
export function sealLogs({ store, world }: Parts, executionId: number, segment: number | null): void {
  const infos = store.logs.infos(executionId)
  for (const stage of store.stages.list(executionId)) {
    const log = infos.get(stage.ordinal)
    const isMeant = segment === null || stage.segment === segment
    if (isMeant && log?.sealedAt === null) store.logs.seal(executionId, stage.ordinal, world.now())
  }
}
