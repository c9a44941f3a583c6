import { afterEach, beforeEach, describe, expect, test } from 'bun:test'
import { NO_ARGO_SETTINGS } from '../../src/domain/definition.ts'
import type { PlannedReport } from '../../src/domain/report.ts'
import type { Engine, Handle, News, Offsets, SegmentOrder, StageOrder } from '../../src/engine/engine.ts'
import { Refused } from '../../src/engine/engine.ts'
import { NO_REPORT } from '../../src/engine/reports.ts'

/** What a stage does, in words that every harness turns into its engine's own: a script, or a simulated stage. */
export type Behaviour =
  /** Writes these lines and ends with this code. */
  | { readonly does: 'ends'; readonly lines: readonly string[]; readonly exit: number }
  /** Fails in its first attempts, with exit code 1, then succeeds. */
  | { readonly does: 'fails-first'; readonly attempts: number }
  /** Writes `ready`, runs until the harness says `proceed`, writes `done`, succeeds. */
  | { readonly does: 'waits' }
  /** Writes `ready` and runs for ever, also when it is asked to end. */
  | { readonly does: 'ignores-term' }
  /** Hands on these outputs and succeeds. */
  | { readonly does: 'hands-on'; readonly outputs: Readonly<Record<string, string>> }
  /** Leaves these files below its workspace and ends with this code. */
  | { readonly does: 'leaves'; readonly files: Readonly<Record<string, string>>; readonly exit: number }

/** An engine and the ground it stands on, with the hands that a test needs. */
export interface Harness {
  /** The engine as it is now; after `restart` another one. */
  readonly engine: Engine
  /** A commit that the engine can check out. */
  readonly source: SegmentOrder['source']
  /** The `run` text of a stage that behaves so. */
  script(behaviour: Behaviour): string
  /** The server dies and starts anew over the same ground. */
  restart(): Promise<void>
  /** Lets a stage that waits go on. */
  proceed(handle: Handle, stage: number): Promise<void>
  /** Somebody else ends the running stage: by SIGKILL, by deleting its pod. */
  kill(handle: Handle): Promise<void>
  /** Whoever could have said how the segment ends is gone, and what it ran may still be there. */
  lose(handle: Handle): Promise<void>
  /** Sees a promise to its end; a simulation lets its time pass meanwhile. */
  during<T>(work: Promise<T>): Promise<T>
  /** Ends whatever still runs. Throws where a process of the harness's segments is left over. */
  close(): Promise<void>
}

/** Everything `src/engine/engine.ts` promises, as tests. Every engine passes them, the simulated one too. */
export function conformance(name: string, makeHarness: () => Promise<Harness>): void {
  describe(`${name} keeps an engine's promises:`, () => {
    let h: Harness
    beforeEach(async () => {
      h = await makeHarness()
    })
    afterEach(() => h.close())

    const ends = (exit = 0, lines: readonly string[] = ['one', 'two']) =>
      h.script({ does: 'ends', lines, exit })

    test('stages run in their order and the story ends with the segment', async () => {
      const order = orderOf(h, [ends(0, ['a', 'b']), ends(0, ['c'])])

      await h.engine.submit(order)
      const news = await story(h, order.handle)

      expect(milestones(news)).toEqual([
        'segment.started',
        '1 began',
        '1 succeeded',
        '2 began',
        '2 succeeded',
        'succeeded',
      ])
      expect(linesOf(news, 1)).toEqual(['a', 'b'])
      expect(linesOf(news, 2)).toEqual(['c'])
    })

    test('every line comes before the finish of its stage', async () => {
      const order = orderOf(h, [ends(0, numbered(5000)), ends(1, numbered(3))])

      await h.engine.submit(order)
      const news = await story(h, order.handle)

      for (const stage of [1, 2]) {
        const finish = news.findIndex((one) => one.type === 'stage.finished' && one.stage === stage)
        const last = news.findLastIndex((one) => one.type === 'lines' && one.stage === stage)
        expect(last).toBeLessThan(finish)
      }
      expect(linesOf(news, 1)).toEqual(numbered(5000))
    })

    test('a second submit of the same order changes nothing', async () => {
      const order = orderOf(h, [h.script({ does: 'waits' })])

      await Promise.all([h.engine.submit(order), h.engine.submit(order)])
      await until(h, order.handle, isReady)
      await h.engine.submit(order)
      await h.proceed(order.handle, 1)
      const news = await story(h, order.handle)
      await h.engine.submit(order)

      expect(linesOf(news, 1)).toEqual(['ready', 'done'])
      expect(await h.engine.look(order.handle)).toBe('ended')
      expect(milestones(await story(h, order.handle))).toEqual(milestones(news))
    })

    test('a handle that bears another plan is refused for good', async () => {
      const order = orderOf(h, [ends()])

      await h.engine.submit(order)

      await expect(h.engine.submit({ ...order, planHash: 'another' })).rejects.toBeInstanceOf(Refused)
      await story(h, order.handle)
      await expect(h.engine.submit({ ...order, planHash: 'another' })).rejects.toBeInstanceOf(Refused)
    })

    test('a look sees absent, running, ended and, once released, absent again', async () => {
      const order = orderOf(h, [h.script({ does: 'waits' })])
      const seen = [await h.engine.look(order.handle)]

      await h.engine.submit(order)
      await until(h, order.handle, isReady)
      seen.push(await h.engine.look(order.handle))
      await h.proceed(order.handle, 1)
      await story(h, order.handle)
      seen.push(await h.engine.look(order.handle))
      await h.engine.release(order.handle)
      seen.push(await h.engine.look(order.handle))

      expect(seen).toEqual(['absent', 'running', 'ended', 'absent'])
    })

    test('a segment that nobody follows runs on while the server is away', async () => {
      const order = orderOf(h, [ends(0, ['a']), ends(0, ['b'])])

      await h.engine.submit(order)
      await h.restart()
      const news = await story(h, order.handle)

      expect(milestones(news)).toEqual([
        'segment.started',
        '1 began',
        '1 succeeded',
        '2 began',
        '2 succeeded',
        'succeeded',
      ])
    })

    test('after a restart each line comes once, from the last cursor on', async () => {
      const order = orderOf(h, [ends(0, numbered(20)), h.script({ does: 'waits' })])

      await h.engine.submit(order)
      const before = await until(h, order.handle, isReady)
      await h.restart()
      await h.proceed(order.handle, 2)
      const after = await story(h, order.handle, offsetsOf(before))

      expect(linesOf([...before, ...after], 1)).toEqual(numbered(20))
      expect(linesOf([...before, ...after], 2)).toEqual(['ready', 'done'])
    })

    test('every cursor given is a place to go on from', async () => {
      const order = orderOf(h, [ends(0, numbered(12_000))])

      await h.engine.submit(order)
      const news = await story(h, order.handle)

      for (let i = 0; i < news.length; i += 1) {
        const before = news.slice(0, i + 1)
        const after = await story(h, order.handle, offsetsOf(before))
        expect(linesOf([...before, ...after], 1)).toEqual(numbered(12_000))
      }
    })

    test('a stage that fails is failed, what follows is skipped, and so the segment failed', async () => {
      const order = orderOf(h, [ends(3), ends()])

      await h.engine.submit(order)
      const news = await story(h, order.handle)

      expect(milestones(news)).toEqual(['segment.started', '1 began', '1 failed', '2 skipped', 'failed'])
      expect(finishOf(news, 1)).toMatchObject({ exitCode: 3 })
      expect(news.at(-1)).toMatchObject({ killed: false })
    })

    test('a failure may be passed over', async () => {
      const order = orderOf(h, [ends(1), ends()], { 1: { continueOnFailure: true } })

      await h.engine.submit(order)
      const news = await story(h, order.handle)

      expect(milestones(news)).toEqual([
        'segment.started',
        '1 began',
        '1 failed',
        '2 began',
        '2 succeeded',
        'succeeded',
      ])
    })

    test('a failed stage is tried again as often as its order says', async () => {
      const fails = h.script({ does: 'fails-first', attempts: 2 })
      const enough = orderOf(h, [fails], { 1: { retries: 2 } })
      const tooFew = orderOf(h, [fails], { 1: { retries: 1 } })

      await h.engine.submit(enough)
      await h.engine.submit(tooFew)
      const good = await story(h, enough.handle)
      const bad = await story(h, tooFew.handle)

      expect(attemptsOf(good)).toEqual([1, 2, 3])
      expect(good.at(-1)).toMatchObject({ verdict: 'succeeded' })
      expect(attemptsOf(bad)).toEqual([1, 2])
      expect(bad.at(-1)).toMatchObject({ verdict: 'failed' })
    })

    test('a stage that overruns its time has failed, by its own verdict', async () => {
      const order = orderOf(h, [h.script({ does: 'waits' }), ends()], { 1: { timeoutMs: 300 } })

      await h.engine.submit(order)
      const news = await story(h, order.handle)

      expect(milestones(news)).toEqual(['segment.started', '1 began', '1 failed', '2 skipped', 'failed'])
      expect(finishOf(news, 1)?.reason).toStartWith('Timed out after ')
      expect(news.at(-1)).toMatchObject({ killed: false })
    })

    test('outputs are told before their stage finishes', async () => {
      const outputs = { digest: 'sha256:abc', note: 'two\nlines' }
      const order = orderOf(h, [h.script({ does: 'hands-on', outputs })])

      await h.engine.submit(order)
      const news = await story(h, order.handle)

      const told = news.findIndex((one) => one.type === 'outputs' && 'digest' in one.outputs)
      expect(news[told]).toMatchObject({ stage: 1, outputs })
      expect(told).toBeLessThan(news.findIndex((one) => one.type === 'stage.finished'))
    })

    test('reports are told before their stage finishes, to the byte, and so of a stage that failed', async () => {
      const text = `{"findings":["${'ä\u001e$(x) '.repeat(3000)}"]}\n\n`
      const script = h.script({ does: 'leaves', files: { 'out/a.json': text, b: '' }, exit: 3 })
      const reports = [report('out/a.json'), report('b')]
      const order = orderOf(h, [script, ends()], { 1: { reports }, 2: { reports: [report('never')] } })

      await h.engine.submit(order)
      const news = await story(h, order.handle)

      expect(reportsOf(news, 1)).toEqual({ 'out/a.json': text, b: '' })
      expect(reportsOf(news, 2)).toEqual({})
      expect(news.findLastIndex((one) => one.type === 'report')).toBeLessThan(
        news.findIndex((one) => one.type === 'stage.finished'),
      )
      expect(finishOf(news, 1)).toMatchObject({ status: 'failed', exitCode: 3 })
    })

    test('a report that is missing is said in the log, told with why, and no verdict', async () => {
      const order = orderOf(h, [h.script({ does: 'leaves', files: { there: 'x' }, exit: 0 })], {
        1: { reports: [report('not/there'), report('there')] },
      })

      await h.engine.submit(order)
      const news = await story(h, order.handle)

      expect(reportsOf(news, 1)).toEqual({ 'not/there': { problem: NO_REPORT }, there: 'x' })
      expect(marksOf(news, 1)).toEqual([`The report not/there is not kept. ${NO_REPORT}`])
      expect(finishOf(news, 1)).toMatchObject({ status: 'succeeded' })
    })

    test('after a restart no report is missing, and what the log says of them stands there once', async () => {
      const reports = [report('a'), report('b'), report('c')]
      const leaves = h.script({ does: 'leaves', files: { b: 'x' }, exit: 0 })
      const order = orderOf(h, [leaves, h.script({ does: 'waits' })], { 1: { reports } })

      await h.engine.submit(order)
      const before = await until(h, order.handle, isReady)
      const cuts = before.flatMap((one, index) => (one.type === 'mark' ? [before.slice(0, index + 1)] : []))
      await h.restart()
      await h.proceed(order.handle, 2)

      expect(cuts).toHaveLength(2)
      for (const cut of cuts) {
        const after = await story(h, order.handle, offsetsOf(cut))
        expect(reportsOf([...cut, ...after], 1)).toEqual(reportsOf(before, 1))
        expect(marksOf([...cut, ...after], 1)).toEqual(marksOf(before, 1))
      }
    })

    test('to terminate what was never there is success', async () => {
      const { handle } = orderOf(h, [ends()])

      await h.engine.terminate(handle)

      expect(await h.engine.look(handle)).toBe('absent')
    })

    test('what is told to end at once never succeeds', async () => {
      const order = orderOf(h, [h.script({ does: 'waits' }), ends()])

      await h.engine.submit(order)
      await h.engine.terminate(order.handle)
      const news = await story(h, order.handle)

      expect(news.at(-1)).toMatchObject({ type: 'segment.finished', killed: true })
      expect(milestones(news)).not.toContain('1 succeeded')
      expect(milestones(news)).toContain('2 skipped')
    })

    test('a running segment that is told to end is killed, and nothing follows', async () => {
      const order = orderOf(h, [h.script({ does: 'waits' }), ends()])

      await h.engine.submit(order)
      await until(h, order.handle, isReady)
      await h.engine.terminate(order.handle)
      await h.engine.terminate(order.handle)
      const news = await story(h, order.handle)

      expect(milestones(news)).toEqual([
        'segment.started',
        '1 began',
        '1 terminated',
        '2 skipped',
        'error, killed',
      ])
      expect(await h.engine.look(order.handle)).toBe('ended')
    })

    test('a request to end holds when the server dies right after it', async () => {
      const order = orderOf(h, [h.script({ does: 'waits' }), ends()])

      await h.engine.submit(order)
      await until(h, order.handle, isReady)
      await h.engine.terminate(order.handle)
      await h.restart()
      const news = await story(h, order.handle)

      expect(news.at(-1)).toMatchObject({ type: 'segment.finished', killed: true })
    })

    test('a stage that ignores the request is killed after the grace', async () => {
      const order = { ...orderOf(h, [h.script({ does: 'ignores-term' })]), graceMs: 200 }

      await h.engine.submit(order)
      await until(h, order.handle, isReady)
      await h.engine.terminate(order.handle)
      const news = await story(h, order.handle)

      expect(milestones(news).slice(-2)).toEqual(['1 terminated', 'error, killed'])
    })

    test('to terminate what has ended is success and changes nothing', async () => {
      const order = orderOf(h, [ends()])

      await h.engine.submit(order)
      const before = await story(h, order.handle)
      await h.engine.terminate(order.handle)

      const after = await story(h, order.handle)
      expect(milestones(after)).toEqual(milestones(before))
      expect(linesOf(after, 1)).toEqual(linesOf(before, 1))
    })

    test('what somebody else killed is an error, not a failure', async () => {
      const order = orderOf(h, [h.script({ does: 'waits' }), ends()])

      await h.engine.submit(order)
      await until(h, order.handle, isReady)
      await h.kill(order.handle)
      const news = await story(h, order.handle)

      expect(news.at(-1)).toMatchObject({ type: 'segment.finished', verdict: 'error', killed: true })
      expect(milestones(news)).toContain('2 skipped')
    })

    test('a lost segment is told as gone, has ended, and is never run again', async () => {
      const order = orderOf(h, [h.script({ does: 'waits' })])

      await h.engine.submit(order)
      const before = await until(h, order.handle, isReady)
      await h.lose(order.handle)
      const after = await story(h, order.handle, offsetsOf(before))
      await h.engine.submit(order)

      expect(after.at(-1)).toMatchObject({ type: 'segment.lost', how: 'gone' })
      expect(linesOf(after, 1)).toEqual([])
      expect(await h.engine.look(order.handle)).toBe('ended')
      await h.engine.terminate(order.handle)
      await h.engine.release(order.handle)
    })

    test('release forgets, and may be asked again', async () => {
      const order = orderOf(h, [ends()])

      await h.engine.submit(order)
      await story(h, order.handle)
      await h.engine.release(order.handle)
      await h.engine.release(order.handle)

      expect((await story(h, order.handle)).map((one) => one.type)).toEqual(['segment.lost'])
    })

    test('an unknown handle is lost, gone', async () => {
      const news = await story(h, orderOf(h, [ends()]).handle)

      expect(news).toEqual([{ type: 'segment.lost', how: 'gone', reason: expect.any(String) }])
    })

    test('following ends soon after its signal fires', async () => {
      const order = orderOf(h, [h.script({ does: 'waits' })])
      const stop = new AbortController()

      await h.engine.submit(order)
      await until(h, order.handle, isReady)
      const following = h.during(collect(h.engine.follow(order.handle, {}, stop.signal), () => false))
      stop.abort()

      expect((await following).at(-1)?.type).not.toBe('segment.finished')
    })

    test('segments do not disturb each other', async () => {
      const orders = [1, 2, 3].map((n) => orderOf(h, [ends(0, [`of ${n}`])]))

      await Promise.all(orders.map((order) => h.engine.submit(order)))
      const stories = await Promise.all(orders.map((order) => story(h, order.handle)))

      expect(stories.map((news) => linesOf(news, 1))).toEqual([['of 1'], ['of 2'], ['of 3']])
    })

    test('its health says that it can be reached', async () => {
      expect(await h.engine.check()).toMatchObject({ reachable: true, reason: null })
    })
  })
}

/** Whoever tries an engine at the same time, or tried it before, has other names. */
const RUN = crypto.randomUUID().slice(0, 8)
let handles = 0

/** An order of script stages, numbered from 1; a checkout where `null` stands. */
export function orderOf(
  { source }: Pick<Harness, 'source'>,
  scripts: readonly (string | null)[],
  more: Readonly<Record<number, Partial<StageOrder>>> = {},
): SegmentOrder {
  handles += 1
  const stages = scripts.map((run, index): StageOrder => {
    const ordinal = index + 1
    return { ...plainStage(ordinal, run), ...more[ordinal] }
  })
  return {
    handle: `p-test-${RUN}-${handles}`,
    planHash: 'one',
    execution: { uid: `test-${handles}`, id: `test-${handles}`, workflow: 'test' },
    segment: 0,
    source,
    environment: null,
    argo: NO_ARGO_SETTINGS,
    stages,
    artifactsFrom: [],
    logBytesMax: 256 * 1024 * 1024,
    graceMs: 5_000,
  }
}

function plainStage(ordinal: number, run: string | null): StageOrder {
  return {
    ordinal,
    id: run === null ? 'source' : `script-${ordinal}`,
    kind: run === null ? 'checkout' : 'script',
    run,
    image: null,
    files: {},
    resources: null,
    env: {},
    secrets: [],
    timeoutMs: null,
    retries: 0,
    continueOnFailure: false,
    asRoot: false,
    reports: [],
    artifacts: [],
  }
}

/** All news of a segment, to its end. */
export function story(
  h: Pick<Harness, 'engine' | 'during'>,
  handle: Handle,
  from: Offsets = {},
): Promise<News[]> {
  return h.during(collect(h.engine.follow(handle, from, new AbortController().signal), () => false))
}

/** News of a segment up to the first that fits. */
export function until(
  h: Pick<Harness, 'engine' | 'during'>,
  handle: Handle,
  fits: (news: News) => boolean,
): Promise<News[]> {
  return h.during(collect(h.engine.follow(handle, {}, new AbortController().signal), fits))
}

async function collect(following: AsyncIterable<News>, fits: (news: News) => boolean): Promise<News[]> {
  const news: News[] = []
  for await (const one of following) {
    news.push(one)
    if (fits(one)) break
  }
  return news
}

/** The stage's own lines, without what a checkout says in its fold at their head. */
export function linesOf(news: readonly News[], stage: number): string[] {
  const all = news
    .flatMap((one) => (one.type === 'lines' && one.stage === stage ? one.lines : []))
    .map((line) => line.text)
  return all.slice(all.indexOf('::endgroup::') + 1)
}

function report(path: string): PlannedReport {
  return { name: path, path, format: 'sarif' }
}

/** What was told of a stage's reports, the last of each: their texts, or why there is none. */
function reportsOf(
  news: readonly News[],
  stage: number,
): Record<string, string | { readonly problem: string }> {
  return Object.fromEntries(
    news.flatMap((one): [string, string | { readonly problem: string }][] => {
      if (one.type !== 'report' || one.stage !== stage) return []
      if ('problem' in one.content) return [[one.name, one.content]]
      const { body, packing } = one.content
      const bytes = packing === 'gzip' ? Bun.gunzipSync(Uint8Array.from(body)) : body
      return [[one.name, new TextDecoder().decode(bytes)]]
    }),
  )
}

function marksOf(news: readonly News[], stage: number): string[] {
  return news.flatMap((one) => (one.type === 'mark' && one.stage === stage ? [one.text] : []))
}

export function isReady(news: News): boolean {
  return news.type === 'lines' && news.lines.some((line) => line.text === 'ready')
}

/** Where a server that stored these news would go on. */
export function offsetsOf(news: readonly News[]): Offsets {
  const offsets: Record<number, string> = {}
  for (const one of news) if ('cursor' in one) offsets[one.stage] = one.cursor
  return offsets
}

/** The story without its lines. */
export function milestones(news: readonly News[]): string[] {
  return news.flatMap((one) => {
    if (one.type === 'segment.started') return one.type
    if (one.type === 'stage.started') return one.attempt === 1 ? `${one.stage} began` : []
    if (one.type === 'stage.finished') return `${one.stage} ${one.status}`
    if (one.type === 'segment.finished') return one.killed ? `${one.verdict}, killed` : one.verdict
    return one.type === 'segment.lost' ? `lost, ${one.how}` : []
  })
}

export function finishOf(
  news: readonly News[],
  stage: number,
): Extract<News, { type: 'stage.finished' }> | undefined {
  return news.filter((one) => one.type === 'stage.finished').find((one) => one.stage === stage)
}

function attemptsOf(news: readonly News[]): number[] {
  return news.filter((one) => one.type === 'stage.started').map((one) => one.attempt)
}

export function numbered(count: number): string[] {
  return Array.from({ length: count }, (_, index) => `line ${index + 1}`)
}
