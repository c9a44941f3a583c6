import { afterEach, beforeEach, describe, expect, test } from 'bun:test'
import { initializing, notInstalled } from './failures.ts'
import type { Time } from './objects.ts'
import { REAL_TIME } from './realtime.ts'
import { HAS_RECORDINGS, readJson, readRecording } from './recorded.ts'
import { ClusterServer } from './server.ts'
import { SimulatedRuntime } from './simulated.ts'
import { QUICK, StandIn } from './standin.ts'

if (!HAS_RECORDINGS)
  console.warn('The answers are not held to the recordings: ../shared/fixtures/argo is missing.')

const WORKFLOWS = '/apis/argoproj.io/v1alpha1/namespaces/argo/workflows'
const PODS = '/api/v1/namespaces/argo/pods'
const ERRORS = 'l-watch-and-api-errors'

/** A server to which a second is some milliseconds. */
const HASTY: Time = { now: REAL_TIME.now, after: (ms, fire) => REAL_TIME.after(ms / 100, fire) }

let standIn: StandIn
let server: ClusterServer

beforeEach(async () => {
  const runtime = new SimulatedRuntime(REAL_TIME, async () => 0)
  standIn = new StandIn({ time: REAL_TIME, runtime, delays: QUICK })
  server = new ClusterServer(standIn, HASTY)
  await server.start()
})
afterEach(async () => {
  standIn.close()
  await server.close()
})

interface Answer {
  readonly status: number
  readonly body: unknown
}

describe.skipIf(!HAS_RECORDINGS)('answers as recorded:', () => {
  const cases: readonly [recording: string, () => Promise<Answer>][] = [
    ['bad-token-401', () => ask(PODS, { headers: { authorization: 'Bearer nobody' } })],
    [
      'forbidden-403-missing-right',
      () => {
        server.denied.add('delete pods')
        return ask(`${PODS}/some-pod`, { method: 'DELETE' })
      },
    ],
    [
      'list-expired-continue-410',
      async () => {
        for (const name of ['fill-000001', 'fill-000002']) await make(named(name))
        const { body } = await ask(`${WORKFLOWS}?limit=1`)
        await make(named('fill-000003'))
        standIn.api.history.compact()
        const { metadata } = body as { readonly metadata: { readonly continue: string } }
        return ask(`${WORKFLOWS}?limit=1&continue=${encodeURIComponent(metadata.continue)}`)
      },
    ],
    ['namespace-missing', () => make(named('one'), WORKFLOWS.replace('/argo/', '/nope/'))],
    ['patch-missing-404', () => patch('application/merge-patch+json')],
    ['patch-wrong-content-type-415', () => patch('application/json')],
  ]
  test.each(cases)('%s', async (name, asked) => {
    expect(await asked()).toEqual(readJson(ERRORS, `${name}.json`) as Answer)
  })

  test('a name that is taken', async () => {
    await make(named('idem-1'))

    const again = await make(named('idem-1'))

    expect(again).toEqual((readJson('m-create-twice-409.json') as { readonly second: Answer }).second)
  })

  test('what does not fit the schema', async () => {
    const { submitted, actions } = readRecording('c7-invalid-crd-schema')

    const { status, body } = await make(submitted)

    expect({ status, body }).toEqual({ status: actions[0]?.status ?? 0, body: actions[0]?.body })
  })

  test('what a server says while it comes up', async () => {
    server.trouble('list pods', notInstalled())
    server.trouble('list pods', initializing())

    const said = [await ask(PODS), await ask(PODS)]

    const recorded = readJson('k-log-behaviours', 'apiserver-SIGKILL-503-429-410-on-rewatch.json')
    const refusals = (recorded as { readonly open?: number; readonly body?: string }[]).filter(
      ({ open }) => open === 503 || open === 429,
    )
    expect(said).toEqual(
      refusals.slice(0, 2).map(({ open = 0, body = '' }) => ({ status: open, body: JSON.parse(body) })),
    )
  })

  test('a watch from a version that is gone', async () => {
    await make(named('one'))
    standIn.api.history.compact()

    const { body } = await ask(`${WORKFLOWS}?watch=1&resourceVersion=1`)

    const [, recorded] = readJson(ERRORS, 'watch-resourceVersion-too-old-410-event.json') as object[]
    const withoutNumbers = (event: unknown) => JSON.stringify(event).replace(/ \d+ \(\d+\)|"t":\d+,/g, '')
    expect(withoutNumbers(body)).toBe(withoutNumbers(recorded))
  })

  test('a watch from the future, and one whose time is up, end without a word', async () => {
    expect(await ask(`${WORKFLOWS}?watch=1&resourceVersion=999999&timeoutSeconds=1`)).toEqual({
      status: 200,
      body: '',
    })
  })
})

async function ask(path: string, options: RequestInit = {}): Promise<Answer> {
  const { url, ...init } = server.asCaller(path)
  const response = await fetch(url, { ...init, ...options, headers: { ...init.headers, ...options.headers } })
  const text = await response.text()
  return { status: response.status, body: text === '' ? '' : JSON.parse(text) }
}

function make(object: unknown, path = WORKFLOWS): Promise<Answer> {
  return ask(path, { method: 'POST', body: JSON.stringify(object) })
}

function patch(contentType: string): Promise<Answer> {
  const headers = { 'content-type': contentType }
  return ask(`${WORKFLOWS}/nope`, { method: 'PATCH', body: '{}', headers })
}

function named(name: string) {
  return { metadata: { name }, spec: { suspend: true } }
}
