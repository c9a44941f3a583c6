import { afterAll, beforeEach, describe, expect, test } from 'bun:test'
import { Fault } from '../../src/domain/fault.ts'
import { ApiError, type ArgoWorkflow } from '../../src/engine/argo/kube.ts'
import { all, Ground, refused, rejection, TOKEN } from './ground.ts'

const ground = new Ground()
afterAll(() => ground.remove())
beforeEach(() => {
  ground.asked.length = 0
})

const WORKFLOWS = '/apis/argoproj.io/v1alpha1/namespaces/argo/workflows'
const PODS = '/api/v1/namespaces/argo/pods'

const workflow: ArgoWorkflow = {
  apiVersion: 'argoproj.io/v1alpha1',
  kind: 'Workflow',
  metadata: { name: 'p-1-0' },
  spec: {},
}
const never = new AbortController().signal

describe('calls', () => {
  test('carry the token and the object, and give the answer', async () => {
    ground.answer = ({ body }) => Response.json({ ...JSON.parse(body), status: { phase: 'Running' } })

    const made = await ground.open().createWorkflow(workflow)

    expect(made.status?.phase).toBe('Running')
    expect(ground.asked).toMatchObject([
      {
        method: 'POST',
        path: WORKFLOWS,
        authorization: `Bearer ${TOKEN}`,
        contentType: 'application/json',
        body: JSON.stringify(workflow),
      },
    ])
  })

  test('patch by merging an object and by the steps of a list', async () => {
    ground.answer = () => Response.json(workflow)
    const cluster = ground.open()

    await cluster.patchWorkflow('p-1-0', { spec: { shutdown: 'Terminate' } })
    await cluster.patchWorkflow('p-1-0', [{ op: 'remove', path: '/metadata/finalizers/0' }])

    expect(ground.asked.map(({ method, contentType }) => [method, contentType])).toEqual([
      ['PATCH', 'application/merge-patch+json'],
      ['PATCH', 'application/json-patch+json'],
    ])
  })

  test('delete that very object and no other of its name', async () => {
    ground.answer = () => Response.json({ kind: 'Status', status: 'Success' })
    const cluster = ground.open()

    await cluster.deletePod('p-1-0', 'uid-1', 5)
    await cluster.deleteWorkflow('p-1-0', 'uid-2')

    expect(ground.asked.map(({ path, body }) => [path, JSON.parse(body)])).toEqual([
      [`${PODS}/p-1-0`, { preconditions: { uid: 'uid-1' }, gracePeriodSeconds: 5 }],
      [`${WORKFLOWS}/p-1-0`, { preconditions: { uid: 'uid-2' }, propagationPolicy: 'Background' }],
    ])
  })

  test('list page by page', async () => {
    ground.answer = () =>
      Response.json({ items: [workflow], metadata: { resourceVersion: '7', continue: 'more' } })

    const page = await ground.open().list('workflows', { labelSelector: 'a=b', limit: 500, continue: 'from' })

    expect(page.items).toEqual([workflow])
    expect(page.metadata).toEqual({ resourceVersion: '7', continue: 'more' })
    expect(ground.asked[0]?.query).toEqual({ labelSelector: 'a=b', limit: '500', continue: 'from' })
  })

  test('give the events of one object, oldest first, whichever time they bear', async () => {
    const metadata = { name: 'e' }
    ground.answer = () =>
      Response.json({
        metadata: { resourceVersion: '1' },
        items: [
          { metadata, reason: 'third', eventTime: '2026-11-23T15:22:45.000001Z', lastTimestamp: null },
          { metadata, reason: 'second', eventTime: null, lastTimestamp: '2026-11-23T15:22:44Z' },
          { metadata: { ...metadata, creationTimestamp: '2026-11-23T15:22:43Z' }, reason: 'first' },
        ],
      })

    const events = await ground.open().events('uid-1')

    expect(events.map(({ reason }) => reason)).toEqual(['first', 'second', 'third'])
    expect(ground.asked[0]?.query).toMatchObject({ fieldSelector: 'involvedObject.uid=uid-1' })
  })
})

describe('what is there or gone already', () => {
  const cases: readonly [string, () => Response, () => Promise<unknown>][] = [
    [
      'no Workflow of that name is null',
      () => refused(404, 'NotFound', 'workflows.argoproj.io "x" not found', { name: 'x', kind: 'workflows' }),
      () => ground.open().workflow('x'),
    ],
    [
      'nothing to patch is null',
      () => refused(404, 'NotFound', 'workflows.argoproj.io "x" not found', { name: 'x', kind: 'workflows' }),
      () => ground.open().patchWorkflow('x', {}),
    ],
    [
      'a secret that exists is made',
      () => refused(409, 'AlreadyExists', 'secrets "x" already exists'),
      () =>
        ground.open().createSecret({
          apiVersion: 'v1',
          kind: 'Secret',
          metadata: { name: 'x' },
          type: 'Opaque',
          stringData: {},
        }),
    ],
    [
      'a pod that is gone is deleted',
      () => refused(404, 'NotFound', 'pods "x" not found', { name: 'x', kind: 'pods' }),
      () => ground.open().deletePod('x', 'uid', 1),
    ],
    [
      'a pod whose name another bears by now is deleted',
      () =>
        refused(
          409,
          'Conflict',
          'Operation cannot be fulfilled on pods "x": the UID in the precondition (a) does not match the UID in record (b).',
        ),
      () => ground.open().deletePod('x', 'uid', 1),
    ],
  ]
  test.each(cases)('%s', async (_, answer, call) => {
    ground.answer = answer

    expect((await call()) ?? null).toBeNull()
  })
})

describe('an answer is no absence', () => {
  const cases: readonly [string, () => Response, string][] = [
    [
      'where the namespace is missing',
      () => refused(404, 'NotFound', 'namespaces "argo" not found', { name: 'argo', kind: 'namespaces' }),
      'ApiError',
    ],
    [
      'where Argo Workflows is not installed',
      () => new Response('404 page not found\n', { status: 404 }),
      'Fault',
    ],
    [
      'where a proxy says so',
      () => new Response('<h1>Not Found</h1>', { status: 404, headers: { 'content-type': 'text/html' } }),
      'Fault',
    ],
    [
      'where JSON of somebody else says so',
      () => Response.json({ error: 'not found' }, { status: 404 }),
      'Fault',
    ],
    [
      'where it is a web page',
      () => new Response('<h1>Welcome</h1>', { headers: { 'content-type': 'text/html' } }),
      'Fault',
    ],
    ['where it is empty', () => new Response(''), 'Fault'],
    ['where it is something else', () => Response.json(['a', 'b']), 'Fault'],
    ['where it leads elsewhere', () => Response.redirect('https://127.0.0.1:1/', 302), 'Fault'],
  ]
  test.each(cases)('%s', async (_, answer, kind) => {
    ground.answer = answer

    const error = await rejection(ground.open().workflow('x'))

    expect(error.name).toBe(kind)
    expect(error.message).not.toContain('<')
  })
})

test('credentials are never taken elsewhere', async () => {
  const elsewhere = ground.serve(ground.authority.sign('elsewhere'))
  ground.answer = () => Response.redirect(`${elsewhere.url.origin}/elsewhere`, 307)

  await rejection(ground.open().createWorkflow(workflow))

  expect(ground.asked.map(({ path }) => path)).toEqual([WORKFLOWS])
  await elsewhere.stop(true)
})

test('a conflict that is not about the object’s identity is no deletion', async () => {
  ground.answer = () => refused(409, 'Conflict', 'Operation cannot be fulfilled on pods "x": try again')

  expect(await rejection(ground.open().deletePod('x', 'uid', 1))).toMatchObject({
    name: 'ApiError',
    code: 409,
  })
})

describe('a refusal', () => {
  test('is thrown with its Status and a sentence', async () => {
    ground.answer = () =>
      refused(422, 'Invalid', 'Workflow "x" is invalid:\n spec.entrypoint: Required value', {
        causes: [
          { reason: 'FieldValueRequired', field: 'spec.entrypoint', message: 'Required value', extra: 1 },
        ],
      })

    const error = await rejection(ground.open().createWorkflow(workflow))

    expect(error).toBeInstanceOf(ApiError)
    expect(error).toMatchObject({ code: 422, status: { reason: 'Invalid' }, retryAfterMs: null })
    expect((error as ApiError).status.details?.causes).toEqual([
      { reason: 'FieldValueRequired', field: 'spec.entrypoint', message: 'Required value' },
    ])
    expect(error.message).toBe(
      `The cluster at ${ground.address} (context test) refused: create workflows.argoproj.io in the namespace argo: Workflow "x" is invalid: spec.entrypoint: Required value (422).`,
    )
  })

  test('of a right names verb, resource and namespace', async () => {
    ground.answer = () =>
      refused(
        403,
        'Forbidden',
        'pods "some-pod" is forbidden: User "periplus" cannot delete resource "pods" in API group "" in the namespace "argo"',
      )

    const error = await rejection(ground.open().deletePod('some-pod', 'uid', 1))

    expect(error).toMatchObject({ code: 403 })
    expect(error.message).toContain('does not let periplus delete pods “some-pod” in the namespace argo.')
    expect(error.message).toContain('periplus doctor')
  })

  test('for another reason than a right says that', async () => {
    ground.answer = () =>
      refused(
        403,
        'Forbidden',
        'workflows "x" is forbidden: unable to create new content in namespace argo because it is being terminated',
      )

    const error = await rejection(ground.open().createWorkflow(workflow))

    expect(error.message).toContain('because it is being terminated (403).')
  })

  const waits: readonly [string, () => Response, number | null][] = [
    ['a Status’s seconds', () => refused(503, 'ServiceUnavailable', 'wait', { retryAfterSeconds: 5 }), 5_000],
    [
      'a header’s seconds',
      () => new Response('busy', { status: 429, headers: { 'retry-after': '7' } }),
      7_000,
    ],
    [
      'a header’s date',
      () =>
        new Response('', {
          status: 503,
          headers: { 'retry-after': new Date(Date.now() + 3_600_000).toUTCString() },
        }),
      300_000,
    ],
    [
      'a header’s nonsense',
      () => new Response('', { status: 503, headers: { 'retry-after': 'soon' } }),
      null,
    ],
    ['nothing', () => new Response('', { status: 502 }), null],
  ]
  test.each(waits)('carries how long to wait by %s', async (_, answer, ms) => {
    ground.answer = answer

    expect(await rejection(ground.open().workflow('x'))).toMatchObject({ name: 'ApiError', retryAfterMs: ms })
  })

  test('with endless words is cut', async () => {
    ground.answer = () => new Response('x'.repeat(10_000_000), { status: 500 })
    expect((await rejection(ground.open().workflow('x'))).message.length).toBeLessThan(300)

    ground.answer = () => refused(400, 'BadRequest', 'y'.repeat(50_000))
    expect((await rejection(ground.open().workflow('x'))).message.length).toBeLessThan(1_300)
  })
})

describe('a watch', () => {
  const line = (type: string, object: object) => `${JSON.stringify({ type, object })}\n`
  const watch = (signal = never) =>
    ground.open().watch('pods', { labelSelector: 'a=b', resourceVersion: '5' }, signal)

  test('gives events as they come, of megabytes and cut anywhere, until the server ends it', async () => {
    const big = { metadata: { name: 'big', annotations: { text: 'z'.repeat(3_000_000) } } }
    const text = [
      line('ADDED', { metadata: { name: 'small' } }),
      line('MODIFIED', big),
      line('BOOKMARK', { kind: 'Pod', metadata: { resourceVersion: '12' } }),
      line('ERROR', { kind: 'Status', metadata: {}, code: 410, reason: 'Expired' }),
    ].join('')
    ground.answer = () => new Response(inPieces(Buffer.from(text), 70_001))

    const events = await all(watch())

    expect(events.map(({ type }) => type)).toEqual(['ADDED', 'MODIFIED', 'BOOKMARK', 'ERROR'])
    expect(events[1]?.object).toEqual(big)
    expect(events[3]?.object).toMatchObject({ code: 410 })
    expect(ground.asked[0]?.query).toEqual({
      watch: 'true',
      allowWatchBookmarks: 'true',
      timeoutSeconds: '290',
      labelSelector: 'a=b',
      resourceVersion: '5',
    })
  })

  test('ends when the signal fires, and so does the request', async () => {
    const { promise: cancelled, resolve } = Promise.withResolvers<void>()
    ground.answer = () => new Response(silentAfter(line('ADDED', { metadata: { name: 'one' } }), resolve))
    const stop = new AbortController()
    const events = watch(stop.signal)

    expect(await events.next()).toMatchObject({ value: { type: 'ADDED' } })
    const next = events.next()
    stop.abort()

    expect(await next).toEqual({ done: true, value: undefined })
    await cancelled
  })

  test('lets go of the request when its reader does', async () => {
    const { promise: cancelled, resolve } = Promise.withResolvers<void>()
    ground.answer = () => new Response(silentAfter(line('ADDED', { metadata: { name: 'one' } }), resolve))

    for await (const _ of watch()) break

    await cancelled
  })

  test('that is refused throws as a call does', async () => {
    ground.answer = () => refused(410, 'Expired', 'too old')

    expect(await rejection(all(watch()))).toMatchObject({ name: 'ApiError', code: 410 })
  })

  test('whose connection breaks throws', async () => {
    const server = ground.serve(ground.authority.sign('other'))
    ground.answer = () => new Response(silentAfter(line('ADDED', { metadata: { name: 'one' } }), () => {}))
    const cluster = ground.open(ground.kubeconfig({ cluster: { server: server.url.origin } }))
    const events = cluster.watch('pods', { resourceVersion: '1' }, never)
    await events.next()

    await server.stop(true)

    const error = await rejection(events.next())
    expect(error).toBeInstanceOf(Fault)
    expect(error.message).toContain('closed the connection')
  })

  test('of what is no event throws', async () => {
    for (const nonsense of [
      '<html>\n',
      '{"type":"ADDED"}\n',
      '{"type":"NEW","object":{"metadata":{}}}\n',
      '[]\n',
    ]) {
      ground.answer = () => new Response(nonsense)

      expect(await rejection(all(watch()))).toMatchObject({ kind: 'engine_unreachable' })
    }
  })
})

describe('a log', () => {
  const read = (follow: boolean, signal = never) =>
    ground.open().log('p-1-0', 's0', { follow, sinceTime: '2026-11-23T14:52:34Z' }, signal)

  test('comes as the bytes it is, with the kubelet’s times asked for', async () => {
    const bytes = Buffer.from([50, 48, 32, 255, 0, 27, 13, 10])
    ground.answer = () => new Response(bytes, { headers: { 'content-type': 'text/plain' } })

    expect(Buffer.concat(await all(read(true)))).toEqual(bytes)
    expect(ground.asked[0]?.path).toBe(`${PODS}/p-1-0/log`)
    expect(ground.asked[0]?.query).toEqual({
      container: 's0',
      timestamps: 'true',
      follow: 'true',
      sinceTime: '2026-11-23T14:52:34Z',
    })
  })

  test('of a pod that stands on no node is empty', async () => {
    ground.answer = () => new Response(null, { status: 204 })

    expect(await all(read(false))).toEqual([])
  })

  test('of a container that waits is refused with why', async () => {
    ground.answer = () =>
      refused(400, 'BadRequest', 'container "s0" in pod "p-1-0" is waiting to start: PodInitializing')

    const error = await rejection(all(read(true)))

    expect(error).toMatchObject({ name: 'ApiError', code: 400 })
    expect(error.message).toContain('get pods/log “p-1-0” in the namespace argo: container "s0"')
  })

  test('is never a proxy’s page', async () => {
    ground.answer = () =>
      new Response('<h1>Sign in</h1>', { headers: { 'content-type': 'text/html; charset=utf-8' } })

    expect(await rejection(all(read(true)))).toMatchObject({ kind: 'engine_unreachable' })
  })
})

describe('silence', () => {
  /** A world in which every wait is over as soon as the server was asked. */
  function impatient() {
    const { promise: heard, resolve } = Promise.withResolvers<void>()
    return {
      asked: resolve,
      world: {
        sleep: async (_: number, signal?: AbortSignal) => {
          await heard
          signal?.throwIfAborted()
        },
      },
    }
  }

  test('ends a call, and the read of a log that is there', async () => {
    const calls = [
      (cluster: ReturnType<Ground['open']>) => cluster.workflow('x'),
      (cluster: ReturnType<Ground['open']>) => all(cluster.log('p', 's0', { follow: false }, never)),
    ]
    for (const call of calls) {
      const { asked, world } = impatient()
      ground.answer = () => {
        asked()
        return new Promise(() => {})
      }

      const error = await rejection(call(ground.open(undefined, world)))

      expect(error).toMatchObject({ kind: 'engine_unreachable' })
      expect(error.message).toContain('does not answer')
    }
  })

  test('of a watch and of a log that is followed means nothing', async () => {
    const { asked, world } = impatient()
    const { promise: both, resolve } = Promise.withResolvers<void>()
    const stop = new AbortController()
    ground.answer = () => {
      asked()
      if (ground.asked.length === 2) resolve()
      return new Response(silentAfter('', () => {}))
    }
    const cluster = ground.open(undefined, world)
    const reads = [
      cluster.watch('pods', { resourceVersion: '1' }, stop.signal).next(),
      cluster.log('p', 's0', { follow: true }, stop.signal).next(),
    ]

    await both
    stop.abort()

    expect(await Promise.all(reads)).toEqual([
      { done: true, value: undefined },
      { done: true, value: undefined },
    ])
  })
})

function inPieces(bytes: Uint8Array, size: number): ReadableStream<Uint8Array> {
  let at = 0
  return new ReadableStream({
    pull(controller) {
      controller.enqueue(bytes.slice(at, at + size))
      at += size
      if (at >= bytes.length) controller.close()
    },
  })
}

/** Says something, and then nothing until whoever listens goes. */
function silentAfter(text: string, gone: () => void): ReadableStream<Uint8Array> {
  return new ReadableStream({
    start(controller) {
      controller.enqueue(Buffer.from(text))
    },
    cancel: gone,
  })
}
