/** Fields of a log line: the execution or the request it speaks of, and whatever explains it. */
export type LogFields = Readonly<Record<string, unknown>>

/** One JSON object a line on standard error. */
export interface Log {
  info(message: string, fields?: LogFields): void
  warn(message: string, fields?: LogFields): void
  error(message: string, fields?: LogFields): void
}

/** Time, chance and the log as one value, so that a simulation can hold them. */
export interface World {
  /** Milliseconds since 1970, UTC. */
  now(): number
  /** A new ULID, greater than every one this world made before. https://github.com/ulid/spec */
  id(): string
  /** A number in [0, 1). */
  random(): number
  /** Resolves after `ms`, or rejects with the signal's reason. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>
  readonly log: Log
}

const CROCKFORD = '0123456789ABCDEFGHJKMNPQRSTVWXYZ'

/** Makes ULIDs that never go back, also when the clock does. */
export function monotonicUlid(now: () => number, bytes: () => Uint8Array): () => string {
  let lastTime = 0
  let lastChance = 0n
  return () => {
    const time = now()
    if (time > lastTime) {
      lastTime = time
      lastChance = bytes().reduce((sum, byte) => (sum << 8n) | BigInt(byte), 0n)
    } else {
      lastChance += 1n
    }
    let out = ''
    let value = (BigInt(lastTime) << 80n) | (lastChance & ((1n << 80n) - 1n))
    for (let i = 0; i < 26; i += 1) {
      out = (CROCKFORD[Number(value & 31n)] ?? '0') + out
      value >>= 5n
    }
    return out
  }
}

/** The log as JSON lines; `write` gets each line with its newline. */
function jsonLog(now: () => number, write: (line: string) => void): Log {
  const at = (level: string) => (message: string, fields?: LogFields) =>
    write(`${JSON.stringify({ time: new Date(now()).toISOString(), level, message, ...fields })}\n`)
  return { info: at('info'), warn: at('warn'), error: at('error') }
}

/** The world as it is. */
export function realWorld(): World {
  const now = () => Date.now()
  return {
    now,
    // Not node:crypto: loading it would cost every supervisor 1.7 MB.
    id: monotonicUlid(now, () => crypto.getRandomValues(new Uint8Array(10))),
    random: () => Math.random(),
    sleep: (ms, signal) =>
      new Promise((resolve, reject) => {
        if (signal?.aborted) return reject(signal.reason)
        const onAbort = () => {
          clearTimeout(timer)
          reject(signal?.reason)
        }
        const timer = setTimeout(() => {
          signal?.removeEventListener('abort', onAbort)
          resolve()
        }, ms)
        signal?.addEventListener('abort', onAbort, { once: true })
      }),
    log: jsonLog(now, (line) => process.stderr.write(line)),
  }
}
