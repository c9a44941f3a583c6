import { afterEach, beforeEach, describe, expect, test } from 'bun:test'
import type { Cluster } from '../../../src/engine/argo/cluster.ts'
import { Informer } from '../../../src/engine/argo/informer.ts'
import { ApiError, type Pod, type WatchEvent } from '../../../src/engine/argo/kube.ts'
import { INSTANCE_LABEL } from '../../../src/engine/argo/names.ts'
import type { MemoryCluster } from '../../argo/memory.ts'
import { NAMESPACE, Room } from './room.ts'

const LABELS = { [INSTANCE_LABEL]: 'mine' }
const MINUTE = 60_000

let room: Room
/** What the informer asked for, in order. */
let asked: string[]
let informer: Informer<'pods'>
let unlisten: () => void
let rings: number

beforeEach(() => {
  room = new Room()
  asked = []
  rings = 0
})
afterEach(() => unlisten())

/** Listens for the pods of one Workflow, over the room's cluster or one that is changed in a point. */
async function listen(over: Partial<Pick<Cluster, 'list' | 'watch'>> = {}): Promise<void> {
  const { cluster, world } = room
  const counting: Cluster = {
    ...methodsOf(cluster),
    list: (kind, query) => {
      asked.push('list')
      return (over.list ?? cluster.list.bind(cluster))(kind, query)
    },
    watch: (kind, query, signal) => {
      asked.push('watch')
      return (over.watch ?? cluster.watch.bind(cluster))(kind, query, signal)
    },
  }
  const around = { cluster: counting, selector: `${INSTANCE_LABEL}=mine`, world }
  informer = new Informer('pods', around, ({ metadata }) => metadata.labels?.['of'] ?? '')
  unlisten = informer.listen('one', () => {
    rings += 1
  })
  await room.pass(100)
}

/** A class keeps its methods to itself. */
function methodsOf(cluster: MemoryCluster): Cluster {
  return Object.assign(Object.create(null), { namespace: cluster.namespace })
}

function make(name: string, of = 'one'): void {
  const spec = { containers: [], initContainers: [], volumes: [] }
  const metadata = { name, labels: { ...LABELS, of } }
  room.standIn.api.create('pods', NAMESPACE, { metadata, spec, status: { phase: 'Pending' } })
}

function remove(name: string): void {
  room.standIn.api.delete('pods', NAMESPACE, name, { graceSeconds: 0 })
}

const names = (of = 'one') =>
  informer
    .get(of)
    .map(({ metadata }) => metadata.name)
    .toSorted()

describe('an informer', () => {
  test('knows what is there, and then every change of it', async () => {
    make('a')
    await listen()
    const before = names()

    make('b')
    make('c', 'another')
    remove('a')
    await room.pass(100)

    expect([before, names(), names('another')]).toEqual([['a'], ['b'], ['c']])
    expect(informer).toMatchObject({ synced: true, trouble: null })
  })

  test('lists once and watches once, however many listen, and stops with the last', async () => {
    await listen()
    const others = ['one', 'two', 'three'].map((key) => informer.listen(key, () => {}))
    await room.pass(MINUTE)

    expect(asked).toEqual(['list', 'watch'])
    for (const end of [...others, unlisten]) end()
    await room.pass(20 * MINUTE)
    expect(asked).toEqual(['list', 'watch'])
    expect(informer.synced).toBe(false)
  })

  test('rings for those alone whose objects changed', async () => {
    await listen()
    const before = rings

    make('b', 'another')
    await room.pass(1)

    expect(rings).toBe(before)
    make('a')
    await room.pass(1)
    expect(rings).toBeGreaterThan(before)
  })

  test('takes a list that comes in pages, and forgets nothing of it before the last', async () => {
    const { cluster } = room
    for (const name of ['a', 'b', 'c', 'd', 'e']) make(name)

    await listen({ list: (kind, query) => cluster.list(kind, { ...query, limit: 2 }) })

    expect(names()).toEqual(['a', 'b', 'c', 'd', 'e'])
    expect(asked).toEqual(['list', 'list', 'list', 'watch'])
  })
})

describe('what was missed meanwhile is learnt from a new list', () => {
  /** The first watch is cut short; whatever happens is not heard. */
  async function missed(first: () => AsyncGenerator<WatchEvent<Pod>>): Promise<void> {
    const { cluster } = room
    let watches = 0
    make('gone')
    make('stays')
    await listen({
      watch: ((_, query, signal) => {
        watches += 1
        if (watches > 1) return cluster.watch('pods', query, signal)
        remove('gone')
        make('new')
        room.standIn.api.history.compact()
        return first()
      }) as Cluster['watch'],
    })
    await room.pass(5_000)
  }

  test('where the version is too old, as an event says', async () => {
    await missed(async function* () {
      const object = { kind: 'Status', code: 410, reason: 'Expired', message: 'too old' } as const
      yield { type: 'ERROR', object }
    })

    expect(names()).toEqual(['new', 'stays'])
    expect(asked).toEqual(['list', 'watch', 'list', 'watch'])
    expect(informer.trouble).toBeNull()
  })

  test('where the version is too old, as an answer says', async () => {
    // biome-ignore lint/correctness/useYield: it is refused before its first event
    await missed(async function* () {
      throw new ApiError(410, { code: 410, reason: 'Expired' }, 'The version is too old.')
    })

    expect(names()).toEqual(['new', 'stays'])
    expect(informer.trouble).toBeNull()
  })

  test('where a stream has been silent for longer than its bookmarks are apart', async () => {
    await missed(async function* () {
      await new Promise(() => {})
    })
    expect(names()).toEqual(['gone', 'stays'])

    await room.pass(90_000)

    expect(names()).toEqual(['new', 'stays'])
    expect(informer.trouble).toBeNull()
  })

  test('where a list took so long that its next page is gone', async () => {
    const { cluster } = room
    let lists = 0
    for (const name of ['a', 'b', 'c']) make(name)
    await listen({
      list: async (kind, query) => {
        lists += 1
        if (lists === 2) throw new ApiError(410, { code: 410, reason: 'Expired' }, 'The token is too old.')
        return cluster.list(kind, { ...query, limit: 2 })
      },
    })
    await room.pass(1_000)

    expect(names()).toEqual(['a', 'b', 'c'])
    expect(informer.trouble).toBeNull()
  })

  test('in any case after ten minutes: a server that was set back says nothing of it', async () => {
    await listen()
    await room.pass(15 * MINUTE)

    expect(asked.filter((one) => one === 'list')).toHaveLength(2)
  })
})

describe('trouble', () => {
  test('is no connection that breaks once', async () => {
    await listen()

    room.cluster.down()
    await room.pass(10)
    room.cluster.up()
    await room.pass(1_000)

    expect(informer.trouble).toBeNull()
    make('a')
    await room.pass(100)
    expect(names()).toEqual(['a'])
  })

  test('is a server that is away, told to all who listen, and taken back when it is there again', async () => {
    make('a')
    await listen()
    const before = rings

    room.cluster.down()
    await room.pass(5_000)
    const during = informer.trouble
    room.cluster.up()
    await room.pass(30_000)

    expect(during).toContain('The cluster has not answered')
    expect(rings).toBeGreaterThan(before)
    expect(names()).toEqual(['a'])
    expect(informer.trouble).toBeNull()
  })

  test('is what may be listed and not watched, as long as that is so', async () => {
    const { cluster } = room
    let mayWatch = false
    make('a')
    await listen({
      watch: ((_, query, signal) => {
        if (mayWatch) return cluster.watch('pods', query, signal)
        throw new ApiError(403, { code: 403 }, 'It may not watch pods.')
      }) as Cluster['watch'],
    })
    await room.pass(MINUTE)

    expect(names()).toEqual(['a'])
    expect(informer.trouble).toBe('It may not watch pods.')
    mayWatch = true
    await room.pass(MINUTE)
    // The watch that is allowed has nothing to say yet.
    make('b')
    await room.pass(100)
    expect(informer.trouble).toBeNull()
  })

  test('waits as long as a server asks for, and more and more where it does not', async () => {
    let refusals = 0
    const times: number[] = []
    await listen({
      list: () => {
        times.push(room.clock.now())
        refusals += 1
        const wait = refusals === 1 ? 20_000 : null
        throw new ApiError(429, { code: 429 }, 'The cluster cannot take this now.', wait)
      },
    })
    await room.pass(10 * MINUTE)

    const pauses = times.slice(1).map((time, index) => time - (times[index] ?? 0))
    expect(pauses[0]).toBe(20_000)
    expect(pauses.slice(1, 4)).toEqual(pauses.slice(1, 4).toSorted((a, b) => a - b))
    expect(Math.max(...pauses.slice(1))).toBeLessThanOrEqual(15_000)
    expect(informer.trouble).toBe('The cluster cannot take this now.')
  })

  test('is no server that ends every watch at once, but it is not asked without a breath', async () => {
    const { cluster } = room
    await listen({
      watch: async function* () {} as unknown as Cluster['watch'],
      list: (kind, query) => cluster.list(kind, query),
    })
    await room.pass(MINUTE)

    expect(informer.trouble).toBeNull()
    expect(asked.filter((one) => one === 'watch').length).toBeLessThan(200)
    expect(asked.filter((one) => one === 'list')).toHaveLength(1)
  })
})
