import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { type Harness, startHarness } from './harness.ts'

let server: Harness
let good: string
let bad: string
beforeAll(async () => {
  server = startHarness()
  await server.define(['storefront', 'docs'])
  good = await building([
    '::group::Install',
    ...Array.from({ length: 3_000 }, (_, i) => `added package-${i} in ${i} ms`),
    '::endgroup::',
    '\x1b[32mbuilt\x1b[0m in 3.2 s',
  ])
  server.script.endStage(good, 'build')
  server.script.endSegment(good)
  await server.call(`/api/v1/executions/${good}/approval`, { json: { environment: 'production' } })
  server.script.start(good)
  server.script.startStage(good, 'deploy.production')
  server.script.endStage(good, 'deploy.production')
  server.script.endSegment(good)
  bad = await building([
    '::group::Install',
    ...Array.from({ length: 2_500 }, (_, i) => `added package-${i + 7} in ${i * 3} ms`),
    '::endgroup::',
    'src/a.ts:57:21 - \x1b[31merror\x1b[0m TS2345: no such thing',
    'built in 4.7 s',
    'gave up',
  ])
  server.script.endStage(bad, 'build', 'failed')
  server.script.endSegment(bad, 'failed')
})
afterAll(() => server.close())

async function building(texts: readonly string[]): Promise<string> {
  const id = await server.trigger()
  server.script.prepare(id)
  server.script.start(id)
  server.script.startStage(id, 'source')
  server.script.write(id, 'source', ['checked out'])
  server.script.endStage(id, 'source')
  server.script.startStage(id, 'build')
  for (let i = 0; i < texts.length; i += 1_000) server.script.write(id, 'build', texts.slice(i, i + 1_000))
  return id
}

const matches = (query: string, id = bad) =>
  server.json(`/api/v1/executions/${id}/stages/build/log/matches?${query}`)
const numbers = (found: { lines: { number: number }[] }) => found.lines.map((line) => line.number)

describe('search in one log', () => {
  test('counts all lines that hold a text, through colours, and says where it stands', async () => {
    const found = await matches('q=error%20ts')

    expect(found).toMatchObject({ count: 1, first: 1, total: 2_505, next: null })
    expect(found.lines[0]).toMatchObject({ number: 2_503, spans: [[17, 25]] })
    expect(found.lines[0].text).toContain('\x1b[31m')
  })

  test('leads forward and back, each match once', async () => {
    const first = await matches('q=package-1&limit=500')
    const second = await server.json(first.next)
    const last = await matches('q=package-1&before=100000&limit=2&texts=false')

    expect(first).toMatchObject({ count: 1_110, first: 1 })
    expect(second.first).toBe(501)
    expect(numbers(second)[0]).toBeGreaterThan(numbers(first).at(-1) ?? 0)
    expect(last.lines[0]).toMatchObject({ text: null })
    expect(last.first).toBe(first.count - 1)
  })

  test('takes expressions, and says in words what it does not understand', async () => {
    const found = await matches(`as=regex&q=${encodeURIComponent('^added package-(7|8) ')}`)
    const wrong = await server.call(`/api/v1/executions/${bad}/stages/build/log/matches?as=regex&q=(a`)

    expect(numbers(found)).toEqual([2, 3])
    expect(wrong.status).toBe(422)
    expect(await wrong.json()).toMatchObject({ detail: expect.stringContaining('a ( that is never closed') })
    expect((await server.call(`/api/v1/executions/${bad}/stages/build/log/matches`)).status).toBe(422)
  })

  test('refuses an expression that can be in too many states, in words, and no other one', async () => {
    const id = await building(Array.from({ length: 2_500 }, (_, i) => Bun.hash(String(i)).toString(2)))
    const bomb = `as=regex&q=${encodeURIComponent('1.{300}x')}`

    const refused = await server.call(`/api/v1/executions/${id}/stages/build/log/matches?${bomb}`)

    expect(refused.status).toBe(429)
    expect(await refused.json()).toMatchObject({ detail: expect.stringContaining('would take too long') })
    expect(
      numbers(await matches(`as=regex&q=${encodeURIComponent('^1+$|^(1|0)+1$')}&limit=1`, id)),
    ).toHaveLength(1)
  })

  test('finds what looks like an error', async () => {
    expect(numbers(await matches('as=errors'))).toEqual([2_503])
  })

  test('goes through all stages, one after another', async () => {
    const first = await server.json(`/api/v1/executions/${bad}/log/matches?as=regex&q=check|gave&limit=1`)
    const second = await server.json(first.next)

    expect(first).toMatchObject({ count: 2, lines: [{ stage: 'source', number: 1 }] })
    expect(second).toMatchObject({ count: 2, lines: [{ stage: 'build', number: 2_505 }], next: null })
  })
})

describe('lines new since the last success', () => {
  test('are those that it does not have, whatever numbers they bear', async () => {
    const found = await matches('as=new')

    expect(found).toMatchObject({ since: good, count: 2, complete: true })
    expect(numbers(found)).toEqual([2_503, 2_505])
  })

  test('are none where nothing ever succeeded', async () => {
    const id = await server.trigger('docs')
    server.script.fail(id)

    expect(await matches('as=new', id)).toMatchObject({ since: null, count: 0 })
  })

  test('are told of the last success of the branch first, then of any', async () => {
    const id = await building(['gave up', 'again'])
    server.store.state.sqlite.run("UPDATE executions SET branch = 'other' WHERE id = ?", [
      server.script.rowOf(id).id,
    ])
    server.script.endStage(id, 'build', 'failed')

    expect(await matches('as=new', id)).toMatchObject({ since: good, count: 2 })
  })
})

test('groups are told with their ends and lengths', async () => {
  const { groups } = await server.json(`/api/v1/executions/${bad}/stages/build/log/groups`)

  expect(groups).toEqual([{ from: 1, until: 2_502, ms: 0 }])
})

describe('a comparison', () => {
  test('is with the last success before it, where no other is named', async () => {
    const found = await server.json(`/api/v1/executions/${bad}/comparison`)

    expect(found).toMatchObject({ before: { id: good }, after: { id: bad }, definition: [], commits: [] })
    expect(
      found.stages.map((stage: { id: string; before: { status: string } }) => [
        stage.id,
        stage.before.status,
      ]),
    ).toEqual([
      ['validation', 'succeeded'],
      ['source', 'succeeded'],
      ['build', 'succeeded'],
      ['deploy.production', 'succeeded'],
    ])
  })

  test('shows both definitions where the versions differ', async () => {
    await server.define(['storefront'], ['staging'])
    const id = await server.trigger()

    const { definition } = await server.json(`/api/v1/executions/${id}/comparison?with=${good}`)

    const changed = definition.filter(
      (line: { was: number; is: number }) => line.was === null || line.is === null,
    )
    expect(changed.map((line: { text: string }) => line.text.trim())).toEqual([
      'deploy: [{ environment: production }]',
      'deploy: [{ environment: staging }]',
    ])
  })

  test('of two workflows is refused', async () => {
    const id = await server.trigger('docs')

    const response = await server.call(`/api/v1/executions/${bad}/comparison?with=${id}`)

    expect(response.status).toBe(422)
  })

  test('with nothing is refused where nothing ever succeeded', async () => {
    const id = await server.trigger('docs')

    const response = await server.call(`/api/v1/executions/${id}/comparison`)

    expect(await response.json()).toMatchObject({
      status: 404,
      detail: expect.stringContaining('Name another'),
    })
  })
})
