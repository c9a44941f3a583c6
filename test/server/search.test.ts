import { afterEach, describe, expect, test } from 'bun:test'
import type { z } from 'zod'
import { SEARCH_EVENTS, type SearchPageSchema } from '../../src/contract/search.ts'
import { type Message, messages } from '../../src/contract/sse.ts'
import type { Place, Question, Searcher } from '../../src/search/question.ts'
import { browserOf } from './browser.ts'
import { type Call, type Harness, startHarness, type Who } from './harness.ts'

type Page = z.infer<typeof SearchPageSchema>

let server: Harness
afterEach(() => server.close())

/** Executions of which each wrote these lines; their ids, oldest first. */
async function written(...logs: readonly (readonly string[])[]): Promise<string[]> {
  await server.define()
  const ids: string[] = []
  for (const lines of logs) {
    const id = await server.trigger()
    server.script.prepare(id)
    server.script.start(id)
    server.script.startStage(id, 'build')
    server.script.write(id, 'build', lines)
    ids.push(id)
  }
  return ids
}

const search = (query: string, call: Call = {}): Promise<Page> => server.json(`/api/v1/search?${query}`, call)
const found = ({ items }: Page) =>
  items.flatMap(({ execution, stage, lines }) =>
    lines.filter(({ matches }) => matches).map(({ number }) => `${execution.id} ${stage} ${number}`),
  )

/** A search whose turns find one line each and happen when the test says so. */
function held() {
  const asked: { readonly question: Question; readonly from: Place | null; go(): void }[] = []
  const next = Promise.withResolvers<void>()
  let news = next
  const searcher = (own: Searcher): Searcher => ({
    ...own,
    turn: async (question, from) => {
      const permit = Promise.withResolvers<void>()
      asked.push({ question, from, go: permit.resolve })
      news.resolve()
      await permit.promise
      return own.turn(question, from, 1)
    },
  })
  return {
    searcher,
    asked,
    /** Waits until so many turns were asked for. */
    async turns(count: number): Promise<void> {
      while (asked.length < count) {
        news = Promise.withResolvers()
        await news.promise
      }
    },
  }
}

/** Opens a stream and reads its messages. */
async function open(query: string, options: { as?: Who; lastEventId?: string } = {}) {
  const abort = new AbortController()
  const response = await fetch(`${server.address}/api/v1/search?${query}`, {
    signal: abort.signal,
    headers: {
      authorization: `Bearer ${server.tokens.get(options.as ?? 'viewer') ?? ''}`,
      accept: 'text/event-stream',
      ...(options.lastEventId === undefined ? {} : { 'last-event-id': options.lastEventId }),
    },
  })
  return {
    status: response.status,
    close: () => abort.abort(),
    messages: messages(response.body ?? new ReadableStream()),
  }
}

async function all(query: string, lastEventId?: string): Promise<Message[]> {
  const said: Message[] = []
  const stream = await open(query, lastEventId === undefined ? {} : { lastEventId })
  for await (const message of stream.messages) {
    // Each event is what the interface says it is.
    const schema: z.ZodType | undefined = new Map<string, z.ZodType>(Object.entries(SEARCH_EVENTS)).get(
      message.event,
    )
    expect(schema?.parse(JSON.parse(message.data))).toEqual(JSON.parse(message.data))
    said.push(message)
  }
  return said
}

const linesIn = (said: readonly Message[]) =>
  said.filter(({ event }) => event === 'found').flatMap(({ data }) => found(JSON.parse(data)))

describe('an answer', () => {
  test('has what was found, what the text names, how much was searched, and ends', async () => {
    server = startHarness()
    const [first, second] = await written(['nothing', '\x1b[31mError\x1b[0m: <b>', 'after'], ['an error too'])

    const page = await search('q=error')

    expect(found(page)).toEqual([`${second} build 1`, `${first} build 2`])
    expect(page).toMatchObject({
      ended: 'all',
      next: null,
      hits: [],
      searched: { executions: 2, logs: 2, lines: 2, of: { count: 2, exact: true } },
    })
    expect(page.items[1]?.lines[1]).toMatchObject({ text: 'Error: <b>', spans: [[0, 5]] })
    expect(found(await search('q=Error'))).toEqual([`${first} build 2`])
    expect((await search(`q=${first}`)).hits).toMatchObject([{ kind: 'id', executions: [{ id: first }] }])
  })

  test('leads on from page to page, to each line once, and counts what lies behind', async () => {
    server = startHarness()
    const ids = await written(['x 1', 'x 2'], ['x 3', 'y', 'x 4'], ['x 5'])

    const pages = [await search(`q=x&limit=2&branch=main`)]
    for (let next = pages[0]?.next; next != null; next = pages.at(-1)?.next)
      pages.push(await server.json(next))

    expect(pages.map(found)).toEqual([
      [`${ids[2]} build 1`, `${ids[1]} build 1`],
      [`${ids[1]} build 3`, `${ids[0]} build 1`],
      [`${ids[0]} build 2`],
    ])
    expect(pages.map(({ ended }) => ended)).toEqual(['lines', 'lines', 'all'])
    expect(pages.at(-1)?.searched).toMatchObject({ executions: 3, logs: 3, lines: 5 })
  })

  test('comes within its time, with an address to go on at', async () => {
    server = startHarness({
      searcher: (own) => ({
        ...own,
        turn: (question, from) => {
          server.clock.now += 900
          return own.turn(question, from, 1)
        },
      }),
    })
    await written(...Array.from({ length: 6 }, (_, i) => [`x ${i}`]))

    const first = await search('q=x')
    const second: Page = await server.json(first.next ?? '')

    expect([first.ended, found(first).length]).toEqual(['time', 3])
    expect([...found(first), ...found(second)]).toEqual(
      [6, 5, 4, 3, 2, 1].map((n) => `storefront-${n} build 1`),
    )
  })

  test('is refused in words where the question is wrong', async () => {
    server = startHarness()
    await server.define()
    const detail = async (query: string) => (await server.json(`/api/v1/search?${query}`)).detail

    expect(await detail('q=(a&as=regex')).toContain('a ( that is never closed')
    expect(await detail('q=x&before=rubbish')).toContain('not where a search can go on')
    expect(await detail('q=')).toContain('query.q')
    expect(await detail('as=regex')).toContain('query.q: This is missing.')
    expect(await detail('q=x&status=faild')).toContain('Did you mean failed?')
    expect(await detail('q=x&limit=1001')).toContain('query.limit')
  })

  test('of an expression that can be in too many states is refused, and the next search is not', async () => {
    server = startHarness()
    await written(Array.from({ length: 3_000 }, (_, i) => Bun.hash(String(i)).toString(2)))

    const bomb = await server.call(`/api/v1/search?as=regex&q=${encodeURIComponent('1.{300}x')}`)

    expect(bomb.status).toBe(429)
    expect(await bomb.json()).toMatchObject({ detail: expect.stringContaining('would take too long') })
    expect(found(await search(`as=regex&q=${encodeURIComponent('(0+)+1$')}&limit=2`))).toHaveLength(2)
  })
})

describe('a stream', () => {
  test('tells what the text names first, then each line as it is found, then the end', async () => {
    server = startHarness({
      searcher: (own) => ({ ...own, turn: (question, from) => own.turn(question, from, 1) }),
    })
    const ids = await written(['main 1'], ['main 2'])

    const said = await all('q=main')

    expect(said.map(({ event }) => event)).toEqual(['hits', 'found', 'progress', 'found', 'progress', 'end'])
    expect(linesIn(said)).toEqual([`${ids[1]} build 1`, `${ids[0]} build 1`])
    expect(JSON.parse(said.at(-1)?.data ?? '')).toMatchObject({ ended: 'all', next: null, problem: null })
    expect(server.web.streams()).toBe(0)
  })

  test('goes on behind the message that arrived last, with each line once', async () => {
    server = startHarness({
      searcher: (own) => ({ ...own, turn: (question, from) => own.turn(question, from, 1) }),
    })
    await written(['x 1', 'x 2', 'x 3'], ['x 4', 'x 5'])
    const whole = await all('q=x')

    for (const [at, { id }] of whole.entries()) {
      if (id === null) continue
      const rest = await all('q=x', id)

      expect(linesIn(rest)).toEqual(linesIn(whole.slice(at + 1)))
      expect(JSON.parse(rest.at(-1)?.data ?? '').searched).toMatchObject({ executions: 2, logs: 2, lines: 5 })
    }
  })

  test('ends after as many lines as are asked for, and says where to go on', async () => {
    server = startHarness()
    await written(['x 1', 'x 2'], ['x 3'])

    const end = JSON.parse((await all('q=x&limit=2')).at(-1)?.data ?? '')

    expect(end).toMatchObject({ ended: 'lines', searched: { lines: 2 } })
    expect(found(await server.json(end.next))).toEqual(['storefront-1 build 2'])
  })

  test('ends in words where its expression takes too long', async () => {
    server = startHarness()
    await written(Array.from({ length: 3_000 }, (_, i) => Bun.hash(String(i)).toString(2)))

    const [end] = await all(`as=regex&q=${encodeURIComponent('1.{300}x')}`)

    expect(JSON.parse(end?.data ?? '')).toMatchObject({
      ended: 'problem',
      problem: expect.stringContaining('would take too long'),
    })
  })

  test('whose reader leaves asks for no further turn and gives its place up', async () => {
    const { searcher, asked, turns } = held()
    server = startHarness({ searcher })
    await written(['x 1'], ['x 2'], ['x 3'])
    const stream = await open('q=x')
    await turns(1)

    stream.close()
    while (server.web.streams() > 0) await new Promise(setImmediate)
    asked[0]?.go()
    const others = await Promise.all(Array.from({ length: 4 }, () => open('q=x')))
    await turns(5)

    expect(others.map(({ status }) => status)).toEqual([200, 200, 200, 200])
    expect(asked.slice(1).map(({ from }) => from)).toEqual([null, null, null, null])
    for (const one of others) one.close()
  })

  test('is cut by a server that stops, and may go on elsewhere', async () => {
    const { searcher, turns } = held()
    server = startHarness({ searcher })
    await written(['x 1'])
    const stream = await open('q=x')
    await turns(1)

    server.web.drain()

    expect((await stream.messages.next()).done).toBe(true)
    expect(server.web.streams()).toBe(0)
  })
})

describe('several searches', () => {
  test('take turns, whoever asked first', async () => {
    const { searcher, asked, turns } = held()
    server = startHarness({ searcher })
    await written(['x', 'y'], ['x', 'y'], ['x', 'y'])
    const streams = [await open('q=x'), await open('q=y', { as: 'editor' })]
    const reading = streams.map(async ({ messages: said }) => {
      for await (const _ of said);
    })

    await turns(2)
    for (let turn = 0; turn < 8; turn += 1) {
      asked[turn]?.go()
      await turns(Math.min(8, turn + 3))
    }
    await Promise.all(reading)

    expect(asked.map(({ question }) => question.q).join('')).toBe('xyxyxyxy')
  })

  test('of one person are four at most, and sixteen of all', async () => {
    const { searcher } = held()
    server = startHarness({ searcher })
    await written(['x'])
    const people: readonly Who[] = ['viewer', 'executor', 'editor', 'admin']
    const streams = []
    for (const as of people) for (let i = 0; i < 4; i += 1) streams.push(await open('q=x', { as }))

    const fifth = await server.call('/api/v1/search?q=x', { as: 'viewer' })
    const seventeenth = await server.call('/api/v1/search?q=x', { as: 'local-admin' })

    expect(streams.map(({ status }) => status)).toEqual(Array.from({ length: 16 }, () => 200))
    expect([fifth.status, seventeenth.status]).toEqual([429, 429])
    const detail = async (response: Response) => Reflect.get(Object(await response.json()), 'detail')
    expect(await detail(fifth)).toContain('4 searches of yours')
    expect(await detail(seventeenth)).toContain('16 searches')
    for (const stream of streams) stream.close()
  })

  test('that only ask for headers, or are refused, hold no place', async () => {
    server = startHarness()
    await written(['x'])

    for (let i = 0; i < 6; i += 1) {
      const headers = { accept: 'text/event-stream' }
      expect((await server.call('/api/v1/search?q=x', { method: 'HEAD', headers })).status).toBe(200)
      expect((await server.call('/api/v1/search?q=(a&as=regex', { headers })).status).toBe(422)
    }

    expect((await search('q=x')).ended).toBe('all')
  })
})

describe('the page', () => {
  async function reader() {
    const browser = browserOf(server)
    await browser.enter('viewer')
    return async (path: string) => {
      const response = await browser.go(path)
      return {
        status: response.status,
        location: response.headers.get('location'),
        html: await response.text(),
      }
    }
  }

  test('shows what was found with its match marked, and every character of it escaped', async () => {
    server = startHarness()
    const [id] = await written(['<script>alert(1)</script>', 'a <b>needle</b> & "more"'])
    const go = await reader()

    const { status, html } = await go('/search?q=NEEDLE'.toLowerCase())

    expect(status).toBe(200)
    expect(html).toContain('a &lt;b&gt;<mark>needle</mark>&lt;/b&gt; &amp; &quot;more&quot;')
    expect(html).toContain('&lt;script&gt;alert(1)&lt;/script&gt;')
    expect(html).not.toContain('<script>alert')
    expect(html).toContain(`href="/executions/${id}/stages/build?q=needle&amp;line=2#L2"`)
    expect(html).toContain('Searched 1 log in 1 execution')
  })

  test('without a script leads on by a link until everything was searched', async () => {
    server = startHarness({
      searcher: (own) => ({
        ...own,
        turn: (question, from) => {
          server.clock.now += 1_000
          return own.turn(question, from, 1)
        },
      }),
    })
    await written(...Array.from({ length: 5 }, (_, i) => [`x ${i}`]))
    const go = await reader()
    let [pages, lines] = [0, 0]

    for (let path: string | undefined = '/search?q=x&branch=main'; path !== undefined; pages += 1) {
      const { html } = await go(path)
      lines += html.match(/stages\/build\?q=x&amp;line=1#L1" data-row/g)?.length ?? 0
      path = /<a class="btn" rel="next" href="([^"]+)"/.exec(html)?.[1]?.replaceAll('&amp;', '&')
    }

    expect([pages, lines]).toEqual([4, 5])
  })

  test('says what is wrong beside its box, and keeps what was typed', async () => {
    server = startHarness()
    await written(['x'])
    const go = await reader()

    const { status, html } = await go('/search?q=%28a&regex=on')

    expect(status).toBe(422)
    expect(html).toContain('has a ( that is never closed')
    expect(html).toContain('value="(a"')
    expect(html).toContain('aria-describedby="wrong"')
  })

  test('has a tidy address, and teaches where nothing is asked', async () => {
    server = startHarness()
    await server.define()
    const go = await reader()

    expect((await go('/search?q=a+b&regex=on&workflow=&status=failed&status=error&stage=')).location).toBe(
      '/search?q=a+b&regex=on&status=failed%2Cerror',
    )
    expect((await go('/search?q=')).location).toBe('/search')
    expect((await go('/search')).html).toContain('Not searched')
  })

  test('goes on by its stream with the same markup, a long log’s head once', async () => {
    server = startHarness({
      searcher: (own) => ({ ...own, turn: (question, from) => own.turn(question, from, 1) }),
    })
    await written(['x 1', 'x 2', 'x 3'])
    const browser = browserOf(server)
    await browser.enter('viewer')

    const response = await browser.go('/search/stream?q=x', { headers: { accept: 'text/event-stream' } })
    const said = await Array.fromAsync(messages(response.body ?? new ReadableStream()))
    const markup = said.filter(({ event }) => event === 'found').map(({ data }) => JSON.parse(data))

    expect(markup.join('').match(/<h3>/g)).toHaveLength(1)
    expect(markup.join('').match(/<mark>/g)).toHaveLength(3)
    expect(JSON.parse(said.at(-1)?.data ?? '')[0]).toStartWith('3 lines found. Searched 1 log')
  })
})
