import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import { NO_FILTER } from '../../src/domain/filter.ts'
import { readable } from '../../src/domain/line.ts'
import { createSearching, LINES_PER_LOG } from '../../src/search/searching.ts'
import { readerOver } from '../../src/store/reader.ts'
import type { Store } from '../../src/store/store.ts'
import { openTestStore, saveWorkflow } from '../store/fixture.ts'
import { addLogs, foundIn, type Logs, question, turns, write } from './ground.ts'

const ENOUGH = 200

/** The clock stands still, so that turns end by what they went through. */
const searching = (store: Store, now = () => 0) => createSearching(readerOver(store.state, store.logsDb), now)

const chatter = (count: number, word = 'line') => Array.from({ length: count }, (_, i) => `${word} ${i + 1}`)

describe('what is found', () => {
  /** All that makes what is stored differ from what is read, in many mixtures; kept short, so that much of it matches. */
  const piece = fc.constantFrom(
    ...['a', 'b', 'ab', 'A', 'B', ' ', 'é', 'ß', '💥', '\t', '***'],
    ...['\x1b[31m', '\x1b[0m', '\x1b[1;32m', '\x1b[2K', '\x1b]0;t\x07', '\x1b', '\x07', '\r', '\x9b1m'],
    ...['::group::', '::endgroup::', '##[group]', '::'],
  )
  const text = fc.array(piece, { maxLength: 6 }).map((pieces) => pieces.join(''))
  const kind = fc.constantFrom('line', 'line', 'line', 'gap', 'mark' as const)
  const log = fc.array(fc.tuple(text, kind), { maxLength: 12 })
  const history = fc.array(fc.record({ build: log, 'deploy.dev': log }), { minLength: 1, maxLength: 4 })
  const needle = fc.oneof(
    fc
      .constantFrom('a', 'ab', 'Ab', 'ba', 'a b', 'é', 'É', '💥', '***', '.', 'a\t', 'b]')
      .map((q) => [q, 'text'] as const),
    fc
      .constantFrom('a+b', '^a', 'b$', '^$', 'a.b', '[^a]b', '\\bab\\b', '(a|é)\\W', 'A.', 'x*')
      .map((q) => [q, 'regex'] as const),
  )

  /** What a person with grep would say, who reads each log as it is shown. */
  function expected(logs: ReadonlyMap<number, Logs>, q: string, as: 'text' | 'regex'): string[] {
    const flags = /[A-ZÉ]/.test(as === 'text' ? q : q.replace(/\\./g, '')) ? 'u' : 'iu'
    const pattern = new RegExp(as === 'text' ? RegExp.escape(q) : q, flags)
    return [...logs].flatMap(([id, stages]) => {
      return Object.entries(stages).flatMap(([stage, lines]) => {
        const numbers = lines.flatMap((line, i) =>
          line[1] === 'line' && pattern.test(readable(line[0])) ? [i + 1] : [],
        )
        const more = numbers[LINES_PER_LOG]
        return [
          ...numbers.slice(0, LINES_PER_LOG).map((number) => `${id} ${stage} ${number}`),
          ...(more === undefined ? [] : [`${id} ${stage} more ${more}`]),
        ]
      })
    })
  }

  test('is what grep would find in the logs as they are read, however they are stored and cut into turns', async () => {
    const store = openTestStore()
    const { turn } = searching(store)
    let count = 0

    await fc.assert(
      fc.asyncProperty(
        history,
        needle,
        fc.integer({ min: 1, max: 12 }),
        fc.integer({ min: 1, max: 9 }),
        async (logs, [q, as], batch, linesMax) => {
          count += 1
          const workflow = `shop-${count}`
          const workflowId = saveWorkflow(store, workflow)
          const stored = logs.map(
            (stages) => [addLogs(store, { workflowId, status: 'running' }, stages, batch), stages] as const,
          )
          const asked = question(q, { as, filter: { ...NO_FILTER, workflow } })

          const made = await turns((from) => turn(asked, from, linesMax))

          expect(foundIn(made.flatMap((one) => one.found))).toEqual(
            expected(new Map(stored.toReversed()), q, as),
          )
        },
      ),
      { numRuns: 400 },
    )
  })

  test('is shown with its match marked, without colours, and with a line before and after', async () => {
    const store = openTestStore()
    const workflowId = saveWorkflow(store, 'shop')
    addLogs(
      store,
      { workflowId, status: 'running' },
      { build: ['one', 'two', '\x1b[31mthe ERROR\x1b[0m of an error', 'four', 'five'] },
    )

    const [log] = (await searching(store).turn(question('error'), null, ENOUGH)).found

    expect(log?.lines.map(({ number, text, matches, spans }) => [number, text, matches, spans])).toEqual([
      [2, 'two', false, []],
      [
        3,
        'the ERROR of an error',
        true,
        [
          [4, 9],
          [16, 21],
        ],
      ],
      [4, 'four', false, []],
    ])
    expect(log).toMatchObject({
      stage: 'build',
      ordinal: 0,
      more: null,
      execution: { slug: 'shop', number: 1 },
    })
  })

  test('in a long line is shown with what stands around it, and never in half a character', async () => {
    const store = openTestStore()
    const workflowId = saveWorkflow(store, 'shop')
    for (const before of [30_000, 30_001])
      addLogs(
        store,
        { workflowId, status: 'running' },
        { build: [`${'💥'.repeat(before / 2)}needle${'💥'.repeat(9_000)}`] },
      )

    for (const log of (await searching(store).turn(question('needle'), null, ENOUGH)).found) {
      const [line] = log.lines
      const [from, until] = line?.spans[0] ?? [0, 0]

      expect(line?.text.slice(from, until)).toBe('needle')
      expect(line?.text).toStartWith('…')
      expect(line?.text).toEndWith('…')
      expect(line?.text.length).toBeLessThanOrEqual(403)
      expect(line?.text.isWellFormed()).toBe(true)
    }
  })

  test('is of the newest execution first, and of each its stages in their order', async () => {
    const store = openTestStore()
    const workflowId = saveWorkflow(store, 'shop')
    for (let i = 0; i < 250; i += 1)
      addLogs(store, { workflowId, status: 'running' }, { build: ['x here'], push: ['x there'] })

    const made = await turns((from) => searching(store).turn(question('x'), from, 7))

    expect(foundIn(made.flatMap((one) => one.found))).toEqual(
      Array.from({ length: 250 }, (_, i) => [`${250 - i} build 1`, `${250 - i} push 1`]).flat(),
    )
  })
})

describe('a search', () => {
  test('looks only where its filters let it, and at the stages that are named', async () => {
    const store = openTestStore()
    const [shop, docs] = [saveWorkflow(store, 'shop'), saveWorkflow(store, 'docs')]
    const logs = { build: ['x'], 'deploy.dev': ['x'], deployment: ['x'] }
    addLogs(store, { workflowId: shop, status: 'failed', branch: 'main' }, logs)
    addLogs(store, { workflowId: shop, status: 'succeeded', branch: 'main' }, logs)
    addLogs(store, { workflowId: docs, status: 'failed', branch: 'next' }, logs)
    const found = async (some: Parameters<typeof question>[1]) =>
      foundIn((await searching(store).turn(question('x', some), null, ENOUGH)).found)

    expect(await found({ filter: { ...NO_FILTER, workflow: 'docs' }, stage: 'build' })).toEqual(['3 build 1'])
    expect(await found({ filter: { ...NO_FILTER, statuses: ['failed'] }, stage: 'deploy' })).toEqual([
      '3 deploy.dev 1',
      '1 deploy.dev 1',
    ])
    expect(await found({ filter: { ...NO_FILTER, branch: 'main', statuses: ['succeeded'] } })).toHaveLength(3)
    expect(await found({ filter: { ...NO_FILTER, workflow: 'nowhere' } })).toEqual([])
  })

  test('shows five lines of a log and where the sixth stands, and no more lines than are asked for', async () => {
    const store = openTestStore()
    const workflowId = saveWorkflow(store, 'shop')
    addLogs(store, { workflowId, status: 'running' }, { build: chatter(20), push: chatter(20) })
    const { turn } = searching(store)

    const all = await turn(question('line'), null, ENOUGH)
    const [first, second] = [await turn(question('line'), null, 3), await turn(question('line'), null, 7)]

    expect(foundIn(all.found)).toEqual([
      ...[1, 2, 3, 4, 5].map((n) => `1 build ${n}`),
      '1 build more 6',
      ...[1, 2, 3, 4, 5].map((n) => `1 push ${n}`),
      '1 push more 6',
    ])
    expect(foundIn(first.found)).toEqual(['1 build 1', '1 build 2', '1 build 3'])
    expect(foundIn((await turn(question('line'), first.next, 3)).found)).toEqual([
      ...['1 build 4', '1 build 5', '1 build more 6'],
      '1 push 1',
    ])
    expect(foundIn(second.found).at(-1)).toBe('1 push 2')
  })

  test('goes through a long log in several turns, each within its bound, and counts it once', async () => {
    const store = openTestStore()
    const workflowId = saveWorkflow(store, 'shop')
    const long = Array.from({ length: 250_000 }, (_, i) => `${i} ${'words '.repeat(15)}`)
    addLogs(store, { workflowId, status: 'running' }, { build: [...long, 'the needle'] }, 20_000)

    const made = await turns((from) => searching(store).turn(question('needle'), from, ENOUGH))

    expect(made.length).toBe(2)
    for (const { searched } of made) expect(searched.bytes).toBeLessThanOrEqual(16.5 * 1024 * 1024)
    expect(made.flatMap(({ found }) => foundIn(found))).toEqual(['1 build 250001'])
    expect(made.reduce((sum, { searched }) => sum + searched.bytes, 0)).toBe(store.logs.info(1, 0).bytes)
    expect(made.map(({ searched }) => searched.logs)).toEqual([0, 1])
  })

  test('ends a turn that takes long, and goes on where it stood', async () => {
    const store = openTestStore()
    const workflowId = saveWorkflow(store, 'shop')
    for (let i = 0; i < 5; i += 1) addLogs(store, { workflowId, status: 'running' }, { build: ['x'] })
    let now = 0
    const slow = searching(store, () => {
      now += 30
      return now
    })

    const made = await turns((from) => slow.turn(question('x'), from, ENOUGH))

    expect(made.length).toBeGreaterThan(2)
    expect(made.flatMap(({ found }) => foundIn(found))).toEqual([5, 4, 3, 2, 1].map((id) => `${id} build 1`))
  })

  test('sees lines of a log that is still written, also where small chunks become one meanwhile', async () => {
    const store = openTestStore()
    const workflowId = saveWorkflow(store, 'shop')
    const id = addLogs(store, { workflowId, status: 'running' }, { build: chatter(50, 'x') }, 1)
    const { turn } = searching(store)

    const first = await turn(question('x 3'), null, 1)
    write(store, id, 0, [...chatter(3_000, 'y'), 'x 3 again'])
    const rest = await turn(question('x 3'), first.next, ENOUGH)

    expect(foundIn(first.found)).toEqual(['1 build 3'])
    expect(foundIn(rest.found)).toEqual([
      ...['1 build 30', '1 build 31', '1 build 32', '1 build 33'],
      '1 build more 34',
    ])
    expect(foundIn((await turn(question('again'), null, ENOUGH)).found)).toEqual(['1 build 3051'])
  })

  test('goes on although the execution it stood at is gone', async () => {
    const store = openTestStore()
    const workflowId = saveWorkflow(store, 'shop')
    for (let i = 0; i < 3; i += 1) addLogs(store, { workflowId, status: 'failed' }, { build: chatter(9) })
    const { turn } = searching(store)
    const first = await turn(question('line'), null, 2)

    store.state.sqlite.run('DELETE FROM executions WHERE id = 3')

    expect(foundIn((await turn(question('line'), first.next, 1)).found)).toEqual(['2 build 1'])
  })

  test('of an expression that can be in too many states ends in words, and others go on', async () => {
    const store = openTestStore()
    const workflowId = saveWorkflow(store, 'shop')
    const noise = Array.from({ length: 3_000 }, (_, i) => Bun.hash(String(i)).toString(2))
    addLogs(store, { workflowId, status: 'running' }, { build: noise })
    const { turn } = searching(store)

    await expect(turn(question('1.{300}x', { as: 'regex' }), null, ENOUGH)).rejects.toThrow(
      'would take too long',
    )
    expect(foundIn((await turn(question('(0+)+1$', { as: 'regex' }), null, 2)).found)).toHaveLength(2)
  })
})

describe('hits', () => {
  const store = openTestStore()
  const [shop, docs] = [saveWorkflow(store, 'shop'), saveWorkflow(store, 'docs')]
  const sha = (n: number) => `cafe${n}`.padEnd(40, '0')
  for (let n = 1; n <= 7; n += 1) {
    addLogs(
      store,
      {
        ...{ workflowId: n === 7 ? docs : shop, status: 'failed' as const, sha: sha(n) },
        ...{ branch: n === 1 ? 'alice' : 'main', title: `Fix the cart, part ${n}`, triggeredBy: 'alice' },
      },
      { build: [] },
    )
  }
  const hits = (q: string, some = {}) =>
    searching(store)
      .hits(question(q, some))
      .map(({ kind, executions, more }) => [kind, executions.map(({ id }) => id), more])

  test('are the execution of that name, the commits that begin so, the titles that hold it', async () => {
    expect(hits('shop-2')).toEqual([['id', [2], false]])
    expect(hits(' CAFE2 ')).toEqual([['commit', [2], false]])
    expect(hits('PART 3')).toEqual([['title', [3], false]])
    expect(hits('nothing like it')).toEqual([])
  })

  test('are the newest of a branch and of a person, and say where there are more', async () => {
    expect(hits('main')).toEqual([['branch', [7, 6, 5], true]])
    expect(hits('alice')).toEqual([
      ['branch', [1], false],
      ['person', [7, 6, 5], true],
    ])
  })

  test('are narrowed as the search is, and none for an expression', async () => {
    expect(hits('alice', { filter: { ...NO_FILTER, workflow: 'docs' } })).toEqual([['person', [7], false]])
    expect(hits('alice', { filter: { ...NO_FILTER, branch: 'main' } })).toEqual([['person', [7, 6, 5], true]])
    expect(hits('alice', { as: 'regex' })).toEqual([])
  })
})
