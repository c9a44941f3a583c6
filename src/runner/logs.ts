import type { Masker } from '../domain/mask.ts'
import type { LineKind, NewLine } from '../domain/transcript.ts'
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
  readonly #cursors = new Map<number, string | null>()
  #timer: AbortController | null = null
  #flushedAt = 0

  /** `failed` hears of a batch that could not be committed while nobody was asking for it. */
  constructor(parts: Around, executionId: number, mask: Masker, failed: (error: unknown) => void) {
    this.#parts = parts
    this.#executionId = executionId
    this.#mask = mask
    this.#failed = failed
  }

  add(stage: number, kind: LineKind, lines: readonly { at: number; text: string }[], cursor: string): void {
    const before = this.#pending.get(stage)
    // News may come twice: the cursor tells.
    if (cursor === (before?.cursor ?? this.#cursorOf(stage))) return
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
    // Not appended means: committed before. Where that left the log is what the next batch follows.
    this.#cursors.set(stage, added === null ? store.logs.info(this.#executionId, stage).cursor : cursor)
    if (added === null) return
    feed.tell({ type: 'grew', executionId: this.#executionId, stage, lines: added.first + added.lines - 1 })
  }

  #cursorOf(stage: number): string | null {
    const known = this.#cursors.get(stage)
    if (known !== undefined) return known
    const { cursor } = this.#parts.store.logs.info(this.#executionId, stage)
    this.#cursors.set(stage, cursor)
    return cursor
  }
}

/** Closes an execution's open logs: before an end is told, its lines are on the disk. */
export function sealLogs({ store, world }: Parts, executionId: number): void {
  for (const [stage, log] of store.logs.infos(executionId)) {
    if (log.sealedAt === null) store.logs.seal(executionId, stage, world.now())
  }
}
