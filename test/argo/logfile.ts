import type { Time } from './objects.ts'

export interface LogLimits {
  /** The kubelet's `containerLogMaxSize` and `containerLogMaxFiles`. */
  readonly bytesMax: number
  readonly filesMax: number
}

export type Stream = 'stdout' | 'stderr'

interface Line {
  readonly atMs: number
  readonly bytes: Buffer
}

interface Follower {
  readonly tell: (bytes: Uint8Array) => void
  readonly end: () => void
}

/** What a container runtime adds to every line on disk, besides the timestamp. */
const CRI_BYTES = ' stdout F '.length - 1
const NEWLINE = 0x0a

/** What a container wrote: lines with a timestamp of nanoseconds, in files that are rotated; only the last is readable. */
export class ContainerLog {
  readonly #time: Time
  readonly #limits: LogLimits
  #files: { lines: Line[]; bytes: number }[] = [{ lines: [], bytes: 0 }]
  readonly #partial: Record<Stream, Buffer> = { stdout: Buffer.alloc(0), stderr: Buffer.alloc(0) }
  readonly #followers = new Set<Follower>()
  #lastMs = 0
  #nano = 0
  #isClosed = false
  #isFinished = false

  constructor(time: Time, limits: LogLimits) {
    this.#time = time
    this.#limits = limits
  }

  /** Takes bytes of a stream; a line is one once its newline has come. */
  write(stream: Stream, bytes: Uint8Array): void {
    if (this.#isClosed) return
    const whole = Buffer.concat([this.#partial[stream], bytes])
    const end = whole.lastIndexOf(NEWLINE)
    this.#partial[stream] = whole.subarray(end + 1)
    if (end >= 0) this.#add(whole.subarray(0, end))
  }

  /** Takes a line of the emissary, which the container's own unfinished line does not hold up. */
  say(text: string): void {
    if (!this.#isClosed) this.#add(Buffer.from(text))
  }

  /** The container has ended: what has no newline becomes a line, and nothing more is taken. */
  close(): void {
    if (this.#isClosed) return
    for (const stream of ['stdout', 'stderr'] as const) {
      if (this.#partial[stream].length > 0) this.#add(this.#partial[stream])
    }
    this.#isClosed = true
  }

  /** The kubelet knows of the end: nobody follows any more. */
  finish(): void {
    this.close()
    this.#isFinished = true
    this.endFollowers()
  }

  /** Streams end, whether or not the container has. */
  endFollowers(): void {
    for (const follower of [...this.#followers]) {
      this.#followers.delete(follower)
      follower.end()
    }
  }

  /** The current file from a whole second on. */
  read(sinceMs: number | null): Uint8Array {
    const lines = this.#files.at(-1)?.lines ?? []
    const since = sinceMs === null ? 0 : Math.floor(sinceMs / 1000) * 1000
    return Buffer.concat(lines.filter(({ atMs }) => atMs >= since).map(({ bytes }) => bytes))
  }

  /** The current file and what comes; rotation does not interrupt it. */
  follow(sinceMs: number | null, tell: Follower['tell'], end: Follower['end']): () => void {
    const have = this.read(sinceMs)
    if (have.length > 0) tell(have)
    if (this.#isFinished) {
      end()
      return () => {}
    }
    const follower = { tell, end }
    this.#followers.add(follower)
    return () => void this.#followers.delete(follower)
  }

  #add(text: Buffer): void {
    const lines = split(text).map((line) => ({
      atMs: this.#time.now(),
      bytes: Buffer.concat([Buffer.from(`${this.#stamp()} `), line, Buffer.from('\n')]),
    }))
    for (const line of lines) this.#append(line)
    const chunk = Buffer.concat(lines.map(({ bytes }) => bytes))
    for (const { tell } of [...this.#followers]) tell(chunk)
  }

  #append(line: Line): void {
    const file = this.#files.at(-1)
    const size = line.bytes.length + CRI_BYTES
    if (file === undefined || (file.bytes > 0 && file.bytes + size > this.#limits.bytesMax)) {
      this.#files.push({ lines: [line], bytes: size })
      this.#files = this.#files.slice(-this.#limits.filesMax)
    } else {
      file.lines.push(line)
      file.bytes += size
    }
  }

  /** Never the same twice, never earlier than before. */
  #stamp(): string {
    const now = Math.max(this.#lastMs, this.#time.now())
    this.#nano = now === this.#lastMs ? Math.min(this.#nano + 1, 999_999) : 0
    this.#lastMs = now
    return `${new Date(now).toISOString().slice(0, -1)}${String(this.#nano).padStart(6, '0')}Z`
  }
}

function split(text: Buffer): Buffer[] {
  const lines: Buffer[] = []
  let from = 0
  for (let at = text.indexOf(NEWLINE); at >= 0; at = text.indexOf(NEWLINE, from)) {
    lines.push(text.subarray(from, at))
    from = at + 1
  }
  return [...lines, text.subarray(from)]
}
