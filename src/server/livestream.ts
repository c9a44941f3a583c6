/** Bytes with memory of their own, as streams want them. */
export type Bytes = Uint8Array<ArrayBuffer>

/** What a stream sends. It remembers where it stands; the store has everything else, so a slow reader costs no memory. */
export interface Source {
  /** The execution it waits for; null waits for whatever happens. */
  readonly topic: number | null
  /** The next piece, read from the store; null where there is nothing yet. What must be worked out may take its time. */
  next(): Bytes | null | Promise<Bytes | null>
  /** Whether nothing can follow any more. Asked only when there is nothing yet. */
  over(): boolean
  /** Nobody reads, or nobody does any more. May be told again. */
  left?(): void
}

/** Server-sent events, plain text, or a file of files. */
export type StreamKind = 'events' | 'text' | 'tar'

/** Those who keep a stream: they know it while it is open, and wake it. */
export interface House {
  enter(stream: LiveStream): void
  /** To be woken once, when something happens to its topic. */
  wait(stream: LiveStream): void
  leave(stream: LiveStream): void
  failed(error: unknown): void
}

interface Parts {
  readonly house: House
  readonly source: Source
  readonly kind: StreamKind
  /** Whether its reader would still be let in. */
  readonly isWelcome: () => boolean
}

/** What may lie unread in one stream; what follows stays in the store until its reader is ready. */
const BACKLOG_BYTES_MAX = 64 * 1024

const OK = new TextEncoder().encode(': ok\n\n')
const BEAT = new TextEncoder().encode(': still here\n\n')

/** One open stream: sends whenever its reader is ready and there is something, and otherwise waits for either. */
export class LiveStream {
  readonly topic: number | null
  readonly readable: ReadableStream<Bytes>
  readonly #parts: Parts
  #controller: ReadableStreamDefaultController<Bytes> | null = null
  #wake: (() => void) | null = null

  constructor(parts: Parts) {
    this.#parts = parts
    this.topic = parts.source.topic
    this.readable = new ReadableStream<Bytes>(
      {
        start: (controller) => this.#start(controller),
        pull: (controller) => this.#pull(controller),
        cancel: () => this.#leave(),
      },
      { highWaterMark: BACKLOG_BYTES_MAX, size: (piece) => piece?.byteLength ?? 0 },
    )
  }

  /** Something happened to what it waits for. */
  wake(): void {
    this.#wake?.()
  }

  /** Shows that it lives, or ends it where its reader is not let in any more. */
  beat(): void {
    if (!this.#parts.isWelcome()) this.cut()
    else if (this.#parts.kind === 'events' && (this.#controller?.desiredSize ?? 0) > 0)
      this.#controller?.enqueue(BEAT)
  }

  /**
   * Ends it before its time. A reader of events comes back and goes on; a text is broken off, because ended in order it
   * would look whole.
   */
  cut(): void {
    const controller = this.#controller
    this.#leave()
    if (this.#parts.kind === 'events') controller?.close()
    // Without a reason: Bun would print it to standard error, where our log stands alone.
    else controller?.error()
  }

  /** A first comment goes out at once, because Bun holds the headers back until the first piece. */
  #start(controller: ReadableStreamDefaultController<Bytes>): void {
    this.#controller = controller
    this.#parts.house.enter(this)
    if (this.#parts.kind === 'events') controller.enqueue(OK)
  }

  /** The reader is ready: returns when one piece was sent, or nothing follows any more. */
  async #pull(controller: ReadableStreamDefaultController<Bytes>): Promise<void> {
    const { source, house } = this.#parts
    try {
      while (this.#controller !== null) {
        const made = source.next()
        const piece = made instanceof Promise ? await made : made
        if (this.#controller === null) return
        if (piece !== null) {
          controller.enqueue(piece)
          return
        }
        if (source.over()) {
          this.#leave()
          controller.close()
          return
        }
        await this.#news()
      }
    } catch (error) {
      house.failed(error)
      this.cut()
    }
  }

  #news(): Promise<void> {
    this.#parts.house.wait(this)
    return new Promise((resolve) => {
      this.#wake = resolve
    })
  }

  #leave(): void {
    this.#controller = null
    this.#parts.house.leave(this)
    this.#parts.source.left?.()
    this.#wake?.()
  }
}
