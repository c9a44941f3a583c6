import { afterEach, describe, expect, test } from 'bun:test'
import type { Cluster, LogQuery } from '../../../src/engine/argo/cluster.ts'
import { Inbox } from '../../../src/engine/argo/inbox.ts'
import { ApiError, type Pod } from '../../../src/engine/argo/kube.ts'
import type { Place } from '../../../src/engine/argo/logline.ts'
import { pump, type Reading, Streams } from '../../../src/engine/argo/pump.ts'
import { containerState } from '../../../src/engine/argo/scene.ts'
import type { Program } from '../../argo/simulated.ts'
import type { StandInOptions } from '../../argo/standin.ts'
import { numbered } from '../conformance.ts'
import { NAMESPACE, Room } from './room.ts'

const MINUTE = 60_000

/** What stands between the pump and the kubelet. */
type Between = (
  query: LogQuery,
  real: () => AsyncGenerator<Uint8Array>,
  signal: AbortSignal,
) => AsyncGenerator<Uint8Array>

/** A pod of one container in a simulated cluster, and what is read of its log. */
class Reader {
  readonly room: Room
  readonly readings: Reading[] = []
  readonly asked: LogQuery[] = []
  readonly streams = new Streams()
  readonly stop = new AbortController()
  between: Between = (_, real) => real()

  constructor(program: Program, options: Partial<StandInOptions> = {}) {
    this.room = new Room({ ...options, program })
    const containers = [{ name: 's1', image: 'tools:1', command: ['sh', '-c'], args: ['any'] }]
    this.room.standIn.api.create('workflows', NAMESPACE, {
      apiVersion: 'argoproj.io/v1alpha1',
      kind: 'Workflow',
      metadata: { name: 'one' },
      spec: { entrypoint: 'main', templates: [{ name: 'main', containerSet: { containers } }] },
    })
  }

  /** Reads from a place on, in the background, as soon as there is a pod. */
  async begin(from: Place | null = null): Promise<void> {
    const { room, stop, asked } = this
    await room.pass(100)
    const inbox = new Inbox<Reading>(stop.signal)
    const pod = () => (room.pod('one') ?? null) as Pod | null
    const state = () =>
      pod() === null ? 'gone' : containerState(pod(), 's1').is === 'ended' ? 'ended' : 'open'
    const log: Cluster['log'] = (name, container, query, signal) => {
      asked.push(query)
      return this.between(query, () => room.cluster.log(name, container, query, signal), signal)
    }
    const cluster: Cluster = Object.assign(Object.create(null), { log })
    const { streams } = this
    const source = { cluster, streams, world: room.world, pod: 'one', container: 's1', state } as const
    void pump(source, from, inbox, stop.signal)
    void (async () => {
      while (!stop.signal.aborted) {
        const reading = await inbox.take(MINUTE, room.world)
        if (reading !== null) this.readings.push(reading)
      }
    })()
  }

  async pass(ms: number): Promise<void> {
    await this.room.pass(ms)
  }

  /** The container's own lines. */
  get texts(): string[] {
    const lines = this.readings.flatMap((one) => (one.is === 'lines' ? one.lines : []))
    return lines.map(({ text }) => text).filter((text) => !text.includes('argo=true'))
  }

  get over(): Reading | undefined {
    return this.readings.find(({ is }) => is === 'over')
  }

  get troubles(): (string | null)[] {
    return this.readings.flatMap((one) => (one.is === 'trouble' ? one.reason : []))
  }
}

let reader: Reader
afterEach(() => reader.stop.abort())

/** Writes numbered lines, a while apart, and ends well. */
function counts(lines: number, everyMs: number): Program {
  return async ({ write, sleep }) => {
    for (const line of numbered(lines)) {
      write(line)
      await sleep(everyMs)
    }
    return 0
  }
}

async function begin(program: Program, options: Partial<StandInOptions> = {}): Promise<void> {
  reader = new Reader(program, options)
  await reader.begin()
}

describe('a log is read to its true end', () => {
  test('from before its container has begun', async () => {
    await begin(counts(20, 1_000))

    await reader.pass(10_000)
    expect(reader.over).toBeUndefined()
    await reader.pass(MINUTE)

    expect(reader.texts).toEqual(numbered(20))
    expect(reader.over).toEqual({ is: 'over', whole: true })
    expect(reader.troubles).toEqual([])
  })

  test('over streams that end though the container runs', async () => {
    await begin(counts(20, 1_000))
    for (let restart = 0; restart < 5; restart += 1) {
      await reader.pass(4_000)
      reader.room.standIn.kubelet.restart()
    }
    await reader.pass(MINUTE)

    expect(reader.texts).toEqual(numbered(20))
    expect(reader.over).toEqual({ is: 'over', whole: true })
    expect(reader.troubles).toEqual([])
  })

  test('where the kubelet can follow no file: then it is asked again and again', async () => {
    reader = new Reader(counts(20, 1_000))
    reader.room.standIn.kubelet.followsMax = 0
    await reader.begin()

    await reader.pass(MINUTE)

    expect(reader.texts).toEqual(numbered(20))
    expect(reader.asked.filter(({ follow }) => follow).length).toBeLessThan(20)
    expect(reader.asked.filter(({ follow }) => !follow).length).toBeGreaterThan(5)
  })

  test('with a last line that has no newline', async () => {
    await begin(async ({ write, sleep }) => {
      write('whole')
      await sleep(1_000)
      return 0
    })
    // What a stream gives without its last newline is no line before a later reading has it whole.
    reader.between = async function* ({ follow }, real) {
      for await (const bytes of real()) yield follow ? bytes.subarray(0, -1) : bytes
    }
    await reader.pass(MINUTE)

    expect(reader.texts).toEqual(['whole'])
    expect(reader.over).toEqual({ is: 'over', whole: true })
  })

  test('from inside one timestamp on, each line once', async () => {
    await begin(counts(5, 1_000))
    await reader.pass(MINUTE)
    const lines = reader.readings.flatMap((one) => (one.is === 'lines' ? one.lines : []))
    const third = lines.find(({ text }) => text === 'line 3')
    reader.stop.abort()

    const again = new Reader(counts(5, 1_000))
    reader = again
    await again.begin({ stamp: third?.stamp ?? '', nth: third?.nth ?? 0, half: false })
    await again.pass(MINUTE)

    expect(again.texts).toEqual(['line 4', 'line 5'])
    expect(again.asked[0]?.sinceTime).toMatch(/:\d\dZ$/)
  })
})

describe('what cannot be had any more', () => {
  test('is missed where it was rotated away while nobody read', async () => {
    await begin(counts(200, 100), { logLimits: { bytesMax: 2_000, filesMax: 2 } })
    await reader.pass(6_000)
    let isAway = true
    reader.between = async function* (_, real) {
      if (isAway) throw new ApiError(500, { code: 500 }, 'The kubelet is away.')
      yield* real()
    }
    reader.room.standIn.kubelet.restart()
    await reader.pass(10_000)
    isAway = false
    await reader.pass(MINUTE)

    const missed = reader.readings.filter((one) => one.is === 'lines' && one.missed)
    expect(missed).toHaveLength(1)
    expect(reader.texts.at(-1)).toBe('line 200')
    expect(new Set(reader.texts).size).toBe(reader.texts.length)
  })

  test('is no whole log where the pod is gone', async () => {
    await begin(counts(100, 1_000))
    await reader.pass(20_000)

    reader.room.standIn.api.delete('pods', NAMESPACE, 'one', { graceSeconds: 0 })
    await reader.pass(MINUTE)

    expect(reader.over).toEqual({ is: 'over', whole: false })
    expect(reader.texts.length).toBeGreaterThan(5)
  })

  test('is given up where the container has ended and nobody has its log', async () => {
    await begin(counts(2, 1_000))
    // biome-ignore lint/correctness/useYield: it is refused before its first byte
    reader.between = async function* () {
      throw new ApiError(404, { code: 404, details: { kind: 'pods/log' } }, 'The kubelet knows no such pod.')
    }
    await reader.pass(2 * MINUTE)

    expect(reader.over).toEqual({ is: 'over', whole: false })
    expect(reader.troubles).toEqual([])
  })
})

describe('a log that cannot be read just now', () => {
  const refusing = (error: () => Error | null): Between =>
    async function* (_, real) {
      const refusal = error()
      if (refusal !== null) throw refusal
      yield* real()
    }

  test('for want of a right says so at once, and goes on when it is given', async () => {
    let isForbidden = true
    await begin(counts(20, 1_000))
    reader.between = refusing(() => (isForbidden ? new ApiError(403, { code: 403 }, 'It may not.') : null))
    await reader.pass(MINUTE)
    const during = [...reader.troubles]
    isForbidden = false
    await reader.pass(MINUTE)

    expect(during[0]).toBe('It may not.')
    expect(reader.troubles.at(-1)).toBeNull()
    expect(reader.texts).toEqual(numbered(20))
    expect(reader.over).toEqual({ is: 'over', whole: true })
  })

  test('says why only once that lasts', async () => {
    let left = 2
    await begin(counts(20, 1_000))
    reader.between = refusing(() => {
      left -= 1
      return left >= 0 ? new ApiError(500, { code: 500 }, 'The node cannot be reached.') : null
    })
    await reader.pass(MINUTE)
    expect(reader.troubles).toEqual([])

    const other = new Reader(counts(20, 1_000))
    reader = other
    other.between = refusing(() => new ApiError(500, { code: 500 }, 'The node cannot be reached.'))
    await other.begin()
    await other.pass(MINUTE)
    expect(other.troubles).toContain('The node cannot be reached.')
    expect(other.over).toBeUndefined()
  })

  test('is asked for again no earlier than the server wants', async () => {
    await begin(counts(20, 1_000))
    reader.between = refusing(() => new ApiError(429, { code: 429 }, 'Too many requests.', 30_000))

    await reader.pass(MINUTE)

    expect(reader.asked.length).toBeLessThanOrEqual(3)
  })
})

describe('a stream over a dead connection', () => {
  /** The first streams give nothing, and never end by themselves. */
  const dead = (streams: number): Between => {
    let left = streams
    return async function* ({ follow }, real, signal) {
      if (follow) left -= 1
      if (!follow || left < 0) return yield* real()
      await new Promise((resolve) => void signal.addEventListener('abort', resolve, { once: true }))
    }
  }

  test('is left soon after its container has ended', async () => {
    await begin(counts(5, 1_000))
    reader.between = dead(99)

    await reader.pass(MINUTE)

    expect(reader.texts).toEqual(numbered(5))
    expect(reader.over).toEqual({ is: 'over', whole: true })
  })

  test('is left after two minutes of silence while it runs', async () => {
    await begin(counts(600, 1_000))
    reader.between = dead(1)

    await reader.pass(2 * MINUTE + 20_000)

    expect(reader.texts.length).toBeGreaterThan(100)
    expect(reader.over).toBeUndefined()
  })

  test('is none where a container is silent for long: nothing is lost or told twice', async () => {
    await begin(counts(4, 7 * MINUTE))

    await reader.pass(40 * MINUTE)

    expect(reader.texts).toEqual(numbered(4))
    expect(reader.over).toEqual({ is: 'over', whole: true })
  })
})
