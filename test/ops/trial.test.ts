import { afterAll, afterEach, beforeEach, describe, expect, test } from 'bun:test'
import { argoOf } from '../../src/config/argo.ts'
import { readSettings } from '../../src/config/settings.ts'
import type { Check } from '../../src/ops/doctor/check.ts'
import { trial } from '../../src/ops/doctor/trial.ts'
import { type Asked, Ground, refused } from '../cluster/ground.ts'

const ground = new Ground()
afterAll(() => ground.remove())

const WORKFLOWS = '/apis/argoproj.io/v1alpha1/namespaces/argo/workflows'
const NAME = 'p-doctor-01j9'

let status: (seconds: number) => object
let pods: readonly object[]
let clock = 0
beforeEach(() => {
  clock = 0
  pods = []
  ground.asked.length = 0
  ground.answer = ({ method, path, body }: Asked) => {
    if (method === 'POST')
      return Response.json({ ...JSON.parse(body), metadata: { name: NAME, uid: 'uid-1' } }, { status: 201 })
    if (path === `${WORKFLOWS}/${NAME}`)
      return Response.json({
        metadata: { name: NAME, uid: 'uid-1' },
        spec: {},
        status: status(clock / 1_000),
      })
    return Response.json({ items: path.endsWith('/pods') ? pods : [], metadata: { resourceVersion: '1' } })
  }
})

// Whatever came of it, nothing of it stays.
afterEach(() => {
  const made = ground.asked.filter(({ method }) => method === 'POST').length
  expect(
    ground.asked.filter(({ method, path }) => method === 'DELETE' && path === `${WORKFLOWS}/${NAME}`),
  ).toHaveLength(made)
})

async function run(
  flags: Readonly<Record<string, string>> = {},
  signal = new AbortController().signal,
): Promise<Check> {
  const given = { '--argo-namespace': 'argo', '--argo-image': 'busybox:1.37', ...flags }
  const argo = argoOf(readSettings(new Map(Object.entries(given)), {}).config)
  if (argo === null) throw new Error('The options of this test name no namespace.')
  const world = {
    now: () => clock,
    id: () => '01J9',
    sleep: async (ms: number, stop?: AbortSignal) => {
      stop?.throwIfAborted()
      clock += ms
    },
  }
  return await trial(ground.open(), { argo, world, signal })
}

describe('a trial', () => {
  test('runs both images as segments are run, and says how long it took', async () => {
    status = (seconds) => ({ phase: seconds < 9 ? 'Running' : 'Succeeded' })

    const check = await run({
      '--argo-git-image': 'git:1',
      '--argo-service-account': 'builder',
      '--argo-controller-instance': 'blue',
    })

    expect(check).toMatchObject({
      found: 'well',
      says: 'A Workflow in git:1 and busybox:1.37 ended well after 9 s.',
    })
    const { metadata, spec } = JSON.parse(ground.asked[0]?.body ?? '')
    expect(metadata).toEqual({
      name: NAME,
      namespace: 'argo',
      labels: { 'workflows.argoproj.io/controller-instanceid': 'blue' },
    })
    expect(spec).toMatchObject({ serviceAccountName: 'builder', securityContext: { runAsNonRoot: true } })
    expect(spec.templates[0].containerSet.containers).toMatchObject([
      { image: 'git:1', args: ['git --version'] },
      { image: 'busybox:1.37', args: ['echo well'] },
    ])
  })

  test('that nobody looks at asks for the controller’s instance id', async () => {
    status = () => ({})

    expect((await run()).says).toContain('If it has an instance id, name that with argo.controllerInstance.')
    expect((await run({ '--argo-controller-instance': 'blue' })).says).toContain(
      'Is its instance id blue, as argo.controllerInstance says?',
    )
    expect(clock).toBeLessThan(70_000)
  })

  test('whose image cannot be pulled says which and why, without waiting to the end', async () => {
    status = () => ({ phase: 'Pending' })
    const waiting = {
      reason: 'ImagePullBackOff',
      message: 'Back-off pulling image "busybox:1.37": ErrImagePull: not found',
    }
    pods = [
      {
        metadata: { name: NAME, uid: 'pod-1' },
        status: { containerStatuses: [{ name: 'script', state: { waiting } }] },
      },
    ]

    expect(await run()).toMatchObject({
      found: 'amiss',
      says: 'The image cannot be pulled (busybox:1.37): not found.',
    })
    expect(clock).toBeLessThan(60_000)
  })

  test('that fails says what Argo says, and what it points to', async () => {
    status = () => ({
      phase: 'Error',
      message: 'workflowtaskresults.argoproj.io is forbidden: User "x" cannot create resource.',
    })

    expect(await run()).toMatchObject({
      found: 'amiss',
      says: expect.stringContaining('The service account of its pods lacks this right'),
    })
  })

  test('that goes on and on is given up', async () => {
    status = () => ({ phase: 'Running' })

    expect((await run()).says).toContain('had not ended after three minutes')
  })

  test('that is refused says so', async () => {
    ground.answer = () =>
      refused(
        403,
        'Forbidden',
        'workflows.argoproj.io is forbidden: User "x" cannot create resource "workflows"',
      )

    expect(await run()).toMatchObject({
      found: 'amiss',
      says: expect.stringContaining('create workflows.argoproj.io'),
    })
    ground.asked.length = 0
  })

  test('that is interrupted takes itself away', async () => {
    const stop = new AbortController()
    status = () => {
      stop.abort()
      return { phase: 'Running' }
    }

    await expect(run({}, stop.signal)).rejects.toThrow()
  })
})
