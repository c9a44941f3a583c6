import { describe, expect, test } from 'bun:test'
import { createArgoEngine } from '../../../src/engine/argo/argo.ts'
import type { News } from '../../../src/engine/engine.ts'
import type { World } from '../../../src/world.ts'
import { SITE } from '../../sim/argoground.ts'
import { Clock, settled } from '../../sim/clock.ts'
import { linesOf, milestones } from '../conformance.ts'
import { HAS_RECORDINGS, Replay, recordedCases, type Telling } from './replay.ts'

/** What was recorded may end before everything had ended: so long nobody waits for more. */
const PATIENCE_MS = 120_000

interface Told {
  readonly news: readonly News[]
  readonly asked: readonly string[]
}

/** Lets the engine follow a recorded run as if it were one of ours, in the time in which it happened. */
async function told(recording: string, telling: Telling = {}): Promise<Told> {
  const clock = new Clock(Date.UTC(2026, 10, 23, 15))
  const replay = new Replay(recording, clock, telling)
  const world: World = {
    now: () => clock.now(),
    id: () => 'id',
    random: () => 0.5,
    sleep: (ms, signal) => clock.sleep(ms, signal),
    log: { info: () => {}, warn: () => {}, error: () => {} },
  }
  while (clock.now() < replay.begin) clock.step(replay.begin)
  const engine = createArgoEngine({ cluster: replay, site: { ...SITE, instance: 'replay' }, world })
  const stop = new AbortController()
  const news: News[] = []
  let over = false
  const following = (async () => {
    for await (const one of engine.follow(replay.name, {}, stop.signal)) news.push(one)
  })().finally(() => {
    over = true
  })
  for (await settled(); !over && clock.now() < replay.end + PATIENCE_MS; await settled())
    clock.step(clock.now() + 10_000)
  stop.abort()
  for (await settled(); !over; await settled()) clock.step(clock.now() + 10_000)
  await following
  return { news, asked: replay.asked }
}

const story = async (recording: string, telling: Telling = {}) =>
  milestones((await told(recording, telling)).news)
const whole = [
  'segment.started',
  '1 began',
  '1 succeeded',
  '2 began',
  '2 succeeded',
  '3 began',
  '3 succeeded',
  'succeeded',
]

describe.skipIf(!HAS_RECORDINGS)('what a real cluster did becomes the history that it was:', () => {
  test('three stages of one pod', async () => {
    for (const recording of ['p7-own-chain-three-true', 'p3-lead-A-three-true-0', 'p6-markers-three-stages'])
      expect(await story(recording)).toEqual(whole)
  })

  test('the segment that follows at once', async () => {
    expect(await story('p3-lead-B-one-stage-0')).toEqual([
      'segment.started',
      '1 began',
      '1 succeeded',
      'succeeded',
    ])
  })

  test('their lines, without what the wrapper and Argo say among them', async () => {
    const { news } = await told('p6-markers-three-stages')

    for (const stage of [1, 2, 3]) {
      const lines = linesOf(news, stage)
      expect(lines.length).toBeGreaterThan(0)
      expect(lines.filter((line) => line.includes('argo=true') || line.includes('\x1e'))).toEqual([])
    }
    expect(news.filter(({ type }) => type === 'gap')).toEqual([])
  })

  test('a stage that fails, what follows it skipped, long before Argo says so', async () => {
    const { news } = await told('p7-hold-middle-fails-always-stage-runs')

    expect(milestones(news)).toEqual([
      'segment.started',
      '1 began',
      '1 succeeded',
      '2 began',
      '2 failed',
      '3 skipped',
      '4 skipped',
      'failed',
    ])
    expect(news).toContainEqual(
      expect.objectContaining({ type: 'stage.finished', stage: 2, exitCode: 3, reason: 'Exit code 3.' }),
    )
  })

  test('a failure that may be passed over', async () => {
    const acts = { build: { passes: true } }

    expect((await story('p7-exit0-chain-middle-fails-always-stage-runs', { acts })).slice(0, 6)).toEqual([
      'segment.started',
      '1 began',
      '1 succeeded',
      '2 began',
      '2 failed',
      '3 skipped',
    ])
  })

  test('a stage that is tried again', async () => {
    const acts = { source: { retries: 3 }, build: { retries: 3 } }
    const { news } = await told('p7-stage-retries-in-wrapper', { acts })

    expect(milestones(news)).toEqual([
      'segment.started',
      '1 began',
      '1 succeeded',
      '2 began',
      '2 succeeded',
      'succeeded',
    ])
    expect(
      news.filter((one) => one.type === 'stage.started').map(({ stage, attempt }) => [stage, attempt]),
    ).toContainEqual([1, 2])
    expect(news).toContainEqual(
      expect.objectContaining({ type: 'mark', text: expect.stringMatching(/Attempt 2 of 4 follows\.$/) }),
    )
  })

  test('a stage that overran its time', async () => {
    const { news } = await told('p7-stage-timeout-term-obeyed-ignored-cleaned', {
      acts: { source: { timeoutMs: 2_000 } },
    })

    expect(news).toContainEqual(
      expect.objectContaining({
        type: 'stage.finished',
        stage: 1,
        status: 'failed',
        reason: 'Timed out after 2 s.',
      }),
    )
    expect(news.at(-1)).toMatchObject({ type: 'segment.finished', verdict: 'failed', killed: false })
  })

  test('a termination, told when nothing runs any more', async () => {
    for (const recording of [
      'p5-wrapper-terminate-ignored',
      'd5-terminate-then-delete-pod-grace-5-ignoring-sigterm',
    ]) {
      const { news } = await told(recording, { ours: true })

      expect(milestones(news).slice(-3)).toEqual(['1 terminated', '2 skipped', 'error, killed'])
    }
  })

  test('a container that runs on although its Workflow is final is not told as ended', async () => {
    const { news } = await told('d2-terminate-ignoring-sigterm', { ours: true })

    expect(milestones(news)).toEqual(['segment.started'])
  })

  test('what somebody ended past Periplus is an error', async () => {
    const { news } = await told('d-terminate-while-running')

    expect(news.at(-1)).toMatchObject({
      verdict: 'error',
      killed: true,
      reason: 'Somebody ended it in Argo, past Periplus.',
    })
  })

  test('a pod that somebody deleted, and Argo is kept from making it again', async () => {
    for (const recording of ['i-pod-deleted-while-running', 'i2-pod-force-deleted-while-running']) {
      const { news, asked } = await told(recording)

      expect(news.at(-1)).toMatchObject({
        verdict: 'error',
        killed: true,
        reason: 'Its pod was deleted by somebody.',
      })
      expect(asked[0]).toContain('"spec":{"shutdown":"Terminate","suspend":null}')
    }
  })

  test('a Workflow that somebody deleted', async () => {
    for (const recording of [
      'h-workflow-deleted-while-running',
      'p1-finalizer-deleted-while-running-foreground',
    ])
      expect((await story(recording)).at(-1)).toBe('lost, gone')
  })

  test('a stage that took too much memory has failed by itself', async () => {
    for (const recording of ['c1-containerset-oom', 'p7-own-chain-oom']) {
      const { news } = await told(recording)

      expect(news.at(-1)).toMatchObject({
        verdict: 'failed',
        killed: false,
        reason: expect.stringContaining('Out of memory'),
      })
    }
  })

  test('a deadline that struck while it ran is the stage’s own, one before it began the platform’s', async () => {
    const ran = await told('c5-workflow-activeDeadline-exceeded-while-running')

    expect(ran.news.at(-1)).toMatchObject({ verdict: 'failed', reason: expect.stringContaining('Timed out') })
  })

  test('an image without a shell says so', async () => {
    const { news } = await told('p5-wrapper-no-shell')

    expect(news.at(-1)).toMatchObject({
      verdict: 'failed',
      reason: expect.stringContaining('Its image has no sh'),
    })
  })

  test('what Argo or the cluster would not run is an error with their own words', async () => {
    const words = {
      'c6-invalid-spec-cycle': 'invalid spec: ',
      'p4-restricted-nothing-set': 'violates PodSecurity "restricted:latest"',
      'p4-restricted-without-executor-patch': 'violates PodSecurity "restricted:latest"',
      'p4-restricted-projected-token-only-in-wait': 'Argo’s init container failed with exit code 2',
    }
    for (const [recording, reason] of Object.entries(words)) {
      const { news } = await told(recording)

      expect(news.at(-1)).toMatchObject({
        verdict: 'error',
        killed: false,
        reason: expect.stringContaining(reason),
      })
    }
  })

  test('why it waits is said in words, and no longer than it is so', async () => {
    const waits = async (recording: string) =>
      (await told(recording)).news.flatMap((one) => (one.type === 'waits' ? [one.reason] : []))

    expect(await waits('c2-containerset-image-not-found')).toEqual([
      expect.stringMatching(
        /^The image cannot be pulled \(build\): failed to pull and unpack image "localhost:1\/nope:1"/,
      ),
      null,
    ])
    expect(await waits('p4-restricted-image-root-no-runAsUser')).toEqual([
      expect.stringMatching(
        /^The container cannot be made \(Argo’s init container\): container has runAsNonRoot and image will run as root/,
      ),
    ])
  })

  test('whatever else was recorded is read without a word of complaint', async () => {
    for (const recording of recordedCases()) {
      const { news } = await told(recording)
      const lines = news.flatMap((one) => (one.type === 'lines' ? one.lines : []))

      expect(lines.every(({ at, text }) => Number.isFinite(at) && !text.includes('\n'))).toBe(true)
    }
  })
})

test.skipIf(HAS_RECORDINGS)(
  'the recordings of a real cluster are not beside this checkout: nothing is replayed',
  () => {},
)
