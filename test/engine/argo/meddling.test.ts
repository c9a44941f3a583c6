import { beforeEach, describe, expect, test } from 'bun:test'
import {
  INSTANCE_LABEL,
  OUTLINE_ANNOTATION,
  PLAN_ANNOTATION,
  TERMINATION_ANNOTATION,
} from '../../../src/engine/argo/names.ts'
import type { Engine, News, SegmentOrder } from '../../../src/engine/engine.ts'
import { SITE } from '../../sim/argoground.ts'
import { linesOf, milestones, offsetsOf, orderOf } from '../conformance.ts'
import { NAMESPACE, Room } from './room.ts'

const MINUTE = 60_000
const SOURCE = {
  url: 'https://git.example/shop.git',
  sha: 'a'.repeat(40),
  branch: 'main',
  tag: null,
  credential: null,
}

/*
 * What others do to a segment's objects in the cluster, and what its story makes of it: never a wrong end, and a sentence
 * for whoever waits.
 */

let room: Room
let engine: Engine
beforeEach(() => {
  room = new Room()
  engine = room.engine()
})

/** Submits a stage that waits, and one behind it. */
async function submit(): Promise<SegmentOrder> {
  const scripts = [{ does: 'waits' }, { does: 'ends', lines: ['last'], exit: 0 }]
  const order = orderOf(
    { source: SOURCE },
    scripts.map((script) => JSON.stringify(script)),
  )
  await engine.submit(order)
  return order
}

/** Follows it from the beginning while something is done to it, and then lets it go on. */
async function told(handle: string, meddle: () => void, after: () => void = () => {}): Promise<News[]> {
  const news: News[] = []
  const following = (async () => {
    for await (const one of engine.follow(handle, {}, new AbortController().signal)) news.push(one)
  })()
  await room.pass(10_000)
  meddle()
  await room.pass(MINUTE)
  after()
  await room.during(following)
  return news
}

const waits = (news: readonly News[]) => news.flatMap((one) => (one.type === 'waits' ? [one.reason] : []))

const WHOLE = ['segment.started', '1 began', '1 succeeded', '2 began', '2 succeeded', 'succeeded']

describe('somebody takes off', () => {
  test('our label from a Workflow: the watch loses it, the story does not', async () => {
    const { handle } = await submit()

    const news = await told(
      handle,
      () => room.edit('workflows', handle, { metadata: { labels: { [INSTANCE_LABEL]: null } } }),
      () => room.proceed(handle, 1),
    )

    expect(milestones(news)).toEqual(WHOLE)
    expect(linesOf(news, 1)).toEqual(['ready', 'done'])
    expect(room.workflow(handle).spec.shutdown).toBeUndefined()
  })

  test('our label from its pod: it is neither replaced nor gone', async () => {
    const { handle } = await submit()

    const news = await told(
      handle,
      () =>
        room.edit('pods', room.pod(handle)?.metadata.name ?? '', {
          metadata: { labels: { [INSTANCE_LABEL]: null } },
        }),
      () => room.proceed(handle, 1),
    )

    expect(milestones(news)).toEqual(WHOLE)
    expect(room.workflow(handle).spec.shutdown).toBeUndefined()
  })

  test('both, while the server is away: its story is told all the same', async () => {
    const { handle } = await submit()
    const before = await room.follow(engine, handle, 10_000)
    const labels = { metadata: { labels: { [INSTANCE_LABEL]: null } } }
    room.edit('workflows', handle, labels)
    room.edit('pods', room.pod(handle)?.metadata.name ?? '', labels)
    room.proceed(handle, 1)

    const after = await room.follow(room.engine(), handle, 2 * MINUTE, offsetsOf(before))

    expect(milestones(after).at(-1)).toBe('succeeded')
    expect(linesOf([...before, ...after], 1)).toEqual(['ready', 'done'])
  })

  test('our label before its submit is known to have arrived: it is ours all the same, and no stranger’s', async () => {
    const order = await submit()
    room.edit('workflows', order.handle, { metadata: { labels: { [INSTANCE_LABEL]: null } } })

    await engine.submit(order)

    room.edit('workflows', order.handle, { metadata: { labels: { [INSTANCE_LABEL]: 'another' } } })
    expect(engine.submit(order)).rejects.toThrow('belongs to another Periplus (another)')
  })

  const annotations = { [OUTLINE_ANNOTATION]: null, [PLAN_ANNOTATION]: null }

  test('what we wrote on it, while its story is told: it is told to its end', async () => {
    const { handle } = await submit()

    const news = await told(
      handle,
      () => room.edit('workflows', handle, { metadata: { annotations } }),
      () => room.proceed(handle, 1),
    )

    expect(milestones(news)).toEqual(WHOLE)
  })

  test('what we wrote on it, while the server is away: nobody can tell its story, and that is said', async () => {
    for (const outline of [null, 'rubbish', '{}', '{"acts":[],"graceMs":1,"logBytesMax":1}']) {
      const { handle } = await submit()
      await room.pass(10_000)
      room.edit('workflows', handle, { metadata: { annotations: { [OUTLINE_ANNOTATION]: outline } } })
      const again = room.engine()

      const failure = await room.follow(again, handle, MINUTE).catch((error: unknown) => error)

      expect(failure).toMatchObject({ kind: 'engine_unreachable' })
      expect(String(failure)).toContain(`Somebody has changed the annotation ${OUTLINE_ANNOTATION}`)
      expect(await again.look(handle)).toBe('running')
      await again.terminate(handle)
      await room.pass(MINUTE)
      expect(await again.look(handle)).toBe('ended')
      await again.release(handle)
      expect(await again.look(handle)).toBe('absent')
    }
  })

  test('the note that we asked for its end: it has ended all the same', async () => {
    const { handle } = await submit()

    const news = await told(handle, () => {
      void engine
        .terminate(handle)
        .then(() =>
          room.edit('workflows', handle, { metadata: { annotations: { [TERMINATION_ANNOTATION]: null } } }),
        )
    })

    expect(news.at(-1)).toMatchObject({ type: 'segment.finished', killed: true })
  })
})

describe('somebody writes', () => {
  test('another phase on it: what runs has not ended', async () => {
    for (const phase of ['Succeeded', 'Failed', 'Strange', '']) {
      const { handle } = await submit()
      await room.pass(10_000)
      room.edit('workflows', handle, { status: { phase } })

      expect(await engine.look(handle)).toBe('running')
      const early = await room.follow(engine, handle, MINUTE)
      room.proceed(handle, 1)
      const news = [...early, ...(await room.follow(engine, handle, MINUTE, offsetsOf(early)))]

      expect(milestones(early).at(-1)).toBe('1 began')
      expect(news.at(-1)).toMatchObject({ type: 'segment.finished', verdict: 'succeeded' })
    }
  })

  test('that it is suspended, before it has a pod: it waits, and says for whom', async () => {
    room.standIn.controller.down()
    const { handle } = await submit()

    const news = await told(
      handle,
      () => {
        room.edit('workflows', handle, { spec: { suspend: true } })
        room.standIn.controller.up()
      },
      () => {
        room.edit('workflows', handle, { spec: { suspend: null } })
        room.clock.after(30_000, () => room.proceed(handle, 1))
      },
    )

    expect(waits(news)).toContain(
      `Somebody suspended its Workflow in Argo; argo resume ${handle} lets it go on.`,
    )
    expect(milestones(news)).toEqual(WHOLE)
  })

  test('that it is suspended, while it runs: nothing changes', async () => {
    const { handle } = await submit()

    const news = await told(
      handle,
      () => room.edit('workflows', handle, { spec: { suspend: true } }),
      () => room.proceed(handle, 1),
    )

    expect(milestones(news)).toEqual(WHOLE)
  })

  test('that it is shut down: it was ended by somebody', async () => {
    const { handle } = await submit()

    const news = await told(handle, () => room.edit('workflows', handle, { spec: { shutdown: 'Terminate' } }))

    expect(news.at(-1)).toMatchObject({
      type: 'segment.finished',
      verdict: 'error',
      killed: true,
      reason: 'Somebody ended it in Argo, past Periplus.',
    })
  })
})

describe('somebody deletes', () => {
  const remove = (handle: string, propagation: 'Background' | 'Foreground' | 'Orphan') =>
    room.standIn.api.delete('workflows', NAMESPACE, handle, { propagation })

  // With the pod at once or not: whoever deletes it wants it gone, and no controller may begin it again.
  test.each(['Foreground', 'Background', 'Orphan'] as const)(
    'its Workflow (%s): it is ended, and lost',
    async (how) => {
      const { handle } = await submit()

      const news = await told(handle, () => remove(handle, how))

      expect(news.at(-1)).toEqual({
        type: 'segment.lost',
        how: 'gone',
        reason: 'Its Workflow was deleted by somebody.',
      })
      expect(milestones(news)).not.toContain('2 began')
      expect(await engine.look(handle)).toBe('ended')
      await engine.release(handle)
      expect(await engine.look(handle)).toBe('absent')
    },
  )

  const podOf = (handle: string) => room.pod(handle)?.metadata ?? { name: '', uid: '' }

  test('its pod before its controller has looked again: no second one comes', async () => {
    const { handle } = await submit()
    const following = room.follow(engine, handle, 2 * MINUTE)
    await room.pass(5_000)
    const { name, uid } = podOf(handle)
    room.standIn.api.delete('pods', NAMESPACE, name, { graceSeconds: 1 })
    const seen = new Set<string>()
    for (let second = 0; second < 60; second += 1) {
      await room.pass(1_000)
      seen.add(podOf(handle).uid)
    }

    expect([...seen].filter((one) => one !== uid && one !== '')).toEqual([])
    expect((await following).at(-1)).toMatchObject({
      type: 'segment.finished',
      verdict: 'error',
      killed: true,
      reason: 'Its pod was deleted by somebody.',
    })
  })

  test('its pod while the server is away, and another takes its place: both are told, and that they are two', async () => {
    const { handle } = await submit()
    const before = await room.follow(engine, handle, 5_000)
    const first = podOf(handle)
    room.standIn.api.delete('pods', NAMESPACE, first.name, { graceSeconds: 1 })
    await room.pass(MINUTE)
    expect(podOf(handle).uid).not.toBe(first.uid)
    room.proceed(handle, 1)

    const after = await room.follow(room.engine(), handle, MINUTE, offsetsOf(before))

    expect(linesOf(before, 1)).toEqual(['ready'])
    expect(after).toContainEqual(
      expect.objectContaining({
        type: 'mark',
        stage: 1,
        text: expect.stringContaining('replaced by another one'),
      }),
    )
    expect(linesOf(after, 1)).toEqual(['ready', 'done'])
    expect(milestones(after).at(-1)).toBe('succeeded')
  })

  test('its Workflow by force, and makes another of its name: that one is left alone', async () => {
    const { handle } = await submit()
    const { spec } = room.workflow(handle)

    const news = await told(handle, () => {
      remove(handle, 'Background')
      room.edit('workflows', handle, { metadata: { finalizers: null } })
      const metadata = { name: handle, labels: { [INSTANCE_LABEL]: SITE.instance } }
      const another = { apiVersion: 'argoproj.io/v1alpha1', kind: 'Workflow', metadata, spec }
      room.standIn.api.create('workflows', NAMESPACE, { ...another, spec: { ...spec, suspend: true } })
    })

    expect(news.at(-1)).toMatchObject({ type: 'segment.lost', how: 'gone' })
    await engine.terminate(handle)
    await engine.release(handle)
    expect(room.workflow(handle).spec).toMatchObject({ suspend: true })
    expect(room.workflow(handle).spec.shutdown).toBeUndefined()
  })

  test('nothing, but we end it and nobody reads its log in time: it has a hole, and says so', async () => {
    const { handle } = await submit()
    await room.pass(15_000)
    await room.during(engine.terminate(handle))
    await room.pass(MINUTE)

    const news = await room.follow(room.engine(), handle, MINUTE)

    expect(news).toContainEqual(
      expect.objectContaining({ type: 'gap', stage: 1, reason: expect.stringContaining('The pod was gone') }),
    )
    expect(news.at(-1)).toMatchObject({ type: 'segment.finished', killed: true, reason: 'Terminated.' })
  })

  test('its Workflow by force, while the server is away: it is gone, and that is said', async () => {
    const { handle } = await submit()
    await room.pass(10_000)
    remove(handle, 'Background')
    room.edit('workflows', handle, { metadata: { finalizers: null } })
    await room.pass(MINUTE)

    const news = await room.follow(room.engine(), handle, MINUTE)

    expect(news).toEqual([
      { type: 'segment.lost', how: 'gone', reason: `The cluster has no Workflow ${handle}.` },
    ])
  })
})

describe('nobody looks at it', () => {
  const NOBODY = 'No Argo controller has looked at it yet.'

  test('where the controller is down: it waits, says so, and goes on with it', async () => {
    room.standIn.controller.down()
    const { handle } = await submit()

    const news = await told(
      handle,
      () => {},
      () => {
        room.standIn.controller.up()
        room.clock.after(30_000, () => room.proceed(handle, 1))
      },
    )

    expect(waits(news)[0]).toStartWith(NOBODY)
    expect(milestones(news)).toEqual(WHOLE)
  })

  test('where the controller has another instance id: it waits and says so', async () => {
    room = new Room({ instanceId: 'blue' })
    engine = room.engine()
    const { handle } = await submit()

    const news = await room.follow(engine, handle, MINUTE)

    expect(news).toEqual([{ type: 'waits', reason: expect.stringContaining('this instance id') }])
    expect(await engine.look(handle)).toBe('running')
  })
})

describe('the cluster’s clock', () => {
  test.each([
    ['ahead', 60 * MINUTE],
    ['behind', -60 * MINUTE],
  ])('is an hour %s of ours: the story is the same', async (_, skewMs) => {
    room = new Room({ skewMs })
    engine = room.engine()
    const { handle } = await submit()

    const news = await told(
      handle,
      () => {},
      () => room.proceed(handle, 1),
    )

    expect(milestones(news)).toEqual(WHOLE)
    expect(linesOf(news, 1)).toEqual(['ready', 'done'])
  })
})
