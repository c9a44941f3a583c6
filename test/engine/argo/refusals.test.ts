import { afterAll, afterEach, beforeEach, describe, expect, test } from 'bun:test'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Engine, type News, Refused, type SegmentOrder } from '../../../src/engine/engine.ts'
import { refusal } from '../../argo/failures.ts'
import { Ground } from '../../cluster/ground.ts'
import { milestones, orderOf } from '../conformance.ts'
import { Wire } from './wire.ts'

/*
 * What an engine says where the cluster, the way to it or a right is not as it should be: by its health, which every page
 * shows, by what it throws, which every execution shows, or by what it tells of a segment.
 */

const SOURCE = {
  url: 'https://git.example/shop.git',
  sha: 'a'.repeat(40),
  branch: 'main',
  tag: null,
  credential: null,
}

let wire: Wire
let engine: Engine
beforeEach(async () => {
  wire = await Wire.open()
  engine = wire.engine()
})
afterEach(() => wire.close())

/** An order of one stage, which has a secret. */
function order(does: object = { does: 'ends', lines: ['one'], exit: 0 }): SegmentOrder {
  return orderOf({ source: SOURCE }, [JSON.stringify(does)], {
    1: { env: { TOKEN: 'x' }, secrets: ['TOKEN'] },
  })
}

const WAITS = { does: 'waits' }
const WHOLE = ['segment.started', '1 began', '1 succeeded', 'succeeded']

/** What an attempt came to: its news, and what it failed with. */
interface Told {
  readonly news: readonly News[]
  readonly failure: unknown
}

/** Follows a segment to its end, to a failure, or to the first news that fits. */
async function told(handle: string, fits: (news: News) => boolean = () => false): Promise<Told> {
  const news: News[] = []
  try {
    for await (const one of engine.follow(handle, {}, new AbortController().signal)) {
      news.push(one)
      if (fits(one)) break
    }
    return { news, failure: null }
  } catch (failure) {
    return { news, failure }
  }
}

/** Follows it again wherever a story breaks off, as a server does; what it was told in the end. */
async function toldAtLast(handle: string): Promise<readonly News[]> {
  for (;;) {
    const { news, failure } = await told(handle)
    if (failure === null) return news
  }
}

async function failureOf(work: Promise<unknown>): Promise<unknown> {
  return await work.then(
    () => null,
    (error: unknown) => error,
  )
}

describe('where the way to a cluster is wrong, health, submit and story say how it is mended:', () => {
  const edited = (edit: (config: { [key: string]: unknown }) => void) => () => {
    const config = JSON.parse(readFileSync(wire.kubeconfig, 'utf8'))
    edit(config)
    return JSON.stringify(config)
  }
  const cases: readonly [string, () => string | null, string][] = [
    ['no kubeconfig', () => null, 'cannot be read: it does not exist. Name another with argo.kubeconfig'],
    ['a kubeconfig that is no YAML', () => '{ "clusters": [', 'is not YAML: line 1 cannot be read.'],
    ['an empty context', edited((config) => delete config['current-context']), 'Name one with argo.context.'],
    [
      'a context that is not there',
      edited((config) => {
        config['current-context'] = 'stand-inn'
      }),
      'has no context stand-inn. Did you mean stand-in?',
    ],
    [
      'a token that is not accepted',
      edited((config) => {
        config['users'] = [{ name: 'periplus', user: { token: 'expired' } }]
      }),
      'does not accept the credential of periplus; if it was withdrawn or has expired, renew it in ',
    ],
    [
      'an address where nothing listens',
      edited((config) => {
        config['clusters'] = [
          { name: 'stand-in', cluster: { server: 'https://127.0.0.1:1', 'insecure-skip-tls-verify': true } },
        ]
      }),
      'Nothing listens at https://127.0.0.1:1',
    ],
  ]
  test.each(cases)('%s', async (_, written, sentence) => {
    const kubeconfig = join(wire.dir, 'wrong')
    const text = written()
    if (text !== null) writeFileSync(kubeconfig, text)
    engine = wire.engine({ kubeconfig })

    const health = await engine.check()
    const submitted = await failureOf(engine.submit(order()))
    const { failure, news } = await told(order().handle)

    expect(health).toMatchObject({ reachable: false, reason: expect.stringContaining(sentence) })
    expect(submitted).not.toBeInstanceOf(Refused)
    expect(String(submitted)).toContain(sentence)
    expect(String(failure)).toContain(sentence)
    expect(news).toEqual([])
  })
})

describe('where the cluster is another than it should be', () => {
  test('in a namespace that it does not have, an order is refused for good, with what would help', async () => {
    engine = wire.engine({ namespace: 'elsewhere' })

    const failure = await failureOf(engine.submit(order()))

    expect(failure).toBeInstanceOf(Refused)
    expect(String(failure)).toContain('has no namespace elsewhere')
    expect(String(failure)).toContain('argo.namespace')
  })

  test('without Argo Workflows nothing is refused: it may yet be installed', async () => {
    wire.standIn.api.hasArgo = false

    const health = await engine.check()
    const failure = await failureOf(engine.submit(order()))

    expect(health).toMatchObject({
      reachable: false,
      reason: expect.stringContaining('does not know Argo Workflows'),
    })
    expect(failure).not.toBeInstanceOf(Refused)
    expect(String(failure)).toContain('Install it')
  })

  test('in a namespace that is being deleted, an order waits', async () => {
    wire.standIn.api.namespaces.set('argo', 'terminating')

    const failure = await failureOf(engine.submit(order()))

    expect(failure).not.toBeInstanceOf(Refused)
    expect(String(failure)).toContain('being terminated')
  })
})

describe('without the right to', () => {
  /** What is refused says which right is missing and where a role with it is found. */
  function lacks(failure: unknown, right: string): void {
    expect(String(failure)).toContain(`does not let periplus ${right}`)
    expect(String(failure)).toContain('periplus doctor prints one.')
    expect(failure).not.toBeInstanceOf(Refused)
  }
  const deny = (right: string) => void wire.server.denied.add(right)

  test('create workflows, nothing is submitted', async () => {
    deny('create workflows')

    lacks(await failureOf(engine.submit(order())), 'create workflows.argoproj.io')
  })

  test('create secrets, a segment waits for its own, and goes on once it may have it', async () => {
    deny('create secrets')
    const given = order()

    lacks(await failureOf(engine.submit(given)), 'create secrets')
    wire.server.denied.clear()
    await engine.submit(given)

    expect(milestones((await told(given.handle)).news)).toEqual(WHOLE)
  })

  test('list workflows, the engine is out of reach', async () => {
    deny('list workflows')
    const given = order()
    await engine.submit(given)

    lacks((await engine.check()).reason, 'list workflows.argoproj.io')
    lacks((await told(given.handle)).failure, 'list workflows.argoproj.io')
  })

  test.each(['list pods', 'watch pods', 'watch workflows'])('%s, a story breaks off', async (right) => {
    deny(right)
    const given = order(WAITS)
    await engine.submit(given)

    const { failure } = await told(given.handle)

    lacks(failure, right)
  })

  test('get workflows, a story is told; what must look first fails', async () => {
    deny('get workflows')
    const given = order()
    await engine.submit(given)

    expect(milestones((await told(given.handle)).news)).toEqual(WHOLE)
    for (const work of [
      engine.look(given.handle),
      engine.terminate(given.handle),
      engine.release(given.handle),
    ])
      lacks(await failureOf(work), 'get workflows.argoproj.io')
  })

  test('get pods/log, a story waits, says so, and is told with every line once it may', async () => {
    deny('get pods/log')
    const given = order()
    await engine.submit(given)

    const { news } = await told(
      given.handle,
      (one) => one.type === 'waits' && one.reason?.includes('log') === true,
    )
    wire.server.denied.clear()
    const after = (await told(given.handle)).news

    lacks(news.flatMap((one) => (one.type === 'waits' ? [one.reason] : [])).at(-1), 'get pods/log')
    expect(milestones(news)).not.toContain('1 succeeded')
    expect(milestones(after)).toEqual(WHOLE)
    expect(after.filter(({ type }) => type === 'gap')).toEqual([])
  })

  test('patch workflows, nothing is terminated or released', async () => {
    deny('patch workflows')
    const [running, done] = [order(WAITS), order()]
    for (const given of [running, done]) await engine.submit(given)
    await told(done.handle)

    lacks(await failureOf(engine.terminate(running.handle)), 'patch workflows.argoproj.io')
    lacks(await failureOf(engine.release(done.handle)), 'patch workflows.argoproj.io')
  })

  test('delete pods, an end takes as long as Argo takes, and is told', async () => {
    deny('delete pods')
    const given = order(WAITS)
    await engine.submit(given)
    await told(given.handle, ({ type }) => type === 'lines')

    lacks(await failureOf(engine.terminate(given.handle)), 'delete pods')

    expect((await told(given.handle)).news.at(-1)).toMatchObject({ type: 'segment.finished', killed: true })
  })

  test('delete workflows, a segment is told and not released', async () => {
    deny('delete workflows')
    const given = order()
    await engine.submit(given)

    expect(milestones((await told(given.handle)).news)).toEqual(WHOLE)
    lacks(await failureOf(engine.release(given.handle)), 'delete workflows.argoproj.io')
  })

  test('list events, nothing is missed but what stands there alone', async () => {
    deny('list events')
    wire.standIn.troubles.unschedulable = () => '0/1 nodes are available.'
    const given = order()
    await engine.submit(given)

    const { news } = await told(given.handle, ({ type }) => type === 'waits')
    wire.standIn.troubles.unschedulable = () => null
    const { news: after, failure } = await told(given.handle)

    expect(news).toEqual([{ type: 'waits', reason: 'No node takes it: 0/1 nodes are available.' }])
    expect(milestones(after)).toEqual(WHOLE)
    expect(failure).toBeNull()
  })
})

describe('an API server that is overloaded', () => {
  test('and sends everybody away for a while is asked again until it answers', async () => {
    const busy = refusal(429, 'TooManyRequests', 'too many requests', { retryAfterSeconds: 1 })
    const given = order()
    await engine.submit(given)
    wire.server.trouble('*', busy, 30)

    const during = await told(given.handle)
    const after = await toldAtLast(given.handle)

    expect(String(during.failure)).toContain('cannot take this now')
    expect(milestones(after)).toEqual(WHOLE)
  })

  test('whose streams are all cut, again and again, loses nothing', async () => {
    const given = order({ does: 'ends', lines: Array.from({ length: 500 }, (_, line) => `${line}`), exit: 0 })
    for (const route of ['watch pods', 'watch workflows', 'get pods/log'])
      wire.server.trouble(route, 'reset', 3)
    await engine.submit(given)

    const news = await toldAtLast(given.handle)

    const lines = news.flatMap((one) => (one.type === 'lines' ? one.lines : []))
    expect(milestones(news)).toEqual(WHOLE)
    expect(lines.map(({ text }) => text).filter((text) => /^\d+$/.test(text))).toHaveLength(500)
  })

  test('whose connections die on one side is found out', async () => {
    const given = order({ does: 'works', lines: 4, ms: 1_200, exit: 0 })
    await engine.submit(given)
    await told(given.handle, ({ type }) => type === 'stage.started')
    const rest = toldAtLast(given.handle)
    for (let stall = 0; stall < 20; stall += 1) {
      wire.server.stall()
      await Bun.sleep(20)
    }

    expect(milestones(await rest)).toEqual(WHOLE)
  })
})

describe('what is no API server', () => {
  const ground = new Ground()
  afterAll(() => ground.remove())

  const answers: readonly [string, () => Response, string][] = [
    [
      'a page to sign in',
      () => new Response('<h1>Sign in</h1>', { headers: { 'content-type': 'text/html' } }),
      'answers with something that is no JSON. Does a proxy stand between',
    ],
    ['JSON of somebody else', () => Response.json({ hello: 'world' }), 'no object of Kubernetes'],
    ['nothing', () => new Response(''), 'no JSON'],
    ['an answer without end', () => new Response(endless()), 'with more than 128 MiB'],
    [
      'a proxy’s own refusal',
      () => new Response('<h1>Bad gateway</h1>', { status: 502, headers: { 'content-type': 'text/html' } }),
      'cannot take this now',
    ],
  ]
  test.each(answers)('is told by %s', async (_, answer, sentence) => {
    ground.answer = answer
    engine = wire.engine({ kubeconfig: ground.kubeconfig() })

    const health = await engine.check()
    const submitted = await failureOf(engine.submit(order()))

    expect(health).toMatchObject({ reachable: false, reason: expect.stringContaining(sentence) })
    expect(submitted).not.toBeInstanceOf(Refused)
    expect(String(submitted)).toContain(sentence)
  })
})

function endless(): ReadableStream<Uint8Array> {
  const piece = new Uint8Array(1_048_576).fill(0x20)
  return new ReadableStream({ pull: (controller) => controller.enqueue(piece) })
}
